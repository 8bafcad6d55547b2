//! Activations and exponentials over all magnitudes.

use super::kernels_under_test;
use crate::config::Activation;
use crate::linalg::kernels::attention::Scale;
use crate::linalg::kernels::finish::{FinishBlock, Target};
use crate::linalg::kernels::softmax::SoftmaxBlock;
use crate::linalg::kernels::vector::MOST_LANES;
use crate::linalg::kernels::{Format, Kernels};

/// erf by its series below 3 and its continued fraction above: good to about 1e-15.
fn erf(x: f64) -> f64 {
    let t = x.abs();
    let value = if t < 3.0 {
        let mut term = t;
        let mut sum = t;
        for n in 1..200 {
            term *= -t * t / n as f64;
            sum += term / (2 * n + 1) as f64;
        }
        2.0 / std::f64::consts::PI.sqrt() * sum
    } else {
        let mut fraction = t;
        for n in (1..200).rev() {
            fraction = t + n as f64 / 2.0 / fraction;
        }
        1.0 - (-t * t).exp() / (fraction * std::f64::consts::PI.sqrt())
    };
    value.copysign(x)
}

fn reference(activation: Activation, x: f64) -> f64 {
    match activation {
        // x·erfc would cancel for negative x in float64 too, but only below 1e-15.
        Activation::Gelu => 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2)),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Activation::Relu => x.max(0.0),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Identity => x,
    }
}

const ACTIVATIONS: [Activation; 7] = [
    Activation::Gelu,
    Activation::GeluTanh,
    Activation::Relu,
    Activation::Silu,
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Identity,
];

#[test]
fn activations_stay_within_their_stated_error() {
    let mut inputs: Vec<f32> = (-60_000..=60_000).map(|step| step as f32 / 4000.0).collect();
    inputs.extend((0..4000).map(|step| 10f32.powf(step as f32 / 100.0 - 38.0)));
    inputs.extend(inputs.clone().iter().map(|x| -x));
    for kernels in kernels_under_test() {
        for activation in ACTIVATIONS {
            let mut outputs = inputs.clone();
            kernels.activate(activation, &mut outputs);
            let mut largest = 0f64;
            for (x, y) in inputs.iter().zip(&outputs) {
                let expected = reference(activation, f64::from(*x));
                // Where x is huge, only its finite results count; float32 overflows to them or to x.
                let error = (f64::from(*y) - expected).abs() / expected.abs().max(1.0);
                assert!(
                    error <= 2.4e-7,
                    "{kernels:?} {activation:?}({x}) = {y}, not {expected}: error {error}"
                );
                largest = largest.max(error);
            }
            println!("{kernels:?} {activation:?}: largest error {largest:.2e}·max(1, |y|)");
        }
    }
}

#[test]
fn activations_of_special_values() {
    for kernels in kernels_under_test() {
        for activation in ACTIVATIONS {
            let at = |x: f32| {
                let mut values = [x; 3];
                kernels.activate(activation, &mut values);
                assert!(values.iter().all(|value| value.to_bits() == values[0].to_bits() || value.is_nan()));
                values[0]
            };
            assert!(at(f32::NAN).is_nan(), "{kernels:?} {activation:?}(NaN)");
            let bounded = matches!(activation, Activation::Tanh | Activation::Sigmoid);
            let top = if bounded { 1.0 } else { f32::INFINITY };
            assert_eq!(at(f32::INFINITY), top, "{kernels:?} {activation:?}(∞)");
            assert_eq!(at(f32::MAX).min(f32::MAX), top.min(f32::MAX), "{kernels:?} {activation:?}(max)");
        }
    }
}

/// The activation as products apply it whose results are rounded to bfloat16 or 8 bits.
fn activate_rounded(kernels: &Kernels, activation: Activation, inputs: &[f32]) -> Vec<f32> {
    let width = kernels.panel_width;
    let mut values = inputs.to_vec();
    values.resize(inputs.len().next_multiple_of(width), 0.0);
    let mut outputs = vec![0.0; values.len()];
    let block = FinishBlock {
        sums: values.as_ptr(),
        sums_stride: width,
        rows: values.len() / width,
        width,
        header: std::ptr::null(),
        row_scales: std::ptr::null(),
        activation,
        rounded: true,
        residual: std::ptr::null(),
        residual_stride: 0,
        target: Target::Float32(outputs.as_mut_ptr(), width),
    };
    // SAFETY: sums and target have `rows` rows of `width`, and kernels from the registry run on this machine.
    unsafe { (kernels.finish)(&block) };
    outputs.truncate(inputs.len());
    outputs
}

#[test]
fn the_rounded_gelu_is_within_its_stated_error() {
    let mut inputs: Vec<f32> = (-80_000..=80_000).map(|step| step as f32 / 8000.0).collect();
    inputs.extend((0..400).map(|step| 10f32.powf(step as f32 / 10.0 - 36.0)));
    inputs.extend(inputs.clone().iter().map(|x| -x));
    for kernels in kernels_under_test() {
        let outputs = activate_rounded(kernels, Activation::Gelu, &inputs);
        let mut largest = 0f64;
        for (x, y) in inputs.iter().zip(&outputs) {
            let expected = reference(Activation::Gelu, f64::from(*x));
            let error = (f64::from(*y) - expected).abs();
            // Above 1000 a result is x itself, to float32's own precision.
            assert!(
                error <= 2.1e-4_f64.max(f64::from(f32::EPSILON) * expected.abs()),
                "{kernels:?}: {x} gave {y}, not {expected}"
            );
            largest = if x.abs() <= 10.0 { largest.max(error) } else { largest };
        }
        println!("{kernels:?}: largest error of the rounded GELU {largest:.2e}");
        let special = activate_rounded(kernels, Activation::Gelu, &[f32::NAN, f32::INFINITY, f32::MAX, 0.0]);
        assert!(special[0].is_nan(), "{kernels:?}");
        assert_eq!(special[1..], [f32::INFINITY, f32::MAX, 0.0], "{kernels:?}");
    }
}

#[test]
fn only_the_gelu_is_rounded() {
    let inputs: Vec<f32> = (-500..=500).map(|step| step as f32 / 50.0).collect();
    for kernels in kernels_under_test() {
        for activation in ACTIVATIONS.into_iter().filter(|activation| *activation != Activation::Gelu) {
            let mut exact = inputs.clone();
            kernels.activate(activation, &mut exact);
            assert_eq!(activate_rounded(kernels, activation, &inputs), exact, "{kernels:?} {activation:?}");
        }
    }
}

/// e^x of the softmax in float32, from scores to probabilities with a scale of one.
#[test]
fn the_exponential_is_exact_to_float32() {
    let inputs: Vec<f32> = (0..=87_000).map(|step| step as f32 / -1000.0).collect();
    for kernels in kernels_under_test() {
        let mut outputs = inputs.clone();
        // SAFETY: the pointer and length are a vector's, and kernels from the registry run on this machine.
        unsafe { (kernels.normalize_scores)(outputs.as_mut_ptr(), outputs.len(), Scale::new(1.0), 0.0, 1.0) };
        for (x, y) in inputs.iter().zip(&outputs) {
            let expected = f64::from(*x).exp();
            let error = (f64::from(*y) - expected).abs() / expected;
            assert!(error <= 2.0 * f64::from(f32::EPSILON), "{kernels:?}: e^{x} = {y}, not {expected}");
        }
        let mut special = [f32::NEG_INFINITY, f32::MIN, -200.0, f32::NAN, 0.0];
        // SAFETY: as above.
        unsafe { (kernels.normalize_scores)(special.as_mut_ptr(), special.len(), Scale::new(1.0), 0.0, 1.0) };
        assert_eq!(special[..3], [0.0; 3], "{kernels:?}");
        assert!(special[3].is_nan() && special[4] == 1.0, "{kernels:?}: {special:?}");
    }
}

/// The weight and the sum that a single score gives when the largest score is zero.
fn rounded_weight(kernels: &Kernels, score: f32, scale: f64) -> (f32, f32) {
    let mut scores = [f32::NEG_INFINITY; MOST_LANES];
    scores[0] = score;
    let (mut largest, mut sum) = (0.0, 0.0);
    let mut output = [0f32; MOST_LANES];
    let block = SoftmaxBlock {
        scores: scores.as_mut_ptr(),
        stride: MOST_LANES,
        rows: 1,
        columns: 1,
        format: Format::Bfloat16,
        scale: Scale::new(scale),
        lane_largest: scores.as_ptr(),
        largest: &raw mut largest,
        sum: &raw mut sum,
        output: output.as_mut_ptr(),
        output_stride: MOST_LANES,
        output_width: MOST_LANES,
    };
    // SAFETY: one row with room for a whole register everywhere; kernels from the registry run on this machine.
    unsafe { (kernels.softmax_block)(&block) };
    (f32::from_bits(scores[0].to_bits() << 16), sum)
}

#[test]
fn the_rounded_exponential_is_within_its_stated_error() {
    for kernels in kernels_under_test() {
        let mut largest = 0f64;
        for scale in [1.0, 0.072] {
            for step in 0..=8600 {
                let score = step as f32 / (-100.0 * scale as f32);
                let (weight, sum) = rounded_weight(kernels, score, scale);
                let expected = (f64::from(score) * scale).exp();
                let error = (f64::from(sum) - expected).abs() / expected;
                assert!(error <= 1e-4, "{kernels:?}: e^({scale}·{score}) = {sum}, not {expected}");
                // The weight is the same number in bfloat16, half a unit of its eight bits away.
                let rounding = f64::from((weight - sum).abs()) / f64::from(sum);
                assert!(rounding <= 1.0 / 256.0, "{kernels:?}: weight {weight} of {sum}");
                largest = largest.max(error);
            }
        }
        println!("{kernels:?}: largest relative error of the rounded exponential {largest:.2e}");
        assert_eq!(rounded_weight(kernels, f32::NEG_INFINITY, 1.0), (0.0, 0.0), "{kernels:?}");
        assert_eq!(rounded_weight(kernels, -1e30, 1.0), (0.0, 0.0), "{kernels:?}");
        let (weight, sum) = rounded_weight(kernels, f32::NAN, 1.0);
        assert!(weight.is_nan() && sum.is_nan(), "{kernels:?}: {weight} {sum}");
    }
}
