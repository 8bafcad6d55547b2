//! Bytes as a SentencePiece model.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| deberta::fuzzing::sentencepiece(bytes));
