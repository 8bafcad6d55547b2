//! Layer norm and activations over the rows of a matrix, on all threads of a pool.

use super::registry::Kernels;
use super::rows::LayerNormRow;
#[cfg(test)]
use crate::config::Activation;
use crate::linalg::Matrix;
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
    /// Normalises one row in place; see [`super::rows::layer_norm`].
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
    #[cfg(test)]
    pub fn activate(&self, activation: Activation, values: &mut [f32]) {
        // SAFETY: the pointer and length are a slice's, and kernels from the registry run on this machine.
        unsafe { (self.activate)(activation, values.as_mut_ptr(), values.len()) }
    }
}
