//! Multiple choice: C and Rust give the same answers and the same errors.

use std::ptr;

use deberta::capi::*;
use deberta::{
    Cancellation, Choice, ChooseOptions, ErrorKind, Model, OpenOptions, RunOptions, TokenizeOptions,
    Truncation, WindowMerge, WindowOptions,
};

use crate::api::{Api, Outcome};
use crate::c_api::{CApi, c_tokenize_options};
use crate::c_call::{Handle, array, c_text, check, handle, init, string};
use crate::c_misuse::refused;
use crate::common::with_task_tokenizer;
use crate::rust_api::{RustApi, failure};
use crate::task_call::{c_run_options, c_texts, c_window_merge, lengths};

const PROMPT: &str = "the old cat sleeps in the house because it rains";

fn choose(
    model: &Handle<deberta_model>,
    prompt: &str,
    choices: &[&str],
    options: &ChooseOptions,
) -> Outcome<Choice> {
    let c_choices = c_texts(choices);
    let tokenize = c_tokenize_options(&options.tokenize);
    let (run, _cancellation) = c_run_options(&options.run);
    // SAFETY: everything is alive during the calls.
    unsafe {
        let mut c_options = init!(deberta_choose_options, deberta_choose_options_init);
        (c_options.tokenize, c_options.run) = (&tokenize, &run);
        c_options.window_merge = c_window_merge(options.window_merge);
        let answer = handle(deberta_classifications_free, |answer, error| {
            let (prompt, length, count) = (prompt.as_ptr().cast(), prompt.len(), c_choices.len());
            let choices = c_choices.as_ptr();
            deberta_model_choose(model.pointer, prompt, length, choices, count, &c_options, answer, error)
        })?;
        let answer = answer.pointer.cast_const();
        assert_eq!(deberta_classifications_rows(answer), 1);
        for (index, choice) in choices.iter().enumerate() {
            let mut label = deberta_string { data: ptr::null(), length: 0 };
            check(|error| deberta_classifications_label(answer, index, &mut label, error)).unwrap();
            assert_eq!(string(label), *choice);
        }
        let (truncated, windows) = lengths(
            |report, error| deberta_classifications_truncation(answer, 0, report, error),
            |windows, error| deberta_classifications_windows(answer, 0, windows, error),
        );
        Ok(Choice {
            logits: array(|v, l, e| deberta_classifications_logits(answer, 0, v, l, e)).unwrap(),
            scores: array(|v, l, e| deberta_classifications_scores(answer, 0, v, l, e)).unwrap(),
            ranking: array(|v, l, e| deberta_classifications_ranking(answer, 0, v, l, e)).unwrap(),
            truncated,
            windows,
        })
    }
}

fn open(checkpoint: &str) -> (Model, Handle<deberta_model>) {
    let folder = with_task_tokenizer(checkpoint);
    let options = OpenOptions { threads: Some(2), ..OpenOptions::default() };
    (RustApi::open(folder.path(), &options).unwrap(), CApi::open(folder.path(), &options).unwrap())
}

#[test]
fn answers_and_errors_are_the_same() {
    let (rust, c) = open("multiple_choice");
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let limited = TokenizeOptions { max_length: Some(10), ..TokenizeOptions::default() };
    let cut = TokenizeOptions { truncation: Truncation::OnlyFirst, ..limited };
    let windows = TokenizeOptions { windows: Some(WindowOptions { stride: 1 }), ..limited };
    let options = [
        ChooseOptions::default(),
        ChooseOptions { tokenize: limited, ..ChooseOptions::default() },
        ChooseOptions { tokenize: cut, ..ChooseOptions::default() },
        ChooseOptions { tokenize: windows, ..ChooseOptions::default() },
        ChooseOptions { tokenize: windows, window_merge: WindowMerge::Max, ..ChooseOptions::default() },
        ChooseOptions {
            run: RunOptions { cancellation: Some(cancellation), ..RunOptions::default() },
            ..ChooseOptions::default()
        },
    ];
    let mut answered = 0;
    for options in &options {
        for choices in [&[][..], &["the small red fox", "a"], &[""]] {
            let expected = rust.choose(PROMPT, choices, options).map_err(failure);
            assert_eq!(choose(&c, PROMPT, choices, options), expected, "{choices:?}, {options:?}");
            answered += usize::from(expected.is_ok());
        }
    }
    assert_eq!(answered, 8);
    let (rust, c) = open("masked_lm");
    let options = ChooseOptions::default();
    let expected = rust.choose("a", &["b"], &options).map_err(failure).unwrap_err();
    assert_eq!(choose(&c, "a", &["b"], &options).unwrap_err(), expected);
}

#[test]
fn what_only_c_can_do_wrong_is_refused() {
    let (_, model) = open("multiple_choice");
    let (choice, pair) = (c_text("a".into()), c_text(("a", "b").into()));
    let prompt = PROMPT.as_ptr().cast();
    let (m, no_options) = (model.pointer.cast_const(), ptr::null());
    let invalid = ErrorKind::InvalidArgument;
    let mut out = ptr::null_mut();
    // SAFETY: every pointer is NULL or valid; a length beyond the prompt is refused before anything is read.
    unsafe {
        let mut call = |model, prompt, length, choices, options, name: &str| {
            let outcome =
                check(|e| deberta_model_choose(model, prompt, length, choices, 1, options, &mut out, e));
            refused(outcome, invalid, name);
            assert!(out.is_null());
        };
        call(ptr::null(), prompt, 3, &choice, no_options, "model is NULL");
        call(m, ptr::null(), 3, &choice, no_options, "prompt is NULL");
        call(m, prompt, usize::MAX, &choice, no_options, "prompt cannot have");
        call(m, prompt, 3, ptr::null(), no_options, "choices is NULL");
        call(m, prompt, 3, &pair, no_options, "choices[0] has a pair");
        let mut options = init!(deberta_choose_options, deberta_choose_options_init);
        options.reserved = 5;
        call(m, prompt, 3, &choice, &options, "reserved of options is 5");
        options = deberta_choose_options { reserved: 0, window_merge: 9, ..options };
        call(m, prompt, 3, &choice, &options, "window_merge");
        let outcome =
            check(|e| deberta_model_choose(m, prompt, 3, &choice, 1, no_options, ptr::null_mut(), e));
        refused(outcome, invalid, "classifications is NULL");
        let outcome = check(|e| deberta_choose_options_init(ptr::null_mut(), 32, e));
        refused(outcome, invalid, "options is NULL");
    }
}
