//! Every kernel of the registry against a scalar reference in float64.

use super::Kernels;
use super::attention::{AttentionScratch, DisentangledAttention, PositionOperands, RelativeIndex, Scale};
use super::format::Format;
use super::matmul::{Epilogue, Output};
use crate::config::Activation;
use crate::encoder::RelativePositionTable;
use crate::linalg::{Activations, Matrix, PackedRows, Panels};
use crate::runtime::ThreadPool;

/// All kernels that this machine runs, or the one that `DEBERTA_ISA` forces: that one must be there.
fn kernels_under_test() -> Vec<&'static Kernels> {
    match std::env::var("DEBERTA_ISA") {
        Ok(name) if !name.is_empty() => {
            let kernels = Kernels::select(None).expect("the forced instruction set must be available");
            assert_eq!(kernels.instruction_set.name(), name);
            vec![kernels]
        }
        _ => Kernels::available().collect(),
    }
}

/// Pseudo-random values in [-1, 1), the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Matrix {
        let mut matrix = Matrix::new(rows, columns).unwrap();
        for row in 0..rows {
            matrix.row_mut(row).iter_mut().for_each(|value| *value = self.next());
        }
        matrix
    }
}

fn transposed_panels(kernels: &Kernels, weight: &Matrix, bias: &[f32]) -> Panels {
    let (columns, depth) = (weight.rows(), weight.columns());
    Panels::pack(kernels, Format::Float32, depth, columns, Some(bias), |column, values: &mut [f32]| {
        values.copy_from_slice(weight.row(column));
    })
    .unwrap()
}

/// A product in float32.
fn matmul(
    kernels: &Kernels,
    pool: &ThreadPool,
    input: &Matrix,
    panels: &Panels,
    output: &mut Matrix,
    epilogue: Epilogue<'_>,
) {
    super::matmul::matmul(kernels, pool, input.into(), panels, Output::Float32(output), epilogue);
}

#[test]
fn products_equal_the_reference_for_sizes_around_every_tile() {
    let pools = [ThreadPool::new(1).unwrap(), ThreadPool::new(3).unwrap()];
    let mut random = Random(1);
    for kernels in kernels_under_test() {
        for (rows, depth, columns) in [
            (1, 1, 1),
            (1, 64, 64),
            (2, 15, 7),
            (3, 16, 8),
            (5, 17, 31),
            (6, 31, 32),
            (7, 33, 33),
            (11, 60, 48),
            (12, 64, 64),
            (13, 100, 97),
            (23, 255, 63),
            (24, 256, 65),
            (25, 257, 127),
            (61, 521, 101),
            (530, 96, 40),
            (97, 1031, 130),
        ] {
            let input = random.matrix(rows, depth);
            let weight = random.matrix(columns, depth);
            let bias: Vec<f32> = (0..columns).map(|_| random.next()).collect();
            let residual = random.matrix(rows, columns);
            let panels = transposed_panels(kernels, &weight, &bias);
            let mut plain = Matrix::new(rows, columns).unwrap();
            for pool in &pools {
                let mut with_residual = Matrix::new(rows, columns).unwrap();
                let mut activated = Matrix::new(rows, columns).unwrap();
                matmul(kernels, pool, &input, &panels, &mut plain, Epilogue::None);
                matmul(kernels, pool, &input, &panels, &mut with_residual, Epilogue::Residual(&residual));
                let relu = Epilogue::Activation(Activation::Relu);
                matmul(kernels, pool, &input, &panels, &mut activated, relu);
                for row in 0..rows {
                    for (column, bias) in bias.iter().enumerate() {
                        let terms = input.row(row).iter().zip(weight.row(column));
                        let products = terms.map(|(a, b)| f64::from(*a) * f64::from(*b));
                        let magnitude: f64 = products.clone().map(f64::abs).sum();
                        let sum: f64 = products.sum();
                        let expected = sum + f64::from(*bias);
                        let found = plain.row(row)[column];
                        let error = (f64::from(found) - expected).abs();
                        // Each of the additions that a term goes through rounds by half a unit at most.
                        let additions = (16 + depth / 16 + 2) as f64;
                        assert!(
                            error <= additions * f64::from(f32::EPSILON) / 2.0 * (magnitude + 1.0),
                            "{kernels:?} {rows}×{depth}×{columns} [{row}, {column}]: {found} for {expected}"
                        );
                        assert_eq!(with_residual.row(row)[column], found + residual.row(row)[column]);
                        assert_eq!(activated.row(row)[column], found.max(0.0));
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_of_a_product_does_not_depend_on_the_other_rows() {
    let pools = [1, 2, 3].map(|threads| ThreadPool::new(threads).unwrap());
    let mut random = Random(2);
    let (depth, columns) = (300, 70);
    let input = random.matrix(37, depth);
    let weight = random.matrix(columns, depth);
    for kernels in kernels_under_test() {
        let panels = transposed_panels(kernels, &weight, &vec![0.5; columns]);
        for row in 0..input.rows() {
            let mut alone = Matrix::new(1, depth).unwrap();
            alone.row_mut(0).copy_from_slice(input.row(row));
            let mut single = Matrix::new(1, columns).unwrap();
            matmul(kernels, &pools[0], &alone, &panels, &mut single, Epilogue::None);
            for pool in &pools {
                let mut all = Matrix::new(input.rows(), columns).unwrap();
                matmul(kernels, pool, &input, &panels, &mut all, Epilogue::None);
                assert_eq!(all.row(row), single.row(0), "{kernels:?} row {row}");
            }
        }
    }
}

#[test]
fn special_values_pass_through_products() {
    let pool = ThreadPool::new(1).unwrap();
    for kernels in kernels_under_test() {
        for (value, is_expected) in [
            (f32::NAN, (|found: f32| found.is_nan()) as fn(f32) -> bool),
            (f32::INFINITY, |found| found == f32::INFINITY),
            (f32::NEG_INFINITY, |found| found == f32::NEG_INFINITY),
            (0.0, |found| found == 3.0),
        ] {
            let mut input = Matrix::new(2, 20).unwrap();
            input.as_mut_slice().fill(0.0);
            input.row_mut(1)[19] = value;
            let mut weight = Matrix::new(9, 20).unwrap();
            weight.as_mut_slice().fill(1.0);
            let panels = transposed_panels(kernels, &weight, &[3.0; 9]);
            let mut output = Matrix::new(2, 9).unwrap();
            matmul(kernels, &pool, &input, &panels, &mut output, Epilogue::None);
            assert!(
                output.row(0).iter().all(|&found| found == 3.0),
                "{kernels:?}: {value} spread to another row"
            );
            assert!(output.row(1).iter().all(|&found| is_expected(found)), "{kernels:?}: {value}");
        }
    }
}

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

/// Rows of a batch as original positions.
fn attention_against_reference(kernels: &Kernels, rows: &[Vec<u32>], head_size: usize, c2p: bool, p2c: bool) {
    let heads = 2;
    let hidden = heads * head_size;
    let table = RelativePositionTable::new(Some(16), 64);
    let tokens = rows.iter().map(Vec::len).sum();
    let mut random = Random(rows.len() as u64 * 31 + head_size as u64);
    let content = random.matrix(tokens, 3 * hidden);
    let projected = [random.matrix(2 * table.span(), hidden), random.matrix(2 * table.span(), hidden)];
    // The operands' rows are those of the relative embeddings in reverse order.
    let last = 2 * table.span() - 1;
    let keys = (0..heads).map(|head| {
        Panels::pack(kernels, Format::Float32, head_size, last + 1, None, |row, values: &mut [f32]| {
            values.copy_from_slice(&projected[0].row(last - row)[head * head_size..][..head_size]);
        })
        .unwrap()
    });
    let mut queries = Activations::default();
    queries.values.reshape(last + 1, hidden).unwrap();
    for row in 0..=last {
        queries.values.row_mut(row).copy_from_slice(projected[1].row(last - row));
    }
    let queries = PackedRows::from_activations(queries, Format::Float32);
    let position_operands =
        PositionOperands { keys: c2p.then(|| keys.collect()), queries: p2c.then_some(queries) };
    let positions: Vec<u32> = rows.concat();
    let row_offsets: Vec<usize> = std::iter::once(0)
        .chain(rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        }))
        .collect();
    let mut relative_index = RelativeIndex::default();
    relative_index.ensure(*positions.iter().max().unwrap() as usize, 2 * table.span(), |r| table.index(r));
    let scale = 1.3 / (head_size as f64).sqrt();
    let attention = DisentangledAttention {
        format: Format::Float32,
        context_format: Format::Float32,
        heads,
        head_size,
        scale: Scale::new(scale),
        queries_keys_values: (&content).into(),
        row_offsets: &row_offsets,
        positions: &positions,
        relative_index: &relative_index,
        position_operands: &position_operands,
        stopwatch: &crate::profile::Stopwatch::default(),
    };
    let mut scratch = AttentionScratch::default();
    let mut context = Activations::default();
    let mut probabilities = vec![0.0; rows.iter().map(|row| heads * row.len().pow(2)).sum()];
    let pool = ThreadPool::new(2).unwrap();
    attention.forward(kernels, &pool, &mut scratch, &mut context, Some(&mut probabilities)).unwrap();

    let dot = |left: &[f32], right: &[f32]| -> f64 {
        left.iter().zip(right).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let mut found_probabilities = probabilities.iter();
    for (row, positions) in rows.iter().enumerate() {
        let part = |token: usize, third: usize, head: usize| {
            &content.row(row_offsets[row] + token)[third * hidden + head * head_size..][..head_size]
        };
        for head in 0..heads {
            let position_row = |which: usize, index: i32| {
                &projected[which].row(index as usize)[head * head_size..][..head_size]
            };
            for query in 0..positions.len() {
                let scores: Vec<f64> = (0..positions.len())
                    .map(|key| {
                        let index = table.index(i64::from(positions[query]) - i64::from(positions[key]));
                        let mut score = dot(part(query, 0, head), part(key, 1, head));
                        if c2p {
                            score += dot(part(query, 0, head), position_row(0, index));
                        }
                        if p2c {
                            score += dot(part(key, 1, head), position_row(1, index));
                        }
                        score * scale
                    })
                    .collect();
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
                let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp() / sum).collect();
                for (key, weight) in weights.iter().enumerate() {
                    let found = f64::from(*found_probabilities.next().unwrap());
                    assert!(
                        (found - weight).abs() <= 1e-6,
                        "{kernels:?} row {row} p[{query}, {key}]: {found} {weight}"
                    );
                }
                for lane in 0..head_size {
                    let expected: f64 = weights
                        .iter()
                        .enumerate()
                        .map(|(key, w)| w * f64::from(part(key, 2, head)[lane]))
                        .sum();
                    let found = context.values.row(row_offsets[row] + query)[head * head_size + lane];
                    let error = (f64::from(found) - expected).abs();
                    assert!(
                        error <= 2e-6,
                        "{kernels:?} row {row} query {query} lane {lane}: {found} for {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn attention_equals_the_reference() {
    let contiguous = |length: u32| (0..length).collect::<Vec<u32>>();
    for kernels in kernels_under_test() {
        for (c2p, p2c) in [(true, true), (true, false), (false, true), (false, false)] {
            attention_against_reference(kernels, &[contiguous(1)], 16, c2p, p2c);
            attention_against_reference(
                kernels,
                &[contiguous(5), contiguous(1), contiguous(67)],
                20,
                c2p,
                p2c,
            );
            attention_against_reference(
                kernels,
                &[contiguous(63), contiguous(64), contiguous(65)],
                64,
                c2p,
                p2c,
            );
            // One block of queries and several; left padding; gaps in the middle.
            attention_against_reference(kernels, &[contiguous(131), (3..140).collect()], 32, c2p, p2c);
            let gaps =
                (0..150).filter(|position| position % 7 != 3 && !(40..60).contains(position)).collect();
            attention_against_reference(kernels, &[gaps, vec![2, 90], contiguous(3)], 24, c2p, p2c);
        }
    }
}
