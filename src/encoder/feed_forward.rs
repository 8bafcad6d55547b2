//! The position-wise feed-forward network (reference `DebertaV2Intermediate` and `DebertaV2Output`).

use super::weights::{Affine, LayerTensors};
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Activations, Compute, LayerNorm, Linear};
use crate::packed::Packing;
use crate::profile::{Stage, Stopwatch};

/// Two linear layers with an activation between them, residual and layer norm.
pub(super) struct FeedForward {
    intermediate: Linear,
    activation: Activation,
    output: Linear,
    layer_norm: LayerNorm,
}

impl FeedForward {
    pub fn build(config: &Config, packing: &Packing, layer: &str, tensors: &LayerTensors) -> Result<Self> {
        let linear = |name: &str, affine: &Affine| {
            let dense = packing.compute.formats.dense;
            packing.linear(&format!("{layer}.{name}"), dense, &[&affine.weight], &[&affine.bias])
        };
        Ok(Self {
            intermediate: linear("intermediate", &tensors.intermediate)?,
            activation: config.hidden_act,
            output: linear("output", &tensors.output)?,
            layer_norm: tensors.output_layer_norm.layer_norm(config),
        })
    }

    /// `output = LayerNorm(W₂·activation(W₁·input + b₁) + b₂ + input)`.
    pub fn forward(
        &self,
        compute: &Compute,
        input: &Activations,
        intermediate: &mut Activations,
        output: &mut Activations,
        stopwatch: &Stopwatch,
    ) -> Result<()> {
        let activation = Epilogue::Activation(self.activation);
        stopwatch.time(Stage::Intermediate, || {
            let rows = input.input(self.intermediate.format());
            self.intermediate.forward_to(compute, self.output.format(), rows, intermediate, activation)
        })?;
        stopwatch.time(Stage::Output, || {
            let rows = intermediate.input(self.output.format());
            self.output.forward(compute, rows, &mut output.values, Epilogue::Residual(&input.values))
        })?;
        stopwatch
            .time(Stage::OutputNorm, || self.layer_norm.forward(compute, self.intermediate.format(), output))
    }
}
