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

#[cfg(test)]
mod tests {
    use super::*;

    /// A word of tokens with these scores, and another one.
    fn labelled(aggregation: Aggregation, scores: &[[f32; 3]]) -> (usize, f32) {
        let text = "word x";
        let token = |(index, scores): (usize, &[f32; 3])| Token {
            index,
            piece: String::new(),
            is_unknown: false,
            byte_range: index..index + 1,
            char_range: index..index + 1,
            scores: scores.to_vec(),
        };
        let mut tokens: Vec<Token> = scores.iter().enumerate().map(token).collect();
        tokens.push(token((5, &[0.0, 0.0, 1.0])));
        let units = label(&tokens, text, aggregation);
        assert_eq!(units[1], Labelled { tokens: scores.len()..scores.len() + 1, label: 2, score: 1.0 });
        assert_eq!((units.len(), &units[0].tokens), (2, &(0..scores.len())));
        (units[0].label, units[0].score)
    }

    #[test]
    fn words_have_the_label_that_the_aggregation_chooses() {
        let scores = [[0.5, 0.25, 0.25], [0.0, 0.75, 0.25], [0.25, 0.0, 0.75]];
        assert_eq!(labelled(Aggregation::First, &scores), (0, 0.5));
        assert_eq!(labelled(Aggregation::Max, &scores), (1, 0.75));
        assert_eq!(labelled(Aggregation::Average, &scores), (2, 1.25 / 3.0));
    }

    #[test]
    fn the_first_of_equal_scores_is_the_best() {
        assert_eq!(labelled(Aggregation::First, &[[0.25, 0.375, 0.375]]), (1, 0.375));
        assert_eq!(labelled(Aggregation::Average, &[[0.0, 0.5, 0.5], [0.5, 0.0, 0.0]]), (0, 0.25));
        assert_eq!(labelled(Aggregation::Max, &[[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]), (0, 0.5));
    }
}
