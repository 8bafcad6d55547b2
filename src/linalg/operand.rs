//! The rows of activations between two products: their values, and the same in the format that the next product reads.

use super::kernels::{Format, RowScale};
use super::{Compute, Matrix};
use crate::error::Result;
use crate::runtime::AlignedBuffer;

/// Rows of cells in a format other than float32, with each row's scale where the format has one.
#[derive(Default)]
pub(crate) struct Operand {
    cells: AlignedBuffer,
    scales: Vec<RowScale>,
    format: Format,
    rows: usize,
    depth: usize,
    stride: usize,
}

impl Operand {
    /// Gives the operand a shape, with undefined values. Allocates only when it has never been this large.
    pub fn reshape(&mut self, format: Format, rows: usize, depth: usize) -> Result<()> {
        let stride = Matrix::padded_stride(format.cells(depth));
        self.cells.ensure(rows.saturating_mul(stride))?;
        if format.is_integer() {
            self.scales.resize(rows, RowScale::default());
        }
        (self.format, self.rows, self.depth, self.stride) = (format, rows, depth, stride);
        Ok(())
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Values in a row.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Cells from one row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All cells, with the rows' padding.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.cells[..self.rows * self.stride]
    }

    /// All cells, and the scales of the rows.
    pub fn parts_mut(&mut self) -> (&mut [f32], &mut [RowScale]) {
        (&mut self.cells[..self.rows * self.stride], &mut self.scales)
    }

    /// The operand as a product reads it.
    pub fn input(&self) -> Input<'_> {
        Input {
            cells: &self.cells[..self.rows * self.stride],
            scales: if self.format.is_integer() { &self.scales[..self.rows] } else { &[] },
            format: self.format,
            rows: self.rows,
            depth: self.depth,
            stride: self.stride,
        }
    }
}

/// The left operand of a product: rows of cells.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub cells: &'a [f32],
    /// One for each row of integers; none otherwise.
    pub scales: &'a [RowScale],
    pub format: Format,
    pub rows: usize,
    /// Values in a row.
    pub depth: usize,
    /// Cells from one row to the next.
    pub stride: usize,
}

impl<'a> From<&'a Matrix> for Input<'a> {
    fn from(matrix: &'a Matrix) -> Self {
        Self {
            cells: matrix.as_slice(),
            scales: &[],
            format: Format::Float32,
            rows: matrix.rows(),
            depth: matrix.columns(),
            stride: matrix.stride(),
        }
    }
}

/// Rows of activations: their float32 values, and the operand made of them where products read another format.
#[derive(Default)]
pub(crate) struct Activations {
    pub values: Matrix,
    pub operand: Operand,
}

impl Activations {
    /// The rows in a format. In any but float32 the operand must have been made.
    pub fn input(&self, format: Format) -> Input<'_> {
        if format == Format::Float32 { (&self.values).into() } else { self.operand.input() }
    }

    /// Makes the operand of the values.
    pub fn convert(&mut self, compute: &Compute, format: Format) -> Result<()> {
        self.convert_after(compute, format, &|_| {})
    }

    /// Changes every row of values in place, and makes the operand of the result.
    pub fn convert_after(
        &mut self,
        compute: &Compute,
        format: Format,
        change: &(dyn Fn(&mut [f32]) + Sync),
    ) -> Result<()> {
        self.operand.reshape(format, self.values.rows(), self.values.columns())?;
        compute.kernels.convert_rows(&compute.pool, &mut self.values, &mut self.operand, change);
        Ok(())
    }

    /// The cells of the rows in a format, without scales.
    pub fn into_cells(self, format: Format) -> AlignedBuffer {
        if format == Format::Float32 { self.values.into_values() } else { self.operand.cells }
    }
}
