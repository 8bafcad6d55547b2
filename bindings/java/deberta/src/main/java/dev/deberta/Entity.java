package dev.deberta;

/**
 * One token, or several that belong together.
 *
 * @param label the kind of entity, without the prefix of a scheme ("PER" for "B-PER"); the label as it is for
 *     {@link Aggregation#NONE}
 * @param score the label's probability: the mean over the entity's tokens, or over its words where the aggregation is
 *     by words
 * @param range where it is in the text; it starts with the white space in front of it where its first token does
 * @param firstToken its first token, as {@link Tokenizer#encode} counts those of the whole text, special tokens
 *     included
 * @param endToken the token after its last
 * @param word its tokens as text, after the tokenizer's normalization; for {@link Aggregation#NONE} the token as the
 *     vocabulary spells it
 */
public record Entity(String label, float score, TextRange range, int firstToken, int endToken, String word) {
    static Entity read(MessageReader reader, CodePointIndex text) {
        return new Entity(
                reader.text(),
                reader.floating(),
                TextRange.read(reader, text),
                reader.integer(),
                reader.integer(),
                reader.text());
    }
}
