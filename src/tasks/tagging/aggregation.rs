//! How tokens become entities.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, bail};

/// How tokens become entities; the names and rules are those of transformers' token classification pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aggregation {
    /// Every token on its own, with its label as the model names it.
    #[default]
    None,
    /// Neighbouring tokens whose labels continue each other are one entity.
    Simple,
    /// As `Simple`, by words: a word has the label and the score of its first token.
    First,
    /// As `Simple`, by words: the scores of a word's tokens are averaged for each label, and the highest is the word's.
    Average,
    /// As `Simple`, by words: a word has the label and the score of the token with the highest score.
    Max,
}

impl Aggregation {
    const NAMES: [(&'static str, Aggregation); 5] = [
        ("none", Aggregation::None),
        ("simple", Aggregation::Simple),
        ("first", Aggregation::First),
        ("average", Aggregation::Average),
        ("max", Aggregation::Max),
    ];
}

impl fmt::Display for Aggregation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl FromStr for Aggregation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, value)) => Ok(value),
            None => bail!(
                InvalidArgument,
                "aggregation {name:?} is not known; use none, simple, first, average or max"
            ),
        }
    }
}
