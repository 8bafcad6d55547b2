//! What may stand behind the masks of texts.

use super::call::{self, call};
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::model::deberta_model;
use super::pointers::{self, Output};
use super::run::{self, deberta_run_options};
use super::string::{deberta_string, deberta_text};
use super::tokenized::{deberta_range, deberta_truncated_text};
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::tasks::{Fill, FillMaskOptions, FilledMask, FilledMasks};

/// How to fill masks. Set it up with deberta_fill_mask_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_fill_mask_options {
    /// sizeof(deberta_fill_mask_options)
    pub struct_size: usize,
    /// How to tokenize, and what becomes of long texts; NULL for the defaults.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// Most answers for each mask; 0 for 5, or where there are candidates, for all of them.
    pub top_k: usize,
    /// The tokens to choose from, without pairs, each as the vocabulary spells it ("▁word") or as a text that is one
    /// token; NULL for the whole vocabulary, which scores are always taken over.
    pub candidates: *const deberta_text,
    /// Number of candidates.
    pub candidate_count: usize,
}

extensible!(deberta_fill_mask_options, size: 48, {
    struct_size: 0, tokenize: 8, run: 16, top_k: 24, candidates: 32, candidate_count: 40,
});

/// A mask of a text.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_filled_mask {
    /// sizeof(deberta_filled_mask)
    pub struct_size: usize,
    /// The mask's index among the tokens of the text, special tokens that are added around it not counted.
    pub token: usize,
    /// Where the mask stands in the text, in bytes.
    pub byte_range: deberta_range,
    /// The same in Unicode scalar values.
    pub char_range: deberta_range,
    /// Number of tokens that may stand there; see deberta_filled_masks_fill().
    pub fills: usize,
}

extensible!(deberta_filled_mask, size: 56, {
    struct_size: 0, token: 8, byte_range: 16, char_range: 32, fills: 48,
});

/// A token in the place of a mask.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_fill {
    /// sizeof(deberta_fill)
    pub struct_size: usize,
    /// The token as the vocabulary spells it; empty for an id that the model has and the tokenizer has not. It lives as
    /// long as the handle that it came from.
    pub token: deberta_string,
    /// The token's id.
    pub id: u32,
    /// The token's probability: softmax over the whole vocabulary.
    pub score: f32,
    /// The raw score.
    pub logit: f32,
    /// 0.
    pub reserved: i32,
}

extensible!(deberta_fill, size: 40, {
    struct_size: 0, token: 8, id: 24, score: 28, logit: 32, reserved: 36,
});

/// The masks of texts, filled. Owned by the caller, immutable and independent of the model: every function that takes a
/// `const deberta_filled_masks *` may be called from several threads at once on one of them.
pub struct deberta_filled_masks {
    texts: Vec<FilledMasks>,
}

impl deberta_filled_masks {
    fn row(&self, row: usize) -> Result<&FilledMasks> {
        match self.texts.get(row) {
            Some(text) => Ok(text),
            None => bail!(InvalidArgument, "row is {row}, but there were {} texts", self.texts.len()),
        }
    }

    fn mask(&self, row: usize, mask: usize) -> Result<&FilledMask> {
        let masks = &self.row(row)?.masks;
        match masks.get(mask) {
            Some(mask) => Ok(mask),
            None => bail!(InvalidArgument, "mask is {mask}, but the text has {} masks", masks.len()),
        }
    }

    fn fill(&self, row: usize, mask: usize, place: usize) -> Result<&Fill> {
        let fills = &self.mask(row, mask)?.fills;
        match fills.get(place) {
            Some(fill) => Ok(fill),
            None => bail!(InvalidArgument, "place is {place}, but the mask has {} fills", fills.len()),
        }
    }
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_fill_mask_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_fill_mask_options_init(
    options: *mut deberta_fill_mask_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_fill_mask_options) -> Result<FillMaskOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        let candidates = tokenizer::single_texts(options.candidates, options.candidate_count, "candidates")?;
        Ok(FillMaskOptions {
            top_k: (options.top_k != 0).then_some(options.top_k),
            candidates: candidates.into_iter().map(str::to_owned).collect(),
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
        })
    }
}

/// Fills each `[MASK]` of texts with the tokens that the model's masked language modelling head finds most probable,
/// each as if it were the only one. An answer is the same, bit for bit, as for the text alone. In windows, a mask is
/// filled where it has most context.
///
/// @param model         The model. Not NULL.
/// @param texts         The texts, without pairs. Not NULL unless `count` is 0.
/// @param count         Number of texts.
/// @param options       How to fill masks; NULL for the defaults.
/// @param filled_masks  Where the answers go. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT also for a text without mask and for a
///   candidate that is not one token.
/// @par Ownership The caller owns the answers and frees them with deberta_filled_masks_free(). They do not depend on
///   the model. The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_fill_mask(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    options: *const deberta_fill_mask_options,
    filled_masks: *mut *mut deberta_filled_masks,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(filled_masks, "filled_masks")?;
            let options = resolve(options)?;
            let texts = tokenizer::single_texts(texts, count, "texts")?;
            let texts = model.fill_mask(&texts, &options)?;
            output.set(call::hand_over(deberta_filled_masks { texts }));
            Ok(())
        })
    }
}

/// Number of texts.
///
/// @param filled_masks  The answers, or NULL.
/// @return The number of texts; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_rows(filled_masks: *const deberta_filled_masks) -> usize {
    // SAFETY: the header's contract.
    unsafe { filled_masks.as_ref() }.map_or(0, |filled_masks| filled_masks.texts.len())
}

/// Number of masks of a text.
///
/// @param filled_masks  The answers. Not NULL.
/// @param row           The text's index.
/// @param masks         Where the number goes; at least 1. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_count(
    filled_masks: *const deberta_filled_masks,
    row: usize,
    masks: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let text = pointers::reference(filled_masks, "filled_masks")?.row(row)?;
            Output::new(masks, "masks")?.set(text.masks.len());
            Ok(())
        })
    }
}

/// Sets up the struct for deberta_filled_masks_mask(): every field 0 but `struct_size`.
///
/// @param filled_mask  The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_filled_mask), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_mask_init(
    filled_mask: *mut deberta_filled_mask,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(filled_mask, struct_size, "filled_mask")) }
}

/// A mask of a text.
///
/// @param filled_masks  The answers. Not NULL.
/// @param row           The text's index.
/// @param mask          The mask's index, in the order of the text.
/// @param filled_mask   A struct whose `struct_size` is set; the fields that it has and the library knows are written,
///   all others set to 0. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_mask(
    filled_masks: *const deberta_filled_masks,
    row: usize,
    mask: usize,
    filled_mask: *mut deberta_filled_mask,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let mask = pointers::reference(filled_masks, "filled_masks")?.mask(row, mask)?;
            let output = OutputStruct::new(filled_mask, "filled_mask")?;
            output.set(&deberta_filled_mask {
                struct_size: size_of::<deberta_filled_mask>(),
                token: mask.token,
                byte_range: deberta_range { start: mask.byte_range.start, end: mask.byte_range.end },
                char_range: deberta_range { start: mask.char_range.start, end: mask.char_range.end },
                fills: mask.fills.len(),
            });
            Ok(())
        })
    }
}

/// Sets up the struct for deberta_filled_masks_fill(): every field 0 but `struct_size`.
///
/// @param fill         The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_fill), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_fill_init(
    fill: *mut deberta_fill,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(fill, struct_size, "fill")) }
}

/// A token that may stand in the place of a mask.
///
/// @param filled_masks  The answers. Not NULL.
/// @param row           The text's index.
/// @param mask          The mask's index, in the order of the text.
/// @param place         The token's place, 0 for the one with the highest score.
/// @param fill          A struct whose `struct_size` is set; the fields that it has and the library knows are written,
///   all others set to 0. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_fill(
    filled_masks: *const deberta_filled_masks,
    row: usize,
    mask: usize,
    place: usize,
    fill: *mut deberta_fill,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let found = pointers::reference(filled_masks, "filled_masks")?.fill(row, mask, place)?;
            let output = OutputStruct::new(fill, "fill")?;
            output.set(&deberta_fill {
                struct_size: size_of::<deberta_fill>(),
                token: deberta_string::new(&found.token),
                id: found.id,
                score: found.score,
                logit: found.logit,
                reserved: 0,
            });
            Ok(())
        })
    }
}

/// What was cut off of a text that was too long, if the options say to truncate.
///
/// @param filled_masks  The answers. Not NULL.
/// @param row           The text's index.
/// @param truncated     A struct whose `struct_size` is set; the fields that it has and the library knows are written,
///   all others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_truncation(
    filled_masks: *const deberta_filled_masks,
    row: usize,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let text = pointers::reference(filled_masks, "filled_masks")?.row(row)?;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(text.truncated.as_ref(), 0));
            Ok(())
        })
    }
}

/// The number of windows that a text was read in.
///
/// @param filled_masks  The answers. Not NULL.
/// @param row           The text's index.
/// @param windows       Where their number goes; at least 1. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_windows(
    filled_masks: *const deberta_filled_masks,
    row: usize,
    windows: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let text = pointers::reference(filled_masks, "filled_masks")?.row(row)?;
            Output::new(windows, "windows")?.set(text.windows);
            Ok(())
        })
    }
}

/// Frees answers.
///
/// @param filled_masks  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the answers at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_filled_masks_free(filled_masks: *mut deberta_filled_masks) {
    // SAFETY: the header's contract.
    unsafe { call::release(filled_masks) }
}
