//! The types that the header declares are those of `tests/abi/baseline.abi`, as abidiff of libabigail compares them.
//!
//! The shared library has no C type information, so a stand-in is compiled from the header: one variable for each
//! exported function, with the function's type. `tests/symbols.rs` ties the header to what the library exports.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ENUMS: [&str; 10] = [
    "deberta_status",
    "deberta_precision",
    "deberta_instruction_set",
    "deberta_load_mode",
    "deberta_truncation",
    "deberta_output",
    "deberta_head",
    "deberta_problem_type",
    "deberta_log_level",
    "deberta_aggregation",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) -> Output {
    let tool = command.get_program().to_owned();
    command.output().unwrap_or_else(|error| panic!("{tool:?}: {error}; install abigail-tools and gcc"))
}

/// Compiles the stand-in from a header.
fn stand_in(folder: &Path, header: &str) -> PathBuf {
    let symbols = std::fs::read_to_string(root().join("tests/abi/symbols.txt")).unwrap();
    let variables = symbols.lines().map(|name| format!("__typeof__(&{name}) type_of_{name} = {name};\n"));
    let enums = ENUMS.iter().map(|name| format!("enum {name} type_of_{name};\n"));
    let source = format!("#include \"deberta.h\"\n{}", variables.chain(enums).collect::<String>());
    std::fs::write(folder.join("deberta.h"), header).unwrap();
    std::fs::write(folder.join("stand_in.c"), source).unwrap();
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=gnu11", "-g", "-fPIC", "-shared", "-o", "stand_in.so", "stand_in.c"]).current_dir(folder);
    let output = run(&mut gcc);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("stand_in.so")
}

/// What abidiff says about a header, if it differs from the baseline in more than additional functions.
fn difference(header: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = stand_in(folder.path(), header);
    let baseline = root().join("tests/abi/baseline.abi");
    if std::env::var_os("UPDATE_ABI").is_some() {
        let mut abidw = Command::new("abidw");
        abidw.args(["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--out-file"]);
        assert!(run(abidw.arg(&baseline).arg(&stand_in)).status.success());
    }
    let mut abidiff = Command::new("abidiff");
    abidiff.args(["--no-added-syms", "--no-show-locs", "--harmless"]).arg(&baseline).arg(&stand_in);
    let output = run(&mut abidiff);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (!output.status.success()).then(|| text(&output.stdout) + &text(&output.stderr))
}

fn header() -> String {
    std::fs::read_to_string(root().join("include/deberta.h")).unwrap()
}

#[test]
fn the_types_are_those_of_the_baseline() {
    if let Some(difference) = difference(&header()) {
        panic!(
            "{difference}\nIf docs/c-api.md allows the change, run\n\n    UPDATE_ABI=1 cargo test --test abidiff baseline\n"
        );
    }
}

#[test]
fn a_change_is_noticed() {
    if std::env::var_os("UPDATE_ABI").is_some() {
        return;
    }
    for (from, to) in [
        ("  uint32_t threads;\n", "  uint64_t threads;\n"),
        ("  int32_t outputs;\n  ", "  int32_t more;\n  int32_t outputs;\n  "),
        ("DEBERTA_STATUS_TOO_LONG = 8", "DEBERTA_STATUS_TOO_LONG = 80"),
        ("deberta_status_name(int32_t status)", "deberta_status_name(int64_t status)"),
    ] {
        let changed = header().replace(from, to);
        assert_ne!(changed, header(), "{from}");
        assert!(difference(&changed).is_some(), "not noticed: {to}");
    }
}
