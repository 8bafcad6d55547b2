package dev.deberta;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a model consists of and runs with.
 *
 * @param head the head that was loaded
 * @param problemType what the configuration says about the logits of a classifier
 * @param labels the names of the labels in the order of their ids
 * @param parameters number of weights in the tensors that the model uses
 * @param vocabularySize rows of the word embedding table; token ids are below it
 * @param hiddenSize length of a hidden state
 * @param embeddingSize length of a row of the word embedding table
 * @param numLayers number of transformer layers; there is one more of hidden states, those of the embeddings
 * @param numAttentionHeads number of attention heads
 * @param intermediateSize length of the feed-forward layer's inner vector
 * @param maxPositionEmbeddings the longest row that the model was made for; a limit only if {@code positionBiasedInput}
 * @param positionBiasedInput whether the model has absolute positions
 * @param tokenTypes number of token types; 0 if the model has none and ignores them
 * @param padTokenId token id of padding
 * @param precision the precision that was asked for
 * @param instructionSet the instructions in use
 * @param threads threads that work on one forward pass
 * @param tensorPrefix what the names of the encoder's tensors start with
 * @param files the weight files
 * @param packedBytes bytes of weights packed for the kernels, held in private memory
 * @param mappedBytes bytes of packed weights that are mapped from a file, and shared with other processes that do the
 *     same
 */
public record ModelInfo(
        Optional<Head> head,
        Optional<ProblemType> problemType,
        List<String> labels,
        long parameters,
        int vocabularySize,
        int hiddenSize,
        int embeddingSize,
        int numLayers,
        int numAttentionHeads,
        int intermediateSize,
        int maxPositionEmbeddings,
        boolean positionBiasedInput,
        int tokenTypes,
        int padTokenId,
        Precision precision,
        InstructionSet instructionSet,
        int threads,
        String tensorPrefix,
        List<WeightFile> files,
        long packedBytes,
        long mappedBytes) {
    /**
     * A file of weights.
     *
     * @param path its path
     * @param bytes its size
     */
    public record WeightFile(Path path, long bytes) {}

    static ModelInfo read(MessageReader reader) {
        return new ModelInfo(
                reader.choice(Head.class),
                reader.choice(ProblemType.class),
                reader.list(MessageReader::text),
                reader.longInteger(),
                reader.integer(),
                reader.integer(),
                reader.integer(),
                reader.integer(),
                reader.integer(),
                reader.integer(),
                reader.integer(),
                reader.bool(),
                reader.integer(),
                reader.integer(),
                reader.choice(Precision.class).orElseThrow(),
                reader.choice(InstructionSet.class).orElseThrow(),
                reader.integer(),
                reader.text(),
                reader.list(file -> new WeightFile(Path.of(file.text()), file.longInteger())),
                reader.longInteger(),
                reader.longInteger());
    }
}
