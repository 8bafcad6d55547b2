//! Tasks: requests of every kind with any options and limits, and all that can be asked of their results.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Choice, Claim, Few, Flag, Limit, Nulls, Pick, Text};
use super::contract::{ARGUMENT, ArrayFunction, ErrorOutput, Slot, array, call, handle, string};
use super::session::Session;
use super::structs::{Claimed, StructBuffer};
use super::tokens::{TextBytes, TextOrPair, TokenizeOptions};

use deberta_status::{
    Cancelled, DeadlineExceeded, InvalidArgument, InvalidTokenizer, InvalidUtf8, NotFound, TooLong,
    Unsupported,
};

/// The statuses that tasks can fail with.
pub const TASK: &[deberta_status] = &[
    InvalidArgument,
    TooLong,
    Unsupported,
    NotFound,
    InvalidUtf8,
    InvalidTokenizer,
    Cancelled,
    DeadlineExceeded,
];

/// Beyond the rows, places and items of any result.
const BEYOND: usize = 1 << 20;

/// Limits of a call.
#[derive(Debug, Arbitrary)]
pub struct Limits {
    timeout: Limit,
    cancellation: Option<Flag>,
    /// The callback ends the call at this report.
    last_report: u8,
    batch_tokens: Limit,
    claimed: Claimed,
}

/// What lives as long as the call that has the limits.
pub struct LimitsOfCall {
    cancellation: *mut deberta_cancellation,
    /// In memory that stays where it is.
    _reports: Box<Cell<u8>>,
    options: StructBuffer,
}

unsafe extern "C" fn report(user_data: *mut c_void, texts: usize, total_texts: usize) -> i32 {
    // SAFETY: it is the count of the limits, which outlive the call.
    let left = unsafe { &*user_data.cast::<Cell<u8>>() };
    assert!(texts <= total_texts, "{texts} of {total_texts} texts");
    left.set(left.get().saturating_sub(1));
    i32::from(left.get() == 0)
}

impl Limits {
    pub fn of_call(&self) -> LimitsOfCall {
        let mut cancellation = ptr::null_mut();
        if let Some(cancelled) = self.cancellation {
            // SAFETY: every pointer is NULL or valid.
            unsafe {
                assert_eq!(deberta_cancellation_new(&mut cancellation, ptr::null_mut()), deberta_status::Ok);
                if cancelled.0 == 1 {
                    let status = deberta_cancellation_cancel(cancellation, ptr::null_mut());
                    assert_eq!(status, deberta_status::Ok);
                }
                let is_cancelled = deberta_cancellation_is_cancelled(cancellation);
                assert_eq!(is_cancelled == 1, cancelled.0 == 1);
            }
        }
        let reports = Box::new(Cell::new(self.last_report));
        let options = deberta_run_options {
            struct_size: 0,
            timeout_milliseconds: self.timeout.0 as u64,
            cancellation,
            run_callback: (self.last_report > 0).then_some(report),
            run_callback_data: ptr::from_ref(&*reports).cast_mut().cast(),
            batch_tokens: self.batch_tokens.0,
        };
        LimitsOfCall {
            cancellation,
            _reports: reports,
            options: StructBuffer::options(&options, self.claimed),
        }
    }
}

impl LimitsOfCall {
    pub fn pointer(&self) -> *const deberta_run_options {
        self.options.pointer()
    }
}

impl Drop for LimitsOfCall {
    fn drop(&mut self) {
        // SAFETY: NULL, or made by `of_call` and freed once.
        unsafe { deberta_cancellation_free(self.cancellation) }
    }
}

/// What the options of every task begin with.
#[derive(Debug, Arbitrary)]
pub struct Shared {
    tokenize: Option<TokenizeOptions>,
    limits: Option<Limits>,
    claimed: Claimed,
}

/// Its structs for C.
pub struct SharedOfCall {
    tokenize: Option<StructBuffer>,
    limits: Option<LimitsOfCall>,
    pub claimed: Claimed,
}

impl Shared {
    pub fn of_call(&self) -> SharedOfCall {
        SharedOfCall {
            tokenize: self.tokenize.as_ref().map(TokenizeOptions::buffer),
            limits: self.limits.as_ref().map(Limits::of_call),
            claimed: self.claimed,
        }
    }
}

impl SharedOfCall {
    pub fn tokenize(&self) -> *const deberta_tokenize_options {
        self.tokenize.as_ref().map_or(ptr::null(), |options| options.pointer())
    }

    pub fn run(&self) -> *const deberta_run_options {
        self.limits.as_ref().map_or(ptr::null(), LimitsOfCall::pointer)
    }
}

/// Texts as arrays for C.
#[derive(Debug, Arbitrary)]
pub struct Texts<const MOST: usize> {
    texts: Few<TextOrPair, MOST>,
    claimed: Claim,
}

/// The array, and the bytes that it points to.
pub struct TextsOfCall {
    pub bytes: Vec<TextBytes>,
    array: Box<[deberta_text]>,
    pub count: usize,
}

impl<const MOST: usize> Texts<MOST> {
    pub fn of_call(&self) -> TextsOfCall {
        let bytes: Vec<TextBytes> = self.texts.0.iter().map(TextOrPair::bytes).collect();
        let array: Box<[deberta_text]> = bytes.iter().map(TextBytes::c_text).collect();
        let count = self.claimed.of(array.len());
        TextsOfCall { bytes, array, count }
    }
}

impl TextsOfCall {
    /// The array, or NULL.
    pub fn pointer(&self, nulls: Nulls, bit: u32) -> *const deberta_text {
        nulls.or(bit, self.array.as_ptr())
    }

    pub fn are_valid(&self) -> bool {
        self.bytes.iter().all(TextBytes::is_valid)
    }
}

/// A request to a model: the texts, a query or prompt or template, and labels, documents or choices.
#[derive(Debug, Arbitrary)]
pub struct Task {
    pick: Pick,
    texts: Texts<2>,
    others: Texts<3>,
    text: Text,
    text_claimed: Claim,
    shared: Shared,
    choices: [Choice; 2],
    flag: Flag,
    number: Limit,
    nulls: Nulls,
}

/// The arguments of a request for C.
pub struct TaskOfCall {
    pub model: *const deberta_model,
    pub texts: TextsOfCall,
    pub others: TextsOfCall,
    pub text: Box<[u8]>,
    pub text_length: usize,
    pub shared: SharedOfCall,
}

impl Task {
    pub fn of_call(&self, session: &Session) -> TaskOfCall {
        let text = self.text.bytes();
        let text_length = self.text_claimed.of_bytes(text.len());
        TaskOfCall {
            model: session.models.pick(self.pick),
            texts: self.texts.of_call(),
            others: self.others.of_call(),
            text,
            text_length,
            shared: self.shared.of_call(),
        }
    }

    pub fn classify(self, session: &mut Session) {
        let TaskOfCall { model, texts, shared, .. } = self.of_call(session);
        let options = deberta_classify_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            score_function: self.choices[0].0,
            window_merge: self.choices[1].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let answers = handle(session, self.nulls, TASK, |answers, error| {
            let texts_pointer = texts.pointer(self.nulls, 2);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_classify(model, texts_pointer, texts.count, options.pointer(), answers, error)
            }
        });
        let Some(answers) = answers else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was classified");
        // SAFETY: answers that are alive.
        assert_eq!(unsafe { deberta_classifications_rows(answers) }, texts.count);
        session.classifications.own(answers);
    }

    pub fn zero_shot(self, session: &mut Session) {
        let TaskOfCall { model, texts, others, text, text_length, shared } = self.of_call(session);
        // Mostly a template that has a slot.
        let template: &[u8] = if self.nulls.has(5) { &text } else { b"It is {}." };
        let options = deberta_zero_shot_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            hypothesis_template: template.as_ptr().cast(),
            hypothesis_template_length: if self.nulls.has(5) { text_length } else { template.len() },
            multi_label: self.flag.0,
            window_merge: self.choices[0].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let answers = handle(session, self.nulls, TASK, |answers, error| {
            let (texts_pointer, labels) = (texts.pointer(self.nulls, 2), others.pointer(self.nulls, 3));
            let (count, label_count, options) = (texts.count, others.count, options.pointer());
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_zero_shot(
                    model,
                    texts_pointer,
                    count,
                    labels,
                    label_count,
                    options,
                    answers,
                    error,
                )
            }
        });
        let Some(answers) = answers else { return };
        assert!(texts.are_valid() && others.are_valid() && others.count > 0);
        // SAFETY: answers that are alive.
        assert_eq!(unsafe { deberta_classifications_rows(answers) }, texts.count);
        session.classifications.own(answers);
    }

    pub fn rank(self, session: &mut Session) {
        let TaskOfCall { model, others, text, text_length, shared, .. } = self.of_call(session);
        let options = deberta_rank_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            top_k: self.number.0,
            score_function: self.choices[0].0,
            window_merge: self.choices[1].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let ranking = handle(session, self.nulls, TASK, |ranking, error| {
            let (query, documents) = (self.nulls.or(2, text.as_ptr().cast()), others.pointer(self.nulls, 3));
            let (count, options) = (others.count, options.pointer());
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_rank(model, query, text_length, documents, count, options, ranking, error)
            }
        });
        let Some(ranking) = ranking else { return };
        assert!(others.are_valid(), "a text that is not UTF-8 was ranked");
        let places = array_of(session, self.nulls, ranking, deberta_ranking_documents, |&document| {
            document < others.count
        });
        array_of(session, self.nulls, ranking, deberta_ranking_scores, |score| score.is_finite());
        array_of(session, self.nulls, ranking, deberta_ranking_logits, |logit| logit.is_finite());
        for place in [0, places.saturating_sub(1), places, BEYOND] {
            number_at(session, self.nulls, place < places, |value, error| {
                // SAFETY: every pointer is NULL or valid.
                unsafe { deberta_ranking_windows(ranking, place, value, error) }
            });
            truncation_at(session, place < places, |value, error| {
                // SAFETY: every pointer is NULL or valid.
                unsafe { deberta_ranking_truncation(ranking, place, value, error) }
            });
        }
        // SAFETY: it is freed once.
        unsafe { deberta_ranking_free(ranking) }
    }
}

/// Reads an array of a result, checks its values, and returns its length, which is that without NULLs.
pub fn array_of<H, T: Copy + 'static>(
    session: &mut Session,
    nulls: Nulls,
    owner: *const H,
    function: ArrayFunction<H, T>,
    is_valid: impl Fn(&T) -> bool,
) -> usize {
    for nulls in [nulls, Nulls(0)] {
        let values = array(session, nulls, |values, length, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { function(owner, values, length, error) }
        });
        if let Some(values) = values {
            assert!(values.iter().all(&is_valid), "a value that cannot be");
            return values.len();
        }
    }
    panic!("an array that exists was refused")
}

/// Reads a number that is at least 1 where there is one.
pub fn number_at(
    session: &mut Session,
    nulls: Nulls,
    exists: bool,
    function: impl FnOnce(*mut usize, ErrorOutput) -> deberta_status,
) {
    let mut slot = Slot::<usize>::new();
    let output = slot.pointer(nulls, 1);
    let value = slot.result(call(session, nulls, ARGUMENT, |error| function(output, error)));
    assert_eq!(value.is_some(), exists && !nulls.has(1));
    assert!(value.is_none_or(|value| value > 0));
}

/// Reads what was cut off, where there is a text.
pub fn truncation_at(
    session: &mut Session,
    exists: bool,
    function: impl FnOnce(*mut deberta_truncated_text, ErrorOutput) -> deberta_status,
) {
    let truncated: Option<deberta_truncated_text> = item_at(session, exists, function);
    if let Some(truncated) = truncated {
        let removed: usize = truncated.removed_tokens.iter().sum();
        assert!(truncated.total_tokens >= removed, "{removed} tokens of {}", truncated.total_tokens);
    }
}

/// Reads a struct with its true size, where there is one.
pub fn item_at<T: Copy>(
    session: &mut Session,
    exists: bool,
    function: impl FnOnce(*mut T, ErrorOutput) -> deberta_status,
) -> Option<T> {
    let item = super::structs::filled(session, Nulls(0), Claimed::true_size(), function);
    assert_eq!(item.is_some(), exists);
    item
}

/// Reads a string, where there is one.
pub fn string_at(
    session: &mut Session,
    exists: bool,
    function: impl FnOnce(*mut deberta_string, ErrorOutput) -> deberta_status,
) {
    let mut slot = Slot::<deberta_string>::new();
    let output = slot.pointer(Nulls(0), 1);
    let text = slot.result(call(session, Nulls(0), ARGUMENT, |error| function(output, error)));
    assert_eq!(text.is_some(), exists);
    text.into_iter().for_each(|text| {
        string(text);
    });
}

/// A cancellation's whole life.
#[derive(Debug, Arbitrary)]
pub struct CancellationLife {
    nulls: Nulls,
}

impl CancellationLife {
    pub fn perform(self, session: &mut Session) {
        let cancellation = handle(session, self.nulls, ARGUMENT, |cancellation, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_cancellation_new(cancellation, error) }
        });
        let pointer = cancellation.unwrap_or(ptr::null_mut());
        let status = call(session, self.nulls, ARGUMENT, |error| {
            // SAFETY: NULL, or a cancellation that is alive.
            unsafe { deberta_cancellation_cancel(pointer, error) }
        });
        assert_eq!(status == deberta_status::Ok, !pointer.is_null());
        // SAFETY: NULL, or a cancellation that is alive, freed once.
        unsafe {
            let is_cancelled = deberta_cancellation_is_cancelled(pointer);
            assert_eq!(is_cancelled == 1, !pointer.is_null());
            deberta_cancellation_free(pointer);
        }
    }
}
