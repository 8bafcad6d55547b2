//! The table of relative positions.

use deberta::{Config, RelativePositionTable};
use serde::Serialize;

/// Which distances share a relative embedding.
#[derive(Serialize)]
pub struct Positions {
    /// The terms of attention that use it.
    terms: String,
    /// Half the number of rows; a bucket is a row less this.
    span: usize,
    /// The distance from which on all share a row.
    maximum: usize,
    /// First distance, last distance and row, from the most negative distance on. The first and the last are open.
    ranges: Vec<(i64, i64, i32)>,
}

impl Positions {
    pub fn new(table: &RelativePositionTable, config: &Config) -> Self {
        let terms = config.pos_att_type;
        let terms = [("content to position", terms.c2p), ("position to content", terms.p2c)];
        let terms: Vec<&str> = terms.iter().filter(|(_, used)| *used).map(|(name, _)| *name).collect();
        let reach = config.max_relative_positions as i64;
        let mut ranges: Vec<(i64, i64, i32)> = Vec::new();
        for distance in -reach..=reach {
            let row = table.index(distance);
            match ranges.last_mut().filter(|(_, _, last)| *last == row) {
                Some((_, end, _)) => *end = distance,
                None => ranges.push((distance, distance, row)),
            }
        }
        Self { terms: terms.join(", "), span: table.span(), maximum: config.max_relative_positions, ranges }
    }
}
