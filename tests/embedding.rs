//! Embeddings: hidden states of transformers, pooled by PyTorch.

mod common;

use std::fs;
use std::path::Path;
use std::time::Instant;

use common::{goldens, instruction_sets, largest_difference, with_task_tokenizer};
use deberta::{
    Batch, EmbedOptions, ErrorKind, Model, OpenOptions, Outputs, Pooling, RunOptions, TextInput,
    TokenizeOptions, Truncation, WindowOptions,
};

/// Largest difference to PyTorch in float64.
const TOLERANCE: f64 = 5e-6;

#[derive(serde::Deserialize)]
struct Goldens {
    /// Each one text or a pair.
    texts: Vec<Vec<String>>,
    long_text: String,
    max_length: usize,
    stride: usize,
    windows: usize,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    checkpoint: String,
    layer: usize,
    pooling: String,
    /// For each text.
    vectors: Vec<Vec<f64>>,
    windowed: Vec<f64>,
}

fn read() -> Goldens {
    serde_json::from_slice(&fs::read(goldens().join("embedding.json")).unwrap()).unwrap()
}

fn open(folder: &Path) -> Model {
    Model::open(folder, &OpenOptions { threads: Some(2), ..OpenOptions::default() }).unwrap()
}

fn text_or_pair(texts: &[String]) -> TextInput<'_> {
    match texts {
        [text] => text.into(),
        [text, pair] => (text.as_str(), pair.as_str()).into(),
        _ => panic!("{texts:?}"),
    }
}

fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[test]
fn vectors_are_those_of_pytorch() {
    let goldens = read();
    let texts: Vec<TextInput<'_>> = goldens.texts.iter().map(|text| text_or_pair(text)).collect();
    let windowed = TokenizeOptions {
        max_length: Some(goldens.max_length),
        windows: Some(WindowOptions { stride: goldens.stride }),
        ..TokenizeOptions::default()
    };
    assert_eq!(goldens.cases.len(), 15);
    for instruction_set in instruction_sets() {
        for case in &goldens.cases {
            let folder = with_task_tokenizer(&case.checkpoint);
            let options = OpenOptions { threads: Some(2), instruction_set, ..OpenOptions::default() };
            let model = Model::open(folder.path(), &options).unwrap();
            let options = EmbedOptions {
                pooling: case.pooling.parse().unwrap(),
                layer: Some(case.layer),
                ..EmbedOptions::default()
            };
            let answers = model.embed(&texts, &options).unwrap();
            assert_eq!(answers.len(), case.vectors.len());
            let unit = model.embed(&texts, &EmbedOptions { normalize: true, ..options.clone() }).unwrap();
            for (((answer, expected), unit), text) in answers.iter().zip(&case.vectors).zip(&unit).zip(&texts)
            {
                assert!(largest_difference(&answer.vector, expected) <= TOLERANCE, "{}", case.checkpoint);
                assert_eq!((answer.windows, &answer.truncated), (1, &None));
                assert_eq!(&model.embed(&[*text], &options).unwrap()[0], answer, "the same bits alone");
                let length = norm(&answer.vector);
                assert!((norm(&unit.vector) - 1.0).abs() < 1e-6);
                assert!(unit.vector.iter().zip(&answer.vector).all(|(u, v)| (u * length - v).abs() < 1e-5));
            }
            let options = EmbedOptions { tokenize: windowed, ..options };
            let answer = model.embed(&[goldens.long_text.as_str().into()], &options).unwrap().remove(0);
            assert_eq!(answer.windows, goldens.windows);
            assert!(largest_difference(&answer.vector, &case.windowed) <= TOLERANCE, "{}", case.checkpoint);
        }
    }
}

#[test]
fn the_last_layer_is_the_default_whatever_the_head() {
    for checkpoint in ["bare_prefix", "token_classification", "conv_gelu"] {
        let folder = with_task_tokenizer(checkpoint);
        let model = open(folder.path());
        let last = model.config().num_hidden_layers;
        let texts: [TextInput<'_>; 2] = ["the old cat".into(), "a".into()];
        let of = |layer| model.embed(&texts, &EmbedOptions { layer, ..EmbedOptions::default() }).unwrap();
        assert_eq!(of(None), of(Some(last)));
        assert_ne!(of(None), of(Some(last - 1)));
    }
}

/// Texts of all lengths in one call, in batches of any size.
#[test]
fn batches_make_no_difference() {
    let folder = with_task_tokenizer("bare_prefix");
    let model = open(folder.path());
    let texts: Vec<String> = (0..40).map(|words| "the old cat sleeps ".repeat(words * 7 % 31)).collect();
    let inputs: Vec<TextInput<'_>> = texts.iter().map(TextInput::from).collect();
    let of = |batch_tokens| {
        let run = RunOptions { batch_tokens, ..RunOptions::default() };
        model.embed(&inputs, &EmbedOptions { run, ..EmbedOptions::default() }).unwrap()
    };
    let expected = of(None);
    assert!(of(Some(1)) == expected && of(Some(50)) == expected);
}

#[test]
fn fewer_layers_are_the_first_ones() {
    let model = open(&goldens().join("conv_gelu"));
    let batch = Batch::from_rows(&[&[1, 5, 9, 2], &[1, 2]]).unwrap();
    let all = Outputs { hidden_states: true, ..Outputs::default() };
    let expected = model.encode(&batch, all).unwrap();
    for layers in 0..=model.config().num_hidden_layers {
        let outputs = Outputs { layers: Some(layers), ..all };
        let found = model.encode(&batch, outputs).unwrap();
        assert_eq!(found.hidden_states(), &expected.hidden_states()[..=layers]);
        assert_eq!(found.last_hidden_state(), expected.hidden_states()[layers]);
    }
    let logits = Outputs { layers: Some(1), logits: true, ..Outputs::default() };
    let error = model.encode(&batch, logits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("logits need all 2 layers"), "{error}");
}

#[test]
fn texts_are_encoded_in_one_call() {
    let folder = with_task_tokenizer("bare_prefix");
    let model = open(folder.path());
    let texts: [TextInput<'_>; 2] = ["the old cat".into(), ("a", "b").into()];
    let outputs = Outputs { hidden_states: true, ..Outputs::default() };
    let (encoded, encodings) =
        model.encode_texts(&texts, &TokenizeOptions::default(), outputs, &RunOptions::default()).unwrap();
    assert_eq!((encoded.rows(), encodings.len(), encoded.hidden_states().len()), (2, 2, 3));
    for (row, text) in texts.iter().enumerate() {
        let tokens = encodings[row].len();
        assert_eq!(encoded.row(row).len(), tokens * encoded.hidden_size());
        let options = EmbedOptions { pooling: Pooling::Cls, ..EmbedOptions::default() };
        let vector = model.embed(&[*text], &options).unwrap().remove(0).vector;
        assert_eq!(encoded.row(row)[..encoded.hidden_size()], vector);
    }
}

#[test]
fn wrong_requests_and_models_are_named() {
    let folder = with_task_tokenizer("bare_prefix");
    let model = open(folder.path());
    let refused = |model: &Model, text: &str, options: &EmbedOptions, kind: ErrorKind, part: &str| {
        let error = model.embed(&[text.into()], options).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    let default = EmbedOptions::default();
    assert!(model.embed(&[], &default).unwrap().is_empty());
    let layer = EmbedOptions { layer: Some(3), ..EmbedOptions::default() };
    refused(
        &model,
        "a",
        &layer,
        ErrorKind::InvalidArgument,
        "layer 3 was asked for, but the model has layers 0 to 2",
    );
    assert_eq!(model.embed(&[], &layer).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let bare = TokenizeOptions { add_special_tokens: false, ..TokenizeOptions::default() };
    let bare = EmbedOptions { tokenize: bare, ..EmbedOptions::default() };
    refused(&model, "", &bare, ErrorKind::InvalidArgument, "no valid token");
    let short = TokenizeOptions { max_length: Some(3), ..TokenizeOptions::default() };
    let options = EmbedOptions { tokenize: short, ..EmbedOptions::default() };
    refused(&model, "the old cat", &options, ErrorKind::TooLong, "input 0");
    let cut = TokenizeOptions { truncation: Truncation::LongestFirst, ..short };
    let options = EmbedOptions { tokenize: cut, ..EmbedOptions::default() };
    let answer = model.embed(&["the old cat".into()], &options).unwrap().remove(0);
    assert_eq!(answer.truncated.unwrap().removed_tokens, [2, 0]);
    let run = RunOptions { deadline: Some(Instant::now()), ..RunOptions::default() };
    let options = EmbedOptions { run, ..EmbedOptions::default() };
    refused(&model, "a", &options, ErrorKind::DeadlineExceeded, "deadline");
    refused(&open(&goldens().join("bare_prefix")), "a", &default, ErrorKind::NotFound, "tokenizer.json");
}
