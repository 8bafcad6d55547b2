package dev.deberta;

/** How the logits of windows become those of their text. */
public enum WindowMerge {
    /** The mean of the windows: what the text says on the whole. */
    MEAN,
    /** The largest of any window: whether the text says it anywhere. */
    MAX
}
