//! Rows of a left operand that were computed once and never change.

use super::kernels::Format;
use super::{Activations, Cells, Input, Matrix};

/// Rows of float32 or bfloat16 cells as a product reads them.
pub(crate) struct PackedRows {
    cells: Cells,
    shape: RowsShape,
}

/// How many rows of which length, in which format without scales.
#[derive(Clone, Copy)]
pub(crate) struct RowsShape {
    pub format: Format,
    pub rows: usize,
    /// Values in a row.
    pub depth: usize,
}

impl RowsShape {
    /// Cells from one row to the next.
    pub fn stride(&self) -> usize {
        Matrix::padded_stride(self.format.cells(self.depth))
    }

    /// Cells of all rows.
    pub fn cell_count(&self) -> usize {
        self.rows.saturating_mul(self.stride())
    }
}

impl PackedRows {
    /// `None` if there are fewer cells than the shape needs.
    pub fn new(cells: Cells, shape: RowsShape) -> Option<Self> {
        (shape.cell_count() <= cells.len()).then_some(Self { cells, shape })
    }

    /// Keeps activations in one format, which must be one without scales; in any but float32 the operand must have been
    /// made.
    pub fn from_activations(activations: Activations, format: Format) -> Self {
        let Input { rows, depth, .. } = activations.input(format);
        let cells = Cells::owned(activations.into_cells(format));
        Self { cells, shape: RowsShape { format, rows, depth } }
    }

    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The rows as a product reads them.
    pub fn input(&self) -> Input<'_> {
        let RowsShape { format, rows, depth } = self.shape;
        Input {
            cells: &self.cells[..self.shape.cell_count()],
            scales: &[],
            format,
            rows,
            depth,
            stride: self.shape.stride(),
        }
    }
}
