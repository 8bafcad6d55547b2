package dev.deberta;

import java.util.List;
import java.util.Optional;

/**
 * The answers to one question.
 *
 * @param answers from the highest score to the lowest; fewer than asked for, or none, if the context has no more
 * @param truncated what was cut off, if the texts were too long and the options say to truncate
 * @param windows the number of windows that the context was read in
 */
public record Answers(List<Answer> answers, Optional<TruncatedText> truncated, int windows) {
    static Answers read(MessageReader reader, String context) {
        CodePointIndex index = new CodePointIndex(context);
        return new Answers(
                reader.list(answer -> Answer.read(answer, index)),
                reader.optional(TruncatedText::read),
                reader.integer());
    }
}
