package dev.deberta;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How to tokenize.
 *
 * @param maxLength most tokens that an input may have, special tokens included; by default there is no limit
 * @param truncation what to do with an input of more tokens than that; of a pair in windows, it says which text is cut
 * @param addSpecialTokens whether to add {@code [CLS]} and {@code [SEP]}
 * @param windowStride if it is there, a longer input is cut into windows of {@code maxLength} tokens, of which each
 *     shares so many with the one before it, instead of losing its end; the tasks take the model's {@code
 *     max_position_embeddings} where there is no {@code maxLength}
 */
public record TokenizeOptions(
        OptionalInt maxLength,
        Truncation truncation,
        boolean addSpecialTokens,
        OptionalInt windowStride) {
    private static final TokenizeOptions DEFAULTS = new TokenizeOptions(
            OptionalInt.empty(),
            Truncation.ERROR,
            true,
            OptionalInt.empty());

    /**
     * Checks for {@code null}.
     *
     * @param maxLength see {@link #maxLength()}
     * @param truncation see {@link #truncation()}
     * @param addSpecialTokens see {@link #addSpecialTokens()}
     * @param windowStride see {@link #windowStride()}
     */
    public TokenizeOptions {
        Objects.requireNonNull(maxLength, "maxLength");
        Objects.requireNonNull(truncation, "truncation");
        Objects.requireNonNull(windowStride, "windowStride");
    }

    /**
     * No limit, an error where a limit is exceeded, special tokens, no windows.
     *
     * @return the options
     */
    public static TokenizeOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the most tokens that an input may have.
     *
     * @param maxLength see {@link #maxLength()}
     * @return a copy with it
     */
    public TokenizeOptions withMaxLength(int maxLength) {
        return new TokenizeOptions(OptionalInt.of(maxLength), truncation, addSpecialTokens, windowStride);
    }

    /**
     * Sets what to do with an input that is too long.
     *
     * @param truncation see {@link #truncation()}
     * @return a copy with it
     */
    public TokenizeOptions withTruncation(Truncation truncation) {
        return new TokenizeOptions(maxLength, truncation, addSpecialTokens, windowStride);
    }

    /**
     * Sets whether to add {@code [CLS]} and {@code [SEP]}.
     *
     * @param addSpecialTokens see {@link #addSpecialTokens()}
     * @return a copy with it
     */
    public TokenizeOptions withAddSpecialTokens(boolean addSpecialTokens) {
        return new TokenizeOptions(maxLength, truncation, addSpecialTokens, windowStride);
    }

    /**
     * Cuts long inputs into windows.
     *
     * @param windowStride how many tokens a window shares with the one before it
     * @return a copy with it
     */
    public TokenizeOptions withWindowStride(int windowStride) {
        return new TokenizeOptions(maxLength, truncation, addSpecialTokens, OptionalInt.of(windowStride));
    }

    /**
     * Cuts long inputs into windows that share 128 tokens.
     *
     * @return a copy with it
     */
    public TokenizeOptions withWindows() {
        return withWindowStride(128);
    }

    void writeTo(MessageWriter writer) {
        writer.optional(maxLength);
        writer.choice(truncation);
        writer.bool(addSpecialTokens);
        writer.optional(windowStride);
    }
}
