//! From logits to scores.

use std::fmt;
use std::str::FromStr;

use crate::config::ProblemType;
use crate::error::{Error, Result, bail};

/// What is made of logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScoreFunction {
    /// A probability for each label, which sum to 1.
    Softmax,
    /// A probability for each label on its own.
    Sigmoid,
    /// The logits themselves.
    Identity,
}

impl ScoreFunction {
    const NAMES: [(&'static str, Self); 3] =
        [("softmax", Self::Softmax), ("sigmoid", Self::Sigmoid), ("identity", Self::Identity)];

    /// What the logits of a classifier are meant for: softmax over the labels; for `multi_label_classification` each label's
    /// sigmoid; for regression and for a single label the logits.
    pub fn of_classifier(problem_type: Option<ProblemType>, labels: usize) -> Self {
        match problem_type {
            Some(ProblemType::Regression) => Self::Identity,
            Some(ProblemType::MultiLabel) => Self::Sigmoid,
            _ if labels == 1 => Self::Identity,
            _ => Self::Softmax,
        }
    }

    /// The scores of one text's logits.
    pub(super) fn scores(self, logits: &[f32]) -> Vec<f32> {
        match self {
            Self::Softmax => softmax(logits),
            Self::Sigmoid => logits.iter().copied().map(sigmoid).collect(),
            Self::Identity => logits.to_vec(),
        }
    }
}

impl fmt::Display for ScoreFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl FromStr for ScoreFunction {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, value)) => Ok(value),
            None => {
                bail!(
                    InvalidArgument,
                    "score function {name:?} is not known; use softmax, sigmoid or identity"
                )
            }
        }
    }
}

/// A probability for each label: softmax of the logits.
pub(super) fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The places of the scores from the highest to the lowest; equal ones in their order.
pub(super) fn ranking(scores: &[f32]) -> Vec<usize> {
    let mut ranking: Vec<usize> = (0..scores.len()).collect();
    ranking.sort_by(|&left, &right| scores[right].total_cmp(&scores[left]));
    ranking
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_the_problem_type() {
        let scores = |logits: &[f32], problem_type| {
            ScoreFunction::of_classifier(problem_type, logits.len()).scores(logits)
        };
        let softmax = scores(&[1.0, 2.0, 3.0], None);
        assert!((softmax.iter().sum::<f32>() - 1.0).abs() < 1e-6 && softmax[2] > softmax[1]);
        assert_eq!(scores(&[0.0, 40.0], Some(ProblemType::MultiLabel)), [0.5, 1.0]);
        assert_eq!(scores(&[-3.5], None), [-3.5]);
        assert_eq!(scores(&[1.5, 2.5], Some(ProblemType::Regression)), [1.5, 2.5]);
        assert_eq!(scores(&[1000.0, 0.0], Some(ProblemType::SingleLabel)), [1.0, 0.0]);
    }

    #[test]
    fn names_are_read_and_written() {
        for (name, function) in ScoreFunction::NAMES {
            assert_eq!(function.to_string(), name);
            assert_eq!(name.parse::<ScoreFunction>().unwrap(), function);
        }
        assert!("tanh".parse::<ScoreFunction>().is_err());
    }

    #[test]
    fn equal_scores_keep_their_order() {
        assert_eq!(ranking(&[0.1, 0.7, 0.1, 0.1]), [1, 0, 2, 3]);
    }
}
