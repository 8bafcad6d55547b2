//! Why a model answers as it does: the attention of its layers, and how relevant each token is for the answer.

mod occlusion;
mod rollout;

use std::fmt;
use std::str::FromStr;

use super::scores::{ScoreFunction, ranking};
use crate::batch::Batch;
use crate::config::HeadKind;
use crate::encoded::{Encoded, Outputs};
use crate::encoder::RelativePositionTable;
use crate::error::{Error, Result, bail};
use crate::heads::Logits;
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{Encoding, TextInput, TokenizeOptions};
use rollout::Rollout;

/// Attention grows with the square of the text's length; more than this is refused, for the operating system would rather end
/// the process than say no.
const MOST_ATTENTION_BYTES: u64 = 4 << 30;

/// How to explain.
#[derive(Clone, Debug, Default)]
pub struct ExplainOptions {
    /// How the text is tokenized. Windows are refused: no token of one attends to those of another.
    pub tokenize: TokenizeOptions,
    /// Limits of the call. Its progress counts the variants of the text that occlusion reads.
    pub run: RunOptions,
    /// How relevant a token is.
    pub method: Relevance,
    /// The label that occlusion explains, by its index; by default the one with the highest logit.
    pub label: Option<usize>,
    /// Whether to return the attention probabilities of every layer.
    pub attentions: bool,
}

/// What says how relevant a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Relevance {
    /// Attention rollout (Abnar and Zuidema, ACL 2020, arXiv 2005.00928): how much of what reaches the first token comes from each
    /// token, if every layer passes on half of its input and takes the other half by the mean attention of its heads. Values
    /// are not negative and sum to 1. For every model; knows nothing of labels.
    #[default]
    Rollout,
    /// How much the label's logit falls when the token is replaced by `[MASK]`; 0 for `[CLS]` and `[SEP]`. For sequence
    /// classifiers; reads the text once more for each of its tokens.
    Occlusion,
}

/// What a model did with a text.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The text's tokens, and what was cut off of it.
    pub encoding: Encoding,
    /// How relevant each token is.
    pub relevance: Vec<f32>,
    /// The label that occlusion explained.
    pub label: Option<usize>,
    /// If asked for, the attention probabilities of every layer, [heads, tokens, tokens]: each query's over all keys sum to 1.
    pub attentions: Vec<Vec<f32>>,
    /// Number of attention heads.
    pub heads: usize,
    /// The head's logits; `None` for a model without head, and for one with the vocabulary for labels.
    pub logits: Option<Logits>,
    /// For classifiers of sequences and of tokens, the scores of the logits in the same order, as
    /// [`ScoreFunction::of_classifier`] says; empty for all others.
    pub scores: Vec<f32>,
    /// Which relative embedding belongs to which distance of query and key, where the model has such.
    pub relative_positions: Option<RelativePositionTable>,
}

impl Relevance {
    const NAMES: [(&'static str, Self); 2] = [("rollout", Self::Rollout), ("occlusion", Self::Occlusion)];
}

impl fmt::Display for Relevance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl FromStr for Relevance {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, value)) => Ok(value),
            None => bail!(InvalidArgument, "method {name:?} is not known; use rollout or occlusion"),
        }
    }
}

impl Model {
    /// Explains what the model makes of a text.
    ///
    /// # Errors
    ///
    /// A model without tokenizer, a text that is too long for the options, `OutOfMemory` if its attention takes too much
    /// memory, and what the options' limits end; for occlusion `Unsupported` without sequence classification head or without
    /// `[MASK]`; `InvalidArgument` for a label that the model does not have or that rollout was given, and for windows.
    pub fn explain(&self, input: TextInput<'_>, options: &ExplainOptions) -> Result<Explanation> {
        if options.tokenize.windows.is_some() {
            bail!(
                InvalidArgument,
                "an explanation is of one window, as no token attends to those of another; truncate the text, or explain \
                 its parts"
            );
        }
        let encoding = self.required_tokenizer()?.encode(input, &options.tokenize)?;
        self.check_label(options)?;
        self.check_attention_size(encoding.len(), options)?;
        let batch = Batch::from_encodings([&encoding])?;
        let outputs = Outputs {
            attentions: options.attentions,
            logits: self.head() != Some(HeadKind::MaskedLanguageModeling),
            ..Outputs::default()
        };
        let (relevance, label, encoded) = match options.method {
            Relevance::Rollout => {
                let mut rollout = Rollout::new(self.config().num_attention_heads, encoding.len());
                let watch = &mut |probabilities: &[f32]| rollout.add_layer(probabilities);
                let encoded = self.encode_watched(&batch, outputs, &options.run, watch)?;
                (rollout.of_first_token(), None, encoded)
            }
            Relevance::Occlusion => {
                let encoded = self.encode_with(&batch, outputs, &options.run)?;
                let logits = encoded.logits().map_or(&[][..], |logits| &logits.values);
                let label = options.label.unwrap_or_else(|| ranking(logits)[0]);
                (self.occlusion(&encoding, logits, label, &options.run)?, Some(label), encoded)
            }
        };
        let config = self.config();
        Ok(Explanation {
            encoding,
            relevance,
            label,
            scores: self.scores_of(&encoded),
            heads: encoded.attention_heads(),
            logits: encoded.logits,
            attentions: encoded.attentions,
            relative_positions: config
                .relative_attention
                .then(|| RelativePositionTable::new(config.position_buckets, config.max_relative_positions)),
        })
    }

    fn check_label(&self, options: &ExplainOptions) -> Result<()> {
        if options.method == Relevance::Rollout {
            return match options.label {
                None => Ok(()),
                Some(label) => bail!(
                    InvalidArgument,
                    "label is {label}, but rollout does not depend on labels; leave it out, or use occlusion"
                ),
            };
        }
        self.require_head(HeadKind::SequenceClassification, "occlusion")?;
        let labels = self.config().num_labels;
        match options.label {
            _ if labels == 0 => {
                bail!(Unsupported, "occlusion needs labels, but this model has none; use rollout")
            }
            Some(label) if label >= labels => {
                bail!(InvalidArgument, "label is {label}, but the model has {labels} labels")
            }
            _ => Ok(()),
        }
    }

    /// One layer's attention of all heads is in memory while the layer runs; rollout keeps each layer's mean over its heads.
    fn check_attention_size(&self, tokens: usize, options: &ExplainOptions) -> Result<()> {
        let (layers, heads) = (self.config().num_hidden_layers, self.config().num_attention_heads);
        let maps = match (options.attentions, options.method) {
            (true, Relevance::Rollout) => layers * (heads + 1),
            (true, _) => layers * heads,
            (false, Relevance::Rollout) => heads + layers,
            (false, _) => 0,
        };
        let bytes = (tokens as u128).pow(2) * maps as u128 * size_of::<f32>() as u128;
        if bytes > MOST_ATTENTION_BYTES.into() {
            bail!(
                OutOfMemory,
                "the attention of {layers} layers with {heads} heads over {tokens} tokens takes {:.1} GiB, more than {} GiB; \
                 shorten the text (max_length and truncation){}",
                bytes as f64 / f64::from(1 << 30),
                MOST_ATTENTION_BYTES >> 30,
                if options.attentions { ", or do not ask for attentions" } else { "" }
            );
        }
        Ok(())
    }

    fn scores_of(&self, encoded: &Encoded) -> Vec<f32> {
        let Some(logits) = encoded.logits() else { return Vec::new() };
        let function = match logits.head {
            HeadKind::SequenceClassification => {
                ScoreFunction::of_classifier(self.config().problem_type, logits.labels)
            }
            HeadKind::TokenClassification => ScoreFunction::Softmax,
            _ => return Vec::new(),
        };
        logits.values.chunks_exact(logits.labels.max(1)).flat_map(|row| function.scores(row)).collect()
    }
}
