package dev.deberta;

/** What opening a model is busy with, in this order; a stage may be left out. */
public enum OpenStage {
    /** Reading the configuration, opening the weight files and finding the tensors. */
    CHECKPOINT,
    /** Reading the tokenizer. */
    TOKENIZER,
    /** Packing weights for the kernels. */
    PACKING,
    /** Mapping weights that are packed. */
    MAPPING
}
