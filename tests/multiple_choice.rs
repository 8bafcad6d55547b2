//! Multiple choice: the logits of transformers' model, and wrong requests by name.

mod common;

use std::fs;
use std::path::Path;
use std::time::Instant;

use common::{goldens, instruction_sets, with_task_tokenizer};
use deberta::{
    ChooseOptions, ErrorKind, Model, OpenOptions, RunOptions, TokenizeOptions, Truncation, WindowMerge,
    WindowOptions,
};

/// Largest difference to transformers in float64.
const TOLERANCE: f32 = 5e-6;

#[derive(serde::Deserialize)]
struct Goldens {
    cases: Vec<Case>,
    windowed: Windowed,
}

#[derive(serde::Deserialize)]
struct Case {
    prompt: String,
    choices: Vec<String>,
    logits: Vec<f32>,
    scores: Vec<f32>,
}

#[derive(serde::Deserialize)]
struct Windowed {
    #[serde(flatten)]
    case: Case,
    max_length: usize,
    stride: usize,
    /// For each choice.
    windows: Vec<usize>,
}

impl Case {
    fn choices(&self) -> Vec<&str> {
        self.choices.iter().map(String::as_str).collect()
    }

    #[track_caller]
    fn check(&self, found: &deberta::Choice) {
        for (found, expected) in [(&found.logits, &self.logits), (&found.scores, &self.scores)] {
            assert_eq!(found.len(), expected.len());
            let is_near = |(found, expected): (&f32, &f32)| (found - expected).abs() <= TOLERANCE;
            assert!(found.iter().zip(expected).all(is_near), "{found:?}, {expected:?}");
        }
        assert_eq!(found.ranking.len(), self.choices.len());
        assert!(found.ranking.is_sorted_by(|&left, &right| found.scores[left] >= found.scores[right]));
    }
}

fn read() -> Goldens {
    serde_json::from_slice(&fs::read(goldens().join("multiple_choice.json")).unwrap()).unwrap()
}

fn open(folder: &Path) -> Model {
    Model::open(folder, &OpenOptions { threads: Some(2), ..OpenOptions::default() }).unwrap()
}

#[test]
fn answers_are_those_of_transformers() {
    let goldens = read();
    let folder = with_task_tokenizer("multiple_choice");
    for instruction_set in instruction_sets() {
        let options = OpenOptions { threads: Some(2), instruction_set, ..OpenOptions::default() };
        let model = Model::open(folder.path(), &options).unwrap();
        for case in &goldens.cases {
            let answer = model.choose(&case.prompt, &case.choices(), &ChooseOptions::default()).unwrap();
            case.check(&answer);
            assert_eq!((answer.windows, &answer.truncated), (1, &None));
            for (choice, logit) in case.choices().iter().zip(&answer.logits) {
                let alone = model.choose(&case.prompt, &[choice], &ChooseOptions::default()).unwrap();
                assert_eq!((alone.logits[0].to_bits(), &alone.scores[..]), (logit.to_bits(), &[1.0][..]));
            }
        }
    }
}

#[test]
fn a_long_prompt_is_read_in_windows() {
    let Windowed { case, max_length, stride, windows } = read().windowed;
    let folder = with_task_tokenizer("multiple_choice");
    let model = open(folder.path());
    // Windows are over the prompt, whatever the truncation.
    for truncation in [Truncation::Error, Truncation::OnlySecond] {
        let tokenize = TokenizeOptions {
            max_length: Some(max_length),
            truncation,
            windows: Some(WindowOptions { stride }),
            ..TokenizeOptions::default()
        };
        let options = ChooseOptions { tokenize, ..ChooseOptions::default() };
        let answer = model.choose(&case.prompt, &case.choices(), &options).unwrap();
        case.check(&answer);
        assert_eq!((answer.windows, &answer.truncated), (*windows.iter().max().unwrap(), &None));
        let largest = ChooseOptions { window_merge: WindowMerge::Max, ..options };
        let largest = model.choose(&case.prompt, &case.choices(), &largest).unwrap();
        assert!(largest.logits.iter().zip(&answer.logits).all(|(largest, mean)| largest > mean));
    }
}

#[test]
fn truncation_is_reported_of_the_pair_that_lost_most() {
    let folder = with_task_tokenizer("multiple_choice");
    let model = open(folder.path());
    let tokenize = TokenizeOptions {
        max_length: Some(12),
        truncation: Truncation::OnlyFirst,
        ..TokenizeOptions::default()
    };
    let options = ChooseOptions { tokenize, ..ChooseOptions::default() };
    let prompt = "the old cat sleeps in the garden because it rains";
    let answer = model.choose(prompt, &["a", "every small red fox"], &options).unwrap();
    assert_eq!(answer.truncated.unwrap().removed_tokens, [5, 0]);
}

#[test]
fn wrong_requests_and_models_are_named() {
    let folder = with_task_tokenizer("multiple_choice");
    let model = open(folder.path());
    let refused = |model: &Model, choices: &[&str], options: &ChooseOptions, kind: ErrorKind, part: &str| {
        let error = model.choose("the old cat", choices, options).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    let default = ChooseOptions::default();
    refused(&model, &[], &default, ErrorKind::InvalidArgument, "no choices");
    let short = TokenizeOptions { max_length: Some(8), ..TokenizeOptions::default() };
    let options = ChooseOptions { tokenize: short, ..ChooseOptions::default() };
    refused(&model, &["a", "the small red fox"], &options, ErrorKind::TooLong, "choice 1: ");
    let windows = TokenizeOptions { windows: Some(WindowOptions { stride: 4 }), ..short };
    let options = ChooseOptions { tokenize: windows, ..ChooseOptions::default() };
    refused(&model, &["a", "the small red fox"], &options, ErrorKind::InvalidArgument, "stride is 4");
    refused(&model, &["the small red fox runs"], &options, ErrorKind::TooLong, "no room");
    let run = RunOptions { deadline: Some(Instant::now()), ..RunOptions::default() };
    let options = ChooseOptions { run, ..ChooseOptions::default() };
    refused(&model, &["a"], &options, ErrorKind::DeadlineExceeded, "deadline");

    refused(&open(&goldens().join("multiple_choice")), &["a"], &default, ErrorKind::NotFound, "tokenizer");
    let folder = with_task_tokenizer("masked_lm");
    refused(&open(folder.path()), &["a"], &default, ErrorKind::Unsupported, "masked language modelling");
    let folder = with_task_tokenizer("bare_prefix");
    refused(&open(folder.path()), &["a"], &default, ErrorKind::Unsupported, "has none");
}
