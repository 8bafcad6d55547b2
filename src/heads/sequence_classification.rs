//! One answer for each row (reference `DebertaV2ForSequenceClassification`, `DebertaV2ForMultipleChoice`).

use crate::checkpoint::{Tensor, TensorReader};
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Compute, Linear, Matrix};
use crate::packed::Packing;

/// `classifier(activation(pooler.dense(h[0])))`, where h[0] is the row's first valid token.
pub(crate) struct SequenceClassification {
    pooler: Linear,
    activation: Activation,
    classifier: Linear,
}

pub(crate) struct LocatedSequenceClassification {
    pooler: [Tensor; 2],
    classifier: [Tensor; 2],
}

impl LocatedSequenceClassification {
    /// A classifier with so many outputs.
    pub fn locate(config: &Config, outputs: usize, reader: &mut TensorReader<'_>) -> Self {
        let pooled = config.pooler_hidden_size;
        Self {
            pooler: [
                reader.head_tensor("pooler.dense.weight", &[pooled, config.hidden_size]),
                reader.head_tensor("pooler.dense.bias", &[pooled]),
            ],
            classifier: [
                reader.head_tensor("classifier.weight", &[outputs, pooled]),
                reader.head_tensor("classifier.bias", &[outputs]),
            ],
        }
    }

    pub fn build(&self, config: &Config, packing: &Packing) -> Result<SequenceClassification> {
        let linear = |name: &str, [weight, bias]: &[Tensor; 2]| {
            packing.linear(name, Format::Float32, &[weight], &[bias])
        };
        Ok(SequenceClassification {
            pooler: linear("pooler", &self.pooler)?,
            activation: config.pooler_hidden_act,
            classifier: linear("classifier", &self.classifier)?,
        })
    }
}

impl SequenceClassification {
    /// Logits [rows, labels].
    pub fn forward(
        &self,
        compute: &Compute,
        hidden_states: &Matrix,
        row_offsets: &[usize],
    ) -> Result<Matrix> {
        let rows = row_offsets.len() - 1;
        let mut first_tokens = Matrix::new(rows, hidden_states.columns())?;
        for (row, &token) in row_offsets[..rows].iter().enumerate() {
            first_tokens.row_mut(row).copy_from_slice(hidden_states.row(token));
        }
        let mut pooled = Matrix::default();
        let activation = Epilogue::Activation(self.activation);
        self.pooler.forward(compute, &first_tokens, &mut pooled, activation)?;
        let mut logits = Matrix::default();
        self.classifier.forward(compute, &pooled, &mut logits, Epilogue::None)?;
        Ok(logits)
    }
}
