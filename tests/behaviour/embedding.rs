//! Embeddings: C and Rust give the same vectors and the same errors.

use std::ptr;

use deberta::capi::*;
use deberta::{
    Cancellation, EmbedOptions, Embedding, ErrorKind, Model, OpenOptions, Pooling, RunOptions, TextInput,
    TokenizeOptions, Truncation, WindowOptions,
};

use crate::api::{Api, Outcome, bits};
use crate::c_api::{CApi, c_tokenize_options};
use crate::c_call::{Handle, array, buffer, c_text, check, handle, init};
use crate::c_misuse::refused;
use crate::common::with_task_tokenizer;
use crate::rust_api::{RustApi, failure};
use crate::task_call::{c_run_options, lengths};

/// Of the checkpoint that is tested with.
const LAYERS: usize = 2;

/// Embeds into a handle and into a buffer, with the same result.
fn embed(
    model: &Handle<deberta_model>,
    texts: &[TextInput<'_>],
    options: &EmbedOptions,
) -> Outcome<Vec<Embedding>> {
    let texts: Vec<deberta_text> = texts.iter().map(|text| c_text(*text)).collect();
    let tokenize = c_tokenize_options(&options.tokenize);
    let (run, _cancellation) = c_run_options(&options.run);
    // SAFETY: everything is alive during the calls.
    unsafe {
        let mut c_options = init!(deberta_embed_options, deberta_embed_options_init);
        (c_options.tokenize, c_options.run) = (&tokenize, &run);
        c_options.pooling = match options.pooling {
            Pooling::Mean => deberta_pooling::Mean,
            Pooling::Cls => deberta_pooling::Cls,
            Pooling::Max => deberta_pooling::Max,
            _ => unreachable!(),
        } as i32;
        c_options.normalize = options.normalize.into();
        c_options.layers_before_last = LAYERS - options.layer.unwrap_or(LAYERS);
        let (m, t, n) = (model.pointer, texts.as_ptr(), texts.len());
        let into = buffer(7.0, |v, c, l, e| deberta_model_embed_into(m, t, n, &c_options, v, c, l, e));
        let vectors = handle(deberta_embeddings_free, |embeddings, error| {
            deberta_model_embed(m, t, n, &c_options, embeddings, error)
        });
        let embeddings = match vectors {
            Ok(embeddings) => embeddings,
            Err(error) => {
                // The buffer's length is asked for before there is an error of the texts.
                assert!(into.is_err());
                return Err(error);
            }
        };
        let embeddings = embeddings.pointer.cast_const();
        let values = array(|v, l, e| deberta_embeddings_vectors(embeddings, v, l, e)).unwrap();
        assert_eq!(bits(&into.unwrap()), bits(&values));
        let rows = deberta_embeddings_rows(embeddings);
        let size = values.len() / rows.max(1);
        let embedding = |row| {
            let (truncated, windows) = lengths(
                |report, error| deberta_embeddings_truncation(embeddings, row, report, error),
                |windows, error| deberta_embeddings_windows(embeddings, row, windows, error),
            );
            Embedding { vector: values[row * size..][..size].to_vec(), truncated, windows }
        };
        Ok((0..rows).map(embedding).collect())
    }
}

fn open() -> (Model, Handle<deberta_model>) {
    let folder = with_task_tokenizer("bare_prefix");
    let options = OpenOptions { threads: Some(2), ..OpenOptions::default() };
    (RustApi::open(folder.path(), &options).unwrap(), CApi::open(folder.path(), &options).unwrap())
}

#[test]
fn vectors_and_errors_are_the_same() {
    let (rust, c) = open();
    assert_eq!(rust.config().num_hidden_layers, LAYERS);
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let limited = TokenizeOptions { max_length: Some(5), ..TokenizeOptions::default() };
    let cut = TokenizeOptions { truncation: Truncation::LongestFirst, ..limited };
    let windows = TokenizeOptions { windows: Some(WindowOptions { stride: 1 }), ..limited };
    let mut options = vec![
        EmbedOptions { normalize: true, ..EmbedOptions::default() },
        EmbedOptions { tokenize: limited, ..EmbedOptions::default() },
        EmbedOptions { tokenize: cut, ..EmbedOptions::default() },
        EmbedOptions { tokenize: windows, ..EmbedOptions::default() },
        EmbedOptions {
            run: RunOptions { cancellation: Some(cancellation), ..RunOptions::default() },
            ..EmbedOptions::default()
        },
    ];
    for pooling in [Pooling::Mean, Pooling::Cls, Pooling::Max] {
        for layer in [None, Some(0), Some(1), Some(2)] {
            options.push(EmbedOptions { pooling, layer, ..EmbedOptions::default() });
        }
    }
    let texts: [TextInput<'_>; 3] = ["the old cat sleeps".into(), ("a", "cat").into(), "".into()];
    let mut answered = 0;
    for options in &options {
        for texts in [&texts[..], &texts[..1], &[]] {
            let expected = rust.embed(texts, options).map_err(failure);
            assert_eq!(embed(&c, texts, options), expected, "{options:?}");
            answered += usize::from(expected.is_ok_and(|answers| answers.len() == 3));
        }
    }
    assert_eq!(answered, 15);
}

#[test]
fn what_only_c_can_do_wrong_is_refused() {
    let (_, model) = open();
    let text = c_text("a".into());
    let (m, no_options) = (model.pointer.cast_const(), ptr::null());
    let invalid = ErrorKind::InvalidArgument;
    let mut out = ptr::null_mut();
    let mut values = [7f32; 64];
    let (v, no_length) = (values.as_mut_ptr(), ptr::null_mut());
    // SAFETY: every pointer is NULL or valid for its length.
    unsafe {
        let mut call = |model, texts, options, name: &str| {
            refused(check(|e| deberta_model_embed(model, texts, 1, options, &mut out, e)), invalid, name);
            let into = check(|e| deberta_model_embed_into(model, texts, 1, options, v, 64, no_length, e));
            refused(into, invalid, name);
            assert!(out.is_null());
        };
        call(ptr::null(), &text, no_options, "model is NULL");
        call(m, ptr::null(), no_options, "texts is NULL");
        let options = init!(deberta_embed_options, deberta_embed_options_init);
        call(m, &text, &deberta_embed_options { pooling: 3, ..options }, "pooling is 3");
        call(m, &text, &deberta_embed_options { normalize: 2, ..options }, "normalize is 2");
        let beyond = deberta_embed_options { layers_before_last: 3, ..options };
        call(m, &text, &beyond, "layers_before_last is 3, but the model has 2 layers");
        let outcome = check(|e| deberta_model_embed(m, &text, 1, no_options, ptr::null_mut(), e));
        refused(outcome, invalid, "embeddings is NULL");
        let nowhere = ptr::null_mut();
        let outcome = check(|e| deberta_model_embed_into(m, &text, 1, no_options, nowhere, 64, no_length, e));
        refused(outcome, invalid, "values is NULL");
        refused(check(|e| deberta_embed_options_init(ptr::null_mut(), 40, e)), invalid, "options is NULL");
        assert!(values == [7.0; 64]);

        let embeddings = handle(deberta_embeddings_free, |embeddings, error| {
            deberta_model_embed(m, &text, 1, no_options, embeddings, error)
        });
        let embeddings = embeddings.unwrap();
        let (x, none) = (embeddings.pointer.cast_const(), ptr::null());
        let (mut address, mut length, mut windows) = (ptr::null(), 77, 77);
        let mut report = init!(deberta_truncated_text, deberta_truncated_text_init);
        for (outcome, name) in [
            (check(|e| deberta_embeddings_vectors(none, &mut address, &mut length, e)), "embeddings is NULL"),
            (check(|e| deberta_embeddings_vectors(x, ptr::null_mut(), &mut length, e)), "values is NULL"),
            (check(|e| deberta_embeddings_vectors(x, &mut address, ptr::null_mut(), e)), "length is NULL"),
            (check(|e| deberta_embeddings_truncation(none, 0, &mut report, e)), "embeddings is NULL"),
            (check(|e| deberta_embeddings_truncation(x, 1, &mut report, e)), "row is 1, but 1 texts"),
            (check(|e| deberta_embeddings_truncation(x, 0, ptr::null_mut(), e)), "truncated is NULL"),
            (check(|e| deberta_embeddings_windows(none, 0, &mut windows, e)), "embeddings is NULL"),
            (check(|e| deberta_embeddings_windows(x, 1, &mut windows, e)), "row is 1, but 1 texts"),
            (check(|e| deberta_embeddings_windows(x, 0, ptr::null_mut(), e)), "windows is NULL"),
        ] {
            refused(outcome, invalid, name);
        }
        assert!(address.is_null() && length == 77 && windows == 77);
        assert_eq!(deberta_embeddings_rows(none), 0);
        deberta_embeddings_free(ptr::null_mut());
    }
}
