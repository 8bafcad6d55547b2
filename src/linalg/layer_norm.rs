//! Layer normalisation of the rows of a matrix.

use super::kernels::row_wise::for_each_row;
use super::{Compute, Matrix};
use crate::checkpoint::Tensor;

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

    /// Normalises every row in place.
    pub fn forward(&self, compute: &Compute, rows: &mut Matrix) {
        for_each_row(&compute.pool, rows, &|_, row| self.forward_row(compute, row));
    }

    /// Normalises one row in place.
    pub fn forward_row(&self, compute: &Compute, row: &mut [f32]) {
        compute.kernels.layer_norm_row(row, &self.weight, &self.bias, self.epsilon);
    }
}
