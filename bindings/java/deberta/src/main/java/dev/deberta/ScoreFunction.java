package dev.deberta;

/** What is made of logits. */
public enum ScoreFunction {
    /** A probability for each label, which sum to 1. */
    SOFTMAX,
    /** A probability for each label on its own. */
    SIGMOID,
    /** The logits themselves. */
    IDENTITY
}
