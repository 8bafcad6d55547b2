//! AVX2 with FMA: 8 lanes.

use core::arch::x86_64::*;

use super::registry::{InstructionSet, define_kernels};
use super::vector::Vector;

#[derive(Clone, Copy)]
struct Avx2Vector(__m256);

/// A mask with the first `count` lanes set: a window into eight set lanes followed by eight clear ones.
///
/// # Safety
///
/// AVX2 must be available and `count <= 8`.
#[inline(always)]
unsafe fn first_lanes(count: usize) -> __m256i {
    static WINDOW: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: 8 - count .. 16 - count lies within the window.
    unsafe { _mm256_loadu_si256(WINDOW.as_ptr().add(8 - count).cast()) }
}

// SAFETY of every block in this impl: the trait's contract promises that AVX2 and FMA are available and that the
// pointers are valid for the lanes touched.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Vector for Avx2Vector {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        Self(unsafe { _mm256_loadu_ps(source) })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        unsafe { _mm256_storeu_ps(target, self.0) }
    }

    #[inline(always)]
    unsafe fn load_partial(source: *const f32, count: usize) -> Self {
        Self(unsafe { _mm256_maskload_ps(source, first_lanes(count)) })
    }

    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, count: usize) {
        unsafe { _mm256_maskstore_ps(target, first_lanes(count), self.0) }
    }

    #[inline(always)]
    unsafe fn permute(self, pattern: *const u8) -> Self {
        unsafe {
            let lanes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(pattern.cast()));
            Self(_mm256_permutevar8x32_ps(self.0, lanes))
        }
    }

    #[inline(always)]
    unsafe fn load_in_turn(rows: [*const f32; 4]) -> Self {
        unsafe {
            let row = |index: usize| _mm256_loadu_ps(rows[index]);
            let low = _mm256_blend_ps::<0x22>(row(0), row(1));
            let high = _mm256_blend_ps::<0x88>(row(2), row(3));
            Self(_mm256_blend_ps::<0xcc>(low, high))
        }
    }

    #[inline(always)]
    unsafe fn load_by_fours(rows: [*const f32; 4]) -> Self {
        unsafe { Self(_mm256_blend_ps::<0xf0>(_mm256_loadu_ps(rows[0]), _mm256_loadu_ps(rows[1]))) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(unsafe { _mm256_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        Self(unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
    }

    #[inline(always)]
    unsafe fn copy_sign(self, sign: Self) -> Self {
        unsafe {
            let sign_bit = _mm256_set1_ps(-0.0);
            Self(_mm256_or_ps(_mm256_andnot_ps(sign_bit, self.0), _mm256_and_ps(sign_bit, sign.0)))
        }
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        Self(unsafe { _mm256_round_ps::<NEAREST>(self.0) })
    }

    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
            Self(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
        }
    }

    #[inline(always)]
    unsafe fn select_less(left: Self, right: Self, yes: Self, no: Self) -> Self {
        unsafe { Self(_mm256_blendv_ps(no.0, yes.0, _mm256_cmp_ps::<_CMP_LT_OQ>(left.0, right.0))) }
    }

    #[inline(always)]
    unsafe fn dot_int16(a: Self, b: Self, sum: Self) -> Self {
        unsafe {
            // Exact: two products of 8-bit numbers are far from the limits of 32 bits.
            let products = _mm256_madd_epi16(_mm256_castps_si256(a.0), _mm256_castps_si256(b.0));
            Self(_mm256_castsi256_ps(_mm256_add_epi32(products, _mm256_castps_si256(sum.0))))
        }
    }

    #[inline(always)]
    unsafe fn add_integers(self, other: Self) -> Self {
        unsafe {
            let sum = _mm256_add_epi32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0));
            Self(_mm256_castsi256_ps(sum))
        }
    }

    #[inline(always)]
    unsafe fn sub_integers(self, other: Self) -> Self {
        unsafe {
            let difference = _mm256_sub_epi32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0));
            Self(_mm256_castsi256_ps(difference))
        }
    }

    #[inline(always)]
    unsafe fn mul_integers(self, other: Self) -> Self {
        unsafe {
            let product = _mm256_mullo_epi32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0));
            Self(_mm256_castsi256_ps(product))
        }
    }

    #[inline(always)]
    unsafe fn integers_to_float(self) -> Self {
        Self(unsafe { _mm256_cvtepi32_ps(_mm256_castps_si256(self.0)) })
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        unsafe {
            let quarter = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let pair = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
            _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)))
        }
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        unsafe {
            let quarter = _mm_max_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let pair = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
            _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)))
        }
    }
}

define_kernels!(
    InstructionSet::Avx2,
    Avx2Vector,
    columns: 2,
    rows: 6,
    formats: [Float32, Int16],
    enable: ["avx2", "fma"]
);
