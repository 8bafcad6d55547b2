package dev.deberta;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The tokens of one input; arrays and lists have one entry for each token.
 *
 * @param ids token ids
 * @param tokenTypeIds 0 for the first text and what frames it, 1 for the second
 * @param tokens the tokens as the vocabulary spells them; an unknown piece keeps its own spelling
 * @param ranges where the tokens are in their text, with the space before a word where the token has it; empty ranges
 *     at 0 for special tokens that were added
 * @param specialTokensMask {@code true} for special tokens that were added around the texts
 * @param sequenceIds 0 for tokens of the first text, 1 for those of the second, -1 for added special tokens
 * @param wordIds which word of its text, counted from 0, a token is part of; -1 for added special tokens
 * @param truncated what truncation cut off
 */
public record Encoding(
        int[] ids,
        int[] tokenTypeIds,
        List<String> tokens,
        List<TextRange> ranges,
        boolean[] specialTokensMask,
        int[] sequenceIds,
        int[] wordIds,
        Optional<TruncatedText> truncated) {
    /**
     * The number of tokens.
     *
     * @return the number
     */
    public int length() {
        return ids.length;
    }

    static Encoding read(MessageReader reader, TextInput input) {
        CodePointIndex text = new CodePointIndex(input.text());
        CodePointIndex pair = new CodePointIndex(input.pair().orElse(""));
        int length = reader.integer();
        int[] ids = new int[length];
        int[] tokenTypeIds = new int[length];
        List<String> tokens = new ArrayList<>(length);
        List<TextRange> ranges = new ArrayList<>(length);
        boolean[] specialTokensMask = new boolean[length];
        int[] sequenceIds = new int[length];
        int[] wordIds = new int[length];
        for (int token = 0; token < length; token++) {
            ids[token] = reader.integer();
            tokenTypeIds[token] = reader.integer();
            sequenceIds[token] = reader.integer();
            wordIds[token] = reader.integer();
            specialTokensMask[token] = reader.bool();
            tokens.add(reader.text());
            ranges.add(TextRange.read(reader, sequenceIds[token] == 1 ? pair : text));
        }
        return new Encoding(
                ids,
                tokenTypeIds,
                Collections.unmodifiableList(tokens),
                Collections.unmodifiableList(ranges),
                specialTokensMask,
                sequenceIds,
                wordIds,
                reader.optional(TruncatedText::read));
    }
}
