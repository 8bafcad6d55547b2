package dev.deberta;

/** How tokens become entities; the rules are those of transformers' token classification pipeline. */
public enum Aggregation {
    /** Every token on its own, with its label as the model names it. */
    NONE,
    /** Neighbouring tokens whose labels continue each other are one entity. */
    SIMPLE,
    /** As {@link #SIMPLE}, by words: a word has the label and the score of its first token. */
    FIRST,
    /**
     * As {@link #SIMPLE}, by words: the scores of a word's tokens are averaged for each label, and the highest is the
     * word's.
     */
    AVERAGE,
    /** As {@link #SIMPLE}, by words: a word has the label and the score of the token with the highest score. */
    MAX
}
