//! Running the command; shared by the tests of this folder.
#![allow(dead_code)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A folder of `tests/goldens`.
pub fn golden(name: &str) -> PathBuf {
    repository().join("tests/goldens").join(name)
}

/// The command, without the environment and the stdin of whoever runs the tests.
pub fn deberta(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deberta"));
    command.args(arguments).env_remove("DEBERTA_MODEL").stdin(Stdio::null());
    command
}

/// Runs the command without input.
pub fn run(arguments: &[&str]) -> Output {
    deberta(arguments).output().unwrap()
}

/// Runs the command on this stdin.
pub fn run_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = deberta(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A command that fails early does not read its input to the end.
    let _ = writer.join().unwrap();
    output
}

/// What a command printed that did its work.
pub fn stdout(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The same, parsed.
pub fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The one line on stderr of a command that fails with this exit code.
pub fn failure(output: &Output, code: i32) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("deberta: "), "{stderr}");
    stderr
}

/// The files in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// What a command printed that answered all but some lines, and what it said of those.
pub fn incomplete(output: &Output) -> (Vec<Value>, Vec<String>) {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let answers = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (answers, stderr.lines().map(str::to_owned).collect())
}

/// A very small model.
pub struct SmallModel {
    folder: TempDir,
    weights: &'static [&'static str],
}

impl SmallModel {
    /// Random weights and the bundled tokenizer. `architecture` is its class in transformers; the labels are those of
    /// its head.
    pub fn new(architecture: &str, labels: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundled = repository().join("models/code-language");
        std::fs::copy(bundled.join("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
        let config = std::fs::read_to_string(bundled.join("config.json")).unwrap();
        let mut config: Map<String, Value> = serde_json::from_str(&config).unwrap();
        let labels: Map<String, Value> =
            labels.iter().enumerate().map(|(index, label)| (index.to_string(), json!(label))).collect();
        for (name, value) in [
            ("architectures", json!([architecture])),
            ("hidden_size", json!(16)),
            ("pooler_hidden_size", json!(16)),
            ("intermediate_size", json!(16)),
            ("num_hidden_layers", json!(1)),
            ("num_attention_heads", json!(2)),
            ("id2label", labels.into()),
        ] {
            config.insert(name.into(), value);
        }
        config.remove("label2id");
        std::fs::write(folder.path().join("config.json"), Value::from(config).to_string()).unwrap();
        Self { folder, weights: &["--random-weights"] }
    }

    /// A golden checkpoint, with the tokenizer for those.
    pub fn of_golden(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(golden(name).join(file), folder.path().join(file)).unwrap();
        }
        std::fs::copy(golden("task_tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
        Self { folder, weights: &[] }
    }

    /// The command's arguments with those that name this model.
    pub fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let model = self.folder.path().to_str().unwrap();
        [&["--model", model, "--threads", "1"], self.weights, arguments].concat()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        run(&self.arguments(arguments))
    }

    pub fn run_with_input(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
        run_with_input(&self.arguments(arguments), input.as_ref())
    }
}
