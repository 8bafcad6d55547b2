//! Layer norm.

use super::{Random, kernels_under_test};

#[test]
fn layer_norm_equals_the_reference() {
    let mut random = Random(3);
    for kernels in kernels_under_test() {
        for length in [1, 2, 3, 7, 8, 15, 16, 17, 60, 64, 101, 384, 768, 1536] {
            for (offset, spread) in [(0.0, 1.0), (100.0, 1.0), (0.0, 1e-4), (-3.0, 50.0)] {
                let values: Vec<f32> = (0..length).map(|_| offset + spread * random.next()).collect();
                let weight: Vec<f32> = (0..length).map(|_| random.next()).collect();
                let bias: Vec<f32> = (0..length).map(|_| random.next()).collect();
                let mut found = values.clone();
                kernels.layer_norm_row(&mut found, &weight, &bias, 1e-7);

                let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / length as f64;
                let variance =
                    values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / length as f64;
                for index in 0..length {
                    let normal = (f64::from(values[index]) - mean) / (variance + 1e-7).sqrt();
                    let expected = normal * f64::from(weight[index]) + f64::from(bias[index]);
                    // Rounding the mean in float32 costs more the further it is from the spread.
                    let tolerance = 1e-6 * (1.0 + mean.abs() / (variance + 1e-7).sqrt() / 8.0);
                    let error = (f64::from(found[index]) - expected).abs();
                    assert!(error <= tolerance, "{kernels:?} length {length} [{index}]: error {error:e}");
                }
            }
        }
    }
}

#[test]
fn layer_norm_of_a_constant_row_is_the_bias() {
    for kernels in kernels_under_test() {
        let mut values = [5.0f32; 40];
        kernels.layer_norm_row(&mut values, &[2.0; 40], &[0.25; 40], 1e-7);
        assert_eq!(values, [0.25; 40]);
    }
}
