//! `deberta explain`, and the page that it writes: its structure, what it may hold, and that its numbers are the library's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deberta::{ExplainOptions, Explanation, Model, OpenOptions, Relevance, TextInput};
use miniz_oxide::inflate::decompress_to_vec;
use serde_json::Value;

/// A text that would break out of a page which does not escape it.
const HOSTILE: &str =
    "</script><script>alert(1)</script><!-- {{data}} {{title}} &amp; \"é\" \u{2028} <b onclick='x'>";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deberta"))
        .args(arguments)
        .args(["--threads", "1"])
        .env_remove("DEBERTA_MODEL")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn failure(arguments: &[&str], code: i32, part: &str) {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(code) && stderr.contains(part), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

/// The page of a text, and the folder it is in.
fn page(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let all = [&["explain", "--output", path.to_str().unwrap()], arguments].concat();
    assert_eq!(stdout(&all), "");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::read_to_string(path).unwrap()
}

/// The JSON that the page's script reads.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

fn explain(input: TextInput<'_>, method: Relevance) -> Explanation {
    let options = OpenOptions { threads: Some(1), ..OpenOptions::default() };
    let model = Model::open(repository().join("models/code-language"), &options).unwrap();
    let options = ExplainOptions { method, attentions: true, ..ExplainOptions::default() };
    model.explain(input, &options).unwrap()
}

fn floats(values: &Value) -> Vec<f32> {
    serde_json::from_value(values.clone()).unwrap()
}

#[test]
fn the_page_has_the_numbers_of_the_library() {
    for (pair, method) in [(None, Relevance::Rollout), (Some("a <p>\nb"), Relevance::Occlusion)] {
        let input = TextInput { text: "fn main() { println!(\"hé\"); }", pair };
        let name = method.to_string();
        let mut arguments = vec![input.text, "--method", &name];
        arguments.extend(pair.iter().flat_map(|pair| ["--pair", pair]));
        let data = data(&page(&arguments));
        let expected = explain(input, method);

        let tokens = data["tokens"].as_array().unwrap();
        assert_eq!(tokens.len(), expected.encoding.len());
        for (index, token) in tokens.iter().enumerate() {
            assert_eq!(token["token"], expected.encoding.tokens[index].as_str());
            assert_eq!(token["id"], expected.encoding.ids[index]);
            assert_eq!(floats(&serde_json::json!([token["relevance"]])), [expected.relevance[index]]);
        }
        // Put together, the tokens are the text.
        for (sequence, text) in [Some(input.text), pair].into_iter().flatten().enumerate() {
            let of_text = tokens.iter().filter(|token| token["sequence"] == sequence);
            let parts = of_text.flat_map(|token| [&token["gap"], &token["text"]]);
            assert_eq!(parts.map(|part| part.as_str().unwrap()).collect::<String>(), text);
        }

        let logits = expected.logits.as_ref().unwrap();
        let answer = data["answer"].as_array().unwrap();
        assert_eq!(answer.len(), logits.values.len());
        for label in answer {
            let index = label["index"].as_u64().unwrap() as usize;
            let numbers = floats(&serde_json::json!([label["score"], label["logit"]]));
            assert_eq!(numbers, [expected.scores[index], logits.values[index]]);
        }
        assert_eq!(data["label"].is_null(), method == Relevance::Rollout);

        let attention = &data["attention"];
        assert_eq!((attention["heads"].as_u64(), attention["mean"].as_bool()), (Some(3), Some(false)));
        let layers = attention["layers"].as_array().unwrap();
        assert_eq!(layers.len(), expected.attentions.len());
        for (layer, expected) in layers.iter().zip(&expected.attentions) {
            let steps = decompress_to_vec(&STANDARD.decode(layer.as_str().unwrap()).unwrap()).unwrap();
            assert_eq!(steps.len(), expected.len());
            for (step, expected) in steps.iter().zip(expected) {
                assert!(((f32::from(*step) / 255.0).powi(2) - expected).abs() < 0.004);
            }
        }

        let table = expected.relative_positions.unwrap();
        let ranges: Vec<(i64, i64, i32)> =
            serde_json::from_value(data["positions"]["ranges"].clone()).unwrap();
        assert!(ranges.windows(2).all(|two| two[0].1 + 1 == two[1].0 && two[0].2 != two[1].2));
        for (from, to, row) in ranges {
            assert!((from..=to).all(|distance| table.index(distance) == row), "{from} to {to}");
        }
    }
}

#[test]
fn no_text_breaks_out_of_the_page() {
    let page = page(&[HOSTILE, "--pair", HOSTILE]);
    let harmless = self::page(&["x"]);
    for tag in ["<script", "</script", "<!--", "<b ", "</title", "</html>", "\"tokens\":["] {
        assert_eq!(page.matches(tag).count(), harmless.matches(tag).count(), "{tag}");
    }
    let tokens = data(&page)["tokens"].as_array().unwrap().clone();
    let parts = tokens.iter().filter(|token| token["sequence"] == 1);
    let parts = parts.flat_map(|token| [token["gap"].as_str().unwrap(), token["text"].as_str().unwrap()]);
    assert_eq!(parts.collect::<String>(), HOSTILE);
}

#[test]
fn a_page_needs_nothing_else() {
    let page = page(&["x"]);
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("default-src 'none'"));
    for outside in ["http://", "https://", " src=", " href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn on_the_terminal_each_token_has_a_line() {
    let lines = stdout(&["explain", "fn main() {}"]);
    let expected = explain("fn main() {}".into(), Relevance::Rollout);
    let lines: Vec<Vec<&str>> = lines.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0][0], "rust");
    for ((line, token), relevance) in
        lines[1..].iter().zip(&expected.encoding.tokens).zip(&expected.relevance)
    {
        assert_eq!(line[..2], [&format!("{relevance:.6}"), token]);
        assert!(line[2].chars().all(|char| char == '+') && line[2].len() <= 24);
    }
    assert_eq!(lines.len(), 1 + expected.encoding.len());

    let json = stdout(&["explain", "--json", "a", "--pair", "b", "--method", "occlusion", "--label", "sql"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["method"], &json["label"]), (&"occlusion".into(), &"sql".into()));
    assert_eq!(json["relevance"].as_array().unwrap().len(), json["tokens"].as_array().unwrap().len());
}

#[test]
fn what_is_wrong_is_named_and_leaves_no_file() {
    failure(&["explain", "x", "--label", "cobol", "--method", "occlusion"], 1, "no label \"cobol\"");
    failure(&["explain", "x", "--label", "rust"], 1, "rollout does not depend on labels");
    failure(&["explain", "x", "--method", "magic"], 2, "rollout or occlusion");
    failure(&["explain"], 2, "TEXT");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let text = "x ".repeat(40);
    failure(&["explain", &text, "--max-length", "8", "--output", path.to_str().unwrap()], 1, "8");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let page = page(&[&text, "--max-length", "8", "--truncation", "only_first"]);
    assert!(data(&page)["truncated"].as_str().unwrap().contains("tokens are not here"));
}
