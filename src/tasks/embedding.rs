//! Vectors that stand for whole texts (pooling as in Sentence-BERT, Reimers and Gurevych, EMNLP 2019, arXiv 1908.10084;
//! reference sentence-transformers' `Pooling`).

use std::fmt;
use std::str::FromStr;

use super::rows::Row;
use crate::encoded::Outputs;
use crate::error::{Error, Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText};

/// How the hidden states of a text's tokens become one vector. Special tokens count like all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pooling {
    /// The mean over the tokens. Of a text in windows, a token counts as often as there are windows that it is in.
    #[default]
    Mean,
    /// The first token; the mean of the first tokens of the windows.
    Cls,
    /// The largest value of any token, for each dimension.
    Max,
}

impl Pooling {
    const NAMES: [(&'static str, Self); 3] = [("mean", Self::Mean), ("cls", Self::Cls), ("max", Self::Max)];
}

impl fmt::Display for Pooling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl FromStr for Pooling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, value)) => Ok(value),
            None => bail!(InvalidArgument, "pooling {name:?} is not known; use mean, cls or max"),
        }
    }
}

/// How to embed.
#[derive(Clone, Debug, Default)]
pub struct EmbedOptions {
    /// How tokens become one vector.
    pub pooling: Pooling,
    /// Whether to give vectors the length 1. One of zeros stays as it is.
    pub normalize: bool,
    /// The layer whose hidden states are taken: 0 for the output of the embeddings; by default the last. Layers after
    /// it are not computed.
    pub layer: Option<usize>,
    /// How texts are tokenized, and what becomes of long ones.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
}

/// The vector of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// [hidden_size]
    pub vector: Vec<f32>,
    /// What was cut off, if the text was too long and the options say to truncate.
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the text was read in.
    pub windows: usize,
}

impl Model {
    /// Embeds texts. The vectors have the order of the texts and are the same, bit for bit, as for each text alone. Any
    /// model will do, whatever its head; how much the distance of two vectors means depends on its training.
    ///
    /// # Errors
    ///
    /// `NotFound` for a model without tokenizer; `InvalidArgument` for a layer that the model does not have; a text
    /// that is too long for the options or the model, and what the options' limits end.
    pub fn embed(&self, texts: &[TextInput<'_>], options: &EmbedOptions) -> Result<Vec<Embedding>> {
        let outputs = Outputs { layers: options.layer, ..Outputs::default() };
        outputs.layers_of(self.config().num_hidden_layers)?;
        let of_texts = self.answer_texts(texts, &options.tokenize, &options.run, outputs, |row| {
            Ok(Pooled::of_window(row, options.pooling))
        })?;
        let answers = of_texts.into_iter().map(|of_text| {
            let windows = of_text.windows.len();
            let vector = Pooled::merged(of_text.windows, options.pooling).vector(options.normalize);
            Embedding { vector, truncated: of_text.truncated, windows }
        });
        Ok(answers.collect())
    }
}

/// Hidden states, summed up.
struct Pooled {
    values: Vec<f64>,
    /// What a sum is divided by; 1 for what is no sum.
    count: usize,
}

impl Pooled {
    fn of_window(row: &Row<'_>, pooling: Pooling) -> Self {
        let tokens = row.window.encoding.len();
        let hidden_size = row.hidden_states.len() / tokens;
        let pooled_tokens = if pooling == Pooling::Cls { 1 } else { tokens };
        let states = row
            .hidden_states
            .chunks_exact(hidden_size)
            .take(pooled_tokens)
            .map(|state| Self { values: state.iter().copied().map(f64::from).collect(), count: 1 });
        Self::merged(states, pooling)
    }

    /// At least one, together.
    fn merged(parts: impl IntoIterator<Item = Self>, pooling: Pooling) -> Self {
        let merge = |mut merged: Self, part: Self| {
            for (value, other) in merged.values.iter_mut().zip(part.values) {
                *value = if pooling == Pooling::Max { value.max(other) } else { *value + other };
            }
            merged.count = if pooling == Pooling::Max { 1 } else { merged.count + part.count };
            merged
        };
        parts.into_iter().reduce(merge).unwrap_or(Self { values: Vec::new(), count: 1 })
    }

    fn vector(self, normalize: bool) -> Vec<f32> {
        let norm = self.values.iter().map(|value| value * value).sum::<f64>().sqrt();
        // The count does not change the direction.
        let divisor = if normalize { norm } else { self.count as f64 };
        if divisor == 0.0 {
            return vec![0.0; self.values.len()];
        }
        self.values.into_iter().map(|value| (value / divisor) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_have_no_direction() {
        let zeros = || Pooled { values: vec![0.0; 3], count: 2 };
        assert_eq!(zeros().vector(true), [0.0; 3]);
        assert_eq!(zeros().vector(false), [0.0; 3]);
        assert_eq!(Pooled { values: vec![-3.0, 4.0], count: 7 }.vector(true), [-0.6, 0.8]);
    }

    #[test]
    fn names_are_read_and_written() {
        for (name, pooling) in Pooling::NAMES {
            assert_eq!(pooling.to_string(), name);
            assert_eq!(name.parse::<Pooling>().unwrap(), pooling);
        }
        assert!("sum".parse::<Pooling>().is_err());
    }
}
