//! One logit for each entry of the vocabulary, for each token (reference `DebertaV2ForMaskedLM`, both of its heads, and
//! KerasHub's `DebertaV3MaskedLM`).

use crate::checkpoint::{Checkpoint, Tensor, TensorReader};
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::matmul::{Epilogue, Output, matmul};
use crate::linalg::{Compute, LayerNorm, Linear, Matrix, Panels};
use crate::packed::Packing;

/// The names of the two heads' tensors: dense layer, layer norm, bias. Which one a checkpoint has is told by its tensors.
const LAYOUTS: [[&str; 3]; 2] = [
    ["lm_predictions.lm_head.dense", "lm_predictions.lm_head.LayerNorm", "lm_predictions.lm_head.bias"],
    ["cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"],
];

/// The layout whose tensors the checkpoint has; the first for random weights, which have all.
pub(crate) fn masked_lm_layout(checkpoint: &Checkpoint) -> Option<[&'static str; 3]> {
    let has = |[dense, ..]: &[&str; 3]| {
        checkpoint.is_random() || checkpoint.has_head_tensor(&format!("{dense}.weight"))
    };
    LAYOUTS.into_iter().find(has)
}

/// Rows of the embedding table that are packed at a time.
const PIECE: usize = 1024;

/// `LayerNorm(activation(dense(h)))·Eᵀ + bias` with the word embeddings E.
///
/// E stays as it is stored: it is packed piece by piece in each call, which costs less than keeping another copy of the
/// largest tensor of the model.
pub(crate) struct MaskedLanguageModeling {
    dense: Linear,
    activation: Activation,
    layer_norm: LayerNorm,
    word_embeddings: Tensor,
    bias: Vec<f32>,
}

pub(crate) struct LocatedMaskedLanguageModeling {
    dense: [Tensor; 2],
    layer_norm: [Tensor; 2],
    word_embeddings: Tensor,
    bias: Tensor,
}

impl LocatedMaskedLanguageModeling {
    /// `None` if the checkpoint has neither head.
    pub fn locate(
        config: &Config,
        checkpoint: &Checkpoint,
        reader: &mut TensorReader<'_>,
        word_embeddings: &Tensor,
    ) -> Option<Self> {
        let [dense, layer_norm, bias] = masked_lm_layout(checkpoint)?;
        let (hidden, embedding) = (config.hidden_size, config.embedding_size);
        Some(Self {
            dense: [
                reader.head_tensor(&format!("{dense}.weight"), &[embedding, hidden]),
                reader.head_tensor(&format!("{dense}.bias"), &[embedding]),
            ],
            layer_norm: [
                reader.head_tensor(&format!("{layer_norm}.weight"), &[embedding]),
                reader.head_tensor(&format!("{layer_norm}.bias"), &[embedding]),
            ],
            word_embeddings: word_embeddings.clone(),
            bias: reader.head_tensor(bias, &[config.vocab_size]),
        })
    }

    pub fn build(&self, config: &Config, packing: &Packing) -> Result<MaskedLanguageModeling> {
        let [weight, bias] = &self.dense;
        let [layer_norm_weight, layer_norm_bias] = &self.layer_norm;
        Ok(MaskedLanguageModeling {
            dense: packing.linear("masked_lm.dense", Format::Float32, &[weight], &[bias])?,
            activation: config.hidden_act,
            layer_norm: LayerNorm::new(layer_norm_weight, layer_norm_bias, config.masked_lm_layer_norm_eps),
            word_embeddings: self.word_embeddings.clone(),
            bias: self.bias.to_f32(),
        })
    }
}

impl MaskedLanguageModeling {
    /// Logits [valid tokens, vocab_size].
    pub fn forward(&self, compute: &Compute, hidden_states: &Matrix) -> Result<Matrix> {
        let mut transformed = Matrix::default();
        let activation = Epilogue::Activation(self.activation);
        self.dense.forward(compute, hidden_states, &mut transformed, activation)?;
        self.layer_norm.forward_values(compute, &mut transformed);
        let (vocabulary, depth) = (self.bias.len(), transformed.columns());
        let mut logits = Matrix::new(transformed.rows(), vocabulary)?;
        let mut piece = Matrix::default();
        for first in (0..vocabulary).step_by(PIECE) {
            let bias = &self.bias[first..vocabulary.min(first + PIECE)];
            let read = |entry: usize, values: &mut [f32]| {
                self.word_embeddings.read_f32((first + entry) * depth, values);
            };
            let decoder =
                Panels::pack(compute.kernels, Format::Float32, depth, bias.len(), Some(bias), read)?;
            piece.reshape(transformed.rows(), bias.len())?;
            let output = Output::Float32(&mut piece);
            matmul(compute.kernels, &compute.pool, (&transformed).into(), &decoder, output, Epilogue::None);
            for row in 0..piece.rows() {
                logits.row_mut(row)[first..first + bias.len()].copy_from_slice(piece.row(row));
            }
        }
        Ok(logits)
    }
}
