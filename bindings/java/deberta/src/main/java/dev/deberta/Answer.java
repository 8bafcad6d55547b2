package dev.deberta;

/**
 * One answer to a question.
 *
 * @param text the part of the context that answers the question, with the space before it where the first token has it;
 *     empty if there is no answer
 * @param score the probability of its start in its window, times that of its end, summed over all places and windows
 *     where the same text, in capitals or not, is among the best; so it may exceed 1
 * @param range where the text is in the context: the first of its places
 * @param isImpossible whether this says that the context does not answer the question
 */
public record Answer(String text, float score, TextRange range, boolean isImpossible) {
    static Answer read(MessageReader reader, CodePointIndex context) {
        return new Answer(
                reader.text(), reader.floating(), TextRange.read(reader, context), reader.bool());
    }
}
