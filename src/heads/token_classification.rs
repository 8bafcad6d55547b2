//! One answer for each token (reference `DebertaV2ForTokenClassification`).

use crate::checkpoint::{Tensor, TensorReader};
use crate::config::Config;
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Compute, Linear, Matrix};
use crate::packed::Packing;

/// `classifier(h)`, with bias and without a pooler.
pub(crate) struct TokenClassification {
    classifier: Linear,
}

pub(crate) struct LocatedTokenClassification {
    weight: Tensor,
    bias: Tensor,
}

impl LocatedTokenClassification {
    pub fn locate(config: &Config, reader: &mut TensorReader<'_>) -> Self {
        Self {
            weight: reader.head_tensor("classifier.weight", &[config.num_labels, config.hidden_size]),
            bias: reader.head_tensor("classifier.bias", &[config.num_labels]),
        }
    }

    pub fn build(&self, packing: &Packing) -> Result<TokenClassification> {
        Ok(TokenClassification {
            classifier: packing.linear("classifier", Format::Float32, &[&self.weight], &[&self.bias])?,
        })
    }
}

impl TokenClassification {
    /// Logits [valid tokens, labels].
    pub fn forward(&self, compute: &Compute, hidden_states: &Matrix) -> Result<Matrix> {
        let mut logits = Matrix::default();
        self.classifier.forward(compute, hidden_states, &mut logits, Epilogue::None)?;
        Ok(logits)
    }
}
