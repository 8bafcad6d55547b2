//! What an instruction set gives the kernels: one register of float32 lanes and the operations on it.
//!
//! Every kernel is written once against [`Vector`]; the file of each instruction set supplies the type and
//! compiles the kernels with that instruction set enabled.

use super::gemm::Tile;
use super::product::Product;

/// The most lanes that a register has.
pub(super) const MOST_LANES: usize = 16;

/// One SIMD register of float32.
///
/// # Safety
///
/// All functions may only be called where the instruction set of the implementing type is available. Pointers must
/// be valid for the lanes that the function touches; none needs more than 4-byte alignment.
pub(super) trait Vector: Copy {
    const LANES: usize;
    /// What is subtracted from an activation's byte before it is stored, for machines whose dot product of bytes takes
    /// signed activations. The zero point moves with it.
    const INT8_OFFSET: u8 = 0;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(source: *const f32) -> Self;
    unsafe fn store(self, target: *mut f32);
    /// Loads the first `count < LANES` lanes; the others are zero.
    unsafe fn load_partial(source: *const f32, count: usize) -> Self;
    /// Stores the first `count < LANES` lanes.
    unsafe fn store_partial(self, target: *mut f32, count: usize);
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
    /// `self · 2^power` for self in [0.5, 2] and integral power in [-252, 127]; zero where that would be subnormal.
    #[inline(always)]
    unsafe fn scale_by_power(self, power: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let smallest = Self::splat(-126.0);
            let scaled = self.mul(smallest.max(power).power_of_two());
            Self::select_less(power, smallest, Self::splat(0.0), scaled)
        }
    }
    /// Lane by lane: `left < right ? yes : no`.
    unsafe fn select_less(left: Self, right: Self, yes: Self, no: Self) -> Self;
    /// The sum of all lanes, always added in the same order.
    unsafe fn sum(self) -> f32;
    /// The largest lane.
    unsafe fn largest(self) -> f32;

    /// Lane l is lane `pattern[l]` of `self`; there are LANES of them.
    #[inline(always)]
    unsafe fn permute(self, pattern: *const u8) -> Self {
        let mut lanes = [0f32; MOST_LANES];
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe {
            self.store(lanes.as_mut_ptr());
            let mut result = [0f32; MOST_LANES];
            for (lane, value) in result[..Self::LANES].iter_mut().enumerate() {
                *value = lanes[usize::from(*pattern.add(lane)) % Self::LANES];
            }
            Self::load(result.as_ptr())
        }
    }

    /// Lane l is lane l of row l mod 4; every row has LANES readable lanes.
    #[inline(always)]
    unsafe fn load_in_turn(rows: [*const f32; 4]) -> Self {
        let mut lanes = [0f32; MOST_LANES];
        for (lane, value) in lanes[..Self::LANES].iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *value = unsafe { *rows[lane % 4].add(lane) };
        }
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    /// Lane l is lane l of row l / 4; every row in use has LANES readable lanes.
    #[inline(always)]
    unsafe fn load_by_fours(rows: [*const f32; 4]) -> Self {
        let mut lanes = [0f32; MOST_LANES];
        for (lane, value) in lanes[..Self::LANES].iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *value = unsafe { *rows[lane / 4].add(lane) };
        }
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    /// Two bfloat16 products a lane, added to `sum`; lanes of `a` and `b` are pairs of bfloat16.
    #[inline(always)]
    unsafe fn dot_bfloat16(a: Self, b: Self, sum: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            lane_by_lane(a, b, sum, |a, b, sum| {
                let high = |pair: u32| f32::from_bits(pair & 0xffff_0000);
                let low = |pair: u32| f32::from_bits(pair << 16);
                let sum = low(a).mul_add(low(b), f32::from_bits(sum));
                high(a).mul_add(high(b), sum).to_bits()
            })
        }
    }

    /// Four products of a byte of `a`, unsigned less INT8_OFFSET, and a signed byte of `b` a lane, added to the
    /// integers of `sum`.
    #[inline(always)]
    unsafe fn dot_int8(a: Self, b: Self, sum: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            lane_by_lane(a, b, sum, |a, b, sum| {
                let products = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
                let products = products.map(|(a, b)| i32::from(a) * i32::from(b.cast_signed()));
                sum.wrapping_add(products.sum::<i32>().cast_unsigned())
            })
        }
    }

    /// Two products of 16-bit integers a lane, added to the integers of `sum`.
    #[inline(always)]
    unsafe fn dot_int16(a: Self, b: Self, sum: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            lane_by_lane(a, b, sum, |a, b, sum| {
                let product = |a: u32, b: u32| i32::from(a as i16) * i32::from(b as i16);
                let products = product(a, b).wrapping_add(product(a >> 16, b >> 16));
                sum.wrapping_add(products.cast_unsigned())
            })
        }
    }

    /// The sum of 32-bit integers.
    #[inline(always)]
    unsafe fn add_integers(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { lane_by_lane(self, other, self, |left, right, _| left.wrapping_add(right)) }
    }

    /// The difference of 32-bit integers.
    #[inline(always)]
    unsafe fn sub_integers(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { lane_by_lane(self, other, self, |left, right, _| left.wrapping_sub(right)) }
    }

    /// The product of 32-bit integers.
    #[inline(always)]
    unsafe fn mul_integers(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { lane_by_lane(self, other, self, |left, right, _| left.wrapping_mul(right)) }
    }

    /// 32-bit integers as float32, to nearest.
    #[inline(always)]
    unsafe fn integers_to_float(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { lane_by_lane(self, self, self, |value, _, _| (value.cast_signed() as f32).to_bits()) }
    }

    /// Stores all lanes as bfloat16, rounded to nearest and ties to even.
    #[inline(always)]
    unsafe fn store_bfloat16(self, target: *mut u16) {
        let mut lanes = [0f32; MOST_LANES];
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe {
            self.store(lanes.as_mut_ptr());
            for (index, lane) in lanes[..Self::LANES].iter().enumerate() {
                *target.add(index) = half::bf16::from_f32(*lane).to_bits();
            }
        }
    }

    /// Loads as many bfloat16 as there are lanes.
    #[inline(always)]
    unsafe fn load_bfloat16(source: *const u16) -> Self {
        let mut lanes = [0f32; MOST_LANES];
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe {
            for (index, lane) in lanes[..Self::LANES].iter_mut().enumerate() {
                *lane = f32::from_bits(u32::from(*source.add(index)) << 16);
            }
            Self::load(lanes.as_ptr())
        }
    }

    /// Stores all lanes, integral and between 0 and 255, as bytes less INT8_OFFSET.
    #[inline(always)]
    unsafe fn store_bytes(self, target: *mut u8) {
        let mut lanes = [0f32; MOST_LANES];
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe {
            self.store(lanes.as_mut_ptr());
            for (index, lane) in lanes[..Self::LANES].iter().enumerate() {
                *target.add(index) = (*lane as u8).wrapping_sub(Self::INT8_OFFSET);
            }
        }
    }

    /// Rows of the tile to multiply next where `rows` are left and tiles have `most` rows.
    #[inline(always)]
    fn rows_of_tile(rows: usize, most: usize) -> usize {
        rows.min(most)
    }

    /// Multiplies one block of cells of a tile with code of its own, exactly as the tile of [`super::gemm`] would;
    /// false where there is no such code.
    #[inline(always)]
    unsafe fn multiply_tile<P: Product>(_rows: usize, _cells: usize, _tile: &Tile) -> bool {
        false
    }

    /// Loads `count <= LANES` lanes.
    #[inline(always)]
    unsafe fn load_first(source: *const f32, count: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { if count < Self::LANES { Self::load_partial(source, count) } else { Self::load(source) } }
    }

    /// [`Self::store_bfloat16`] of the first `count <= LANES` lanes.
    #[inline(always)]
    unsafe fn store_first_bfloat16(self, target: *mut u16, count: usize) {
        // SAFETY: the caller's promise; no register has more than MOST_LANES lanes.
        unsafe {
            if count == Self::LANES {
                self.store_bfloat16(target);
            } else {
                let mut lanes = [0u16; MOST_LANES];
                self.store_bfloat16(lanes.as_mut_ptr());
                target.copy_from_nonoverlapping(lanes.as_ptr(), count);
            }
        }
    }

    /// Stores `count <= LANES` lanes.
    #[inline(always)]
    unsafe fn store_first(self, target: *mut f32, count: usize) {
        // SAFETY: the caller's promise.
        unsafe { if count < Self::LANES { self.store_partial(target, count) } else { self.store(target) } }
    }
}

/// Applies a function to the bits of each lane.
#[inline(always)]
unsafe fn lane_by_lane<V: Vector>(a: V, b: V, c: V, function: impl Fn(u32, u32, u32) -> u32) -> V {
    let mut lanes = [[0f32; MOST_LANES]; 3];
    // SAFETY: the caller's promise that V's instruction set is available; no register has more lanes.
    unsafe {
        for (lanes, register) in lanes.iter_mut().zip([a, b, c]) {
            register.store(lanes.as_mut_ptr());
        }
        let [a, b, c] = lanes.map(|lanes| lanes.map(f32::to_bits));
        let mut result = [0f32; MOST_LANES];
        for lane in 0..V::LANES {
            result[lane] = f32::from_bits(function(a[lane], b[lane], c[lane]));
        }
        V::load(result.as_ptr())
    }
}
