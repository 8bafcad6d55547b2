package dev.deberta;

import java.util.Objects;

/**
 * How labels become hypotheses, and what their scores mean.
 *
 * @param tokenize how texts are tokenized, and what becomes of long ones
 * @param run limits of the call
 * @param hypothesisTemplate the sentence that holds if the label does, with {@code {}} in the label's place
 * @param multiLabel whether each label holds or not on its own; otherwise exactly one does, and the scores sum to 1
 * @param windowMerge how the windows of a long text become one answer
 */
public record ZeroShotOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        String hypothesisTemplate,
        boolean multiLabel,
        WindowMerge windowMerge) {
    private static final ZeroShotOptions DEFAULTS = new ZeroShotOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            "This example is {}.",
            false,
            WindowMerge.MEAN);

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param hypothesisTemplate see {@link #hypothesisTemplate()}
     * @param multiLabel see {@link #multiLabel()}
     * @param windowMerge see {@link #windowMerge()}
     */
    public ZeroShotOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(hypothesisTemplate, "hypothesisTemplate");
        Objects.requireNonNull(windowMerge, "windowMerge");
    }

    /**
     * The template {@code This example is {}.}, of which exactly one label holds.
     *
     * @return the options
     */
    public static ZeroShotOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how texts are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public ZeroShotOptions withTokenize(TokenizeOptions tokenize) {
        return new ZeroShotOptions(tokenize, run, hypothesisTemplate, multiLabel, windowMerge);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public ZeroShotOptions withRun(RunOptions run) {
        return new ZeroShotOptions(tokenize, run, hypothesisTemplate, multiLabel, windowMerge);
    }

    /**
     * Sets the sentence that holds if the label does.
     *
     * @param hypothesisTemplate see {@link #hypothesisTemplate()}
     * @return a copy with it
     */
    public ZeroShotOptions withHypothesisTemplate(String hypothesisTemplate) {
        return new ZeroShotOptions(tokenize, run, hypothesisTemplate, multiLabel, windowMerge);
    }

    /**
     * Sets whether each label holds or not on its own.
     *
     * @param multiLabel see {@link #multiLabel()}
     * @return a copy with it
     */
    public ZeroShotOptions withMultiLabel(boolean multiLabel) {
        return new ZeroShotOptions(tokenize, run, hypothesisTemplate, multiLabel, windowMerge);
    }

    /**
     * Sets how the windows of a long text become one answer.
     *
     * @param windowMerge see {@link #windowMerge()}
     * @return a copy with it
     */
    public ZeroShotOptions withWindowMerge(WindowMerge windowMerge) {
        return new ZeroShotOptions(tokenize, run, hypothesisTemplate, multiLabel, windowMerge);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.text(hypothesisTemplate, "hypothesisTemplate");
        writer.bool(multiLabel);
        writer.choice(windowMerge);
    }
}
