//! From texts to any labels.

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
use crate::error::Result;
use crate::tasks::{Classification, WindowMerge, ZeroShot, ZeroShotOptions};

/// How labels become hypotheses, and what their scores mean. Set it up with deberta_zero_shot_options_init(); a field of 0 is
/// the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_zero_shot_options {
    /// sizeof(deberta_zero_shot_options)
    pub struct_size: usize,
    /// How to tokenize each text with a hypothesis, and what becomes of long texts; NULL for the defaults.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// The sentence that holds if the label does, in UTF-8, with `{}` in the label's place; NULL for "This example is {}.".
    pub hypothesis_template: *const c_char,
    /// Number of bytes of `hypothesis_template`.
    pub hypothesis_template_length: usize,
    /// 1 if each label holds or not on its own; 0 if exactly one does, and the scores sum to 1.
    pub multi_label: i32,
    /// A deberta_window_merge: how the windows of a long text become one answer; usually by their mean.
    pub window_merge: i32,
}

extensible!(deberta_zero_shot_options, size: 48, {
    struct_size: 0, tokenize: 8, run: 16, hypothesis_template: 24, hypothesis_template_length: 32, multi_label: 40,
    window_merge: 44,
});

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_zero_shot_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_zero_shot_options_init(
    options: *mut deberta_zero_shot_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_zero_shot_options) -> Result<ZeroShotOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        let template = pointers::optional_text(
            options.hypothesis_template,
            options.hypothesis_template_length,
            "hypothesis_template",
        )?;
        let defaults = ZeroShotOptions::default();
        Ok(ZeroShotOptions {
            hypothesis_template: template.map_or(defaults.hypothesis_template, str::to_owned),
            multi_label: enums::flag(options.multi_label, "multi_label")?,
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
            window_merge: enums::window_merge(options.window_merge, WindowMerge::Mean)?,
        })
    }
}

/// Classifies texts by any labels, with a model that was trained on natural language inference: each label makes a hypothesis,
/// and its score is how surely the text entails it. An answer is the same, bit for bit, as for the text alone.
///
/// @param model            The model. Not NULL.
/// @param texts            The texts, without pairs. Not NULL unless `count` is 0.
/// @param count            Number of texts.
/// @param labels           The labels to choose from, without pairs. Not NULL.
/// @param label_count      Number of labels, at least 1.
/// @param options          How to classify; NULL for the defaults.
/// @param classifications  Where the answers go: their labels are those given here. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT without labels or for a template without exactly one
///   `{}`; #DEBERTA_STATUS_UNSUPPORTED for a model without a label that starts with "entail".
/// @par Ownership
///   The caller owns the answers and frees them with deberta_classifications_free(). They do not depend on the model. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_zero_shot(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    labels: *const deberta_text,
    label_count: usize,
    options: *const deberta_zero_shot_options,
    classifications: *mut *mut deberta_classifications,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(classifications, "classifications")?;
            let options = resolve(options)?;
            let labels = tokenizer::single_texts(labels, label_count, "labels")?;
            let texts = tokenizer::single_texts(texts, count, "texts")?;
            let answers = model.zero_shot(&texts, &labels, &options)?;
            let answers = answers.into_iter().map(|answer| {
                let ZeroShot { logits, scores, ranking, truncated, windows } = answer;
                Classification { logits, scores, ranking, truncated, windows }
            });
            let labels = labels.into_iter().map(str::to_owned).collect();
            output.set(call::hand_over(deberta_classifications { answers: answers.collect(), labels }));
            Ok(())
        })
    }
}
