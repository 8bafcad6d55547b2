//! Plain Rust, for any machine. The compiler vectorises the lanes with what the target's baseline offers.

use super::registry::{InstructionSet, define_kernels};
use super::vector::Vector;

const LANES: usize = 8;

#[derive(Clone, Copy)]
#[repr(align(32))]
struct PortableVector([f32; LANES]);

macro_rules! lanes {
    ($lane:ident => $value:expr) => {{
        let mut result = [0f32; LANES];
        for $lane in 0..LANES {
            result[$lane] = $value;
        }
        PortableVector(result)
    }};
}

impl Vector for PortableVector {
    const LANES: usize = LANES;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: valid for LANES lanes by the trait's contract.
        Self(unsafe { source.cast::<[f32; LANES]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: valid for LANES lanes by the trait's contract.
        unsafe { target.cast::<[f32; LANES]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn load_partial(source: *const f32, count: usize) -> Self {
        let mut result = [0f32; LANES];
        for (lane, value) in result.iter_mut().enumerate().take(count) {
            // SAFETY: lane < count, valid by the trait's contract.
            *value = unsafe { *source.add(lane) };
        }
        Self(result)
    }

    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, count: usize) {
        for (lane, value) in self.0.iter().enumerate().take(count) {
            // SAFETY: lane < count, valid by the trait's contract.
            unsafe { *target.add(lane) = *value };
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        lanes!(lane => self.0[lane] + other.0[lane])
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        lanes!(lane => self.0[lane] - other.0[lane])
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        lanes!(lane => self.0[lane] * other.0[lane])
    }

    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        lanes!(lane => self.0[lane] / other.0[lane])
    }

    // f32::mul_add would be a call into the C library on a baseline without FMA.
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        lanes!(lane => self.0[lane] * factor.0[lane] + addend.0[lane])
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        lanes!(lane => if self.0[lane] > other.0[lane] { self.0[lane] } else { other.0[lane] })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        lanes!(lane => self.0[lane].abs())
    }

    #[inline(always)]
    unsafe fn copy_sign(self, sign: Self) -> Self {
        lanes!(lane => self.0[lane].copysign(sign.0[lane]))
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Adding 1.5 · 2^23 leaves no room for a fraction, so the addition itself rounds to nearest even.
        const SHIFT: f32 = 12_582_912.0;
        lanes!(lane => (self.0[lane] + SHIFT) - SHIFT)
    }

    // Scores that are not finite lead here with powers out of range; their result is NaN whatever this gives.
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        lanes!(lane => f32::from_bits(((self.0[lane] as i32).wrapping_add(127) as u32) << 23))
    }

    #[inline(always)]
    unsafe fn select_less(left: Self, right: Self, yes: Self, no: Self) -> Self {
        lanes!(lane => if left.0[lane] < right.0[lane] { yes.0[lane] } else { no.0[lane] })
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        self.0.iter().fold(f32::NEG_INFINITY, |largest, &value| if value > largest { value } else { largest })
    }
}

define_kernels!(InstructionSet::Portable, PortableVector, columns: 1, rows: 4, formats: [Float32, Int16], enable: []);
