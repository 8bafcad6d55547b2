//! Question answering in C: the answers of the Rust type, bit for bit, and what only C can do wrong.

use std::ops::Range;
use std::ptr;

use deberta::capi::*;
use deberta::{
    Answer, AnswerOptions, Answers, ErrorKind, Model, OpenOptions, TextInput, TokenizeOptions, Truncation,
    WindowOptions,
};

use crate::api::{Api, Outcome};
use crate::c_api::{CApi, c_tokenize_options, truncated};
use crate::c_call::{Handle, c_text, check, handle, init, string};
use crate::c_misuse::{bundled, refused};
use crate::common::{bundled_model, question_answering_model};

const CONTEXT: &str = "The crane was built in 1915, naïve or not 😀, of oak and brass. OAK AND brass again.";

fn open_options() -> OpenOptions {
    OpenOptions { threads: Some(2), ..OpenOptions::default() }
}

fn open() -> Handle<deberta_model> {
    CApi::open(question_answering_model(&bundled_model()).path(), &open_options()).unwrap()
}

fn answer(
    model: &Handle<deberta_model>,
    questions: &[TextInput<'_>],
    options: Option<&deberta_answer_options>,
) -> Outcome<Handle<deberta_answers>> {
    let questions: Vec<deberta_text> = questions.iter().map(|question| c_text(*question)).collect();
    let options = options.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: everything is alive during the call.
    handle(deberta_answers_free, |answers, error| unsafe {
        deberta_model_answer(model.pointer, questions.as_ptr(), questions.len(), options, answers, error)
    })
}

fn range(range: deberta_range) -> Range<usize> {
    range.start..range.end
}

/// All that the handle has.
fn rows(answers: &Handle<deberta_answers>) -> Vec<Answers> {
    let answers = answers.pointer;
    // SAFETY: the handle is live.
    unsafe {
        let number = |call: unsafe extern "C" fn(_, _, _, _) -> _, row| {
            let mut number = usize::MAX;
            check(|error| call(answers.cast_const(), row, &raw mut number, error)).unwrap();
            number
        };
        let one = |row, index| {
            let mut answer = init!(deberta_answer, deberta_answer_init);
            check(|error| deberta_answers_answer(answers, row, index, &mut answer, error)).unwrap();
            Answer {
                text: string(answer.text),
                score: answer.score,
                byte_range: range(answer.byte_range),
                char_range: range(answer.char_range),
                is_impossible: answer.is_impossible == 1,
            }
        };
        let row = |row| Answers {
            answers: (0..number(deberta_answers_count, row)).map(|index| one(row, index)).collect(),
            truncated: truncated(|report, error| deberta_answers_truncation(answers, row, report, error)),
            windows: number(deberta_answers_windows, row),
        };
        (0..deberta_answers_rows(answers)).map(row).collect()
    }
}

#[test]
fn the_answers_are_those_of_rust() {
    let folder = question_answering_model(&bundled_model());
    let rust = Model::open(folder.path(), &open_options()).unwrap();
    let c = CApi::open(folder.path(), &open_options()).unwrap();
    let long = CONTEXT.repeat(6);
    let questions: [TextInput<'_>; 3] =
        [("When?", CONTEXT).into(), ("Of\0what?", long.as_str()).into(), ("Who?", "").into()];
    let defaults = rust.answer(&questions, &AnswerOptions::default()).unwrap();
    assert_eq!(rows(&answer(&c, &questions, None).unwrap()), defaults);
    // SAFETY: the struct is valid where it is written.
    let mut options = unsafe { init!(deberta_answer_options, deberta_answer_options_init) };
    assert_eq!(rows(&answer(&c, &questions, Some(&options)).unwrap()), defaults);
    assert!(rows(&answer(&c, &[], None).unwrap()).is_empty());

    let windows = TokenizeOptions {
        max_length: Some(40),
        windows: Some(WindowOptions { stride: 12 }),
        ..TokenizeOptions::default()
    };
    let cut = TokenizeOptions { truncation: Truncation::OnlySecond, windows: None, ..windows };
    for tokenize in [windows, cut] {
        let c_tokenize = c_tokenize_options(&tokenize);
        (options.tokenize, options.top_k, options.max_answer_length) = (&c_tokenize, 4, 7);
        for (impossible, align) in [(false, true), (true, false)] {
            (options.handle_impossible_answer, options.omit_word_alignment) =
                (impossible.into(), (!align).into());
            let rust_options = AnswerOptions {
                tokenize,
                top_k: 4,
                max_answer_length: 7,
                handle_impossible_answer: impossible,
                align_to_words: align,
                ..AnswerOptions::default()
            };
            let expected = rust.answer(&questions, &rust_options).unwrap();
            assert_eq!(rows(&answer(&c, &questions, Some(&options)).unwrap()), expected);
            assert_eq!(
                (expected[1].windows > 1, expected[1].truncated.is_some()),
                match tokenize.windows {
                    Some(_) => (true, false),
                    None => (false, true),
                }
            );
        }
    }
}

#[test]
fn answers_outlive_the_model() {
    let answers = answer(&open(), &[("When?", CONTEXT).into()], None).unwrap();
    let [Answers { answers: found, windows: 1, truncated: None }] = &rows(&answers)[..] else { panic!() };
    assert!(CONTEXT.contains(&found[0].text));
}

#[test]
fn wrong_questions_options_and_models_are_refused() {
    let model = open();
    let invalid = ErrorKind::InvalidArgument;
    refused(answer(&model, &["When?".into()], None), invalid, "input 0: there is no context");
    refused(answer(&model, &[("", "text").into()], None), invalid, "input 0: the question is empty");
    refused(answer(&bundled(), &[("a", "b").into()], None), ErrorKind::Unsupported, "question answering");
    let long = "what is it ".repeat(200);
    refused(answer(&model, &[(long.as_str(), long.as_str()).into()], None), ErrorKind::TooLong, "no room");
    let question = [("When?", CONTEXT).into()];
    // SAFETY: the structs are valid where they are written.
    unsafe {
        let mut options = init!(deberta_answer_options, deberta_answer_options_init);
        options.handle_impossible_answer = 2;
        refused(answer(&model, &question, Some(&options)), invalid, "handle_impossible_answer is 2");
        (options.handle_impossible_answer, options.omit_word_alignment) = (1, -1);
        refused(answer(&model, &question, Some(&options)), invalid, "omit_word_alignment is -1");
        options = deberta_answer_options { struct_size: 47, omit_word_alignment: 0, ..options };
        refused(
            answer(&model, &question, Some(&options)),
            invalid,
            "struct_size of deberta_answer_options is 47",
        );
        let mut tokenize = init!(deberta_tokenize_options, deberta_tokenize_options_init);
        (tokenize.max_length, tokenize.windows, tokenize.stride) = (20, 1, 19);
        options = deberta_answer_options { struct_size: 48, tokenize: &tokenize, ..options };
        refused(answer(&model, &question, Some(&options)), invalid, "stride is 19");
        let bad = deberta_text { pair: b"\xff".as_ptr().cast(), pair_length: 1, ..c_text("When?".into()) };
        let mut answers = ptr::null_mut();
        let outcome = check(|e| deberta_model_answer(model.pointer, &bad, 1, ptr::null(), &mut answers, e));
        refused(outcome, ErrorKind::InvalidUtf8, "pair is not UTF-8");
        assert!(answers.is_null());
    }
}

#[test]
fn null_and_what_is_not_there_are_refused() {
    #[track_caller]
    fn null(outcome: Outcome<()>, name: &str) {
        refused(outcome, ErrorKind::InvalidArgument, &format!("{name} is NULL"));
    }
    let model = open();
    let answers = answer(&model, &[("When?", CONTEXT).into()], None).unwrap();
    let question = c_text(("When?", CONTEXT).into());
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let (m, a, none) = (model.pointer, answers.pointer, ptr::null());
        let mut made = ptr::null_mut();
        null(check(|e| deberta_model_answer(ptr::null(), &question, 1, none, &mut made, e)), "model");
        null(check(|e| deberta_model_answer(m, ptr::null(), 1, none, &mut made, e)), "texts");
        null(check(|e| deberta_model_answer(m, &question, 1, none, ptr::null_mut(), e)), "answers");
        null(check(|e| deberta_answer_options_init(ptr::null_mut(), 48, e)), "options");
        null(check(|e| deberta_answer_init(ptr::null_mut(), 64, e)), "answer");
        assert!(made.is_null());

        let mut number = 77;
        for function in [deberta_answers_count, deberta_answers_windows] {
            null(check(|e| function(ptr::null(), 0, &mut number, e)), "answers");
            refused(check(|e| function(a, 1, &mut number, e)), ErrorKind::InvalidArgument, "row is 1, but");
        }
        null(check(|e| deberta_answers_count(a, 0, ptr::null_mut(), e)), "count");
        null(check(|e| deberta_answers_windows(a, 0, ptr::null_mut(), e)), "windows");
        assert_eq!(number, 77);
        let mut found = init!(deberta_answer, deberta_answer_init);
        null(check(|e| deberta_answers_answer(ptr::null(), 0, 0, &mut found, e)), "answers");
        null(check(|e| deberta_answers_answer(a, 0, 0, ptr::null_mut(), e)), "answer");
        for (row, index, part) in [(1, 0, "row is 1, but"), (0, 1, "index is 1, but")] {
            let outcome = check(|e| deberta_answers_answer(a, row, index, &mut found, e));
            refused(outcome, ErrorKind::InvalidArgument, part);
        }
        assert!(found.text.data.is_null());
        let mut report = init!(deberta_truncated_text, deberta_truncated_text_init);
        null(check(|e| deberta_answers_truncation(ptr::null(), 0, &mut report, e)), "answers");
        null(check(|e| deberta_answers_truncation(a, 0, ptr::null_mut(), e)), "truncated");
        assert_eq!(deberta_answers_rows(ptr::null()), 0);
        deberta_answers_free(ptr::null_mut());
    }
}
