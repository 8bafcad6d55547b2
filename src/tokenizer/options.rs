//! What there is to choose when a tokenizer is opened.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, bail};

/// How to open a tokenizer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenizerOptions {
    /// Whose behaviour to follow.
    pub mode: TokenizerMode,
}

/// Whose behaviour to follow where the two differ: in what no piece of the vocabulary spells, in the normalization of some
/// character sequences, and in special tokens that are written in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenizerMode {
    /// That of SentencePiece for Keras presets, that of Hugging Face for all others.
    #[default]
    Auto,
    /// That of `tokenizer.json`, or of the one that Hugging Face's conversion makes of the SentencePiece model: unknown
    /// characters are `[UNK]`, special tokens are found in texts.
    HuggingFace,
    /// That of SentencePiece itself, whether there is a `tokenizer.json` or not: unknown characters are byte pieces where
    /// the model has these, special tokens are never found in texts.
    SentencePiece,
}

impl TokenizerMode {
    const NAMES: [(&'static str, TokenizerMode); 3] = [
        ("auto", TokenizerMode::Auto),
        ("hugging_face", TokenizerMode::HuggingFace),
        ("sentencepiece", TokenizerMode::SentencePiece),
    ];
}

impl fmt::Display for TokenizerMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl FromStr for TokenizerMode {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, value)) => Ok(value),
            None => bail!(
                InvalidArgument,
                "tokenizer mode {name:?} is not known; use auto, hugging_face or sentencepiece"
            ),
        }
    }
}
