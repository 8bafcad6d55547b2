//! From texts to the labels that a classifier was trained for.

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
use crate::tasks::{ClassifyOptions, WindowMerge};

/// How to classify. Set it up with deberta_classify_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_classify_options {
    /// sizeof(deberta_classify_options)
    pub struct_size: usize,
    /// How to tokenize, and what becomes of long texts; NULL for the defaults.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// A deberta_score_function: what is made of the logits. The configuration's is softmax over the labels; for
    /// #DEBERTA_PROBLEM_TYPE_MULTI_LABEL each label's sigmoid; for #DEBERTA_PROBLEM_TYPE_REGRESSION and for a single label
    /// the logits themselves.
    pub score_function: i32,
    /// A deberta_window_merge: how the windows of a long text become one answer; usually by their mean.
    pub window_merge: i32,
}

extensible!(deberta_classify_options, size: 32, {
    struct_size: 0, tokenize: 8, run: 16, score_function: 24, window_merge: 28,
});

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_classify_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classify_options_init(
    options: *mut deberta_classify_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_classify_options) -> Result<ClassifyOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        Ok(ClassifyOptions {
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
            score_function: enums::score_function(options.score_function)?,
            window_merge: enums::window_merge(options.window_merge, WindowMerge::Mean)?,
        })
    }
}

/// Classifies texts with the model's sequence classification head. An answer is the same, bit for bit, as for the text
/// alone.
///
/// @param model            The model. Not NULL.
/// @param texts            The texts. Not NULL unless `count` is 0.
/// @param count            Number of texts.
/// @param options          How to classify; NULL for the defaults.
/// @param classifications  Where the answers go. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_UNSUPPORTED if the model has no such head, #DEBERTA_STATUS_NOT_FOUND if it
///   has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8 for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is
///   longer than the options allow, #DEBERTA_STATUS_CANCELLED, #DEBERTA_STATUS_DEADLINE_EXCEEDED,
///   #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_OUT_OF_MEMORY.
/// @par Ownership
///   The caller owns the answers and frees them with deberta_classifications_free(). They do not depend on the model. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_classify(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    options: *const deberta_classify_options,
    classifications: *mut *mut deberta_classifications,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(classifications, "classifications")?;
            let options = resolve(options)?;
            let answers = model.classify(&tokenizer::inputs(texts, count)?, &options)?;
            let labels = model.config().id2label.clone();
            output.set(call::hand_over(deberta_classifications { answers, labels }));
            Ok(())
        })
    }
}
