//! Tagging through C: the bits of the Rust types, and what only C can do wrong.

use std::ptr;

use deberta::capi::*;
use deberta::{
    Aggregation, Entity, ErrorKind, Model, OpenOptions, RunOptions, TagOptions, Tagged, TokenizeOptions,
    Truncation, WindowOptions,
};

use crate::api::{Api, Outcome};
use crate::c_api::{CApi, c_tokenize_options};
use crate::c_call::{Handle, c_text, check, handle, init, string};
use crate::c_misuse::{bundled, refused};
use crate::common::bundled_tagger;
use crate::task_call::{c_texts, lengths};

const LABELS: [&str; 19] = [
    "I-ORG", "B-LOC", "B-PER", "3", "4", "I-LOC", "I-PER", "7", "B-ORG", "9", "10", "11", "12", "13", "14",
    "15", "DATE", "O", "18",
];

fn c_aggregation(aggregation: Aggregation) -> i32 {
    let c = match aggregation {
        Aggregation::None => deberta_aggregation::None,
        Aggregation::Simple => deberta_aggregation::Simple,
        Aggregation::First => deberta_aggregation::First,
        Aggregation::Average => deberta_aggregation::Average,
        Aggregation::Max => deberta_aggregation::Max,
        _ => unreachable!(),
    };
    c as i32
}

fn default_options() -> deberta_tag_options {
    // SAFETY: the struct is valid where it is written.
    unsafe { init!(deberta_tag_options, deberta_tag_options_init) }
}

unsafe fn entity(tagged: *const deberta_tagged, row: usize, index: usize) -> Entity {
    // SAFETY: the caller's handle is live.
    unsafe {
        let mut entity = init!(deberta_entity, deberta_entity_init);
        check(|error| deberta_tagged_entity(tagged, row, index, &mut entity, error)).unwrap();
        assert_eq!((entity.struct_size, entity.reserved), (size_of::<deberta_entity>(), 0));
        Entity {
            label: string(entity.label),
            score: entity.score,
            byte_range: entity.byte_range.start..entity.byte_range.end,
            char_range: entity.char_range.start..entity.char_range.end,
            tokens: entity.tokens.start..entity.tokens.end,
            word: string(entity.word),
        }
    }
}

fn tagged(
    model: &Handle<deberta_model>,
    texts: &[deberta_text],
    options: *const deberta_tag_options,
) -> Outcome<Handle<deberta_tagged>> {
    // SAFETY: everything is alive during the call.
    handle(deberta_tagged_free, |tagged, error| unsafe {
        deberta_model_tag(model.pointer, texts.as_ptr(), texts.len(), options, tagged, error)
    })
}

fn tag(model: &Handle<deberta_model>, texts: &[&str], options: &TagOptions) -> Outcome<Vec<Tagged>> {
    let texts = c_texts(texts);
    let ignored = c_texts(&options.ignored_labels);
    let tokenize = c_tokenize_options(&options.tokenize);
    let c_options = deberta_tag_options {
        tokenize: &tokenize,
        ignored_labels: ignored.as_ptr(),
        ignored_label_count: ignored.len(),
        aggregation: c_aggregation(options.aggregation),
        ..default_options()
    };
    let tagged = tagged(model, &texts, &c_options)?;
    let t = tagged.pointer.cast_const();
    // SAFETY: the handle is live.
    let answer = |row| unsafe {
        let mut count = 0;
        check(|error| deberta_tagged_entity_count(t, row, &mut count, error)).unwrap();
        let (truncated, windows) = lengths(
            |report, error| deberta_tagged_truncation(t, row, report, error),
            |windows, error| deberta_tagged_windows(t, row, windows, error),
        );
        Tagged { entities: (0..count).map(|index| entity(t, row, index)).collect(), truncated, windows }
    };
    // SAFETY: the handle is live.
    Ok((0..unsafe { deberta_tagged_rows(t) }).map(answer).collect())
}

#[test]
fn answers_have_the_same_bits() {
    let folder = bundled_tagger(&LABELS);
    let options = OpenOptions { threads: Some(2), ..OpenOptions::default() };
    let (rust, c) =
        (Model::open(folder.path(), &options).unwrap(), CApi::open(folder.path(), &options).unwrap());
    let long = "Angela Merkel met\nEmmanuel Macron in 東京 😀, ".repeat(9);
    let texts = ["Angela Merkel met Emmanuel Macron.", "", "a\0b\n  é ", long.as_str()];
    let limit = |truncation, windows| TokenizeOptions {
        max_length: Some(24),
        truncation,
        windows,
        ..TokenizeOptions::default()
    };
    let tokenizations = [
        TokenizeOptions::default(),
        limit(Truncation::LongestFirst, None),
        limit(Truncation::Error, Some(WindowOptions { stride: 7 })),
    ];
    for tokenize in tokenizations {
        for aggregation in [
            Aggregation::None,
            Aggregation::Simple,
            Aggregation::First,
            Aggregation::Average,
            Aggregation::Max,
        ] {
            for ignored_labels in [vec!["O".to_owned()], Vec::new(), vec!["PER".into(), "B-PER".into()]] {
                let run = RunOptions::default();
                let options = TagOptions { tokenize, run, aggregation, ignored_labels };
                let expected = rust.tag(&texts, &options).unwrap();
                assert_eq!(tag(&c, &texts, &options).unwrap(), expected);
            }
        }
    }
    // NULL stands for the defaults.
    let answers = tagged(&c, &[c_text(texts[0].into())], ptr::null()).unwrap();
    let expected = rust.tag(&texts[..1], &TagOptions::default()).unwrap();
    // SAFETY: the handle is live.
    assert_eq!(unsafe { entity(answers.pointer, 0, 0) }, expected[0].entities[0]);
}

#[test]
fn wrong_requests_are_refused() {
    let folder = bundled_tagger(&LABELS);
    let model = CApi::open(folder.path(), &OpenOptions::default()).unwrap();
    let invalid = ErrorKind::InvalidArgument;
    let text = c_text("text".into());
    let options = |change: &dyn Fn(&mut deberta_tag_options)| {
        let mut options = default_options();
        change(&mut options);
        tagged(&model, &[text], &options)
    };
    refused(options(&|o| o.aggregation = 5), invalid, "aggregation is 5");
    refused(options(&|o| o.aggregation = -1), invalid, "aggregation is -1");
    refused(options(&|o| o.reserved = 7), invalid, "reserved of options is 7");
    refused(options(&|o| o.struct_size = 47), invalid, "struct_size of deberta_tag_options is 47");
    refused(options(&|o| o.ignored_label_count = 1), invalid, "ignored_labels is NULL");
    let wrong = [text, c_text(("a", "b").into())];
    let two = |o: &mut deberta_tag_options| {
        (o.ignored_labels, o.ignored_label_count) = (wrong.as_ptr(), 2);
    };
    refused(options(&two), invalid, "ignored_labels[1] has a pair");
    refused(tagged(&model, &wrong, ptr::null()), invalid, "texts[1] has a pair");
    let bytes = deberta_text { text: c"\xff".as_ptr(), text_length: 1, ..deberta_text::default() };
    refused(
        tagged(&model, &[text, bytes], ptr::null()),
        ErrorKind::InvalidUtf8,
        "texts[1]: text is not UTF-8",
    );
    // A shorter struct is completed with the defaults.
    options(&|o| (o.struct_size, o.aggregation) = (24, 99)).unwrap();
    refused(tagged(&bundled(), &[text], ptr::null()), ErrorKind::Unsupported, "token classification head");
}

#[test]
fn null_and_what_is_not_there_are_refused() {
    let folder = bundled_tagger(&LABELS);
    let model = CApi::open(folder.path(), &OpenOptions::default()).unwrap();
    let text = c_text("text".into());
    let answers = tagged(&model, &[text], ptr::null()).unwrap();
    let (m, t) = (model.pointer.cast_const(), answers.pointer.cast_const());
    let (mut out, mut count) = (ptr::null_mut(), 77);
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let mut entity = init!(deberta_entity, deberta_entity_init);
        let mut report = init!(deberta_truncated_text, deberta_truncated_text_init);
        let (no_model, none) = (ptr::null(), ptr::null());
        let outcomes = [
            (check(|e| deberta_tag_options_init(ptr::null_mut(), 48, e)), "options"),
            (check(|e| deberta_entity_init(ptr::null_mut(), 96, e)), "entity"),
            (check(|e| deberta_model_tag(no_model, &text, 1, ptr::null(), &mut out, e)), "model"),
            (check(|e| deberta_model_tag(m, ptr::null(), 1, ptr::null(), &mut out, e)), "texts"),
            (check(|e| deberta_model_tag(m, &text, 1, ptr::null(), ptr::null_mut(), e)), "tagged"),
            (check(|e| deberta_tagged_entity_count(none, 0, &mut count, e)), "tagged"),
            (check(|e| deberta_tagged_entity_count(t, 0, ptr::null_mut(), e)), "count"),
            (check(|e| deberta_tagged_entity(none, 0, 0, &mut entity, e)), "tagged"),
            (check(|e| deberta_tagged_entity(t, 0, 0, ptr::null_mut(), e)), "entity"),
            (check(|e| deberta_tagged_windows(none, 0, &mut count, e)), "tagged"),
            (check(|e| deberta_tagged_windows(t, 0, ptr::null_mut(), e)), "windows"),
            (check(|e| deberta_tagged_truncation(none, 0, &mut report, e)), "tagged"),
            (check(|e| deberta_tagged_truncation(t, 0, ptr::null_mut(), e)), "truncated"),
        ];
        for (outcome, name) in outcomes {
            refused(outcome, ErrorKind::InvalidArgument, &format!("{name} is NULL"));
        }
        let beyond = [
            check(|e| deberta_tagged_entity_count(t, 1, &mut count, e)),
            check(|e| deberta_tagged_windows(t, 1, &mut count, e)),
            check(|e| deberta_tagged_truncation(t, 1, &mut report, e)),
            check(|e| deberta_tagged_entity(t, 1, 0, &mut entity, e)),
        ];
        for outcome in beyond {
            refused(outcome, ErrorKind::InvalidArgument, "row is 1, but 1 texts");
        }
        let index = check(|e| deberta_tagged_entity(t, 0, 1000, &mut entity, e));
        refused(index, ErrorKind::InvalidArgument, "index is 1000");
        assert!(out.is_null() && count == 77 && entity.label.length == 0);
        check(|e| deberta_model_tag(m, ptr::null(), 0, ptr::null(), &mut out, e)).unwrap();
        assert_eq!((deberta_tagged_rows(out), deberta_tagged_rows(ptr::null())), (0, 0));
        deberta_tagged_free(out);
        deberta_tagged_free(ptr::null_mut());
    }
}
