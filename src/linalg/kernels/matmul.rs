//! A matrix product on all threads of a pool.

use std::mem::MaybeUninit;

use super::finish::{FinishBlock, Target};
use super::format::Format;
use super::gemm::GemmBlock;
use super::registry::Kernels;
use crate::config::Activation;
use crate::linalg::{Input, Matrix, Operand, Panels};
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

/// Where a product goes, of its shape.
pub(crate) enum Output<'a> {
    Float32(&'a mut Matrix),
    Bfloat16(&'a mut Operand),
}

/// Most rows of a task. Their sums for one panel lie on the stack and in the first-level cache.
const MOST_ROWS: usize = 192;
/// The widest panel of all kernels.
const MOST_PANEL_WIDTH: usize = 32;
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
        let depth = weights.format().cells(weights.depth()).max(1);
        let most_rows = (BLOCK_BYTES / (depth * size_of::<f32>())).clamp(12, MOST_ROWS) / 12 * 12;
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

/// Pointers that tasks share.
struct Shared {
    target: Target,
    residual: *const f32,
    residual_stride: usize,
}

// SAFETY: only `matmul` makes one; its tasks write disjoint blocks of the target, and the residual is only read.
unsafe impl Sync for Shared {}

impl Shared {
    /// The target from a row and column on.
    fn target(&self, row: usize, column: usize) -> Target {
        match self.target {
            Target::Float32(values, stride) => {
                Target::Float32(values.wrapping_add(row * stride + column), stride)
            }
            Target::Bfloat16(values, stride) => {
                Target::Bfloat16(values.wrapping_add(row * stride + column), stride)
            }
        }
    }

    /// The residual from a row and column on; null if there is none.
    fn residual(&self, row: usize, column: usize) -> *const f32 {
        if self.residual.is_null() {
            return self.residual;
        }
        self.residual.wrapping_add(row * self.residual_stride + column)
    }
}

/// `output = epilogue(input · weights + bias)`, for `input` [rows, depth] in the weights' format and `output` reshaped
/// to [rows, columns].
///
/// # Panics
///
/// When `input` does not have the weights' depth and format, or the output or residual not the product's shape.
pub(crate) fn matmul(
    kernels: &Kernels,
    pool: &ThreadPool,
    input: Input<'_>,
    weights: &Panels,
    output: Output<'_>,
    epilogue: Epilogue<'_>,
) {
    let rows = input.rows;
    let columns = weights.columns();
    let padded_columns = weights.panel_count() * weights.panel_width();
    assert_eq!(input.format, weights.format(), "format of the matrix product");
    assert_eq!(input.depth, weights.depth(), "depth of the matrix product");
    assert_eq!(weights.panel_width(), kernels.panel_width, "weights packed for other kernels");
    assert!(kernels.panel_width <= MOST_PANEL_WIDTH, "room for the sums of a panel");
    assert!(!input.format.is_integer() || input.scales.len() == rows, "a scale for each row");
    let target = match output {
        Output::Float32(matrix) => {
            assert_eq!((matrix.rows(), matrix.columns()), (rows, columns), "shape of the product");
            assert!(padded_columns <= matrix.stride(), "padding of the product");
            Target::Float32(matrix.as_mut_slice().as_mut_ptr(), matrix.stride())
        }
        Output::Bfloat16(operand) => {
            assert_eq!(
                (operand.format(), operand.rows(), operand.depth()),
                (Format::Bfloat16, rows, columns),
                "shape of the product"
            );
            assert!(padded_columns <= 2 * operand.stride(), "padding of the product");
            let stride = 2 * operand.stride();
            Target::Bfloat16(operand.as_mut_slice().as_mut_ptr().cast(), stride)
        }
    };
    if rows == 0 || columns == 0 {
        return;
    }
    let mut shared = Shared { target, residual: std::ptr::null(), residual_stride: 0 };
    let mut activation = Activation::Identity;
    match epilogue {
        Epilogue::None => {}
        Epilogue::Activation(function) => activation = function,
        Epilogue::Residual(residual) => {
            assert_eq!((residual.rows(), residual.columns()), (rows, columns), "shape of the residual");
            assert!(padded_columns <= residual.stride(), "padding of the residual");
            (shared.residual, shared.residual_stride) = (residual.as_slice().as_ptr(), residual.stride());
        }
    }
    let partition = Partition::new(rows, weights, pool.threads());
    let gemm = kernels.gemm.get(weights.format());
    let shared = &shared;
    pool.run(partition.row_blocks * partition.column_groups, &|task, _thread| {
        let first_row = task / partition.column_groups * partition.rows_per_block;
        let first_panel = task % partition.column_groups * partition.panels_per_group;
        let last_panel = (first_panel + partition.panels_per_group).min(weights.panel_count());
        let rows = partition.rows_per_block.min(rows - first_row);
        let mut sums = [MaybeUninit::<f32>::uninit(); MOST_ROWS * MOST_PANEL_WIDTH];
        let width = weights.panel_width();
        for panel in first_panel..last_panel {
            let panels = weights.panels_from(panel);
            let header = panels[width..].as_ptr();
            let block = GemmBlock {
                a: input.cells[first_row * input.stride..].as_ptr(),
                a_stride: input.stride,
                rows,
                depth: weights.format().cells(weights.depth()),
                panels: panels.as_ptr(),
                panel_count: 1,
                c: sums.as_mut_ptr().cast(),
                c_stride: width,
                accumulate: false,
            };
            let finish = FinishBlock {
                sums: sums.as_ptr().cast(),
                sums_stride: width,
                rows,
                width,
                header,
                row_scales: match input.scales {
                    [] => std::ptr::null(),
                    scales => scales[first_row..].as_ptr(),
                },
                activation,
                rounded: !matches!(weights.format(), Format::Float32 | Format::Bfloat16Pieces),
                residual: shared.residual(first_row, panel * width),
                residual_stride: shared.residual_stride,
                target: shared.target(first_row, panel * width),
            };
            // SAFETY: the kernels come from the registry, so this machine runs them; the assertions above give the
            // sizes, the sums have room for MOST_ROWS rows of the widest panel, and each task's block of the output
            // is its own.
            unsafe {
                gemm(&block);
                (kernels.finish)(&finish);
            }
        }
    });
}
