//! libFuzzer's way into the reader of Keras' weights files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| deberta::fuzzing::keras_weights(bytes));
