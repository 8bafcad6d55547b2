//! The position-wise feed-forward network (reference `DebertaV2Intermediate` and `DebertaV2Output`).

use super::weights::LayerTensors;
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::linalg::kernels::matmul::Epilogue;
use crate::linalg::{Compute, LayerNorm, Linear, Matrix};

/// Two linear layers with an activation between them, residual and layer norm.
pub(super) struct FeedForward {
    intermediate: Linear,
    activation: Activation,
    output: Linear,
    layer_norm: LayerNorm,
}

impl FeedForward {
    pub fn build(config: &Config, compute: &Compute, tensors: &LayerTensors) -> Result<Self> {
        let linear =
            |affine: &super::weights::Affine| Linear::pack(compute, &[&affine.weight], &[&affine.bias]);
        Ok(Self {
            intermediate: linear(&tensors.intermediate)?,
            activation: config.hidden_act,
            output: linear(&tensors.output)?,
            layer_norm: tensors.output_layer_norm.layer_norm(config),
        })
    }

    /// `output = LayerNorm(W₂·activation(W₁·input + b₁) + b₂ + input)`.
    pub fn forward(
        &self,
        compute: &Compute,
        input: &Matrix,
        intermediate: &mut Matrix,
        output: &mut Matrix,
    ) -> Result<()> {
        self.intermediate.forward(compute, input, intermediate, Epilogue::Activation(self.activation))?;
        self.output.forward(compute, intermediate, output, Epilogue::Residual(input))?;
        self.layer_norm.forward(compute, output);
        Ok(())
    }

    /// Bytes of packed weights.
    pub fn packed_bytes(&self) -> usize {
        self.intermediate.packed_bytes() + self.output.packed_bytes()
    }
}
