//! What a model tells about itself.

use std::ffi::{CString, c_char};
use std::path::PathBuf;
use std::ptr;

use super::call::call;
use super::enums::deberta_instruction_set;
use super::error::{deberta_error, deberta_status};
use super::pointers::{self, Buffer, Output};
use super::string::deberta_string;
use super::tokenizer::deberta_tokenizer;
use crate::error::bail;
use crate::linalg::kernels::InstructionSet;
use crate::model::Model;

/// A model: configuration, tokenizer, encoder and head. It never changes: every function that takes a
/// `const deberta_model *` may be called from several threads at once on one model, without a lock.
pub struct deberta_model {
    pub(super) model: Model,
    pub(super) files: Vec<(PathBuf, u64)>,
    /// Of `files`, in their order.
    pub(super) paths: Vec<CString>,
    pub(super) tensor_prefix: String,
}

/// The name of a label.
///
/// @param model  The model. Not NULL.
/// @param index  The label's index, below `num_labels` of deberta_model_info.
/// @param label  Where the name goes; it lives as long as the model. Not NULL.
/// @param error  Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_label(
    model: *const deberta_model,
    index: usize,
    label: *mut deberta_string,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let labels = &pointers::reference(model, "model")?.model.config().id2label;
            let output = Output::new(label, "label")?;
            let Some(label) = labels.get(index) else {
                bail!(InvalidArgument, "index is {index}, but the model has {} labels", labels.len());
            };
            output.set(deberta_string::new(label));
            Ok(())
        })
    }
}

/// A weight file that the model was opened from.
///
/// @param model  The model. Not NULL.
/// @param index  The file's index, below `files` of deberta_model_info.
/// @param path   Where the path goes, which ends with a NUL and lives as long as the model. Not NULL.
/// @param bytes  Where the file's size goes. Not NULL.
/// @param error  Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_file(
    model: *const deberta_model,
    index: usize,
    path: *mut *const c_char,
    bytes: *mut u64,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = pointers::reference(model, "model")?;
            let (path_output, bytes_output) = (Output::new(path, "path")?, Output::new(bytes, "bytes")?);
            let (Some((_, bytes)), Some(path)) = (model.files.get(index), model.paths.get(index)) else {
                bail!(InvalidArgument, "index is {index}, but the model has {} files", model.files.len());
            };
            path_output.set(path.as_ptr());
            bytes_output.set(*bytes);
            Ok(())
        })
    }
}

/// What the names of the encoder's tensors start with, as given or as found out.
///
/// @param model  The model, or NULL.
/// @return The prefix, which lives as long as the model; empty for NULL.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_tensor_prefix(model: *const deberta_model) -> deberta_string {
    // SAFETY: the header's contract.
    unsafe { model.as_ref() }
        .map_or(deberta_string::from_static("\0"), |model| deberta_string::new(&model.tensor_prefix))
}

/// The tokenizer of a model.
///
/// @param model  The model, or NULL.
/// @return The tokenizer, which belongs to the model: it lives as long and must not be freed. NULL if the model's folder
///   has no `tokenizer.json`, and for NULL.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_tokenizer(model: *const deberta_model) -> *const deberta_tokenizer {
    // SAFETY: the header's contract.
    let tokenizer = unsafe { model.as_ref() }.and_then(|model| model.model.tokenizer());
    tokenizer.map_or(ptr::null(), deberta_tokenizer::borrow)
}

/// Rows of the word embedding table, before positions, token types and layer norm.
///
/// @param model     The model. Not NULL.
/// @param ids       Token ids. Not NULL unless `count` is 0.
/// @param count     Number of ids.
/// @param values    Buffer for [count, embedding_size] floats.
/// @param capacity  Number of floats that `values` has room for.
/// @param length    Where the number of floats goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
///   those needed; or NULL.
/// @param error     Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Ownership
///   The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_token_embeddings(
    model: *const deberta_model,
    ids: *const u32,
    count: usize,
    values: *mut f32,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let ids = pointers::slice(ids, count, "ids")?;
            let buffer = Buffer::new(values, capacity, length, "values")?;
            let sizes = [count, model.config().embedding_size];
            buffer.require(pointers::elements::<f32>(&sizes, "values")?)?;
            buffer.write(&model.token_embeddings(ids)?)
        })
    }
}

/// The instruction sets that this build has kernels for and this machine can run, fastest first. Which one a model uses
/// is in deberta_model_info.
///
/// @param instruction_sets  Buffer for numbers that are each a deberta_instruction_set.
/// @param capacity          How many numbers it has room for.
/// @param length            Where their count goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
///   those needed; or NULL.
/// @param error             Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_instruction_sets(
    instruction_sets: *mut i32,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let buffer = Buffer::new(instruction_sets, capacity, length, "instruction_sets")?;
            let available = InstructionSet::available().into_iter();
            let numbers: Vec<i32> =
                available.map(|known| deberta_instruction_set::from(known) as i32).collect();
            buffer.write(&numbers)
        })
    }
}

/// The name of an instruction set, as the environment variable DEBERTA_ISA takes it.
///
/// @param instruction_set  Any number.
/// @return The name, static and followed by a NUL; empty for a number that is no instruction set of this library.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn deberta_instruction_set_name(instruction_set: i32) -> deberta_string {
    let name = match super::enums::instruction_set(instruction_set) {
        Ok(Some(InstructionSet::Portable)) => "portable\0",
        Ok(Some(InstructionSet::Avx2)) => "avx2\0",
        Ok(Some(InstructionSet::Avx512)) => "avx512\0",
        Ok(Some(InstructionSet::Avx512Vnni)) => "avx512_vnni\0",
        Ok(Some(InstructionSet::Avx512Bf16)) => "avx512_bf16\0",
        Ok(Some(InstructionSet::Amx)) => "amx\0",
        Ok(Some(InstructionSet::NeonDotprod)) => "neon_dotprod\0",
        Ok(Some(InstructionSet::NeonBf16)) => "neon_bf16\0",
        Ok(Some(InstructionSet::Neon)) => "neon\0",
        Ok(None) => "auto\0",
        Err(_) => "\0",
    };
    deberta_string::from_static(name)
}
