//! Disentangled attention over ragged sequences, tile by tile with an online softmax.
//!
//! For a block of queries the content-to-position products are computed once against the reachable rows of the
//! position keys; for each block of keys the position-to-content products against the rows that this pair of blocks
//! can reach. Both position operands are packed panels made when the model was opened. Nothing is ever of size S×S.
//! Keys are visited in order in blocks of fixed size, so a query's result depends on its own sequence only.

use super::gemm::{Epilogue, GemmBlock};
use super::registry::Kernels;
pub(crate) use super::rows::Scale;
use super::rows::SoftmaxTile;
use crate::error::Result;
use crate::linalg::{Matrix, Panels};
use crate::runtime::{AlignedBuffer, ThreadPool};

/// Most queries of a task. The larger, the fewer position-to-content products are computed twice.
const QUERY_BLOCK: usize = 128;
/// Keys of a tile; fixed, because it orders the sums of the softmax.
const KEY_BLOCK: usize = 64;
/// Gathers read whole registers, at most this many lanes beyond what counts.
const SLACK: usize = 16;

/// The relative position index of every difference that occurs in a batch, laid out so that the indices of one query
/// to consecutive keys are consecutive: entry t belongs to the difference `reach − t`.
#[derive(Default)]
pub(crate) struct RelativeIndex {
    values: Vec<i32>,
    reach: usize,
}

impl RelativeIndex {
    /// Covers the differences from `-reach` to `reach`, keeping what is already covered.
    pub fn ensure(&mut self, reach: usize, index: impl Fn(i64) -> i32) {
        if self.values.is_empty() || reach > self.reach {
            self.reach = reach;
            self.values.clear();
            self.values.extend((0..=2 * reach + SLACK).map(|t| index(reach as i64 - t as i64)));
        }
    }

    fn offset(&self, query_position: u32, key_position: u32) -> usize {
        self.reach + key_position as usize - query_position as usize
    }

    fn at(&self, query_position: u32, key_position: u32) -> usize {
        self.values[self.offset(query_position, key_position)] as usize
    }
}

/// The operands of one layer's attention.
pub(crate) struct DisentangledAttention<'a> {
    pub heads: usize,
    pub head_size: usize,
    /// What scores are multiplied with: 1/√(head_size·k).
    pub scale: Scale,
    /// [tokens, 3·heads·head_size]: queries, keys and values side by side.
    pub queries_keys_values: &'a Matrix,
    /// Row `r` of the batch has the tokens `row_offsets[r]..row_offsets[r + 1]`.
    pub row_offsets: &'a [usize],
    /// The original position of every token, ascending within a row.
    pub positions: &'a [u32],
    pub relative_index: &'a RelativeIndex,
    /// For each head the projected relative embeddings as panels [head_size, 2·span], where the term is present.
    pub position_keys: Option<&'a [Panels]>,
    pub position_queries: Option<&'a [Panels]>,
}

/// Consecutive queries of one row of the batch.
#[derive(Clone, Copy)]
struct QueryBlock {
    row: usize,
    first: usize,
    count: usize,
}

/// Working memory of the attention, kept between calls.
#[derive(Default)]
pub(crate) struct AttentionScratch {
    values: AlignedBuffer,
    blocks: Vec<QueryBlock>,
}

/// Offsets of each thread's buffers, in values.
struct ScratchLayout {
    content_to_position: usize,
    position_to_content: usize,
    scores: usize,
    output: usize,
    key_panels: usize,
    value_panels: usize,
    largest: usize,
    sum: usize,
    index: usize,
    length: usize,
}

impl ScratchLayout {
    fn new(panel_width: usize, head_size: usize, position_rows: usize) -> Self {
        let window = position_rows.next_multiple_of(panel_width);
        // Gathers may read SLACK values before the first product and after the last.
        let mut end = SLACK;
        let mut region = |length: usize| {
            let start = end;
            end += (length + SLACK).next_multiple_of(16);
            start
        };
        let mut layout = Self {
            content_to_position: region(QUERY_BLOCK * window),
            position_to_content: region(KEY_BLOCK * (window + SLACK)),
            scores: region(QUERY_BLOCK * KEY_BLOCK),
            output: region(QUERY_BLOCK * head_size.next_multiple_of(panel_width)),
            key_panels: region(KEY_BLOCK * (head_size + 1)),
            value_panels: region(head_size.next_multiple_of(panel_width) * (KEY_BLOCK + 1)),
            largest: region(QUERY_BLOCK),
            sum: region(QUERY_BLOCK),
            index: region(QUERY_BLOCK * KEY_BLOCK),
            length: 0,
        };
        layout.length = end;
        layout
    }
}

/// Pointers that tasks share; each task writes a part of its own.
struct Shared {
    scratch: *mut f32,
    context: *mut f32,
    probabilities: *mut f32,
}

// SAFETY: each task writes its thread's scratch, its queries' rows and head's columns of the context, and its
// queries' probabilities.
unsafe impl Sync for Shared {}

impl DisentangledAttention<'_> {
    /// Number of attention probabilities: heads·S² for each row of length S.
    pub fn probabilities_length(&self) -> usize {
        self.row_offsets.windows(2).map(|row| self.heads * (row[1] - row[0]).pow(2)).sum()
    }

    /// Writes the context vectors [tokens, heads·head_size], and, where asked, the attention probabilities: for each
    /// row of the batch one after the other [heads, S, S] with the row's own length S.
    pub fn forward(
        &self,
        kernels: &Kernels,
        pool: &ThreadPool,
        scratch: &mut AttentionScratch,
        context: &mut Matrix,
        probabilities: Option<&mut [f32]>,
    ) -> Result<()> {
        let tokens = self.queries_keys_values.rows();
        let width = self.heads * self.head_size;
        assert_eq!(self.queries_keys_values.columns(), 3 * width, "columns of the fused projection");
        assert_eq!(self.positions.len(), tokens, "one position for each token");
        assert_eq!(self.row_offsets.last(), Some(&tokens), "the rows' tokens");
        let position_rows =
            self.position_keys.or(self.position_queries).map_or(0, |heads| heads[0].columns());
        for panels in [self.position_keys, self.position_queries].into_iter().flatten() {
            assert_eq!(panels.len(), self.heads, "position operands for each head");
            assert!(panels.iter().all(|panels| {
                panels.columns() == position_rows
                    && panels.depth() == self.head_size
                    && panels.panel_width() == kernels.panel_width
            }));
        }
        if let Some(probabilities) = &probabilities {
            assert_eq!(probabilities.len(), self.probabilities_length(), "room for the probabilities");
        }

        context.reshape(tokens, width)?;
        scratch.blocks.clear();
        for (row, range) in self.row_offsets.windows(2).enumerate() {
            let length = range[1] - range[0];
            let block_count = length.div_ceil(QUERY_BLOCK).max(1);
            let size = length.div_ceil(block_count).max(1);
            scratch.blocks.extend((0..length).step_by(size).map(|first| QueryBlock {
                row,
                first,
                count: size.min(length - first),
            }));
        }
        let layout = ScratchLayout::new(kernels.panel_width, self.head_size, position_rows);
        scratch.values.ensure(layout.length * pool.threads())?;

        let context_stride = context.stride();
        let shared = Shared {
            scratch: scratch.values.as_mut_ptr(),
            context: context.as_mut_slice().as_mut_ptr(),
            probabilities: probabilities
                .map_or(std::ptr::null_mut(), |probabilities| probabilities.as_mut_ptr()),
        };
        let (shared, blocks) = (&shared, &scratch.blocks);
        pool.run(blocks.len() * self.heads, &|task, thread| {
            let block = blocks[task / self.heads];
            let head = task % self.heads;
            // SAFETY: the scratch has room for every thread; sizes were checked above.
            unsafe {
                let scratch = shared.scratch.add(thread * layout.length);
                self.query_block(kernels, &layout, scratch, shared, context_stride, block, head);
            }
        });
        Ok(())
    }

    /// One head of one block of queries against all keys of its row.
    ///
    /// # Safety
    ///
    /// `scratch` is this task's alone and has `layout.length` values; the shared pointers are those of `forward`.
    #[allow(clippy::too_many_arguments)]
    unsafe fn query_block(
        &self,
        kernels: &Kernels,
        layout: &ScratchLayout,
        scratch: *mut f32,
        shared: &Shared,
        context_stride: usize,
        block: QueryBlock,
        head: usize,
    ) {
        let head_size = self.head_size;
        let hidden = self.heads * head_size;
        let panel_width = kernels.panel_width;
        let (row_start, row_end) = (self.row_offsets[block.row], self.row_offsets[block.row + 1]);
        let length = row_end - row_start;
        let positions = &self.positions[row_start..row_end];
        let query_positions = &positions[block.first..block.first + block.count];
        let (first_query, last_query) = (query_positions[0], query_positions[block.count - 1]);
        let contiguous = (positions[length - 1] - positions[0]) as usize == length - 1;
        let stride = self.queries_keys_values.stride();
        let output_width = head_size.next_multiple_of(panel_width);

        // SAFETY: every offset lies in the region of the layout or the matrix it belongs to: a block has at most
        // QUERY_BLOCK queries and KEY_BLOCK keys, and a window at most all position rows.
        unsafe {
            let row = self.queries_keys_values.as_slice().as_ptr().add(row_start * stride + head * head_size);
            let queries = row.add(block.first * stride);
            let (largest, sum) = (scratch.add(layout.largest), scratch.add(layout.sum));
            for query in 0..block.count {
                *largest.add(query) = f32::NEG_INFINITY;
                *sum.add(query) = 0.0;
            }

            let mut content_to_position = Window::default();
            if let Some(position_keys) = self.position_keys {
                content_to_position =
                    self.window(first_query, last_query, positions[0], positions[length - 1], panel_width);
                let products = scratch.add(layout.content_to_position);
                content_to_position.stride = content_to_position.width(panel_width);
                content_to_position.multiply(
                    kernels,
                    &position_keys[head],
                    queries,
                    stride,
                    block.count,
                    products,
                );
            }

            for first_key in (0..length).step_by(KEY_BLOCK) {
                let key_count = KEY_BLOCK.min(length - first_key);
                let keys = row.add(first_key * stride + hidden);
                let values = row.add(first_key * stride + 2 * hidden);
                let key_positions = &positions[first_key..first_key + key_count];

                let scores = scratch.add(layout.scores);
                let key_panels = scratch.add(layout.key_panels);
                pack_transposed(keys, stride, key_count, head_size, panel_width, key_panels);
                (kernels.gemm)(&GemmBlock {
                    a: queries,
                    a_stride: stride,
                    rows: block.count,
                    depth: head_size,
                    panels: key_panels,
                    panel_count: key_count.div_ceil(panel_width),
                    c: scores,
                    c_stride: KEY_BLOCK,
                    accumulate: false,
                    epilogue: Epilogue::None,
                });

                let mut position_to_content = Window::default();
                if let Some(position_queries) = self.position_queries {
                    position_to_content = self.window(
                        first_query,
                        last_query,
                        key_positions[0],
                        key_positions[key_count - 1],
                        panel_width,
                    );
                    let products = scratch.add(layout.position_to_content);
                    position_to_content.stride = position_to_content.width(panel_width) + SLACK;
                    position_to_content.multiply(
                        kernels,
                        &position_queries[head],
                        keys,
                        stride,
                        key_count,
                        products,
                    );
                }

                let (index, index_row_step) =
                    if self.position_keys.is_none() && self.position_queries.is_none() {
                        (std::ptr::null(), 0)
                    } else if contiguous {
                        let offset = self.relative_index.offset(first_query, key_positions[0]);
                        (self.relative_index.values.as_ptr().add(offset), -1)
                    } else {
                        let index = scratch.add(layout.index).cast::<i32>();
                        self.fill_index(query_positions, key_positions, index);
                        (index.cast_const(), KEY_BLOCK as isize)
                    };
                let raw_scores = if shared.probabilities.is_null() {
                    std::ptr::null_mut()
                } else {
                    self.probabilities_row(shared, block.row, head, block.first).add(first_key)
                };
                let output = scratch.add(layout.output);
                (kernels.softmax_tile)(&SoftmaxTile {
                    scores,
                    scores_stride: KEY_BLOCK,
                    rows: block.count,
                    columns: key_count,
                    content_to_position: content_to_position.base,
                    content_to_position_stride: content_to_position.stride,
                    position_to_content: position_to_content.base,
                    position_to_content_stride: position_to_content.stride,
                    index,
                    index_row_step,
                    scale: self.scale,
                    largest,
                    sum,
                    output,
                    output_stride: output_width,
                    output_width,
                    raw_scores,
                    raw_scores_stride: length,
                });

                let value_panels = scratch.add(layout.value_panels);
                pack(values, stride, key_count, head_size, panel_width, value_panels);
                (kernels.gemm)(&GemmBlock {
                    a: scores,
                    a_stride: KEY_BLOCK,
                    rows: block.count,
                    depth: key_count,
                    panels: value_panels,
                    panel_count: output_width / panel_width,
                    c: output,
                    c_stride: output_width,
                    accumulate: first_key > 0,
                    epilogue: Epilogue::None,
                });
            }

            for query in 0..block.count {
                let output =
                    std::slice::from_raw_parts(scratch.add(layout.output + query * output_width), head_size);
                let context =
                    shared.context.add((row_start + block.first + query) * context_stride + head * head_size);
                let context = std::slice::from_raw_parts_mut(context, head_size);
                let sum = *sum.add(query);
                for (target, value) in context.iter_mut().zip(output) {
                    *target = value / sum;
                }
                if !shared.probabilities.is_null() {
                    let probabilities = self.probabilities_row(shared, block.row, head, block.first + query);
                    (kernels.normalize_scores)(probabilities, length, self.scale, *largest.add(query), sum);
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

    /// The panels of position rows that the differences between these queries and keys can reach. The index never
    /// falls when the difference grows, so the ends are at the extreme differences.
    fn window(
        &self,
        first_query: u32,
        last_query: u32,
        first_key: u32,
        last_key: u32,
        panel_width: usize,
    ) -> Window {
        let lowest = self.relative_index.at(first_query, last_key);
        let highest = self.relative_index.at(last_query, first_key);
        let first_panel = lowest / panel_width;
        Window { first_panel, panel_count: highest / panel_width + 1 - first_panel, ..Window::default() }
    }

    /// The relative position index of every query to every key where positions have gaps. Rows are filled up to
    /// KEY_BLOCK with their last index, so that whole registers can be gathered.
    ///
    /// # Safety
    ///
    /// `index` has room for KEY_BLOCK values for each query.
    unsafe fn fill_index(&self, query_positions: &[u32], key_positions: &[u32], index: *mut i32) {
        for (row, &query) in query_positions.iter().enumerate() {
            for column in 0..KEY_BLOCK {
                let key = key_positions[column.min(key_positions.len() - 1)];
                // SAFETY: the caller's promise.
                unsafe { *index.add(row * KEY_BLOCK + column) = self.relative_index.at(query, key) as i32 };
            }
        }
    }
}

/// A range of position rows and the products with them.
struct Window {
    first_panel: usize,
    panel_count: usize,
    stride: usize,
    /// Where the product with position row 0 would be; null while there are no products.
    base: *const f32,
}

impl Default for Window {
    fn default() -> Self {
        Self { first_panel: 0, panel_count: 0, stride: 0, base: std::ptr::null() }
    }
}

impl Window {
    fn width(&self, panel_width: usize) -> usize {
        self.panel_count * panel_width
    }

    /// Multiplies `rows` content rows with the window's position rows.
    ///
    /// # Safety
    ///
    /// `content` has `rows` rows of the panels' depth, and `products` has room for `rows` rows.
    unsafe fn multiply(
        &mut self,
        kernels: &Kernels,
        positions: &Panels,
        content: *const f32,
        content_stride: usize,
        rows: usize,
        products: *mut f32,
    ) {
        let block = GemmBlock {
            a: content,
            a_stride: content_stride,
            rows,
            depth: positions.depth(),
            panels: positions.panels_from(self.first_panel).as_ptr(),
            panel_count: self.panel_count,
            c: products,
            c_stride: self.stride,
            accumulate: false,
            epilogue: Epilogue::None,
        };
        // SAFETY: the caller's promise.
        unsafe { (kernels.gemm)(&block) };
        self.base = products.wrapping_sub(self.first_panel * positions.panel_width());
    }
}

/// Packs `count` rows of `size` values as the columns of panels with zero bias.
///
/// # Safety
///
/// The rows are readable and the panels have room for `count` rounded up to whole panels.
unsafe fn pack_transposed(
    rows: *const f32,
    stride: usize,
    count: usize,
    size: usize,
    panel_width: usize,
    panels: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for panel in 0..count.div_ceil(panel_width) {
            let target = panels.add(panel * (size + 1) * panel_width);
            let first = panel * panel_width;
            let columns = panel_width.min(count - first);
            let cleared = if columns < panel_width { (size + 1) * panel_width } else { panel_width };
            target.write_bytes(0, cleared);
            for column in 0..columns {
                let source = std::slice::from_raw_parts(rows.add((first + column) * stride), size);
                let target = target.add(panel_width + column);
                for (k, value) in source.iter().enumerate() {
                    *target.add(k * panel_width) = *value;
                }
            }
        }
    }
}

/// Packs `count` rows of `size` values as the rows of panels with zero bias.
///
/// # Safety
///
/// The rows are readable and the panels have room for `size` rounded up to whole panels.
unsafe fn pack(
    rows: *const f32,
    stride: usize,
    count: usize,
    size: usize,
    panel_width: usize,
    panels: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for panel in 0..size.div_ceil(panel_width) {
            let target = panels.add(panel * (count + 1) * panel_width);
            let first = panel * panel_width;
            let columns = panel_width.min(size - first);
            target.write_bytes(0, panel_width);
            for row in 0..count {
                let target = target.add((row + 1) * panel_width);
                if columns < panel_width {
                    target.write_bytes(0, panel_width);
                }
                target.copy_from_nonoverlapping(rows.add(row * stride + first), columns);
            }
        }
    }
}
