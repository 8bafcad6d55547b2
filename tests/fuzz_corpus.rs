//! The fuzz target's calls without a fuzzer: its corpus, and sequences of a generator with a fixed seed.

#[path = "../fuzz/src/lib.rs"]
mod calls;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::LazyLock;

static WORLD: LazyLock<calls::World> = LazyLock::new(|| {
    let damaged = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged");
    calls::World::new(Path::new(env!("CARGO_MANIFEST_DIR")), &damaged)
});

/// Performs a sequence; where it fails, says which one it was.
fn run(name: &str, bytes: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| calls::run(&WORLD, bytes))) {
        eprintln!("in the sequence {name}: {bytes:?}");
        resume_unwind(panic);
    }
}

#[test]
fn every_function_is_called() {
    let symbols = fs::read_to_string("tests/abi/symbols.txt").unwrap();
    let mut names = calls::NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(names, symbols.lines().collect::<Vec<_>>(), "fuzz/src/call.rs lists the functions to call");
}

// One test, since the log callback that the sequences set is the process's.
#[test]
fn sequences_keep_the_contract() {
    let mut corpus: Vec<_> = fs::read_dir("fuzz/corpus/c_calls")
        .expect("the corpus is missing")
        .map(|entry| entry.unwrap().path())
        .collect();
    corpus.sort();
    assert!(
        corpus.len() >= 20,
        "fuzz/corpus/c_calls has {} files; fuzz/README.md says how to make it",
        corpus.len()
    );
    for path in &corpus {
        run(&path.display().to_string(), &fs::read(path).unwrap());
    }

    // SplitMix64.
    let mut state = 0u64;
    let mut random = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    for sequence in 0..4000 {
        let words = 8 + random() % 120;
        let bytes: Vec<u8> = (0..words).flat_map(|_| random().to_le_bytes()).collect();
        run(&format!("{sequence} of the generator"), &bytes);
    }
}
