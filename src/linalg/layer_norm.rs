//! Layer normalisation of rows.

use super::kernels::Format;
use super::kernels::row_wise::for_each_row;
use super::{Activations, Compute, Matrix};
use crate::checkpoint::Tensor;
use crate::error::Result;

/// Weight and bias of a layer norm over the last dimension.
pub(crate) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f64,
}

impl LayerNorm {
    pub fn new(weight: &Tensor, bias: &Tensor, epsilon: f64) -> Self {
        Self { weight: weight.to_f32(), bias: bias.to_f32(), epsilon }
    }

    /// Normalises every row in place, and converts it for products of a format while it is in the cache.
    pub fn forward(&self, compute: &Compute, format: Format, rows: &mut Activations) -> Result<()> {
        if format == Format::Float32 {
            self.forward_values(compute, &mut rows.values);
            return Ok(());
        }
        rows.convert_after(compute, format, &|row| self.forward_row(compute, row))
    }

    /// Normalises every row in place.
    pub fn forward_values(&self, compute: &Compute, rows: &mut Matrix) {
        for_each_row(&compute.pool, rows, &|_, row| self.forward_row(compute, row));
    }

    fn forward_row(&self, compute: &Compute, row: &mut [f32]) {
        compute.kernels.layer_norm_row(row, &self.weight, &self.bias, self.epsilon);
    }
}
