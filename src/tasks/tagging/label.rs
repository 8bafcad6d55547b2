//! Which label tokens and words have.

use std::ops::Range;

use super::aggregation::Aggregation;
use super::token::Token;

/// One token or word with its label.
#[derive(Debug, PartialEq)]
pub(super) struct Labelled {
    /// Its tokens.
    pub tokens: Range<usize>,
    /// The label's index.
    pub label: usize,
    /// The label's score.
    pub score: f32,
}

/// Labels each token, or each word where the aggregation is by words.
pub(super) fn label(tokens: &[Token], text: &str, aggregation: Aggregation) -> Vec<Labelled> {
    let by_words = !matches!(aggregation, Aggregation::None | Aggregation::Simple);
    let mut start = 0;
    let units = tokens.chunk_by(|_, token| by_words && !token.starts_word(text));
    let label = |unit: &[Token]| {
        let range = start..start + unit.len();
        start = range.end;
        let (label, score) = match aggregation {
            Aggregation::Average => best(&average(unit)),
            Aggregation::Max => best_of_all(unit),
            Aggregation::None | Aggregation::Simple | Aggregation::First => best(&unit[0].scores),
        };
        Labelled { tokens: range, label, score }
    };
    units.map(label).collect()
}

/// The highest score and its place, the first of equal ones.
fn best(scores: &[f32]) -> (usize, f32) {
    let first = (0, scores.first().copied().unwrap_or(0.0));
    let higher = |best: (usize, f32), next: (usize, f32)| if next.1 > best.1 { next } else { best };
    scores.iter().copied().enumerate().fold(first, higher)
}

/// The highest of the scores of all tokens, that of the first of equal ones.
fn best_of_all(tokens: &[Token]) -> (usize, f32) {
    let higher = |best: (usize, f32), next: (usize, f32)| if next.1 > best.1 { next } else { best };
    tokens.iter().map(|token| best(&token.scores)).reduce(higher).unwrap_or((0, 0.0))
}

/// The mean of the tokens' scores for each label.
fn average(tokens: &[Token]) -> Vec<f32> {
    let mut sums = vec![0.0; tokens[0].scores.len()];
    for token in tokens {
        for (sum, score) in sums.iter_mut().zip(&token.scores) {
            *sum += score;
        }
    }
    sums.iter().map(|sum| sum / tokens.len() as f32).collect()
}
