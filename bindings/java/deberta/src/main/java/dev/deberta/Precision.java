package dev.deberta;

/** The error that results may have: a promise about numbers, not about instructions. */
public enum Precision {
    /** As good as float32. */
    HIGHEST,
    /** A relative error of about 1e-5. */
    HIGH,
    /** As good as the reference in bfloat16. */
    MEDIUM,
    /** Products of 8-bit integers, with a scale for each column of weights and each row of activations. */
    INT8
}
