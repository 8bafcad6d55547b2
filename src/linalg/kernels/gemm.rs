//! The matrix product C = A·B, B packed in panels: the register tile and the loops around it.
//!
//! B is stored as panels of `panel_width` columns: first the header (see [`Format::header_rows`]), then one row of
//! cells for each cell of k. A panel is read front to back. The sum over k runs in blocks of [`Product::SUM_CELLS`],
//! one accumulator for each element and block, and block sums are added in order: so an element's value depends on
//! its own row and column only, never on how many rows there are or how the work was divided.
//!
//! [`Format::header_rows`]: super::format::Format::header_rows

use super::product::Product;
use super::vector::Vector;

/// Rows of cells of a panel that are multiplied before moving to the next tile of A: 128 rows of 32 columns are
/// 16 KiB, which stay in the first-level cache while all tiles of A pass by.
pub(super) const DEPTH_BLOCK: usize = 128;

/// One call of the GEMM kernel. All lengths and strides count cells.
pub(super) struct GemmBlock {
    /// `rows` rows of `depth` cells.
    pub a: *const f32,
    pub a_stride: usize,
    pub rows: usize,
    pub depth: usize,
    /// The first of `panel_count` panels, one after the other.
    pub panels: *const f32,
    pub panel_count: usize,
    /// `rows` rows of `panel_count · panel_width` sums, all of them written.
    pub c: *mut f32,
    pub c_stride: usize,
    /// Adds to what C holds instead of starting from the panels' first row.
    pub accumulate: bool,
}

/// The operands of one tile of C.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub a: *const f32,
    pub a_stride: usize,
    /// The panel's row of the first cell.
    pub panel: *const f32,
    /// What C starts from; null means: add to C.
    pub start: *const f32,
    pub c: *mut f32,
    pub c_stride: usize,
}

/// ROWS rows by COLUMNS registers of C, kept in registers over one block of cells.
#[inline(always)]
unsafe fn multiply<V: Vector, P: Product, const ROWS: usize, const COLUMNS: usize>(
    cells: usize,
    tile: &Tile,
) {
    let Tile { a, a_stride, panel, start, c, c_stride } = *tile;
    // SAFETY: the caller's promise that A, the panel and C are valid for the tile.
    unsafe {
        let mut sums = [[V::splat(0.0); COLUMNS]; ROWS];
        for k in 0..cells {
            let mut b = [V::splat(0.0); COLUMNS];
            for (column, value) in b.iter_mut().enumerate() {
                *value = V::load(panel.add((k * COLUMNS + column) * V::LANES));
            }
            for (row, row_sums) in sums.iter_mut().enumerate() {
                let value = V::splat(*a.add(row * a_stride + k));
                for (sum, b) in row_sums.iter_mut().zip(b) {
                    *sum = P::multiply_add(value, b, *sum);
                }
            }
        }
        for (row, row_sums) in sums.iter().enumerate() {
            for (column, sum) in row_sums.iter().enumerate() {
                let target = c.add(row * c_stride + column * V::LANES);
                let start = if start.is_null() { target.cast_const() } else { start.add(column * V::LANES) };
                P::add(V::load(start), *sum).store(target);
            }
        }
    }
}

/// [`multiply`] for a number of rows that is not known when this is compiled.
#[inline(always)]
unsafe fn multiply_rows<V: Vector, P: Product, const MAX_ROWS: usize, const COLUMNS: usize>(
    rows: usize,
    cells: usize,
    tile: &Tile,
) {
    macro_rules! dispatch {
        ($($count:literal)+) => {
            match rows {
                // SAFETY: the caller's promise.
                $($count if $count <= MAX_ROWS => unsafe { multiply::<V, P, $count, COLUMNS>(cells, tile) },)+
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
pub(super) unsafe fn gemm<V: Vector, P: Product, const MAX_ROWS: usize, const COLUMNS: usize>(
    block: &GemmBlock,
) {
    let panel_width = COLUMNS * V::LANES;
    let header_rows = P::FORMAT.header_rows();
    // SAFETY: every pointer below stays within the sizes that the caller promised.
    unsafe {
        for panel_index in 0..block.panel_count {
            let header = block.panels.add(panel_index * (block.depth + header_rows) * panel_width);
            let panel = header.add(header_rows * panel_width);
            let c = block.c.add(panel_index * panel_width);
            let mut k = 0;
            while k < block.depth {
                let depth = DEPTH_BLOCK.min(block.depth - k);
                let mut row = 0;
                while row < block.rows {
                    let rows = V::rows_of_tile(block.rows - row, MAX_ROWS);
                    let mut tile = Tile {
                        a: block.a.add(row * block.a_stride + k),
                        a_stride: block.a_stride,
                        panel: panel.add(k * panel_width),
                        start: if k == 0 && !block.accumulate { header } else { std::ptr::null() },
                        c: c.add(row * block.c_stride),
                        c_stride: block.c_stride,
                    };
                    let mut done = 0;
                    while done < depth {
                        let cells = P::SUM_CELLS.min(depth - done);
                        if !V::multiply_tile::<P>(rows, cells, &tile) {
                            multiply_rows::<V, P, MAX_ROWS, COLUMNS>(rows, cells, &tile);
                        }
                        tile.a = tile.a.add(cells);
                        tile.panel = tile.panel.add(cells * panel_width);
                        tile.start = std::ptr::null();
                        done += cells;
                    }
                    row += rows;
                }
                k += depth;
            }
        }
    }
}
