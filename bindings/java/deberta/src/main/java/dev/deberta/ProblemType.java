package dev.deberta;

/** What the configuration says about the logits of a classifier. */
public enum ProblemType {
    /** The logits are the answer. */
    REGRESSION,
    /** Exactly one label holds. */
    SINGLE_LABEL,
    /** Every label holds or not on its own. */
    MULTI_LABEL
}
