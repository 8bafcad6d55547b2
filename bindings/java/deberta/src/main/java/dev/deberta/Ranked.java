package dev.deberta;

import java.util.Optional;

/**
 * A document, and how well it answers the query.
 *
 * @param document the document's index
 * @param score what the score function makes of the logit
 * @param logit the model's raw score
 * @param truncated what was cut off of query and document
 * @param windows the number of windows that the document was read in
 */
public record Ranked(int document, float score, float logit, Optional<TruncatedText> truncated, int windows) {
    static Ranked read(MessageReader reader) {
        return new Ranked(
                reader.integer(),
                reader.floating(),
                reader.floating(),
                reader.optional(TruncatedText::read),
                reader.integer());
    }
}
