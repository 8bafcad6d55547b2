//! One answer for each token (reference `DebertaV2ForTokenClassification`, `DebertaV2ForQuestionAnswering`).

use crate::checkpoint::{Tensor, TensorReader};
use crate::config::Config;
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Compute, Linear, Matrix};
use crate::packed::Packing;

/// Logits of a start and of an end.
const START_AND_END: usize = 2;

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
        Self::with_outputs("classifier", config.num_labels, config, reader)
    }

    /// The start and the end of an answer: `qa_outputs(h)`.
    pub fn locate_spans(config: &Config, reader: &mut TensorReader<'_>) -> Self {
        Self::with_outputs("qa_outputs", START_AND_END, config, reader)
    }

    fn with_outputs(name: &str, outputs: usize, config: &Config, reader: &mut TensorReader<'_>) -> Self {
        Self {
            weight: reader.head_tensor(&format!("{name}.weight"), &[outputs, config.hidden_size]),
            bias: reader.head_tensor(&format!("{name}.bias"), &[outputs]),
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
