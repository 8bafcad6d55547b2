//! Texts as tasks take them.

use arbitrary::Arbitrary;
use deberta::capi::deberta_text;

use super::super::arguments::{Claim, Few, Nulls, Seldom, Text};
use super::super::tokens::{TextBytes, TextOrPair};

/// What a task expects of its texts.
#[derive(Clone, Copy)]
pub enum Form {
    /// No pairs.
    Single,
    /// Each with a pair.
    Pair,
    /// Each with a mask.
    Masked,
}

/// Mostly a text that a task takes; now and then any.
#[derive(Debug, Arbitrary)]
struct TaskText {
    text: Few<u8, 4>,
    pair: Few<u8, 4>,
    any: Seldom<TextOrPair>,
}

impl TaskText {
    fn bytes(&self, form: Form) -> TextBytes {
        if let Some(any) = &self.any.0 {
            return any.bytes();
        }
        let text = Text::Pieces(self.text.clone()).bytes();
        match form {
            Form::Single => TextBytes::new(text, None),
            Form::Pair => TextBytes::new(text, Some(Text::Pieces(self.pair.clone()).bytes())),
            Form::Masked => TextBytes::new([&text, b"[MASK]".as_slice()].concat().into(), None),
        }
    }
}

/// Texts as arrays for C.
#[derive(Debug, Arbitrary)]
pub struct Texts<const MOST: usize> {
    texts: Few<TaskText, MOST>,
    claimed: Claim,
}

/// The array, and the bytes that it points to.
pub struct TextsOfCall {
    pub bytes: Vec<TextBytes>,
    array: Box<[deberta_text]>,
    pub count: usize,
}

impl<const MOST: usize> Texts<MOST> {
    pub fn of_call(&self, form: Form) -> TextsOfCall {
        let bytes: Vec<TextBytes> = self.texts.0.iter().map(|text| text.bytes(form)).collect();
        let array: Box<[deberta_text]> = bytes.iter().map(TextBytes::c_text).collect();
        let count = self.claimed.of(array.len());
        TextsOfCall { bytes, array, count }
    }
}

impl TextsOfCall {
    /// The array, or NULL.
    pub fn pointer(&self, nulls: Nulls, bit: u32) -> *const deberta_text {
        nulls.or(bit, self.array.as_ptr())
    }

    pub fn are_valid(&self) -> bool {
        self.bytes.iter().all(TextBytes::is_valid)
    }
}
