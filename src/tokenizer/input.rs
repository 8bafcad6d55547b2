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
pub struct TokenizeOptions {
    /// Most tokens that an encoding may have, special tokens included; `None` for no limit.
    pub max_length: Option<usize>,
    /// What to do with an input of more than `max_length` tokens.
    pub truncation: Truncation,
    /// Whether to add `[CLS]` and `[SEP]` as the tokenizer file says.
    pub add_special_tokens: bool,
    /// Cuts an input of more than `max_length` tokens into windows of that length instead of losing its end. Only what can
    /// put windows together again takes this: [`super::Tokenizer::windows`], and the tasks of [`crate::Model`], which take the
    /// model's `max_position_embeddings` where there is no `max_length`.
    pub windows: Option<WindowOptions>,
}

/// How to cut a text into windows. Of a pair, [`Truncation::OnlyFirst`] and [`Truncation::OnlySecond`] say which text is cut, with the
/// other one whole in every window; otherwise that is the longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// How many tokens a window shares with the one before it.
    pub stride: usize,
}

impl Default for WindowOptions {
    /// Windows that share 128 tokens.
    fn default() -> Self {
        Self { stride: 128 }
    }
}

impl Default for TokenizeOptions {
    /// No limit, an error where a limit is exceeded, special tokens, no windows.
    fn default() -> Self {
        Self { max_length: None, truncation: Truncation::Error, add_special_tokens: true, windows: None }
    }
}
