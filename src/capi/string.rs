//! Strings as pointer and length.

use std::ffi::c_char;
use std::mem::{align_of, offset_of, size_of};
use std::ptr;

use super::pointers;
use crate::error::Result;
use crate::tokenizer::TextInput;

/// A text that belongs to the library: UTF-8, `length` bytes, which may include NUL. It lives as long as what it was
/// got from; each function says how long that is. `data` is never NULL.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_string {
    /// The first byte.
    pub data: *const c_char,
    /// Number of bytes.
    pub length: usize,
}

impl deberta_string {
    pub(super) fn new(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), length: text.len() }
    }

    /// `text` without the NUL that it ends with.
    pub(super) fn from_static(text: &'static str) -> Self {
        debug_assert!(text.ends_with('\0'));
        Self { data: text.as_ptr().cast(), length: text.len() - 1 }
    }
}

/// A text that belongs to the caller, or two that belong together (premise and hypothesis, query and document): UTF-8,
/// which may include NUL and need not end with one. The library reads them during the call only.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_text {
    /// The text, or the first of the two. May be NULL if `text_length` is 0.
    pub text: *const c_char,
    /// Number of bytes of `text`.
    pub text_length: usize,
    /// The second text, or NULL if there is none. A second text may be empty: then this is not NULL.
    pub pair: *const c_char,
    /// Number of bytes of `pair`.
    pub pair_length: usize,
}

impl deberta_text {
    /// # Safety
    ///
    /// Both texts are valid for their lengths.
    pub(super) unsafe fn input<'a>(&self) -> Result<TextInput<'a>> {
        // SAFETY: the caller's promise.
        unsafe {
            Ok(TextInput {
                text: pointers::text(self.text, self.text_length, "text")?,
                pair: pointers::optional_text(self.pair, self.pair_length, "pair")?,
            })
        }
    }
}

impl Default for deberta_text {
    fn default() -> Self {
        Self { text: ptr::null(), text_length: 0, pair: ptr::null(), pair_length: 0 }
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<deberta_string>() == 16 && align_of::<deberta_string>() == 8);
    assert!(offset_of!(deberta_string, data) == 0 && offset_of!(deberta_string, length) == 8);
    assert!(size_of::<deberta_text>() == 32 && align_of::<deberta_text>() == 8);
    assert!(offset_of!(deberta_text, text) == 0 && offset_of!(deberta_text, text_length) == 8);
    assert!(offset_of!(deberta_text, pair) == 16 && offset_of!(deberta_text, pair_length) == 24);
};
