package dev.deberta;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How to rank.
 *
 * @param tokenize how texts are tokenized, and what becomes of long ones
 * @param run limits of the call
 * @param scoreFunction what is made of the logit; by default what the configuration says, and where it says nothing,
 *     the logit itself
 * @param topK how many of the best documents to return; by default all
 * @param windowMerge how the windows of a long document become one answer
 */
public record RankOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        Optional<ScoreFunction> scoreFunction,
        OptionalInt topK,
        WindowMerge windowMerge) {
    private static final RankOptions DEFAULTS = new RankOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            Optional.empty(),
            OptionalInt.empty(),
            WindowMerge.MAX);

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param scoreFunction see {@link #scoreFunction()}
     * @param topK see {@link #topK()}
     * @param windowMerge see {@link #windowMerge()}
     */
    public RankOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(scoreFunction, "scoreFunction");
        Objects.requireNonNull(topK, "topK");
        Objects.requireNonNull(windowMerge, "windowMerge");
    }

    /**
     * All documents; the best window's score where windows are asked for.
     *
     * @return the options
     */
    public static RankOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how texts are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public RankOptions withTokenize(TokenizeOptions tokenize) {
        return new RankOptions(tokenize, run, scoreFunction, topK, windowMerge);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public RankOptions withRun(RunOptions run) {
        return new RankOptions(tokenize, run, scoreFunction, topK, windowMerge);
    }

    /**
     * Sets what is made of the logit.
     *
     * @param scoreFunction see {@link #scoreFunction()}
     * @return a copy with it
     */
    public RankOptions withScoreFunction(ScoreFunction scoreFunction) {
        return new RankOptions(tokenize, run, Optional.of(scoreFunction), topK, windowMerge);
    }

    /**
     * Sets how many of the best documents to return.
     *
     * @param topK see {@link #topK()}
     * @return a copy with it
     */
    public RankOptions withTopK(int topK) {
        return new RankOptions(tokenize, run, scoreFunction, OptionalInt.of(topK), windowMerge);
    }

    /**
     * Sets how the windows of a long document become one answer.
     *
     * @param windowMerge see {@link #windowMerge()}
     * @return a copy with it
     */
    public RankOptions withWindowMerge(WindowMerge windowMerge) {
        return new RankOptions(tokenize, run, scoreFunction, topK, windowMerge);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.optionalChoice(scoreFunction);
        writer.optional(topK);
        writer.choice(windowMerge);
    }
}
