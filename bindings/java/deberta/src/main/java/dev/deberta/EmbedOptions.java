package dev.deberta;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How to embed.
 *
 * @param tokenize how texts are tokenized, and what becomes of long ones
 * @param run limits of the call
 * @param pooling how tokens become one vector
 * @param normalize whether to give vectors the length 1, except those of zeros
 * @param layer the layer whose hidden states are taken: 0 for the output of the embeddings; by default the last. Layers
 *     after it are not computed.
 */
public record EmbedOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        Pooling pooling,
        boolean normalize,
        OptionalInt layer) {
    private static final EmbedOptions DEFAULTS = new EmbedOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            Pooling.MEAN,
            false,
            OptionalInt.empty());

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param pooling see {@link #pooling()}
     * @param normalize see {@link #normalize()}
     * @param layer see {@link #layer()}
     */
    public EmbedOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(pooling, "pooling");
        Objects.requireNonNull(layer, "layer");
    }

    /**
     * The mean over the tokens of the last layer.
     *
     * @return the options
     */
    public static EmbedOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how texts are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public EmbedOptions withTokenize(TokenizeOptions tokenize) {
        return new EmbedOptions(tokenize, run, pooling, normalize, layer);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public EmbedOptions withRun(RunOptions run) {
        return new EmbedOptions(tokenize, run, pooling, normalize, layer);
    }

    /**
     * Sets how tokens become one vector.
     *
     * @param pooling see {@link #pooling()}
     * @return a copy with it
     */
    public EmbedOptions withPooling(Pooling pooling) {
        return new EmbedOptions(tokenize, run, pooling, normalize, layer);
    }

    /**
     * Sets whether to give vectors the length 1.
     *
     * @param normalize see {@link #normalize()}
     * @return a copy with it
     */
    public EmbedOptions withNormalize(boolean normalize) {
        return new EmbedOptions(tokenize, run, pooling, normalize, layer);
    }

    /**
     * Sets the layer whose hidden states are taken.
     *
     * @param layer see {@link #layer()}
     * @return a copy with it
     */
    public EmbedOptions withLayer(int layer) {
        return new EmbedOptions(tokenize, run, pooling, normalize, OptionalInt.of(layer));
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.choice(pooling);
        writer.bool(normalize);
        writer.optional(layer);
    }
}
