//! Exponential and activation functions on a register of lanes.
//!
//! Largest errors, measured over all magnitudes by the tests in `super::tests`: each activation
//! 2.4e-7·max(1, |y|) absolute.

use super::vector::Vector;

/// Evaluates a polynomial whose coefficients are given from the highest power down.
#[inline(always)]
unsafe fn polynomial<V: Vector, const N: usize>(variable: V, coefficients: [f32; N]) -> V {
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        let mut value = V::splat(coefficients[0]);
        for coefficient in &coefficients[1..] {
            value = value.mul_add(variable, V::splat(*coefficient));
        }
        value
    }
}

/// e^x for x <= 88; zero below -87.4, where the result would be subnormal.
#[inline(always)]
pub(super) unsafe fn exp<V: Vector>(x: V) -> V {
    const SMALLEST: f32 = -104.0;
    // ln 2 in two parts, the first with trailing zeros so that its product with an integer is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        let clamped = V::splat(SMALLEST).max(x);
        let power = clamped.mul(V::splat(std::f32::consts::LOG2_E)).round();
        let remainder = power.mul_add(V::splat(-LN_2_HIGH), clamped);
        let remainder = power.mul_add(V::splat(-LN_2_LOW), remainder);
        // e^r = 1 + r + r²·p(r) on |r| <= ln(2)/2 (Cephes expf).
        let tail = polynomial(
            remainder,
            [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.000_000_3e-1],
        );
        let fraction = tail.mul_add(remainder.mul(remainder), remainder).add(V::splat(1.0));
        fraction.scale_by_power(power)
    }
}

/// 2^x for -250 <= x <= 127 with a relative error of 7.5e-5.
#[inline(always)]
pub(super) unsafe fn exp_2_rounded<V: Vector>(x: V) -> V {
    const FRACTION: [f32; 4] = [0.055_171_6, 0.242_611_12, 0.693_261, 0.999_928_1];
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        let power = x.round();
        polynomial(x.sub(power), FRACTION).scale_by_power(power)
    }
}

/// GELU with an absolute error of 2e-4, for results that are rounded to bfloat16 or 8 bits: x·Φ(x), where Φ is a
/// polynomial up to 4 and 0 or 1 beyond.
#[inline(always)]
unsafe fn gelu_rounded<V: Vector>(x: V) -> V {
    const LIMIT: f32 = 4.0;
    const CENTRED: [f32; 7] = [
        2.261_493_7e-8,
        -1.590_176_5e-6,
        4.779_026_5e-5,
        -0.000_812_438_14,
        0.008_764_878,
        -0.064_556_94,
        0.397_872_03,
    ];
    // SAFETY: the caller's promise that V's instruction set is available. A NaN stays one in every step.
    unsafe {
        let bounded = V::splat(-LIMIT).max(x);
        let bounded = V::select_less(V::splat(LIMIT), bounded, V::splat(LIMIT), bounded);
        let centred = polynomial(bounded.mul(bounded), CENTRED);
        let probability = V::splat(0.0).max(centred.mul_add(bounded, V::splat(0.5)));
        let one = V::splat(1.0);
        x.mul(V::select_less(one, probability, one, probability))
    }
}

/// x·Φ(x) with the exact error function, as max(x, 0) − |x|·Q(|x|), where Q(t) = erfc(t/√2)/2 is the upper tail.
/// Computing the small tail itself avoids the cancellation in 1 + erf(x/√2) for negative x.
#[inline(always)]
unsafe fn gelu<V: Vector>(x: V) -> V {
    // Q(t)·e^(t²/2) as a polynomial in 1/(1 + 0.3·t), fitted for relative error 5.8e-8 on [0, 14].
    const TAIL: [f32; 9] = [
        0.038_378_347,
        -0.169_166_39,
        0.228_660_61,
        -0.076_507_04,
        0.142_535_88,
        0.094_683_39,
        0.121_920_38,
        0.119_487_89,
        7.169_071e-6,
    ];
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        let magnitude = x.abs();
        let one = V::splat(1.0);
        let inverse = one.div(magnitude.mul_add(V::splat(0.3), one));
        let gaussian = exp(magnitude.mul(magnitude).mul(V::splat(-0.5)));
        let tail = polynomial(inverse, TAIL).mul(gaussian);
        let positive = x.max(V::splat(0.0));
        let value = positive.sub(magnitude.mul(tail));
        // An infinite x would give infinity times zero; a NaN must stay one.
        V::select_less(
            magnitude,
            V::splat(14.0),
            value,
            V::select_less(V::splat(0.0), x, x, x.mul(V::splat(0.0))),
        )
    }
}

#[inline(always)]
unsafe fn tanh<V: Vector>(x: V) -> V {
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        let magnitude = x.abs();
        let square = x.mul(x);
        // Near zero 1 − 2/(e^2x + 1) would cancel (Cephes tanhf).
        let small =
            polynomial(square, [-0.005_704_988_7, 0.020_639_088, -0.053_739_715, 0.133_314_42, -0.333_332_8])
                .mul(square)
                .mul_add(x, x);
        let limit = V::splat(9.1);
        let bounded = V::select_less(limit, magnitude, limit, magnitude);
        let one = V::splat(1.0);
        let doubled = exp(bounded.add(bounded));
        let large = one.sub(V::splat(2.0).div(doubled.add(one))).copy_sign(x);
        V::select_less(magnitude, V::splat(0.625), small, large)
    }
}

#[inline(always)]
unsafe fn sigmoid<V: Vector>(x: V) -> V {
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        // e^-|x| never overflows: 1/(1 + e^-x) for x >= 0 and e^x/(1 + e^x) below.
        let one = V::splat(1.0);
        let zero = V::splat(0.0);
        let decayed = exp(zero.sub(x.abs()));
        V::select_less(x, zero, decayed, one).div(one.add(decayed))
    }
}

/// The GELU approximation by tanh: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
#[inline(always)]
unsafe fn gelu_tanh<V: Vector>(x: V) -> V {
    const SQRT_2_OVER_PI: f32 = 0.797_884_6;
    // SAFETY: the caller's promise that V's instruction set is available.
    unsafe {
        let cubic = x.mul(x).mul(V::splat(0.044_715)).mul_add(x, x);
        let half = x.mul(V::splat(0.5));
        tanh(cubic.mul(V::splat(SQRT_2_OVER_PI))).mul_add(half, half)
    }
}

#[inline(always)]
unsafe fn relu<V: Vector>(x: V) -> V {
    // SAFETY: the caller's promise. Written so that a NaN stays one.
    unsafe { V::select_less(x, V::splat(0.0), V::splat(0.0), x) }
}

#[inline(always)]
unsafe fn silu<V: Vector>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { x.mul(sigmoid(x)) }
}

#[inline(always)]
unsafe fn identity<V: Vector>(x: V) -> V {
    x
}

/// A function of one register, as a type.
pub(super) trait Function {
    /// # Safety
    ///
    /// V's instruction set is available.
    unsafe fn apply<V: Vector>(x: V) -> V;
}

/// Calls `$body` with the type `$function` of an activation.
macro_rules! with_activation {
    ($activation:expr, $function:ident => $body:expr) => {
        match $activation {
            $crate::config::Activation::Gelu => {
                $crate::linalg::kernels::elementwise::with!(Gelu, $function, $body)
            }
            $crate::config::Activation::GeluTanh => {
                $crate::linalg::kernels::elementwise::with!(GeluTanh, $function, $body)
            }
            $crate::config::Activation::Relu => {
                $crate::linalg::kernels::elementwise::with!(Relu, $function, $body)
            }
            $crate::config::Activation::Silu => {
                $crate::linalg::kernels::elementwise::with!(Silu, $function, $body)
            }
            $crate::config::Activation::Tanh => {
                $crate::linalg::kernels::elementwise::with!(Tanh, $function, $body)
            }
            $crate::config::Activation::Sigmoid => {
                $crate::linalg::kernels::elementwise::with!(Sigmoid, $function, $body)
            }
            $crate::config::Activation::Identity => {
                $crate::linalg::kernels::elementwise::with!(Identity, $function, $body)
            }
        }
    };
}
/// [`with_activation`] for results that are rounded to bfloat16 or 8 bits.
macro_rules! with_rounded_activation {
    ($activation:expr, $function:ident => $body:expr) => {
        match $activation {
            $crate::config::Activation::Gelu => $crate::linalg::kernels::elementwise::with!(GeluRounded, $function, $body),
            activation => $crate::linalg::kernels::elementwise::with_activation!(activation, $function => $body),
        }
    };
}
macro_rules! with {
    ($name:ident, $function:ident, $body:expr) => {{
        type $function = $crate::linalg::kernels::elementwise::$name;
        $body
    }};
}
pub(super) use {with, with_activation, with_rounded_activation};

macro_rules! define_functions {
    ($($name:ident $function:ident)+) => {
        $(
            pub(super) struct $name;

            impl Function for $name {
                #[inline(always)]
                unsafe fn apply<V: Vector>(x: V) -> V {
                    // SAFETY: the caller's promise.
                    unsafe { $function(x) }
                }
            }
        )+
    };
}
define_functions!(Gelu gelu GeluRounded gelu_rounded GeluTanh gelu_tanh Relu relu Silu silu Tanh tanh Sigmoid sigmoid Identity identity);

/// Applies the activation to `length` values in place.
///
/// # Safety
///
/// V's instruction set is available and `values` is valid for `length` values.
#[cfg(any(test, feature = "benchmark"))]
#[inline(always)]
pub(super) unsafe fn activate<V: Vector>(
    activation: crate::config::Activation,
    values: *mut f32,
    length: usize,
) {
    with_activation!(activation, F => {
        let mut position = 0;
        while position < length {
            let count = V::LANES.min(length - position);
            // SAFETY: the caller's promise.
            unsafe {
                let target = values.add(position);
                F::apply(V::load_first(target, count)).store_first(target, count);
            }
            position += V::LANES;
        }
    });
}
