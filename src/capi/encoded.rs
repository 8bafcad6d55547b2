//! The result of encoding.

use std::ptr;

use super::call::{self, call};
use super::error::{deberta_error, deberta_status};
use super::pointers::{self, Buffer, Output, OutputSlice};
use super::tokenized::deberta_tokenized;
use crate::encoded::Encoded;
use crate::error::{Result, bail};
use crate::heads::Logits;

/// The encoded rows of a batch, ragged: only valid tokens, row after row. Owned by the caller, immutable and independent
/// of the model: every function that takes a `const deberta_encoded *` may be called from several threads at once on one
/// result.
pub struct deberta_encoded {
    pub(super) encoded: Encoded,
    /// One for each row, if the rows were texts.
    pub(super) tokenized: Vec<deberta_tokenized>,
}

impl deberta_encoded {
    fn hidden_states(&self, layer: usize) -> Result<&[f32]> {
        let states = self.encoded.hidden_states();
        layer_of(states, layer, "hidden states", "DEBERTA_OUTPUT_HIDDEN_STATES")
    }

    fn attentions(&self, layer: usize) -> Result<&[f32]> {
        let attentions = self.encoded.attentions();
        layer_of(attentions, layer, "attention probabilities", "DEBERTA_OUTPUT_ATTENTIONS")
    }

    fn logits(&self) -> Result<&Logits> {
        match self.encoded.logits() {
            Some(logits) => Ok(logits),
            None => bail!(
                InvalidArgument,
                "there are no logits: either DEBERTA_OUTPUT_LOGITS was not asked for, or the model has no head"
            ),
        }
    }

    /// Scatters values for each valid token to the caller's padded buffer.
    fn pad(&self, values: &[f32], buffer: Buffer<'_, f32>) -> Result<()> {
        let encoded = &self.encoded;
        let sizes = [encoded.rows(), encoded.length(), values.len() / encoded.tokens()];
        let needed = pointers::elements::<f32>(&sizes, "values")?;
        buffer.fill(needed, |padded| encoded.scatter(values, padded))
    }
}

fn layer_of<'a>(layers: &'a [Vec<f32>], layer: usize, what: &str, output: &str) -> Result<&'a [f32]> {
    match layers.get(layer) {
        Some(values) => Ok(values),
        None if layers.is_empty() => {
            bail!(InvalidArgument, "there are no {what}: {output} was not asked for")
        }
        None => bail!(InvalidArgument, "layer is {layer}, but there are {what} of {} layers", layers.len()),
    }
}

/// Where the rows start in the ragged arrays.
///
/// @param encoded      The result. Not NULL.
/// @param row_offsets  Where the address of the offsets goes: row r has the tokens from row_offsets[r] to before
///   row_offsets[r + 1]. It lives as long as the result. Not NULL.
/// @param length       Where the number of offsets goes, rows + 1. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_row_offsets(
    encoded: *const deberta_encoded,
    row_offsets: *mut *const usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            OutputSlice::new(row_offsets, "row_offsets", length)?.set(encoded.encoded.row_offsets());
            Ok(())
        })
    }
}

/// The position that each valid token had in its row with padding.
///
/// @param encoded    The result. Not NULL.
/// @param positions  Where the address of [tokens] positions goes. It lives as long as the result. Not NULL.
/// @param length     Where their number goes. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_positions(
    encoded: *const deberta_encoded,
    positions: *mut *const u32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            OutputSlice::new(positions, "positions", length)?.set(encoded.encoded.positions());
            Ok(())
        })
    }
}

/// The last hidden state of all valid tokens.
///
/// @param encoded  The result. Not NULL.
/// @param values   Where the address of [tokens, hidden_size] floats goes. It lives as long as the result. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_last_hidden_state(
    encoded: *const deberta_encoded,
    values: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            OutputSlice::new(values, "values", length)?.set(encoded.encoded.last_hidden_state());
            Ok(())
        })
    }
}

/// Copies the last hidden state to a padded array.
///
/// @param encoded        The result. Not NULL.
/// @param values         Buffer for [rows, length, hidden_size] floats; those of padding become 0.
/// @param capacity       Number of floats that `values` has room for.
/// @param values_length  Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error          Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_last_hidden_state_padded(
    encoded: *const deberta_encoded,
    values: *mut f32,
    capacity: usize,
    values_length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            let buffer = Buffer::new(values, capacity, values_length, "values")?;
            encoded.pad(encoded.encoded.last_hidden_state(), buffer)
        })
    }
}

/// The hidden states of all valid tokens after one layer, if #DEBERTA_OUTPUT_HIDDEN_STATES was asked for.
///
/// @param encoded  The result. Not NULL.
/// @param layer    0 for the embeddings, 1 for the first layer, num_hidden_layers for the last hidden state.
/// @param values   Where the address of [tokens, hidden_size] floats goes. It lives as long as the result. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_hidden_states(
    encoded: *const deberta_encoded,
    layer: usize,
    values: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            OutputSlice::new(values, "values", length)?.set(encoded.hidden_states(layer)?);
            Ok(())
        })
    }
}

/// Copies the hidden states after one layer to a padded array, if #DEBERTA_OUTPUT_HIDDEN_STATES was asked for.
///
/// @param encoded        The result. Not NULL.
/// @param layer          0 for the embeddings, 1 for the first layer, num_hidden_layers for the last hidden state.
/// @param values         Buffer for [rows, length, hidden_size] floats; those of padding become 0.
/// @param capacity       Number of floats that `values` has room for.
/// @param values_length  Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error          Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_hidden_states_padded(
    encoded: *const deberta_encoded,
    layer: usize,
    values: *mut f32,
    capacity: usize,
    values_length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            let buffer = Buffer::new(values, capacity, values_length, "values")?;
            encoded.pad(encoded.hidden_states(layer)?, buffer)
        })
    }
}

/// The attention probabilities of one layer, if #DEBERTA_OUTPUT_ATTENTIONS was asked for.
///
/// @param encoded  The result. Not NULL.
/// @param layer    0 for the first layer, num_hidden_layers - 1 for the last.
/// @param values   Where the address of the floats goes: row after row [num_attention_heads, S, S], queries × keys, with
///   the row's number of valid tokens S. It lives as long as the result. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_attentions(
    encoded: *const deberta_encoded,
    layer: usize,
    values: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            OutputSlice::new(values, "values", length)?.set(encoded.attentions(layer)?);
            Ok(())
        })
    }
}

/// Copies the attention probabilities of one layer to a padded array, if #DEBERTA_OUTPUT_ATTENTIONS was asked for.
///
/// @param encoded        The result. Not NULL.
/// @param layer          0 for the first layer, num_hidden_layers - 1 for the last.
/// @param values         Buffer for [rows, num_attention_heads, length, length] floats, queries × keys; those of padding
///   become 0.
/// @param capacity       Number of floats that `values` has room for.
/// @param values_length  Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error          Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_attentions_padded(
    encoded: *const deberta_encoded,
    layer: usize,
    values: *mut f32,
    capacity: usize,
    values_length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            let buffer = Buffer::new(values, capacity, values_length, "values")?;
            encoded.attentions(layer)?;
            let encoded = &encoded.encoded;
            let sizes = [encoded.rows(), encoded.attention_heads(), encoded.length(), encoded.length()];
            let needed = pointers::elements::<f32>(&sizes, "values")?;
            buffer.fill(needed, |padded| encoded.scatter_attentions(layer, padded))
        })
    }
}

/// The head's logits, if #DEBERTA_OUTPUT_LOGITS was asked for and the model has a head. Whose they are is in
/// deberta_encoded_info.
///
/// @param encoded  The result. Not NULL.
/// @param values   Where the address of the floats goes: [rows, num_labels] for #DEBERTA_HEAD_SEQUENCE_CLASSIFICATION,
///   [tokens, num_labels] for #DEBERTA_HEAD_TOKEN_CLASSIFICATION. It lives as long as the result. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_logits(
    encoded: *const deberta_encoded,
    values: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            OutputSlice::new(values, "values", length)?.set(&encoded.logits()?.values);
            Ok(())
        })
    }
}

/// Copies the head's logits to the caller's buffer, those of a head with answers for each token to a padded array.
///
/// @param encoded        The result. Not NULL.
/// @param values         Buffer for [rows, num_labels] floats for #DEBERTA_HEAD_SEQUENCE_CLASSIFICATION, for
///   [rows, length, num_labels] floats for #DEBERTA_HEAD_TOKEN_CLASSIFICATION; those of padding become 0.
/// @param capacity       Number of floats that `values` has room for.
/// @param values_length  Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error          Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_logits_padded(
    encoded: *const deberta_encoded,
    values: *mut f32,
    capacity: usize,
    values_length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = pointers::reference(encoded, "encoded")?;
            let buffer = Buffer::new(values, capacity, values_length, "values")?;
            let logits = encoded.logits()?;
            match logits.head.is_pooled() {
                true => buffer.write(&logits.values),
                false => encoded.pad(&logits.values, buffer),
            }
        })
    }
}

/// What the tokenizer returned for one row of deberta_model_encode_texts().
///
/// @param encoded    The result. Not NULL.
/// @param row        The row.
/// @param tokenized  Where the tokens go. They belong to the result: they live as long and must not be freed. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_INVALID_ARGUMENT if there is no such row or the rows were not texts.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_tokenized(
    encoded: *const deberta_encoded,
    row: usize,
    tokenized: *mut *const deberta_tokenized,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let rows = &pointers::reference(encoded, "encoded")?.tokenized;
            let output = Output::new(tokenized, "tokenized")?;
            let Some(tokenized) = rows.get(row) else {
                bail!(InvalidArgument, "row is {row}, but {} rows were made from texts", rows.len());
            };
            output.set(ptr::from_ref(tokenized));
            Ok(())
        })
    }
}

/// Frees a result.
///
/// @param encoded  The result, which must not be used afterwards, nor any array got from it. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the result at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_free(encoded: *mut deberta_encoded) {
    // SAFETY: the header's contract.
    unsafe { call::release(encoded) }
}
