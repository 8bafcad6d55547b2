//! Attention rollout: which tokens reach the first one through all layers.

use crate::error::{Error, ErrorKind, Result};

/// Collects the attention of one text, layer by layer.
///
/// Each layer's mean over its heads is kept, which takes as much memory for all layers as the attention of one layer's
/// heads. With it, the product of the layers is taken from the last one backwards, for the first token's row alone: a
/// running product of whole matrices would cost as many times more as there are tokens.
pub(super) struct Rollout {
    heads: usize,
    tokens: usize,
    /// [tokens, tokens] for each layer.
    means: Vec<Vec<f32>>,
}

impl Rollout {
    pub(super) fn new(heads: usize, tokens: usize) -> Self {
        Self { heads, tokens, means: Vec::new() }
    }

    /// Takes the probabilities of the next layer, [heads, tokens, tokens].
    pub(super) fn add_layer(&mut self, probabilities: &[f32]) -> Result<()> {
        let size = self.tokens * self.tokens;
        let mut mean = Vec::new();
        mean.try_reserve_exact(size).map_err(|error| {
            let message = format!("cannot allocate {} MiB for attention rollout", size >> 18);
            Error::new(ErrorKind::OutOfMemory, message).with_source(error)
        })?;
        let of_all_heads = |place: usize| {
            let heads = probabilities.iter().skip(place).step_by(size);
            (heads.map(|&probability| f64::from(probability)).sum::<f64>() / self.heads as f64) as f32
        };
        mean.extend((0..size).map(of_all_heads));
        self.means.push(mean);
        Ok(())
    }

    /// The first token's row of the product over the layers of half the identity and half the mean attention.
    pub(super) fn of_first_token(&self) -> Vec<f32> {
        let mut row = vec![0.0; self.tokens];
        if let Some(first) = row.first_mut() {
            *first = 1.0;
        }
        for mean in self.means.iter().rev() {
            let mut attended = vec![0.0; self.tokens];
            for (share, attention) in row.iter().zip(mean.chunks_exact(self.tokens)) {
                for (sum, &probability) in attended.iter_mut().zip(attention) {
                    *sum += share * f64::from(probability);
                }
            }
            for (share, attended) in row.iter_mut().zip(attended) {
                *share = 0.5 * *share + 0.5 * attended;
            }
        }
        row.into_iter().map(|share| share as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_that_of_whole_matrices() {
        let mut rollout = Rollout::new(2, 2);
        rollout.add_layer(&[0.5, 0.5, 0.25, 0.75, 0.1, 0.9, 0.75, 0.25]).unwrap();
        rollout.add_layer(&[0.2, 0.8, 1.0, 0.0, 0.4, 0.6, 0.5, 0.5]).unwrap();
        // Half the identity and half the means: [0.65, 0.35; 0.25, 0.75], then [0.65, 0.35; 0.375, 0.625].
        let expected = [0.65 * 0.65 + 0.35 * 0.25, 0.65 * 0.35 + 0.35 * 0.75];
        for (found, expected) in rollout.of_first_token().into_iter().zip(expected) {
            assert!((f64::from(found) - expected).abs() < 1e-7, "{found}, {expected}");
        }
    }

    #[test]
    fn without_layers_a_token_reaches_itself() {
        assert_eq!(Rollout::new(1, 3).of_first_token(), [1.0, 0.0, 0.0]);
        assert!(Rollout::new(1, 0).of_first_token().is_empty());
    }
}
