package dev.deberta;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a model did with a text.
 *
 * @param encoding the text's tokens, and what was cut off of it
 * @param relevance how relevant each token is
 * @param label the label that occlusion explained
 * @param attentionHeads number of attention heads
 * @param attentions if asked for, the attention probabilities of every layer, each [heads, tokens, tokens]: those of a
 *     query over all keys sum to 1
 * @param logitsHead what the logits are for; empty for a model without head, and for one with the vocabulary for labels
 * @param numLabels length of a row of logits
 * @param logits [1, labels] of classifiers and multiple choice, [tokens, labels] of all others; empty if there are none
 * @param scores for classifiers of sequences and of tokens, the scores of the logits in the same order; empty for all
 *     others
 * @param relativePositions which row of the relative embeddings belongs to each distance of query and key, from
 *     1 - tokens to tokens - 1; empty for a model without relative positions
 */
public record Explanation(
        Encoding encoding,
        float[] relevance,
        OptionalInt label,
        int attentionHeads,
        List<float[]> attentions,
        Optional<Head> logitsHead,
        int numLabels,
        float[] logits,
        float[] scores,
        Optional<int[]> relativePositions) {
    static Explanation read(MessageReader reader, TextInput input) {
        return new Explanation(
                Encoding.read(reader, input),
                reader.floats(),
                reader.optionalInteger(),
                reader.integer(),
                reader.list(MessageReader::floats),
                reader.choice(Head.class),
                reader.integer(),
                reader.floats(),
                reader.floats(),
                reader.optional(MessageReader::integers));
    }
}
