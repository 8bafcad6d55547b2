//! A row-major float32 matrix whose rows are padded for the kernels.

use crate::error::Result;
use crate::runtime::AlignedBuffer;

/// Rows start on a cache line and have room for the widest panel beyond the last column.
const ROW_ALIGNMENT: usize = 32;

/// A row-major matrix [rows, columns] with `stride` values from one row to the next.
///
/// What lies between `columns` and `stride` is scratch: kernels write whole panels there.
#[derive(Default)]
pub(crate) struct Matrix {
    values: AlignedBuffer,
    rows: usize,
    columns: usize,
    stride: usize,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn new(rows: usize, columns: usize) -> Result<Self> {
        let mut matrix = Self::default();
        matrix.reshape(rows, columns)?;
        Ok(matrix)
    }

    /// Gives the matrix another shape, with undefined values. Allocates only when it has never been this large.
    pub fn reshape(&mut self, rows: usize, columns: usize) -> Result<()> {
        let stride = Self::padded_stride(columns);
        self.values.ensure(rows.saturating_mul(stride))?;
        (self.rows, self.columns, self.stride) = (rows, columns, stride);
        Ok(())
    }

    /// The stride of rows of so many values or cells.
    pub fn padded_stride(columns: usize) -> usize {
        let stride = columns.next_multiple_of(ROW_ALIGNMENT);
        // Rows a multiple of 4 KiB apart would all fall into the same sets of the first-level cache.
        if stride.is_multiple_of(256) { stride + 16 } else { stride }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn stride(&self) -> usize {
        self.stride
    }

    pub fn row(&self, row: usize) -> &[f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        &self.values[row * self.stride..][..self.columns]
    }

    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        &mut self.values[row * self.stride..][..self.columns]
    }

    /// All values with their padding.
    pub fn as_slice(&self) -> &[f32] {
        &self.values[..self.rows * self.stride]
    }

    /// All values with their padding.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.values[..self.rows * self.stride]
    }

    /// All values with their padding.
    pub fn into_values(self) -> AlignedBuffer {
        self.values
    }

    /// Takes the shape and values of another matrix.
    pub fn copy_from(&mut self, other: &Self) -> Result<()> {
        self.reshape(other.rows, other.columns)?;
        self.as_mut_slice().copy_from_slice(other.as_slice());
        Ok(())
    }

    /// The rows one after the other, without padding.
    pub fn to_contiguous(&self) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.rows * self.columns);
        for row in 0..self.rows {
            values.extend_from_slice(self.row(row));
        }
        values
    }
}
