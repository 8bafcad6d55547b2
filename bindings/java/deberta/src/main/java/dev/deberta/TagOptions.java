package dev.deberta;

import java.util.List;
import java.util.Objects;

/**
 * How to find entities.
 *
 * @param tokenize how texts are tokenized, and what becomes of long ones
 * @param run limits of the call
 * @param aggregation how tokens become entities
 * @param ignoredLabels what is left out: names of labels for {@link Aggregation#NONE}, names of entities, which have no
 *     prefix, for all others
 */
public record TagOptions(
        TokenizeOptions tokenize,
        RunOptions run,
        Aggregation aggregation,
        List<String> ignoredLabels) {
    private static final TagOptions DEFAULTS = new TagOptions(
            TokenizeOptions.defaults(),
            RunOptions.defaults(),
            Aggregation.NONE,
            List.of("O"));

    /**
     * Checks for {@code null}.
     *
     * @param tokenize see {@link #tokenize()}
     * @param run see {@link #run()}
     * @param aggregation see {@link #aggregation()}
     * @param ignoredLabels see {@link #ignoredLabels()}
     */
    public TagOptions {
        Objects.requireNonNull(tokenize, "tokenize");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(aggregation, "aggregation");
        ignoredLabels = List.copyOf(ignoredLabels);
    }

    /**
     * Every token on its own, without those labelled "O".
     *
     * @return the options
     */
    public static TagOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how texts are tokenized, and what becomes of long ones.
     *
     * @param tokenize see {@link #tokenize()}
     * @return a copy with it
     */
    public TagOptions withTokenize(TokenizeOptions tokenize) {
        return new TagOptions(tokenize, run, aggregation, ignoredLabels);
    }

    /**
     * Sets the limits of the call.
     *
     * @param run see {@link #run()}
     * @return a copy with it
     */
    public TagOptions withRun(RunOptions run) {
        return new TagOptions(tokenize, run, aggregation, ignoredLabels);
    }

    /**
     * Sets how tokens become entities.
     *
     * @param aggregation see {@link #aggregation()}
     * @return a copy with it
     */
    public TagOptions withAggregation(Aggregation aggregation) {
        return new TagOptions(tokenize, run, aggregation, ignoredLabels);
    }

    /**
     * Sets what is left out.
     *
     * @param ignoredLabels see {@link #ignoredLabels()}
     * @return a copy with it
     */
    public TagOptions withIgnoredLabels(List<String> ignoredLabels) {
        return new TagOptions(tokenize, run, aggregation, ignoredLabels);
    }

    void writeTo(MessageWriter writer) {
        tokenize.writeTo(writer);
        run.writeTo(writer);
        writer.choice(aggregation);
        writer.texts(ignoredLabels, "ignoredLabels");
    }
}
