//! What does the work: the `tokenizers` library, or SentencePiece's own algorithm.

use tokenizers::Decoder;

use super::sentencepiece::Processor;
use super::{Encoding, TextInput, shield};
use crate::error::{Result, bail};

/// A tokenizer of one kind or the other.
pub(super) enum Engine {
    /// The pipeline of a Hugging Face tokenizer.
    Pipeline(Box<tokenizers::Tokenizer>),
    /// A SentencePiece model that behaves as SentencePiece does.
    SentencePiece(Box<Processor>),
}

impl Engine {
    /// Tokenizes without a limit.
    pub(super) fn encode(&self, input: TextInput<'_>, add_special_tokens: bool) -> Result<Encoding> {
        match self {
            Self::Pipeline(pipeline) => {
                let raw = shield("encode the text", || match input.pair {
                    None => pipeline.encode(input.text, add_special_tokens),
                    Some(pair) => pipeline.encode((input.text, pair), add_special_tokens),
                })?;
                Ok(Encoding::from_raw(&raw, input))
            }
            Self::SentencePiece(processor) => Ok(processor.encode(input, add_special_tokens)),
        }
    }

    /// The text of ids that the vocabulary has.
    pub(super) fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String> {
        match self {
            Self::Pipeline(pipeline) => {
                shield("decode the ids", || pipeline.decode(ids, skip_special_tokens))
            }
            Self::SentencePiece(processor) => Ok(processor.decode(ids, skip_special_tokens)),
        }
    }

    /// The text of tokens.
    pub(super) fn join(&self, tokens: Vec<String>) -> Result<String> {
        match self {
            Self::Pipeline(pipeline) => match pipeline.get_decoder() {
                Some(decoder) => shield("join the tokens", || decoder.decode(tokens)),
                None => Ok(tokens.join(" ")),
            },
            Self::SentencePiece(processor) => Ok(processor.join(&tokens)),
        }
    }

    /// The token of an id.
    pub(super) fn token(&self, id: u32) -> Option<String> {
        match self {
            Self::Pipeline(pipeline) => pipeline.id_to_token(id),
            Self::SentencePiece(processor) => processor.token(id),
        }
    }

    /// The id of a token.
    pub(super) fn id(&self, token: &str) -> Option<u32> {
        match self {
            Self::Pipeline(pipeline) => pipeline.token_to_id(token),
            Self::SentencePiece(processor) => processor.id(token),
        }
    }

    /// Number of tokens, added tokens included.
    pub(super) fn vocabulary_size(&self) -> usize {
        match self {
            Self::Pipeline(pipeline) => pipeline.get_vocab_size(true),
            Self::SentencePiece(processor) => processor.vocabulary_size(),
        }
    }

    /// The contents of a `tokenizer.json`.
    pub(super) fn to_json(&self) -> Result<String> {
        match self {
            Self::Pipeline(pipeline) => shield("write tokenizer.json", || pipeline.to_string(false)),
            Self::SentencePiece(_) => bail!(
                Unsupported,
                "tokenizer.json cannot say what SentencePiece itself does; open the tokenizer in the mode of Hugging Face"
            ),
        }
    }
}
