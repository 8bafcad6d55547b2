//! Answers that stand in a text.

use super::call::{self, call};
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::model::deberta_model;
use super::pointers::{self, Output};
use super::run::{self, deberta_run_options};
use super::string::{deberta_string, deberta_text};
use super::tokenized::{deberta_range, deberta_truncated_text};
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::tasks::{Answer, AnswerOptions, Answers};

/// How to answer questions. Set it up with deberta_answer_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_answer_options {
    /// sizeof(deberta_answer_options)
    pub struct_size: usize,
    /// How to tokenize question and context, as a pair, and what becomes of long ones; NULL for windows of 384 tokens
    /// that share 128. Windows are cut from the context whatever the truncation is; the whole question is in each.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// Most answers to return for each question; 0 for 1.
    pub top_k: usize,
    /// Most tokens that an answer may have before it is aligned to words; 0 for 15.
    pub max_answer_length: usize,
    /// 1 if that there is no answer is one of the answers; else 0.
    pub handle_impossible_answer: i32,
    /// 1 for answers that start and end at any token; 0 for answers that grow to the borders of words.
    pub omit_word_alignment: i32,
}

extensible!(deberta_answer_options, size: 48, {
    struct_size: 0, tokenize: 8, run: 16, top_k: 24, max_answer_length: 32, handle_impossible_answer: 40,
    omit_word_alignment: 44,
});

/// One answer.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_answer {
    /// sizeof(deberta_answer)
    pub struct_size: usize,
    /// The part of the context that answers the question, with the space before it where the first token has it; empty
    /// if there is no answer. It lives as long as the answers.
    pub text: deberta_string,
    /// Where it is in the context, in bytes: the first of its places.
    pub byte_range: deberta_range,
    /// The same in Unicode scalar values.
    pub char_range: deberta_range,
    /// The probability of its start in its window, times that of its end, summed over all places and windows where the
    /// same text, in capitals or not, is among the best; so it may exceed 1.
    pub score: f32,
    /// 1 if this says that the context does not answer the question; else 0.
    pub is_impossible: i32,
}

extensible!(deberta_answer, size: 64, {
    struct_size: 0, text: 8, byte_range: 24, char_range: 40, score: 56, is_impossible: 60,
});

impl From<&Answer> for deberta_answer {
    fn from(answer: &Answer) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            text: deberta_string::new(&answer.text),
            byte_range: (&answer.byte_range).into(),
            char_range: (&answer.char_range).into(),
            score: answer.score,
            is_impossible: answer.is_impossible.into(),
        }
    }
}

/// The answers to questions. Owned by the caller, immutable and independent of the model: every function that takes a
/// `const deberta_answers *` may be called from several threads at once on one of them.
pub struct deberta_answers {
    rows: Vec<Answers>,
}

impl deberta_answers {
    fn row(&self, row: usize) -> Result<&Answers> {
        match self.rows.get(row) {
            Some(answers) => Ok(answers),
            None => {
                bail!(InvalidArgument, "row is {row}, but there are answers to {} questions", self.rows.len())
            }
        }
    }
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_answer_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answer_options_init(
    options: *mut deberta_answer_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_answer_options) -> Result<AnswerOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        let defaults = AnswerOptions::default();
        Ok(AnswerOptions {
            tokenize: match options.tokenize.is_null() {
                true => defaults.tokenize,
                false => tokenizer::resolve(options.tokenize)?,
            },
            run: run::resolve(options.run)?,
            top_k: match options.top_k {
                0 => defaults.top_k,
                top_k => top_k,
            },
            max_answer_length: match options.max_answer_length {
                0 => defaults.max_answer_length,
                length => length,
            },
            handle_impossible_answer: enums::flag(
                options.handle_impossible_answer,
                "handle_impossible_answer",
            )?,
            align_to_words: !enums::flag(options.omit_word_alignment, "omit_word_alignment")?,
        })
    }
}

/// Finds the answers to questions in texts, with the model's question answering head. A question is answered the same,
/// bit for bit, as alone.
///
/// @param model      The model. Not NULL.
/// @param questions  The questions as `text`, each with its context as `pair`. Not NULL unless `count` is 0.
/// @param count      Number of questions.
/// @param options    How to answer; NULL for the defaults.
/// @param answers    Where the answers go. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_UNSUPPORTED if the model has no such head, #DEBERTA_STATUS_NOT_FOUND if
///   it has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8 for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for a
///   question that leaves no room in a window, or texts that are longer than the options allow,
///   #DEBERTA_STATUS_INVALID_ARGUMENT also for an empty question and one without context, #DEBERTA_STATUS_CANCELLED,
///   #DEBERTA_STATUS_DEADLINE_EXCEEDED or #DEBERTA_STATUS_OUT_OF_MEMORY.
/// @par Ownership
///   The caller owns the answers and frees them with deberta_answers_free(). They do not depend on the model. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_answer(
    model: *const deberta_model,
    questions: *const deberta_text,
    count: usize,
    options: *const deberta_answer_options,
    answers: *mut *mut deberta_answers,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(answers, "answers")?;
            let options = resolve(options)?;
            let rows = model.answer(&tokenizer::inputs(questions, count)?, &options)?;
            output.set(call::hand_over(deberta_answers { rows }));
            Ok(())
        })
    }
}

/// Number of questions that were answered.
///
/// @param answers  The answers, or NULL.
/// @return Their number; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answers_rows(answers: *const deberta_answers) -> usize {
    // SAFETY: the header's contract.
    unsafe { answers.as_ref() }.map_or(0, |answers| answers.rows.len())
}

/// Number of answers to one question: at most as many as were asked for; 0 if the context has none.
///
/// @param answers  The answers. Not NULL.
/// @param row      The question's index.
/// @param count    Where the number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answers_count(
    answers: *const deberta_answers,
    row: usize,
    count: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let row = pointers::reference(answers, "answers")?.row(row)?;
            Output::new(count, "count")?.set(row.answers.len());
            Ok(())
        })
    }
}

/// Sets up the struct for deberta_answers_answer(): every field 0 but `struct_size`.
///
/// @param answer       The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_answer), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answer_init(
    answer: *mut deberta_answer,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(answer, struct_size, "answer")) }
}

/// One answer to a question.
///
/// @param answers  The answers. Not NULL.
/// @param row      The question's index.
/// @param index    The answer's place, 0 for the one with the highest score.
/// @param answer   A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answers_answer(
    answers: *const deberta_answers,
    row: usize,
    index: usize,
    answer: *mut deberta_answer,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answers = &pointers::reference(answers, "answers")?.row(row)?.answers;
            let output = OutputStruct::new(answer, "answer")?;
            let Some(answer) = answers.get(index) else {
                bail!(InvalidArgument, "index is {index}, but the question has {} answers", answers.len());
            };
            output.set(&answer.into());
            Ok(())
        })
    }
}

/// What was cut off of question and context, if the options say to truncate.
///
/// @param answers    The answers. Not NULL.
/// @param row        The question's index.
/// @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answers_truncation(
    answers: *const deberta_answers,
    row: usize,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let row = pointers::reference(answers, "answers")?.row(row)?;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(row.truncated.as_ref(), 0));
            Ok(())
        })
    }
}

/// The number of windows that a context was read in.
///
/// @param answers  The answers. Not NULL.
/// @param row      The question's index.
/// @param windows  Where their number goes; at least 1. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answers_windows(
    answers: *const deberta_answers,
    row: usize,
    windows: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let row = pointers::reference(answers, "answers")?.row(row)?;
            Output::new(windows, "windows")?.set(row.windows);
            Ok(())
        })
    }
}

/// Frees answers.
///
/// @param answers  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the answers at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_answers_free(answers: *mut deberta_answers) {
    // SAFETY: the header's contract.
    unsafe { call::release(answers) }
}
