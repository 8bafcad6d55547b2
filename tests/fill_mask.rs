//! Filling masks: the answers of transformers' pipeline, and its errors in better words.

mod common;

use std::fs;
use std::path::Path;
use std::time::Instant;

use common::{goldens, instruction_sets, with_task_tokenizer};
use deberta::{
    Cancellation, ErrorKind, Fill, FillMaskOptions, FilledMask, Model, OpenOptions, RunOptions,
    TokenizeOptions, Truncation, WindowOptions,
};

/// Largest difference to the pipeline in float64: of probabilities, and of logits up to 20.
const SCORE_TOLERANCE: f32 = 1e-5;
const LOGIT_TOLERANCE: f32 = 5e-5;

#[derive(serde::Deserialize)]
struct Goldens {
    texts: Vec<String>,
    candidates: Vec<String>,
    top_k: usize,
    long_text: String,
    max_length: usize,
    stride: usize,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    checkpoint: String,
    /// For each text, each mask and each place.
    vocabulary: Vec<Vec<Vec<Expected>>>,
    candidates: Vec<Vec<Vec<Expected>>>,
    windows: usize,
    windowed: Vec<Windowed>,
}

#[derive(serde::Deserialize)]
struct Expected {
    id: u32,
    score: f32,
    logit: f32,
}

/// A mask of the long text.
#[derive(serde::Deserialize)]
struct Windowed {
    offset: usize,
    fills: Vec<Expected>,
}

fn read() -> Goldens {
    serde_json::from_slice(&fs::read(goldens().join("fill_mask.json")).unwrap()).unwrap()
}

fn open(folder: &Path) -> Model {
    Model::open(folder, &OpenOptions { threads: Some(2), ..OpenOptions::default() }).unwrap()
}

#[track_caller]
fn assert_fills(found: &[Fill], expected: &[Expected]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.id, expected.id);
        assert!((found.score - expected.score).abs() <= SCORE_TOLERANCE, "{found:?}, {}", expected.score);
        assert!((found.logit - expected.logit).abs() <= LOGIT_TOLERANCE, "{found:?}, {}", expected.logit);
    }
}

#[track_caller]
fn assert_texts(found: &[deberta::FilledMasks], expected: &[Vec<Vec<Expected>>]) {
    assert_eq!(found.len(), expected.len());
    for (text, expected) in found.iter().zip(expected) {
        assert_eq!((text.masks.len(), text.windows, &text.truncated), (expected.len(), 1, &None));
        for (mask, expected) in text.masks.iter().zip(expected) {
            assert_fills(&mask.fills, expected);
        }
    }
}

/// What stands in the text where the mask is said to be, by bytes and by characters.
fn at_mask<'a>(text: &'a str, mask: &FilledMask) -> &'a str {
    let characters: Vec<usize> = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
    let bytes = characters[mask.char_range.start]..characters[mask.char_range.end];
    assert_eq!(bytes, mask.byte_range);
    &text[bytes]
}

#[test]
fn answers_are_those_of_the_pipeline() {
    let goldens = read();
    let texts: Vec<&str> = goldens.texts.iter().map(String::as_str).collect();
    assert_eq!(goldens.cases.len(), 2, "one for each layout of the head");
    let vocabulary = FillMaskOptions { top_k: Some(goldens.top_k), ..FillMaskOptions::default() };
    let candidates = FillMaskOptions { candidates: goldens.candidates.clone(), ..FillMaskOptions::default() };
    for case in &goldens.cases {
        let folder = with_task_tokenizer(&case.checkpoint);
        for instruction_set in instruction_sets() {
            let options = OpenOptions { threads: Some(2), instruction_set, ..OpenOptions::default() };
            let model = Model::open(folder.path(), &options).unwrap();
            for (options, expected) in [(&vocabulary, &case.vocabulary), (&candidates, &case.candidates)] {
                let answers = model.fill_mask(&texts, options).unwrap();
                assert_texts(&answers, expected);
                for (answer, text) in answers.iter().zip(&texts) {
                    assert_eq!(&model.fill_mask(&[text], options).unwrap()[0], answer, "the same bits alone");
                    assert!(answer.masks.iter().all(|mask| at_mask(text, mask) == "[MASK]"));
                }
            }
        }
    }
}

#[test]
fn a_mask_is_filled_in_the_window_with_most_context() {
    let goldens = read();
    let options = FillMaskOptions {
        top_k: Some(goldens.top_k),
        tokenize: TokenizeOptions {
            max_length: Some(goldens.max_length),
            windows: Some(WindowOptions { stride: goldens.stride }),
            ..TokenizeOptions::default()
        },
        ..FillMaskOptions::default()
    };
    for case in &goldens.cases {
        let folder = with_task_tokenizer(&case.checkpoint);
        let model = open(folder.path());
        let answer = model.fill_mask(&[&goldens.long_text], &options).unwrap().remove(0);
        assert_eq!((answer.windows, &answer.truncated), (case.windows, &None));
        assert_eq!(answer.masks.len(), case.windowed.len());
        let whole = model.fill_mask(&[&goldens.long_text], &FillMaskOptions::default()).unwrap().remove(0);
        for ((mask, expected), whole) in answer.masks.iter().zip(&case.windowed).zip(&whole.masks) {
            assert_eq!(mask.char_range.start, expected.offset);
            assert_eq!((mask.token, &mask.byte_range), (whole.token, &whole.byte_range));
            assert_fills(&mask.fills, &expected.fills);
        }
    }
}

#[test]
fn masks_are_found_wherever_they_stand() {
    let folder = with_task_tokenizer("masked_lm");
    let model = open(folder.path());
    let text = "é [MASK]ü[MASK] the 😀 [MASK]";
    let answer = model.fill_mask(&[text], &FillMaskOptions::default()).unwrap().remove(0);
    assert_eq!(answer.masks.len(), 3);
    assert!(answer.masks.iter().all(|mask| at_mask(text, mask) == "[MASK]" && mask.fills.len() == 5));
    let bare = TokenizeOptions { add_special_tokens: false, ..TokenizeOptions::default() };
    let bare = FillMaskOptions { tokenize: bare, ..FillMaskOptions::default() };
    let without = model.fill_mask(&[text], &bare).unwrap().remove(0);
    let places = |answer: &deberta::FilledMasks| -> Vec<usize> {
        answer.masks.iter().map(|mask| mask.token).collect()
    };
    assert_eq!(places(&without), places(&answer));

    // More masks than go through the head together.
    let many = "[MASK] ".repeat(150);
    let options = FillMaskOptions { top_k: Some(1), ..FillMaskOptions::default() };
    let answer = model.fill_mask(&[&many, text], &options).unwrap();
    assert_eq!((answer[0].masks.len(), answer[1].masks.len()), (150, 3));
    assert!(answer[0].masks.iter().all(|mask| mask.fills.len() == 1));
}

#[test]
fn scores_are_over_the_whole_vocabulary() {
    let folder = with_task_tokenizer("masked_lm_legacy");
    let model = open(folder.path());
    let vocabulary = model.config().vocab_size;
    let all = FillMaskOptions { top_k: Some(usize::MAX), ..FillMaskOptions::default() };
    let mask = model.fill_mask(&["a [MASK]"], &all).unwrap().remove(0).masks.remove(0);
    assert_eq!(mask.fills.len(), vocabulary);
    assert!((mask.fills.iter().map(|fill| fill.score).sum::<f32>() - 1.0).abs() < 1e-5);
    assert!(mask.fills.is_sorted_by(|left, right| left.logit >= right.logit));
    // The model has more ids than the tokenizer.
    let tokenizer = model.tokenizer().unwrap();
    assert!(tokenizer.vocabulary_size() < vocabulary);
    assert!(mask.fills.iter().all(|fill| fill.token == tokenizer.token(fill.id).unwrap_or_default()));
    // The same token by two names, and fewer answers than candidates.
    let of = |candidates: &[&str], top_k| {
        let candidates = candidates.iter().map(|&candidate| candidate.to_owned()).collect();
        let options = FillMaskOptions { candidates, top_k, ..FillMaskOptions::default() };
        model.fill_mask(&["a [MASK]"], &options).unwrap().remove(0).masks.remove(0).fills
    };
    assert_eq!(of(&["sleeps", "▁sleeps"], None).len(), 1);
    let both = of(&["▁cat", "▁dog"], None);
    assert_eq!(of(&["▁dog", "▁cat"], Some(1))[..], both[..1]);
    assert!(mask.fills.contains(&both[1]));
}

#[test]
fn wrong_requests_and_models_are_named() {
    let folder = with_task_tokenizer("masked_lm");
    let model = open(folder.path());
    let refused = |model: &Model, texts: &[&str], options: &FillMaskOptions, kind: ErrorKind, part: &str| {
        let error = model.fill_mask(texts, options).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    let default = FillMaskOptions::default();
    let invalid = ErrorKind::InvalidArgument;
    assert!(model.fill_mask(&[], &default).unwrap().is_empty());
    refused(&model, &["a [MASK]", "a [mask]"], &default, invalid, "input 1 has no [MASK]");
    refused(&model, &[""], &default, invalid, "input 0 has no [MASK]");
    let none = FillMaskOptions { top_k: Some(0), ..FillMaskOptions::default() };
    refused(&model, &["[MASK]"], &none, invalid, "top_k is 0");
    let cut = TokenizeOptions {
        max_length: Some(6),
        truncation: Truncation::LongestFirst,
        ..TokenizeOptions::default()
    };
    let cut = FillMaskOptions { tokenize: cut, ..FillMaskOptions::default() };
    refused(&model, &["the old cat sleeps in the [MASK]"], &cut, invalid, "in what truncation left");
    let answer = model.fill_mask(&["[MASK] old cat sleeps in the [MASK]"], &cut).unwrap().remove(0);
    assert_eq!(answer.masks.len(), 1);
    assert!(answer.truncated.is_some());

    for (candidate, part) in [
        (
            "old cat",
            "\"old cat\" is not one token of the vocabulary: it is tokenized as [\"▁old\", \"▁cat\"]",
        ),
        ("", "\"\" is not one token"),
        ("😀", "\"😀\" is not one token"),
    ] {
        let options = FillMaskOptions {
            candidates: vec!["cat".into(), candidate.into()],
            ..FillMaskOptions::default()
        };
        refused(&model, &["[MASK]"], &options, invalid, part);
    }

    let cancellation = Cancellation::new();
    cancellation.cancel();
    let run = RunOptions { cancellation: Some(cancellation), ..RunOptions::default() };
    let options = FillMaskOptions { run, ..FillMaskOptions::default() };
    refused(&model, &["[MASK]"], &options, ErrorKind::Cancelled, "cancelled");
    let run = RunOptions { deadline: Some(Instant::now()), ..RunOptions::default() };
    let options = FillMaskOptions { run, ..FillMaskOptions::default() };
    refused(&model, &["[MASK]"], &options, ErrorKind::DeadlineExceeded, "deadline");

    let without_tokenizer = open(&goldens().join("masked_lm"));
    refused(&without_tokenizer, &["[MASK]"], &default, ErrorKind::NotFound, "tokenizer.json");
    let folder = with_task_tokenizer("multiple_choice");
    refused(&open(folder.path()), &["[MASK]"], &default, ErrorKind::Unsupported, "multiple choice");
    // A tokenizer without [MASK], and one whose texts cannot hold it.
    let folder = with_task_tokenizer("masked_lm");
    let path = folder.path().join("tokenizer.json");
    let tokenizer = fs::read_to_string(&path).unwrap();
    fs::write(&path, tokenizer.replace("[MASK]", "[BLANK]")).unwrap();
    refused(&open(folder.path()), &["[MASK]"], &default, ErrorKind::Unsupported, "a tokenizer with [MASK]");
    let mut tokenizer: serde_json::Value = serde_json::from_str(&tokenizer).unwrap();
    tokenizer["added_tokens"].as_array_mut().unwrap().retain(|token| token["content"] != "[MASK]");
    tokenizer["model"]["vocab"].as_array_mut().unwrap().push(serde_json::json!(["[MASK]", 0.0]));
    tokenizer["normalizer"] = serde_json::json!({"type": "Lowercase"});
    fs::write(&path, tokenizer.to_string()).unwrap();
    refused(
        &open(folder.path()),
        &["a [MASK]"],
        &default,
        invalid,
        "input 0 has a [MASK] that this tokenizer reads",
    );
}
