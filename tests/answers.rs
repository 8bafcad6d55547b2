//! Question answering: the answers of transformers' pipeline.

mod common;

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use common::{bundled_model, goldens, instruction_sets, is_slow, question_answering_model};
use deberta::{
    Answer, AnswerOptions, Answers, ErrorKind, InstructionSet, Model, OpenOptions, RunOptions, TextInput,
    TokenizeOptions, Truncation, WindowOptions,
};
use tempfile::TempDir;

/// Largest difference to the pipeline's scores in float64.
const TOLERANCE: f32 = 2e-6;

/// `tests/goldens/answers.json`.
#[derive(serde::Deserialize)]
struct Goldens {
    /// Question and context.
    inputs: Vec<(String, String)>,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    tokenizer: String,
    top_k: usize,
    max_answer_len: usize,
    handle_impossible_answer: bool,
    align_to_words: bool,
    max_seq_len: usize,
    doc_stride: usize,
    /// For each input.
    windows: Vec<usize>,
    /// For each input, answers as score, start and end in characters.
    answers: Vec<Vec<(f32, usize, usize)>>,
}

impl Case {
    fn options(&self) -> AnswerOptions {
        AnswerOptions {
            tokenize: windows(self.max_seq_len, self.doc_stride),
            top_k: self.top_k,
            max_answer_length: self.max_answer_len,
            handle_impossible_answer: self.handle_impossible_answer,
            align_to_words: self.align_to_words,
            ..AnswerOptions::default()
        }
    }
}

fn windows(max_length: usize, stride: usize) -> TokenizeOptions {
    TokenizeOptions {
        max_length: Some(max_length),
        windows: Some(WindowOptions { stride }),
        ..TokenizeOptions::default()
    }
}

fn tokenizer(name: &str) -> PathBuf {
    match name {
        "code_language" => bundled_model(),
        _ => goldens().join("tokenizer").join(name),
    }
}

fn open(folder: &TempDir, instruction_set: Option<InstructionSet>) -> Model {
    let options = OpenOptions { threads: Some(2), instruction_set, ..OpenOptions::default() };
    Model::open(folder.path(), &options).unwrap()
}

fn model() -> Model {
    open(&question_answering_model(&bundled_model()), None)
}

fn characters(text: &str, range: Range<usize>) -> String {
    text.chars().skip(range.start).take(range.end - range.start).collect()
}

#[track_caller]
fn check(found: &[Answer], expected: &[(f32, usize, usize)], context: &str) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (answer, &(score, start, end)) in found.iter().zip(expected) {
        assert_eq!(answer.char_range, start..end, "{found:?} {expected:?}");
        assert!((answer.score - score).abs() <= TOLERANCE * score.max(1.0), "{answer:?} {score}");
        assert_eq!(answer.text, characters(context, start..end));
        assert_eq!(answer.text, context[answer.byte_range.clone()]);
        assert_eq!(answer.is_impossible, answer.text.is_empty());
    }
}

#[test]
fn answers_are_those_of_the_pipeline() {
    let goldens: Goldens =
        serde_json::from_slice(&fs::read(goldens().join("answers.json")).unwrap()).unwrap();
    assert_eq!((goldens.inputs.len(), goldens.cases.len()), (9, 26));
    let questions: Vec<TextInput<'_>> = goldens
        .inputs
        .iter()
        .map(|(question, context)| (question.as_str(), context.as_str()).into())
        .collect();
    for name in ["code_language", "lower_punct"] {
        let folder = question_answering_model(&tokenizer(name));
        for instruction_set in instruction_sets() {
            let model = open(&folder, instruction_set);
            // The first inputs are long: slow kernels have two cases of the others.
            let (first, most_cases) =
                if instruction_set.is_some_and(is_slow) { (2, 2) } else { (0, usize::MAX) };
            let questions = &questions[first..];
            let of_tokenizer = goldens.cases.iter().filter(|case| case.tokenizer == name);
            for case in of_tokenizer.take(most_cases) {
                let found = model.answer(questions, &case.options()).unwrap();
                let windows: Vec<usize> = found.iter().map(|answers| answers.windows).collect();
                assert_eq!(windows, case.windows[first..]);
                for ((found, expected), question) in found.iter().zip(&case.answers[first..]).zip(questions) {
                    check(&found.answers, expected, question.pair.unwrap());
                    assert_eq!(found.truncated, None);
                }
            }
        }
    }
}

#[test]
fn a_question_is_answered_as_alone() {
    let model = model();
    let context = "The crane was built in 1915 of oak and brass, and the storm took it. ".repeat(8);
    let questions: [TextInput<'_>; 3] =
        [("When was it built?", context.as_str()).into(), ("Of what?", "Oak.").into(), ("Who?", "").into()];
    let options = AnswerOptions {
        tokenize: windows(40, 10),
        top_k: 4,
        handle_impossible_answer: true,
        run: RunOptions { batch_tokens: Some(100), ..RunOptions::default() },
        ..AnswerOptions::default()
    };
    let together = model.answer(&questions, &options).unwrap();
    assert!(together[0].windows > 3 && together[1].windows == 1);
    let alone = |question| model.answer(&[question], &options).unwrap().remove(0);
    assert_eq!(questions.map(alone)[..], together[..]);
    assert_eq!(model.answer(&[], &options).unwrap(), []);
}

#[test]
fn there_may_be_no_answer() {
    let model = model();
    let options = AnswerOptions { top_k: 3, ..AnswerOptions::default() };
    for context in ["", "  "] {
        let answer = |options: &AnswerOptions| model.answer(&[("Who?", context).into()], options).unwrap();
        assert_eq!(answer(&options), [Answers { answers: vec![], truncated: None, windows: 1 }]);
        let impossible = answer(&AnswerOptions { handle_impossible_answer: true, ..options.clone() });
        let [Answer { score, is_impossible: true, .. }] = impossible[0].answers[..] else {
            panic!("{impossible:?}")
        };
        assert_eq!(score, 1.0);
    }
}

#[test]
fn long_contexts_are_read_in_windows_cut_or_refused() {
    let model = model();
    let context = "A storm took the crane. ".repeat(60);
    let answer = |tokenize| {
        let options = AnswerOptions { tokenize, ..AnswerOptions::default() };
        model.answer(&[("What did the storm take?", context.as_str()).into()], &options)
    };
    let cut = TokenizeOptions { truncation: Truncation::OnlySecond, windows: None, ..windows(50, 0) };
    let found = answer(cut).unwrap().remove(0);
    assert!(found.windows == 1 && found.truncated.unwrap().removed_tokens[1] > 100);
    let whole = answer(TokenizeOptions::default()).unwrap().remove(0);
    assert!(whole.windows == 1 && whole.truncated.is_none());
    let refused = answer(TokenizeOptions { truncation: Truncation::Error, ..cut }).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLong);
    // Whatever the truncation, it is the context that windows are cut from.
    let read = answer(windows(50, 10)).unwrap();
    assert!(read[0].windows > 5);
    assert_eq!(
        answer(TokenizeOptions { truncation: Truncation::OnlyFirst, ..windows(50, 10) }).unwrap(),
        read
    );
    assert_eq!(AnswerOptions::default().tokenize.max_length, Some(384));
}

#[test]
fn wrong_requests_and_models_are_named() {
    let model = model();
    let refused = |model: &Model, question: TextInput<'_>, options: &AnswerOptions, kind, part: &str| {
        let questions = [("What?", "A crane.").into(), question];
        let error = model.answer(&questions, options).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    let invalid = ErrorKind::InvalidArgument;
    let options = AnswerOptions::default();
    refused(&model, "What?".into(), &options, invalid, "input 1: there is no context");
    refused(&model, ("", "context").into(), &options, invalid, "input 1: the question is empty");
    let fine: TextInput<'_> = ("What?", "A crane.").into();
    refused(&model, fine, &AnswerOptions { top_k: 0, ..options.clone() }, invalid, "top_k is 0");
    let none = AnswerOptions { max_answer_length: 0, ..options.clone() };
    refused(&model, fine, &none, invalid, "max_answer_length is 0");

    let (question, context) = ("what is it ".repeat(10), "it is a crane ".repeat(40));
    let long: TextInput<'_> = (question.as_str(), context.as_str()).into();
    let with = |tokenize| AnswerOptions { tokenize, ..options.clone() };
    refused(
        &model,
        long,
        &with(windows(20, 4)),
        ErrorKind::TooLong,
        "input 1: windows of 20 tokens have no room",
    );
    refused(&model, long, &with(windows(60, 50)), invalid, "input 1: stride is 50");

    let other = |folder: PathBuf| Model::open(folder, &OpenOptions::default()).unwrap();
    let classifier = other(bundled_model());
    refused(&classifier, fine, &options, ErrorKind::Unsupported, "a question answering head");
    refused(&classifier, fine, &options, ErrorKind::Unsupported, "has a sequence classification head");
    let encoder = other(goldens().join("bare_prefix"));
    refused(&encoder, fine, &options, ErrorKind::Unsupported, "has none");
    let without_tokenizer = other(goldens().join("question_answering"));
    refused(&without_tokenizer, fine, &options, ErrorKind::NotFound, "tokenizer.json");
}
