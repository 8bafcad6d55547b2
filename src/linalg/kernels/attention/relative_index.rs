//! Where the position terms of a query and consecutive keys are found.

use crate::linalg::kernels::vector::MOST_LANES;

/// The row of the position operands for every difference that occurs in a batch.
///
/// The operands' rows are those of the relative embeddings in reverse order: entry t belongs to the difference
/// `reach − t`, so the rows of one query and consecutive keys are consecutive entries, and they never fall. Near the
/// diagonal they rise by one from entry to entry, and the term of consecutive keys is a contiguous read; where
/// distances share a bucket some entries repeat.
#[derive(Default)]
pub(crate) struct RelativeIndex {
    rows: Vec<i32>,
    /// For each entry, how much further the rows of the next MOST_LANES entries are. Only of use while they are less
    /// than MOST_LANES apart.
    patterns: Vec<[u8; MOST_LANES]>,
    /// Whether rows rise by at most one from entry to entry.
    gradual: bool,
    reach: usize,
}

impl RelativeIndex {
    /// Covers the differences from `-reach` to `reach`, keeping what is already covered. `index` gives the row of the
    /// relative embeddings, of which there are `row_count`.
    pub fn ensure(&mut self, reach: usize, row_count: usize, index: impl Fn(i64) -> i32) {
        if !self.rows.is_empty() && reach <= self.reach {
            return;
        }
        self.reach = reach;
        self.rows.clear();
        let last_row = row_count.saturating_sub(1) as i32;
        self.rows.extend((0..=2 * reach + 2 * MOST_LANES).map(|t| last_row - index(reach as i64 - t as i64)));
        self.gradual = self.rows.windows(2).all(|pair| pair[1] - pair[0] <= 1);
        self.patterns.clear();
        let entries = self.rows.windows(MOST_LANES).take(2 * reach + MOST_LANES);
        self.patterns.extend(entries.map(|entries| {
            let mut pattern = [0; MOST_LANES];
            for (step, row) in pattern.iter_mut().zip(entries) {
                *step = (row - entries[0]).clamp(0, MOST_LANES as i32 - 1) as u8;
            }
            pattern
        }));
    }

    /// Whether [`Self::patterns_from`] describes the rows.
    pub fn is_gradual(&self) -> bool {
        self.gradual
    }

    /// The entry of a query and a key.
    pub fn entry(&self, query_position: u32, key_position: u32) -> usize {
        self.reach + key_position as usize - query_position as usize
    }

    /// The row of a query and a key.
    pub fn row(&self, query_position: u32, key_position: u32) -> usize {
        self.rows[self.entry(query_position, key_position)] as usize
    }

    /// The rows of all entries.
    pub fn rows(&self) -> &[i32] {
        &self.rows
    }

    /// The patterns of all entries.
    pub fn patterns(&self) -> &[[u8; MOST_LANES]] {
        &self.patterns
    }
}
