package dev.deberta;

import java.util.List;

/**
 * One mask, filled as if it were the only one: the other masks of the text stay masks.
 *
 * @param token the mask's index among the tokens of the text, special tokens that are added around it not counted
 * @param range where the mask stands in the text
 * @param fills what may stand there, from the highest score to the lowest
 */
public record FilledMask(int token, TextRange range, List<Fill> fills) {
    static FilledMask read(MessageReader reader, CodePointIndex text) {
        return new FilledMask(reader.integer(), TextRange.read(reader, text), reader.list(Fill::read));
    }
}
