//! `include/deberta.h` is what `src/capi` says, and compiles alone.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources in the order of the header.
const SOURCES: [&str; 27] = [
    "version.rs",
    "string.rs",
    "error.rs",
    "enums.rs",
    "open.rs",
    "backbone.rs",
    "model_info.rs",
    "model.rs",
    "tokenizer.rs",
    "tokenized.rs",
    "cancellation.rs",
    "run.rs",
    "encode.rs",
    "encoded_info.rs",
    "encoded.rs",
    "classifications.rs",
    "classify.rs",
    "zero_shot.rs",
    "rank.rs",
    "answers.rs",
    "fill_mask.rs",
    "multiple_choice.rs",
    "embedding.rs",
    "tagging.rs",
    "explain.rs",
    "explanation.rs",
    "logging.rs",
];

/// The languages to compile the header as, and the standard of each.
const LANGUAGES: [(&str, &str); 2] = [("c", "-std=c11"), ("c++", "-std=c++17")];
const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn generate() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let sources = SOURCES.iter().map(|name| root().join("src/capi").join(name));
    let builder = sources.fold(cbindgen::Builder::new().with_config(config), |builder, source| {
        assert!(source.exists(), "{} is gone; correct the list of sources", source.display());
        builder.with_src(source)
    });
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    String::from_utf8(header).unwrap()
}

#[test]
fn the_header_is_up_to_date() {
    let path = root().join("include/deberta.h");
    let generated = generate();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = generated.lines().zip(checked_in.lines()).position(|(left, right)| left != right);
    assert!(
        generated == checked_in,
        "include/deberta.h differs from src/capi, first in line {}; run\n\n    UPDATE_HEADER=1 cargo test --test header up_to_date\n",
        differing.unwrap_or(generated.lines().count().min(checked_in.lines().count())) + 1
    );
}

#[test]
fn every_function_of_the_sources_is_in_the_header() {
    let header = generate();
    for entry in std::fs::read_dir(root().join("src/capi")).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for function in source.split("extern \"C\" fn ").skip(1) {
            let name = function.split('(').next().unwrap();
            if name.starts_with("deberta_") {
                assert!(
                    header.contains(&format!("{name}(")),
                    "{name} is missing; correct the list of sources"
                );
            }
        }
    }
}

#[test]
fn every_function_says_what_callers_must_know() {
    let header = generate();
    let (mut functions, mut comment) = (0, String::new());
    for line in header.lines() {
        match line {
            "/**" => comment.clear(),
            line if line.starts_with(" *") => comment.push_str(line),
            line if line.starts_with("typedef") => comment.clear(),
            line if line.starts_with(' ') => {}
            line if line.contains(" deberta_") && line.contains('(') || line.contains("*deberta_") => {
                let name = line.split('(').next().unwrap();
                for part in ["@par Thread safety", "@since "] {
                    assert!(comment.contains(part), "{name} has no {part}");
                }
                let returns = !line.starts_with("void ");
                assert_eq!(comment.contains("@return "), returns, "{name}: @return");
                assert_eq!(comment.contains("@param "), !line.contains("(void)"), "{name}: @param");
                functions += 1;
                comment.clear();
            }
            _ => {}
        }
    }
    assert_eq!(functions, header.matches("@since ").count());
    assert!(functions > 50, "{functions}");
}

/// Compiles the file with gcc and with clang, in every language.
fn compile(source: &Path) {
    for compiler in ["gcc", "clang"] {
        for (language, standard) in LANGUAGES {
            let output = Command::new(compiler)
                .args(["-fsyntax-only", "-x", language, standard])
                .args(WARNINGS)
                .arg("-I")
                .arg(root().join("include"))
                .arg(source)
                .output()
                .unwrap_or_else(|error| {
                    panic!("cannot run {compiler} ({error}); install the package {compiler}")
                });
            let messages = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{compiler} {standard}:\n{messages}");
        }
    }
}

fn in_temporary_file(name: &str, source: &str, test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, source).unwrap();
    test(&path);
}

#[test]
fn the_header_compiles_alone_and_twice_as_c11_and_as_cpp17() {
    let alone = "#include <deberta.h>\n#include <deberta.h>\nint nothing(void);\n";
    in_temporary_file("alone.c", alone, compile);
}

#[test]
fn structs_have_the_same_layout_in_c_as_in_rust() {
    compile(&root().join("tests/abi/layout.c"));
}
