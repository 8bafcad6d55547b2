package dev.deberta;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * How to fill masks.
 *
 * @param tokenize how texts are tokenized, and what becomes of long ones
 * @param run limits of the call
 * @param topK most answers for each mask; by default 5, or where there are candidates, all of them
 * @param candidates the tokens to choose from, each as the vocabulary spells it or as a text that is one token; none
 *     stands for the whole vocabulary, which scores are always taken over
 */
public record FillMaskOptions(TokenizeOptions tokenize, RunOptions run, OptionalInt topK, List<String> candidates) {
    private static final FillMaskOptions DEFAULTS = new FillMaskOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            OptionalInt.empty(),
            List.of());

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param topK see {@link #topK()}
     * @param candidates see {@link #candidates()}
     */
    public FillMaskOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(topK, "topK");
        candidates = List.copyOf(candidates);
    }

    /**
     * The five best of the whole vocabulary.
     *
     * @return the options
     */
    public static FillMaskOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how texts are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public FillMaskOptions withTokenize(TokenizeOptions tokenize) {
        return new FillMaskOptions(tokenize, run, topK, candidates);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public FillMaskOptions withRun(RunOptions run) {
        return new FillMaskOptions(tokenize, run, topK, candidates);
    }

    /**
     * Sets the most answers for each mask.
     *
     * @param topK see {@link #topK()}
     * @return a copy with it
     */
    public FillMaskOptions withTopK(int topK) {
        return new FillMaskOptions(tokenize, run, OptionalInt.of(topK), candidates);
    }

    /**
     * Sets the tokens to choose from.
     *
     * @param candidates see {@link #candidates()}
     * @return a copy with it
     */
    public FillMaskOptions withCandidates(List<String> candidates) {
        return new FillMaskOptions(tokenize, run, topK, candidates);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.optional(topK);
        writer.texts(candidates, "candidates");
    }
}
