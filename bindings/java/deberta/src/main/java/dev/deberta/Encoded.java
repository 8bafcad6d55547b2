package dev.deberta;

import java.util.List;
import java.util.Optional;

/**
 * What the encoder gave for a batch. It is ragged: values of valid tokens only, row after row. The padded forms are
 * made anew by each call, with zeros for padding.
 */
public final class Encoded {
    private final int length;
    private final int hiddenSize;
    private final int attentionHeads;
    private final int[] rowOffsets;
    private final int[] positions;
    private final Optional<Head> logitsHead;
    private final int numLabels;
    private final List<Encoding> encodings;
    private final float[] lastHiddenState;
    private final float[][] hiddenStates;
    private final float[][] attentions;
    private final float[] logits;

    /** Called from the native library; {@code texts} are those that were encoded, or {@code null}. */
    Encoded(
            byte[] shape,
            List<TextInput> texts,
            float[] lastHiddenState,
            float[][] hiddenStates,
            float[][] attentions,
            float[] logits) {
        MessageReader reader = new MessageReader(shape);
        length = reader.integer();
        hiddenSize = reader.integer();
        attentionHeads = reader.integer();
        rowOffsets = reader.integers();
        positions = reader.integers();
        logitsHead = reader.choice(Head.class);
        numLabels = reader.integer();
        encodings = texts == null ? List.of() : reader.listOf(texts, Encoding::read);
        this.lastHiddenState = lastHiddenState;
        this.hiddenStates = hiddenStates;
        this.attentions = attentions;
        this.logits = logits;
    }

    /**
     * Number of rows.
     *
     * @return the number
     */
    public int rows() {
        return rowOffsets.length - 1;
    }

    /**
     * Number of valid tokens in all rows.
     *
     * @return the number
     */
    public int tokens() {
        return positions.length;
    }

    /**
     * Length of the rows with their padding: as given, or that of the longest row.
     *
     * @return the length
     */
    public int length() {
        return length;
    }

    /**
     * Length of a token's hidden state.
     *
     * @return the length
     */
    public int hiddenSize() {
        return hiddenSize;
    }

    /**
     * Number of attention heads.
     *
     * @return the number
     */
    public int attentionHeads() {
        return attentionHeads;
    }

    /**
     * Which tokens belong to which row.
     *
     * @return row {@code r} has the tokens from {@code rowOffsets[r]} to {@code rowOffsets[r + 1]}
     */
    public int[] rowOffsets() {
        return rowOffsets;
    }

    /**
     * The place of each valid token in its row.
     *
     * @return [valid tokens]
     */
    public int[] positions() {
        return positions;
    }

    /**
     * What the tokens are, if texts were encoded.
     *
     * @return one for each text, or none
     */
    public List<Encoding> encodings() {
        return encodings;
    }

    /**
     * The last hidden state.
     *
     * @return [valid tokens, hidden size]
     */
    public float[] lastHiddenState() {
        return lastHiddenState;
    }

    /**
     * The last hidden state with padding.
     *
     * @return [rows, length, hidden size]
     */
    public float[] lastHiddenStatePadded() {
        return padded(lastHiddenState);
    }

    /**
     * How many layers there are hidden states of, the embeddings counted as the first.
     *
     * @return the number; 0 if they were not asked for
     */
    public int hiddenStatesCount() {
        return hiddenStates.length;
    }

    /**
     * The hidden states of a layer.
     *
     * @param layer 0 for the embeddings
     * @return [valid tokens, hidden size]
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} if there are none of this layer
     */
    public float[] hiddenStates(int layer) {
        return layer(hiddenStates, layer, "hidden states");
    }

    /**
     * The hidden states of a layer with padding.
     *
     * @param layer 0 for the embeddings
     * @return [rows, length, hidden size]
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} if there are none of this layer
     */
    public float[] hiddenStatesPadded(int layer) {
        return padded(hiddenStates(layer));
    }

    /**
     * How many layers there are attention probabilities of.
     *
     * @return the number; 0 if they were not asked for
     */
    public int attentionsCount() {
        return attentions.length;
    }

    /**
     * The attention probabilities of a layer.
     *
     * @param layer 0 for the first
     * @return row after row [heads, S, S] with the row's number of valid tokens S; those of a query over all keys sum
     *     to 1
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} if there are none of this layer
     */
    public float[] attentions(int layer) {
        return layer(attentions, layer, "attentions");
    }

    /**
     * The attention probabilities of a layer with padding.
     *
     * @param layer 0 for the first
     * @return [rows, heads, length, length]
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} if there are none of this layer
     */
    public float[] attentionsPadded(int layer) {
        float[] ragged = attentions(layer);
        float[] padded = newPadded((long) attentionHeads * length);
        int source = 0;
        for (int row = 0; row < rows(); row++) {
            for (int head = 0; head < attentionHeads; head++) {
                for (int query = rowOffsets[row]; query < rowOffsets[row + 1]; query++) {
                    int target = ((row * attentionHeads + head) * length + positions[query]) * length;
                    for (int key = rowOffsets[row]; key < rowOffsets[row + 1]; key++) {
                        padded[target + positions[key]] = ragged[source++];
                    }
                }
            }
        }
        return padded;
    }

    /**
     * What the logits are for.
     *
     * @return the head; empty if there are no logits
     */
    public Optional<Head> logitsHead() {
        return logitsHead;
    }

    /**
     * Length of a row of logits: the number of labels; 1 for multiple choice, 2 for question answering, the
     * vocabulary's size for masked language modelling.
     *
     * @return the length; 0 if there are no logits
     */
    public int numLabels() {
        return numLabels;
    }

    /**
     * The head's logits.
     *
     * @return [rows, labels] for sequence classification and multiple choice, [valid tokens, labels] for all others;
     *     empty if there are none
     */
    public float[] logits() {
        return logits;
    }

    /**
     * The head's logits with padding where they are of tokens.
     *
     * @return [rows, labels] for sequence classification and multiple choice, [rows, length, labels] for all others;
     *     empty if there are none
     */
    public float[] logitsPadded() {
        boolean areOfTokens = logitsHead
                .filter(head -> head != Head.SEQUENCE_CLASSIFICATION && head != Head.MULTIPLE_CHOICE)
                .isPresent();
        return areOfTokens ? padded(logits) : logits.clone();
    }

    private static float[] layer(float[][] layers, int layer, String name) {
        if (layers.length == 0) {
            throw new DebertaException(Status.INVALID_ARGUMENT, "the %s were not asked for".formatted(name));
        }
        if (layer < 0 || layer >= layers.length) {
            throw new DebertaException(
                    Status.INVALID_ARGUMENT,
                    "there are %s of %d layers, but not of %d".formatted(name, layers.length, layer));
        }
        return layers[layer];
    }

    /** Values of valid tokens in their places. */
    private float[] padded(float[] values) {
        int size = values.length / tokens();
        float[] padded = newPadded(size);
        for (int row = 0; row < rows(); row++) {
            for (int token = rowOffsets[row]; token < rowOffsets[row + 1]; token++) {
                int target = (row * length + positions[token]) * size;
                System.arraycopy(values, token * size, padded, target, size);
            }
        }
        return padded;
    }

    private float[] newPadded(long size) {
        long values = (long) rows() * length * size;
        if (values > Integer.MAX_VALUE - 8) {
            throw new DebertaException(
                    Status.OUT_OF_MEMORY,
                    "%d rows of length %d are more than an array holds; use the form without padding"
                            .formatted(rows(), length));
        }
        return new float[(int) values];
    }
}
