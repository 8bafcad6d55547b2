package dev.deberta;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Objects;

/**
 * Rows of tokens to encode together: ragged, or padded to one length. Arrays, and direct buffers in the machine's byte
 * order, are not copied here but read at the beginning of each call; other buffers are copied. Buffers are read from
 * their position to their limit, which stay as they are.
 */
public final class Batch {
    private static final int RAGGED = -1;
    private static final int NO_EMBEDDINGS = -1;

    /** An array, or a direct buffer that starts at 0 and ends at its capacity: ids, or embeddings. */
    final Object values;
    /** The same: row offsets of ragged rows, the attention mask of padded ones; or {@code null}. */
    final Object layout;
    /** The same, or {@code null}. */
    final Object tokenTypeIds;
    final int rows;
    final int length;
    final int embeddingSize;

    private Batch(Object values, Object layout, Object tokenTypeIds, int rows, int length, int embeddingSize) {
        this.values = values;
        this.layout = layout;
        this.tokenTypeIds = tokenTypeIds;
        this.rows = rows;
        this.length = length;
        this.embeddingSize = embeddingSize;
    }

    /**
     * Rows of token ids without padding.
     *
     * @param rows the ids of each row
     * @return the batch
     */
    public static Batch ofRows(int[]... rows) {
        int[] offsets = new int[rows.length + 1];
        for (int row = 0; row < rows.length; row++) {
            offsets[row + 1] = offsets[row] + rows[row].length;
        }
        int[] ids = new int[offsets[rows.length]];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, ids, offsets[row], rows[row].length);
        }
        return ragged(ids, offsets);
    }

    /**
     * Rows of token ids without padding, one after the other.
     *
     * @param ids the ids of all rows
     * @param rowOffsets row {@code r} has the ids from {@code rowOffsets[r]} to {@code rowOffsets[r + 1]}
     * @return the batch
     */
    public static Batch ragged(int[] ids, int[] rowOffsets) {
        Objects.requireNonNull(ids, "ids");
        return new Batch(ids, Objects.requireNonNull(rowOffsets, "rowOffsets"), null, RAGGED, 0, NO_EMBEDDINGS);
    }

    /**
     * Rows of token ids without padding, one after the other.
     *
     * @param ids the ids of all rows
     * @param rowOffsets row {@code r} has the ids from {@code rowOffsets[r]} to {@code rowOffsets[r + 1]}
     * @return the batch
     */
    public static Batch ragged(IntBuffer ids, IntBuffer rowOffsets) {
        return new Batch(readable(ids), readable(rowOffsets), null, RAGGED, 0, NO_EMBEDDINGS);
    }

    /**
     * Rows of one length. Every token is valid, whatever its id, unless there is a mask.
     *
     * @param inputIds [rows, length]
     * @param rows number of rows
     * @param length length of each row
     * @return the batch
     */
    public static Batch padded(int[] inputIds, int rows, int length) {
        return padded((Object) Objects.requireNonNull(inputIds, "inputIds"), rows, length, NO_EMBEDDINGS);
    }

    /**
     * Rows of one length. Every token is valid, whatever its id, unless there is a mask.
     *
     * @param inputIds [rows, length]
     * @param rows number of rows
     * @param length length of each row
     * @return the batch
     */
    public static Batch padded(IntBuffer inputIds, int rows, int length) {
        return padded(readable(inputIds), rows, length, NO_EMBEDDINGS);
    }

    /**
     * Embeddings in the place of ids: they stand for the rows of the word embedding table, before positions, token
     * types and layer norm.
     *
     * @param embeddings [rows, length, embedding size]
     * @param rows number of rows
     * @param length length of each row
     * @param embeddingSize length of an embedding
     * @return the batch
     */
    public static Batch embeddings(float[] embeddings, int rows, int length, int embeddingSize) {
        Objects.requireNonNull(embeddings, "embeddings");
        return padded((Object) embeddings, rows, length, notNegative(embeddingSize, "embeddingSize"));
    }

    /**
     * Embeddings in the place of ids: they stand for the rows of the word embedding table, before positions, token
     * types and layer norm.
     *
     * @param embeddings [rows, length, embedding size]
     * @param rows number of rows
     * @param length length of each row
     * @param embeddingSize length of an embedding
     * @return the batch
     */
    public static Batch embeddings(FloatBuffer embeddings, int rows, int length, int embeddingSize) {
        return padded(readable(embeddings), rows, length, notNegative(embeddingSize, "embeddingSize"));
    }

    /**
     * Sets which tokens of padded rows are valid. Padding may be on the left, on the right or in the middle.
     *
     * @param attentionMask [rows, length]: 1 for a valid token, 0 for padding
     * @return a batch with it
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for ragged rows, which have no padding
     */
    public Batch withAttentionMask(int[] attentionMask) {
        return withMask(Objects.requireNonNull(attentionMask, "attentionMask"));
    }

    /**
     * Sets which tokens of padded rows are valid. Padding may be on the left, on the right or in the middle.
     *
     * @param attentionMask [rows, length]: 1 for a valid token, 0 for padding
     * @return a batch with it
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for ragged rows, which have no padding
     */
    public Batch withAttentionMask(IntBuffer attentionMask) {
        return withMask(readable(attentionMask));
    }

    /**
     * Sets the token types, which are all 0 otherwise.
     *
     * @param tokenTypeIds one for each id
     * @return a batch with them
     */
    public Batch withTokenTypeIds(int[] tokenTypeIds) {
        Objects.requireNonNull(tokenTypeIds, "tokenTypeIds");
        return new Batch(values, layout, tokenTypeIds, rows, length, embeddingSize);
    }

    /**
     * Sets the token types, which are all 0 otherwise.
     *
     * @param tokenTypeIds one for each id
     * @return a batch with them
     */
    public Batch withTokenTypeIds(IntBuffer tokenTypeIds) {
        return new Batch(values, layout, readable(tokenTypeIds), rows, length, embeddingSize);
    }

    private static Batch padded(Object values, int rows, int length, int embeddingSize) {
        return new Batch(
                values, null, null, notNegative(rows, "rows"), notNegative(length, "length"), embeddingSize);
    }

    private Batch withMask(Object attentionMask) {
        if (rows == RAGGED) {
            throw new DebertaException(
                    Status.INVALID_ARGUMENT, "ragged rows have no padding, so that they take no attention mask");
        }
        return new Batch(values, attentionMask, tokenTypeIds, rows, length, embeddingSize);
    }

    private static int notNegative(int value, String name) {
        if (value < 0) {
            throw new DebertaException(
                    Status.INVALID_ARGUMENT, "%s is %d; it must not be negative".formatted(name, value));
        }
        return value;
    }

    /** What the native library can read: the memory of a direct buffer, or a copy. */
    private static Object readable(IntBuffer buffer) {
        if (buffer.isDirect() && buffer.order() == ByteOrder.nativeOrder()) {
            return buffer.slice();
        }
        int[] copy = new int[buffer.remaining()];
        buffer.duplicate().get(copy);
        return copy;
    }

    private static Object readable(FloatBuffer buffer) {
        if (buffer.isDirect() && buffer.order() == ByteOrder.nativeOrder()) {
            return buffer.slice();
        }
        float[] copy = new float[buffer.remaining()];
        buffer.duplicate().get(copy);
        return copy;
    }
}
