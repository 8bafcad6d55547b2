//! The bundled model on snippets of projects that no training text came from.

mod common;

use deberta::{EncodeOptions, Model, OpenOptions, TextInput};

#[derive(serde::Deserialize)]
struct Snippet {
    text: String,
    label: String,
}

/// What the reference implementation gets right of the held-out set, as the model card reports.
const REFERENCE_CORRECT: usize = 1927;

#[test]
fn the_bundled_model_is_as_accurate_as_with_the_reference_implementation() {
    let lines = std::fs::read_to_string(common::goldens().join("../held_out/code_language.jsonl")).unwrap();
    let snippets: Vec<Snippet> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(snippets.len(), 2090);

    let model = Model::open(common::bundled_model(), &OpenOptions::default()).unwrap();
    let texts: Vec<TextInput<'_>> = snippets.iter().map(|snippet| snippet.text.as_str().into()).collect();
    // The figure of the card was taken with at most 512 tokens.
    let options = EncodeOptions {
        max_length: Some(512),
        truncation: deberta::Truncation::LongestFirst,
        ..EncodeOptions::default()
    };
    let answers = model.classify(&texts, &options).unwrap();
    let labels = &model.config().id2label;
    let correct = answers
        .iter()
        .zip(&snippets)
        .filter(|(answer, snippet)| labels[answer.ranking[0]] == snippet.label)
        .count();
    println!("{correct} of {} correct", snippets.len());
    // A snippet between two labels may fall to either side.
    assert!(
        correct.abs_diff(REFERENCE_CORRECT) <= 1,
        "{correct} correct, {REFERENCE_CORRECT} with the reference"
    );
}
