package dev.deberta;

/** How the hidden states of a text's tokens become one vector. Special tokens count like all others. */
public enum Pooling {
    /** The mean over the tokens. Of a text in windows, a token counts as often as there are windows that it is in. */
    MEAN,
    /** The first token; the mean of the first tokens of the windows. */
    CLS,
    /** The largest value of any token, for each dimension. */
    MAX
}
