//! AVX-512 (F, BW, DQ, VL): 16 lanes.

use core::arch::x86_64::*;
use core::mem::transmute;

use super::avx512_tile;
use super::gemm::Tile;
use super::product::Product;
use super::registry::{InstructionSet, define_kernels};
use super::vector::Vector;

/// A register; `BF16` says whether the processor converts to bfloat16 by itself.
#[derive(Clone, Copy)]
struct Avx512Vector<const BF16: bool>(__m512);

#[inline(always)]
fn first_lanes(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

// SAFETY of every block in this impl: the trait's contract promises that AVX-512 is available and that the pointers
// are valid for the lanes touched.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<const BF16: bool> Vector for Avx512Vector<BF16> {
    const LANES: usize = 16;

    #[inline(always)]
    fn rows_of_tile(rows: usize, _most: usize) -> usize {
        avx512_tile::rows_of_tile(rows)
    }

    #[inline(always)]
    unsafe fn multiply_tile<P: Product>(rows: usize, cells: usize, tile: &Tile) -> bool {
        unsafe { avx512_tile::multiply(P::FORMAT, rows, cells, tile) }
    }

    #[inline(always)]
    unsafe fn dot_bfloat16(a: Self, b: Self, sum: Self) -> Self {
        unsafe {
            let pairs = |cells| _mm512_castps_si512(cells);
            let (a, b) =
                (transmute::<__m512i, __m512bh>(pairs(a.0)), transmute::<__m512i, __m512bh>(pairs(b.0)));
            Self(_mm512_dpbf16_ps(sum.0, a, b))
        }
    }

    #[inline(always)]
    unsafe fn dot_int8(a: Self, b: Self, sum: Self) -> Self {
        unsafe {
            let bytes = |cells| _mm512_castps_si512(cells);
            Self(_mm512_castsi512_ps(_mm512_dpbusd_epi32(bytes(sum.0), bytes(a.0), bytes(b.0))))
        }
    }

    #[inline(always)]
    unsafe fn dot_int16(a: Self, b: Self, sum: Self) -> Self {
        unsafe {
            let products = _mm512_madd_epi16(_mm512_castps_si512(a.0), _mm512_castps_si512(b.0));
            Self(_mm512_castsi512_ps(_mm512_add_epi32(products, _mm512_castps_si512(sum.0))))
        }
    }

    #[inline(always)]
    unsafe fn add_integers(self, other: Self) -> Self {
        unsafe {
            let sum = _mm512_add_epi32(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0));
            Self(_mm512_castsi512_ps(sum))
        }
    }

    #[inline(always)]
    unsafe fn sub_integers(self, other: Self) -> Self {
        unsafe {
            let difference = _mm512_sub_epi32(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0));
            Self(_mm512_castsi512_ps(difference))
        }
    }

    #[inline(always)]
    unsafe fn mul_integers(self, other: Self) -> Self {
        unsafe {
            let product = _mm512_mullo_epi32(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0));
            Self(_mm512_castsi512_ps(product))
        }
    }

    #[inline(always)]
    unsafe fn integers_to_float(self) -> Self {
        Self(unsafe { _mm512_cvtepi32_ps(_mm512_castps_si512(self.0)) })
    }

    #[inline(always)]
    unsafe fn store_bfloat16(self, target: *mut u16) {
        if BF16 {
            unsafe {
                let halves = transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(self.0));
                _mm256_storeu_si256(target.cast(), halves);
            }
            return;
        }
        unsafe {
            let bits = _mm512_castps_si512(self.0);
            let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
            let rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
            // Rounding up a NaN could make it an infinity: NaNs only get their quiet bit.
            let not_a_number = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
            let quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x0040_0000));
            let rounded = _mm512_mask_mov_epi32(rounded, not_a_number, quiet);
            let halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(rounded));
            _mm256_storeu_si256(target.cast(), halves);
        }
    }

    #[inline(always)]
    unsafe fn load_bfloat16(source: *const u16) -> Self {
        unsafe {
            let halves = _mm512_cvtepu16_epi32(_mm256_loadu_si256(source.cast()));
            Self(_mm512_castsi512_ps(_mm512_slli_epi32::<16>(halves)))
        }
    }

    #[inline(always)]
    unsafe fn store_bytes(self, target: *mut u8) {
        unsafe { _mm_storeu_si128(target.cast(), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(self.0))) }
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
    unsafe fn permute(self, pattern: *const u8) -> Self {
        unsafe {
            let lanes = _mm512_cvtepu8_epi32(_mm_loadu_si128(pattern.cast()));
            Self(_mm512_permutexvar_ps(lanes, self.0))
        }
    }

    #[inline(always)]
    unsafe fn load_in_turn(rows: [*const f32; 4]) -> Self {
        unsafe {
            let lanes = _mm512_loadu_ps(rows[0]);
            let lanes = _mm512_mask_loadu_ps(lanes, 0x2222, rows[1]);
            let lanes = _mm512_mask_loadu_ps(lanes, 0x4444, rows[2]);
            Self(_mm512_mask_loadu_ps(lanes, 0x8888, rows[3]))
        }
    }

    #[inline(always)]
    unsafe fn load_by_fours(rows: [*const f32; 4]) -> Self {
        unsafe {
            let lanes = _mm512_loadu_ps(rows[0]);
            let lanes = _mm512_mask_loadu_ps(lanes, 0x00f0, rows[1]);
            let lanes = _mm512_mask_loadu_ps(lanes, 0x0f00, rows[2]);
            Self(_mm512_mask_loadu_ps(lanes, 0xf000, rows[3]))
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
    unsafe fn scale_by_power(self, power: Self) -> Self {
        // Subnormal results are rounded to zero as everywhere: the next step would be slow.
        unsafe {
            let normal = _mm512_cmp_ps_mask::<_CMP_NLT_UQ>(power.0, _mm512_set1_ps(-126.0));
            Self(_mm512_maskz_scalef_ps(normal, self.0, power.0))
        }
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

/// AVX-512 as the first processors had it.
pub(super) mod base {
    super::define_kernels!(
        super::InstructionSet::Avx512,
        super::Avx512Vector<false>,
        columns: 2,
        rows: 12,
        formats: [Float32, Int16],
        enable: ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma"]
    );
}

/// With dot products of bytes.
pub(super) mod vnni {
    super::define_kernels!(
        super::InstructionSet::Avx512Vnni,
        super::Avx512Vector<false>,
        columns: 2,
        rows: 12,
        formats: [Float32, Int8, Int16],
        enable: ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni", "avx2", "fma"]
    );
}

/// With dot products of bytes and of bfloat16.
pub(super) mod bf16 {
    super::define_kernels!(
        super::InstructionSet::Avx512Bf16,
        super::Avx512Vector<true>,
        columns: 2,
        rows: 12,
        formats: [Float32, Bfloat16, Int8, Int16],
        enable: ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni", "avx512bf16", "avx2", "fma"]
    );
}
