//! The bundled model on snippets of projects that no training text came from.

mod common;

use std::sync::LazyLock;
use std::time::Instant;

use common::{PRECISIONS, instruction_sets, is_slow};
use deberta::{
    Batch, Encoding, InstructionSet, Model, OpenOptions, Outputs, Precision, TextInput, TokenizeOptions,
};

#[derive(serde::Deserialize)]
struct Snippet {
    text: String,
    label: String,
}

/// What the reference implementation gets right of the held-out set, as the model card reports.
const REFERENCE_CORRECT: usize = 1927;

static SNIPPETS: LazyLock<Vec<Snippet>> = LazyLock::new(|| {
    let lines = std::fs::read_to_string(common::goldens().join("../held_out/code_language.jsonl")).unwrap();
    let snippets: Vec<Snippet> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(snippets.len(), 2090);
    snippets
});

/// The snippets' tokens, at most 512 each: the figure of the card was taken so.
static ENCODINGS: LazyLock<Vec<Encoding>> = LazyLock::new(|| {
    let model = Model::open(common::bundled_model(), &OpenOptions::default()).unwrap();
    let texts: Vec<TextInput<'_>> = SNIPPETS.iter().map(|snippet| snippet.text.as_str().into()).collect();
    let options = TokenizeOptions {
        max_length: Some(512),
        truncation: deberta::Truncation::LongestFirst,
        ..TokenizeOptions::default()
    };
    model.tokenizer().unwrap().encode_batch(&texts, &options).unwrap()
});

/// What the model says in the precision `highest` on the fastest instructions.
static HIGHEST: LazyLock<Vec<usize>> =
    LazyLock::new(|| predictions(&Model::open(common::bundled_model(), &OpenOptions::default()).unwrap(), 1));

/// The index of the largest logit of every `step`-th snippet.
fn predictions(model: &Model, step: usize) -> Vec<usize> {
    let encodings: Vec<Encoding> = ENCODINGS.iter().step_by(step).cloned().collect();
    let mut predictions = Vec::new();
    for rows in encodings.chunks(16) {
        let outputs = Outputs { logits: true, ..Outputs::default() };
        let encoded = model.encode(&Batch::from_encodings(rows).unwrap(), outputs).unwrap();
        let logits = encoded.logits().unwrap();
        assert!(logits.values.iter().all(|logit| logit.is_finite()));
        predictions.extend(logits.values.chunks(logits.labels).map(|logits| {
            (0..logits.len()).max_by(|&left, &right| logits[left].total_cmp(&logits[right])).unwrap()
        }));
    }
    predictions
}

fn correct(model: &Model, predictions: &[usize], step: usize) -> usize {
    let labels = &model.config().id2label;
    let expected = SNIPPETS.iter().step_by(step);
    predictions.iter().zip(expected).filter(|(found, snippet)| labels[**found] == snippet.label).count()
}

#[test]
fn the_bundled_model_is_as_accurate_as_with_the_reference_implementation() {
    let model = Model::open(common::bundled_model(), &OpenOptions::default()).unwrap();
    let correct = correct(&model, &HIGHEST, 1);
    println!("{correct} of {} correct", SNIPPETS.len());
    // A snippet between two labels may fall to either side.
    assert!(
        correct.abs_diff(REFERENCE_CORRECT) <= 1,
        "{correct} correct, {REFERENCE_CORRECT} with the reference"
    );
}

/// Which of the snippets to test an instruction set with: all for the fastest, else every so many-th.
fn step(instruction_set: InstructionSet) -> usize {
    if instruction_set == InstructionSet::available()[0] {
        1
    } else if is_slow(instruction_set) {
        100
    } else {
        5
    }
}

/// At most 0.3 points of accuracy are lost, and at least 99.5 % of the predictions are those of `highest`.
#[test]
fn the_bundled_model_is_nearly_as_accurate_in_every_precision() {
    for instruction_set in instruction_sets() {
        for precision in PRECISIONS {
            let options = OpenOptions { precision, instruction_set, ..OpenOptions::default() };
            let model = Model::open(common::bundled_model(), &options).unwrap();
            let used = model.info().instruction_set;
            let step = step(used);
            let start = Instant::now();
            let found = predictions(&model, step);
            let expected: Vec<usize> = HIGHEST.iter().copied().step_by(step).collect();
            let changed = found.iter().zip(&expected).filter(|(found, expected)| found != expected).count();
            let (ours, theirs) = (correct(&model, &found, step), correct(&model, &expected, step));
            println!(
                "{used} {precision}: {ours} of {} correct, {changed} predictions changed, {:.1?}",
                found.len(),
                start.elapsed()
            );
            let count = found.len() as f64;
            assert!(
                ours as f64 >= theirs as f64 - 0.003 * count,
                "{used} {precision}: {ours} correct of {count}"
            );
            assert!(changed as f64 <= 0.005 * count, "{used} {precision}: {changed} of {count} changed");
            if precision == Precision::Highest {
                assert!(changed <= 1, "{used}: {changed} changed in the highest precision");
            }
        }
    }
}
