/** DeBERTa v2 and v3 encoders and their tasks, by a native library without a framework. */
module dev.deberta {
    exports dev.deberta;
}
