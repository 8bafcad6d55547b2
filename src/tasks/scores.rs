//! From logits to scores.

use crate::config::ProblemType;

/// A probability for each label: softmax of the logits.
pub(super) fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

pub(super) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// What the scores of a classifier's logits are.
pub(super) fn scores(logits: &[f32], problem_type: Option<ProblemType>) -> Vec<f32> {
    match problem_type {
        Some(ProblemType::Regression) => logits.to_vec(),
        Some(ProblemType::MultiLabel) => logits.iter().copied().map(sigmoid).collect(),
        _ if logits.len() == 1 => logits.to_vec(),
        _ => softmax(logits),
    }
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
        let softmax = scores(&[1.0, 2.0, 3.0], None);
        assert!((softmax.iter().sum::<f32>() - 1.0).abs() < 1e-6 && softmax[2] > softmax[1]);
        assert_eq!(scores(&[0.0, 40.0], Some(ProblemType::MultiLabel)), [0.5, 1.0]);
        assert_eq!(scores(&[-3.5], None), [-3.5]);
        assert_eq!(scores(&[1.5, 2.5], Some(ProblemType::Regression)), [1.5, 2.5]);
        assert_eq!(scores(&[1000.0, 0.0], Some(ProblemType::SingleLabel)), [1.0, 0.0]);
    }

    #[test]
    fn equal_scores_keep_their_order() {
        assert_eq!(ranking(&[0.1, 0.7, 0.1, 0.1]), [1, 0, 2, 3]);
    }
}
