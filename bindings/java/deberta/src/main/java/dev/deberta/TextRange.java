package dev.deberta;

/**
 * A part of a text, by its place in three ways of counting.
 *
 * @param start where it starts in the {@link String}
 * @param end where it ends in the {@link String}, exclusive
 * @param codePointStart where it starts in code points, which Python's strings are indexed by
 * @param codePointEnd where it ends in code points, exclusive
 * @param byteStart where it starts in UTF-8 bytes
 * @param byteEnd where it ends in UTF-8 bytes, exclusive
 */
public record TextRange(int start, int end, int codePointStart, int codePointEnd, int byteStart, int byteEnd) {
    /**
     * This part of the text.
     *
     * @param text the text that the range is of
     * @return its substring
     */
    public String of(String text) {
        return text.substring(start, end);
    }

    static TextRange read(MessageReader reader, CodePointIndex text) {
        int[] places = reader.integers();
        return new TextRange(
                text.indexOf(places[2]), text.indexOf(places[3]), places[2], places[3], places[0], places[1]);
    }
}
