//! Kernels that reduce along a row: layer norm, and the online softmax of disentangled attention.

use super::elementwise::exp;
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
        let mut squares = V::splat(0.0);
        let mut position = 0;
        while position + V::LANES <= row.length {
            let centred = V::load(row.values.add(position)).sub(mean);
            squares = centred.mul_add(centred, squares);
            position += V::LANES;
        }
        let mut sum_of_squares = lanes_in_f64(squares);
        while position < row.length {
            let centred = *row.values.add(position) - first_lane(mean);
            sum_of_squares += f64::from(centred) * f64::from(centred);
            position += 1;
        }
        let scale = V::splat((1.0 / (sum_of_squares / length + row.epsilon).sqrt()) as f32);
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
unsafe fn first_lane<V: Vector>(vector: V) -> f32 {
    let mut lane = 0f32;
    // SAFETY: the caller's promise that V's instruction set is available; one lane fits.
    unsafe { vector.store_first(&mut lane, 1) };
    lane
}

/// What attention scores are multiplied with: positive, in two parts. One float32 would be off by the same relative
/// error in every score.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    high: f32,
    low: f32,
}

impl Scale {
    pub fn new(scale: f64) -> Self {
        let high = scale as f32;
        Self { high, low: (scale - f64::from(high)) as f32 }
    }

    /// e^(scale·difference)
    ///
    /// # Safety
    ///
    /// V's instruction set is available.
    #[inline(always)]
    unsafe fn exp<V: Vector>(self, difference: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            // Infinity times the low part could have either sign; in this order a NaN stays one.
            let difference = V::splat(-1e30).max(difference);
            exp(difference.mul_add(V::splat(self.low), difference.mul(V::splat(self.high))))
        }
    }
}

/// One tile of attention scores, `rows` queries by `columns` keys, and the state of each query's online softmax.
pub(super) struct SoftmaxTile {
    /// In: q·k. Out: e^(scale·(score − largest score so far)). Rows are valid up to the next multiple of the lanes.
    pub scores: *mut f32,
    pub scores_stride: usize,
    pub rows: usize,
    pub columns: usize,
    /// Content-to-position products of each query, to be indexed by the relative position index; null if none.
    pub content_to_position: *const f32,
    pub content_to_position_stride: usize,
    /// Position-to-content products of each key, likewise; null if none.
    pub position_to_content: *const f32,
    pub position_to_content_stride: usize,
    /// The relative position index of the first query to each key; row i lies `index_row_step · i` further.
    pub index: *const i32,
    pub index_row_step: isize,
    pub scale: Scale,
    /// Largest unscaled score and sum of exponentials of each query so far.
    pub largest: *mut f32,
    pub sum: *mut f32,
    /// The weighted sum of values of each query so far, rescaled here when the largest score grows.
    pub output: *mut f32,
    pub output_stride: usize,
    pub output_width: usize,
    /// Where to keep the unscaled scores; null if nobody asked.
    pub raw_scores: *mut f32,
    pub raw_scores_stride: usize,
}

/// A window into this at 16 − n starts with n zeros, then has negative infinities.
static LANES_IN_USE: [f32; 32] = {
    let mut lanes = [0f32; 32];
    let mut lane = 16;
    while lane < 32 {
        lanes[lane] = f32::NEG_INFINITY;
        lane += 1;
    }
    lanes
};

/// Adds the position terms and advances the online softmax of every query over one tile of keys.
///
/// Scores are scaled only after the largest was subtracted: the scores that matter are near the largest, where the
/// difference is exact, so scaling adds no error to them.
///
/// # Safety
///
/// V's instruction set is available and the pointers are valid for the sizes given; the index and the product
/// buffers are readable for whole registers beyond `columns`.
#[inline(always)]
pub(super) unsafe fn softmax_tile<V: Vector>(tile: &SoftmaxTile) {
    // SAFETY: the caller's promise.
    unsafe {
        let scale = tile.scale;
        for row in 0..tile.rows {
            let scores = tile.scores.add(row * tile.scores_stride);
            let index = tile.index.wrapping_offset(tile.index_row_step * row as isize);
            let content_to_position =
                tile.content_to_position.wrapping_add(row * tile.content_to_position_stride);
            let mut largest = V::splat(f32::NEG_INFINITY);
            let mut column = 0;
            while column < tile.columns {
                let count = V::LANES.min(tile.columns - column);
                let mut score = V::load(scores.add(column));
                if !tile.content_to_position.is_null() {
                    score = score.add(V::gather(content_to_position, index.add(column), 0));
                }
                if !tile.position_to_content.is_null() {
                    let products =
                        tile.position_to_content.wrapping_add(column * tile.position_to_content_stride);
                    let step = tile.position_to_content_stride as i32;
                    score = score.add(V::gather(products, index.add(column), step));
                }
                if !tile.raw_scores.is_null() {
                    score.store_first(tile.raw_scores.add(row * tile.raw_scores_stride + column), count);
                }
                if count < V::LANES {
                    let in_use = V::load(LANES_IN_USE.as_ptr().add(16 - count));
                    score = V::select_less(in_use, V::splat(-1.0), in_use, score);
                }
                largest = largest.max(score);
                score.store(scores.add(column));
                column += V::LANES;
            }
            let previous = *tile.largest.add(row);
            let tile_largest = largest.largest();
            let current = if tile_largest > previous { tile_largest } else { previous };

            let shift = V::splat(current);
            let mut sum = V::splat(0.0);
            let mut column = 0;
            while column < tile.columns {
                let weight = scale.exp(V::load(scores.add(column)).sub(shift));
                weight.store(scores.add(column));
                sum = sum.add(weight);
                column += V::LANES;
            }
            if current > previous {
                let decay = scale.exp(V::splat(previous).sub(shift));
                *tile.sum.add(row) *= first_lane(decay);
                let output = tile.output.add(row * tile.output_stride);
                let mut position = 0;
                while position < tile.output_width {
                    V::load(output.add(position)).mul(decay).store(output.add(position));
                    position += V::LANES;
                }
                *tile.largest.add(row) = current;
            }
            *tile.sum.add(row) += sum.sum();
        }
    }
}

/// Turns unscaled scores into probabilities in place: e^(scale·(score − largest))/sum.
///
/// # Safety
///
/// V's instruction set is available and `scores` is valid for `length` values.
#[inline(always)]
pub(super) unsafe fn normalize_scores<V: Vector>(
    scores: *mut f32,
    length: usize,
    scale: Scale,
    largest: f32,
    sum: f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let (largest, sum) = (V::splat(largest), V::splat(sum));
        let mut position = 0;
        while position < length {
            let count = V::LANES.min(length - position);
            let target = scores.add(position);
            scale.exp(V::load_first(target, count).sub(largest)).div(sum).store_first(target, count);
            position += V::LANES;
        }
    }
}
