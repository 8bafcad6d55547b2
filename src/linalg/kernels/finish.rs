//! What becomes of the sums of a matrix product while they are in the cache: scales, activation, residual, and the
//! conversion to the format of the next product.

use super::elementwise::{Function, with_activation, with_rounded_activation};
use super::format::RowScale;
use super::vector::Vector;
use crate::config::Activation;

/// Where finished values go; strides count values.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Float32(*mut f32, usize),
    Bfloat16(*mut u16, usize),
}

/// One panel's columns of a product.
pub(super) struct FinishBlock {
    /// `rows` rows of `width` sums.
    pub sums: *const f32,
    pub sums_stride: usize,
    pub rows: usize,
    pub width: usize,
    /// For integer sums: the panel's rows of biases, scales and column sums, and the scales of the rows of A.
    pub header: *const f32,
    pub row_scales: *const RowScale,
    pub activation: Activation,
    /// Whether the result will be rounded to bfloat16 or 8 bits, so that the activation may be rounded too.
    pub rounded: bool,
    /// Added after the activation, with its row stride; null if there is none.
    pub residual: *const f32,
    pub residual_stride: usize,
    pub target: Target,
}

/// Finishes a block.
///
/// # Safety
///
/// V's instruction set is available and the pointers are valid for the sizes given; `width` is a multiple of the
/// lanes.
#[inline(always)]
pub(super) unsafe fn finish<V: Vector>(block: &FinishBlock) {
    // SAFETY: the caller's promise.
    unsafe {
        if block.rounded {
            with_rounded_activation!(block.activation, F => finish_rows::<V, F>(block));
        } else {
            with_activation!(block.activation, F => finish_rows::<V, F>(block));
        }
    }
}

#[inline(always)]
unsafe fn finish_rows<V: Vector, F: Function>(block: &FinishBlock) {
    // SAFETY: the caller's promise.
    unsafe {
        for row in 0..block.rows {
            let sums = block.sums.add(row * block.sums_stride);
            let residual = block.residual.wrapping_add(row * block.residual_stride);
            let mut column = 0;
            while column < block.width {
                let mut value = V::load(sums.add(column));
                if !block.row_scales.is_null() {
                    value = scaled(value, block, *block.row_scales.add(row), column);
                }
                value = F::apply(value);
                if !block.residual.is_null() {
                    value = value.add(V::load(residual.add(column)));
                }
                match block.target {
                    Target::Float32(target, stride) => value.store(target.add(row * stride + column)),
                    Target::Bfloat16(target, stride) => {
                        value.store_bfloat16(target.add(row * stride + column));
                    }
                }
                column += V::LANES;
            }
        }
    }
}

/// `(sum − zero point · column sum) · row scale · column scale + bias`.
#[inline(always)]
unsafe fn scaled<V: Vector>(sums: V, block: &FinishBlock, row: RowScale, column: usize) -> V {
    // SAFETY: the caller's promise: the header has three rows of `width` values.
    unsafe {
        let bias = V::load(block.header.add(column));
        let scale = V::load(block.header.add(block.width + column));
        let column_sums = V::load(block.header.add(2 * block.width + column));
        let zero_point = V::splat(f32::from_bits(row.zero_point.cast_unsigned()));
        let exact = sums.sub_integers(column_sums.mul_integers(zero_point));
        exact.integers_to_float().mul(V::splat(row.scale)).mul_add(scale, bias)
    }
}
