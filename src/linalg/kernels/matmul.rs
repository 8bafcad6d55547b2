//! A matrix product on all threads of a pool.

use super::gemm::{self, GemmBlock};
use super::registry::Kernels;
use crate::config::Activation;
use crate::linalg::{Matrix, Panels};
use crate::runtime::ThreadPool;

/// What to do with the product while it is in the cache.
#[derive(Clone, Copy)]
pub(crate) enum Epilogue<'a> {
    /// Nothing beyond the bias.
    None,
    Activation(Activation),
    /// Adds a matrix of the product's shape.
    Residual(&'a Matrix),
}

/// A block of A that all panels of a task pass by: as large as leaves room for a panel in a 1 MiB second-level cache.
const BLOCK_BYTES: usize = 640 << 10;
/// Enough tasks for each thread to even out threads of unequal speed.
const TASKS_PER_THREAD: usize = 4;
/// Below this many multiplications a task costs less than handing it to another thread.
const SMALLEST_TASK: usize = 1 << 18;

/// How a product is cut into tasks: `row_blocks · column_groups`, rows varying slowest. The cut has no influence on
/// the result (see [`super::gemm`]).
struct Partition {
    rows_per_block: usize,
    row_blocks: usize,
    panels_per_group: usize,
    column_groups: usize,
}

impl Partition {
    fn new(rows: usize, weights: &Panels, threads: usize) -> Self {
        let depth = weights.depth().max(1);
        let most_rows = (BLOCK_BYTES / (depth * size_of::<f32>())).clamp(12, 516) / 12 * 12;
        let row_blocks = rows.div_ceil(most_rows).max(1);
        let rows_per_block = rows.div_ceil(row_blocks).next_multiple_of(12);
        let row_blocks = rows.div_ceil(rows_per_block).max(1);

        let panels = weights.panel_count().max(1);
        let wanted_groups = (threads * TASKS_PER_THREAD).div_ceil(row_blocks);
        let panel_work = rows_per_block.min(rows) * depth * weights.panel_width();
        let least_panels = (SMALLEST_TASK / panel_work.max(1)).max(1);
        let panels_per_group = panels.div_ceil(wanted_groups).max(least_panels).min(panels);
        let panels_per_group = if threads == 1 { panels } else { panels_per_group };
        Self {
            rows_per_block,
            row_blocks,
            panels_per_group,
            column_groups: panels.div_ceil(panels_per_group),
        }
    }
}

/// A pointer that tasks share; each writes a part of its own.
struct SharedPointer(*mut f32);

// SAFETY: only `matmul` makes one, and its tasks write disjoint blocks.
unsafe impl Sync for SharedPointer {}

impl SharedPointer {
    fn get(&self) -> *mut f32 {
        self.0
    }
}

/// `output = epilogue(input · weights + bias)`, for `input` [rows, depth] and `output` reshaped to [rows, columns].
///
/// # Panics
///
/// When `input` does not have the weights' depth, or the residual not the product's shape.
pub(crate) fn matmul(
    kernels: &Kernels,
    pool: &ThreadPool,
    input: &Matrix,
    weights: &Panels,
    output: &mut Matrix,
    epilogue: Epilogue<'_>,
) {
    let rows = input.rows();
    assert_eq!(input.columns(), weights.depth(), "depth of the matrix product");
    assert_eq!(weights.panel_width(), kernels.panel_width, "weights packed for other kernels");
    assert_eq!((output.rows(), output.columns()), (rows, weights.columns()), "shape of the product");
    assert!(weights.panel_count() * weights.panel_width() <= output.stride(), "padding of the product");
    if rows == 0 || weights.panel_count() == 0 {
        return;
    }
    let epilogue = match epilogue {
        Epilogue::None => gemm::Epilogue::None,
        Epilogue::Activation(activation) => gemm::Epilogue::Activation(activation),
        Epilogue::Residual(residual) => {
            assert_eq!(
                (residual.rows(), residual.columns()),
                (rows, weights.columns()),
                "shape of the residual"
            );
            assert!(
                weights.panel_count() * weights.panel_width() <= residual.stride(),
                "padding of the residual"
            );
            gemm::Epilogue::Residual(residual.as_slice().as_ptr(), residual.stride())
        }
    };
    let partition = Partition::new(rows, weights, pool.threads());
    let output_stride = output.stride();
    let output = SharedPointer(output.as_mut_slice().as_mut_ptr());
    let epilogue = SharedEpilogue(epilogue);
    pool.run(partition.row_blocks * partition.column_groups, &|task, _thread| {
        let first_row = task / partition.column_groups * partition.rows_per_block;
        let first_panel = task % partition.column_groups * partition.panels_per_group;
        let panel_count = partition.panels_per_group.min(weights.panel_count() - first_panel);
        let epilogue = match epilogue.get() {
            gemm::Epilogue::Residual(residual, stride) => gemm::Epilogue::Residual(
                residual.wrapping_add(first_row * stride + first_panel * weights.panel_width()),
                stride,
            ),
            other => other,
        };
        let block = GemmBlock {
            a: input.as_slice()[first_row * input.stride()..].as_ptr(),
            a_stride: input.stride(),
            rows: partition.rows_per_block.min(rows - first_row),
            depth: weights.depth(),
            panels: weights.panels_from(first_panel).as_ptr(),
            panel_count,
            c: output.get().wrapping_add(first_row * output_stride + first_panel * weights.panel_width()),
            c_stride: output_stride,
            accumulate: false,
            epilogue,
        };
        // SAFETY: the kernels come from the registry, so this machine runs them; the assertions above give the sizes,
        // and each task's block of the output is its own.
        unsafe { (kernels.gemm)(&block) }
    });
}

/// The epilogue as the tasks share it.
struct SharedEpilogue(gemm::Epilogue);

// SAFETY: the residual behind the pointer is only read.
unsafe impl Sync for SharedEpilogue {}

impl SharedEpilogue {
    fn get(&self) -> gemm::Epilogue {
        self.0
    }
}
