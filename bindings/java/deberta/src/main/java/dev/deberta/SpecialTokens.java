package dev.deberta;

import java.util.OptionalInt;

/**
 * Ids of the special tokens; empty for those that the vocabulary lacks.
 *
 * @param cls {@code [CLS]}, first in every input
 * @param sep {@code [SEP]}, after each text
 * @param pad {@code [PAD]}
 * @param unk {@code [UNK]}, for what the vocabulary cannot spell
 * @param mask {@code [MASK]}, the blank of masked language modelling
 */
public record SpecialTokens(
        OptionalInt cls, OptionalInt sep, OptionalInt pad, OptionalInt unk, OptionalInt mask) {
    static SpecialTokens read(MessageReader reader) {
        return new SpecialTokens(
                reader.optionalInteger(),
                reader.optionalInteger(),
                reader.optionalInteger(),
                reader.optionalInteger(),
                reader.optionalInteger());
    }
}
