//! Disentangled self-attention (DeBERTa, section 3.1; reference `DebertaV2Attention`).

use super::Observer;
use super::relative_position::RelativePositionTable;
use super::weights::{Affine, LayerTensors};
use crate::batch::Batch;
use crate::config::Config;
use crate::error::Result;
use crate::linalg::kernels::attention::{AttentionScratch, DisentangledAttention, RelativeIndex, Scale};
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Compute, LayerNorm, Linear, Matrix, Panels};

/// One layer's self-attention: content and position scores, softmax, output projection, residual and layer norm.
pub(super) struct Attention {
    heads: usize,
    head_size: usize,
    scale: Scale,
    queries_keys_values: Linear,
    /// PK and PQ, one set of panels [head_size, 2·span] for each head; absent where the term is.
    position_keys: Option<Vec<Panels>>,
    position_queries: Option<Vec<Panels>>,
    output: Linear,
    layer_norm: LayerNorm,
}

/// Scratch memory of the attention.
#[derive(Default)]
pub(crate) struct AttentionWorkspace {
    /// [tokens, 3·hidden_size]
    queries_keys_values: Matrix,
    /// [tokens, hidden_size]
    context: Matrix,
    /// [tokens, hidden_size]
    output: Matrix,
    tiles: AttentionScratch,
    relative_index: RelativeIndex,
}

impl AttentionWorkspace {
    /// What the attention computed last, [tokens, hidden_size].
    pub fn output(&self) -> &Matrix {
        &self.output
    }
}

impl Attention {
    /// Packs the projections, and projects the relative embeddings R once: PK = R·Wk + bk, PQ = R·Wq + bq, with the
    /// content's projections under `share_att_key`, else with their own.
    pub fn build(
        config: &Config,
        compute: &Compute,
        tensors: &LayerTensors,
        relative_embeddings: Option<&Matrix>,
    ) -> Result<Self> {
        let LayerTensors { query, key, value, .. } = tensors;
        let position_operand = |present: bool, own: &Option<Affine>, shared: &Affine| {
            let Some(embeddings) = relative_embeddings.filter(|_| present) else { return Ok(None) };
            project_positions(config, compute, own.as_ref().unwrap_or(shared), embeddings).map(Some)
        };
        let terms = config.pos_att_type;
        Ok(Self {
            heads: config.num_attention_heads,
            head_size: config.head_size(),
            // The reference takes this square root in float32.
            scale: Scale::new(
                1.0 / f64::from(((config.head_size() * config.score_scale_terms()) as f32).sqrt()),
            ),
            queries_keys_values: Linear::pack(
                compute,
                &[&query.weight, &key.weight, &value.weight],
                &[&query.bias, &key.bias, &value.bias],
            )?,
            position_keys: position_operand(terms.c2p, &tensors.position_key, key)?,
            position_queries: position_operand(terms.p2c, &tensors.position_query, query)?,
            output: Linear::pack(
                compute,
                &[&tensors.attention_output.weight],
                &[&tensors.attention_output.bias],
            )?,
            layer_norm: tensors.attention_layer_norm.layer_norm(config),
        })
    }

    /// `workspace.output = LayerNorm(output(attention(hidden_states)) + hidden_states)`.
    pub fn forward(
        &self,
        compute: &Compute,
        relative_positions: &RelativePositionTable,
        batch: &Batch,
        hidden_states: &Matrix,
        workspace: &mut AttentionWorkspace,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let AttentionWorkspace { queries_keys_values, context, output, tiles, relative_index } = workspace;
        self.queries_keys_values.forward(compute, hidden_states, queries_keys_values, Epilogue::None)?;

        let reach = batch.positions().iter().max().map_or(0, |&position| position as usize);
        relative_index.ensure(reach, |distance| relative_positions.index(distance));
        let attention = DisentangledAttention {
            heads: self.heads,
            head_size: self.head_size,
            scale: self.scale,
            queries_keys_values,
            row_offsets: batch.row_offsets(),
            positions: batch.positions(),
            relative_index,
            position_keys: self.position_keys.as_deref(),
            position_queries: self.position_queries.as_deref(),
        };
        let probabilities = observer.attention_probabilities(attention.probabilities_length())?;
        attention.forward(compute.kernels, &compute.pool, tiles, context, probabilities)?;

        self.output.forward(compute, context, output, Epilogue::Residual(hidden_states))?;
        self.layer_norm.forward(compute, output);
        Ok(())
    }

    /// Bytes of packed weights and position operands.
    pub fn packed_bytes(&self) -> usize {
        let positions = [&self.position_keys, &self.position_queries].into_iter().flatten().flatten();
        self.queries_keys_values.packed_bytes()
            + self.output.packed_bytes()
            + positions.map(Panels::allocated_bytes).sum::<usize>()
    }
}

/// Projects the relative embeddings and packs the result for each head.
fn project_positions(
    config: &Config,
    compute: &Compute,
    projection: &Affine,
    relative_embeddings: &Matrix,
) -> Result<Vec<Panels>> {
    let linear = Linear::pack(compute, &[&projection.weight], &[&projection.bias])?;
    let mut projected = Matrix::default();
    linear.forward(compute, relative_embeddings, &mut projected, Epilogue::None)?;
    let head_size = config.head_size();
    let heads = (0..config.num_attention_heads).map(|head| {
        Panels::pack(
            compute.kernels.panel_width,
            head_size,
            projected.rows(),
            None,
            |row, values: &mut [f32]| {
                values.copy_from_slice(&projected.row(row)[head * head_size..][..head_size]);
            },
        )
    });
    heads.collect()
}
