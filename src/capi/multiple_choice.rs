//! Which of several texts goes on from a prompt best.

use std::ffi::c_char;

use super::call::{self, call};
use super::classifications::deberta_classifications;
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, extensible};
use super::model::deberta_model;
use super::pointers::{self, Output};
use super::run::{self, deberta_run_options};
use super::string::deberta_text;
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::tasks::{Choice, ChooseOptions, Classification, WindowMerge};

/// How to choose. Set it up with deberta_choose_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_choose_options {
    /// sizeof(deberta_choose_options)
    pub struct_size: usize,
    /// How to tokenize the pairs of the prompt and a choice, and what becomes of long ones; NULL for the defaults. It
    /// is the prompt that windows are made of, whatever the truncation is.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// A deberta_window_merge: how the windows of a long prompt become one answer; usually by their mean.
    pub window_merge: i32,
    /// 0.
    pub reserved: i32,
}

extensible!(deberta_choose_options, size: 32, {
    struct_size: 0, tokenize: 8, run: 16, window_merge: 24, reserved: 28,
});

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_choose_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_choose_options_init(
    options: *mut deberta_choose_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_choose_options) -> Result<ChooseOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        if options.reserved != 0 {
            bail!(InvalidArgument, "reserved of options is {}; it must be 0", options.reserved);
        }
        Ok(ChooseOptions {
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
            window_merge: enums::window_merge(options.window_merge, WindowMerge::Mean)?,
        })
    }
}

/// Chooses among texts that may follow a prompt, with the model's multiple choice head. The raw score of a choice is
/// the same, bit for bit, whatever the others are.
///
/// @param model            The model. Not NULL.
/// @param prompt           The prompt, in UTF-8. Not NULL unless `prompt_length` is 0.
/// @param prompt_length    Number of bytes of `prompt`.
/// @param choices          The choices, without pairs. Not NULL.
/// @param count            Number of choices, at least 1.
/// @param options          How to choose; NULL for the defaults.
/// @param classifications  Where the answer goes: one row, whose labels are the choices, and whose scores are
///   probabilities that sum to 1. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT without choices.
/// @par Ownership
///   The caller owns the answer and frees it with deberta_classifications_free(). It does not depend on the model. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_choose(
    model: *const deberta_model,
    prompt: *const c_char,
    prompt_length: usize,
    choices: *const deberta_text,
    count: usize,
    options: *const deberta_choose_options,
    classifications: *mut *mut deberta_classifications,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(classifications, "classifications")?;
            let options = resolve(options)?;
            let prompt = pointers::text(prompt, prompt_length, "prompt")?;
            let choices = tokenizer::single_texts(choices, count, "choices")?;
            let Choice { logits, scores, ranking, truncated, windows } =
                model.choose(prompt, &choices, &options)?;
            let answers = vec![Classification { logits, scores, ranking, truncated, windows }];
            let labels = choices.into_iter().map(str::to_owned).collect();
            output.set(call::hand_over(deberta_classifications { answers, labels }));
            Ok(())
        })
    }
}
