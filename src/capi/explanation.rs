//! An explanation, and what is in it.

use std::ptr;

use super::call::{self, call};
use super::enums::deberta_head;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::pointers::{self, Output, OutputSlice};
use super::tokenized::deberta_tokenized;
use crate::error::bail;
use crate::heads::Logits;
use crate::tasks::Explanation;

/// What a model did with a text. Owned by the caller, immutable and independent of the model: every function that takes a
/// `const deberta_explanation *` may be called from several threads at once on one of them.
pub struct deberta_explanation {
    explanation: Explanation,
    tokenized: deberta_tokenized,
}

impl From<Explanation> for deberta_explanation {
    fn from(mut explanation: Explanation) -> Self {
        let tokenized = std::mem::take(&mut explanation.encoding).into();
        Self { explanation, tokenized }
    }
}

/// The sizes of an explanation.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_explanation_info {
    /// sizeof(deberta_explanation_info)
    pub struct_size: usize,
    /// Number of tokens.
    pub tokens: usize,
    /// Number of layers of which there are attention probabilities; 0 if not asked for.
    pub attentions: usize,
    /// Number of attention heads.
    pub num_attention_heads: usize,
    /// Length of a row of logits: the number of labels, 1 for multiple choice, 2 for question answering; 0 if there are no
    /// logits.
    pub num_labels: usize,
    /// The label that occlusion explained. Only with `has_label`.
    pub label: usize,
    /// 1 if `label` is set.
    pub has_label: i32,
    /// A deberta_head: whose logits they are; #DEBERTA_HEAD_NONE if there are none.
    pub logits_head: i32,
    /// 1 if the model has relative positions.
    pub has_relative_positions: i32,
    /// 0.
    pub reserved: i32,
}

extensible!(deberta_explanation_info, size: 64, {
    struct_size: 0, tokens: 8, attentions: 16, num_attention_heads: 24, num_labels: 32, label: 40, has_label: 48,
    logits_head: 52, has_relative_positions: 56, reserved: 60,
});

/// Sets up the struct for deberta_explanation_get_info(): every field 0 but `struct_size`.
///
/// @param info         The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_explanation_info), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_info_init(
    info: *mut deberta_explanation_info,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(info, struct_size, "info")) }
}

/// The sizes of an explanation.
///
/// @param explanation  The explanation. Not NULL.
/// @param info         A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_get_info(
    explanation: *const deberta_explanation,
    info: *mut deberta_explanation_info,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let explanation = &pointers::reference(explanation, "explanation")?.explanation;
            let output = OutputStruct::new(info, "info")?;
            let logits = explanation.logits.as_ref();
            output.set(&deberta_explanation_info {
                struct_size: size_of::<deberta_explanation_info>(),
                tokens: explanation.relevance.len(),
                attentions: explanation.attentions.len(),
                num_attention_heads: explanation.heads,
                num_labels: logits.map_or(0, |logits| logits.labels),
                label: explanation.label.unwrap_or(0),
                has_label: explanation.label.is_some().into(),
                logits_head: deberta_head::from(logits.map(|logits| logits.head)) as i32,
                has_relative_positions: explanation.relative_positions.is_some().into(),
                reserved: 0,
            });
            Ok(())
        })
    }
}

/// The tokens of the text, and what was cut off of it.
///
/// @param explanation  The explanation. Not NULL.
/// @param tokenized    Where the tokens go. They belong to the explanation: they live as long and must not be freed. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_tokenized(
    explanation: *const deberta_explanation,
    tokenized: *mut *const deberta_tokenized,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let explanation = pointers::reference(explanation, "explanation")?;
            Output::new(tokenized, "tokenized")?.set(ptr::from_ref(&explanation.tokenized));
            Ok(())
        })
    }
}

/// How relevant each token is, as the chosen deberta_relevance says.
///
/// @param explanation  The explanation. Not NULL.
/// @param relevance    Where the address of the values goes, one for each token. It lives as long as the explanation. Not NULL.
/// @param length       Where their number goes. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_relevance(
    explanation: *const deberta_explanation,
    relevance: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let explanation = &pointers::reference(explanation, "explanation")?.explanation;
            OutputSlice::new(relevance, "relevance", length)?.set(&explanation.relevance);
            Ok(())
        })
    }
}

/// The attention probabilities of a layer, [heads, tokens, tokens]: each query's over all keys sum to 1.
///
/// @param explanation  The explanation. Not NULL.
/// @param layer        The layer, from 0.
/// @param values       Where the address of the probabilities goes. It lives as long as the explanation. Not NULL.
/// @param length       Where their number goes. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_INVALID_ARGUMENT if there is no such layer or they were not asked for.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_attentions(
    explanation: *const deberta_explanation,
    layer: usize,
    values: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let layers = &pointers::reference(explanation, "explanation")?.explanation.attentions;
            let output = OutputSlice::new(values, "values", length)?;
            let Some(attention) = layers.get(layer) else {
                bail!(
                    InvalidArgument,
                    "layer is {layer}, but there are attention probabilities of {} layers{}",
                    layers.len(),
                    if layers.is_empty() { "; set attentions of the options" } else { "" }
                );
            };
            output.set(attention);
            Ok(())
        })
    }
}

/// The head's logits: [labels] from a head with a pooler, [tokens, labels] from any other.
///
/// @param explanation  The explanation. Not NULL.
/// @param logits       Where the address of the logits goes. It lives as long as the explanation. Not NULL.
/// @param length       Where their number goes; 0 if the model has no head, or the vocabulary for labels. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_logits(
    explanation: *const deberta_explanation,
    logits: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let explanation = &pointers::reference(explanation, "explanation")?.explanation;
            let found = explanation.logits.as_ref().map_or(&[][..], |Logits { values, .. }| values);
            OutputSlice::new(logits, "logits", length)?.set(found);
            Ok(())
        })
    }
}

/// For classifiers of sequences and of tokens, what the configuration says is made of the logits, in the same order.
///
/// @param explanation  The explanation. Not NULL.
/// @param scores       Where the address of the scores goes. It lives as long as the explanation. Not NULL.
/// @param length       Where their number goes; 0 for all other models. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_scores(
    explanation: *const deberta_explanation,
    scores: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let explanation = &pointers::reference(explanation, "explanation")?.explanation;
            OutputSlice::new(scores, "scores", length)?.set(&explanation.scores);
            Ok(())
        })
    }
}

/// Which relative embedding belongs to a distance.
///
/// @param explanation  The explanation. Not NULL.
/// @param distance     The query's position minus the key's.
/// @param bucket       Where the distance's bucket goes, which is 0 for the distance 0 and has the distance's sign. Not NULL.
/// @param row          Where the row of the relative embeddings goes. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_UNSUPPORTED if the model has no relative positions;
///   #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one explanation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_relative_position(
    explanation: *const deberta_explanation,
    distance: i64,
    bucket: *mut i32,
    row: *mut i32,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let explanation = &pointers::reference(explanation, "explanation")?.explanation;
            let (bucket, row) = (Output::new(bucket, "bucket")?, Output::new(row, "row")?);
            let Some(table) = &explanation.relative_positions else {
                bail!(Unsupported, "the model has no relative positions");
            };
            let index = table.index(distance);
            bucket.set(index - table.span() as i32);
            row.set(index);
            Ok(())
        })
    }
}

/// Frees an explanation.
///
/// @param explanation  The explanation, which must not be used afterwards, nor anything got from it. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the explanation at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_explanation_free(explanation: *mut deberta_explanation) {
    // SAFETY: the header's contract.
    unsafe { call::release(explanation) }
}
