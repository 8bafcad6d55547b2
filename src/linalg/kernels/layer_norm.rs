//! Layer norm of a row.

use super::vector::Vector;

/// One row to normalise.
pub(super) struct LayerNormRow {
    pub values: *mut f32,
    pub length: usize,
    pub weight: *const f32,
    pub bias: *const f32,
    pub epsilon: f64,
}

/// Normalises a row in place: (x − mean)/√(variance + ε)·weight + bias, with the biased variance taken about the
/// mean in a second pass.
///
/// # Safety
///
/// V's instruction set is available and the three pointers are valid for `length` values.
#[inline(always)]
pub(super) unsafe fn layer_norm<V: Vector>(row: &LayerNormRow) {
    // SAFETY: the caller's promise.
    unsafe {
        // The scale multiplies the whole row, so it and the mean are worked out in float64 from the lanes' sums.
        let length = row.length as f64;
        let mut sum = V::splat(0.0);
        let mut position = 0;
        while position < row.length {
            sum = sum.add(V::load_first(row.values.add(position), V::LANES.min(row.length - position)));
            position += V::LANES;
        }
        let mean = V::splat((lanes_in_f64(sum) / length) as f32);
        // Sums of large values lose digits of the mean; the mean of what is left gives them back.
        let (mut squares, mut rest) = (V::splat(0.0), V::splat(0.0));
        let mut position = 0;
        while position + V::LANES <= row.length {
            let centred = V::load(row.values.add(position)).sub(mean);
            squares = centred.mul_add(centred, squares);
            rest = rest.add(centred);
            position += V::LANES;
        }
        let (mut sum_of_squares, mut sum_of_rest) = (lanes_in_f64(squares), lanes_in_f64(rest));
        while position < row.length {
            let centred = f64::from(*row.values.add(position) - first_lane(mean));
            sum_of_squares += centred * centred;
            sum_of_rest += centred;
            position += 1;
        }
        let correction = sum_of_rest / length;
        let variance = (sum_of_squares / length - correction * correction).max(0.0);
        let mean = V::splat((f64::from(first_lane(mean)) + correction) as f32);
        let scale = V::splat((1.0 / (variance + row.epsilon).sqrt()) as f32);
        let mut position = 0;
        while position < row.length {
            let count = V::LANES.min(row.length - position);
            let centred = V::load_first(row.values.add(position), count).sub(mean).mul(scale);
            let weight = V::load_first(row.weight.add(position), count);
            let bias = V::load_first(row.bias.add(position), count);
            centred.mul_add(weight, bias).store_first(row.values.add(position), count);
            position += V::LANES;
        }
    }
}

/// The sum of all lanes, added in float64 in their order.
#[inline(always)]
unsafe fn lanes_in_f64<V: Vector>(vector: V) -> f64 {
    let mut lanes = [0f32; 16];
    // SAFETY: the caller's promise that V's instruction set is available; no register has more than 16 lanes.
    unsafe { vector.store(lanes.as_mut_ptr()) };
    lanes[..V::LANES].iter().map(|&lane| f64::from(lane)).sum()
}

#[inline(always)]
pub(super) unsafe fn first_lane<V: Vector>(vector: V) -> f32 {
    let mut lane = 0f32;
    // SAFETY: the caller's promise that V's instruction set is available; one lane fits.
    unsafe { vector.store_first(&mut lane, 1) };
    lane
}
