//! The shared library exports what `tests/abi/symbols.txt` lists and nothing else, under the soname of its ABI version.
//!
//! `DEBERTA_LIBRARY` names the library to look at; by default it is the one that was built along with this test.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn library() -> PathBuf {
    match std::env::var_os("DEBERTA_LIBRARY") {
        Some(path) => path.into(),
        // The shared library is made by the same call of the compiler as the library that tests are linked with.
        None => std::env::current_exe().unwrap().with_file_name("libdeberta.so"),
    }
}

/// What a tool of binutils prints about the library.
fn inspect(tool: &str, arguments: &[&str]) -> String {
    let library = library();
    let output = Command::new(tool)
        .env("LC_ALL", "C")
        .args(arguments)
        .arg(&library)
        .output()
        .unwrap_or_else(|error| panic!("{tool}: {error}; install binutils"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {}: {messages}", library.display());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_exported_symbols_are_those_of_the_list() {
    let output = inspect("nm", &["-D", "--defined-only", "--format=posix"]);
    let mut found: Vec<&str> = output.lines().filter_map(|line| line.split(' ').next()).collect();
    found.sort_unstable();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abi/symbols.txt");
    if std::env::var_os("UPDATE_SYMBOLS").is_some() {
        std::fs::write(&path, found.join("\n") + "\n").unwrap();
    }
    let list = std::fs::read_to_string(&path).unwrap_or_default();
    let listed: Vec<&str> = list.lines().collect();
    let added: Vec<_> = found.iter().filter(|symbol| !listed.contains(symbol)).collect();
    let removed: Vec<_> = listed.iter().filter(|symbol| !found.contains(symbol)).collect();
    assert!(
        found == listed,
        "{} does not export what tests/abi/symbols.txt lists.\nnot in the list: {added:?}\nnot exported: \
         {removed:?}\nA new function is added with\n\n    UPDATE_SYMBOLS=1 cargo test --test symbols\n\nNothing may be \
         removed; see docs/c-api.md.",
        library().display()
    );
}

#[test]
fn the_list_is_what_the_header_declares() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = std::fs::read_to_string(root.join("include/deberta.h")).unwrap();
    let is_declaration = |line: &&str| !line.starts_with(' ') && !line.starts_with("typedef");
    let mut declared: Vec<&str> = header
        .lines()
        .filter(is_declaration)
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("deberta_"))
        .collect();
    declared.sort_unstable();
    let list = std::fs::read_to_string(root.join("tests/abi/symbols.txt")).unwrap();
    assert_eq!(declared, list.lines().collect::<Vec<_>>());
}

#[test]
fn the_soname_has_the_abi_version() {
    let output = inspect("readelf", &["-d", "-W"]);
    let soname = format!("[libdeberta.so.{}]", deberta::capi::DEBERTA_ABI_VERSION);
    assert!(output.lines().any(|line| line.contains("SONAME") && line.ends_with(&soname)), "{output}");
}
