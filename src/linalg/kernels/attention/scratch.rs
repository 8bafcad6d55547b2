//! Working memory of the attention, and how it is divided.

use super::{KEY_BLOCK, QUERY_BLOCK, SOFTMAX_BLOCK};
use crate::linalg::kernels::Format;
use crate::linalg::kernels::vector::MOST_LANES;
use crate::runtime::AlignedBuffer;

/// Reads of whole registers may reach this many lanes beyond what counts.
pub(super) const SLACK: usize = 2 * MOST_LANES;

/// Queries of one row of the batch that a task handles.
#[derive(Clone, Copy)]
pub(super) struct QueryGroup {
    pub row: usize,
    pub first: usize,
    pub count: usize,
}

/// Working memory of the attention, kept between calls.
#[derive(Default)]
pub(crate) struct AttentionScratch {
    pub(super) values: AlignedBuffer,
    pub(super) groups: Vec<QueryGroup>,
}

/// Offsets of each thread's buffers, in cells.
pub(super) struct ScratchLayout {
    /// All keys and values of a row for one head, packed.
    pub key_panels: usize,
    pub value_panels: usize,
    /// [QUERY_BLOCK, window]
    pub content_to_position: usize,
    /// [window, KEY_BLOCK]
    pub position_to_content: usize,
    /// [entries of a tile and of a register, KEY_BLOCK]
    pub sheared: usize,
    /// [QUERY_BLOCK, SOFTMAX_BLOCK]: scores, and in their place the weights.
    pub scores: usize,
    /// [QUERY_BLOCK, KEY_BLOCK]
    pub rows: usize,
    /// [QUERY_BLOCK, MOST_LANES]
    pub lane_largest: usize,
    /// [QUERY_BLOCK, head_size]
    pub output: usize,
    /// [QUERY_BLOCK] each
    pub largest: usize,
    pub sum: usize,
    /// What a thread needs.
    pub length: usize,
}

impl ScratchLayout {
    pub fn new(
        format: Format,
        panel_width: usize,
        head_size: usize,
        position_rows: usize,
        longest_row: usize,
    ) -> Self {
        let window = position_rows.next_multiple_of(panel_width) + SLACK;
        let output_width = head_size.next_multiple_of(panel_width);
        let key_blocks = longest_row.div_ceil(KEY_BLOCK);
        let softmax_blocks = longest_row.div_ceil(SOFTMAX_BLOCK);
        let mut end = SLACK;
        let mut region = |length: usize| {
            let start = end;
            end += (length + SLACK).next_multiple_of(16);
            start
        };
        let mut layout = Self {
            key_panels: region(key_blocks * KEY_BLOCK * (format.cells(head_size) + 1)),
            value_panels: region(
                softmax_blocks * output_width + output_width * format.cells(key_blocks * KEY_BLOCK),
            ),
            content_to_position: region(QUERY_BLOCK * window),
            position_to_content: region(position_rows * KEY_BLOCK),
            sheared: region((QUERY_BLOCK + MOST_LANES) * KEY_BLOCK),
            scores: region(QUERY_BLOCK * SOFTMAX_BLOCK.min(key_blocks * KEY_BLOCK)),
            rows: region(QUERY_BLOCK * KEY_BLOCK),
            lane_largest: region(QUERY_BLOCK * MOST_LANES),
            output: region(QUERY_BLOCK * output_width),
            largest: region(QUERY_BLOCK),
            sum: region(QUERY_BLOCK),
            length: 0,
        };
        layout.length = end;
        layout
    }
}
