package dev.deberta;

/** What says how relevant a token is. */
public enum Relevance {
    /**
     * Attention rollout (Abnar and Zuidema, ACL 2020): how much of what reaches the first token comes from each token.
     * Values are not negative and sum to 1. For every model; knows nothing of labels.
     */
    ROLLOUT,
    /**
     * How much the label's logit falls when the token is replaced by {@code [MASK]}; 0 for {@code [CLS]} and {@code
     * [SEP]}. For sequence classifiers; reads the text once more for each of its tokens.
     */
    OCCLUSION
}
