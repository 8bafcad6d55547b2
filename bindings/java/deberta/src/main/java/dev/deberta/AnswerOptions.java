package dev.deberta;

import java.util.Objects;

/**
 * How to answer questions.
 *
 * @param tokenize how question and context are tokenized, as a pair, and what becomes of long ones; windows are cut
 *     from the context whatever the truncation is
 * @param run limits of the call
 * @param topK most answers to return for each question
 * @param maxAnswerLength most tokens that an answer may have before it is aligned to words
 * @param handleImpossibleAnswer whether that there is no answer is one of the answers
 * @param alignToWords whether answers grow to the borders of words
 */
public record AnswerOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        int topK,
        int maxAnswerLength,
        boolean handleImpossibleAnswer,
        boolean alignToWords) {
    private static final AnswerOptions DEFAULTS = new AnswerOptions(
            TokenizeOptions.defaults().withMaxLength(384).withTruncation(Truncation.ONLY_SECOND).withWindows(),
            RunOptions.defaults(),
            1,
            15,
            false,
            true);

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param topK see {@link #topK()}
     * @param maxAnswerLength see {@link #maxAnswerLength()}
     * @param handleImpossibleAnswer see {@link #handleImpossibleAnswer()}
     * @param alignToWords see {@link #alignToWords()}
     */
    public AnswerOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
    }

    /**
     * As transformers' pipeline: the best answer, of at most 15 tokens, aligned to words, out of windows of 384 tokens
     * that share 128.
     *
     * @return the options
     */
    public static AnswerOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how question and context are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public AnswerOptions withTokenize(TokenizeOptions tokenize) {
        return new AnswerOptions(tokenize, run, topK, maxAnswerLength, handleImpossibleAnswer, alignToWords);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public AnswerOptions withRun(RunOptions run) {
        return new AnswerOptions(tokenize, run, topK, maxAnswerLength, handleImpossibleAnswer, alignToWords);
    }

    /**
     * Sets the most answers to return for each question.
     *
     * @param topK see {@link #topK()}
     * @return a copy with it
     */
    public AnswerOptions withTopK(int topK) {
        return new AnswerOptions(tokenize, run, topK, maxAnswerLength, handleImpossibleAnswer, alignToWords);
    }

    /**
     * Sets the most tokens that an answer may have.
     *
     * @param maxAnswerLength see {@link #maxAnswerLength()}
     * @return a copy with it
     */
    public AnswerOptions withMaxAnswerLength(int maxAnswerLength) {
        return new AnswerOptions(tokenize, run, topK, maxAnswerLength, handleImpossibleAnswer, alignToWords);
    }

    /**
     * Sets whether that there is no answer is one of the answers.
     *
     * @param handleImpossibleAnswer see {@link #handleImpossibleAnswer()}
     * @return a copy with it
     */
    public AnswerOptions withHandleImpossibleAnswer(boolean handleImpossibleAnswer) {
        return new AnswerOptions(tokenize, run, topK, maxAnswerLength, handleImpossibleAnswer, alignToWords);
    }

    /**
     * Sets whether answers grow to the borders of words.
     *
     * @param alignToWords see {@link #alignToWords()}
     * @return a copy with it
     */
    public AnswerOptions withAlignToWords(boolean alignToWords) {
        return new AnswerOptions(tokenize, run, topK, maxAnswerLength, handleImpossibleAnswer, alignToWords);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.integer(topK);
        writer.integer(maxAnswerLength);
        writer.bool(handleImpossibleAnswer);
        writer.bool(alignToWords);
    }
}
