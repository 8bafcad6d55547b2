package dev.deberta;

/**
 * A token in the place of a mask.
 *
 * @param id the token's id
 * @param token the token as the vocabulary spells it; empty for an id that the model has and the tokenizer has not
 * @param score the token's probability: softmax over the whole vocabulary
 * @param logit the raw score
 */
public record Fill(int id, String token, float score, float logit) {
    static Fill read(MessageReader reader) {
        return new Fill(reader.integer(), reader.text(), reader.floating(), reader.floating());
    }
}
