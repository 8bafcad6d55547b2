//! Filling masks: C and Rust give the same answers and the same errors.

use std::ptr;

use deberta::capi::*;
use deberta::{
    Cancellation, ErrorKind, Fill, FillMaskOptions, FilledMask, FilledMasks, Model, OpenOptions, RunOptions,
    TokenizeOptions, Truncation, WindowOptions,
};

use crate::api::{Api, Outcome};
use crate::c_api::{CApi, c_tokenize_options};
use crate::c_call::{Handle, c_text, check, handle, init, string};
use crate::c_misuse::refused;
use crate::common::with_task_tokenizer;
use crate::rust_api::{RustApi, failure};
use crate::task_call::{c_run_options, c_texts, lengths};

/// Calls the function of C.
fn filled_masks(
    model: &Handle<deberta_model>,
    texts: &[&str],
    options: &FillMaskOptions,
) -> Outcome<Handle<deberta_filled_masks>> {
    let (texts, candidates) = (c_texts(texts), c_texts(&options.candidates));
    let tokenize = c_tokenize_options(&options.tokenize);
    let (run, _cancellation) = c_run_options(&options.run);
    // SAFETY: everything is alive during the call.
    unsafe {
        let mut c_options = init!(deberta_fill_mask_options, deberta_fill_mask_options_init);
        (c_options.tokenize, c_options.run) = (&tokenize, &run);
        c_options.top_k = options.top_k.unwrap_or(0);
        (c_options.candidates, c_options.candidate_count) = (candidates.as_ptr(), candidates.len());
        handle(deberta_filled_masks_free, |filled, error| {
            deberta_model_fill_mask(model.pointer, texts.as_ptr(), texts.len(), &c_options, filled, error)
        })
    }
}

fn fill_mask(
    model: &Handle<deberta_model>,
    texts: &[&str],
    options: &FillMaskOptions,
) -> Outcome<Vec<FilledMasks>> {
    let filled = filled_masks(model, texts, options)?;
    let filled = filled.pointer.cast_const();
    // SAFETY: the handle is live.
    unsafe {
        let fill = |row, mask, place| {
            let mut fill = init!(deberta_fill, deberta_fill_init);
            check(|error| deberta_filled_masks_fill(filled, row, mask, place, &mut fill, error)).unwrap();
            Fill { id: fill.id, token: string(fill.token), score: fill.score, logit: fill.logit }
        };
        let mask = |row, index| {
            let mut mask = init!(deberta_filled_mask, deberta_filled_mask_init);
            check(|error| deberta_filled_masks_mask(filled, row, index, &mut mask, error)).unwrap();
            FilledMask {
                token: mask.token,
                byte_range: mask.byte_range.start..mask.byte_range.end,
                char_range: mask.char_range.start..mask.char_range.end,
                fills: (0..mask.fills).map(|place| fill(row, index, place)).collect(),
            }
        };
        let text = |row| {
            let mut count = 0;
            check(|error| deberta_filled_masks_count(filled, row, &mut count, error)).unwrap();
            let (truncated, windows) = lengths(
                |report, error| deberta_filled_masks_truncation(filled, row, report, error),
                |windows, error| deberta_filled_masks_windows(filled, row, windows, error),
            );
            FilledMasks { masks: (0..count).map(|index| mask(row, index)).collect(), truncated, windows }
        };
        Ok((0..deberta_filled_masks_rows(filled)).map(text).collect())
    }
}

fn open(checkpoint: &str) -> (Model, Handle<deberta_model>) {
    let folder = with_task_tokenizer(checkpoint);
    let options = OpenOptions { threads: Some(2), ..OpenOptions::default() };
    (RustApi::open(folder.path(), &options).unwrap(), CApi::open(folder.path(), &options).unwrap())
}

#[test]
fn answers_and_errors_are_the_same() {
    let (rust, c) = open("masked_lm");
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let windows = WindowOptions { stride: 3 };
    let limited = TokenizeOptions { max_length: Some(8), ..TokenizeOptions::default() };
    let cut = TokenizeOptions { truncation: Truncation::LongestFirst, ..limited };
    let options = [
        FillMaskOptions::default(),
        FillMaskOptions { top_k: Some(200), ..FillMaskOptions::default() },
        FillMaskOptions { candidates: vec!["▁cat".into(), "sleeps".into()], ..FillMaskOptions::default() },
        FillMaskOptions { candidates: vec!["old cat".into()], ..FillMaskOptions::default() },
        FillMaskOptions { tokenize: limited, ..FillMaskOptions::default() },
        FillMaskOptions { tokenize: cut, ..FillMaskOptions::default() },
        FillMaskOptions {
            tokenize: TokenizeOptions { windows: Some(windows), ..limited },
            run: RunOptions { batch_tokens: Some(16), ..RunOptions::default() },
            ..FillMaskOptions::default()
        },
        FillMaskOptions {
            run: RunOptions { cancellation: Some(cancellation), ..RunOptions::default() },
            ..FillMaskOptions::default()
        },
    ];
    let long = "[MASK] the é cat [MASK] sleeps in the old house because it rains [MASK]";
    let mut answered = 0;
    for options in &options {
        for texts in [&[][..], &["a [MASK]", long], &["a [MASK]", "no mask"]] {
            let expected = rust.fill_mask(texts, options).map_err(failure);
            assert_eq!(fill_mask(&c, texts, options), expected, "{texts:?}, {options:?}");
            answered += usize::from(expected.is_ok_and(|answers| answers.len() == 2));
        }
    }
    assert_eq!(answered, 5);
    let (rust, c) = open("multiple_choice");
    let options = FillMaskOptions::default();
    let expected = rust.fill_mask(&["a [MASK]"], &options).map_err(failure).unwrap_err();
    assert_eq!(fill_mask(&c, &["a [MASK]"], &options).unwrap_err(), expected);
}

#[test]
fn what_only_c_can_do_wrong_is_refused() {
    let (_, model) = open("masked_lm");
    let text = c_text("a [MASK]".into());
    let pair = c_text(("a [MASK]", "b").into());
    let invalid = ErrorKind::InvalidArgument;
    let (m, no_options) = (model.pointer.cast_const(), ptr::null());
    let mut out = ptr::null_mut();
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let mut call = |model, texts, options, name: &str| {
            let outcome = check(|e| deberta_model_fill_mask(model, texts, 1, options, &mut out, e));
            refused(outcome, invalid, name);
            assert!(out.is_null());
        };
        call(ptr::null(), &text, no_options, "model is NULL");
        call(m, ptr::null(), no_options, "texts is NULL");
        call(m, &pair, no_options, "texts[0] has a pair");
        let mut options = init!(deberta_fill_mask_options, deberta_fill_mask_options_init);
        options.candidate_count = 1;
        call(m, &text, &options, "candidates is NULL");
        options.candidates = &pair;
        call(m, &text, &options, "candidates[0] has a pair");
        options = deberta_fill_mask_options { struct_size: 7, ..options };
        call(m, &text, &options, "struct_size of deberta_fill_mask_options is 7");
        let nowhere = ptr::null_mut();
        let outcome = check(|e| deberta_model_fill_mask(m, &text, 1, no_options, nowhere, e));
        refused(outcome, invalid, "filled_masks is NULL");
        for (outcome, name) in [
            (check(|e| deberta_fill_mask_options_init(ptr::null_mut(), 48, e)), "options is NULL"),
            (check(|e| deberta_filled_mask_init(ptr::null_mut(), 56, e)), "filled_mask is NULL"),
            (check(|e| deberta_fill_init(ptr::null_mut(), 40, e)), "fill is NULL"),
        ] {
            refused(outcome, invalid, name);
        }

        let filled = filled_masks(&model, &["a [MASK]"], &FillMaskOptions::default()).unwrap();
        let (f, none) = (filled.pointer.cast_const(), ptr::null());
        let (mut count, mut windows) = (77, 77);
        let mut mask = init!(deberta_filled_mask, deberta_filled_mask_init);
        let mut fill = init!(deberta_fill, deberta_fill_init);
        let mut report = init!(deberta_truncated_text, deberta_truncated_text_init);
        let no_handle = "filled_masks is NULL";
        for (outcome, name) in [
            (check(|e| deberta_filled_masks_count(none, 0, &mut count, e)), no_handle),
            (check(|e| deberta_filled_masks_count(f, 1, &mut count, e)), "row is 1, but there were 1"),
            (check(|e| deberta_filled_masks_count(f, 0, ptr::null_mut(), e)), "masks is NULL"),
            (check(|e| deberta_filled_masks_mask(none, 0, 0, &mut mask, e)), no_handle),
            (check(|e| deberta_filled_masks_mask(f, 0, 1, &mut mask, e)), "mask is 1, but the text has 1"),
            (check(|e| deberta_filled_masks_mask(f, 0, 0, ptr::null_mut(), e)), "filled_mask is NULL"),
            (check(|e| deberta_filled_masks_fill(none, 0, 0, 0, &mut fill, e)), no_handle),
            (
                check(|e| deberta_filled_masks_fill(f, 0, 0, 5, &mut fill, e)),
                "place is 5, but the mask has 5",
            ),
            (check(|e| deberta_filled_masks_fill(f, 0, 0, 0, ptr::null_mut(), e)), "fill is NULL"),
            (check(|e| deberta_filled_masks_truncation(none, 0, &mut report, e)), no_handle),
            (check(|e| deberta_filled_masks_truncation(f, 0, ptr::null_mut(), e)), "truncated is NULL"),
            (check(|e| deberta_filled_masks_windows(none, 0, &mut windows, e)), no_handle),
            (check(|e| deberta_filled_masks_windows(f, 0, ptr::null_mut(), e)), "windows is NULL"),
            (check(|e| deberta_filled_masks_windows(f, usize::MAX, &mut windows, e)), "but there were 1"),
        ] {
            refused(outcome, invalid, name);
        }
        assert_eq!((count, windows, mask.fills, fill.id), (77, 77, 0, 0));
        assert_eq!(deberta_filled_masks_rows(none), 0);
        deberta_filled_masks_free(ptr::null_mut());
    }
}
