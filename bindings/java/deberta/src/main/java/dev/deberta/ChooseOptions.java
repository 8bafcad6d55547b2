package dev.deberta;

import java.util.Objects;

/**
 * How to choose.
 *
 * @param tokenize how the pairs of the prompt and a choice are tokenized, and what becomes of long ones; it is the
 *     prompt that windows are made of, whatever the truncation is
 * @param run limits of the call
 * @param windowMerge how the windows of a long prompt become one answer
 */
public record ChooseOptions(TokenizeOptions tokenize, RunOptions run, WindowMerge windowMerge) {
    private static final ChooseOptions DEFAULTS = new ChooseOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            WindowMerge.MEAN);

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param windowMerge see {@link #windowMerge()}
     */
    public ChooseOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(windowMerge, "windowMerge");
    }

    /**
     * An error for pairs that are too long where there is a limit.
     *
     * @return the options
     */
    public static ChooseOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how the pairs of the prompt and a choice are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public ChooseOptions withTokenize(TokenizeOptions tokenize) {
        return new ChooseOptions(tokenize, run, windowMerge);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public ChooseOptions withRun(RunOptions run) {
        return new ChooseOptions(tokenize, run, windowMerge);
    }

    /**
     * Sets how the windows of a long prompt become one answer.
     *
     * @param windowMerge see {@link #windowMerge()}
     * @return a copy with it
     */
    public ChooseOptions withWindowMerge(WindowMerge windowMerge) {
        return new ChooseOptions(tokenize, run, windowMerge);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.choice(windowMerge);
    }
}
