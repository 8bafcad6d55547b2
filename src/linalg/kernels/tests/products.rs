//! Matrix products in every format.

use super::{
    HALF_UNIT, Random, converted, formats, kernels_under_test, levels, matrix, meaning, nearest_bfloat16,
    symmetric_levels,
};
use crate::config::Activation;
use crate::linalg::kernels::matmul::{Epilogue, Output, matmul};
use crate::linalg::kernels::{Format, InstructionSet, Kernels};
use crate::linalg::{Input, Matrix, Operand, Panels};
use crate::runtime::ThreadPool;

/// Below, at and above the tiles, primes, a single row, depths that leave the last cell of each format unfilled.
const SIZES: [(usize, usize, usize); 17] = [
    (1, 1, 1),
    (1, 64, 64),
    (1, 773, 33),
    (2, 15, 7),
    (3, 16, 8),
    (5, 17, 31),
    (6, 31, 32),
    (7, 33, 33),
    (11, 62, 48),
    (12, 64, 64),
    (13, 101, 97),
    (23, 255, 63),
    (24, 256, 65),
    (25, 257, 127),
    (61, 521, 101),
    (530, 97, 40),
    (97, 1031, 130),
];

/// An input in a format; the matrix stays beside it because float32 needs nothing else.
struct Rows {
    values: Matrix,
    operand: Operand,
    format: Format,
}

impl Rows {
    fn new(kernels: &Kernels, format: Format, mut values: Matrix) -> Self {
        let operand = match format {
            Format::Float32 => Operand::default(),
            _ => converted(kernels, format, &mut values),
        };
        Self { values, operand, format }
    }

    fn input(&self) -> Input<'_> {
        if self.format == Format::Float32 { (&self.values).into() } else { self.operand.input() }
    }
}

fn pack(kernels: &Kernels, format: Format, weight: &Matrix, bias: &[f32]) -> Panels {
    let (columns, depth) = (weight.rows(), weight.columns());
    Panels::pack(kernels, format, depth, columns, Some(bias), |column, values: &mut [f32]| {
        values.copy_from_slice(weight.row(column));
    })
    .unwrap()
}

fn product(
    kernels: &Kernels,
    pool: &ThreadPool,
    input: Input<'_>,
    panels: &Panels,
    epilogue: Epilogue<'_>,
) -> Matrix {
    let mut output = Matrix::new(input.rows, panels.columns()).unwrap();
    output.as_mut_slice().fill(f32::NAN);
    matmul(kernels, pool, input, panels, Output::Float32(&mut output), epilogue);
    output
}

/// What a product should be and how far from it rounding may lead.
struct Expected {
    value: f64,
    tolerance: f64,
}

/// The element of a row and a column by its definition: products of the operands as the format rounds them.
fn expected(kernels: &Kernels, input: Input<'_>, row: usize, weight: &[f32], bias: f32) -> Expected {
    if input.format.is_integer() {
        let (scale, weights) = symmetric_levels(weight);
        let row_scale = input.scales[row];
        let sum: i64 = levels(kernels, input, row)
            .iter()
            .zip(&weights)
            .map(|(level, weight)| (level - i64::from(row_scale.zero_point)) * weight)
            .sum();
        let product = sum as f64 * f64::from(row_scale.scale) * f64::from(scale);
        let value = product + f64::from(bias);
        // The sum is exact. It is rounded when it becomes a float, for each scale, and with the bias.
        return Expected { value, tolerance: HALF_UNIT * 1.001 * (3.0 * product.abs() + value.abs()) };
    }
    let round = |value: f32| if input.format == Format::Bfloat16 { nearest_bfloat16(value) } else { value };
    let inputs = meaning(kernels, input, row);
    let products = inputs.iter().zip(weight).map(|(a, b)| a * f64::from(round(*b)));
    let magnitude: f64 = products.clone().map(f64::abs).sum::<f64>() + f64::from(bias.abs());
    // The additions that a term goes through: those of its block, then one for each block.
    let block = match input.format {
        Format::Float32 => 16,
        _ if kernels.instruction_set == InstructionSet::Amx => 1024,
        _ => 256,
    };
    // What pieces leave out: the product of the smaller ones, and what two pieces of a number do not hold.
    let left_out = if input.format == Format::Bfloat16Pieces { 2f64.powi(-16) } else { 0.0 };
    let additions = block.min(inputs.len()) + inputs.len().div_ceil(block) + 1;
    Expected {
        value: products.sum::<f64>() + f64::from(bias),
        tolerance: (HALF_UNIT * 1.001 * additions as f64 + left_out) * magnitude,
    }
}

#[test]
fn products_equal_the_reference_for_sizes_around_every_tile() {
    let pools = [ThreadPool::new(1).unwrap(), ThreadPool::new(3).unwrap()];
    let mut random = Random(1);
    for (rows, depth, columns) in SIZES {
        let input = random.matrix(rows, depth);
        let weight = random.matrix(columns, depth);
        let bias: Vec<f32> = (0..columns).map(|_| random.next()).collect();
        let residual = random.matrix(rows, columns);
        for kernels in kernels_under_test() {
            for format in formats(kernels) {
                let rows_in_format = Rows::new(kernels, format, matrix(rows, depth, |r, c| input.row(r)[c]));
                let input = rows_in_format.input();
                let panels = pack(kernels, format, &weight, &bias);
                let plain = product(kernels, &pools[0], input, &panels, Epilogue::None);
                let with_residual =
                    product(kernels, &pools[1], input, &panels, Epilogue::Residual(&residual));
                let relu = Epilogue::Activation(Activation::Relu);
                let activated = product(kernels, &pools[1], input, &panels, relu);
                // Every element of a large product would take long; a stride of seven meets all places of a tile.
                let step = if rows * columns > 2000 { 7 } else { 1 };
                for element in (0..rows * columns).step_by(step) {
                    let (row, column) = (element / columns, element % columns);
                    let expected = expected(kernels, input, row, weight.row(column), bias[column]);
                    let found = plain.row(row)[column];
                    assert!(
                        (f64::from(found) - expected.value).abs() <= expected.tolerance,
                        "{kernels:?} {format:?} {rows}×{depth}×{columns} [{row}, {column}]: {found} for {}",
                        expected.value
                    );
                    assert_eq!(with_residual.row(row)[column], found + residual.row(row)[column]);
                    assert_eq!(activated.row(row)[column], found.max(0.0));
                }
            }
        }
    }
}

#[test]
fn products_can_leave_as_bfloat16() {
    let pool = ThreadPool::new(2).unwrap();
    let mut random = Random(7);
    for (rows, depth, columns) in [(1, 3, 1), (5, 33, 31), (13, 64, 64), (29, 101, 70)] {
        let values = random.matrix(rows, depth);
        let weight = random.matrix(columns, depth);
        let bias: Vec<f32> = (0..columns).map(|_| random.next()).collect();
        for kernels in kernels_under_test() {
            for format in formats(kernels) {
                let rows_in_format = Rows::new(kernels, format, matrix(rows, depth, |r, c| values.row(r)[c]));
                let panels = pack(kernels, format, &weight, &bias);
                for epilogue in [Epilogue::None, Epilogue::Activation(Activation::Tanh)] {
                    let wide = product(kernels, &pool, rows_in_format.input(), &panels, epilogue);
                    let mut narrow = Operand::default();
                    narrow.reshape(Format::Bfloat16, rows, columns).unwrap();
                    let output = Output::Bfloat16(&mut narrow);
                    matmul(kernels, &pool, rows_in_format.input(), &panels, output, epilogue);
                    for row in 0..rows {
                        let found = meaning(kernels, narrow.input(), row);
                        let expected = wide.row(row).iter().map(|value| f64::from(nearest_bfloat16(*value)));
                        assert!(found.into_iter().eq(expected), "{kernels:?} {format:?} row {row}");
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
    for (rows, depth, columns) in [(37, 303, 70), (205, 99, 33)] {
        let values = random.matrix(rows, depth);
        let weight = random.matrix(columns, depth);
        for kernels in kernels_under_test() {
            for format in formats(kernels) {
                let together = Rows::new(kernels, format, matrix(rows, depth, |r, c| values.row(r)[c]));
                let panels = pack(kernels, format, &weight, &vec![0.5; columns]);
                let all = pools
                    .each_ref()
                    .map(|pool| product(kernels, pool, together.input(), &panels, Epilogue::None));
                for row in (0..rows).step_by(if rows > 100 { 11 } else { 1 }) {
                    let alone = Rows::new(kernels, format, matrix(1, depth, |_, c| values.row(row)[c]));
                    let alone = product(kernels, &pools[0], alone.input(), &panels, Epilogue::None);
                    for all in &all {
                        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                        assert_eq!(
                            bits(all.row(row)),
                            bits(alone.row(0)),
                            "{kernels:?} {format:?} row {row}"
                        );
                    }
                }
            }
        }
    }
}

/// Rows from −100 to 155 and weights up to ±127 are integers with scales of one: so products are integers, and every
/// float32 operation after the sum is exact or rounds the same number.
#[test]
fn integer_products_are_the_same_bits_everywhere() {
    let pool = ThreadPool::new(2).unwrap();
    let mut random = Random(3);
    for (rows, depth, columns) in [(1, 5, 3), (13, 257, 65), (26, 1030, 33), (5, 8191, 34)] {
        let level = |value: f32, low: f32, range: f32| ((value + 1.0) / 2.0 * range).floor() + low;
        let mut values = random.matrix(rows, depth);
        let mut weight = random.matrix(columns, depth);
        for row in 0..rows {
            values.row_mut(row).iter_mut().for_each(|value| *value = level(*value, -100.0, 256.0));
            (values.row_mut(row)[0], values.row_mut(row)[1]) = (-100.0, 155.0);
        }
        for column in 0..columns {
            weight.row_mut(column).iter_mut().for_each(|value| *value = level(*value, -127.0, 255.0));
            weight.row_mut(column)[0] = 127.0;
        }
        // The largest sums that there can be.
        weight.row_mut(0).fill(127.0);
        values.row_mut(0)[2..].fill(155.0);
        for kernels in kernels_under_test() {
            for format in formats(kernels).into_iter().filter(|format| format.is_integer()) {
                let input = Rows::new(kernels, format, matrix(rows, depth, |r, c| values.row(r)[c]));
                let panels = pack(kernels, format, &weight, &vec![0.0; columns]);
                let found = product(kernels, &pool, input.input(), &panels, Epilogue::None);
                for row in 0..rows {
                    for column in 0..columns {
                        let products = values.row(row).iter().zip(weight.row(column));
                        let sum: i64 = products.map(|(a, b)| *a as i64 * *b as i64).sum();
                        let found = found.row(row)[column];
                        assert_eq!(
                            found, sum as f32,
                            "{kernels:?} {format:?} depth {depth} [{row}, {column}]"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn both_integer_formats_give_the_same_bits() {
    let pool = ThreadPool::new(1).unwrap();
    let mut random = Random(4);
    for (rows, depth, columns) in [(3, 7, 5), (30, 301, 70)] {
        let values = random.matrix(rows, depth);
        let weight = random.matrix(columns, depth);
        for kernels in kernels_under_test().into_iter().filter(|kernels| kernels.has(Format::Int8)) {
            let [bytes, words] = [Format::Int8, Format::Int16].map(|format| {
                let input = Rows::new(kernels, format, matrix(rows, depth, |r, c| values.row(r)[c]));
                let panels = pack(kernels, format, &weight, &vec![0.25; columns]);
                product(kernels, &pool, input.input(), &panels, Epilogue::None)
            });
            assert_eq!(bytes.to_contiguous(), words.to_contiguous(), "{kernels:?}");
        }
    }
}

#[test]
fn special_values_stay_in_their_row() {
    let pool = ThreadPool::new(1).unwrap();
    for kernels in kernels_under_test() {
        for format in formats(kernels) {
            for (value, in_floats) in [
                (f32::NAN, (|found: f32| found.is_nan()) as fn(f32) -> bool),
                (f32::INFINITY, |found| found == f32::INFINITY),
                (f32::NEG_INFINITY, |found| found == f32::NEG_INFINITY),
            ] {
                for (depth, place) in [(20, 19), (19, 18), (70, 3), (1, 0)] {
                    let special =
                        |row: usize, column: usize| if (row, column) == (1, place) { value } else { 0.0 };
                    let input = Rows::new(kernels, format, matrix(15, depth, special));
                    let panels = pack(kernels, format, &matrix(9, depth, |_, _| 1.0), &[3.0; 9]);
                    let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
                    for row in (0..15).filter(|&row| row != 1) {
                        let found = output.row(row);
                        assert!(
                            found.iter().all(|&found| found == 3.0),
                            "{kernels:?} {format:?}: {value} spread"
                        );
                    }
                    // Scales, and pieces of which one is zero, turn infinities into NaN.
                    let not_a_number = format.is_integer() || format == Format::Bfloat16Pieces;
                    let holds = |&found: &f32| if not_a_number { found.is_nan() } else { in_floats(found) };
                    assert!(output.row(1).iter().all(holds), "{kernels:?} {format:?}: {value} at {place}");
                }
            }
        }
    }
}

#[test]
fn special_weights_stay_in_their_column() {
    let pool = ThreadPool::new(1).unwrap();
    for kernels in kernels_under_test() {
        for format in formats(kernels) {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let weight = matrix(40, 21, |column, row| if (column, row) == (5, 20) { value } else { 1.0 });
                let input = Rows::new(kernels, format, matrix(3, 21, |_, _| 1.0));
                let panels = pack(kernels, format, &weight, &[0.0; 40]);
                let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
                for row in 0..3 {
                    for (column, found) in output.row(row).iter().enumerate() {
                        let is_special = !found.is_finite();
                        assert_eq!(
                            is_special,
                            column == 5,
                            "{kernels:?} {format:?}: {value} [{row}, {column}]"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn rows_and_columns_of_zeros_give_the_bias() {
    let pool = ThreadPool::new(1).unwrap();
    let mut random = Random(5);
    let values = random.matrix(13, 45);
    let weight = random.matrix(50, 45);
    let bias: Vec<f32> = (0..50).map(|_| random.next()).collect();
    for kernels in kernels_under_test() {
        for format in formats(kernels) {
            let some_zero = |is_zero: bool, value: f32| if is_zero { 0.0 } else { value };
            let input =
                Rows::new(kernels, format, matrix(13, 45, |r, c| some_zero(r == 6, values.row(r)[c])));
            let weight = matrix(50, 45, |r, c| some_zero(r == 17, weight.row(r)[c]));
            let panels = pack(kernels, format, &weight, &bias);
            let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
            assert_eq!(output.row(6), bias, "{kernels:?} {format:?}");
            for row in 0..13 {
                assert_eq!(output.row(row)[17], bias[17], "{kernels:?} {format:?} row {row}");
            }
        }
    }
}

/// A row of one value is exact in 8 bits up to the rounding of its scale, whatever its sign.
#[test]
fn constant_rows_keep_their_value() {
    let pool = ThreadPool::new(1).unwrap();
    for kernels in kernels_under_test() {
        for format in formats(kernels) {
            for value in [1.0f32, -1.0, 0.3, -7.7, 1e-30, -1e30] {
                let input = Rows::new(kernels, format, matrix(2, 33, |_, _| value));
                let panels = pack(kernels, format, &matrix(3, 33, |_, _| 1.0), &[0.0; 3]);
                let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
                let exact = if format == Format::Bfloat16 { nearest_bfloat16(value) } else { value };
                let exact = 33.0 * f64::from(exact);
                for &found in output.row(1) {
                    let error = (f64::from(found) - exact).abs() / exact.abs();
                    // Six roundings for integers; in floats one for each of 33 terms that add up.
                    let left_out = if format == Format::Bfloat16Pieces { 2f64.powi(-16) } else { 0.0 };
                    assert!(
                        error <= 34.0 * HALF_UNIT + left_out,
                        "{kernels:?} {format:?} {value}: {found} for {exact}"
                    );
                }
            }
        }
    }
}

#[test]
fn huge_and_tiny_magnitudes_keep_their_relative_error() {
    let pool = ThreadPool::new(1).unwrap();
    let mut random = Random(6);
    let (rows, depth, columns) = (5, 67, 35);
    let values = random.matrix(rows, depth);
    let weight = random.matrix(columns, depth);
    for kernels in kernels_under_test() {
        for format in formats(kernels) {
            for (input_scale, weight_scale) in [(1e30, 1e-30), (1e-30, 1e30), (1e31, 1e-3), (1e-20, 1e-12)] {
                let input =
                    Rows::new(kernels, format, matrix(rows, depth, |r, c| input_scale * values.row(r)[c]));
                let weight = matrix(columns, depth, |r, c| weight_scale * weight.row(r)[c]);
                let panels = pack(kernels, format, &weight, &vec![0.0; columns]);
                let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
                for row in 0..rows {
                    for column in 0..columns {
                        let expected = expected(kernels, input.input(), row, weight.row(column), 0.0);
                        let found = output.row(row)[column];
                        assert!(
                            (f64::from(found) - expected.value).abs() <= expected.tolerance,
                            "{kernels:?} {format:?} {input_scale}·{weight_scale} [{row}, {column}]: {found} for {}",
                            expected.value
                        );
                    }
                }
            }
        }
    }
}

/// Products in 8 bits are near the exact ones: half a step of each operand for every term.
#[test]
fn quantised_products_are_near_the_exact_ones() {
    let pool = ThreadPool::new(1).unwrap();
    let mut random = Random(8);
    let (rows, depth, columns) = (9, 131, 40);
    let values = random.matrix(rows, depth);
    let weight = random.matrix(columns, depth);
    for kernels in kernels_under_test() {
        for format in formats(kernels).into_iter().filter(|format| format.is_integer()) {
            let input = Rows::new(kernels, format, matrix(rows, depth, |r, c| values.row(r)[c]));
            let panels = pack(kernels, format, &weight, &vec![0.0; columns]);
            let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
            for row in 0..rows {
                let step = f64::from(input.input().scales[row].scale);
                for column in 0..columns {
                    let scale = f64::from(symmetric_levels(weight.row(column)).0);
                    let terms = values.row(row).iter().zip(weight.row(column));
                    let terms = terms.map(|(a, b)| (f64::from(*a), f64::from(*b)));
                    let exact: f64 = terms.clone().map(|(a, b)| a * b).sum();
                    let bound: f64 = terms
                        .map(|(a, b)| step / 2.0 * (b.abs() + scale / 2.0) + scale / 2.0 * a.abs())
                        .sum();
                    let error = (f64::from(output.row(row)[column]) - exact).abs();
                    assert!(
                        error <= 1.001 * bound,
                        "{kernels:?} {format:?} [{row}, {column}]: {error} > {bound}"
                    );
                }
            }
        }
    }
}

/// Where AMX is emulated, products must have gone through the emulation.
#[cfg(all(target_arch = "x86_64", feature = "amx-emulation"))]
#[test]
fn amx_products_use_amx() {
    use crate::linalg::kernels::amx_emulation;
    let pool = ThreadPool::new(1).unwrap();
    for kernels in kernels_under_test().into_iter().filter(|set| set.instruction_set == InstructionSet::Amx) {
        for format in [Format::Bfloat16, Format::Int8, Format::Bfloat16Pieces] {
            let before = amx_emulation::count();
            let input = Rows::new(kernels, format, matrix(3, 64, |_, _| 1.0));
            let panels = pack(kernels, format, &matrix(5, 64, |_, _| 1.0), &[0.0; 5]);
            let output = product(kernels, &pool, input.input(), &panels, Epilogue::None);
            assert_eq!(output.row(2)[4], 64.0, "{format:?}");
            assert!(amx_emulation::count() > before, "{format:?}");
        }
    }
}
