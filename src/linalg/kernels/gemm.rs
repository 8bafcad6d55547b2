//! The matrix product C = A·B, B packed in panels: the register tile and the loops around it.
//!
//! B is stored as panels of `panel_width` columns: first one row of bias, then one row for each k. A panel is read
//! front to back. The sum over k runs in blocks of [`SUM_BLOCK`], one accumulator for each element and block, and
//! block sums are added in order: so an element's value depends on its own row and column only, never on how many
//! rows there are or how the work was divided.

use super::elementwise::activate;
use super::vector::Vector;
use crate::config::Activation;

/// Rows of a panel that are multiplied before moving to the next tile of A: 128 rows of 32 columns are 16 KiB,
/// which stay in the first-level cache while all tiles of A pass by.
pub(super) const DEPTH_BLOCK: usize = 128;

/// Products that one accumulator adds up before it is added to C. Two levels of short sums halve the rounding error of
/// one long sum.
pub(super) const SUM_BLOCK: usize = 16;

/// What happens to a tile of C while it is still in the cache.
#[derive(Clone, Copy)]
pub(super) enum Epilogue {
    None,
    Activation(Activation),
    /// Adds the same elements of another matrix with this pointer and row stride.
    Residual(*const f32, usize),
}

/// One call of the GEMM kernel.
pub(super) struct GemmBlock {
    /// `rows` rows of `depth` values.
    pub a: *const f32,
    pub a_stride: usize,
    pub rows: usize,
    pub depth: usize,
    /// The first of `panel_count` panels, each `(depth + 1) · panel_width` values, one after the other.
    pub panels: *const f32,
    pub panel_count: usize,
    /// `rows` rows of `panel_count · panel_width` values, all of them written.
    pub c: *mut f32,
    pub c_stride: usize,
    /// Adds to what C holds instead of starting from the panels' bias.
    pub accumulate: bool,
    pub epilogue: Epilogue,
}

/// The operands of one tile of C.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub a: *const f32,
    pub a_stride: usize,
    /// The panel's row of the first k.
    pub panel: *const f32,
    /// What C starts from; null means: add to C.
    pub bias: *const f32,
    pub c: *mut f32,
    pub c_stride: usize,
}

/// ROWS rows by COLUMNS registers of C, kept in registers over [`SUM_BLOCK`] values of k at a time.
#[inline(always)]
unsafe fn multiply<V: Vector, const ROWS: usize, const COLUMNS: usize>(depth: usize, tile: &Tile) {
    let Tile { a, a_stride, panel, bias, c, c_stride } = *tile;
    // SAFETY: the caller's promise that A, the panel and C are valid for the tile.
    unsafe {
        let mut k = 0;
        while k < depth {
            let bias = if k == 0 { bias } else { std::ptr::null() };
            let mut sums = [[V::splat(0.0); COLUMNS]; ROWS];
            for k in k..depth.min(k + SUM_BLOCK) {
                let mut b = [V::splat(0.0); COLUMNS];
                for (column, value) in b.iter_mut().enumerate() {
                    *value = V::load(panel.add((k * COLUMNS + column) * V::LANES));
                }
                for (row, row_sums) in sums.iter_mut().enumerate() {
                    let value = V::splat(*a.add(row * a_stride + k));
                    for (sum, b) in row_sums.iter_mut().zip(b) {
                        *sum = value.mul_add(b, *sum);
                    }
                }
            }
            for (row, row_sums) in sums.iter().enumerate() {
                for (column, sum) in row_sums.iter().enumerate() {
                    let target = c.add(row * c_stride + column * V::LANES);
                    let start =
                        if bias.is_null() { target.cast_const() } else { bias.add(column * V::LANES) };
                    V::load(start).add(*sum).store(target);
                }
            }
            k += SUM_BLOCK;
        }
    }
}

/// [`multiply`] for a number of rows that is not known when this is compiled.
#[inline(always)]
unsafe fn multiply_rows<V: Vector, const MAX_ROWS: usize, const COLUMNS: usize>(
    rows: usize,
    depth: usize,
    tile: &Tile,
) {
    macro_rules! dispatch {
        ($($count:literal)+) => {
            match rows {
                // SAFETY: the caller's promise.
                $($count if $count <= MAX_ROWS => unsafe { multiply::<V, $count, COLUMNS>(depth, tile) },)+
                _ => unreachable!("a tile has at most {MAX_ROWS} rows"),
            }
        };
    }
    dispatch!(1 2 3 4 5 6 7 8 9 10 11 12);
}

/// Computes a block of C: all its rows by all its panels.
///
/// # Safety
///
/// V's instruction set is available, and the pointers of `block` are valid for the sizes it gives; C overlaps neither
/// A nor the panels.
#[inline(always)]
pub(super) unsafe fn gemm<V: Vector, const MAX_ROWS: usize, const COLUMNS: usize>(block: &GemmBlock) {
    let panel_width = COLUMNS * V::LANES;
    // SAFETY: every pointer below stays within the sizes that the caller promised.
    unsafe {
        for panel_index in 0..block.panel_count {
            let bias = block.panels.add(panel_index * (block.depth + 1) * panel_width);
            let panel = bias.add(panel_width);
            let c = block.c.add(panel_index * panel_width);
            let mut k = 0;
            while k < block.depth {
                let depth = DEPTH_BLOCK.min(block.depth - k);
                let bias = if k == 0 && !block.accumulate { bias } else { std::ptr::null() };
                let mut row = 0;
                while row < block.rows {
                    let rows = V::rows_of_tile(block.rows - row, MAX_ROWS);
                    let mut tile = Tile {
                        a: block.a.add(row * block.a_stride + k),
                        a_stride: block.a_stride,
                        panel: panel.add(k * panel_width),
                        bias,
                        c: c.add(row * block.c_stride),
                        c_stride: block.c_stride,
                    };
                    let done = V::multiply_blocks(rows, depth, &tile);
                    if done > 0 {
                        tile.a = tile.a.add(done);
                        tile.panel = tile.panel.add(done * panel_width);
                        tile.bias = std::ptr::null();
                    }
                    if done < depth {
                        multiply_rows::<V, MAX_ROWS, COLUMNS>(rows, depth - done, &tile);
                    }
                    row += rows;
                }
                k += depth;
            }
            finish::<V>(block, c, panel_index * panel_width, panel_width);
        }
    }
}

/// Applies the epilogue to one panel's columns of C.
#[inline(always)]
unsafe fn finish<V: Vector>(block: &GemmBlock, c: *mut f32, first_column: usize, width: usize) {
    // SAFETY: the caller's promise about C and the residual.
    unsafe {
        match block.epilogue {
            Epilogue::None => {}
            Epilogue::Activation(activation) => {
                for row in 0..block.rows {
                    activate::<V>(activation, c.add(row * block.c_stride), width);
                }
            }
            Epilogue::Residual(residual, stride) => {
                for row in 0..block.rows {
                    let source = residual.add(row * stride + first_column);
                    let target = c.add(row * block.c_stride);
                    let mut column = 0;
                    while column < width {
                        let sum = V::load(target.add(column)).add(V::load(source.add(column)));
                        sum.store(target.add(column));
                        column += V::LANES;
                    }
                }
            }
        }
    }
}
