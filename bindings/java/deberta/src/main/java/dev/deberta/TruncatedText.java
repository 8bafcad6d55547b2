package dev.deberta;

import java.util.OptionalInt;

/**
 * What truncation cut off.
 *
 * @param totalTokens tokens that the whole input has, special tokens included
 * @param text what was cut off of the first text
 * @param pair what was cut off of the second text
 */
public record TruncatedText(int totalTokens, Removed text, Removed pair) {
    /**
     * What was cut off at the end of a text.
     *
     * @param tokens number of tokens
     * @param firstByte where the first of them starts in UTF-8 bytes; empty for a text that was kept whole
     * @param firstCodePoint the same in code points; {@link String#offsetByCodePoints} makes an index of it
     */
    public record Removed(int tokens, OptionalInt firstByte, OptionalInt firstCodePoint) {
        private static Removed read(MessageReader reader) {
            return new Removed(reader.integer(), reader.optionalInteger(), reader.optionalInteger());
        }
    }

    static TruncatedText read(MessageReader reader) {
        return new TruncatedText(reader.integer(), Removed.read(reader), Removed.read(reader));
    }
}
