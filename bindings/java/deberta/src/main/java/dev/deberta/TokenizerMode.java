package dev.deberta;

/** Whose behaviour a tokenizer follows where SentencePiece and Hugging Face differ. */
public enum TokenizerMode {
    /** That of SentencePiece for Keras presets, that of Hugging Face for all others. */
    AUTO,
    /**
     * That of {@code tokenizer.json}, or of the one that Hugging Face's conversion makes of the SentencePiece model.
     */
    HUGGING_FACE,
    /** That of SentencePiece itself: special tokens are never found in texts. */
    SENTENCEPIECE
}
