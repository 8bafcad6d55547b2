package dev.deberta;

/** The element type of a model's weights. */
public enum WeightType {
    /** 32-bit IEEE 754. */
    FLOAT32,
    /** 16-bit IEEE 754. */
    FLOAT16,
    /** The upper half of a float32. */
    BFLOAT16
}
