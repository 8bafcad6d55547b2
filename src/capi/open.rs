//! Opening a model, and giving it back.

use std::ffi::{CString, c_char, c_void};

use super::call::{self, call};
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, extensible};
use super::model::deberta_model;
use super::progress::observer;
use super::{enums, pointers};
use crate::error::Result;
use crate::model::{Model, OpenOptions};
use crate::tokenizer::TokenizerOptions;

/// Receives how far opening a model is, on the thread that opens it: at the start of each stage and after each layer's
/// weights. `stage` is a deberta_open_stage; `bytes` of `total_bytes` stored bytes of weights are done, both 0 in the
/// stages before weights are read. Returns 0 to go on; with anything else, opening ends with #DEBERTA_STATUS_CANCELLED
/// and leaves nothing behind. The callback must return: no exception, no longjmp.
pub type deberta_open_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, stage: i32, bytes: u64, total_bytes: u64) -> i32>;

/// How to open a model. Set it up with deberta_open_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_open_options {
    /// sizeof(deberta_open_options)
    pub struct_size: usize,
    /// A deberta_precision: the error that results may have.
    pub precision: i32,
    /// A deberta_instruction_set: the instructions to use. The environment variable DEBERTA_ISA overrides this. Opening
    /// fails if the machine does not have them.
    pub instruction_set: i32,
    /// A deberta_load_mode: whether weight files are mapped or copied into memory.
    pub load_mode: i32,
    /// Threads that work on one forward pass, the caller included; 0 for one for each available processor.
    pub threads: u32,
    /// What the names of the encoder's tensors start with, in UTF-8. NULL finds out whether that is nothing or
    /// `deberta.`; not NULL with a length of 0 is nothing.
    pub tensor_prefix: *const c_char,
    /// Number of bytes of `tensor_prefix`.
    pub tensor_prefix_length: usize,
    /// The path of a directory for packed weights, ending with a NUL; on Windows in UTF-8. Those of this model are mapped
    /// from there, and written there first unless they are there and fit: opening is then fast, and processes share the
    /// memory. A directory that `deberta pack` made is only read. NULL packs weights anew, in memory of the process alone.
    pub packed_cache_directory: *const c_char,
    /// 1 to open the model with random weights in place of the folder's, which need not be there: as the reference
    /// initialises them, for measuring speed and memory. 0 for the folder's.
    pub random_weights: i32,
    /// A deberta_tokenizer_mode: whose behaviour the tokenizer follows.
    pub tokenizer_mode: i32,
    /// What random weights depend on, beside the names of the tensors.
    pub random_seed: u64,
    /// Receives the progress of opening, and can stop it; or NULL.
    pub open_callback: deberta_open_callback,
    /// Passed to `open_callback`; may be NULL.
    pub open_callback_data: *mut c_void,
}

extensible!(deberta_open_options, size: 80, {
    struct_size: 0, precision: 8, instruction_set: 12, load_mode: 16, threads: 20, tensor_prefix: 24,
    tensor_prefix_length: 32, packed_cache_directory: 40, random_weights: 48, tokenizer_mode: 52, random_seed: 56,
    open_callback: 64, open_callback_data: 72,
});

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_open_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_open_options_init(
    options: *mut deberta_open_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
pub(super) unsafe fn resolve(options: *const deberta_open_options) -> Result<OpenOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        let prefix =
            pointers::optional_text(options.tensor_prefix, options.tensor_prefix_length, "tensor_prefix")?;
        let packed_cache = options.packed_cache_directory;
        let packed_cache = (!packed_cache.is_null())
            .then(|| pointers::path(packed_cache, "packed_cache_directory"))
            .transpose()?;
        Ok(OpenOptions {
            precision: enums::precision(options.precision)?,
            threads: (options.threads != 0).then_some(options.threads as usize),
            instruction_set: enums::instruction_set(options.instruction_set)?,
            load_mode: enums::load_mode(options.load_mode)?,
            tensor_prefix: prefix.map(str::to_owned),
            packed_cache,
            random_weights: enums::flag(options.random_weights, "random_weights")?
                .then_some(options.random_seed),
            tokenizer: TokenizerOptions { mode: enums::tokenizer_mode(options.tokenizer_mode)? },
            observer: observer(options.open_callback, options.open_callback_data),
        })
    }
}

pub(super) fn hand_over(model: Model) -> *mut deberta_model {
    let info = model.info();
    // A path that was opened has no NUL inside; the error is for the type only.
    let paths = info.files.iter().map(|(path, _)| CString::new(path.as_os_str().as_encoded_bytes()));
    let paths = paths.collect::<std::result::Result<_, _>>().unwrap_or_default();
    call::hand_over(deberta_model { model, files: info.files, paths, tensor_prefix: info.tensor_prefix })
}

/// Opens a model folder: `config.json`, weights in safetensors, of PyTorch or of a Keras preset, and where present
/// `tokenizer.json` or a SentencePiece model (`spm.model`).
///
/// @param folder   The path of the folder, ending with a NUL; on Windows in UTF-8. Not NULL.
/// @param options  How to open it; NULL for the defaults.
/// @param model    Where the model goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, or whatever is wrong with the folder, its files or the options.
/// @par Ownership
///   The caller owns the model and frees it with deberta_model_free(). The arguments are only used during the call.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_open(
    folder: *const c_char,
    options: *const deberta_open_options,
    model: *mut *mut deberta_model,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let output = pointers::Output::new(model, "model")?;
            let folder = pointers::path(folder, "folder")?;
            output.set(hand_over(Model::open(folder, &resolve(options)?)?));
            Ok(())
        })
    }
}

/// Opens a model by its name, or by its folder. A name is that of a model which other programs, or the command
/// `deberta fetch`, left on this machine: `user/name` or `user/name@revision` on Hugging Face, also with `hf://` in front,
/// `kaggle://owner/model/framework/variation`, or a name of KerasHub such as `deberta_v3_base_en`. It is looked for in
/// the caches that the environment variables of huggingface_hub and kagglehub name, or else in those below the home
/// directory. Nothing is downloaded.
///
/// @param name         The name, or the path of a folder, in UTF-8. Not NULL.
/// @param name_length  Number of bytes of `name`.
/// @param options      How to open it; NULL for the defaults.
/// @param model        Where the model goes. Not NULL.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_NOT_FOUND if the model is not on this machine, or as for
///   deberta_model_open().
/// @par Ownership
///   The caller owns the model and frees it with deberta_model_free(). The arguments are only used during the call.
/// @par Thread safety
///   May be called from any thread, as long as none changes the environment.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_from_preset(
    name: *const c_char,
    name_length: usize,
    options: *const deberta_open_options,
    model: *mut *mut deberta_model,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let output = pointers::Output::new(model, "model")?;
            let name = pointers::text(name, name_length, "name")?;
            output.set(hand_over(Model::from_preset(name, &resolve(options)?)?));
            Ok(())
        })
    }
}

/// Frees a model and ends its threads.
///
/// @param model  The model, which must not be used afterwards, nor what belongs to it: its tokenizer and its strings.
///   Results and errors live on. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the model at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_free(model: *mut deberta_model) {
    // SAFETY: the header's contract.
    unsafe { call::release(model) }
}
