package dev.deberta;

/** What to do with an input of more tokens than the limit. Tokens are always cut off at the end of a text. */
public enum Truncation {
    /** Refuse it. */
    ERROR,
    /** Shorten the longer text until both are equally long, then both. */
    LONGEST_FIRST,
    /** Shorten the first text only. */
    ONLY_FIRST,
    /** Shorten the second text only. */
    ONLY_SECOND,
    /**
     * Give room to the texts one token at a time in turn, the first text first; what Keras does unless told otherwise.
     */
    ROUND_ROBIN,
    /** Give all room to the first text, and what it leaves to the second, as Keras can. */
    WATERFALL
}
