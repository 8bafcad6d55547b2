//! NEON (AArch64 baseline): 4 lanes.

use core::arch::aarch64::*;
use core::arch::asm;

use super::registry::{InstructionSet, define_kernels};
use super::vector::Vector;

#[derive(Clone, Copy)]
struct NeonVector(float32x4_t);

// SAFETY of every block in this impl: NEON is part of every AArch64 target, and the trait's contract promises that
// the pointers are valid for the lanes touched.
#[allow(clippy::undocumented_unsafe_blocks, unused_unsafe)]
impl Vector for NeonVector {
    const LANES: usize = 4;
    /// The dot product takes signed bytes on both sides.
    const INT8_OFFSET: u8 = 128;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(unsafe { vdupq_n_f32(value) })
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        Self(unsafe { vld1q_f32(source) })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        unsafe { vst1q_f32(target, self.0) }
    }

    #[inline(always)]
    unsafe fn load_partial(source: *const f32, count: usize) -> Self {
        let mut lanes = [0f32; 4];
        unsafe {
            core::ptr::copy_nonoverlapping(source, lanes.as_mut_ptr(), count);
            Self::load(lanes.as_ptr())
        }
    }

    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, count: usize) {
        let mut lanes = [0f32; 4];
        unsafe {
            self.store(lanes.as_mut_ptr());
            core::ptr::copy_nonoverlapping(lanes.as_ptr(), target, count);
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(unsafe { vsubq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(unsafe { vmulq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(unsafe { vdivq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(unsafe { vfmaq_f32(addend.0, self.0, factor.0) })
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(unsafe { vbslq_f32(vcgtq_f32(self.0, other.0), self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        Self(unsafe { vabsq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn copy_sign(self, sign: Self) -> Self {
        Self(unsafe { vbslq_f32(vdupq_n_u32(0x8000_0000), sign.0, self.0) })
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(unsafe { vrndnq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        unsafe {
            let exponent = vaddq_s32(vcvtnq_s32_f32(self.0), vdupq_n_s32(127));
            Self(vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent)))
        }
    }

    #[inline(always)]
    unsafe fn select_less(left: Self, right: Self, yes: Self, no: Self) -> Self {
        Self(unsafe { vbslq_f32(vcltq_f32(left.0, right.0), yes.0, no.0) })
    }

    #[inline(always)]
    unsafe fn dot_bfloat16(a: Self, b: Self, sum: Self) -> Self {
        let mut result = sum.0;
        // In assembly: the intrinsics of these extensions are not stable yet.
        unsafe {
            asm!(
                ".arch_extension bf16",
                "bfdot {sum:v}.4s, {a:v}.8h, {b:v}.8h",
                sum = inout(vreg) result, a = in(vreg) a.0, b = in(vreg) b.0,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        Self(result)
    }

    #[inline(always)]
    unsafe fn dot_int8(a: Self, b: Self, sum: Self) -> Self {
        let mut result = sum.0;
        unsafe {
            asm!(
                ".arch_extension dotprod",
                "sdot {sum:v}.4s, {a:v}.16b, {b:v}.16b",
                sum = inout(vreg) result, a = in(vreg) a.0, b = in(vreg) b.0,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        Self(result)
    }

    #[inline(always)]
    unsafe fn dot_int16(a: Self, b: Self, sum: Self) -> Self {
        unsafe {
            let (a, b) = (vreinterpretq_s16_f32(a.0), vreinterpretq_s16_f32(b.0));
            let low = vmull_s16(vget_low_s16(a), vget_low_s16(b));
            let high = vmull_high_s16(a, b);
            let products = vpaddq_s32(low, high);
            Self(vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(sum.0), products)))
        }
    }

    #[inline(always)]
    unsafe fn add_integers(self, other: Self) -> Self {
        unsafe {
            let sum = vaddq_s32(vreinterpretq_s32_f32(self.0), vreinterpretq_s32_f32(other.0));
            Self(vreinterpretq_f32_s32(sum))
        }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        unsafe { vaddvq_f32(self.0) }
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        unsafe { vmaxvq_f32(self.0) }
    }
}

/// What every AArch64 processor has.
pub(super) mod base {
    super::define_kernels!(
        super::InstructionSet::Neon,
        super::NeonVector,
        columns: 4,
        rows: 6,
        formats: [Float32, Int16],
        enable: ["neon"]
    );
}

/// With dot products of bytes.
pub(super) mod dotprod {
    super::define_kernels!(
        super::InstructionSet::NeonDotprod,
        super::NeonVector,
        columns: 4,
        rows: 6,
        formats: [Float32, Int8, Int16],
        enable: ["neon"]
    );
}

/// With dot products of bytes and of bfloat16.
pub(super) mod bf16 {
    super::define_kernels!(
        super::InstructionSet::NeonBf16,
        super::NeonVector,
        columns: 4,
        rows: 6,
        formats: [Float32, Bfloat16, Int8, Int16],
        enable: ["neon"]
    );
}
