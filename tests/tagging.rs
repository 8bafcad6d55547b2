//! Token classification: the entities of transformers' pipeline.

mod common;

use std::fs;

use common::{bundled_model, bundled_tagger, goldens, instruction_sets, is_slow};
use deberta::{
    Aggregation, Entity, ErrorKind, Model, OpenOptions, TagOptions, Tagged, TokenizeOptions, TokenizerMode,
    TokenizerOptions, Truncation, WindowOptions,
};

/// Largest difference to the pipeline's scores, which it computes in float32 as well.
const TOLERANCE: f32 = 2e-6;
const IOB: [&str; 3] = ["O", "B-PER", "I-PER"];

/// `tests/goldens/tagging.json`.
#[derive(serde::Deserialize)]
struct Goldens {
    label_sets: std::collections::BTreeMap<String, Vec<String>>,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    labels: String,
    aggregation: String,
    ignored: Vec<String>,
    max_length: Option<usize>,
    stride: usize,
    texts: Vec<String>,
    windows: Vec<usize>,
    entities: Vec<Vec<Expected>>,
}

/// Label, score, word, start and end in characters, first token and the one after the last.
#[derive(Debug, serde::Deserialize)]
struct Expected(String, f32, String, usize, usize, usize, usize);

impl Goldens {
    fn read() -> Self {
        let goldens: Self =
            serde_json::from_slice(&fs::read(goldens().join("tagging.json")).unwrap()).unwrap();
        assert_eq!(goldens.cases.len(), 40);
        goldens
    }
}

impl Case {
    fn options(&self) -> TagOptions {
        TagOptions {
            tokenize: TokenizeOptions {
                max_length: self.max_length,
                windows: self.max_length.map(|_| WindowOptions { stride: self.stride }),
                ..TokenizeOptions::default()
            },
            aggregation: self.aggregation.parse().unwrap(),
            ignored_labels: self.ignored.clone(),
            ..TagOptions::default()
        }
    }
}

fn open(labels: &[impl AsRef<str>], options: OpenOptions) -> Model {
    let folder = bundled_tagger(labels);
    Model::open(folder.path(), &OpenOptions { threads: Some(2), ..options }).unwrap()
}

#[track_caller]
fn check(found: &Entity, expected: &Expected, text: &str) {
    let Expected(label, score, word, start, end, first, after) = expected;
    assert_eq!((&found.label, &found.word), (label, word));
    assert!((found.score - score).abs() <= TOLERANCE, "{found:?}, {expected:?}");
    assert_eq!((&found.char_range, &found.tokens), (&(*start..*end), &(*first..*after)), "{found:?}");
    let bytes = |chars: usize| text.chars().take(chars).map(char::len_utf8).sum::<usize>();
    assert_eq!(found.byte_range, bytes(*start)..bytes(*end), "{found:?}");
}

#[test]
fn entities_are_those_of_the_pipeline() {
    let goldens = Goldens::read();
    for instruction_set in instruction_sets() {
        for (name, labels) in &goldens.label_sets {
            let model = open(labels, OpenOptions { instruction_set, ..OpenOptions::default() });
            // Where it is slow, one decoding shows all scores.
            let slow = is_slow(model.info().instruction_set);
            let is_read = |case: &&Case| case.labels == *name && (!slow || case.aggregation == "none");
            for case in goldens.cases.iter().filter(is_read) {
                let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
                let answers = model.tag(&texts, &case.options()).unwrap();
                assert_eq!(answers.len(), texts.len());
                for (row, (answer, text)) in answers.iter().zip(&texts).enumerate() {
                    assert_eq!((answer.windows, &answer.truncated), (case.windows[row], &None));
                    let expected = &case.entities[row];
                    assert_eq!(answer.entities.len(), expected.len(), "{} of {text:?}", case.aggregation);
                    for (found, expected) in answer.entities.iter().zip(expected) {
                        check(found, expected, text);
                    }
                }
            }
        }
    }
}

#[test]
fn answers_are_the_same_alone() {
    let goldens = Goldens::read();
    let model = open(&goldens.label_sets["iob"], OpenOptions::default());
    for case in goldens.cases.iter().filter(|case| case.labels == "iob") {
        let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
        let alone = |text| model.tag(&[text], &case.options()).unwrap().remove(0);
        let expected: Vec<Tagged> = texts.iter().map(|&text| alone(text)).collect();
        assert_eq!(model.tag(&texts, &case.options()).unwrap(), expected);
    }
}

#[test]
fn a_text_that_fits_is_one_window_and_overlaps_make_no_entity_twice() {
    let model = open(&["A"; 0], OpenOptions::default());
    let text = "one two three four five six seven eight nine ten ".repeat(30);
    let tag = |max_length, stride| {
        let windows = Some(WindowOptions { stride });
        let tokenize = TokenizeOptions { max_length, windows, ..TokenizeOptions::default() };
        let options = TagOptions { tokenize, ignored_labels: Vec::new(), ..TagOptions::default() };
        model.tag(&[&text], &options).unwrap().remove(0)
    };
    let whole = model.tag(&[&text], &TagOptions::default()).unwrap().remove(0);
    let tokens =
        |tagged: &Tagged| tagged.entities.iter().map(|entity| entity.tokens.clone()).collect::<Vec<_>>();
    assert_eq!(
        tokens(&whole),
        (1..whole.entities.len() + 1).map(|token| token..token + 1).collect::<Vec<_>>()
    );
    for (max_length, stride) in [(Some(20), 0), (Some(20), 17), (Some(64), 32), (Some(200), 150)] {
        let tagged = tag(max_length, stride);
        assert!(tagged.windows > 1 && tokens(&tagged) == tokens(&whole));
    }
    assert_eq!(tag(Some(1000), 16), whole);
}

#[test]
fn what_is_cut_off_is_reported() {
    let model = open(&IOB, OpenOptions::default());
    let tokenize = TokenizeOptions {
        max_length: Some(6),
        truncation: Truncation::LongestFirst,
        ..TokenizeOptions::default()
    };
    let options = TagOptions { tokenize, ignored_labels: Vec::new(), ..TagOptions::default() };
    let answers = model.tag(&["a b c d e f g", "a"], &options).unwrap();
    assert!(answers[0].truncated.as_ref().is_some_and(|cut| cut.removed_tokens[0] > 0));
    assert_eq!((answers[0].entities.len(), answers[0].windows, &answers[1].truncated), (4, 1, &None));
}

#[test]
fn every_label_can_be_kept_and_names_can_be_missing() {
    // Without names in the configuration, labels are numbered.
    let model = open(&["A"; 0], OpenOptions::default());
    let answers = model.tag(&["fn main() {}"], &TagOptions::default()).unwrap();
    assert!(!answers[0].entities.is_empty());
    assert!(answers[0].entities.iter().all(|entity| entity.label.starts_with("LABEL_")), "{answers:?}");
    let ignored_labels: Vec<String> = (0..19).map(|label| format!("LABEL_{label}")).collect();
    let none = model.tag(&["fn main() {}"], &TagOptions { ignored_labels, ..TagOptions::default() }).unwrap();
    assert!(none[0].entities.is_empty());
    assert!(model.tag(&[], &TagOptions::default()).unwrap().is_empty());
}

#[test]
fn words_are_joined_in_the_mode_of_sentencepiece() {
    let folder = bundled_tagger(&["A"; 0]);
    fs::copy(bundled_model().join("spm.model"), folder.path().join("spm.model")).unwrap();
    let tokenizer = TokenizerOptions { mode: TokenizerMode::SentencePiece };
    let model = Model::open(folder.path(), &OpenOptions { tokenizer, ..OpenOptions::default() }).unwrap();
    let text = "  ﬁn 日本 foo😀bar";
    for aggregation in [Aggregation::Simple, Aggregation::First, Aggregation::Average, Aggregation::Max] {
        let options = TagOptions { aggregation, ..TagOptions::default() };
        let entities = model.tag(&[text], &options).unwrap().remove(0).entities;
        let words: Vec<&str> = entities.iter().map(|entity| entity.word.as_str()).collect();
        assert_eq!(words.concat().replace(' ', ""), "fin日本foo😀bar", "{words:?}");
    }
}

#[test]
fn wrong_requests_and_models_are_named() {
    let model = open(&IOB, OpenOptions::default());
    let refused = |model: &Model, tokenize: TokenizeOptions, kind: ErrorKind, part: &str| {
        let options = TagOptions { tokenize, ..TagOptions::default() };
        let error = model.tag(&["short", "one two three four five"], &options).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    let limit = |max_length| TokenizeOptions { max_length: Some(max_length), ..TokenizeOptions::default() };
    refused(&model, limit(5), ErrorKind::TooLong, "input 1: the input has");
    refused(&model, limit(1), ErrorKind::InvalidArgument, "no room for the 2 special tokens");
    for stride in [4, 5, usize::MAX] {
        let windows = TokenizeOptions { windows: Some(WindowOptions { stride }), ..limit(6) };
        refused(&model, windows, ErrorKind::InvalidArgument, &format!("stride is {stride}"));
    }
    let other = Model::open(bundled_model(), &OpenOptions::default()).unwrap();
    let part =
        "token classification needs a model with a token classification head, but this model has a sequence";
    refused(&other, TokenizeOptions::default(), ErrorKind::Unsupported, part);
    let bare = Model::open(goldens().join("token_classification"), &OpenOptions::default()).unwrap();
    refused(&bare, TokenizeOptions::default(), ErrorKind::NotFound, "no tokenizer.json");
    // Only random weights let a model without labels be opened.
    let folder = bundled_tagger(&["A"; 0]);
    let config = fs::read_to_string(folder.path().join("config.json")).unwrap();
    fs::write(folder.path().join("config.json"), config.replace("\"num_labels\":19", "\"num_labels\":0"))
        .unwrap();
    let random = OpenOptions { random_weights: Some(1), ..OpenOptions::default() };
    let none = Model::open(folder.path(), &random).unwrap();
    refused(&none, TokenizeOptions::default(), ErrorKind::Unsupported, "has no labels");
    let error = "maximum".parse::<Aggregation>().unwrap_err();
    assert!(error.message().contains("none, simple, first, average or max"), "{error}");
}
