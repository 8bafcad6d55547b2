//! What one step of a matrix product is in each format.

use super::format::Format;
use super::vector::Vector;

/// Products of cells and their sums.
///
/// # Safety
///
/// As for [`Vector`].
pub(super) trait Product {
    const FORMAT: Format;
    /// Cells whose products one register adds up before the sum is added to C. In float32, two levels of short sums
    /// halve the rounding error of one long sum.
    const SUM_CELLS: usize;

    /// `sum + a·b`, cell by cell.
    unsafe fn multiply_add<V: Vector>(a: V, b: V, sum: V) -> V;
    /// The sum of two sums.
    unsafe fn add<V: Vector>(left: V, right: V) -> V;
}

macro_rules! define_product {
    ($(#[$document:meta])* $name:ident, $sum_cells:expr, $dot:ident, $add:ident) => {
        $(#[$document])*
        pub(super) struct $name;

        impl Product for $name {
            const FORMAT: Format = Format::$name;
            const SUM_CELLS: usize = $sum_cells;

            #[inline(always)]
            unsafe fn multiply_add<V: Vector>(a: V, b: V, sum: V) -> V {
                // SAFETY: the caller's promise.
                unsafe { V::$dot(a, b, sum) }
            }

            #[inline(always)]
            unsafe fn add<V: Vector>(left: V, right: V) -> V {
                // SAFETY: the caller's promise.
                unsafe { left.$add(right) }
            }
        }
    };
}

define_product!(
    /// Fused multiply-add.
    Float32,
    16,
    mul_add,
    add
);
define_product!(
    /// Dot products of two bfloat16, summed in float32.
    Bfloat16,
    super::gemm::DEPTH_BLOCK,
    dot_bfloat16,
    add
);
define_product!(
    /// Dot products of the pieces of float32, summed in float32. Only tiles of AMX are worth it.
    Bfloat16Pieces,
    super::gemm::DEPTH_BLOCK,
    dot_bfloat16,
    add
);
define_product!(
    /// Dot products of four unsigned by four signed bytes, exact.
    Int8,
    super::gemm::DEPTH_BLOCK,
    dot_int8,
    add_integers
);
define_product!(
    /// Dot products of two 16-bit integers that hold 8-bit numbers, exact.
    Int16,
    super::gemm::DEPTH_BLOCK,
    dot_int16,
    add_integers
);
