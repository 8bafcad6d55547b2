//! Explanations through both interfaces: the suite's tests, the C functions behind them, and what only C can do wrong.

use std::ptr;

use deberta::capi::*;
use deberta::{
    Encoding, ErrorKind, ExplainOptions, HeadKind, Relevance, RunOptions, TextInput, TokenizeOptions,
    Truncation,
};

use crate::api::{Api, Outcome, bits};
use crate::c_api::{CApi, c_tokenize_options, encoding, head};
use crate::c_call::{Handle, array, c_text, check, handle, init};
use crate::c_misuse::{bundled, refused};
use crate::rust_api::RustApi;
use crate::suite::{open, open_bundled};

/// Everything about an explanation. Floats are kept as their bits.
#[derive(Debug, PartialEq)]
pub struct Explained {
    pub encoding: Encoding,
    pub relevance: Vec<u32>,
    pub label: Option<usize>,
    pub attentions: Vec<Vec<u32>>,
    pub heads: usize,
    pub logits: Option<(HeadKind, usize, Vec<u32>)>,
    pub scores: Vec<u32>,
    /// The rows of some distances.
    pub rows: Option<Vec<i32>>,
}

/// Distances to look up in the table of relative positions.
const DISTANCES: [i64; 8] = [i64::MIN, -600, -300, -1, 0, 1, 200, i64::MAX];

pub fn explain_in_rust(
    model: &deberta::Model,
    text: TextInput<'_>,
    options: &ExplainOptions,
) -> deberta::Result<Explained> {
    let found = model.explain(text, options)?;
    Ok(Explained {
        relevance: bits(&found.relevance),
        label: found.label,
        attentions: found.attentions.iter().map(|layer| bits(layer)).collect(),
        heads: found.heads,
        logits: found.logits.map(|logits| (logits.head, logits.labels, bits(&logits.values))),
        scores: bits(&found.scores),
        rows: found.relative_positions.map(|table| DISTANCES.map(|distance| table.index(distance)).into()),
        encoding: found.encoding,
    })
}

pub fn explain_in_c(
    model: &Handle<deberta_model>,
    text: TextInput<'_>,
    options: &ExplainOptions,
) -> Outcome<Explained> {
    let tokenize = c_tokenize_options(&options.tokenize);
    // SAFETY: everything is alive during the calls.
    unsafe {
        let mut run = init!(deberta_run_options, deberta_run_options_init);
        run.batch_tokens = options.run.batch_tokens.unwrap_or(0);
        let mut c_options = init!(deberta_explain_options, deberta_explain_options_init);
        (c_options.tokenize, c_options.run) = (&tokenize, &run);
        c_options.label = options.label.unwrap_or(0);
        c_options.has_label = options.label.is_some().into();
        c_options.attentions = options.attentions.into();
        c_options.method = match options.method {
            Relevance::Rollout => deberta_relevance::Rollout,
            Relevance::Occlusion => deberta_relevance::Occlusion,
            _ => unreachable!(),
        } as i32;
        let explanation = handle(deberta_explanation_free, |explanation, error| {
            deberta_model_explain(model.pointer, &c_text(text), &c_options, explanation, error)
        })?;
        let x = explanation.pointer.cast_const();
        let mut info = init!(deberta_explanation_info, deberta_explanation_info_init);
        check(|e| deberta_explanation_get_info(x, &mut info, e)).unwrap();
        let mut tokens = ptr::null();
        check(|e| deberta_explanation_tokenized(x, &mut tokens, e)).unwrap();
        let relevance = array(|v, l, e| deberta_explanation_relevance(x, v, l, e)).unwrap();
        assert_eq!(relevance.len(), info.tokens);
        let logits = array(|v, l, e| deberta_explanation_logits(x, v, l, e)).unwrap();
        let row = |distance| {
            let (mut bucket, mut row) = (0, 0);
            check(|e| deberta_explanation_relative_position(x, distance, &mut bucket, &mut row, e)).unwrap();
            assert!(i64::from(bucket).signum() == distance.signum(), "{distance}: {bucket}");
            row
        };
        Ok(Explained {
            encoding: encoding(tokens),
            relevance: bits(&relevance),
            label: (info.has_label == 1).then_some(info.label),
            attentions: (0..info.attentions)
                .map(|layer| {
                    bits(&array(|v, l, e| deberta_explanation_attentions(x, layer, v, l, e)).unwrap())
                })
                .collect(),
            heads: info.num_attention_heads,
            logits: head(info.logits_head).map(|head| (head, info.num_labels, bits(&logits))),
            scores: bits(&array(|v, l, e| deberta_explanation_scores(x, v, l, e)).unwrap()),
            rows: (info.has_relative_positions == 1).then(|| DISTANCES.map(row).into()),
        })
    }
}

fn options(method: Relevance) -> ExplainOptions {
    ExplainOptions { method, attentions: true, ..ExplainOptions::default() }
}

pub fn a_text_is_explained<A: Api>() {
    let model = open_bundled::<A>();
    let rollout = A::explain(&model, "fn main() {}".into(), &options(Relevance::Rollout)).unwrap();
    let sum: f32 = rollout.relevance.iter().map(|&bits| f32::from_bits(bits)).sum();
    assert!((sum - 1.0).abs() < 1e-5 && rollout.label.is_none(), "{sum}");
    let tokens = rollout.encoding.len();
    assert!(rollout.attentions.iter().all(|layer| layer.len() == rollout.heads * tokens * tokens));
    let occlusion = A::explain(&model, "fn main() {}".into(), &options(Relevance::Occlusion)).unwrap();
    assert!(occlusion.label.is_some() && occlusion.relevance != rollout.relevance);
    assert_eq!((occlusion.attentions, occlusion.logits), (rollout.attentions, rollout.logits));
    let none = A::explain(&model, "fn main() {}".into(), &ExplainOptions::default()).unwrap();
    assert!(none.attentions.is_empty() && none.relevance == rollout.relevance);
}

pub fn wrong_explanations_are_refused<A: Api>() {
    let model = open_bundled::<A>();
    let explain = |options: ExplainOptions| A::explain(&model, "text".into(), &options);
    let label = |method| ExplainOptions { label: Some(19), ..options(method) };
    refused(explain(label(Relevance::Occlusion)), ErrorKind::InvalidArgument, "label is 19");
    refused(explain(label(Relevance::Rollout)), ErrorKind::InvalidArgument, "rollout does not depend");
    let tokenize = TokenizeOptions { max_length: Some(2), ..TokenizeOptions::default() };
    refused(explain(ExplainOptions { tokenize, ..ExplainOptions::default() }), ErrorKind::TooLong, "tokens");
    let no_tokenizer = A::explain(&open::<A>("multi_label"), "text".into(), &ExplainOptions::default());
    refused(no_tokenizer, ErrorKind::NotFound, "tokenizer.json");
}

#[test]
fn both_interfaces_give_the_same_bits() {
    let (rust, c) = (open_bundled::<RustApi>(), open_bundled::<CApi>());
    let tokenize = TokenizeOptions {
        max_length: Some(40),
        truncation: Truncation::LongestFirst,
        ..TokenizeOptions::default()
    };
    let long = "line of text\n".repeat(30);
    let texts: [TextInput<'_>; 4] =
        ["int main(void);".into(), ("a", "b\0é").into(), "".into(), (&long).into()];
    for text in texts {
        for (method, label) in [(Relevance::Rollout, None), (Relevance::Occlusion, Some(3))] {
            let run = RunOptions { batch_tokens: Some(100), ..RunOptions::default() };
            let options = ExplainOptions { tokenize, run, label, ..options(method) };
            let expected = RustApi::explain(&rust, text, &options).unwrap();
            assert!(CApi::explain(&c, text, &options).unwrap() == expected, "{text:?}");
        }
    }
}

#[test]
fn misuse_in_c_is_refused_by_name() {
    let model = bundled();
    let (m, text) = (model.pointer.cast_const(), c_text("text".into()));
    let null = |outcome: Outcome<()>, name: &str| {
        refused(outcome, ErrorKind::InvalidArgument, &format!("{name} is NULL"));
    };
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let mut out = ptr::null_mut();
        let no_options = ptr::null();
        null(check(|e| deberta_model_explain(ptr::null(), &text, no_options, &mut out, e)), "model");
        null(check(|e| deberta_model_explain(m, ptr::null(), no_options, &mut out, e)), "text");
        null(check(|e| deberta_model_explain(m, &text, no_options, ptr::null_mut(), e)), "explanation");
        null(check(|e| deberta_explain_options_init(ptr::null_mut(), 48, e)), "options");
        null(check(|e| deberta_explanation_info_init(ptr::null_mut(), 64, e)), "info");

        let mut options = init!(deberta_explain_options, deberta_explain_options_init);
        let mut refuse = |set: fn(&mut deberta_explain_options), part: &str| {
            let mut wrong = options;
            set(&mut wrong);
            let outcome = check(|e| deberta_model_explain(m, &text, &wrong, &mut out, e));
            refused(outcome, ErrorKind::InvalidArgument, part);
        };
        refuse(|options| options.struct_size = 0, "struct_size");
        refuse(|options| options.method = 2, "method is 2, which is no deberta_relevance");
        refuse(|options| options.attentions = 2, "attentions is 2");
        refuse(|options| options.has_label = -1, "has_label is -1");
        refuse(|options| options.label = 1, "has_label is 0");
        refuse(|options| options.reserved = 1, "reserved");
        assert!(out.is_null());
        options.method = deberta_relevance::Occlusion as i32;

        let explanation = handle(deberta_explanation_free, |explanation, e| {
            deberta_model_explain(m, &text, &options, explanation, e)
        })
        .unwrap();
        let (x, no) = (explanation.pointer.cast_const(), ptr::null::<deberta_explanation>());
        let (mut values, mut length, mut tokens) = (ptr::null(), 77, ptr::null());
        let (v, l, no_values, no_length) =
            (&raw mut values, &raw mut length, ptr::null_mut(), ptr::null_mut());
        type Floats = unsafe extern "C" fn(
            *const deberta_explanation,
            *mut *const f32,
            *mut usize,
            *mut *mut deberta_error,
        ) -> deberta_status;
        let arrays: [(Floats, &str); 3] = [
            (deberta_explanation_relevance, "relevance"),
            (deberta_explanation_logits, "logits"),
            (deberta_explanation_scores, "scores"),
        ];
        for (function, name) in arrays {
            null(check(|e| function(no, v, l, e)), "explanation");
            null(check(|e| function(x, no_values, l, e)), name);
            null(check(|e| function(x, v, no_length, e)), "length");
        }
        null(check(|e| deberta_explanation_attentions(no, 0, v, l, e)), "explanation");
        null(check(|e| deberta_explanation_attentions(x, 0, no_values, l, e)), "values");
        let outcome = check(|e| deberta_explanation_attentions(x, 0, v, l, e));
        refused(outcome, ErrorKind::InvalidArgument, "set attentions of the options");
        null(check(|e| deberta_explanation_tokenized(no, &mut tokens, e)), "explanation");
        null(check(|e| deberta_explanation_tokenized(x, ptr::null_mut(), e)), "tokenized");
        let mut info = init!(deberta_explanation_info, deberta_explanation_info_init);
        null(check(|e| deberta_explanation_get_info(no, &mut info, e)), "explanation");
        null(check(|e| deberta_explanation_get_info(x, ptr::null_mut(), e)), "info");
        let (mut bucket, mut row) = (77, 77);
        let none = ptr::null_mut();
        null(
            check(|e| deberta_explanation_relative_position(no, 1, &mut bucket, &mut row, e)),
            "explanation",
        );
        null(check(|e| deberta_explanation_relative_position(x, 1, none, &mut row, e)), "bucket");
        null(check(|e| deberta_explanation_relative_position(x, 1, &mut bucket, none, e)), "row");
        assert!(values.is_null() && tokens.is_null() && (length, bucket, row) == (77, 77, 77));
        deberta_explanation_free(ptr::null_mut());
    }
}
