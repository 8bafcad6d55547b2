//! Text to token ids with offsets, from a Hugging Face `tokenizer.json` or a SentencePiece model.

mod encoding;
mod engine;
mod input;
mod load;
mod options;
pub(crate) mod sentencepiece;
mod truncation;
mod window;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result, bail};
use crate::runtime::in_forked_child;
use engine::Engine;

pub use encoding::Encoding;
pub use input::{TextInput, TokenizeOptions, WindowOptions};
pub use options::{TokenizerMode, TokenizerOptions};
pub use truncation::{TruncatedText, Truncation};
pub use window::Window;

/// A tokenizer: text to ids and back.
///
/// It is immutable: one value serves any number of threads at once. What it does to text is what its
/// `tokenizer.json` says, the same as the `tokenizers` library in Python, with two exceptions: `truncation` and
/// `padding` blocks stored in the file are ignored, since they would act without the caller knowing;
/// [`TokenizeOptions`] decides about truncation, and nothing is ever padded here. Where a SentencePiece model is all there
/// is, [`TokenizerMode`] says what it does.
///
/// A special token written out in the text (`"[SEP]"`) becomes that token, as in the `tokenizers` library, except in the
/// mode [`TokenizerMode::SentencePiece`].
pub struct Tokenizer {
    engine: Engine,
    special_tokens: SpecialTokens,
}

/// Ids of the special tokens, `None` for those that the vocabulary lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    /// `[CLS]`, first in every input.
    pub cls: Option<u32>,
    /// `[SEP]`, after each text.
    pub sep: Option<u32>,
    /// `[PAD]`.
    pub pad: Option<u32>,
    /// `[UNK]`, for what the vocabulary cannot spell.
    pub unk: Option<u32>,
    /// `[MASK]`, the blank of masked language modelling.
    pub mask: Option<u32>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] or [`ErrorKind::Io`] when the file cannot be read, [`ErrorKind::Unsupported`] for
    /// the `tokenizer.json` of a Keras preset, [`ErrorKind::InvalidTokenizer`] for anything else that is not a
    /// Hugging Face tokenizer.
    pub fn from_file(path: &Path) -> Result<Self> {
        Ok(Self::new(load::from_file(path)?))
    }

    /// Reads the tokenizer of a model folder, as [`Self::open`] with default options does.
    ///
    /// # Errors
    ///
    /// Those of [`Self::open`].
    pub fn from_folder(folder: &Path) -> Result<Option<Self>> {
        Self::open(folder, &TokenizerOptions::default())
    }

    /// Reads the tokenizer of a model folder: `tokenizer.json` of Hugging Face; else a SentencePiece model, that is
    /// `spm.model` or `spiece.model` with the JSON files beside it, or `assets/tokenizer/vocabulary.spm` of a Keras
    /// preset. `None` when the folder has none of these.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when the folder itself is not there, or the file that `options` ask for is not;
    /// [`ErrorKind::Io`] when a file cannot be read; [`ErrorKind::InvalidTokenizer`] for a damaged file;
    /// [`ErrorKind::Unsupported`] for SentencePiece models of other kinds than DeBERTa's.
    pub fn open(folder: &Path, options: &TokenizerOptions) -> Result<Option<Self>> {
        std::fs::metadata(folder).map_err(|source| Error::io("open model folder", folder, source))?;
        Ok(load::from_folder(folder, options.mode)?.map(Self::new))
    }

    fn new(engine: Engine) -> Self {
        let id = |token| engine.id(token);
        let special_tokens = SpecialTokens {
            cls: id("[CLS]"),
            sep: id("[SEP]"),
            pad: id("[PAD]"),
            unk: id("[UNK]"),
            mask: id("[MASK]"),
        };
        Self { engine, special_tokens }
    }

    /// Tokenizes one text, or a pair of texts.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLong`] when the input has more tokens than `options.max_length` and the truncation
    /// strategy is [`Truncation::Error`] or cannot shorten it enough; [`ErrorKind::InvalidArgument`] when
    /// `max_length` has no room for the special tokens, the strategy needs a second text that is not there, or the options
    /// ask for windows.
    pub fn encode(&self, input: TextInput<'_>, options: &TokenizeOptions) -> Result<Encoding> {
        if options.windows.is_some() {
            bail!(InvalidArgument, "this call gives one encoding for each text: it takes no windows");
        }
        let mut encoding = self.engine.encode(input, options.add_special_tokens)?;
        if let Some(max_length) = options.max_length {
            truncation::truncate(&mut encoding, input.pair.is_some(), max_length, options.truncation)?;
        }
        Ok(encoding)
    }

    /// Tokenizes one text, or a pair of texts, into as many windows as it takes: one where `options.windows` is `None` or all
    /// fits. Windows start at the beginning of the text and are full, except the last.
    ///
    /// # Errors
    ///
    /// As for [`Self::encode`]; [`ErrorKind::InvalidArgument`] for windows without `max_length`, and when `stride` leaves a
    /// window nothing new; [`ErrorKind::TooLong`] when the text that is not cut leaves no room for the other one.
    pub fn windows(&self, input: TextInput<'_>, options: &TokenizeOptions) -> Result<Vec<Window>> {
        let Some(windows) = options.windows else {
            return Ok(vec![Window { encoding: self.encode(input, options)?, first_token: 0 }]);
        };
        let Some(max_length) = options.max_length else {
            bail!(InvalidArgument, "windows need a length: set max_length");
        };
        let encoding = self.engine.encode(input, options.add_special_tokens)?;
        window::cut(encoding, input.pair.is_some(), max_length, options.truncation, windows)
    }

    /// Tokenizes many inputs in parallel on the current rayon thread pool; the result has their order. In the child of
    /// a fork, which has no such pool, one after the other.
    ///
    /// # Errors
    ///
    /// The error of the first input that fails, as [`Tokenizer::encode`] would give it, with the input's index
    /// (from 0) in the message.
    pub fn encode_batch(&self, inputs: &[TextInput<'_>], options: &TokenizeOptions) -> Result<Vec<Encoding>> {
        each(inputs, |input| self.encode(input, options)).map_err(|(index, error)| {
            Error::new(error.kind(), format!("input {index}: {error}")).with_source(error)
        })
    }

    /// [`Self::windows`] of many inputs, as [`Self::encode_batch`] works; an error comes with the index of its input.
    pub(crate) fn windows_batch(
        &self,
        inputs: &[TextInput<'_>],
        options: &TokenizeOptions,
    ) -> Result<Vec<Vec<Window>>, (usize, Error)> {
        each(inputs, |input| self.windows(input, options))
    }

    /// Turns ids back into text. With `skip_special_tokens`, `[CLS]`, `[SEP]` and their like are left out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for an id that the vocabulary does not have.
    pub fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String> {
        for (index, &id) in ids.iter().enumerate() {
            if self.engine.token(id).is_none() {
                bail!(
                    InvalidArgument,
                    "id {id} at index {index} is not in the vocabulary of {} tokens",
                    self.vocabulary_size()
                );
            }
        }
        self.engine.decode(ids, skip_special_tokens)
    }

    /// The text of tokens, each spelled as in the vocabulary or, where that has none, as in a text.
    pub(crate) fn join(&self, tokens: Vec<String>) -> Result<String> {
        self.engine.join(tokens)
    }

    /// The token of an id.
    pub fn token(&self, id: u32) -> Option<String> {
        self.engine.token(id)
    }

    /// The id of a token, written as in the vocabulary (`"▁word"`, `"[SEP]"`).
    pub fn id(&self, token: &str) -> Option<u32> {
        self.engine.id(token)
    }

    /// Number of tokens, added tokens included. A model's embedding table usually has more rows than this.
    pub fn vocabulary_size(&self) -> usize {
        self.engine.vocabulary_size()
    }

    /// The tokenizer as the contents of a `tokenizer.json`, which any version of the `tokenizers` library reads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] in the mode [`TokenizerMode::SentencePiece`], which that format cannot express.
    pub fn to_tokenizer_json(&self) -> Result<String> {
        self.engine.to_json()
    }

    /// Ids of the special tokens.
    pub fn special_tokens(&self) -> SpecialTokens {
        self.special_tokens
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Tokenizer")
            .field("vocabulary_size", &self.vocabulary_size())
            .field("special_tokens", &self.special_tokens)
            .finish_non_exhaustive()
    }
}

/// Tokenizes each input in parallel, unless this is the child of a fork. An error is that of the first input that fails.
fn each<T: Send>(
    inputs: &[TextInput<'_>],
    tokenize: impl Fn(TextInput<'_>) -> Result<T> + Sync,
) -> Result<Vec<T>, (usize, Error)> {
    // Collected before the errors are looked at, so that the lowest index is named whichever thread is first.
    let results: Vec<Result<T>> = if inputs.len() == 1 || in_forked_child() {
        inputs.iter().map(|&input| tokenize(input)).collect()
    } else {
        inputs.par_iter().map(|&input| tokenize(input)).collect()
    };
    results.into_iter().enumerate().map(|(index, result)| result.map_err(|error| (index, error))).collect()
}

/// Runs a call into the `tokenizers` crate, which panics on some damaged tokenizer files: that becomes an error.
fn shield<T>(action: &str, call: impl FnOnce() -> tokenizers::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(Error::new(
            ErrorKind::InvalidTokenizer,
            format!("cannot {action} with this tokenizer: {source}"),
        )
        .with_source(source)),
        Err(_) => bail!(
            InvalidTokenizer,
            "cannot {action}: the tokenizer has inconsistent contents; replace its file by the checkpoint's original"
        ),
    }
}

#[cfg(test)]
mod tests;
