//! Disentangled attention over ragged sequences, tile by tile with an online softmax.
//!
//! For one head the keys and values of a row are packed once. For a block of queries the content-to-position products
//! are computed once against the reachable rows of the position keys; for each tile of keys the position-to-content
//! products against the rows that this tile can reach, with the keys as columns, so that the packed keys serve both.
//! Nothing is ever of size S×S. Keys are visited in order in blocks of fixed size, so a query's result depends on its
//! own sequence only.

mod pack;
mod relative_index;
mod scratch;

pub(crate) use relative_index::RelativeIndex;
pub(crate) use scratch::AttentionScratch;
use scratch::{QueryGroup, SLACK, ScratchLayout};

use super::finish::Target;
use super::format::Format;
use super::gemm::GemmBlock;
use super::registry::Kernels;
pub(crate) use super::softmax::Scale;
use super::softmax::{ContextRow, PositionRows, ScoreTile, SoftmaxBlock};
use super::vector::MOST_LANES;
use crate::error::Result;
use crate::linalg::{Activations, Input, PackedRows, Panels};
use crate::profile::{Stage, Stopwatch};
use crate::runtime::ThreadPool;

/// Most queries of a block. The larger, the fewer position-to-content products are computed twice.
const QUERY_BLOCK: usize = 128;
/// Keys of a tile of scores.
pub(super) const KEY_BLOCK: usize = 64;
/// Keys whose scores become weights at once; fixed, because it orders the sums of the softmax.
const SOFTMAX_BLOCK: usize = 512;
/// Tasks for each thread, to even out threads of unequal speed.
const TASKS_PER_THREAD: usize = 4;

/// The position operands of a layer; rows in the reverse order of the relative embeddings.
pub(crate) struct PositionOperands {
    /// For each head the projected keys of positions as panels [head_size, 2·span], where the term is present.
    pub keys: Option<Vec<Panels>>,
    /// The projected queries of positions, [2·span, heads·head_size], where the term is present.
    pub queries: Option<PackedRows>,
}

/// The operands of one layer's attention.
pub(crate) struct DisentangledAttention<'a> {
    /// The format of all products.
    pub format: Format,
    /// The format of the context vectors, float32 or bfloat16.
    pub context_format: Format,
    pub heads: usize,
    pub head_size: usize,
    /// What scores are multiplied with: 1/√(head_size·k).
    pub scale: Scale,
    /// [tokens, 3·heads·head_size]: queries, keys and values side by side.
    pub queries_keys_values: Input<'a>,
    /// Row `r` of the batch has the tokens `row_offsets[r]..row_offsets[r + 1]`.
    pub row_offsets: &'a [usize],
    /// The original position of every token, ascending within a row.
    pub positions: &'a [u32],
    pub relative_index: &'a RelativeIndex,
    pub position_operands: &'a PositionOperands,
    pub stopwatch: &'a Stopwatch,
}

/// Pointers that tasks share; each task writes a part of its own.
struct Shared {
    scratch: *mut f32,
    context: *mut f32,
    context_stride: usize,
    probabilities: *mut f32,
}

// SAFETY: each task writes its thread's scratch, its queries' rows and head's columns of the context, and its
// queries' probabilities.
unsafe impl Sync for Shared {}

/// A block of queries of one head, and what was made for it.
struct QueryBlock<'a> {
    head: usize,
    /// The row of the batch, its first token and its tokens' positions.
    row: usize,
    first_token: usize,
    positions: &'a [u32],
    /// Whether positions have no gaps.
    contiguous: bool,
    /// The first query within the row, and how many.
    first: usize,
    count: usize,
    scratch: *mut f32,
}

impl QueryBlock<'_> {
    fn query_positions(&self) -> &[u32] {
        &self.positions[self.first..self.first + self.count]
    }

    /// The buffer at an offset of the layout.
    fn buffer(&self, offset: usize) -> *mut f32 {
        self.scratch.wrapping_add(offset)
    }
}

impl DisentangledAttention<'_> {
    /// Number of attention probabilities: heads·S² for each row of length S.
    pub fn probabilities_length(&self) -> usize {
        self.row_offsets.windows(2).map(|row| self.heads * (row[1] - row[0]).pow(2)).sum()
    }

    /// Writes the context vectors [tokens, heads·head_size] in their format, and, where asked, the attention
    /// probabilities: for each row of the batch one after the other [heads, S, S] with the row's own length S.
    pub fn forward(
        &self,
        kernels: &Kernels,
        pool: &ThreadPool,
        scratch: &mut AttentionScratch,
        context: &mut Activations,
        probabilities: Option<&mut [f32]>,
    ) -> Result<()> {
        let tokens = self.queries_keys_values.rows;
        let width = self.heads * self.head_size;
        let position_rows = self.check(kernels);
        if let Some(probabilities) = &probabilities {
            assert_eq!(probabilities.len(), self.probabilities_length(), "room for the probabilities");
        }
        let (context, context_stride) = match self.context_format {
            Format::Float32 => {
                context.values.reshape(tokens, width)?;
                (context.values.as_mut_slice().as_mut_ptr(), context.values.stride())
            }
            format => {
                context.operand.reshape(format, tokens, width)?;
                (context.operand.as_mut_slice().as_mut_ptr(), context.operand.stride())
            }
        };
        let longest_row = self.row_offsets.windows(2).map(|row| row[1] - row[0]).max().unwrap_or(0);
        let layout =
            ScratchLayout::new(self.format, kernels.panel_width, self.head_size, position_rows, longest_row);
        scratch.values.ensure(layout.length.saturating_mul(pool.threads()))?;
        self.divide(pool.threads(), &mut scratch.groups);
        let shared = Shared {
            scratch: scratch.values.as_mut_ptr(),
            context,
            context_stride,
            probabilities: probabilities.map_or(std::ptr::null_mut(), |values| values.as_mut_ptr()),
        };
        let (shared, groups) = (&shared, &scratch.groups);
        pool.run(groups.len() * self.heads, &|task, thread| {
            // SAFETY: the scratch has room for every thread; sizes were checked above.
            unsafe {
                let scratch = shared.scratch.add(thread * layout.length);
                self.query_group(
                    kernels,
                    &layout,
                    scratch,
                    shared,
                    groups[task / self.heads],
                    task % self.heads,
                );
            }
        });
        Ok(())
    }

    /// Checks all sizes and returns the number of position rows.
    fn check(&self, kernels: &Kernels) -> usize {
        let width = self.heads * self.head_size;
        assert_eq!(self.queries_keys_values.format, self.format, "format of the fused projection");
        assert_eq!(self.queries_keys_values.depth, 3 * width, "columns of the fused projection");
        assert!(self.head_size.is_multiple_of(self.format.values_per_cell()), "heads share no cell");
        assert_eq!(self.positions.len(), self.queries_keys_values.rows, "one position for each token");
        assert_eq!(self.row_offsets.last(), Some(&self.positions.len()), "the rows' tokens");
        let mut position_rows = 0;
        if let Some(keys) = &self.position_operands.keys {
            assert_eq!(keys.len(), self.heads, "position operands for each head");
            position_rows = keys[0].columns();
            assert!(keys.iter().all(|panels| {
                panels.columns() == position_rows
                    && panels.depth() == self.head_size
                    && panels.format() == self.format
                    && panels.panel_width() == kernels.panel_width
            }));
        }
        if let Some(queries) = &self.position_operands.queries {
            let queries = queries.input();
            assert!(position_rows == 0 || position_rows == queries.rows, "position operands of equal length");
            assert_eq!((queries.format, queries.depth), (self.format, width), "position queries");
            position_rows = queries.rows;
        }
        position_rows
    }

    /// Divides the rows of the batch into groups of queries: one for each row, unless there are more threads than that
    /// keeps busy.
    fn divide(&self, threads: usize, groups: &mut Vec<QueryGroup>) {
        groups.clear();
        let rows = self.row_offsets.len() - 1;
        let wanted = (threads * TASKS_PER_THREAD).div_ceil((rows * self.heads).max(1));
        for (row, range) in self.row_offsets.windows(2).enumerate() {
            let length = range[1] - range[0];
            let size = length.div_ceil(wanted).next_multiple_of(KEY_BLOCK).max(1);
            groups.extend((0..length).step_by(size).map(|first| QueryGroup {
                row,
                first,
                count: size.min(length - first),
            }));
        }
    }

    /// One head of a group of queries against all keys of its row.
    ///
    /// # Safety
    ///
    /// `scratch` is this task's alone and has `layout.length` cells; the shared pointers are those of `forward`.
    unsafe fn query_group(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        scratch: *mut f32,
        shared: &Shared,
        group: QueryGroup,
        head: usize,
    ) {
        let first_token = self.row_offsets[group.row];
        let positions = &self.positions[first_token..self.row_offsets[group.row + 1]];
        let length = positions.len();
        // SAFETY: the packed keys and values have room for the longest row.
        unsafe {
            self.stopwatch.time(Stage::AttentionPacking, || {
                for first_key in (0..length).step_by(SOFTMAX_BLOCK) {
                    let count = SOFTMAX_BLOCK.min(length - first_key);
                    let stride = self.queries_keys_values.stride;
                    let (key_panels, value_panels) = self.packed(kernels, layout, scratch, first_key);
                    let keys = self.content(first_token + first_key, 1, head);
                    let cells = self.format.cells(self.head_size);
                    pack::pack_keys(keys, stride, count, cells, kernels.panel_width, key_panels);
                    let values = self.content(first_token + first_key, 2, head);
                    let (format, size) = (self.format, self.head_size);
                    pack::pack_values(format, values, stride, count, size, kernels.panel_width, value_panels);
                }
            });
            let block_count = group.count.div_ceil(QUERY_BLOCK).max(1);
            let size = group.count.div_ceil(block_count).max(1);
            for first in (0..group.count).step_by(size) {
                let block = QueryBlock {
                    head,
                    row: group.row,
                    first_token,
                    positions,
                    contiguous: (positions[length - 1] - positions[0]) as usize == length - 1,
                    first: group.first + first,
                    count: size.min(group.count - first),
                    scratch,
                };
                self.query_block(kernels, layout, shared, &block);
            }
        }
    }

    /// The first cell of a token's query (0), key (1) or value (2) of a head.
    fn content(&self, token: usize, which: usize, head: usize) -> *const f32 {
        let content = &self.queries_keys_values;
        let first = (which * self.heads + head) * self.head_size / self.format.values_per_cell();
        content.cells[token * content.stride + first..].as_ptr()
    }

    /// Where the packed keys from a key on lie, and the packed values of its block of SOFTMAX_BLOCK keys.
    fn packed(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        scratch: *mut f32,
        first_key: usize,
    ) -> (*mut f32, *mut f32) {
        let keys = first_key * (self.format.cells(self.head_size) + 1);
        let output_width = self.head_size.next_multiple_of(kernels.panel_width);
        let values = first_key / SOFTMAX_BLOCK * output_width * (self.format.cells(SOFTMAX_BLOCK) + 1);
        (scratch.wrapping_add(layout.key_panels + keys), scratch.wrapping_add(layout.value_panels + values))
    }

    /// One head of one block of queries against all keys of its row.
    ///
    /// # Safety
    ///
    /// The block's scratch holds the row's packed keys and values; the shared pointers are those of `forward`.
    unsafe fn query_block(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        shared: &Shared,
        block: &QueryBlock<'_>,
    ) {
        let length = block.positions.len();
        let output_width = self.head_size.next_multiple_of(kernels.panel_width);
        let queries = self.content(block.first_token + block.first, 0, block.head);
        let (largest, sum) = (block.buffer(layout.largest), block.buffer(layout.sum));
        let stride = SOFTMAX_BLOCK.min(length.next_multiple_of(KEY_BLOCK));

        // SAFETY: every offset lies in the region of the layout or the operand it belongs to: a block has at most
        // QUERY_BLOCK queries and SOFTMAX_BLOCK keys, and a window at most all position rows.
        unsafe {
            for query in 0..block.count {
                *largest.add(query) = f32::NEG_INFINITY;
                *sum.add(query) = 0.0;
            }
            let content_to_position = self
                .stopwatch
                .time(Stage::ContentToPosition, || self.content_to_position(kernels, layout, block, queries));

            for first_key in (0..length).step_by(SOFTMAX_BLOCK) {
                let last_key = length.min(first_key + SOFTMAX_BLOCK);
                let lane_largest = block.buffer(layout.lane_largest);
                std::slice::from_raw_parts_mut(lane_largest, block.count * MOST_LANES)
                    .fill(f32::NEG_INFINITY);
                for first in (first_key..last_key).step_by(KEY_BLOCK) {
                    let keys = first..last_key.min(first + KEY_BLOCK);
                    let scores = block.buffer(layout.scores + first - first_key);
                    self.score_tile(
                        kernels,
                        layout,
                        shared,
                        block,
                        keys,
                        (scores, stride),
                        content_to_position,
                    );
                }
                let weights = SoftmaxBlock {
                    scores: block.buffer(layout.scores),
                    stride,
                    rows: block.count,
                    columns: last_key - first_key,
                    format: self.format,
                    scale: self.scale,
                    lane_largest,
                    largest,
                    sum,
                    output: block.buffer(layout.output),
                    output_stride: output_width,
                    output_width,
                };
                self.stopwatch.time(Stage::Softmax, || (kernels.softmax_block)(&weights));
                let weighted_values = GemmBlock {
                    a: weights.scores,
                    a_stride: stride,
                    rows: block.count,
                    depth: self.format.cells(last_key - first_key),
                    panels: self.packed(kernels, layout, block.scratch, first_key).1,
                    panel_count: output_width / kernels.panel_width,
                    c: weights.output,
                    c_stride: output_width,
                    accumulate: first_key > 0,
                };
                let gemm = kernels.gemm.get(self.format);
                self.stopwatch.time(Stage::WeightedValues, || gemm(&weighted_values));
            }
            self.stopwatch.time(Stage::AttentionContext, || {
                self.write_context(kernels, layout, shared, block);
            });
        }
    }

    /// The scores of the block's queries and at most KEY_BLOCK keys, with their position terms, to `scores` with the
    /// stride beside it. `content_to_position` is what the method of this name returned.
    ///
    /// # Safety
    ///
    /// As for [`Self::query_block`].
    #[allow(clippy::too_many_arguments)]
    unsafe fn score_tile(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        shared: &Shared,
        block: &QueryBlock<'_>,
        keys: std::ops::Range<usize>,
        (scores, scores_stride): (*mut f32, usize),
        (content_to_position, content_to_position_stride): (*const f32, usize),
    ) {
        let products = GemmBlock {
            a: self.content(block.first_token + block.first, 0, block.head),
            a_stride: self.queries_keys_values.stride,
            rows: block.count,
            depth: self.format.cells(self.head_size),
            panels: self.packed(kernels, layout, block.scratch, keys.start).0,
            panel_count: keys.len().div_ceil(kernels.panel_width),
            c: scores,
            c_stride: scores_stride,
            accumulate: false,
        };
        // SAFETY: as for `query_block`.
        unsafe {
            self.stopwatch.time(Stage::ContentToContent, || kernels.gemm.get(self.format)(&products));
            let position_to_content = self.stopwatch.time(Stage::PositionToContent, || {
                self.position_to_content(kernels, layout, block, keys.clone(), &products)
            });
            let raw_scores = if shared.probabilities.is_null() {
                std::ptr::null_mut()
            } else {
                self.probabilities_row(shared, block.row, block.head, block.first).add(keys.start)
            };
            self.stopwatch.time(Stage::Softmax, || {
                (kernels.score_tile)(&ScoreTile {
                    scores,
                    scores_stride,
                    rows: block.count,
                    columns: keys.len(),
                    content_to_position,
                    content_to_position_stride,
                    position_to_content,
                    position_to_content_stride: KEY_BLOCK,
                    position_rows: self.position_rows(layout, block, keys),
                    sheared: block.buffer(layout.sheared),
                    lane_largest: block.buffer(layout.lane_largest),
                    raw_scores,
                    raw_scores_stride: block.positions.len(),
                });
            });
        }
    }

    /// The products of the block's queries with the reachable position keys: where row 0 would be, and the stride from
    /// query to query. Null without the term.
    ///
    /// # Safety
    ///
    /// As for [`Self::query_block`].
    unsafe fn content_to_position(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        block: &QueryBlock<'_>,
        queries: *const f32,
    ) -> (*const f32, usize) {
        let Some(position_keys) = &self.position_operands.keys else { return (std::ptr::null(), 0) };
        let panels = &position_keys[block.head];
        let (lowest, highest) = self.window(block.query_positions(), block.positions);
        let first_panel = lowest / kernels.panel_width;
        let panel_count = highest / kernels.panel_width + 1 - first_panel;
        let products = block.buffer(layout.content_to_position);
        let stride = panel_count * kernels.panel_width + SLACK;
        let gemm_block = GemmBlock {
            a: queries,
            a_stride: self.queries_keys_values.stride,
            rows: block.count,
            depth: self.format.cells(self.head_size),
            panels: panels.panels_from(first_panel).as_ptr(),
            panel_count,
            c: products,
            c_stride: stride,
            accumulate: false,
        };
        // SAFETY: the region has room for all position rows and SLACK in each of QUERY_BLOCK rows.
        unsafe { kernels.gemm.get(self.format)(&gemm_block) };
        (products.wrapping_sub(first_panel * kernels.panel_width), stride)
    }

    /// The products of the position queries that this pair of blocks can reach with its keys: where position row 0 would
    /// be. `content` is the product of the queries with the same keys. Null without the term.
    ///
    /// # Safety
    ///
    /// As for [`Self::query_block`].
    unsafe fn position_to_content(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        block: &QueryBlock<'_>,
        keys: std::ops::Range<usize>,
        content: &GemmBlock,
    ) -> *const f32 {
        let Some(position_queries) = &self.position_operands.queries else { return std::ptr::null() };
        let (lowest, highest) = self.window(block.query_positions(), &block.positions[keys]);
        let position_queries = position_queries.input();
        let first_cell = block.head * self.head_size / self.format.values_per_cell();
        let products = block.buffer(layout.position_to_content);
        let gemm_block = GemmBlock {
            a: position_queries.cells[lowest * position_queries.stride + first_cell..].as_ptr(),
            a_stride: position_queries.stride,
            rows: highest + 1 - lowest,
            c: products,
            c_stride: KEY_BLOCK,
            ..*content
        };
        // SAFETY: the region has room for all position rows.
        unsafe { kernels.gemm.get(self.format)(&gemm_block) };
        products.wrapping_sub(lowest * KEY_BLOCK)
    }

    /// The lowest and highest position row that queries and keys can reach. Rows never fall when the difference falls,
    /// so the ends are at the extreme differences.
    fn window(&self, queries: &[u32], keys: &[u32]) -> (usize, usize) {
        let (first_query, last_query) = (queries[0], queries[queries.len() - 1]);
        let (first_key, last_key) = (keys[0], keys[keys.len() - 1]);
        (self.relative_index.row(last_query, first_key), self.relative_index.row(first_query, last_key))
    }

    /// Which position rows belong to the queries and keys of a tile.
    ///
    /// # Safety
    ///
    /// As for [`Self::query_block`].
    unsafe fn position_rows(
        &self,
        layout: &ScratchLayout,
        block: &QueryBlock<'_>,
        keys: std::ops::Range<usize>,
    ) -> PositionRows {
        if self.position_operands.keys.is_none() && self.position_operands.queries.is_none() {
            return PositionRows::None;
        }
        let (queries, keys) = (block.query_positions(), &block.positions[keys]);
        let index = self.relative_index;
        if block.contiguous && index.is_gradual() {
            let entry = index.entry(queries[0], keys[0]);
            let (lowest, highest) = self.window(queries, keys);
            return PositionRows::Contiguous {
                rows: index.rows()[entry..].as_ptr(),
                patterns: index.patterns()[entry..].as_ptr(),
                rises_by_one: highest - lowest == queries.len() + keys.len() - 2,
            };
        }
        let rows = block.buffer(layout.rows).cast::<i32>();
        for (query, &query_position) in queries.iter().enumerate() {
            for (key, &key_position) in keys.iter().enumerate() {
                let row = index.row(query_position, key_position) as i32;
                // SAFETY: the region has room for QUERY_BLOCK rows of KEY_BLOCK.
                unsafe { *rows.add(query * KEY_BLOCK + key) = row };
            }
        }
        PositionRows::Any { rows, stride: KEY_BLOCK }
    }

    /// Divides the weighted values by the sums of the weights.
    ///
    /// # Safety
    ///
    /// As for [`Self::query_block`].
    unsafe fn write_context(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        shared: &Shared,
        block: &QueryBlock<'_>,
    ) {
        let output_width = self.head_size.next_multiple_of(kernels.panel_width);
        let length = block.positions.len();
        // SAFETY: the context has a row for every token and the head's columns in it.
        unsafe {
            for query in 0..block.count {
                let row = block.first_token + block.first + query;
                let context = shared.context.add(row * shared.context_stride);
                let first = block.head * self.head_size;
                let sum = *block.buffer(layout.sum + query);
                (kernels.context_row)(&ContextRow {
                    output: block.buffer(layout.output + query * output_width),
                    length: self.head_size,
                    sum,
                    target: match self.context_format {
                        Format::Float32 => Target::Float32(context.add(first), shared.context_stride),
                        _ => Target::Bfloat16(context.cast::<u16>().add(first), 2 * shared.context_stride),
                    },
                });
                if !shared.probabilities.is_null() {
                    let query_of_row = block.first + query;
                    let probabilities = self.probabilities_row(shared, block.row, block.head, query_of_row);
                    let largest = *block.buffer(layout.largest + query);
                    (kernels.normalize_scores)(probabilities, length, self.scale, largest, sum);
                }
            }
        }
    }

    /// Where the probabilities of one query of one head start.
    ///
    /// # Safety
    ///
    /// The shared probabilities are those of `forward` and not null.
    unsafe fn probabilities_row(&self, shared: &Shared, row: usize, head: usize, query: usize) -> *mut f32 {
        let length = |row: usize| self.row_offsets[row + 1] - self.row_offsets[row];
        let before: usize = (0..row).map(|row| self.heads * length(row).pow(2)).sum();
        // SAFETY: `forward` checked the total length.
        unsafe { shared.probabilities.add(before + (head * length(row) + query) * length(row)) }
    }
}
