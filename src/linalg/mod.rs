//! What the encoder computes with: matrices, packed linear layers, layer norm; and the kernels below them.

mod cells;
mod compute;
pub(crate) mod kernels;
mod layer_norm;
mod linear;
mod matrix;
mod operand;
mod packed_rows;
mod panels;

pub(crate) use cells::Cells;
pub(crate) use compute::{Compute, Formats};
pub(crate) use layer_norm::LayerNorm;
pub(crate) use linear::Linear;
pub(crate) use matrix::Matrix;
pub(crate) use operand::{Activations, Input, Operand};
pub(crate) use packed_rows::{PackedRows, RowsShape};
pub(crate) use panels::{Panels, PanelsShape};
