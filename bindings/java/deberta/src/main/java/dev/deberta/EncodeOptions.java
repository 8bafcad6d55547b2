package dev.deberta;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * What to return beside the last hidden state, and how far to go.
 *
 * @param hiddenStates whether to return the hidden states of the embeddings and of every layer
 * @param attentions whether to return the attention probabilities of every layer
 * @param logits whether to return the head's logits
 * @param layers how many layers to compute; with fewer than all, the hidden state after the last of these is the last
 *     hidden state, and there are no logits
 * @param run limits of the call, whose observer is not called
 */
public record EncodeOptions(
        boolean hiddenStates,
        boolean attentions,
        boolean logits,
        OptionalInt layers,
        RunOptions run) {
    private static final EncodeOptions DEFAULTS = new EncodeOptions(
            false,
            false,
            false,
            OptionalInt.empty(),
            RunOptions.defaults());

    /**
     * Checks for {@code null}.
     *
     * @param hiddenStates see {@link #hiddenStates()}
     * @param attentions see {@link #attentions()}
     * @param logits see {@link #logits()}
     * @param layers see {@link #layers()}
     * @param run see {@link #run()}
     */
    public EncodeOptions {
        Objects.requireNonNull(layers, "layers");
        Objects.requireNonNull(run, "run");
    }

    /**
     * The last hidden state alone.
     *
     * @return the options
     */
    public static EncodeOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets whether to return the hidden states of every layer.
     *
     * @param hiddenStates see {@link #hiddenStates()}
     * @return a copy with it
     */
    public EncodeOptions withHiddenStates(boolean hiddenStates) {
        return new EncodeOptions(hiddenStates, attentions, logits, layers, run);
    }

    /**
     * Sets whether to return the attention probabilities of every layer.
     *
     * @param attentions see {@link #attentions()}
     * @return a copy with it
     */
    public EncodeOptions withAttentions(boolean attentions) {
        return new EncodeOptions(hiddenStates, attentions, logits, layers, run);
    }

    /**
     * Sets whether to return the head's logits.
     *
     * @param logits see {@link #logits()}
     * @return a copy with it
     */
    public EncodeOptions withLogits(boolean logits) {
        return new EncodeOptions(hiddenStates, attentions, logits, layers, run);
    }

    /**
     * Sets how many layers to compute.
     *
     * @param layers see {@link #layers()}
     * @return a copy with it
     */
    public EncodeOptions withLayers(int layers) {
        return new EncodeOptions(hiddenStates, attentions, logits, OptionalInt.of(layers), run);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public EncodeOptions withRun(RunOptions run) {
        return new EncodeOptions(hiddenStates, attentions, logits, layers, run);
    }

    void writeTo(MessageWriter writer) {
        writer.bool(hiddenStates);
        writer.bool(attentions);
        writer.bool(logits);
        writer.optional(layers);
        run.writeTo(writer);
    }
}
