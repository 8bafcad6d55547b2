//! Explanations: rollout and occlusion as computed by transformers in float64, and what must not be explained.

mod common;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{bundled_model, goldens, instruction_sets, largest_difference};
use deberta::{
    Batch, Cancellation, ErrorKind, ExplainOptions, Explanation, HeadKind, Model, OpenOptions, Outputs,
    Relevance, RunObserver, RunOptions, TextInput, TokenizeOptions, Truncation, WindowOptions,
};

/// Largest difference of a relevance by rollout, whose values sum to 1.
const ROLLOUT_TOLERANCE: f64 = 5e-7;
/// Largest difference of a logit, and of the difference of two.
const LOGIT_TOLERANCE: f64 = 1e-4;

/// One text of `tests/goldens/explain.json`.
#[derive(serde::Deserialize)]
struct Golden {
    text: String,
    pair: Option<String>,
    ids: Vec<u32>,
    logits: Vec<f64>,
    rollout: Vec<f64>,
    occlusion: Vec<Occlusion>,
}

#[derive(serde::Deserialize)]
struct Occlusion {
    label: usize,
    relevance: Vec<f64>,
}

fn texts() -> Vec<Golden> {
    let texts: Vec<Golden> =
        serde_json::from_slice(&fs::read(goldens().join("explain.json")).unwrap()).unwrap();
    assert_eq!(texts.len(), 4);
    texts
}

impl Golden {
    fn input(&self) -> TextInput<'_> {
        TextInput { text: &self.text, pair: self.pair.as_deref() }
    }
}

fn open(options: OpenOptions) -> Model {
    Model::open(bundled_model(), &OpenOptions { threads: Some(2), ..options }).unwrap()
}

fn occlusion() -> ExplainOptions {
    ExplainOptions { method: Relevance::Occlusion, ..ExplainOptions::default() }
}

fn refused(model: &Model, text: &str, options: &ExplainOptions, kind: ErrorKind, part: &str) {
    let error = model.explain(text.into(), options).unwrap_err();
    assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
}

fn bits(explanation: &Explanation) -> Vec<u32> {
    explanation.relevance.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn rollout_is_that_of_the_reference() {
    for instruction_set in instruction_sets() {
        let model = open(OpenOptions { instruction_set, ..OpenOptions::default() });
        for golden in texts() {
            let found = model.explain(golden.input(), &ExplainOptions::default()).unwrap();
            assert_eq!(found.encoding.ids, golden.ids);
            let difference = largest_difference(&found.relevance, &golden.rollout);
            assert!(difference <= ROLLOUT_TOLERANCE, "{instruction_set:?} {}: {difference}", golden.text);
            let logits = found.logits.unwrap();
            assert!(largest_difference(&logits.values, &golden.logits) <= LOGIT_TOLERANCE);
            assert_eq!((logits.head, found.label), (HeadKind::SequenceClassification, None));
            assert!((found.scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(found.attentions.is_empty() && found.relative_positions.unwrap().index(0) == 256);
        }
    }
}

#[test]
fn occlusion_is_that_of_the_reference() {
    for instruction_set in instruction_sets() {
        let model = open(OpenOptions { instruction_set, ..OpenOptions::default() });
        for golden in texts() {
            for (expected, label) in golden.occlusion.iter().zip([None, Some(golden.occlusion[1].label)]) {
                let options = ExplainOptions { label, ..occlusion() };
                let found = model.explain(golden.input(), &options).unwrap();
                assert_eq!(found.label, Some(expected.label));
                let difference = largest_difference(&found.relevance, &expected.relevance);
                assert!(difference <= LOGIT_TOLERANCE, "{instruction_set:?} {}: {difference}", golden.text);
            }
        }
    }
}

#[test]
fn attentions_are_those_of_encode_and_do_not_change_the_relevance() {
    let model = open(OpenOptions::default());
    let golden = &texts()[2];
    let plain = model.explain(golden.input(), &ExplainOptions::default()).unwrap();
    for method in [Relevance::Rollout, Relevance::Occlusion] {
        let options = ExplainOptions { attentions: true, method, ..ExplainOptions::default() };
        let found = model.explain(golden.input(), &options).unwrap();
        let outputs = Outputs { attentions: true, ..Outputs::default() };
        let encoded = model.encode(&Batch::from_encodings([&found.encoding]).unwrap(), outputs).unwrap();
        assert!(found.attentions == encoded.attentions());
        assert_eq!((found.attentions.len(), found.heads), (4, 3));
        assert!(method == Relevance::Occlusion || bits(&found) == bits(&plain));
    }
}

#[test]
fn occlusion_is_the_same_in_batches_of_any_size_and_tells_its_progress() {
    let model = open(OpenOptions::default());
    let text = &texts()[1].text;
    let expected = bits(&model.explain(text.into(), &occlusion()).unwrap());
    for batch_tokens in [1, 30, 100_000] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let progress = RunObserver::new(move |progress| {
            sink.lock().unwrap().push((progress.texts, progress.total_texts));
            std::ops::ControlFlow::Continue(())
        });
        let run = RunOptions { batch_tokens: Some(batch_tokens), progress, ..RunOptions::default() };
        let found = model.explain(text.into(), &ExplainOptions { run, ..occlusion() }).unwrap();
        assert_eq!(bits(&found), expected);
        let seen = seen.lock().unwrap();
        let variants = expected.len() - 2;
        assert!(seen.is_sorted() && seen.last() == Some(&(variants, variants)), "{seen:?}");
    }
}

#[test]
fn models_without_labels_have_a_rollout() {
    for (folder, has_logits) in [("token_classification", true), ("masked_lm", false), ("bare_prefix", false)]
    {
        let folder = with_tokenizer(folder);
        let model = Model::open(folder.path(), &OpenOptions::default()).unwrap();
        let found = model.explain("some text".into(), &ExplainOptions::default()).unwrap();
        assert!((found.relevance.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(found.logits.is_some(), has_logits);
        let labels = found.logits.map_or(0, |logits| logits.labels);
        assert_eq!(found.scores.len(), labels * found.encoding.len());
        refused(&model, "text", &occlusion(), ErrorKind::Unsupported, "sequence classification head");
    }
}

/// A small checkpoint with a small tokenizer, whose ids all lie in the checkpoint's vocabulary.
fn with_tokenizer(checkpoint: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(goldens().join(checkpoint)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let mut tokenizer: serde_json::Value =
        serde_json::from_slice(&fs::read(bundled_model().join("tokenizer.json")).unwrap()).unwrap();
    let pieces = tokenizer["model"]["vocab"].as_array_mut().unwrap();
    pieces.truncate(60);
    fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    folder
}

#[test]
fn long_texts_are_refused_or_cut_and_windows_are_refused() {
    let model = open(OpenOptions::default());
    let text = "one two three four five six seven eight nine ten";
    let limited = TokenizeOptions { max_length: Some(8), ..TokenizeOptions::default() };
    let options = |tokenize| ExplainOptions { tokenize, ..ExplainOptions::default() };
    refused(&model, text, &options(limited), ErrorKind::TooLong, "8");
    let cut = TokenizeOptions { truncation: Truncation::OnlyFirst, ..limited };
    let found = model.explain(text.into(), &options(cut)).unwrap();
    assert!(found.relevance.len() == 8 && found.encoding.truncated.is_some());
    let windows = TokenizeOptions { windows: Some(WindowOptions::default()), ..limited };
    refused(&model, text, &options(windows), ErrorKind::InvalidArgument, "explanation is of one window");
}

#[test]
fn attention_that_takes_too_much_memory_is_named() {
    let model = open(OpenOptions::default());
    let text = "a ".repeat(20_000);
    refused(&model, &text, &ExplainOptions::default(), ErrorKind::OutOfMemory, "10.4 GiB, more than 4 GiB");
    let text = "a ".repeat(10_000);
    let options = ExplainOptions { attentions: true, ..occlusion() };
    refused(&model, &text, &options, ErrorKind::OutOfMemory, "or do not ask for attentions");
}

#[test]
fn a_classifier_without_labels_has_a_rollout_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(bundled_model().join("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    let config = fs::read(bundled_model().join("config.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    let fields = config.as_object_mut().unwrap();
    fields.remove("id2label");
    fields.remove("label2id");
    fields.insert("num_labels".into(), 0.into());
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let options = OpenOptions { random_weights: Some(1), ..OpenOptions::default() };
    let model = Model::open(folder.path(), &options).unwrap();
    assert!(model.explain("text".into(), &ExplainOptions::default()).unwrap().scores.is_empty());
    refused(&model, "text", &occlusion(), ErrorKind::Unsupported, "has none");
}

#[test]
fn wrong_requests_are_named() {
    let model = open(OpenOptions::default());
    let label = |label, options| ExplainOptions { label: Some(label), ..options };
    refused(&model, "text", &label(19, occlusion()), ErrorKind::InvalidArgument, "label is 19");
    refused(
        &model,
        "text",
        &label(0, ExplainOptions::default()),
        ErrorKind::InvalidArgument,
        "rollout does not",
    );
    let run = RunOptions { batch_tokens: Some(0), ..RunOptions::default() };
    refused(
        &model,
        "text",
        &ExplainOptions { run, ..occlusion() },
        ErrorKind::InvalidArgument,
        "batch_tokens",
    );
    let no_special_tokens = TokenizeOptions { add_special_tokens: false, ..TokenizeOptions::default() };
    for method in [Relevance::Rollout, Relevance::Occlusion] {
        let options = ExplainOptions { tokenize: no_special_tokens, method, ..ExplainOptions::default() };
        refused(&model, "", &options, ErrorKind::InvalidArgument, "no valid token");
        assert_eq!(model.explain("x".into(), &options).unwrap().relevance.len(), 1);
    }
    assert_eq!("occlusion".parse::<Relevance>().unwrap().to_string(), "occlusion");
    assert!("gradient".parse::<Relevance>().unwrap_err().message().contains("rollout or occlusion"));
}

#[test]
fn explaining_ends_at_its_limits() {
    let model = open(OpenOptions::default());
    let text = "one two three four five six seven eight nine ten";
    for options in [ExplainOptions::default(), occlusion()] {
        let deadline = Instant::now().checked_sub(Duration::from_secs(1));
        let run = RunOptions { deadline, ..RunOptions::default() };
        let late = ExplainOptions { run, ..options.clone() };
        refused(&model, text, &late, ErrorKind::DeadlineExceeded, "deadline");
        let cancellation = Cancellation::new();
        cancellation.cancel();
        let run = RunOptions { cancellation: Some(cancellation), ..RunOptions::default() };
        refused(&model, text, &ExplainOptions { run, ..options }, ErrorKind::Cancelled, "cancelled");
    }
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let progress = RunObserver::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        std::ops::ControlFlow::Break(())
    });
    let run = RunOptions { progress, batch_tokens: Some(1), ..RunOptions::default() };
    refused(
        &model,
        text,
        &ExplainOptions { run, ..occlusion() },
        ErrorKind::Cancelled,
        "observer after 1 of",
    );
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
