//! From token ids to the first hidden states.

use super::weights::EmbeddingTensors;
use crate::batch::Batch;
use crate::checkpoint::Tensor;
use crate::config::Config;
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::kernels::row_wise::for_each_row;
use crate::linalg::{Activations, Compute, LayerNorm, Linear, Matrix};
use crate::packed::Packing;

/// Word, position and token type embeddings, their projection and layer norm.
///
/// The word embedding table stays as it is stored, mapped from the file: only rows that are used are ever read.
pub(super) struct Embeddings {
    word: Tensor,
    position: Option<Tensor>,
    token_type: Option<Tensor>,
    projection: Option<Linear>,
    layer_norm: LayerNorm,
    embedding_size: usize,
}

impl Embeddings {
    pub fn build(config: &Config, packing: &Packing, tensors: &EmbeddingTensors) -> Result<Self> {
        let projection = tensors
            .projection
            .as_ref()
            .map(|weight| packing.linear("embeddings.projection", Format::Float32, &[weight], &[]))
            .transpose()?;
        Ok(Self {
            projection,
            layer_norm: tensors.layer_norm.layer_norm(config),
            word: tensors.word.clone(),
            position: tensors.position.clone(),
            token_type: tensors.token_type.clone(),
            embedding_size: config.embedding_size,
        })
    }

    /// `output = LayerNorm(projection(word + position + token type))`; `unprojected` is scratch.
    pub fn forward(
        &self,
        compute: &Compute,
        batch: &Batch,
        unprojected: &mut Matrix,
        output: &mut Activations,
    ) -> Result<()> {
        match &self.projection {
            Some(projection) => {
                self.sum(compute, batch, unprojected)?;
                projection.forward(compute, &*unprojected, &mut output.values, Epilogue::None)?;
            }
            None => self.sum(compute, batch, &mut output.values)?,
        }
        self.layer_norm.forward(compute, compute.formats.dense, output)
    }

    fn sum(&self, compute: &Compute, batch: &Batch, output: &mut Matrix) -> Result<()> {
        let size = self.embedding_size;
        output.reshape(batch.tokens(), size)?;
        for_each_row(&compute.pool, output, &|token, sum| {
            match (batch.ids(), batch.embeddings()) {
                (Some(ids), _) => self.word.read_f32(ids[token] as usize * size, sum),
                (None, Some((embeddings, _))) => sum.copy_from_slice(&embeddings[token * size..][..size]),
                (None, None) => {}
            }
            if let Some(position) = &self.position {
                add_row(position, batch.positions()[token], sum);
            }
            if let Some(token_type) = &self.token_type {
                add_row(token_type, batch.token_type_ids().map_or(0, |types| types[token]), sum);
            }
        });
        Ok(())
    }

    pub fn token_embeddings(&self, ids: &[u32]) -> Vec<f32> {
        let mut rows = vec![0.0; ids.len() * self.embedding_size];
        for (row, &id) in rows.chunks_exact_mut(self.embedding_size).zip(ids) {
            self.word.read_f32(id as usize * self.embedding_size, row);
        }
        rows
    }
}

/// Adds row `row` of a stored table, converted piece by piece to keep this free of allocation.
fn add_row(table: &Tensor, row: u32, sum: &mut [f32]) {
    let first = row as usize * sum.len();
    let mut piece = [0f32; 64];
    for (index, sum) in sum.chunks_mut(piece.len()).enumerate() {
        let piece = &mut piece[..sum.len()];
        table.read_f32(first + index * 64, piece);
        for (sum, value) in sum.iter_mut().zip(piece) {
            *sum += *value;
        }
    }
}
