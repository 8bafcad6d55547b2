//! What the tokenizer is given.

use super::Truncation;

/// One text, or two that belong together (premise and hypothesis, query and document).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextInput<'a> {
    /// The text, or the first of the two.
    pub text: &'a str,
    /// The second text.
    pub pair: Option<&'a str>,
}

impl<'a> From<&'a str> for TextInput<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, pair: None }
    }
}

impl<'a> From<&'a String> for TextInput<'a> {
    fn from(text: &'a String) -> Self {
        Self::from(text.as_str())
    }
}

impl<'a> From<(&'a str, &'a str)> for TextInput<'a> {
    fn from((text, pair): (&'a str, &'a str)) -> Self {
        Self { text, pair: Some(pair) }
    }
}

/// How to tokenize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Most tokens that an encoding may have, special tokens included; `None` for no limit.
    pub max_length: Option<usize>,
    /// What to do with an input of more than `max_length` tokens.
    pub truncation: Truncation,
    /// Whether to add `[CLS]` and `[SEP]` as the tokenizer file says.
    pub add_special_tokens: bool,
}

impl Default for EncodeOptions {
    /// No limit, an error where a limit is exceeded, and special tokens.
    fn default() -> Self {
        Self { max_length: None, truncation: Truncation::Error, add_special_tokens: true }
    }
}
