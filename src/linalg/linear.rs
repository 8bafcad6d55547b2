//! A linear layer with packed weights.

use super::kernels::Format;
use super::kernels::matmul::{Epilogue, Output, matmul};
use super::{Activations, Compute, Input, Matrix, Panels};
use crate::checkpoint::Tensor;
use crate::error::Result;

/// y = x·Wᵀ + b with W [columns, depth] as PyTorch stores it, packed for the kernels that will use it.
pub(crate) struct Linear {
    panels: Panels,
}

impl Linear {
    /// Packs one or more weights [columns_i, depth], side by side: a fused projection.
    pub fn pack(
        compute: &Compute,
        format: Format,
        weights: &[&Tensor],
        biases: &[&Tensor],
    ) -> Result<Panels> {
        let depth = weights[0].shape()[1];
        let ends: Vec<usize> = weights
            .iter()
            .scan(0, |end, weight| {
                *end += weight.shape()[0];
                Some(*end)
            })
            .collect();
        let columns = ends[ends.len() - 1];
        let bias: Vec<f32> = biases.iter().flat_map(|bias| bias.to_f32()).collect();
        let bias = (!bias.is_empty()).then_some(bias.as_slice());
        Panels::pack(compute.kernels, format, depth, columns, bias, |column, values| {
            let part = ends.partition_point(|&end| end <= column);
            let first = if part == 0 { 0 } else { ends[part - 1] };
            weights[part].read_f32((column - first) * depth, values);
        })
    }

    /// The layer of packed weights.
    pub fn from_panels(panels: Panels) -> Self {
        Self { panels }
    }

    /// The format of the rows that the layer takes.
    pub fn format(&self) -> Format {
        self.panels.format()
    }

    /// Length of an output row.
    pub fn columns(&self) -> usize {
        self.panels.columns()
    }

    /// `output = epilogue(input·Wᵀ + b)`; `output` is reshaped.
    pub fn forward<'a>(
        &self,
        compute: &Compute,
        input: impl Into<Input<'a>>,
        output: &mut Matrix,
        epilogue: Epilogue<'_>,
    ) -> Result<()> {
        let input = input.into();
        output.reshape(input.rows, self.columns())?;
        matmul(compute.kernels, &compute.pool, input, &self.panels, Output::Float32(output), epilogue);
        Ok(())
    }

    /// [`Self::forward`] with the result in the format of the next product.
    pub fn forward_to(
        &self,
        compute: &Compute,
        format: Format,
        input: Input<'_>,
        output: &mut Activations,
        epilogue: Epilogue<'_>,
    ) -> Result<()> {
        if format == Format::Bfloat16 {
            output.operand.reshape(format, input.rows, self.columns())?;
            let output = Output::Bfloat16(&mut output.operand);
            matmul(compute.kernels, &compute.pool, input, &self.panels, output, epilogue);
            return Ok(());
        }
        self.forward(compute, input, &mut output.values, epilogue)?;
        if format == Format::Float32 { Ok(()) } else { output.convert(compute, format) }
    }
}
