//! Why a model answers as it does.

use super::call::{self, call};
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::explanation::deberta_explanation;
use super::extensible::{self, extensible};
use super::model::deberta_model;
use super::pointers::{self, Output};
use super::run::{self, deberta_run_options};
use super::string::deberta_text;
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::tasks::ExplainOptions;

/// How to explain. Set it up with deberta_explain_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_explain_options {
    /// sizeof(deberta_explain_options)
    pub struct_size: usize,
    /// How to tokenize; NULL for the defaults. Windows are refused: no token of one attends to those of another.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none. Its progress counts the variants of the text that occlusion reads.
    pub run: *const deberta_run_options,
    /// The label that occlusion explains, by its index. Only with `has_label`.
    pub label: usize,
    /// 1 if `label` is set; 0 for the label with the highest logit.
    pub has_label: i32,
    /// A deberta_relevance: how relevant a token is.
    pub method: i32,
    /// 1 to keep the attention probabilities of every layer; 0 for none.
    pub attentions: i32,
    /// 0.
    pub reserved: i32,
}

extensible!(deberta_explain_options, size: 48, {
    struct_size: 0, tokenize: 8, run: 16, label: 24, has_label: 32, method: 36, attentions: 40, reserved: 44,
});

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_explain_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explain_options_init(
    options: *mut deberta_explain_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_explain_options) -> Result<ExplainOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        if options.reserved != 0 {
            bail!(InvalidArgument, "reserved of options is {}; it must be 0", options.reserved);
        }
        let has_label = enums::flag(options.has_label, "has_label")?;
        if !has_label && options.label != 0 {
            bail!(InvalidArgument, "label is {}, but has_label is 0; set has_label to 1", options.label);
        }
        Ok(ExplainOptions {
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
            method: enums::relevance(options.method)?,
            label: has_label.then_some(options.label),
            attentions: enums::flag(options.attentions, "attentions")?,
        })
    }
}

/// Explains what the model makes of a text: how relevant each token is, and the attention of its layers.
///
/// @param model        The model. Not NULL.
/// @param text         The text. Not NULL.
/// @param options      How to explain; NULL for the defaults.
/// @param explanation  Where the explanation goes. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_NOT_FOUND if the model has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8 for a text
///   that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is longer than the options allow, #DEBERTA_STATUS_OUT_OF_MEMORY
///   for one whose attention takes too much memory; for occlusion #DEBERTA_STATUS_UNSUPPORTED if the model is no sequence
///   classifier or has no `[MASK]`; #DEBERTA_STATUS_CANCELLED, #DEBERTA_STATUS_DEADLINE_EXCEEDED or
///   #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Ownership
///   The caller owns the explanation and frees it with deberta_explanation_free(). It does not depend on the model. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_explain(
    model: *const deberta_model,
    text: *const deberta_text,
    options: *const deberta_explain_options,
    explanation: *mut *mut deberta_explanation,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let text = pointers::reference(text, "text")?.input()?;
            let output = Output::new(explanation, "explanation")?;
            let explained = model.explain(text, &resolve(options)?)?;
            output.set(call::hand_over(deberta_explanation::from(explained)));
            Ok(())
        })
    }
}
