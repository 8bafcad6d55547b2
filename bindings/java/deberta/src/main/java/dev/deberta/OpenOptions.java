package dev.deberta;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How to open a model.
 *
 * @param precision the error that results may have
 * @param threads threads that work on one forward pass, the caller included; by default one for each available
 *     processor
 * @param instructionSet the instructions to use; by default the fastest there are. The environment variable {@code
 *     DEBERTA_ISA} overrides this.
 * @param loadMode how weight files come into memory
 * @param tensorPrefix what the names of the encoder's tensors start with; by default found out
 * @param packedCache a directory for packed weights: those of this model are mapped from there, and written there first
 *     unless they are there and fit. Opening is then fast, and processes share the memory. By default weights are
 *     packed anew at every opening.
 * @param randomSeed in place of the weights that the folder has, or has not, random ones from this seed: for measuring
 *     speed and memory without a checkpoint
 * @param tokenizerMode whose behaviour the tokenizer follows
 * @param observer receives the progress of opening, and can stop it
 */
public record OpenOptions(
        Precision precision,
        OptionalInt threads,
        Optional<InstructionSet> instructionSet,
        LoadMode loadMode,
        Optional<String> tensorPrefix,
        Optional<Path> packedCache,
        OptionalLong randomSeed,
        TokenizerMode tokenizerMode,
        Optional<OpenObserver> observer) {
    private static final OpenOptions DEFAULTS = new OpenOptions(
            Precision.HIGHEST,
            OptionalInt.empty(),
            Optional.empty(),
            LoadMode.MEMORY_MAP,
            Optional.empty(),
            Optional.empty(),
            OptionalLong.empty(),
            TokenizerMode.AUTO,
            Optional.empty());

    /**
     * Checks for {@code null}.
     *
     * @param precision see {@link #precision()}
     * @param threads see {@link #threads()}
     * @param instructionSet see {@link #instructionSet()}
     * @param loadMode see {@link #loadMode()}
     * @param tensorPrefix see {@link #tensorPrefix()}
     * @param packedCache see {@link #packedCache()}
     * @param randomSeed see {@link #randomSeed()}
     * @param tokenizerMode see {@link #tokenizerMode()}
     * @param observer see {@link #observer()}
     */
    public OpenOptions {
        Objects.requireNonNull(precision, "precision");
        Objects.requireNonNull(threads, "threads");
        Objects.requireNonNull(instructionSet, "instructionSet");
        Objects.requireNonNull(loadMode, "loadMode");
        Objects.requireNonNull(tensorPrefix, "tensorPrefix");
        Objects.requireNonNull(packedCache, "packedCache");
        Objects.requireNonNull(randomSeed, "randomSeed");
        Objects.requireNonNull(tokenizerMode, "tokenizerMode");
        Objects.requireNonNull(observer, "observer");
    }

    /**
     * The best precision and all processors, weights mapped into memory.
     *
     * @return the options
     */
    public static OpenOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the error that results may have.
     *
     * @param precision see {@link #precision()}
     * @return a copy with it
     */
    public OpenOptions withPrecision(Precision precision) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                tensorPrefix,
                packedCache,
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Sets the number of threads that work on one forward pass.
     *
     * @param threads see {@link #threads()}
     * @return a copy with it
     */
    public OpenOptions withThreads(int threads) {
        return new OpenOptions(
                precision,
                OptionalInt.of(threads),
                instructionSet,
                loadMode,
                tensorPrefix,
                packedCache,
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Sets the instructions to use.
     *
     * @param instructionSet see {@link #instructionSet()}
     * @return a copy with it
     */
    public OpenOptions withInstructionSet(InstructionSet instructionSet) {
        return new OpenOptions(
                precision,
                threads,
                Optional.of(instructionSet),
                loadMode,
                tensorPrefix,
                packedCache,
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Sets how weight files come into memory.
     *
     * @param loadMode see {@link #loadMode()}
     * @return a copy with it
     */
    public OpenOptions withLoadMode(LoadMode loadMode) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                tensorPrefix,
                packedCache,
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Sets what the names of the encoder's tensors start with.
     *
     * @param tensorPrefix see {@link #tensorPrefix()}
     * @return a copy with it
     */
    public OpenOptions withTensorPrefix(String tensorPrefix) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                Optional.of(tensorPrefix),
                packedCache,
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Keeps packed weights in a directory.
     *
     * @param packedCache see {@link #packedCache()}
     * @return a copy with it
     */
    public OpenOptions withPackedCache(Path packedCache) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                tensorPrefix,
                Optional.of(packedCache),
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Opens the model with random weights.
     *
     * @param randomSeed see {@link #randomSeed()}
     * @return a copy with it
     */
    public OpenOptions withRandomSeed(long randomSeed) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                tensorPrefix,
                packedCache,
                OptionalLong.of(randomSeed),
                tokenizerMode,
                observer);
    }

    /**
     * Sets whose behaviour the tokenizer follows.
     *
     * @param tokenizerMode see {@link #tokenizerMode()}
     * @return a copy with it
     */
    public OpenOptions withTokenizerMode(TokenizerMode tokenizerMode) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                tensorPrefix,
                packedCache,
                randomSeed,
                tokenizerMode,
                observer);
    }

    /**
     * Reports progress.
     *
     * @param observer see {@link #observer()}
     * @return a copy with it
     */
    public OpenOptions withObserver(OpenObserver observer) {
        return new OpenOptions(
                precision,
                threads,
                instructionSet,
                loadMode,
                tensorPrefix,
                packedCache,
                randomSeed,
                tokenizerMode,
                Optional.of(observer));
    }

    void writeTo(MessageWriter writer) {
        writer.choice(precision);
        writer.optional(threads);
        writer.optionalChoice(instructionSet);
        writer.choice(loadMode);
        writer.optionalText(tensorPrefix, "tensorPrefix");
        writer.optionalText(packedCache.map(Path::toString), "packedCache");
        writer.optional(randomSeed);
        writer.choice(tokenizerMode);
    }
}
