//! What turns hidden states into answers.

mod masked_language_modeling;
mod sequence_classification;
mod token_classification;

pub(crate) use masked_language_modeling::masked_lm_layout;
use masked_language_modeling::{LocatedMaskedLanguageModeling, MaskedLanguageModeling};
use sequence_classification::{LocatedSequenceClassification, SequenceClassification};
use token_classification::{LocatedTokenClassification, TokenClassification};

use crate::checkpoint::{Checkpoint, Tensor, TensorReader};
use crate::config::{Config, HeadKind};
use crate::encoded::all_finite;
use crate::error::{Result, bail};
use crate::linalg::{Compute, Matrix};
use crate::packed::Packing;

/// What a head computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    /// The head's kind, which says what a row of `values` belongs to.
    pub head: HeadKind,
    /// The length of a row: the number of labels; 1 for multiple choice; 2 for question answering, start and end; the
    /// vocabulary's size for masked language modelling.
    pub labels: usize,
    /// [rows, labels] for sequence classification and multiple choice, [valid tokens, labels] for all others.
    pub values: Vec<f32>,
}

/// A head, packed for the kernels, and what its answers are for.
pub(crate) struct Head {
    kind: HeadKind,
    layers: Layers,
}

enum Layers {
    Rows(SequenceClassification),
    Tokens(TokenClassification),
    Vocabulary(MaskedLanguageModeling),
}

/// A head's tensors, found in a checkpoint but not yet packed.
pub(crate) struct LocatedHead {
    kind: HeadKind,
    tensors: Tensors,
}

enum Tensors {
    Rows(LocatedSequenceClassification),
    Tokens(LocatedTokenClassification),
    Vocabulary(LocatedMaskedLanguageModeling),
}

impl LocatedHead {
    /// Finds the tensors of the head that `config.json` declares in `architectures`. Where it declares none, the
    /// tensors decide: a classifier behind a pooler is for sequences, one without for tokens. A masked language model
    /// without its head is opened for its encoder.
    pub fn locate(
        config: &Config,
        checkpoint: &Checkpoint,
        reader: &mut TensorReader<'_>,
        word_embeddings: &Tensor,
    ) -> Option<Self> {
        let found = || {
            checkpoint.has_head_tensor("classifier.weight").then(|| {
                if checkpoint.has_head_tensor("pooler.dense.weight") {
                    HeadKind::SequenceClassification
                } else {
                    HeadKind::TokenClassification
                }
            })
        };
        let kind = config.declared_head().or_else(found)?;
        let tensors =
            match kind {
                HeadKind::SequenceClassification => {
                    Tensors::Rows(LocatedSequenceClassification::locate(config, config.num_labels, reader))
                }
                HeadKind::MultipleChoice => {
                    Tensors::Rows(LocatedSequenceClassification::locate(config, 1, reader))
                }
                HeadKind::TokenClassification => {
                    Tensors::Tokens(LocatedTokenClassification::locate(config, reader))
                }
                HeadKind::QuestionAnswering => {
                    Tensors::Tokens(LocatedTokenClassification::locate_spans(config, reader))
                }
                HeadKind::MaskedLanguageModeling => Tensors::Vocabulary(
                    LocatedMaskedLanguageModeling::locate(config, checkpoint, reader, word_embeddings)?,
                ),
            };
        Some(Self { kind, tensors })
    }

    pub fn build(&self, config: &Config, packing: &Packing) -> Result<Head> {
        let layers = match &self.tensors {
            Tensors::Rows(head) => Layers::Rows(head.build(config, packing)?),
            Tensors::Tokens(head) => Layers::Tokens(head.build(packing)?),
            Tensors::Vocabulary(head) => Layers::Vocabulary(head.build(config, packing)?),
        };
        Ok(Head { kind: self.kind, layers })
    }
}

impl Head {
    pub fn kind(&self) -> HeadKind {
        self.kind
    }

    /// Logits from the last hidden state [tokens, hidden_size].
    pub fn forward(
        &self,
        compute: &Compute,
        hidden_states: &Matrix,
        row_offsets: &[usize],
    ) -> Result<Logits> {
        let logits = match &self.layers {
            Layers::Rows(head) => head.forward(compute, hidden_states, row_offsets)?,
            Layers::Tokens(head) => head.forward(compute, hidden_states)?,
            Layers::Vocabulary(head) => head.forward(compute, hidden_states)?,
        };
        let values = logits.to_contiguous();
        if !all_finite(&values) {
            bail!(
                InvalidCheckpoint,
                "the head gave NaN or infinity: its weights hold such values; check the checkpoint's tensors"
            );
        }
        Ok(Logits { head: self.kind, labels: logits.columns(), values })
    }

    /// Logits of single tokens, chosen from any rows, from their last hidden states; for heads without a pooler.
    pub fn forward_tokens(&self, compute: &Compute, hidden_states: &[&[f32]]) -> Result<Logits> {
        if self.kind.is_pooled() {
            bail!(Internal, "a {} head has no logits of single tokens", self.kind.name());
        }
        let mut chosen =
            Matrix::new(hidden_states.len(), hidden_states.first().map_or(0, |state| state.len()))?;
        for (row, state) in hidden_states.iter().enumerate() {
            chosen.row_mut(row).copy_from_slice(state);
        }
        self.forward(compute, &chosen, &[])
    }
}
