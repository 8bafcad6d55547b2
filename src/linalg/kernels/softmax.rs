//! The online softmax of disentangled attention over one tile of scores, with its position terms.

use super::attention::KEY_BLOCK;
use super::elementwise::{exp, exp_2_rounded};
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
    /// The scale times log2(e), for weights that are rounded to bfloat16.
    base_2: f32,
}

impl Scale {
    pub fn new(scale: f64) -> Self {
        let high = scale as f32;
        Self {
            high,
            low: (scale - f64::from(high)) as f32,
            base_2: (scale * std::f64::consts::LOG2_E) as f32,
        }
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

    /// [`Self::exp`] with a relative error of 1e-4.
    ///
    /// # Safety
    ///
    /// V's instruction set is available.
    #[inline(always)]
    unsafe fn exp_rounded<V: Vector>(self, difference: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let power = V::splat(-200.0).max(difference.mul(V::splat(self.base_2)));
            exp_2_rounded(power)
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

/// One tile of attention scores, `rows` queries by `columns` keys, to which the position terms are added.
pub(super) struct ScoreTile {
    /// In: q·k. Out: the score. Rows are valid up to the next multiple of the lanes, where the score is −∞ afterwards.
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
    /// Room for `rows + LANES` rows of KEY_BLOCK.
    pub sheared: *mut f32,
    /// MOST_LANES values for each query: the largest score so far, lane by lane.
    pub lane_largest: *mut f32,
    /// Where to keep the unscaled scores; null if nobody asked.
    pub raw_scores: *mut f32,
    pub raw_scores_stride: usize,
}

/// Scores of a block of keys that become weights, and the state of each query's online softmax.
pub(super) struct SoftmaxBlock {
    /// In: scores. Out: e^(scale·(score − largest score so far)) in `format`, up to the next multiple of the lanes. The
    /// stride counts cells in both cases.
    pub scores: *mut f32,
    pub stride: usize,
    pub rows: usize,
    pub columns: usize,
    pub format: Format,
    pub scale: Scale,
    /// MOST_LANES values for each query: the largest score of this block, lane by lane.
    pub lane_largest: *const f32,
    /// Largest unscaled score and sum of exponentials of each query so far.
    pub largest: *mut f32,
    pub sum: *mut f32,
    /// The weighted sum of values of each query so far, rescaled here when the largest score grows.
    pub output: *mut f32,
    pub output_stride: usize,
    pub output_width: usize,
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

/// Adds the position terms to a tile of scores and finds the largest of each query.
///
/// # Safety
///
/// V's instruction set is available and the pointers are valid for the sizes given; position rows and products are
/// readable for whole registers beyond `columns`.
#[inline(always)]
pub(super) unsafe fn score_tile<V: Vector>(tile: &ScoreTile) {
    // SAFETY: the caller's promise.
    unsafe {
        match tile.position_rows {
            PositionRows::Any { rows, stride } => {
                add_terms_one_by_one(tile, rows, stride);
                finish_scores::<V, false, false>(tile, std::ptr::null(), std::ptr::null());
            }
            PositionRows::Contiguous { rows, patterns, rises_by_one } => {
                if !tile.position_to_content.is_null() {
                    shear::<V>(tile, rows);
                }
                if rises_by_one {
                    finish_scores::<V, true, false>(tile, rows, patterns);
                } else {
                    finish_scores::<V, true, true>(tile, rows, patterns);
                }
            }
            PositionRows::None => {
                finish_scores::<V, false, false>(tile, std::ptr::null(), std::ptr::null());
            }
        }
    }
}

/// Adds both position terms where positions have gaps.
unsafe fn add_terms_one_by_one(tile: &ScoreTile, rows: *const i32, stride: usize) {
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
/// l of the result for entry t comes from entry t + l mod 4; [`finish_scores`] then takes four lanes each from the entries t,
/// t + 4, t + 8 and t + 12. So a register of a diagonal costs eight loads and no shuffle.
#[inline(always)]
unsafe fn shear<V: Vector>(tile: &ScoreTile, rows: *const i32) {
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
                let target = tile.sheared.add(index * KEY_BLOCK + column);
                V::load_in_turn(sources).store(target);
                sources = [sources[1], sources[2], sources[3], product_row(entry + 4).wrapping_add(column)];
            }
            column += V::LANES;
        }
    }
}

/// Adds the position terms where there are any, permuting content-to-position products where positions share buckets.
#[inline(always)]
unsafe fn finish_scores<V: Vector, const TERMS: bool, const PERMUTED: bool>(
    tile: &ScoreTile,
    position_rows: *const i32,
    patterns: *const [u8; MOST_LANES],
) {
    // SAFETY: the caller's promise.
    unsafe {
        for row in 0..tile.rows {
            let scores = tile.scores.add(row * tile.scores_stride);
            let lane_largest = tile.lane_largest.add(row * MOST_LANES);
            let mut largest = V::load(lane_largest);
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
                        if PERMUTED {
                            term = term.permute((*patterns.offset(entry)).as_ptr());
                        }
                        score = score.add(term);
                    }
                    if !tile.position_to_content.is_null() {
                        let first = tile.sheared.add((tile.rows - 1 - row) * KEY_BLOCK + column);
                        let rows = [0, 4, 8, 12].map(|step| {
                            let step = if step < V::LANES { step } else { 0 };
                            first.add(step * KEY_BLOCK).cast_const()
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
            largest.store(lane_largest);
        }
    }
}

/// Turns the scores of a block of keys into weights and advances the online softmax of every query.
///
/// Scores are scaled only after the largest was subtracted: the scores that matter are near the largest, where the
/// difference is exact, so scaling adds no error to them.
///
/// # Safety
///
/// V's instruction set is available and the pointers are valid for the sizes given.
#[inline(always)]
pub(super) unsafe fn softmax_block<V: Vector>(block: &SoftmaxBlock) {
    // SAFETY: the caller's promise.
    unsafe {
        for row in 0..block.rows {
            let scores = block.scores.add(row * block.stride);
            let previous = *block.largest.add(row);
            let block_largest = V::load(block.lane_largest.add(row * MOST_LANES)).largest();
            let current = if block_largest > previous { block_largest } else { previous };
            let sum = if block.format == Format::Float32 {
                weights::<V>(block, scores, current)
            } else {
                weights_in_bfloat16::<V>(block, scores, current)
            };
            if current > previous {
                let decay = block.scale.exp(V::splat(previous).sub(V::splat(current)));
                *block.sum.add(row) *= first_lane(decay);
                let output = block.output.add(row * block.output_stride);
                let mut position = 0;
                while position < block.output_width {
                    V::load(output.add(position)).mul(decay).store(output.add(position));
                    position += V::LANES;
                }
                *block.largest.add(row) = current;
            }
            *block.sum.add(row) += sum.sum();
        }
    }
}

/// The weights of one query, in place, and the lanes' sums.
#[inline(always)]
unsafe fn weights<V: Vector>(block: &SoftmaxBlock, scores: *mut f32, largest: f32) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        // Short sums of short sums round less than one long sum.
        let mut sum = V::splat(0.0);
        let mut column = 0;
        while column < block.columns {
            let end = block.columns.min(column + KEY_BLOCK);
            let mut part = V::splat(0.0);
            while column < end {
                let weight = block.scale.exp(V::load(scores.add(column)).sub(V::splat(largest)));
                weight.store(scores.add(column));
                part = part.add(weight);
                column += V::LANES;
            }
            sum = sum.add(part);
        }
        sum
    }
}

/// [`weights`] in bfloat16, at the front of the row. A register is read before its place is written.
#[inline(always)]
unsafe fn weights_in_bfloat16<V: Vector>(block: &SoftmaxBlock, scores: *mut f32, largest: f32) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sum = V::splat(0.0);
        let mut column = 0;
        while column < block.columns {
            let weight = block.scale.exp_rounded(V::load(scores.add(column)).sub(V::splat(largest)));
            weight.store_bfloat16(scores.cast::<u16>().add(column));
            sum = sum.add(weight);
            column += V::LANES;
        }
        sum
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
                Target::Bfloat16(target, _) => value.store_first_bfloat16(target.add(position), count),
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
