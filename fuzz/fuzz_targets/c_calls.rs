//! libFuzzer's way in.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use deberta_fuzz::World;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    World::new(&here.join(".."), &here.join("target/damaged"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| deberta_fuzz::run(&WORLD, bytes));
