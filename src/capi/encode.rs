//! From ids, embeddings or texts to hidden states.

use super::call::{self, call};
use super::encoded::deberta_encoded;
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, extensible};
use super::model::deberta_model;
use super::pointers::{self, Buffer, Output};
use super::run::{self, deberta_run_options};
use super::string::deberta_text;
use super::tokenized::deberta_tokenized;
use super::tokenizer::{self, deberta_tokenize_options};
use crate::batch::Batch;
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::run::RunOptions;

/// How to encode. Set it up with deberta_encode_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_encode_options {
    /// sizeof(deberta_encode_options)
    pub struct_size: usize,
    /// Bits of deberta_output: what to return beside the last hidden state.
    pub outputs: i32,
    /// 0.
    pub reserved: i32,
    /// Limits of the call; NULL for none. Its callback is not called.
    pub run: *const deberta_run_options,
}

extensible!(deberta_encode_options, size: 24, { struct_size: 0, outputs: 8, reserved: 12, run: 16 });

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_encode_options) -> Result<(Outputs, RunOptions)> {
    // SAFETY: the caller's promise.
    let options = unsafe { extensible::read(options, "options")? };
    if options.reserved != 0 {
        bail!(InvalidArgument, "reserved is {}; it must be 0", options.reserved);
    }
    // SAFETY: the caller's promise.
    Ok((enums::outputs(options.outputs)?, unsafe { run::resolve(options.run)? }))
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_encode_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encode_options_init(
    options: *mut deberta_encode_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn ragged_batch(
    ids: *const u32,
    token_type_ids: *const u32,
    tokens: usize,
    row_offsets: *const usize,
    rows: usize,
) -> Result<Batch> {
    let Some(offsets) = rows.checked_add(1) else {
        bail!(InvalidArgument, "rows is {rows}, which is more than memory can hold");
    };
    // SAFETY: the caller's promise.
    unsafe {
        let ids = pointers::slice(ids, tokens, "ids")?;
        let types = pointers::optional_slice(token_type_ids, tokens, "token_type_ids")?;
        Batch::from_ragged(ids, types, pointers::slice(row_offsets, offsets, "row_offsets")?)
    }
}

/// # Safety
///
/// The header's contract.
unsafe fn padded_batch(
    input_ids: *const i64,
    attention_mask: *const i64,
    token_type_ids: *const i64,
    rows: usize,
    length: usize,
) -> Result<Batch> {
    let size = pointers::elements::<i64>(&[rows, length], "input_ids")?;
    // SAFETY: the caller's promise.
    unsafe {
        let ids = pointers::slice(input_ids, size, "input_ids")?;
        let mask = pointers::optional_slice(attention_mask, size, "attention_mask")?;
        let types = pointers::optional_slice(token_type_ids, size, "token_type_ids")?;
        Batch::from_padded(ids, mask, types, rows, length)
    }
}

/// # Safety
///
/// The header's contract.
unsafe fn embeddings_batch(
    embeddings: *const f32,
    embedding_size: usize,
    attention_mask: *const i64,
    token_type_ids: *const i64,
    rows: usize,
    length: usize,
) -> Result<Batch> {
    let values = pointers::elements::<f32>(&[rows, length, embedding_size], "embeddings")?;
    let size = pointers::elements::<i64>(&[rows, length], "attention_mask")?;
    // SAFETY: the caller's promise.
    unsafe {
        let embeddings = pointers::slice(embeddings, values, "embeddings")?;
        let mask = pointers::optional_slice(attention_mask, size, "attention_mask")?;
        let types = pointers::optional_slice(token_type_ids, size, "token_type_ids")?;
        Batch::from_embeddings(embeddings, embedding_size, mask, types, rows, length)
    }
}

/// # Safety
///
/// The header's contract.
unsafe fn encode(
    model: *const deberta_model,
    batch: impl FnOnce() -> Result<Batch>,
    options: *const deberta_encode_options,
    encoded: *mut *mut deberta_encoded,
) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let model = &pointers::reference(model, "model")?.model;
        let output = Output::new(encoded, "encoded")?;
        let (outputs, run) = resolve(options)?;
        let encoded = model.encode_with(&batch()?, outputs, &run)?;
        output.set(call::hand_over(deberta_encoded { encoded, tokenized: Vec::new() }));
        Ok(())
    }
}

/// Writes the last hidden state to the caller's buffer, ragged or padded.
///
/// # Safety
///
/// The header's contract.
unsafe fn encode_into(
    model: *const deberta_model,
    batch: impl FnOnce() -> Result<Batch>,
    padded: bool,
    options: *const deberta_encode_options,
    buffer: Result<Buffer<'_, f32>>,
) -> Result<()> {
    // SAFETY: the caller's promise.
    let (model, (outputs, run)) = unsafe { (&pointers::reference(model, "model")?.model, resolve(options)?) };
    if outputs != Outputs::default() {
        bail!(
            InvalidArgument,
            "outputs asks for more than the last hidden state, which is all that goes to a buffer"
        );
    }
    let (buffer, batch) = (buffer?, batch()?);
    let hidden_size = model.config().hidden_size;
    let sizes = if padded { [batch.rows(), batch.length()] } else { [1, batch.tokens()] };
    let needed = pointers::elements::<f32>(&[sizes[0], sizes[1], hidden_size], "values")?;
    buffer.require(needed)?;
    let encoded = model.encode_with(&batch, outputs, &run)?;
    match padded {
        true => buffer.fill(needed, |values| encoded.scatter(encoded.last_hidden_state(), values)),
        false => buffer.write(encoded.last_hidden_state()),
    }
}

/// Encodes rows of token ids without padding. A row's result is the same, bit for bit, whatever else is in the batch and
/// however many threads run.
///
/// @param model           The model. Not NULL.
/// @param ids             The ids of all rows, one row after the other. Not NULL.
/// @param token_type_ids  The token type of each id; NULL for all 0.
/// @param tokens          Number of ids.
/// @param row_offsets     `rows + 1` numbers from 0 to `tokens`: row r has the ids from row_offsets[r] to before
///   row_offsets[r + 1]. No row may be empty. Not NULL.
/// @param rows            Number of rows, at least 1.
/// @param options         How to encode; NULL for the defaults.
/// @param encoded         Where the result goes. Not NULL.
/// @param error           Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT, #DEBERTA_STATUS_TOO_LONG or
///   #DEBERTA_STATUS_OUT_OF_MEMORY.
/// @par Ownership
///   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
///   are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_ids(
    model: *const deberta_model,
    ids: *const u32,
    token_type_ids: *const u32,
    tokens: usize,
    row_offsets: *const usize,
    rows: usize,
    options: *const deberta_encode_options,
    encoded: *mut *mut deberta_encoded,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        let batch = || ragged_batch(ids, token_type_ids, tokens, row_offsets, rows);
        call(error, || encode(model, batch, options, encoded))
    }
}

/// As deberta_model_encode_ids(), with the last hidden state written to the caller's buffer.
///
/// @param model           The model. Not NULL.
/// @param ids             The ids of all rows, one row after the other. Not NULL.
/// @param token_type_ids  The token type of each id; NULL for all 0.
/// @param tokens          Number of ids.
/// @param row_offsets     `rows + 1` numbers from 0 to `tokens`, as in deberta_model_encode_ids(). Not NULL.
/// @param rows            Number of rows, at least 1.
/// @param options         How to encode, with no further outputs; NULL for the defaults.
/// @param values          Buffer for [tokens, hidden_size] floats.
/// @param capacity        Number of floats that `values` has room for.
/// @param length          Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error           Where an error goes; or NULL.
/// @return As deberta_model_encode_ids(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Ownership
///   The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_ids_into(
    model: *const deberta_model,
    ids: *const u32,
    token_type_ids: *const u32,
    tokens: usize,
    row_offsets: *const usize,
    rows: usize,
    options: *const deberta_encode_options,
    values: *mut f32,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        let batch = || ragged_batch(ids, token_type_ids, tokens, row_offsets, rows);
        let buffer = || Buffer::new(values, capacity, length, "values");
        call(error, || encode_into(model, batch, false, options, buffer()))
    }
}

/// Encodes a padded batch. Nothing is computed for padding, and results do not depend on it: they are those of
/// deberta_model_encode_ids() for the valid tokens at their positions.
///
/// @param model           The model. Not NULL.
/// @param input_ids       Token ids, [rows, length] in row-major order. Not NULL.
/// @param attention_mask  [rows, length], 1 for a valid token and 0 for padding, which may be on the left, on the right
///   or in the middle; each row needs a valid token. NULL if every token is valid.
/// @param token_type_ids  [rows, length]; NULL for all 0.
/// @param rows            Number of rows, at least 1.
/// @param length          Length of each row with its padding.
/// @param options         How to encode; NULL for the defaults.
/// @param encoded         Where the result goes. Not NULL.
/// @param error           Where an error goes; or NULL.
/// @return As deberta_model_encode_ids().
/// @par Ownership
///   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
///   are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_padded(
    model: *const deberta_model,
    input_ids: *const i64,
    attention_mask: *const i64,
    token_type_ids: *const i64,
    rows: usize,
    length: usize,
    options: *const deberta_encode_options,
    encoded: *mut *mut deberta_encoded,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        let batch = || padded_batch(input_ids, attention_mask, token_type_ids, rows, length);
        call(error, || encode(model, batch, options, encoded))
    }
}

/// As deberta_model_encode_padded(), with the last hidden state written to the caller's buffer.
///
/// @param model           The model. Not NULL.
/// @param input_ids       Token ids, [rows, length] in row-major order. Not NULL.
/// @param attention_mask  [rows, length], 1 for a valid token and 0 for padding; NULL if every token is valid.
/// @param token_type_ids  [rows, length]; NULL for all 0.
/// @param rows            Number of rows, at least 1.
/// @param length          Length of each row with its padding.
/// @param options         How to encode, with no further outputs; NULL for the defaults.
/// @param values          Buffer for [rows, length, hidden_size] floats; those of padding become 0.
/// @param capacity        Number of floats that `values` has room for.
/// @param values_length   Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error           Where an error goes; or NULL.
/// @return As deberta_model_encode_ids(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Ownership
///   The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_padded_into(
    model: *const deberta_model,
    input_ids: *const i64,
    attention_mask: *const i64,
    token_type_ids: *const i64,
    rows: usize,
    length: usize,
    options: *const deberta_encode_options,
    values: *mut f32,
    capacity: usize,
    values_length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        let batch = || padded_batch(input_ids, attention_mask, token_type_ids, rows, length);
        let buffer = || Buffer::new(values, capacity, values_length, "values");
        call(error, || encode_into(model, batch, true, options, buffer()))
    }
}

/// Encodes a padded batch of embeddings in the place of ids: they stand for rows of the word embedding table, before
/// positions, token types and layer norm. See deberta_model_token_embeddings().
///
/// @param model           The model. Not NULL.
/// @param embeddings      [rows, length, embedding_size] in row-major order. Not NULL.
/// @param embedding_size  Length of an embedding; the model's.
/// @param attention_mask  [rows, length], 1 for a valid token and 0 for padding; NULL if every token is valid.
/// @param token_type_ids  [rows, length]; NULL for all 0.
/// @param rows            Number of rows, at least 1.
/// @param length          Length of each row with its padding.
/// @param options         How to encode; NULL for the defaults.
/// @param encoded         Where the result goes. Not NULL.
/// @param error           Where an error goes; or NULL.
/// @return As deberta_model_encode_ids().
/// @par Ownership
///   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
///   are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_embeddings(
    model: *const deberta_model,
    embeddings: *const f32,
    embedding_size: usize,
    attention_mask: *const i64,
    token_type_ids: *const i64,
    rows: usize,
    length: usize,
    options: *const deberta_encode_options,
    encoded: *mut *mut deberta_encoded,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        let batch =
            || embeddings_batch(embeddings, embedding_size, attention_mask, token_type_ids, rows, length);
        call(error, || encode(model, batch, options, encoded))
    }
}

/// As deberta_model_encode_embeddings(), with the last hidden state written to the caller's buffer.
///
/// @param model           The model. Not NULL.
/// @param embeddings      [rows, length, embedding_size] in row-major order. Not NULL.
/// @param embedding_size  Length of an embedding; the model's.
/// @param attention_mask  [rows, length], 1 for a valid token and 0 for padding; NULL if every token is valid.
/// @param token_type_ids  [rows, length]; NULL for all 0.
/// @param rows            Number of rows, at least 1.
/// @param length          Length of each row with its padding.
/// @param options         How to encode, with no further outputs; NULL for the defaults.
/// @param values          Buffer for [rows, length, hidden_size] floats; those of padding become 0.
/// @param capacity        Number of floats that `values` has room for.
/// @param values_length   Where the number of floats goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error           Where an error goes; or NULL.
/// @return As deberta_model_encode_ids(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Ownership
///   The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_embeddings_into(
    model: *const deberta_model,
    embeddings: *const f32,
    embedding_size: usize,
    attention_mask: *const i64,
    token_type_ids: *const i64,
    rows: usize,
    length: usize,
    options: *const deberta_encode_options,
    values: *mut f32,
    capacity: usize,
    values_length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        let batch =
            || embeddings_batch(embeddings, embedding_size, attention_mask, token_type_ids, rows, length);
        let buffer = || Buffer::new(values, capacity, values_length, "values");
        call(error, || encode_into(model, batch, true, options, buffer()))
    }
}

/// Tokenizes texts and encodes them. What the tokenizer returned for each is kept with the result, see
/// deberta_encoded_tokenized().
///
/// @param model             The model. Not NULL.
/// @param texts             The texts, one for each row. Not NULL.
/// @param count             Number of texts, at least 1.
/// @param tokenize_options  How to tokenize; NULL for the defaults.
/// @param options           How to encode; NULL for the defaults.
/// @param encoded           Where the result goes. Not NULL.
/// @param error             Where an error goes; or NULL.
/// @return As deberta_model_encode_ids(); #DEBERTA_STATUS_NOT_FOUND if the model has no tokenizer,
///   #DEBERTA_STATUS_INVALID_UTF8 for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is longer than the
///   options allow.
/// @par Ownership
///   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
///   are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_encode_texts(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    tokenize_options: *const deberta_tokenize_options,
    options: *const deberta_encode_options,
    encoded: *mut *mut deberta_encoded,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(encoded, "encoded")?;
            let (outputs, run) = resolve(options)?;
            let tokenize_options = tokenizer::resolve(tokenize_options)?;
            let texts = tokenizer::inputs(texts, count)?;
            let (encoded, encodings) = model.encode_texts(&texts, &tokenize_options, outputs, &run)?;
            let tokenized = encodings.into_iter().map(deberta_tokenized::from).collect();
            output.set(call::hand_over(deberta_encoded { encoded, tokenized }));
            Ok(())
        })
    }
}
