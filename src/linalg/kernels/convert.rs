//! Rows of float32 converted to the format of the next product.

use super::format::{PIECE_CELLS, RowScale};
use super::vector::Vector;

/// Largest integer of an activation.
const LARGEST_LEVEL: f32 = 255.0;

/// One row to convert.
pub(super) struct ConvertRow {
    pub values: *const f32,
    pub length: usize,
    /// Room for the row's cells; the last cell is filled up with zeros.
    pub cells: *mut f32,
    pub cell_count: usize,
}

/// Rounds a row to bfloat16, to nearest and ties to even.
///
/// # Safety
///
/// V's instruction set is available and the pointers are valid for the sizes given.
#[inline(always)]
pub(super) unsafe fn to_bfloat16<V: Vector>(row: &ConvertRow) -> RowScale {
    let target = row.cells.cast::<u16>();
    // SAFETY: the caller's promise.
    unsafe {
        let mut position = 0;
        while position < row.length {
            let count = V::LANES.min(row.length - position);
            let value = V::load_first(row.values.add(position), count);
            value.store_first_bfloat16(target.add(position), count);
            position += V::LANES;
        }
        for index in row.length..2 * row.cell_count {
            *target.add(index) = 0;
        }
    }
    RowScale::default()
}

/// Splits a row into two bfloat16 pieces: the rounded value, and the rounded rest.
///
/// # Safety
///
/// As for [`to_bfloat16`].
#[inline(always)]
pub(super) unsafe fn to_bfloat16_pieces<V: Vector>(row: &ConvertRow) -> RowScale {
    const PIECE_VALUES: usize = 2 * PIECE_CELLS;
    // SAFETY: the caller's promise; there are cells for whole groups of values, two pieces of each.
    unsafe {
        for group in 0..row.cell_count / (2 * PIECE_CELLS) {
            let first = group * PIECE_VALUES;
            let large = row.cells.add(group * 2 * PIECE_CELLS).cast::<u16>();
            let small = large.add(PIECE_VALUES);
            let mut position = 0;
            while position < PIECE_VALUES {
                let count = V::LANES.min(row.length.saturating_sub(first + position));
                let value = V::load_first(row.values.wrapping_add(first + position), count);
                value.store_bfloat16(large.add(position));
                value.sub(V::load_bfloat16(large.add(position))).store_bfloat16(small.add(position));
                position += V::LANES;
            }
        }
    }
    RowScale::default()
}

/// Quantises a row to 0..=255 between its smallest and largest value, zero included so that zero is exact. A row with
/// a value that is not finite gets a scale of NaN: its products are NaN, as they are in float32.
///
/// `store` writes the lanes' integral values at an index of the row.
///
/// # Safety
///
/// As for [`to_bfloat16`].
#[inline(always)]
unsafe fn quantize<V: Vector>(row: &ConvertRow, store: impl Fn(V, usize, usize)) -> RowScale {
    // SAFETY: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        let (mut largest, mut largest_negated, mut spread) = (zero, zero, zero);
        let mut position = 0;
        while position < row.length {
            let count = V::LANES.min(row.length - position);
            let value = V::load_first(row.values.add(position), count);
            largest = value.max(largest);
            largest_negated = zero.sub(value).max(largest_negated);
            // Zero times anything finite is zero; infinities and NaN leave a NaN behind.
            spread = value.mul(zero).add(spread);
            position += V::LANES;
        }
        let (low, high) = (-largest_negated.largest(), largest.largest());
        let step = (high - low) / LARGEST_LEVEL;
        let step = if step > f32::MIN_POSITIVE { step } else { 1.0 };
        let zero_point = (-low / step).round();
        let inverse = V::splat(1.0 / step);
        let (zero_point_lanes, top) = (V::splat(zero_point), V::splat(LARGEST_LEVEL));
        let mut position = 0;
        while position < row.length {
            let count = V::LANES.min(row.length - position);
            let value = V::load_first(row.values.add(position), count);
            let level = value.mul_add(inverse, zero_point_lanes).round();
            let level = V::select_less(level, top, level, top);
            store(level.max(zero), position, count);
            position += V::LANES;
        }
        let scale = if spread.sum() == 0.0 { step } else { f32::NAN };
        RowScale { scale, zero_point: zero_point as i32 }
    }
}

/// Quantises a row to bytes; see [`quantize`].
///
/// # Safety
///
/// As for [`to_bfloat16`].
#[inline(always)]
pub(super) unsafe fn to_int8<V: Vector>(row: &ConvertRow) -> RowScale {
    let target = row.cells.cast::<u8>();
    // SAFETY: the caller's promise.
    unsafe {
        for index in row.length..4 * row.cell_count {
            *target.add(index) = 0;
        }
        let row_scale = quantize::<V>(row, |level, position, count| {
            if count == V::LANES {
                level.store_bytes(target.add(position));
            } else {
                let mut lanes = [0u8; 16];
                level.store_bytes(lanes.as_mut_ptr());
                target.add(position).copy_from_nonoverlapping(lanes.as_ptr(), count);
            }
        });
        RowScale { zero_point: row_scale.zero_point - i32::from(V::INT8_OFFSET), ..row_scale }
    }
}

/// Quantises a row to the numbers of [`to_int8`] in 16 bits each.
///
/// # Safety
///
/// As for [`to_bfloat16`].
#[inline(always)]
pub(super) unsafe fn to_int16<V: Vector>(row: &ConvertRow) -> RowScale {
    let target = row.cells.cast::<u16>();
    // SAFETY: the caller's promise.
    unsafe {
        for index in row.length..2 * row.cell_count {
            *target.add(index) = 0;
        }
        quantize::<V>(row, |level, position, count| {
            let mut lanes = [0u8; 16];
            level.store_bytes(lanes.as_mut_ptr());
            for (lane, byte) in lanes[..count].iter().enumerate() {
                *target.add(position + lane) = u16::from(byte.wrapping_add(V::INT8_OFFSET));
            }
        })
    }
}
