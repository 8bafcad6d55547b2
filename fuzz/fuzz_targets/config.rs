//! Configurations that may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| deberta::fuzzing::config(bytes));
