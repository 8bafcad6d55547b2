package dev.deberta;

import java.util.List;
import java.util.Optional;

/**
 * One score for each label of a text: the model's labels, the candidates of zero-shot classification, or the choices of
 * multiple choice.
 *
 * @param labels the labels; those of the model in the order of its {@code id2label}, others as they were given
 * @param logits one raw score for each label; in zero-shot classification that of entailment
 * @param scores one score for each label
 * @param ranking the labels, by their index, from the highest score to the lowest
 * @param truncated what was cut off, if the text was too long and the options say to truncate
 * @param windows the number of windows that the text was read in
 */
public record Classification(
        List<String> labels,
        float[] logits,
        float[] scores,
        int[] ranking,
        Optional<TruncatedText> truncated,
        int windows) {
    /**
     * The label with the highest score.
     *
     * @return the label
     */
    public String label() {
        return labels.get(ranking[0]);
    }

    /**
     * The highest score.
     *
     * @return the score of {@link #label()}
     */
    public float score() {
        return scores[ranking[0]];
    }

    static Classification read(MessageReader reader, List<String> labels) {
        return new Classification(
                labels,
                reader.floats(),
                reader.floats(),
                reader.integers(),
                reader.optional(TruncatedText::read),
                reader.integer());
    }
}
