//! The convolution beside the first layer of DeBERTa v2 (reference `ConvLayer`).

use super::weights::ConvTensors;
use crate::batch::Batch;
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::linalg::kernels::Format;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::kernels::row_wise::for_each_row;
use crate::linalg::{Activations, Compute, LayerNorm, Linear, Matrix, Panels};
use crate::packed::Packing;

/// A convolution over neighbouring tokens of the embedding output, added to the first layer's output.
///
/// It is computed as one matrix product for each group, on rows that hold a token's window of neighbours.
pub(super) struct Conv {
    groups: Vec<Linear>,
    kernel_size: usize,
    activation: Activation,
    layer_norm: LayerNorm,
}

impl Conv {
    pub fn build(config: &Config, packing: &Packing, tensors: &ConvTensors) -> Result<Self> {
        let [outputs, channels, kernel_size] = *tensors.conv.weight.shape() else {
            unreachable!("the shape was checked when the tensor was located")
        };
        let (activation, groups) =
            config.conv.as_ref().map_or((Activation::Tanh, 1), |conv| (conv.activation, conv.groups));
        let group_outputs = outputs / groups;
        let depth = channels * kernel_size;
        let pack = || {
            let weight = tensors.conv.weight.to_f32();
            let bias = tensors.conv.bias.to_f32();
            let groups = (0..groups).map(|group| {
                let first = group * group_outputs;
                // PyTorch stores [output, channel, tap]; a window holds its taps one after the other.
                let read_column = |column: usize, values: &mut [f32]| {
                    let filter =
                        &weight[(first + column) * channels * kernel_size..][..channels * kernel_size];
                    for (index, value) in values.iter_mut().enumerate() {
                        *value = filter[index % channels * kernel_size + index / channels];
                    }
                };
                let bias = &bias[first..first + group_outputs];
                let kernels = packing.compute.kernels;
                Panels::pack(kernels, Format::Float32, depth, group_outputs, Some(bias), read_column)
            });
            groups.collect()
        };
        let panels = packing.panels("encoder.conv", groups, Format::Float32, [depth, group_outputs], pack)?;
        Ok(Self {
            groups: panels.into_iter().map(Linear::from_panels).collect(),
            kernel_size,
            activation,
            layer_norm: tensors.layer_norm.layer_norm(config),
        })
    }

    /// `hidden_states = LayerNorm(hidden_states + activation(conv(embedding_output)))`.
    ///
    /// A neighbour is the token at the neighbouring original position; where that is padding or beyond the row's ends
    /// the window holds zeros.
    pub fn forward(
        &self,
        compute: &Compute,
        batch: &Batch,
        embedding_output: &Matrix,
        [window, convolved]: &mut [Matrix; 2],
        hidden_states: &mut Activations,
    ) -> Result<()> {
        let positions = batch.positions();
        let rows = batch.row_offsets();
        for (group, linear) in self.groups.iter().enumerate() {
            let channels = embedding_output.columns() / self.groups.len();
            window.reshape(batch.tokens(), self.kernel_size * channels)?;
            for_each_row(&compute.pool, window, &|token, values| {
                let row = rows.partition_point(|&offset| offset <= token) - 1;
                for (tap, values) in values.chunks_exact_mut(channels).enumerate() {
                    let wanted = positions[token] as i64 + tap as i64 - (self.kernel_size as i64 - 1) / 2;
                    let row_positions = &positions[rows[row]..rows[row + 1]];
                    match row_positions.binary_search_by_key(&wanted, |&position| position.into()) {
                        Ok(neighbour) => {
                            let source = embedding_output.row(rows[row] + neighbour);
                            values.copy_from_slice(&source[group * channels..][..channels]);
                        }
                        Err(_) => values.fill(0.0),
                    }
                }
            });
            linear.forward(compute, &*window, convolved, Epilogue::Activation(self.activation))?;
            let first = group * linear.columns();
            for_each_row(&compute.pool, &mut hidden_states.values, &|token, hidden| {
                for (value, convolved) in hidden[first..].iter_mut().zip(convolved.row(token)) {
                    *value += convolved;
                }
            });
        }
        self.layer_norm.forward(compute, compute.formats.dense, hidden_states)
    }
}
