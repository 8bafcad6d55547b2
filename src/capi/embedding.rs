//! From texts to vectors.

use super::call::{self, call};
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::model::deberta_model;
use super::pointers::{self, Buffer, Output, OutputSlice};
use super::run::{self, deberta_run_options};
use super::string::deberta_text;
use super::tokenized::deberta_truncated_text;
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::model::Model;
use crate::tasks::{EmbedOptions, Embedding};

/// How to embed. Set it up with deberta_embed_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_embed_options {
    /// sizeof(deberta_embed_options)
    pub struct_size: usize,
    /// How to tokenize, and what becomes of long texts; NULL for the defaults.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// A deberta_pooling: how the hidden states of a text's tokens become one vector.
    pub pooling: i32,
    /// 1 to give vectors the length 1, except those of zeros; else 0.
    pub normalize: i32,
    /// How many layers before the last one the hidden states are taken from: 0 for the last layer, as many as the model
    /// has layers for the output of the embeddings. Later layers are not computed.
    pub layers_before_last: usize,
}

extensible!(deberta_embed_options, size: 40, {
    struct_size: 0, tokenize: 8, run: 16, pooling: 24, normalize: 28, layers_before_last: 32,
});

/// The vectors of texts. Owned by the caller, immutable and independent of the model: every function that takes a
/// `const deberta_embeddings *` may be called from several threads at once on one of them.
pub struct deberta_embeddings {
    /// [texts, hidden_size]
    vectors: Vec<f32>,
    /// Their vectors are in `vectors`.
    embeddings: Vec<Embedding>,
}

impl deberta_embeddings {
    fn new(mut embeddings: Vec<Embedding>) -> Self {
        let vectors =
            embeddings.iter_mut().flat_map(|embedding| std::mem::take(&mut embedding.vector)).collect();
        Self { vectors, embeddings }
    }

    fn row(&self, row: usize) -> Result<&Embedding> {
        match self.embeddings.get(row) {
            Some(embedding) => Ok(embedding),
            None => bail!(InvalidArgument, "row is {row}, but {} texts were embedded", self.embeddings.len()),
        }
    }
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_embed_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_embed_options_init(
    options: *mut deberta_embed_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_embed_options, model: &Model) -> Result<EmbedOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        let layers = model.config().num_hidden_layers;
        let Some(layer) = layers.checked_sub(options.layers_before_last) else {
            bail!(
                InvalidArgument,
                "layers_before_last is {}, but the model has {layers} layers",
                options.layers_before_last
            );
        };
        Ok(EmbedOptions {
            pooling: enums::pooling(options.pooling)?,
            normalize: enums::flag(options.normalize, "normalize")?,
            layer: Some(layer),
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
        })
    }
}

/// Embeds texts: one vector for each. It is the same, bit for bit, as for the text alone. Any model will do, whatever
/// its head.
///
/// @param model       The model. Not NULL.
/// @param texts       The texts. Not NULL unless `count` is 0.
/// @param count       Number of texts.
/// @param options     How to embed; NULL for the defaults.
/// @param embeddings  Where the vectors go. Not NULL.
/// @param error       Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_NOT_FOUND if the model has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8
///   for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is longer than the options allow,
///   #DEBERTA_STATUS_CANCELLED, #DEBERTA_STATUS_DEADLINE_EXCEEDED, #DEBERTA_STATUS_INVALID_ARGUMENT or
///   #DEBERTA_STATUS_OUT_OF_MEMORY.
/// @par Ownership The caller owns the vectors and frees them with deberta_embeddings_free(). They do not depend on the
///   model. The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_embed(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    options: *const deberta_embed_options,
    embeddings: *mut *mut deberta_embeddings,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(embeddings, "embeddings")?;
            let options = resolve(options, model)?;
            let vectors = model.embed(&tokenizer::inputs(texts, count)?, &options)?;
            output.set(call::hand_over(deberta_embeddings::new(vectors)));
            Ok(())
        })
    }
}

/// As deberta_model_embed(), with the vectors written to the caller's buffer.
///
/// @param model     The model. Not NULL.
/// @param texts     The texts. Not NULL unless `count` is 0.
/// @param count     Number of texts.
/// @param options   How to embed; NULL for the defaults.
/// @param values    Buffer for [count, hidden_size] floats.
/// @param capacity  Number of floats that `values` has room for.
/// @param length    Where the number of floats goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
///   those needed; or NULL.
/// @param error     Where an error goes; or NULL.
/// @return As deberta_model_embed(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Ownership
///   The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_embed_into(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    options: *const deberta_embed_options,
    values: *mut f32,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let options = resolve(options, model)?;
            let buffer = Buffer::new(values, capacity, length, "values")?;
            let texts = tokenizer::inputs(texts, count)?;
            buffer.require(pointers::elements::<f32>(&[count, model.config().hidden_size], "values")?)?;
            buffer.write(&deberta_embeddings::new(model.embed(&texts, &options)?).vectors)
        })
    }
}

/// Number of texts.
///
/// @param embeddings  The vectors, or NULL.
/// @return The number of texts; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on the same vectors.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_embeddings_rows(embeddings: *const deberta_embeddings) -> usize {
    // SAFETY: the header's contract.
    unsafe { embeddings.as_ref() }.map_or(0, |embeddings| embeddings.embeddings.len())
}

/// The vectors, [rows, hidden_size].
///
/// @param embeddings  The vectors. Not NULL.
/// @param values      Where their address goes. They live as long as the handle. Not NULL.
/// @param length      Where the number of floats goes. Not NULL.
/// @param error       Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same vectors.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_embeddings_vectors(
    embeddings: *const deberta_embeddings,
    values: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let embeddings = pointers::reference(embeddings, "embeddings")?;
            OutputSlice::new(values, "values", length)?.set(&embeddings.vectors);
            Ok(())
        })
    }
}

/// What was cut off of a text that was too long, if the options say to truncate.
///
/// @param embeddings  The vectors. Not NULL.
/// @param row         The text's index.
/// @param truncated   A struct whose `struct_size` is set; the fields that it has and the library knows are written,
///   all others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
/// @param error       Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same vectors.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_embeddings_truncation(
    embeddings: *const deberta_embeddings,
    row: usize,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let embedding = pointers::reference(embeddings, "embeddings")?.row(row)?;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(embedding.truncated.as_ref(), 0));
            Ok(())
        })
    }
}

/// The number of windows that a text was read in.
///
/// @param embeddings  The vectors. Not NULL.
/// @param row         The text's index.
/// @param windows     Where their number goes; at least 1. Not NULL.
/// @param error       Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same vectors.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_embeddings_windows(
    embeddings: *const deberta_embeddings,
    row: usize,
    windows: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let embedding = pointers::reference(embeddings, "embeddings")?.row(row)?;
            Output::new(windows, "windows")?.set(embedding.windows);
            Ok(())
        })
    }
}

/// Frees vectors.
///
/// @param embeddings  The vectors, which must not be used afterwards, nor anything got from them. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the vectors at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_embeddings_free(embeddings: *mut deberta_embeddings) {
    // SAFETY: the header's contract.
    unsafe { call::release(embeddings) }
}
