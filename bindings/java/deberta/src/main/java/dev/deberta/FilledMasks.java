package dev.deberta;

import java.util.List;
import java.util.Optional;

/**
 * The masks of one text, filled.
 *
 * @param masks the masks in the order of the text, of which there is at least one
 * @param truncated what was cut off, if the text was too long and the options say to truncate
 * @param windows the number of windows that the text was read in
 */
public record FilledMasks(List<FilledMask> masks, Optional<TruncatedText> truncated, int windows) {
    static FilledMasks read(MessageReader reader, String text) {
        CodePointIndex index = new CodePointIndex(text);
        return new FilledMasks(
                reader.list(mask -> FilledMask.read(mask, index)),
                reader.optional(TruncatedText::read),
                reader.integer());
    }
}
