//! A weight matrix in the layout that the GEMM reads front to back.

use rayon::prelude::*;

use super::Cells;
use super::kernels::{Format, Kernels, PIECE_CELLS};
use crate::error::Result;
use crate::runtime::{AlignedBuffer, in_forked_child};

/// Largest magnitude of a quantised weight.
const LARGEST_WEIGHT: f32 = 127.0;

/// A matrix [depth, columns] as panels of `panel_width` columns. A panel is its header (see [`Format::header_rows`]),
/// then one row of cells for each cell of k; columns beyond the last are zero.
pub(crate) struct Panels {
    cells: Cells,
    shape: PanelsShape,
}

/// The shape of a packed matrix.
#[derive(Clone, Copy)]
pub(crate) struct PanelsShape {
    pub format: Format,
    pub depth: usize,
    pub columns: usize,
    pub panel_width: usize,
}

impl PanelsShape {
    pub fn panel_count(&self) -> usize {
        self.columns.div_ceil(self.panel_width)
    }

    /// Rows of cells of one panel, its header included.
    pub fn panel_rows(&self) -> usize {
        self.format.cells(self.depth) + self.format.header_rows()
    }

    /// Cells of one panel.
    pub fn panel_length(&self) -> usize {
        self.panel_rows() * self.panel_width
    }

    /// Cells of all panels.
    pub fn cell_count(&self) -> usize {
        self.panel_count().saturating_mul(self.panel_length())
    }
}

impl Panels {
    /// Packs the matrix whose column `c` is what `read_column(c, buffer)` puts into a buffer of `depth` values, i.e.
    /// row `c` of a PyTorch linear weight [columns, depth]. Runs on all threads of the global rayon pool
    /// where there can be one.
    pub fn pack(
        kernels: &Kernels,
        format: Format,
        depth: usize,
        columns: usize,
        bias: Option<&[f32]>,
        read_column: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Result<Self> {
        let panel_width = kernels.panel_width;
        let shape = PanelsShape { format, depth, columns, panel_width };
        let panel_length = shape.panel_length();
        let mut packed = AlignedBuffer::default();
        packed.ensure(shape.cell_count())?;
        let pack_panel = |values: &mut Vec<f32>, (panel, target): (usize, &mut [f32])| {
            for lane in 0..panel_width.min(columns - panel * panel_width) {
                let column = panel * panel_width + lane;
                read_column(column, values);
                let bias = bias.map_or(0.0, |bias| bias[column]);
                pack_column(format, values, bias, panel_width, &mut target[lane..]);
            }
        };
        let values = || vec![0f32; depth];
        let cells = &mut packed[..shape.cell_count()];
        if in_forked_child() {
            let mut values = values();
            cells.chunks_mut(panel_length).enumerate().for_each(|panel| pack_panel(&mut values, panel));
        } else {
            cells.par_chunks_mut(panel_length).enumerate().for_each_init(values, pack_panel);
        }
        Ok(Self { cells: Cells::owned(packed), shape })
    }

    /// Panels that were packed before; `None` if there are fewer cells than the shape needs.
    pub fn new(cells: Cells, shape: PanelsShape) -> Option<Self> {
        (shape.cell_count() <= cells.len()).then_some(Self { cells, shape })
    }

    pub fn format(&self) -> Format {
        self.shape.format
    }

    pub fn depth(&self) -> usize {
        self.shape.depth
    }

    pub fn columns(&self) -> usize {
        self.shape.columns
    }

    pub fn panel_width(&self) -> usize {
        self.shape.panel_width
    }

    pub fn panel_count(&self) -> usize {
        self.shape.panel_count()
    }

    /// Cells of one panel.
    pub fn panel_length(&self) -> usize {
        self.shape.panel_length()
    }

    /// All panels from `panel` on.
    pub fn panels_from(&self, panel: usize) -> &[f32] {
        &self.cells[panel * self.panel_length()..]
    }

    pub fn cells(&self) -> &Cells {
        &self.cells
    }
}

/// Writes one column of a panel; `target` starts at its first cell, and the next row of cells is `panel_width` further.
fn pack_column(format: Format, values: &[f32], bias: f32, panel_width: usize, target: &mut [f32]) {
    let mut rows = target.iter_mut().step_by(panel_width);
    let mut put = |cell: f32| {
        if let Some(row) = rows.next() {
            *row = cell;
        }
    };
    let cell = |bytes: [u8; 4]| f32::from_bits(u32::from_le_bytes(bytes));
    match format {
        Format::Float32 => {
            put(bias);
            values.iter().for_each(|&value| put(value));
        }
        Format::Bfloat16 => {
            put(bias);
            for pair in values.chunks(2) {
                let [low, high] = [0, 1]
                    .map(|index| half::bf16::from_f32(pair.get(index).copied().unwrap_or(0.0)).to_le_bytes());
                put(cell([low[0], low[1], high[0], high[1]]));
            }
        }
        Format::Bfloat16Pieces => {
            put(bias);
            for group in values.chunks(2 * PIECE_CELLS) {
                let large = |value: f32| half::bf16::from_f32(value);
                let small = |value: f32| half::bf16::from_f32(value - large(value).to_f32());
                let mut put_piece = |piece: &dyn Fn(f32) -> half::bf16| {
                    for cell_index in 0..PIECE_CELLS {
                        let [low, high] = [0, 1].map(|half| {
                            piece(group.get(2 * cell_index + half).copied().unwrap_or(0.0)).to_le_bytes()
                        });
                        put(cell([low[0], low[1], high[0], high[1]]));
                    }
                };
                put_piece(&large);
                put_piece(&small);
            }
        }
        Format::Int8 | Format::Int16 => {
            let (scale, level) = symmetric_levels(values);
            let sum: i32 = values.iter().map(|&value| i32::from(level(value))).sum();
            put(0.0);
            put(bias);
            put(scale);
            put(f32::from_bits(sum.cast_unsigned()));
            for group in values.chunks(format.values_per_cell()) {
                let levels = |index: usize| group.get(index).map_or(0, |&value| level(value));
                if format == Format::Int8 {
                    put(cell([0, 1, 2, 3].map(|index| levels(index).cast_unsigned())));
                } else {
                    let [low, high] = [0, 1].map(|index| i16::from(levels(index)).to_le_bytes());
                    put(cell([low[0], low[1], high[0], high[1]]));
                }
            }
        }
    }
}

/// A column's scale and its quantisation to −127..=127. Where a value is not finite the scale is NaN, and so is every
/// product, as in float32.
fn symmetric_levels(values: &[f32]) -> (f32, impl Fn(f32) -> i8) {
    let largest = values.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { largest / LARGEST_WEIGHT } else { 1.0 };
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let finite = values.iter().all(|value| value.is_finite());
    // A conversion saturates, and a NaN becomes zero.
    (if finite { scale } else { f32::NAN }, move |value: f32| (value / scale).round_ties_even() as i8)
}
