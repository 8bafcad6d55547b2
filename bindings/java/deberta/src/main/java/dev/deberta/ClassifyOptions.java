package dev.deberta;

import java.util.Objects;
import java.util.Optional;

/**
 * How to classify.
 *
 * @param tokenize how texts are tokenized, and what becomes of long ones
 * @param run limits of the call
 * @param scoreFunction what is made of the logits; by default what the configuration says: softmax over the labels, for
 *     multi-label models each label's sigmoid, for regression and a single label the logits
 * @param windowMerge how the windows of a long text become one answer
 */
public record ClassifyOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        Optional<ScoreFunction> scoreFunction,
        WindowMerge windowMerge) {
    private static final ClassifyOptions DEFAULTS = new ClassifyOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            Optional.empty(),
            WindowMerge.MEAN);

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param scoreFunction see {@link #scoreFunction()}
     * @param windowMerge see {@link #windowMerge()}
     */
    public ClassifyOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(scoreFunction, "scoreFunction");
        Objects.requireNonNull(windowMerge, "windowMerge");
    }

    /**
     * The configuration's score function; an error for texts that are too long where there is a limit.
     *
     * @return the options
     */
    public static ClassifyOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how texts are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public ClassifyOptions withTokenize(TokenizeOptions tokenize) {
        return new ClassifyOptions(tokenize, run, scoreFunction, windowMerge);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public ClassifyOptions withRun(RunOptions run) {
        return new ClassifyOptions(tokenize, run, scoreFunction, windowMerge);
    }

    /**
     * Sets what is made of the logits.
     *
     * @param scoreFunction see {@link #scoreFunction()}
     * @return a copy with it
     */
    public ClassifyOptions withScoreFunction(ScoreFunction scoreFunction) {
        return new ClassifyOptions(tokenize, run, Optional.of(scoreFunction), windowMerge);
    }

    /**
     * Sets how the windows of a long text become one answer.
     *
     * @param windowMerge see {@link #windowMerge()}
     * @return a copy with it
     */
    public ClassifyOptions withWindowMerge(WindowMerge windowMerge) {
        return new ClassifyOptions(tokenize, run, scoreFunction, windowMerge);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.optionalChoice(scoreFunction);
        writer.choice(windowMerge);
    }
}
