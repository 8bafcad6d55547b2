//! The online softmax of disentangled attention over one tile of scores, with its position terms.

use super::elementwise::exp;
use super::finish::Target;
use super::format::Format;
use super::layer_norm::first_lane;
use super::vector::{MOST_LANES, Vector};

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

/// Which row of the position operands belongs to each query and key of a tile.
#[derive(Clone, Copy)]
pub(super) enum PositionRows {
    /// There are no position terms.
    None,
    /// Positions without gaps: the entries of the first query and first key, of which each further query is one less
    /// and each further key one more; and the patterns of those entries.
    Contiguous { rows: *const i32, patterns: *const [u8; MOST_LANES], rises_by_one: bool },
    /// A row for each query and key, with the stride between queries.
    Any { rows: *const i32, stride: usize },
}

/// One tile of attention scores, `rows` queries by `columns` keys, and the state of each query's online softmax.
pub(super) struct SoftmaxTile {
    /// In: q·k. Scratch afterwards. Rows are valid up to the next multiple of the lanes.
    pub scores: *mut f32,
    pub scores_stride: usize,
    pub rows: usize,
    pub columns: usize,
    /// Content-to-position products of each query, indexed by position row; null if none.
    pub content_to_position: *const f32,
    pub content_to_position_stride: usize,
    /// Position-to-content products: a row of keys for each position row; null if none.
    pub position_to_content: *const f32,
    pub position_to_content_stride: usize,
    pub position_rows: PositionRows,
    /// Room for `rows + columns + LANES` rows of the scores' stride.
    pub sheared: *mut f32,
    pub scale: Scale,
    /// Largest unscaled score and sum of exponentials of each query so far.
    pub largest: *mut f32,
    pub sum: *mut f32,
    /// The weighted sum of values of each query so far, rescaled here when the largest score grows.
    pub output: *mut f32,
    pub output_stride: usize,
    pub output_width: usize,
    /// Out: e^(scale·(score − largest score so far)), in this format, up to the next multiple of the lanes.
    pub weights: *mut f32,
    pub weights_stride: usize,
    pub weights_format: Format,
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
/// V's instruction set is available and the pointers are valid for the sizes given; position rows and products are
/// readable for whole registers beyond `columns`.
#[inline(always)]
pub(super) unsafe fn softmax_tile<V: Vector>(tile: &SoftmaxTile) {
    // SAFETY: the caller's promise.
    unsafe {
        match tile.position_rows {
            PositionRows::Any { rows, stride } => {
                add_terms_one_by_one(tile, rows, stride);
                advance::<V, false>(tile, std::ptr::null(), std::ptr::null(), true);
            }
            PositionRows::Contiguous { rows, patterns, rises_by_one } => {
                if !tile.position_to_content.is_null() {
                    shear::<V>(tile, rows);
                }
                advance::<V, true>(tile, rows, patterns, rises_by_one);
            }
            PositionRows::None => advance::<V, false>(tile, std::ptr::null(), std::ptr::null(), true),
        }
    }
}

/// Adds both position terms where positions have gaps.
unsafe fn add_terms_one_by_one(tile: &SoftmaxTile, rows: *const i32, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for query in 0..tile.rows {
            for key in 0..tile.columns {
                let row = *rows.add(query * stride + key) as usize;
                let score = tile.scores.add(query * tile.scores_stride + key);
                if !tile.content_to_position.is_null() {
                    *score +=
                        *tile.content_to_position.wrapping_add(query * tile.content_to_position_stride + row);
                }
                if !tile.position_to_content.is_null() {
                    *score +=
                        *tile.position_to_content.wrapping_add(row * tile.position_to_content_stride + key);
                }
            }
        }
    }
}

/// The first half of turning the position-to-content products, whose rows are position rows, into rows of queries.
///
/// The term of a query and key j is in row t + j of entries, where t falls by one from query to query: a diagonal. Lane
/// l of the result for entry t comes from entry t + l mod 4; [`advance`] then takes four lanes each from the entries t,
/// t + 4, t + 8 and t + 12. So a register of a diagonal costs eight loads and no shuffle.
#[inline(always)]
unsafe fn shear<V: Vector>(tile: &SoftmaxTile, rows: *const i32) {
    let stride = tile.position_to_content_stride;
    // SAFETY: the caller's promise; entries from that of the last query and first key to that of the first query and
    // last key are visited, and a register's lanes beyond.
    unsafe {
        let product_row = |entry: isize| {
            tile.position_to_content.wrapping_offset(*rows.offset(entry) as isize * stride as isize)
        };
        let first = 1 - tile.rows as isize;
        let mut column = 0;
        while column < tile.columns {
            let start = first + column as isize;
            let mut sources = [0, 1, 2, 3].map(|step| product_row(start + step).wrapping_add(column));
            for index in 0..tile.rows + V::LANES - 4 {
                let entry = index as isize + start;
                let target = tile.sheared.add(index * tile.scores_stride + column);
                V::load_in_turn(sources).store(target);
                sources = [sources[1], sources[2], sources[3], product_row(entry + 4).wrapping_add(column)];
            }
            column += V::LANES;
        }
    }
}

#[inline(always)]
unsafe fn advance<V: Vector, const TERMS: bool>(
    tile: &SoftmaxTile,
    position_rows: *const i32,
    patterns: *const [u8; MOST_LANES],
    rises_by_one: bool,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let scale = tile.scale;
        for row in 0..tile.rows {
            let scores = tile.scores.add(row * tile.scores_stride);
            let mut largest = V::splat(f32::NEG_INFINITY);
            let mut column = 0;
            while column < tile.columns {
                let count = V::LANES.min(tile.columns - column);
                let mut score = V::load(scores.add(column));
                if TERMS {
                    let entry = column as isize - row as isize;
                    if !tile.content_to_position.is_null() {
                        let products = tile
                            .content_to_position
                            .wrapping_add(row * tile.content_to_position_stride)
                            .wrapping_offset(*position_rows.offset(entry) as isize);
                        let mut term = V::load(products);
                        if !rises_by_one {
                            term = term.permute((*patterns.offset(entry)).as_ptr());
                        }
                        score = score.add(term);
                    }
                    if !tile.position_to_content.is_null() {
                        let first = tile.sheared.add((tile.rows - 1 - row) * tile.scores_stride + column);
                        let rows = [0, 4, 8, 12].map(|step| {
                            let step = if step < V::LANES { step } else { 0 };
                            first.add(step * tile.scores_stride).cast_const()
                        });
                        score = score.add(V::load_by_fours(rows));
                    }
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
            let weights = tile.weights.add(row * tile.weights_stride);
            let mut sum = V::splat(0.0);
            let mut column = 0;
            while column < tile.columns {
                let weight = scale.exp(V::load(scores.add(column)).sub(shift));
                if tile.weights_format == Format::Float32 {
                    weight.store(weights.add(column));
                } else {
                    weight.store_bfloat16(weights.cast::<u16>().add(column));
                }
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

/// One query's weighted sum of values.
pub(super) struct ContextRow {
    pub output: *const f32,
    pub length: usize,
    /// The sum of the weights.
    pub sum: f32,
    pub target: Target,
}

/// Divides the weighted sum of values by the sum of the weights.
///
/// # Safety
///
/// V's instruction set is available, `output` is valid for `length` values rounded up to whole registers, and `target`
/// for `length`.
#[inline(always)]
pub(super) unsafe fn context_row<V: Vector>(row: &ContextRow) {
    // SAFETY: the caller's promise.
    unsafe {
        let sum = V::splat(row.sum);
        let mut position = 0;
        while position < row.length {
            let count = V::LANES.min(row.length - position);
            let value = V::load(row.output.add(position)).div(sum);
            match row.target {
                Target::Float32(target, _) => value.store_first(target.add(position), count),
                Target::Bfloat16(target, _) if count == V::LANES => {
                    value.store_bfloat16(target.add(position))
                }
                Target::Bfloat16(target, _) => {
                    let mut lanes = [0u16; MOST_LANES];
                    value.store_bfloat16(lanes.as_mut_ptr());
                    target.add(position).copy_from_nonoverlapping(lanes.as_ptr(), count);
                }
            }
            position += V::LANES;
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
