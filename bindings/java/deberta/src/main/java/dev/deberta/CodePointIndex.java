package dev.deberta;

/** Where the code points of a string are. */
final class CodePointIndex {
    /** Of each code point and of the end; {@code null} where each code point is one character. */
    private final int[] indices;

    CodePointIndex(String text) {
        int codePoints = text.codePointCount(0, text.length());
        if (codePoints == text.length()) {
            indices = null;
            return;
        }
        indices = new int[codePoints + 1];
        for (int codePoint = 1; codePoint <= codePoints; codePoint++) {
            indices[codePoint] = text.offsetByCodePoints(indices[codePoint - 1], 1);
        }
    }

    /** The index in the string of a code point, or of the end. */
    int indexOf(int codePoint) {
        return indices == null ? codePoint : indices[codePoint];
    }
}
