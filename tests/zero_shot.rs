//! Zero-shot classification: the scores of transformers' pipeline.

mod common;

use std::fs;
use std::path::Path;

use common::{bundled_model, goldens, instruction_sets};
use deberta::{ErrorKind, Model, OpenOptions, TokenizeOptions, Truncation, ZeroShotOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Largest difference to the pipeline's scores, which it computes in float32 as well.
const TOLERANCE: f32 = 2e-6;

/// `tests/goldens/zero_shot.json`.
#[derive(serde::Deserialize)]
struct Goldens {
    texts: Vec<String>,
    labels: Vec<String>,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    entailment: usize,
    template: String,
    multi_label: bool,
    scores: Vec<Vec<f32>>,
}

/// The bundled model with these names of its labels.
fn with_labels(name: impl Fn(usize) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "tokenizer.json"] {
        fs::copy(bundled_model().join(file), folder.path().join(file)).unwrap();
    }
    let config = fs::read_to_string(bundled_model().join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    let count = config["id2label"].as_object().unwrap().len();
    let labels: serde_json::Map<String, Value> =
        (0..count).map(|index| (index.to_string(), json!(name(index)))).collect();
    config["id2label"] = labels.into();
    config.as_object_mut().unwrap().remove("label2id");
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    folder
}

fn with_entailment(entailment: usize) -> TempDir {
    with_labels(|index| if index == entailment { "Entailment".into() } else { format!("label {index}") })
}

fn open(folder: &Path, options: OpenOptions) -> Model {
    Model::open(folder, &OpenOptions { threads: Some(2), ..options }).unwrap()
}

#[test]
fn scores_are_those_of_the_pipeline() {
    let goldens: Goldens =
        serde_json::from_slice(&fs::read(goldens().join("zero_shot.json")).unwrap()).unwrap();
    assert_eq!(goldens.cases.len(), 8);
    let texts: Vec<&str> = goldens.texts.iter().map(String::as_str).collect();
    let labels: Vec<&str> = goldens.labels.iter().map(String::as_str).collect();
    for instruction_set in instruction_sets() {
        for case in &goldens.cases {
            let folder = with_entailment(case.entailment);
            let model = open(folder.path(), OpenOptions { instruction_set, ..OpenOptions::default() });
            let options = ZeroShotOptions {
                hypothesis_template: case.template.clone(),
                multi_label: case.multi_label,
                ..ZeroShotOptions::default()
            };
            let answers = model.zero_shot(&texts, &labels, &options).unwrap();
            assert_eq!(answers.len(), texts.len());
            for ((answer, expected), text) in answers.iter().zip(&case.scores).zip(&texts) {
                for (score, expected) in answer.scores.iter().zip(expected) {
                    assert!((score - expected).abs() <= TOLERANCE, "{:?}, {expected:?}", answer.scores);
                }
                assert!(answer.ranking.windows(2).all(|two| answer.scores[two[0]] >= answer.scores[two[1]]));
                // The same bits alone.
                assert_eq!(&model.zero_shot(&[text], &labels, &options).unwrap()[0], answer);
            }
        }
    }
}

#[test]
fn more_pairs_than_fit_a_batch() {
    let folder = with_entailment(0);
    let model = open(folder.path(), OpenOptions::default());
    let text = "let x = vec![1, 2, 3]; ".repeat(20);
    let texts = vec![text.as_str(); 25];
    let labels: Vec<String> = (0..10).map(|index| format!("label number {index}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let answers = model.zero_shot(&texts, &labels, &ZeroShotOptions::default()).unwrap();
    assert!(answers.len() == 25 && answers.iter().all(|answer| *answer == answers[0]));
    assert!((answers[0].scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
}

#[test]
fn long_texts_are_cut_for_each_hypothesis_and_reported() {
    let folder = with_entailment(0);
    let model = open(folder.path(), OpenOptions::default());
    let text = "one two three four five six seven eight nine ten ".repeat(4);
    let tokenize = TokenizeOptions {
        max_length: Some(24),
        truncation: Truncation::OnlyFirst,
        ..TokenizeOptions::default()
    };
    let options = ZeroShotOptions { tokenize, ..ZeroShotOptions::default() };
    let labels = ["short", "a label that is a good deal longer"];
    let removed = |labels: &[&str]| {
        let answer = model.zero_shot(&[&text], labels, &options).unwrap().remove(0);
        answer.truncated.unwrap().removed_tokens[0]
    };
    assert!(removed(&labels[..1]) < removed(&labels[1..]));
    assert_eq!(removed(&labels), removed(&labels[1..]));
    let options = ZeroShotOptions {
        tokenize: TokenizeOptions { max_length: Some(24), ..TokenizeOptions::default() },
        ..ZeroShotOptions::default()
    };
    assert_eq!(model.zero_shot(&[&text], &labels, &options).unwrap_err().kind(), ErrorKind::TooLong);
}

#[test]
fn wrong_requests_and_models_are_named() {
    let folder = with_entailment(3);
    let model = open(folder.path(), OpenOptions::default());
    let refused = |model: &Model, labels: &[&str], template: &str, kind: ErrorKind, part: &str| {
        let options = ZeroShotOptions { hypothesis_template: template.into(), ..ZeroShotOptions::default() };
        let error = model.zero_shot(&["text"], labels, &options).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    refused(&model, &[], "{}", ErrorKind::InvalidArgument, "no labels");
    refused(&model, &["a"], "about", ErrorKind::InvalidArgument, "has 0 times {}");
    refused(&model, &["a"], "{} {}", ErrorKind::InvalidArgument, "has 2 times {}");
    assert!(model.zero_shot(&[], &["a"], &ZeroShotOptions::default()).unwrap().is_empty());
    let other = open(&bundled_model(), OpenOptions::default());
    refused(&other, &["a"], "{}", ErrorKind::Unsupported, "starts with \"entail\"");
    let tokens = open(&goldens().join("token_classification"), OpenOptions::default());
    refused(
        &tokens,
        &["a"],
        "{}",
        ErrorKind::Unsupported,
        "needs a model with a sequence classification head, but this model has a token classification head",
    );
}
