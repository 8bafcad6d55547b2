//! Ranking by a model with one label, and what tasks have in common: windows, batches, limits of a call.

mod common;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::bundled_model;
use deberta::{
    Cancellation, ClassifyOptions, ErrorKind, Model, OpenOptions, RankOptions, RunObserver, RunOptions,
    ScoreFunction, TextInput, TokenizeOptions, Truncation, WindowMerge, WindowOptions,
};
use safetensors::{SafeTensors, serialize_to_file, tensor::TensorView};
use serde_json::{Value, json};
use tempfile::TempDir;

fn open(folder: &Path) -> Model {
    Model::open(folder, &OpenOptions { threads: Some(2), ..OpenOptions::default() }).unwrap()
}

/// The bundled model with its first label only, and `entries` in its configuration.
fn with_one_label(entries: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(bundled_model().join("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    let config = fs::read_to_string(bundled_model().join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    let object = config.as_object_mut().unwrap();
    object.insert("id2label".into(), json!({"0": "relevant"}));
    object.remove("label2id");
    object.remove("num_labels");
    object.extend(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let bytes = fs::read(bundled_model().join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = tensors.tensors().into_iter().map(|(name, tensor)| {
        if !name.starts_with("classifier.") {
            return (name, tensor);
        }
        let mut shape = tensor.shape().to_vec();
        let bytes = tensor.data().len() / shape[0];
        shape[0] = 1;
        (name, TensorView::new(tensor.dtype(), shape, &tensor.data()[..bytes]).unwrap())
    });
    serialize_to_file(tensors, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}

const QUERY: &str = "how to print a line";
const DOCUMENTS: [&str; 5] =
    ["println!(\"hello\");", "SELECT 1;", "", "print('a line')", "Once upon a time there was a printer."];

#[test]
fn documents_are_ranked_by_their_logits() {
    let whole = open(&bundled_model());
    let folder = with_one_label(&[]);
    let model = open(folder.path());
    let ranked = model.rank(QUERY, &DOCUMENTS, &RankOptions::default()).unwrap();
    let pairs: Vec<TextInput<'_>> = DOCUMENTS.iter().map(|document| (QUERY, *document).into()).collect();
    let logits = whole.classify(&pairs, &ClassifyOptions::default()).unwrap();
    assert_eq!(ranked.len(), DOCUMENTS.len());
    for place in &ranked {
        assert_eq!(place.logit.to_bits(), logits[place.document].logits[0].to_bits());
        assert_eq!((place.score, place.windows, &place.truncated), (place.logit, 1, &None));
    }
    assert!(ranked.windows(2).all(|two| two[0].score >= two[1].score));
    let best = RankOptions { top_k: Some(2), ..RankOptions::default() };
    assert_eq!(model.rank(QUERY, &DOCUMENTS, &best).unwrap(), ranked[..2]);
    let more = RankOptions { top_k: Some(99), ..RankOptions::default() };
    assert_eq!(model.rank(QUERY, &DOCUMENTS, &more).unwrap(), ranked);
}

#[test]
fn equal_documents_keep_their_order() {
    let folder = with_one_label(&[]);
    let ranked = open(folder.path()).rank(QUERY, &["same"; 300], &RankOptions::default()).unwrap();
    assert!(ranked.iter().enumerate().all(|(place, ranked)| ranked.document == place));
}

#[test]
fn the_configuration_says_what_scores_are() {
    let sigmoid = |logit: f32| 1.0 / (1.0 + (-logit).exp());
    let scores = |entries: &[(&str, Value)], score_function| {
        let folder = with_one_label(entries);
        let options = RankOptions { score_function, ..RankOptions::default() };
        open(folder.path()).rank(QUERY, &DOCUMENTS[..1], &options).map(|mut ranked| ranked.remove(0))
    };
    let current =
        |class: &str| [("sentence_transformers", json!({"activation_fn": class, "version": "5.0.0"}))];
    let former = |class: &str| [("sbert_ce_default_activation_function", json!(class))];
    let found = scores(&current("torch.nn.modules.activation.Sigmoid"), None).unwrap();
    assert_eq!(found.score, sigmoid(found.logit));
    let found = scores(&former("torch.nn.modules.activation.Sigmoid"), None).unwrap();
    assert_eq!(found.score, sigmoid(found.logit));
    let found = scores(&former("torch.nn.modules.linear.Identity"), None).unwrap();
    assert_eq!(found.score, found.logit);
    let found = scores(&current("torch.nn.modules.linear.Identity"), Some(ScoreFunction::Sigmoid)).unwrap();
    assert_eq!(found.score, sigmoid(found.logit));
    let error = scores(&current("torch.nn.modules.activation.Tanh"), None).unwrap_err();
    assert!(error.kind() == ErrorKind::Unsupported && error.message().contains("Tanh"), "{error}");
    assert!(scores(&current("torch.nn.modules.activation.Tanh"), Some(ScoreFunction::Identity)).is_ok());
}

#[test]
fn long_documents_are_refused_cut_or_read_in_windows() {
    let folder = with_one_label(&[]);
    let model = open(folder.path());
    let long = "the end is near and then it is not ".repeat(20);
    let options = |truncation, windows| RankOptions {
        tokenize: TokenizeOptions { max_length: Some(40), truncation, windows, ..TokenizeOptions::default() },
        ..RankOptions::default()
    };
    let documents = ["short", long.as_str()];
    let error = model.rank(QUERY, &documents, &options(Truncation::Error, None)).unwrap_err();
    assert!(error.kind() == ErrorKind::TooLong && error.message().starts_with("document 1: "), "{error}");
    let cut = model.rank(QUERY, &documents, &options(Truncation::OnlySecond, None)).unwrap();
    let cut = cut.iter().find(|ranked| ranked.document == 1).unwrap();
    assert!(cut.truncated.as_ref().unwrap().removed_tokens[1] > 50 && cut.windows == 1);

    let windows = options(Truncation::OnlySecond, Some(WindowOptions { stride: 8 }));
    let ranked = model.rank(QUERY, &documents, &windows).unwrap();
    let read = ranked.iter().find(|ranked| ranked.document == 1).unwrap();
    assert!(read.windows > 4 && read.truncated.is_none());
    // The windows by hand.
    let tokenizer = model.tokenizer().unwrap();
    let parts = tokenizer.windows((QUERY, long.as_str()).into(), &windows.tokenize).unwrap();
    assert_eq!(parts.len(), read.windows);
    let encodings: Vec<_> = parts.into_iter().map(|part| part.encoding).collect();
    let batch = deberta::Batch::from_encodings(&encodings).unwrap();
    let outputs = deberta::Outputs { logits: true, ..deberta::Outputs::default() };
    let logits = model.encode(&batch, outputs).unwrap().logits().unwrap().values.clone();
    assert_eq!(read.logit, logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let mean = RankOptions { window_merge: WindowMerge::Mean, ..windows.clone() };
    let mean = model.rank(QUERY, &[&long], &mean).unwrap()[0].logit;
    assert!((mean - logits.iter().sum::<f32>() / logits.len() as f32).abs() < 1e-6);

    let error =
        model.rank(QUERY, &[&long], &options(Truncation::OnlySecond, Some(WindowOptions { stride: 60 })));
    let error = error.unwrap_err();
    assert!(
        error.kind() == ErrorKind::InvalidArgument && error.message().contains("stride is 60"),
        "{error}"
    );
    let error =
        model.rank(&long, &["short"], &options(Truncation::OnlySecond, Some(WindowOptions { stride: 1 })));
    let error = error.unwrap_err();
    assert!(error.kind() == ErrorKind::TooLong && error.message().contains("no room"), "{error}");
}

#[test]
fn batches_of_any_size_give_the_same_bits() {
    let folder = with_one_label(&[]);
    let model = open(folder.path());
    let documents: Vec<String> = (0..120).map(|index| "word ".repeat(index * 7 % 90)).collect();
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let rank = |batch_tokens| {
        let run = RunOptions { batch_tokens, ..RunOptions::default() };
        model.rank(QUERY, &documents, &RankOptions { run, ..RankOptions::default() })
    };
    let expected = rank(None).unwrap();
    for batch_tokens in [1, 50, 700, usize::MAX] {
        assert_eq!(rank(Some(batch_tokens)).unwrap(), expected, "{batch_tokens}");
    }
    assert_eq!(rank(Some(0)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    for place in &expected[..5] {
        let alone = model.rank(QUERY, &[documents[place.document]], &RankOptions::default()).unwrap();
        assert_eq!(alone[0].logit.to_bits(), place.logit.to_bits());
    }
}

#[test]
fn progress_is_told_and_can_end_the_call() {
    let folder = with_one_label(&[]);
    let model = open(folder.path());
    let documents = ["a document of some words"; 500];
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = |last: usize| {
        let seen = seen.clone();
        seen.lock().unwrap().clear();
        let progress = RunObserver::new(move |progress| {
            let mut seen = seen.lock().unwrap();
            seen.push((progress.texts, progress.total_texts));
            if seen.len() == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let run = RunOptions { progress, batch_tokens: Some(200), ..RunOptions::default() };
        model.rank(QUERY, &documents, &RankOptions { run, ..RankOptions::default() })
    };
    assert_eq!(observed(0).unwrap().len(), 500);
    let all = seen.lock().unwrap().clone();
    assert!(all.len() > 20 && all.windows(2).all(|two| two[0].0 < two[1].0), "{all:?}");
    assert!(all.iter().all(|&(texts, total)| texts <= total && total == 500));
    assert_eq!(all.last(), Some(&(500, 500)));
    let error = observed(3).unwrap_err();
    assert!(error.kind() == ErrorKind::Cancelled && error.message().contains("of 500 texts"), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[test]
fn calls_end_when_they_are_cancelled_or_late() {
    let folder = with_one_label(&[]);
    let model = open(folder.path());
    let documents = ["a document of some words, again and again"; 20_000];
    let rank = |run| model.rank(QUERY, &documents, &RankOptions { run, ..RankOptions::default() });
    let started = Instant::now();
    let late = RunOptions { deadline: Some(started + Duration::from_millis(30)), ..RunOptions::default() };
    assert_eq!(rank(late).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());

    let cancellation = Cancellation::new();
    let run = RunOptions { cancellation: Some(cancellation.clone()), ..RunOptions::default() };
    let ended = std::thread::scope(|scope| {
        let call = scope.spawn(|| rank(run.clone()).unwrap_err().kind());
        std::thread::sleep(Duration::from_millis(30));
        cancellation.cancel();
        let cancelled = Instant::now();
        assert_eq!(call.join().unwrap(), ErrorKind::Cancelled);
        cancelled.elapsed()
    });
    assert!(ended < Duration::from_secs(2), "{ended:?}");
    assert!(cancellation.is_cancelled());
    assert_eq!(rank(run).unwrap_err().kind(), ErrorKind::Cancelled, "from the beginning");
    // After all of that the model still answers.
    assert_eq!(model.rank(QUERY, &DOCUMENTS, &RankOptions::default()).unwrap().len(), 5);
}

#[test]
fn wrong_requests_and_models_are_named() {
    let folder = with_one_label(&[]);
    let model = open(folder.path());
    let refused =
        |model: &Model, query: &str, documents: &[&str], options: &RankOptions, kind, part: &str| {
            let error = model.rank(query, documents, options).unwrap_err();
            assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
        };
    let usual = RankOptions::default();
    refused(&model, " \n", &["d"], &usual, ErrorKind::InvalidArgument, "the query is empty");
    refused(&model, "q", &[], &usual, ErrorKind::InvalidArgument, "no documents");
    let none = RankOptions { top_k: Some(0), ..RankOptions::default() };
    refused(&model, "q", &["d"], &none, ErrorKind::InvalidArgument, "top_k is 0");
    refused(&open(&bundled_model()), "q", &["d"], &usual, ErrorKind::Unsupported, "one label");
    let tokens = open(&common::goldens().join("token_classification"));
    refused(&tokens, "q", &["d"], &usual, ErrorKind::Unsupported, "token classification head");
    let alone = open(&common::goldens().join("regression"));
    refused(&alone, "q", &["d"], &usual, ErrorKind::NotFound, "tokenizer.json");
}
