//! The tokenizer.

use std::ffi::c_char;
use std::ptr;

use super::call::{self, call};
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::pointers::{self, Buffer, Output};
use super::string::deberta_text;
use super::tokenized::deberta_tokenized;
use crate::error::{Error, Result, bail};
use crate::tokenizer::{TextInput, TokenizeOptions, Tokenizer, WindowOptions};

/// A tokenizer: text to ids and back. It never changes: every function that takes a `const deberta_tokenizer *` may be
/// called from several threads at once on one tokenizer.
pub struct deberta_tokenizer {
    /// The name that C has for a [`Tokenizer`]: one of a model is handed out as it is, so there is nothing around it.
    _opaque: [u8; 0],
}

impl deberta_tokenizer {
    /// A tokenizer that belongs to a model, as C sees it.
    pub(super) fn borrow(tokenizer: &Tokenizer) -> *const Self {
        ptr::from_ref(tokenizer).cast()
    }
}

/// # Safety
///
/// The header's contract.
unsafe fn reference<'a>(tokenizer: *const deberta_tokenizer) -> Result<&'a Tokenizer> {
    // SAFETY: the caller's promise.
    unsafe { pointers::reference(tokenizer.cast(), "tokenizer") }
}

/// How to tokenize. Set it up with deberta_tokenize_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_tokenize_options {
    /// sizeof(deberta_tokenize_options)
    pub struct_size: usize,
    /// Most tokens that an input may have, special tokens included; 0 for no limit.
    pub max_length: usize,
    /// A deberta_truncation: what to do with an input of more tokens.
    pub truncation: i32,
    /// 1 to leave out `[CLS]` and `[SEP]`, which are added otherwise; else 0.
    pub omit_special_tokens: i32,
    /// 1 for tasks to read an input of more than `max_length` tokens, or where that is 0 of more than the model's
    /// max_position_embeddings, in windows of that length, instead of losing its end; else 0. Of a pair, a truncation of
    /// #DEBERTA_TRUNCATION_ONLY_FIRST or #DEBERTA_TRUNCATION_ONLY_SECOND says which text is cut, with the other one whole in
    /// every window; otherwise that is the longer one. Functions that give one encoding for each text refuse it.
    pub windows: i32,
    /// 0.
    pub reserved: i32,
    /// How many tokens a window shares with the one before it. Only for `windows`.
    pub stride: usize,
}

extensible!(deberta_tokenize_options, size: 40, {
    struct_size: 0, max_length: 8, truncation: 16, omit_special_tokens: 20, windows: 24, reserved: 28, stride: 32,
});

/// Ids of the special tokens, -1 for those that the vocabulary lacks.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_special_tokens {
    /// sizeof(deberta_special_tokens)
    pub struct_size: usize,
    /// `[CLS]`, first in every input.
    pub cls: i64,
    /// `[SEP]`, after each text.
    pub sep: i64,
    /// `[PAD]`.
    pub pad: i64,
    /// `[UNK]`, for what the vocabulary cannot spell.
    pub unk: i64,
    /// `[MASK]`, the blank of masked language modelling.
    pub mask: i64,
}

extensible!(deberta_special_tokens, size: 48, {
    struct_size: 0, cls: 8, sep: 16, pad: 24, unk: 32, mask: 40,
});

/// # Safety
///
/// The header's contract.
pub(super) unsafe fn resolve(options: *const deberta_tokenize_options) -> Result<TokenizeOptions> {
    // SAFETY: the caller's promise.
    let options = unsafe { extensible::read(options, "tokenize_options")? };
    if options.reserved != 0 {
        bail!(InvalidArgument, "reserved of tokenize_options is {}; it must be 0", options.reserved);
    }
    let windows = enums::flag(options.windows, "windows")?;
    if !windows && options.stride != 0 {
        bail!(InvalidArgument, "stride is {}, but windows is 0; set windows to 1", options.stride);
    }
    Ok(TokenizeOptions {
        windows: windows.then_some(WindowOptions { stride: options.stride }),
        max_length: (options.max_length != 0).then_some(options.max_length),
        truncation: enums::truncation(options.truncation)?,
        add_special_tokens: !enums::flag(options.omit_special_tokens, "omit_special_tokens")?,
    })
}

/// # Safety
///
/// The header's contract.
pub(super) unsafe fn inputs<'a>(texts: *const deberta_text, count: usize) -> Result<Vec<TextInput<'a>>> {
    // SAFETY: the caller's promise.
    unsafe {
        let texts = pointers::slice(texts, count, "texts")?.iter().enumerate();
        let inputs = texts.map(|(index, text)| {
            text.input().map_err(|error| {
                Error::new(error.kind(), format!("texts[{index}]: {error}")).with_source(error)
            })
        });
        inputs.collect()
    }
}

/// Texts that stand alone: labels, documents.
///
/// # Safety
///
/// The header's contract.
pub(super) unsafe fn single_texts<'a>(
    texts: *const deberta_text,
    count: usize,
    name: &str,
) -> Result<Vec<&'a str>> {
    // SAFETY: the caller's promise.
    unsafe {
        let texts = pointers::slice(texts, count, name)?.iter().enumerate();
        let single = |(index, text): (usize, &deberta_text)| match text.input() {
            Ok(TextInput { text, pair: None }) => Ok(text),
            Ok(_) => bail!(InvalidArgument, "{name}[{index}] has a pair; only single texts go here"),
            Err(error) => {
                Err(Error::new(error.kind(), format!("{name}[{index}]: {error}")).with_source(error))
            }
        };
        texts.map(single).collect()
    }
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_tokenize_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenize_options_init(
    options: *mut deberta_tokenize_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// Opens a tokenizer without a model.
///
/// @param path       The path of a `tokenizer.json` of Hugging Face, or of a folder that holds one, a SentencePiece model
///   (`spm.model`) or a Keras preset, ending with a NUL; on Windows in UTF-8. Not NULL.
/// @param tokenizer  Where the tokenizer goes. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT, #DEBERTA_STATUS_NOT_FOUND, #DEBERTA_STATUS_IO,
///   #DEBERTA_STATUS_UNSUPPORTED or #DEBERTA_STATUS_INVALID_TOKENIZER.
/// @par Ownership
///   The caller owns the tokenizer and frees it with deberta_tokenizer_free(). The path is only used during the call.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_open(
    path: *const c_char,
    tokenizer: *mut *mut deberta_tokenizer,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let output = Output::new(tokenizer, "tokenizer")?;
            let path = pointers::path(path, "path")?;
            let tokenizer = if path.is_dir() {
                match Tokenizer::from_folder(&path)? {
                    Some(tokenizer) => tokenizer,
                    None => bail!(NotFound, "there is no tokenizer.json or spm.model in {}", path.display()),
                }
            } else {
                Tokenizer::from_file(&path)?
            };
            output.set(call::hand_over(tokenizer).cast());
            Ok(())
        })
    }
}

/// Tokenizes one text, or a pair of texts.
///
/// @param tokenizer         The tokenizer. Not NULL.
/// @param text              The text or pair. Not NULL.
/// @param tokenize_options  How to tokenize; NULL for the defaults.
/// @param tokenized         Where the tokens go. Not NULL.
/// @param error             Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT, #DEBERTA_STATUS_INVALID_UTF8, #DEBERTA_STATUS_TOO_LONG
///   or #DEBERTA_STATUS_INVALID_TOKENIZER.
/// @par Ownership
///   The caller owns the tokens and frees them with deberta_tokenized_free(). They do not depend on the tokenizer. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one tokenizer.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_encode(
    tokenizer: *const deberta_tokenizer,
    text: *const deberta_text,
    tokenize_options: *const deberta_tokenize_options,
    tokenized: *mut *mut deberta_tokenized,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenizer = reference(tokenizer)?;
            let output = Output::new(tokenized, "tokenized")?;
            let options = resolve(tokenize_options)?;
            let input = pointers::reference(text, "text")?.input()?;
            output.set(call::hand_over(tokenizer.encode(input, &options)?.into()));
            Ok(())
        })
    }
}

/// Turns ids back into text.
///
/// @param tokenizer            The tokenizer. Not NULL.
/// @param ids                  Token ids. Not NULL unless `count` is 0.
/// @param count                Number of ids.
/// @param skip_special_tokens  1 to leave out `[CLS]`, `[SEP]` and their like; else 0.
/// @param text                 Buffer for the text, in UTF-8; no NUL is added.
/// @param capacity             Number of bytes that `text` has room for.
/// @param length               Where the number of bytes goes: on success those written, with
///   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
/// @param error                Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_BUFFER_TOO_SMALL, #DEBERTA_STATUS_INVALID_TOKENIZER, or
///   #DEBERTA_STATUS_INVALID_ARGUMENT, also for an id that the vocabulary does not have.
/// @par Ownership
///   The arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one tokenizer.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_decode(
    tokenizer: *const deberta_tokenizer,
    ids: *const u32,
    count: usize,
    skip_special_tokens: i32,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenizer = reference(tokenizer)?;
            let buffer = Buffer::new(text.cast::<u8>(), capacity, length, "text")?;
            let ids = pointers::slice(ids, count, "ids")?;
            let skip = enums::flag(skip_special_tokens, "skip_special_tokens")?;
            buffer.write(tokenizer.decode(ids, skip)?.as_bytes())
        })
    }
}

/// The token of an id.
///
/// @param tokenizer  The tokenizer. Not NULL.
/// @param id         The id.
/// @param token      Buffer for the token as the vocabulary spells it, in UTF-8; no NUL is added.
/// @param capacity   Number of bytes that `token` has room for.
/// @param length     Where the number of bytes goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
///   those needed; or NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_BUFFER_TOO_SMALL, or #DEBERTA_STATUS_INVALID_ARGUMENT, also for an id that
///   the vocabulary does not have.
/// @par Thread safety
///   May be called from several threads on one tokenizer.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_token(
    tokenizer: *const deberta_tokenizer,
    id: u32,
    token: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenizer = reference(tokenizer)?;
            let buffer = Buffer::new(token.cast::<u8>(), capacity, length, "token")?;
            let Some(token) = tokenizer.token(id) else {
                bail!(InvalidArgument, "the vocabulary has no id {id}");
            };
            buffer.write(token.as_bytes())
        })
    }
}

/// The id of a token.
///
/// @param tokenizer  The tokenizer. Not NULL.
/// @param token      The token, written as in the vocabulary. Not NULL unless `length` is 0.
/// @param length     Number of bytes of `token`.
/// @param id         Where the id goes. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_UTF8, or #DEBERTA_STATUS_INVALID_ARGUMENT, also for a token that
///   the vocabulary does not have.
/// @par Thread safety
///   May be called from several threads on one tokenizer.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_id(
    tokenizer: *const deberta_tokenizer,
    token: *const c_char,
    length: usize,
    id: *mut u32,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenizer = reference(tokenizer)?;
            let output = Output::new(id, "id")?;
            let token = pointers::text(token, length, "token")?;
            let Some(id) = tokenizer.id(token) else {
                bail!(InvalidArgument, "the vocabulary has no token {token:?}");
            };
            output.set(id);
            Ok(())
        })
    }
}

/// Number of tokens, added tokens included. A model's embedding table usually has more rows than this.
///
/// @param tokenizer  The tokenizer, or NULL.
/// @return The number of tokens; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on one tokenizer.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_vocabulary_size(tokenizer: *const deberta_tokenizer) -> usize {
    // SAFETY: the header's contract.
    unsafe { tokenizer.cast::<Tokenizer>().as_ref() }.map_or(0, Tokenizer::vocabulary_size)
}

/// Sets up the struct for deberta_tokenizer_special_tokens(): every field 0 but `struct_size`.
///
/// @param special_tokens  The struct to set up. Not NULL.
/// @param struct_size     sizeof(deberta_special_tokens), which tells the library which version of the struct this is.
/// @param error           Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_special_tokens_init(
    special_tokens: *mut deberta_special_tokens,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(special_tokens, struct_size, "special_tokens")) }
}

/// Ids of the special tokens.
///
/// @param tokenizer       The tokenizer. Not NULL.
/// @param special_tokens  A struct whose `struct_size` is set; the fields that it has and the library knows are written,
///   all others set to 0. Not NULL.
/// @param error           Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one tokenizer.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_special_tokens(
    tokenizer: *const deberta_tokenizer,
    special_tokens: *mut deberta_special_tokens,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenizer = reference(tokenizer)?;
            let output = OutputStruct::new(special_tokens, "special_tokens")?;
            let ids = tokenizer.special_tokens();
            let number = |id: Option<u32>| id.map_or(-1, i64::from);
            output.set(&deberta_special_tokens {
                struct_size: size_of::<deberta_special_tokens>(),
                cls: number(ids.cls),
                sep: number(ids.sep),
                pad: number(ids.pad),
                unk: number(ids.unk),
                mask: number(ids.mask),
            });
            Ok(())
        })
    }
}

/// Frees a tokenizer that was opened with deberta_tokenizer_open(). That of a model must not be freed.
///
/// @param tokenizer  The tokenizer, which must not be used afterwards. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the tokenizer at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenizer_free(tokenizer: *mut deberta_tokenizer) {
    // SAFETY: the header's contract.
    unsafe { call::release(tokenizer.cast::<Tokenizer>()) }
}
