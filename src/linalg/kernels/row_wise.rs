//! Layer norm and activations over the rows of a matrix, on all threads of a pool.

use super::convert::ConvertRow;
use super::format::RowScale;
use super::layer_norm::LayerNormRow;
use super::registry::Kernels;
#[cfg(any(test, feature = "benchmark"))]
use crate::config::Activation;
use crate::linalg::{Matrix, Operand};
use crate::runtime::ThreadPool;

/// Values that one task handles: a few microseconds of work.
const TASK_VALUES: usize = 16 << 10;

/// Calls `body` for every row of `matrix`, rows spread over the threads.
pub(crate) fn for_each_row(
    pool: &ThreadPool,
    matrix: &mut Matrix,
    body: &(dyn Fn(usize, &mut [f32]) + Sync),
) {
    struct SharedPointer(*mut f32);
    // SAFETY: every row is handed to exactly one task.
    unsafe impl Sync for SharedPointer {}
    impl SharedPointer {
        fn row(&self, offset: usize) -> *mut f32 {
            self.0.wrapping_add(offset)
        }
    }

    let (rows, columns, stride) = (matrix.rows(), matrix.columns(), matrix.stride());
    let rows_per_task = (TASK_VALUES / columns.max(1)).max(1);
    let first = SharedPointer(matrix.as_mut_slice().as_mut_ptr());
    pool.run(rows.div_ceil(rows_per_task), &|task, _thread| {
        for row in task * rows_per_task..rows.min((task + 1) * rows_per_task) {
            // SAFETY: row < rows, so the slice lies within the matrix; no other task has this row.
            body(row, unsafe { std::slice::from_raw_parts_mut(first.row(row * stride), columns) });
        }
    });
}

impl Kernels {
    /// Changes every row of `values` in place and converts the result to `operand`'s format, rows spread over the
    /// threads of the pool. `operand` has the shape of `values`.
    pub fn convert_rows(
        &self,
        pool: &ThreadPool,
        values: &mut Matrix,
        operand: &mut Operand,
        change: &(dyn Fn(&mut [f32]) + Sync),
    ) {
        struct SharedOperand(*mut f32, *mut RowScale);
        // SAFETY: every row is handed to exactly one task.
        unsafe impl Sync for SharedOperand {}
        impl SharedOperand {
            fn row(&self, row: usize, stride: usize) -> (*mut f32, *mut RowScale) {
                (self.0.wrapping_add(row * stride), self.1.wrapping_add(row))
            }
        }

        assert_eq!(
            (values.rows(), values.columns()),
            (operand.rows(), operand.depth()),
            "shape of the operand"
        );
        let (format, stride) = (operand.format(), operand.stride());
        let cell_count = format.cells(operand.depth());
        let convert = self.convert.get(format);
        let (cells, scales) = operand.parts_mut();
        let shared = SharedOperand(cells.as_mut_ptr(), scales.as_mut_ptr());
        for_each_row(pool, values, &|row, values| {
            change(values);
            let (cells, scale) = shared.row(row, stride);
            let row = ConvertRow { values: values.as_ptr(), length: values.len(), cells, cell_count };
            // SAFETY: the operand has the matrix's rows, each with room for its cells and, for integers, a scale;
            // kernels from the registry run on this machine.
            unsafe {
                let row_scale = convert(&row);
                if format.is_integer() {
                    *scale = row_scale;
                }
            }
        });
    }

    /// Normalises one row in place; see [`super::layer_norm::layer_norm`].
    pub fn layer_norm_row(&self, values: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f64) {
        assert!(weight.len() == values.len() && bias.len() == values.len(), "length of the layer norm");
        let row = LayerNormRow {
            values: values.as_mut_ptr(),
            length: values.len(),
            weight: weight.as_ptr(),
            bias: bias.as_ptr(),
            epsilon,
        };
        // SAFETY: the lengths are equal, and kernels from the registry run on this machine.
        unsafe { (self.layer_norm)(&row) }
    }

    /// Applies an activation in place. The encoder applies it within a product; tests need it alone.
    #[cfg(any(test, feature = "benchmark"))]
    pub fn activate(&self, activation: Activation, values: &mut [f32]) {
        // SAFETY: the pointer and length are a slice's, and kernels from the registry run on this machine.
        unsafe { (self.activate)(activation, values.as_mut_ptr(), values.len()) }
    }
}
