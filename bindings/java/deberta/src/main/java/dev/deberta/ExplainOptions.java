package dev.deberta;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How to explain.
 *
 * @param tokenize how the text is tokenized; windows are refused
 * @param run limits of the call; its progress counts the variants of the text that occlusion reads
 * @param method what says how relevant a token is
 * @param label the label that occlusion explains, by its index; by default the one with the highest logit
 * @param attentions whether to return the attention probabilities of every layer
 */
public record ExplainOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        Relevance method,
        OptionalInt label,
        boolean attentions) {
    private static final ExplainOptions DEFAULTS = new ExplainOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            Relevance.ROLLOUT,
            OptionalInt.empty(),
            false);

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param method see {@link #method()}
     * @param label see {@link #label()}
     * @param attentions see {@link #attentions()}
     */
    public ExplainOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(label, "label");
    }

    /**
     * Attention rollout.
     *
     * @return the options
     */
    public static ExplainOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how the text is tokenized.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public ExplainOptions withTokenize(TokenizeOptions tokenize) {
        return new ExplainOptions(tokenize, run, method, label, attentions);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public ExplainOptions withRun(RunOptions run) {
        return new ExplainOptions(tokenize, run, method, label, attentions);
    }

    /**
     * Sets what says how relevant a token is.
     *
     * @param method see {@link #method()}
     * @return a copy with it
     */
    public ExplainOptions withMethod(Relevance method) {
        return new ExplainOptions(tokenize, run, method, label, attentions);
    }

    /**
     * Sets the label that occlusion explains.
     *
     * @param label see {@link #label()}
     * @return a copy with it
     */
    public ExplainOptions withLabel(int label) {
        return new ExplainOptions(tokenize, run, method, OptionalInt.of(label), attentions);
    }

    /**
     * Sets whether to return the attention probabilities of every layer.
     *
     * @param attentions see {@link #attentions()}
     * @return a copy with it
     */
    public ExplainOptions withAttentions(boolean attentions) {
        return new ExplainOptions(tokenize, run, method, label, attentions);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.choice(method);
        writer.optional(label);
        writer.bool(attentions);
    }
}
