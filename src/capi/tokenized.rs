//! What the tokenizer returns.

use std::ops::Range;

use super::call::{self, call};
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::pointers::{self, Output, OutputSlice};
use super::string::deberta_string;
use crate::error::bail;
use crate::tokenizer::{Encoding, TruncatedText};

/// A half-open range of positions in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct deberta_range {
    /// The first position.
    pub start: usize,
    /// The position after the last.
    pub end: usize,
}

impl From<&Range<usize>> for deberta_range {
    fn from(range: &Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<deberta_range>() == 16 && align_of::<deberta_range>() == 8);
    assert!(std::mem::offset_of!(deberta_range, start) == 0 && std::mem::offset_of!(deberta_range, end) == 8);
};

/// The tokens of one input. Immutable and independent of the tokenizer: every function that takes a
/// `const deberta_tokenized *` may be called from several threads at once on one of them.
///
/// Offsets are positions in the caller's own text, before any normalization: in `text` for tokens with sequence id 0, in
/// `pair` for those with sequence id 1, and 0 to 0 for the special tokens that were added. They include the space before
/// a word where the token does.
pub struct deberta_tokenized {
    encoding: Encoding,
    byte_offsets: Vec<deberta_range>,
    char_offsets: Vec<deberta_range>,
    special_tokens_mask: Vec<u8>,
    sequence_ids: Vec<i32>,
    word_ids: Vec<i64>,
}

impl From<Encoding> for deberta_tokenized {
    fn from(encoding: Encoding) -> Self {
        let ranges = |offsets: &[(usize, usize)]| {
            offsets.iter().map(|&(start, end)| deberta_range { start, end }).collect()
        };
        Self {
            byte_offsets: ranges(&encoding.byte_offsets),
            char_offsets: ranges(&encoding.char_offsets),
            special_tokens_mask: encoding.special_tokens_mask.iter().map(|&special| special.into()).collect(),
            sequence_ids: encoding.sequence_ids.iter().map(|id| id.map_or(-1, i32::from)).collect(),
            word_ids: encoding.word_ids.iter().map(|id| id.map_or(-1, i64::from)).collect(),
            encoding,
        }
    }
}

/// What truncation cut off. Arrays hold the first text's value and the second's.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_truncated_text {
    /// sizeof(deberta_truncated_text)
    pub struct_size: usize,
    /// Tokens that the whole input has, special tokens included.
    pub total_tokens: usize,
    /// Number of tokens cut off at the end of each text.
    pub removed_tokens: [usize; 2],
    /// Where in each text the first removed token starts, in bytes; SIZE_MAX for a text that was kept whole.
    pub first_removed_byte: [usize; 2],
    /// The same in Unicode scalar values.
    pub first_removed_char: [usize; 2],
}

extensible!(deberta_truncated_text, size: 64, {
    struct_size: 0, total_tokens: 8, removed_tokens: 16, first_removed_byte: 32, first_removed_char: 48,
});

impl deberta_truncated_text {
    /// What was cut off; with `total_tokens` for an input of which nothing was.
    pub(super) fn new(truncated: Option<&TruncatedText>, total_tokens: usize) -> Self {
        let nothing = TruncatedText {
            total_tokens,
            removed_tokens: [0; 2],
            first_removed_byte: [None; 2],
            first_removed_char: [None; 2],
        };
        let truncated = truncated.unwrap_or(&nothing);
        Self {
            struct_size: size_of::<Self>(),
            total_tokens: truncated.total_tokens,
            removed_tokens: truncated.removed_tokens,
            first_removed_byte: truncated.first_removed_byte.map(|byte| byte.unwrap_or(usize::MAX)),
            first_removed_char: truncated.first_removed_char.map(|char| char.unwrap_or(usize::MAX)),
        }
    }
}

/// Sets up the struct for deberta_tokenized_truncation() and deberta_classifications_truncation(): every field 0 but
/// `struct_size`.
///
/// @param truncated    The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_truncated_text), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_truncated_text_init(
    truncated: *mut deberta_truncated_text,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(truncated, struct_size, "truncated")) }
}

/// Number of tokens.
///
/// @param tokenized  The tokens, or NULL.
/// @return Their number; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_length(tokenized: *const deberta_tokenized) -> usize {
    // SAFETY: the header's contract.
    unsafe { tokenized.as_ref() }.map_or(0, |tokenized| tokenized.encoding.len())
}

/// The token ids.
///
/// @param tokenized  The tokens. Not NULL.
/// @param ids        Where the address of the ids goes, one for each token. It lives as long as the tokens. Not NULL.
/// @param length     Where their number goes. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_ids(
    tokenized: *const deberta_tokenized,
    ids: *mut *const u32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(ids, "ids", length)?.set(&tokenized.encoding.ids);
            Ok(())
        })
    }
}

/// The token types: 0 for the first text and what frames it, 1 for the second.
///
/// @param tokenized       The tokens. Not NULL.
/// @param token_type_ids  Where the address of the types goes, one for each token. It lives as long as the tokens. Not NULL.
/// @param length          Where their number goes. Not NULL.
/// @param error           Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_token_type_ids(
    tokenized: *const deberta_tokenized,
    token_type_ids: *mut *const u32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(token_type_ids, "token_type_ids", length)?
                .set(&tokenized.encoding.token_type_ids);
            Ok(())
        })
    }
}

/// Where the tokens are in the text, in bytes of UTF-8, always on character boundaries.
///
/// @param tokenized     The tokens. Not NULL.
/// @param byte_offsets  Where the address of the ranges goes, one for each token. It lives as long as the tokens. Not NULL.
/// @param length        Where their number goes. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_byte_offsets(
    tokenized: *const deberta_tokenized,
    byte_offsets: *mut *const deberta_range,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(byte_offsets, "byte_offsets", length)?.set(&tokenized.byte_offsets);
            Ok(())
        })
    }
}

/// Where the tokens are in the text, in Unicode scalar values (the string indices of Python).
///
/// @param tokenized     The tokens. Not NULL.
/// @param char_offsets  Where the address of the ranges goes, one for each token. It lives as long as the tokens. Not NULL.
/// @param length        Where their number goes. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_char_offsets(
    tokenized: *const deberta_tokenized,
    char_offsets: *mut *const deberta_range,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(char_offsets, "char_offsets", length)?.set(&tokenized.char_offsets);
            Ok(())
        })
    }
}

/// Which tokens are special tokens that were added around the texts: 1 for those, 0 for all that stands in the texts.
///
/// @param tokenized  The tokens. Not NULL.
/// @param mask       Where the address of the numbers goes, one for each token. It lives as long as the tokens. Not NULL.
/// @param length     Where their number goes. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_special_tokens_mask(
    tokenized: *const deberta_tokenized,
    mask: *mut *const u8,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(mask, "mask", length)?.set(&tokenized.special_tokens_mask);
            Ok(())
        })
    }
}

/// Which text the tokens are from: 0 for the first, 1 for the second, -1 for special tokens that were added.
///
/// @param tokenized     The tokens. Not NULL.
/// @param sequence_ids  Where the address of the numbers goes, one for each token. It lives as long as the tokens. Not NULL.
/// @param length        Where their number goes. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_sequence_ids(
    tokenized: *const deberta_tokenized,
    sequence_ids: *mut *const i32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(sequence_ids, "sequence_ids", length)?.set(&tokenized.sequence_ids);
            Ok(())
        })
    }
}

/// Which words of their text the tokens are part of, counted from 0; -1 for special tokens that were added. Words are
/// what the tokenizer cuts a text into before it looks for tokens: at spaces, and where the model says so at
/// punctuation.
///
/// @param tokenized  The tokens. Not NULL.
/// @param word_ids   Where the address of the numbers goes, one for each token; valid as long as the tokens. Not NULL.
/// @param length     Where their number goes. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_word_ids(
    tokenized: *const deberta_tokenized,
    word_ids: *mut *const i64,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokenized = pointers::reference(tokenized, "tokenized")?;
            OutputSlice::new(word_ids, "word_ids", length)?.set(&tokenized.word_ids);
            Ok(())
        })
    }
}

/// One token as the vocabulary spells it; an unknown piece keeps its own spelling.
///
/// @param tokenized  The tokens. Not NULL.
/// @param index      The token's index.
/// @param token      Where the token goes; it lives as long as the tokens. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_token(
    tokenized: *const deberta_tokenized,
    index: usize,
    token: *mut deberta_string,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let tokens = &pointers::reference(tokenized, "tokenized")?.encoding.tokens;
            let output = Output::new(token, "token")?;
            let Some(token) = tokens.get(index) else {
                bail!(InvalidArgument, "index is {index}, but there are {} tokens", tokens.len());
            };
            output.set(deberta_string::new(token));
            Ok(())
        })
    }
}

/// What truncation cut off.
///
/// @param tokenized  The tokens. Not NULL.
/// @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. `removed_tokens` is 0 and 0 if nothing was cut off. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same tokens.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_truncation(
    tokenized: *const deberta_tokenized,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoding = &pointers::reference(tokenized, "tokenized")?.encoding;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(encoding.truncated.as_ref(), encoding.len()));
            Ok(())
        })
    }
}

/// Frees the tokens that deberta_tokenizer_encode() returned. Those of a deberta_encoded must not be freed.
///
/// @param tokenized  The tokens, which must not be used afterwards, nor any array got from them. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the tokens at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tokenized_free(tokenized: *mut deberta_tokenized) {
    // SAFETY: the header's contract.
    unsafe { call::release(tokenized) }
}
