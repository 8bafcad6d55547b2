//! What turns hidden states into answers.

mod sequence_classification;
mod token_classification;

use sequence_classification::{LocatedSequenceClassification, SequenceClassification};
use token_classification::{LocatedTokenClassification, TokenClassification};

use crate::checkpoint::{Checkpoint, TensorReader};
use crate::config::{Config, HeadKind};
use crate::error::Result;
use crate::linalg::{Compute, Matrix};
use crate::packed::Packing;

/// What a head computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    /// The head's kind, which says what a row of `values` belongs to.
    pub head: HeadKind,
    /// Number of labels: the length of a row.
    pub labels: usize,
    /// Sequence classification: [rows, labels]. Token classification: [valid tokens, labels].
    pub values: Vec<f32>,
}

/// A head, packed for the kernels.
pub(crate) enum Head {
    SequenceClassification(SequenceClassification),
    TokenClassification(TokenClassification),
}

/// A head's tensors, found in a checkpoint but not yet packed.
pub(crate) enum LocatedHead {
    SequenceClassification(LocatedSequenceClassification),
    TokenClassification(LocatedTokenClassification),
}

impl LocatedHead {
    /// Finds the tensors of the head that `config.json` declares in `architectures`. Where it declares none, the
    /// tensors decide: a classifier behind a pooler is for sequences, one without for tokens.
    pub fn locate(config: &Config, checkpoint: &Checkpoint, reader: &mut TensorReader<'_>) -> Option<Self> {
        let found = || {
            checkpoint.has_head_tensor("classifier.weight").then(|| {
                if checkpoint.has_head_tensor("pooler.dense.weight") {
                    HeadKind::SequenceClassification
                } else {
                    HeadKind::TokenClassification
                }
            })
        };
        match config.declared_head().or_else(found)? {
            HeadKind::SequenceClassification => {
                Some(Self::SequenceClassification(LocatedSequenceClassification::locate(config, reader)))
            }
            HeadKind::TokenClassification => {
                Some(Self::TokenClassification(LocatedTokenClassification::locate(config, reader)))
            }
            // Models with other heads are opened for their encoder.
            _ => None,
        }
    }

    pub fn build(&self, config: &Config, packing: &Packing) -> Result<Head> {
        Ok(match self {
            Self::SequenceClassification(head) => Head::SequenceClassification(head.build(config, packing)?),
            Self::TokenClassification(head) => Head::TokenClassification(head.build(packing)?),
        })
    }
}

impl Head {
    pub fn kind(&self) -> HeadKind {
        match self {
            Self::SequenceClassification(_) => HeadKind::SequenceClassification,
            Self::TokenClassification(_) => HeadKind::TokenClassification,
        }
    }

    /// Logits from the last hidden state [tokens, hidden_size].
    pub fn forward(
        &self,
        compute: &Compute,
        hidden_states: &Matrix,
        row_offsets: &[usize],
    ) -> Result<Logits> {
        let logits = match self {
            Self::SequenceClassification(head) => head.forward(compute, hidden_states, row_offsets)?,
            Self::TokenClassification(head) => head.forward(compute, hidden_states)?,
        };
        Ok(Logits { head: self.kind(), labels: logits.columns(), values: logits.to_contiguous() })
    }
}
