package dev.deberta;

import java.util.Objects;

/**
 * A model's sizes as the constructor of Keras' {@code DebertaV3Backbone} takes them; {@link #of} has its defaults.
 *
 * @param vocabularySize rows of the token embedding
 * @param numLayers number of transformer layers
 * @param numHeads number of attention heads; divides {@code hiddenDim}
 * @param hiddenDim length of a hidden state
 * @param intermediateDim length of the feed-forward layer's inner vector
 * @param maxSequenceLength distance from which on relative positions are not told apart; it is no limit on the input
 * @param bucketSize number of buckets for distances to one side
 * @param dtype element type of the weights
 */
public record BackboneConfig(
        int vocabularySize,
        int numLayers,
        int numHeads,
        int hiddenDim,
        int intermediateDim,
        int maxSequenceLength,
        int bucketSize,
        WeightType dtype) {
    /**
     * Checks for {@code null}.
     *
     * @param vocabularySize see {@link #vocabularySize()}
     * @param numLayers see {@link #numLayers()}
     * @param numHeads see {@link #numHeads()}
     * @param hiddenDim see {@link #hiddenDim()}
     * @param intermediateDim see {@link #intermediateDim()}
     * @param maxSequenceLength see {@link #maxSequenceLength()}
     * @param bucketSize see {@link #bucketSize()}
     * @param dtype see {@link #dtype()}
     */
    public BackboneConfig {
        Objects.requireNonNull(dtype, "dtype");
    }

    /**
     * A backbone of these sizes, with 512 positions, 256 buckets and float32 weights.
     *
     * @param vocabularySize rows of the token embedding
     * @param numLayers number of transformer layers
     * @param numHeads number of attention heads
     * @param hiddenDim length of a hidden state
     * @param intermediateDim length of the feed-forward layer's inner vector
     * @return the sizes
     */
    public static BackboneConfig of(
            int vocabularySize, int numLayers, int numHeads, int hiddenDim, int intermediateDim) {
        return new BackboneConfig(
                vocabularySize, numLayers, numHeads, hiddenDim, intermediateDim, 512, 256, WeightType.FLOAT32);
    }

    /**
     * Sets the distance from which on relative positions are not told apart.
     *
     * @param maxSequenceLength see {@link #maxSequenceLength()}
     * @return a copy with it
     */
    public BackboneConfig withMaxSequenceLength(int maxSequenceLength) {
        return new BackboneConfig(
                vocabularySize,
                numLayers,
                numHeads,
                hiddenDim,
                intermediateDim,
                maxSequenceLength,
                bucketSize,
                dtype);
    }

    /**
     * Sets the number of buckets for distances to one side.
     *
     * @param bucketSize see {@link #bucketSize()}
     * @return a copy with it
     */
    public BackboneConfig withBucketSize(int bucketSize) {
        return new BackboneConfig(
                vocabularySize,
                numLayers,
                numHeads,
                hiddenDim,
                intermediateDim,
                maxSequenceLength,
                bucketSize,
                dtype);
    }

    /**
     * Sets the element type of the weights.
     *
     * @param dtype see {@link #dtype()}
     * @return a copy with it
     */
    public BackboneConfig withDtype(WeightType dtype) {
        return new BackboneConfig(
                vocabularySize,
                numLayers,
                numHeads,
                hiddenDim,
                intermediateDim,
                maxSequenceLength,
                bucketSize,
                dtype);
    }

    void writeTo(MessageWriter writer) {
        writer.integer(vocabularySize);
        writer.integer(numLayers);
        writer.integer(numHeads);
        writer.integer(hiddenDim);
        writer.integer(intermediateDim);
        writer.integer(maxSequenceLength);
        writer.integer(bucketSize);
        writer.choice(dtype);
    }
}
