//! What an instruction set gives the kernels: one register of float32 lanes and the operations on it.
//!
//! Every kernel is written once against [`Vector`]; the file of each instruction set supplies the type and
//! compiles the kernels with that instruction set enabled.

use super::gemm::Tile;

/// One SIMD register of float32.
///
/// # Safety
///
/// All functions may only be called where the instruction set of the implementing type is available. Pointers must
/// be valid for the lanes that the function touches; none needs more than 4-byte alignment.
pub(super) trait Vector: Copy {
    const LANES: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(source: *const f32) -> Self;
    unsafe fn store(self, target: *mut f32);
    /// Loads the first `count < LANES` lanes; the others are zero.
    unsafe fn load_partial(source: *const f32, count: usize) -> Self;
    /// Stores the first `count < LANES` lanes.
    unsafe fn store_partial(self, target: *mut f32, count: usize);
    /// `base[indices[lane] + lane · lane_step]`; only the sum has to lie within the allocation.
    unsafe fn gather(base: *const f32, indices: *const i32, lane_step: i32) -> Self;

    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// `self · factor + addend`; rounded once wherever the hardware can.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn abs(self) -> Self;
    /// `self` with the sign of `sign`.
    unsafe fn copy_sign(self, sign: Self) -> Self;
    /// To the nearest integer, ties to even, for |self| < 2^22.
    unsafe fn round(self) -> Self;
    /// 2^self for integral self in [-126, 127].
    unsafe fn power_of_two(self) -> Self;
    /// Lane by lane: `left < right ? yes : no`.
    unsafe fn select_less(left: Self, right: Self, yes: Self, no: Self) -> Self;
    /// The sum of all lanes, always added in the same order.
    unsafe fn sum(self) -> f32;
    /// The largest lane.
    unsafe fn largest(self) -> f32;

    /// Rows of the tile to multiply next where `rows` are left and tiles have `most` rows.
    #[inline(always)]
    fn rows_of_tile(rows: usize, most: usize) -> usize {
        rows.min(most)
    }

    /// Multiplies whole blocks of [`super::gemm::SUM_BLOCK`] values of k of a tile with code of its own, exactly as
    /// the tile of [`super::gemm`] would, and returns how many; zero where there is no such code.
    #[inline(always)]
    unsafe fn multiply_blocks(_rows: usize, _depth: usize, _tile: &Tile) -> usize {
        0
    }

    /// Loads `count <= LANES` lanes.
    #[inline(always)]
    unsafe fn load_first(source: *const f32, count: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { if count < Self::LANES { Self::load_partial(source, count) } else { Self::load(source) } }
    }

    /// Stores `count <= LANES` lanes.
    #[inline(always)]
    unsafe fn store_first(self, target: *mut f32, count: usize) {
        // SAFETY: the caller's promise.
        unsafe { if count < Self::LANES { self.store_partial(target, count) } else { self.store(target) } }
    }
}
