//! The labels of texts.

use super::call::{self, call};
use super::error::{deberta_error, deberta_status};
use super::extensible::OutputStruct;
use super::pointers::{self, Output, OutputSlice};
use super::string::deberta_string;
use super::tokenized::deberta_truncated_text;
use crate::error::{Result, bail};
use crate::tasks::Classification;

/// The labels of texts, one answer for each text. Owned by the caller, immutable and independent of the model:
/// every function that takes a `const deberta_classifications *` may be called from several threads at once on one of
/// them.
pub struct deberta_classifications {
    pub(super) answers: Vec<Classification>,
    pub(super) labels: Vec<String>,
}

impl deberta_classifications {
    fn answer(&self, row: usize) -> Result<&Classification> {
        match self.answers.get(row) {
            Some(answer) => Ok(answer),
            None => bail!(InvalidArgument, "row is {row}, but {} texts were classified", self.answers.len()),
        }
    }
}

/// Number of answers.
///
/// @param classifications  The answers, or NULL.
/// @return Their number; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_rows(
    classifications: *const deberta_classifications,
) -> usize {
    // SAFETY: the header's contract.
    unsafe { classifications.as_ref() }.map_or(0, |classifications| classifications.answers.len())
}

/// One raw score for each label; from deberta_model_zero_shot() the logit of entailment.
///
/// @param classifications  The answers. Not NULL.
/// @param row              The text's index.
/// @param logits           Where the address of the scores goes, one for each label. It lives as long as the answers. Not NULL.
/// @param length           Where their number goes. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_logits(
    classifications: *const deberta_classifications,
    row: usize,
    logits: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(classifications, "classifications")?.answer(row)?;
            OutputSlice::new(logits, "logits", length)?.set(&answer.logits);
            Ok(())
        })
    }
}

/// One score for each label, which is what the score function made of the raw scores.
///
/// @param classifications  The answers. Not NULL.
/// @param row              The text's index.
/// @param scores           Where the address of the scores goes, one for each label. It lives as long as the answers. Not NULL.
/// @param length           Where their number goes. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_scores(
    classifications: *const deberta_classifications,
    row: usize,
    scores: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(classifications, "classifications")?.answer(row)?;
            OutputSlice::new(scores, "scores", length)?.set(&answer.scores);
            Ok(())
        })
    }
}

/// The labels from the highest score to the lowest.
///
/// @param classifications  The answers. Not NULL.
/// @param row              The text's index.
/// @param ranking          Where the address of the indices goes, one for each label. It lives as long as the answers. Not NULL.
/// @param length           Where their number goes. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_ranking(
    classifications: *const deberta_classifications,
    row: usize,
    ranking: *mut *const usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(classifications, "classifications")?.answer(row)?;
            OutputSlice::new(ranking, "ranking", length)?.set(&answer.ranking);
            Ok(())
        })
    }
}

/// The name of a label, as deberta_model_label() has it, or as it was given to deberta_model_zero_shot().
///
/// @param classifications  The answers. Not NULL.
/// @param index            The label's index.
/// @param label            Where the name goes; it lives as long as the answers. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_label(
    classifications: *const deberta_classifications,
    index: usize,
    label: *mut deberta_string,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let labels = &pointers::reference(classifications, "classifications")?.labels;
            let output = Output::new(label, "label")?;
            let Some(label) = labels.get(index) else {
                bail!(InvalidArgument, "index is {index}, but there are {} labels", labels.len());
            };
            output.set(deberta_string::new(label));
            Ok(())
        })
    }
}

/// What was cut off of a text that was too long, if the options say to truncate.
///
/// @param classifications  The answers. Not NULL.
/// @param row              The text's index.
/// @param truncated        A struct whose `struct_size` is set; the fields that it has and the library knows are written,
///   all others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_truncation(
    classifications: *const deberta_classifications,
    row: usize,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(classifications, "classifications")?.answer(row)?;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(answer.truncated.as_ref(), 0));
            Ok(())
        })
    }
}

/// The number of windows that a text was read in.
///
/// @param classifications  The answers. Not NULL.
/// @param row              The text's index.
/// @param windows          Where their number goes; at least 1. Not NULL.
/// @param error            Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_windows(
    classifications: *const deberta_classifications,
    row: usize,
    windows: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(classifications, "classifications")?.answer(row)?;
            Output::new(windows, "windows")?.set(answer.windows);
            Ok(())
        })
    }
}

/// Frees answers.
///
/// @param classifications  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the answers at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_classifications_free(classifications: *mut deberta_classifications) {
    // SAFETY: the header's contract.
    unsafe { call::release(classifications) }
}
