package dev.deberta;

import java.util.List;
import java.util.Optional;

/**
 * The entities of one text.
 *
 * @param entities in the order of the text
 * @param truncated what was cut off, if the text was too long and the options say to truncate
 * @param windows the number of windows that the text was read in
 */
public record Tagged(List<Entity> entities, Optional<TruncatedText> truncated, int windows) {
    static Tagged read(MessageReader reader, String text) {
        CodePointIndex index = new CodePointIndex(text);
        return new Tagged(
                reader.list(entity -> Entity.read(entity, index)),
                reader.optional(TruncatedText::read),
                reader.integer());
    }
}
