//! Disentangled self-attention (DeBERTa, section 3.1; reference `DebertaV2Attention`).

use super::Observer;
use super::relative_position::RelativePositionTable;
use super::weights::{Affine, LayerTensors, RelativeEmbeddings};
use crate::batch::Batch;
use crate::config::Config;
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::attention::{
    AttentionScratch, DisentangledAttention, PositionOperands, RelativeIndex, Scale,
};
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Activations, Compute, LayerNorm, Linear, Matrix, PackedRows, Panels, RowsShape};
use crate::packed::Packing;
use crate::profile::{Stage, Stopwatch};

/// One layer's self-attention: content and position scores, softmax, output projection, residual and layer norm.
pub(super) struct Attention {
    heads: usize,
    head_size: usize,
    scale: Scale,
    queries_keys_values: Linear,
    /// PK and PQ; absent where the term is.
    position_operands: PositionOperands,
    output: Linear,
    layer_norm: LayerNorm,
}

/// Scratch memory of the attention.
#[derive(Default)]
pub(crate) struct AttentionWorkspace {
    /// [tokens, 3·hidden_size]
    queries_keys_values: Activations,
    /// [tokens, hidden_size]
    context: Activations,
    /// [tokens, hidden_size]
    output: Activations,
    tiles: AttentionScratch,
    relative_index: RelativeIndex,
}

impl AttentionWorkspace {
    /// What the attention computed last, [tokens, hidden_size].
    pub fn output(&self) -> &Activations {
        &self.output
    }
}

impl Attention {
    /// Packs the projections, and projects the relative embeddings once: PK = R·Wk + bk, PQ = R·Wq + bq, with the
    /// content's projections under `share_att_key`, else with their own.
    pub fn build(
        config: &Config,
        packing: &Packing,
        layer: &str,
        tensors: &LayerTensors,
        relative_embeddings: Option<&RelativeEmbeddings>,
    ) -> Result<Self> {
        let LayerTensors { query, key, value, .. } = tensors;
        let terms = config.pos_att_type;
        let compute = packing.compute;
        let (dense, format) = (compute.formats.dense, compute.formats.attention);
        let rows = 2 * config.span();
        let project = |own: &Option<Affine>, shared: &Affine, embeddings: &RelativeEmbeddings| {
            let embeddings = embeddings.rows(config, compute)?;
            project_positions(compute, own.as_ref().unwrap_or(shared), embeddings)
        };
        let position_keys = relative_embeddings.filter(|_| terms.c2p).map(|embeddings| {
            let name = format!("{layer}.attention.position_keys");
            packing.panels(&name, config.num_attention_heads, format, [config.head_size(), rows], || {
                let projected = project(&tensors.position_key, key, embeddings)?;
                pack_heads(config, compute, &projected.values)
            })
        });
        let position_queries = relative_embeddings.filter(|_| terms.p2c).map(|embeddings| {
            let name = format!("{layer}.attention.position_queries");
            let depth = config.num_attention_heads * config.head_size();
            packing.rows(&name, RowsShape { format, rows, depth }, || {
                let projected = project(&tensors.position_query, query, embeddings)?;
                Ok(PackedRows::from_activations(projected, format))
            })
        });
        Ok(Self {
            heads: config.num_attention_heads,
            head_size: config.head_size(),
            // The reference takes this square root in float32.
            scale: Scale::new(
                1.0 / f64::from(((config.head_size() * config.score_scale_terms()) as f32).sqrt()),
            ),
            queries_keys_values: packing.linear(
                &format!("{layer}.attention.queries_keys_values"),
                dense,
                &[&query.weight, &key.weight, &value.weight],
                &[&query.bias, &key.bias, &value.bias],
            )?,
            position_operands: PositionOperands {
                keys: position_keys.transpose()?,
                queries: position_queries.transpose()?,
            },
            output: packing.linear(
                &format!("{layer}.attention.output"),
                dense,
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
        hidden_states: &Activations,
        workspace: &mut AttentionWorkspace,
        observer: &mut dyn Observer,
        stopwatch: &Stopwatch,
    ) -> Result<()> {
        let AttentionWorkspace { queries_keys_values, context, output, tiles, relative_index } = workspace;
        let format = compute.formats.attention;
        let input = hidden_states.input(self.queries_keys_values.format());
        stopwatch.time(Stage::QueriesKeysValues, || {
            self.queries_keys_values.forward_to(compute, format, input, queries_keys_values, Epilogue::None)
        })?;

        let reach = batch.positions().iter().max().map_or(0, |&position| position as usize);
        relative_index
            .ensure(reach, 2 * relative_positions.span(), |distance| relative_positions.index(distance));
        let attention = DisentangledAttention {
            format,
            context_format: match self.output.format() {
                Format::Bfloat16 => Format::Bfloat16,
                _ => Format::Float32,
            },
            heads: self.heads,
            head_size: self.head_size,
            scale: self.scale,
            queries_keys_values: queries_keys_values.input(format),
            row_offsets: batch.row_offsets(),
            positions: batch.positions(),
            relative_index,
            position_operands: &self.position_operands,
            stopwatch,
        };
        let probabilities = observer.attention_probabilities(attention.probabilities_length())?;
        stopwatch.time_attention(|| {
            attention.forward(compute.kernels, &compute.pool, tiles, context, probabilities)
        })?;

        stopwatch.time(Stage::AttentionOutput, || {
            if !matches!(self.output.format(), Format::Float32 | Format::Bfloat16) {
                context.convert(compute, self.output.format())?;
            }
            let context = context.input(self.output.format());
            let residual = Epilogue::Residual(&hidden_states.values);
            self.output.forward(compute, context, &mut output.values, residual)
        })?;
        stopwatch
            .time(Stage::AttentionNorm, || self.layer_norm.forward(compute, compute.formats.dense, output))
    }
}

/// Projects the relative embeddings in float32, with the result also in the attention's format.
fn project_positions(
    compute: &Compute,
    projection: &Affine,
    relative_embeddings: &Matrix,
) -> Result<Activations> {
    let linear = Linear::from_panels(Linear::pack(
        compute,
        Format::Float32,
        &[&projection.weight],
        &[&projection.bias],
    )?);
    let mut projected = Activations::default();
    linear.forward(compute, relative_embeddings, &mut projected.values, Epilogue::None)?;
    if compute.formats.attention != Format::Float32 {
        projected.convert(compute, compute.formats.attention)?;
    }
    Ok(projected)
}

/// Packs projected relative embeddings as the right operand of each head's products.
fn pack_heads(config: &Config, compute: &Compute, projected: &Matrix) -> Result<Vec<Panels>> {
    let head_size = config.head_size();
    let heads = (0..config.num_attention_heads).map(|head| {
        let format = compute.formats.attention;
        Panels::pack(compute.kernels, format, head_size, projected.rows(), None, |row, values| {
            values.copy_from_slice(&projected.row(row)[head * head_size..][..head_size]);
        })
    });
    heads.collect()
}
