//! Ranking and zero-shot classification give the same bits in C as in Rust; the limits of a call work in C.

use std::ffi::c_void;
use std::ptr;

use deberta::capi::*;
use deberta::{ErrorKind, Model, OpenOptions, RankOptions, ZeroShotOptions};

use crate::api::{Outcome, bits};
use crate::c_call::{Handle, array, c_path, c_text, check, handle, init, string};
use crate::common::{bundled_model, goldens};

/// A copy of the bundled model with this in place of its labels, and its handle in C. With one label, its weights are
/// random.
fn open(labels: &[&str]) -> (Model, Handle<deberta_model>) {
    let folder = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "tokenizer.json", "config.json"] {
        std::fs::copy(bundled_model().join(file), folder.path().join(file)).unwrap();
    }
    let path = folder.path().join("config.json");
    let mut config: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let object = config.as_object_mut().unwrap();
    object.remove("label2id");
    object.remove("num_labels");
    let names = labels.iter().enumerate().map(|(index, label)| (index.to_string(), (*label).into()));
    object.insert("id2label".into(), serde_json::Value::Object(names.collect()));
    std::fs::write(&path, config.to_string()).unwrap();
    let options = OpenOptions { threads: Some(2), random_weights: Some(3), ..OpenOptions::default() };
    let rust = Model::open(folder.path(), &options).unwrap();
    let path = c_path(folder.path());
    // SAFETY: everything is alive during the calls.
    let c = handle(deberta_model_free, |model, error| unsafe {
        let mut options = init!(deberta_open_options, deberta_open_options_init);
        (options.threads, options.random_weights, options.random_seed) = (2, 1, 3);
        deberta_model_open(path.as_ptr(), &options, model, error)
    });
    (rust, c.unwrap())
}

fn rank(
    model: &Handle<deberta_model>,
    query: &str,
    documents: &[&str],
    options: *const deberta_rank_options,
) -> Outcome<Handle<deberta_ranking>> {
    let texts: Vec<deberta_text> = documents.iter().map(|text| c_text((*text).into())).collect();
    let (query, length) = (query.as_ptr().cast(), query.len());
    // SAFETY: everything is alive during the call.
    handle(deberta_ranking_free, |ranking, error| unsafe {
        deberta_model_rank(model.pointer, query, length, texts.as_ptr(), texts.len(), options, ranking, error)
    })
}

#[test]
fn rankings_are_equal() {
    let (rust, c) = open(&["relevant"]);
    let documents = ["one", "two words", "", "é\0 more"];
    let expected = rust.rank("a query", &documents, &RankOptions::default()).unwrap();
    let ranking = rank(&c, "a query", &documents, ptr::null()).unwrap();
    // SAFETY: the handle is live.
    unsafe {
        let pointer = ranking.pointer;
        let found = array(|v, l, e| deberta_ranking_documents(pointer, v, l, e)).unwrap();
        assert_eq!(found, expected.iter().map(|ranked| ranked.document).collect::<Vec<_>>());
        let scores = array(|v, l, e| deberta_ranking_scores(pointer, v, l, e)).unwrap();
        let logits = array(|v, l, e| deberta_ranking_logits(pointer, v, l, e)).unwrap();
        assert_eq!(bits(&scores), bits(&expected.iter().map(|ranked| ranked.score).collect::<Vec<_>>()));
        assert_eq!(bits(&logits), bits(&expected.iter().map(|ranked| ranked.logit).collect::<Vec<_>>()));
        let mut windows = 0;
        check(|error| deberta_ranking_windows(pointer, 3, &mut windows, error)).unwrap();
        assert_eq!(windows, 1);
        let failure = check(|error| deberta_ranking_windows(pointer, 4, &mut windows, error)).unwrap_err();
        assert!(failure.message.contains("place is 4"), "{}", failure.message);
        let mut options = init!(deberta_rank_options, deberta_rank_options_init);
        options.top_k = 2;
        let best = rank(&c, "a query", &documents, &options).unwrap();
        assert_eq!(array(|v, l, e| deberta_ranking_documents(best.pointer, v, l, e)).unwrap(), found[..2]);
    }
    for (query, documents, part) in [("", &documents[..], "query is empty"), ("q", &[], "no documents")] {
        let failure = rank(&c, query, documents, ptr::null()).err().unwrap();
        assert_eq!(failure.status, ErrorKind::InvalidArgument as i32);
        assert!(failure.message.contains(part), "{}", failure.message);
    }
}

#[test]
fn documents_are_single_texts_in_utf8() {
    let (_, c) = open(&["relevant"]);
    let good = c_text("text".into());
    let pair = c_text(("text", "pair").into());
    let wrong = deberta_text { text: b"\xFF".as_ptr().cast(), text_length: 1, ..good };
    for (text, kind, message) in [
        (pair, ErrorKind::InvalidArgument, "documents[1] has a pair"),
        (wrong, ErrorKind::InvalidUtf8, "documents[1]: text is not UTF-8"),
    ] {
        let texts = [good, text];
        // SAFETY: everything is alive during the call.
        let outcome = handle(deberta_ranking_free, |ranking, error| unsafe {
            let query = c"query".as_ptr();
            deberta_model_rank(c.pointer, query, 5, texts.as_ptr(), 2, ptr::null(), ranking, error)
        });
        let failure = outcome.err().unwrap();
        assert!(failure.status == kind as i32 && failure.message.contains(message), "{}", failure.message);
    }
}

#[test]
fn zero_shot_answers_are_equal() {
    let (rust, c) = open(&["contradiction", "neutral", "entailment"]);
    let (texts, labels) = (["a text", "another"], ["sports", "é", "politics"]);
    let template = "It is about {}!";
    for multi_label in [false, true] {
        let options = ZeroShotOptions {
            hypothesis_template: template.into(),
            multi_label,
            ..ZeroShotOptions::default()
        };
        let expected = rust.zero_shot(&texts, &labels, &options).unwrap();
        let texts = texts.map(|text| c_text(text.into()));
        let names = labels.map(|label| c_text(label.into()));
        // SAFETY: everything is alive during the calls.
        unsafe {
            let mut options = init!(deberta_zero_shot_options, deberta_zero_shot_options_init);
            options.hypothesis_template = template.as_ptr().cast();
            options.hypothesis_template_length = template.len();
            options.multi_label = multi_label.into();
            let answers = handle(deberta_classifications_free, |answers, error| {
                let (texts, names) = (texts.as_ptr(), names.as_ptr());
                deberta_model_zero_shot(c.pointer, texts, 2, names, 3, &options, answers, error)
            });
            let answers = answers.unwrap();
            let pointer = answers.pointer;
            assert_eq!(deberta_classifications_rows(pointer), 2);
            for (row, expected) in expected.iter().enumerate() {
                let scores = array(|v, l, e| deberta_classifications_scores(pointer, row, v, l, e)).unwrap();
                assert_eq!(bits(&scores), bits(&expected.scores));
                let logits = array(|v, l, e| deberta_classifications_logits(pointer, row, v, l, e)).unwrap();
                assert_eq!(bits(&logits), bits(&expected.logits));
                let ranking =
                    array(|v, l, e| deberta_classifications_ranking(pointer, row, v, l, e)).unwrap();
                assert_eq!(ranking, expected.ranking);
            }
            for (index, expected) in labels.iter().enumerate() {
                let mut label = deberta_string { data: ptr::null(), length: 0 };
                check(|error| deberta_classifications_label(pointer, index, &mut label, error)).unwrap();
                assert_eq!(string(label), *expected);
            }
        }
    }
}

unsafe extern "C" fn count(user_data: *mut c_void, texts: usize, total_texts: usize) -> i32 {
    // SAFETY: it is what the test passes.
    let (calls, last) = unsafe { &mut *user_data.cast::<(usize, usize)>() };
    assert!(texts <= total_texts);
    *calls += 1;
    i32::from(calls == last)
}

#[test]
fn limits_end_a_call() {
    let (_, c) = open(&["relevant"]);
    let documents = vec!["some words of a document"; 3000];
    // SAFETY: everything is alive during the calls.
    unsafe {
        let mut run = init!(deberta_run_options, deberta_run_options_init);
        let ranked = |run: &deberta_run_options| {
            let mut options = init!(deberta_rank_options, deberta_rank_options_init);
            options.run = run;
            rank(&c, "query", &documents, &options).map(drop)
        };
        run.batch_tokens = 100;
        let mut calls = (0usize, 4usize);
        run.run_callback = Some(count);
        run.run_callback_data = (&raw mut calls).cast();
        assert_eq!(ranked(&run).unwrap_err().status, ErrorKind::Cancelled as i32);
        assert_eq!(calls.0, 4);
        run.run_callback = None;
        run.timeout_milliseconds = 1;
        assert_eq!(ranked(&run).unwrap_err().status, ErrorKind::DeadlineExceeded as i32);
        run.timeout_milliseconds = u64::MAX;
        let cancellation = handle(deberta_cancellation_free, |v, e| deberta_cancellation_new(v, e)).unwrap();
        run.cancellation = cancellation.pointer;
        assert_eq!(deberta_cancellation_is_cancelled(cancellation.pointer), 0);
        check(|error| deberta_cancellation_cancel(cancellation.pointer, error)).unwrap();
        assert_eq!(deberta_cancellation_is_cancelled(cancellation.pointer), 1);
        assert_eq!(ranked(&run).unwrap_err().status, ErrorKind::Cancelled as i32);

        // The limits of encoding, which has the same options.
        let mut options = init!(deberta_encode_options, deberta_encode_options_init);
        options.run = &run;
        let (ids, offsets) = ([5u32, 6], [0usize, 2]);
        let outcome = handle(deberta_encoded_free, |encoded, error| {
            let (ids, offsets) = (ids.as_ptr(), offsets.as_ptr());
            deberta_model_encode_ids(c.pointer, ids, ptr::null(), 2, offsets, 1, &options, encoded, error)
        });
        assert_eq!(outcome.err().unwrap().status, ErrorKind::Cancelled as i32);
        let mut values = [7.0f32; 4096];
        let failure = check(|error| {
            let (ids, offsets, values) = (ids.as_ptr(), offsets.as_ptr(), values.as_mut_ptr());
            let (types, length) = (ptr::null(), ptr::null_mut());
            deberta_model_encode_ids_into(
                c.pointer, ids, types, 2, offsets, 1, &options, values, 4096, length, error,
            )
        });
        assert_eq!(failure.unwrap_err().status, ErrorKind::Cancelled as i32);
        assert!(values.iter().all(|&value| value == 7.0));
        options.run = ptr::null();
        options.outputs = deberta_output::Logits as i32;
        let failure = check(|error| {
            let (ids, offsets, values) = (ids.as_ptr(), offsets.as_ptr(), values.as_mut_ptr());
            let (types, length) = (ptr::null(), ptr::null_mut());
            deberta_model_encode_ids_into(
                c.pointer, ids, types, 2, offsets, 1, &options, values, 4096, length, error,
            )
        });
        assert!(failure.unwrap_err().message.contains("all that goes to a buffer"));
        run.struct_size = 9;
        let failure = ranked(&run).unwrap_err();
        assert!(failure.message.contains("struct_size of deberta_run_options"), "{}", failure.message);
    }
}

#[test]
fn wrong_heads_are_named() {
    let path = c_path(&goldens().join("question_answering"));
    // SAFETY: everything is alive during the calls.
    let model = handle(deberta_model_free, |model, error| unsafe {
        deberta_model_open(path.as_ptr(), ptr::null(), model, error)
    });
    let failure = rank(&model.unwrap(), "q", &["d"], ptr::null()).err().unwrap();
    assert_eq!(failure.status, ErrorKind::Unsupported as i32);
    assert!(failure.message.contains("question answering head"), "{}", failure.message);
}
