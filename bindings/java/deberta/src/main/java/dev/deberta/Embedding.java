package dev.deberta;

import java.util.Optional;

/**
 * The vector of one text.
 *
 * @param vector [hidden size]
 * @param truncated what was cut off, if the text was too long and the options say to truncate
 * @param windows the number of windows that the text was read in
 */
public record Embedding(float[] vector, Optional<TruncatedText> truncated, int windows) {
    static Embedding read(MessageReader reader) {
        return new Embedding(reader.floats(), reader.optional(TruncatedText::read), reader.integer());
    }
}
