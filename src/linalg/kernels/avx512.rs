//! AVX-512 (F, BW, DQ, VL): 16 lanes.

use core::arch::x86_64::*;

use super::avx512_tile;
use super::gemm::{SUM_BLOCK, Tile};
use super::registry::{InstructionSet, define_kernels};
use super::vector::Vector;

#[derive(Clone, Copy)]
struct Avx512Vector(__m512);

#[inline(always)]
fn first_lanes(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

// SAFETY of every block in this impl: the trait's contract promises that AVX-512 is available and that the pointers
// are valid for the lanes touched.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Vector for Avx512Vector {
    const LANES: usize = 16;

    #[inline(always)]
    fn rows_of_tile(rows: usize, _most: usize) -> usize {
        avx512_tile::rows_of_tile(rows)
    }

    #[inline(always)]
    unsafe fn multiply_blocks(rows: usize, depth: usize, tile: &Tile) -> usize {
        let blocks = depth / SUM_BLOCK;
        let multiplied = unsafe { avx512_tile::multiply(rows, blocks, tile) };
        if multiplied { blocks * SUM_BLOCK } else { 0 }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        Self(unsafe { _mm512_loadu_ps(source) })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        unsafe { _mm512_storeu_ps(target, self.0) }
    }

    #[inline(always)]
    unsafe fn load_partial(source: *const f32, count: usize) -> Self {
        Self(unsafe { _mm512_maskz_loadu_ps(first_lanes(count), source) })
    }

    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, count: usize) {
        unsafe { _mm512_mask_storeu_ps(target, first_lanes(count), self.0) }
    }

    #[inline(always)]
    unsafe fn gather(base: *const f32, indices: *const i32, lane_step: i32) -> Self {
        unsafe {
            let lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            let steps = _mm512_mullo_epi32(lane, _mm512_set1_epi32(lane_step));
            let offsets = _mm512_add_epi32(_mm512_loadu_si512(indices.cast()), steps);
            Self(_mm512_i32gather_ps::<4>(offsets, base))
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        Self(unsafe { _mm512_abs_ps(self.0) })
    }

    #[inline(always)]
    unsafe fn copy_sign(self, sign: Self) -> Self {
        unsafe {
            let sign_bit = _mm512_set1_ps(-0.0);
            Self(_mm512_or_ps(_mm512_andnot_ps(sign_bit, self.0), _mm512_and_ps(sign_bit, sign.0)))
        }
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        Self(unsafe { _mm512_roundscale_ps::<NEAREST>(self.0) })
    }

    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        unsafe {
            let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(self.0), _mm512_set1_epi32(127));
            Self(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent)))
        }
    }

    #[inline(always)]
    unsafe fn select_less(left: Self, right: Self, yes: Self, no: Self) -> Self {
        unsafe {
            let less = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(left.0, right.0);
            Self(_mm512_mask_blend_ps(less, no.0, yes.0))
        }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        unsafe { _mm512_reduce_add_ps(self.0) }
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        unsafe { _mm512_reduce_max_ps(self.0) }
    }
}

define_kernels!(
    InstructionSet::Avx512,
    Avx512Vector,
    columns: 2,
    rows: 12,
    enable: ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma"]
);
