//! One answer for a text that was read in several windows.

/// How the scores of windows become those of their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WindowMerge {
    /// The mean of the windows' logits: what the text says on the whole.
    Mean,
    /// The largest logit of any window: whether the text says it anywhere.
    Max,
}

impl WindowMerge {
    /// Merges rows of equal length, of which there is at least one.
    pub(super) fn merge(self, windows: Vec<Vec<f32>>) -> Vec<f32> {
        let count = windows.len();
        let combine = |left: f32, right: f32| match self {
            Self::Mean => left + right,
            Self::Max => left.max(right),
        };
        let merged = windows.into_iter().reduce(|left, right| {
            left.into_iter().zip(right).map(|(left, right)| combine(left, right)).collect()
        });
        let mut merged = merged.unwrap_or_default();
        if self == Self::Mean && count > 1 {
            merged.iter_mut().for_each(|value| *value /= count as f32);
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_merged() {
        let windows = || vec![vec![1.0, -2.0], vec![3.0, -4.0]];
        assert_eq!(WindowMerge::Mean.merge(windows()), [2.0, -3.0]);
        assert_eq!(WindowMerge::Max.merge(windows()), [3.0, -2.0]);
        assert_eq!(WindowMerge::Mean.merge(vec![vec![0.1]]), [0.1]);
    }
}
