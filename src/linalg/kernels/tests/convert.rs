//! Rows converted to the formats of products.

use super::{Random, converted, kernels_under_test, levels, matrix, meaning, nearest_bfloat16, row_bytes};
use crate::linalg::Operand;
use crate::linalg::kernels::Format;
use crate::runtime::ThreadPool;

/// Around every register, with tails, and odd.
const LENGTHS: [usize; 14] = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 67, 770];
const INTEGERS: [Format; 2] = [Format::Int8, Format::Int16];

/// One row in bfloat16, as bits.
fn bfloat16_bits(kernels: &super::Kernels, values: &[f32]) -> Vec<u16> {
    let mut row = matrix(1, values.len(), |_, column| values[column]);
    let operand = converted(kernels, Format::Bfloat16, &mut row);
    let bytes = row_bytes(operand.input(), 0);
    bytes.as_chunks().0.iter().map(|half| u16::from_le_bytes(*half)).collect()
}

#[test]
fn bfloat16_is_rounded_to_nearest_and_ties_to_even() {
    let mut random = Random(1);
    let mut values: Vec<f32> = (0..3000).map(|_| random.next()).collect();
    // Every pattern of the bits around the cut, over the exponents of normal numbers.
    for exponent in [1u32, 2, 64, 126, 127, 128, 200, 253] {
        for kept in [0u32, 1, 2, 0x7e, 0x7f] {
            for cut in [0u32, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
                let magnitude = exponent << 23 | kept << 16 | cut;
                values.extend([f32::from_bits(magnitude), f32::from_bits(magnitude | 1 << 31)]);
            }
        }
    }
    values.extend([0.0, -0.0]);
    for kernels in kernels_under_test() {
        for (value, found) in values.iter().zip(bfloat16_bits(kernels, &values)) {
            let expected = (nearest_bfloat16(*value).to_bits() >> 16) as u16;
            assert_eq!(found, expected, "{kernels:?}: {value:e}, {:#x}", value.to_bits());
        }
    }
}

#[test]
fn bfloat16_of_special_values() {
    for kernels in kernels_under_test() {
        let bits = |value: f32| {
            // Alone and in every lane of a register, so that both paths are taken.
            let found = bfloat16_bits(kernels, &[value; 19]);
            assert!(found[..19].iter().all(|half| *half == found[0]), "{kernels:?} {value}");
            found[0]
        };
        assert_eq!(bits(f32::INFINITY), 0x7f80, "{kernels:?}");
        assert_eq!(bits(f32::NEG_INFINITY), 0xff80, "{kernels:?}");
        // Halfway between the largest bfloat16 and the next power of two, and just below.
        assert_eq!(bits(f32::from_bits(0x7f7f_8000)), 0x7f80, "{kernels:?}");
        assert_eq!(bits(f32::MAX), 0x7f80, "{kernels:?}");
        assert_eq!(bits(f32::from_bits(0x7f7f_7fff)), 0x7f7f, "{kernels:?}");
        // Rounding must not carry a NaN over into an infinity or a zero.
        for nan in [0x7fc0_0000u32, 0xffc0_0000, 0x7f80_0001, 0x7fff_ffff, 0xffff_ffff, 0x7f80_8000] {
            let found = bits(f32::from_bits(nan));
            assert!(
                f32::from_bits(u32::from(found) << 16).is_nan(),
                "{kernels:?}: {nan:#x} became {found:#x}"
            );
        }
        // Some processors round subnormal numbers to zero of their sign.
        for subnormal in [1u32, 0x8000, 0x1_0000, 0x1_8000, 0x40_0000, 0x7f_7fff] {
            for sign in [0, 1 << 31] {
                let value = f32::from_bits(subnormal | sign);
                let nearest = (nearest_bfloat16(value).to_bits() >> 16) as u16;
                let flushed = (sign >> 16) as u16;
                let found = bits(value);
                assert!(found == nearest || found == flushed, "{kernels:?}: {value:e} became {found:#x}");
            }
        }
    }
}

#[test]
fn conversions_fill_the_last_cell_with_zeros_and_touch_nothing_beyond() {
    let mut random = Random(2);
    for kernels in kernels_under_test() {
        for format in [Format::Bfloat16, Format::Int8, Format::Int16] {
            for length in LENGTHS {
                let mut values = random.matrix(3, length);
                let mut operand = Operand::default();
                operand.reshape(format, 3, length).unwrap();
                let mark = f32::from_bits(0x1234_5678);
                operand.as_mut_slice().fill(mark);
                kernels.convert_rows(&ThreadPool::new(2).unwrap(), &mut values, &mut operand, &|_| {});
                let input = operand.input();
                for row in 0..3 {
                    let bytes = row_bytes(input, row);
                    let used = length * 4 / format.values_per_cell();
                    assert!(bytes[used..].iter().all(|byte| *byte == 0), "{kernels:?} {format:?} {length}");
                    let beyond = &input.cells[row * input.stride..][format.cells(length)..input.stride];
                    let untouched = beyond.iter().all(|cell| cell.to_bits() == mark.to_bits());
                    assert!(untouched, "{kernels:?} {format:?} {length}: beyond the row");
                }
            }
        }
    }
}

#[test]
fn a_row_is_changed_before_it_is_converted() {
    for kernels in kernels_under_test() {
        for format in [Format::Bfloat16, Format::Int8, Format::Int16] {
            let mut values = matrix(5, 33, |_, _| 1.0);
            let mut operand = Operand::default();
            operand.reshape(format, 5, 33).unwrap();
            kernels
                .convert_rows(&ThreadPool::new(2).unwrap(), &mut values, &mut operand, &|row| row.fill(0.5));
            for row in 0..5 {
                assert_eq!(values.row(row), [0.5; 33]);
                for found in meaning(kernels, operand.input(), row) {
                    // The scale of a constant row is one rounding away from value / 255.
                    assert!(
                        (found - 0.5).abs() <= 0.5 * f64::from(f32::EPSILON),
                        "{kernels:?} {format:?}: {found}"
                    );
                }
            }
        }
    }
}

#[test]
fn quantised_values_are_within_half_a_step_and_zero_is_exact() {
    let mut random = Random(3);
    for kernels in kernels_under_test() {
        for format in INTEGERS {
            for length in LENGTHS {
                for (offset, spread) in
                    [(0.0, 1.0), (5.0, 1.0), (-5.0, 1.0), (0.5, 0.5), (0.0, 1e-20), (0.0, 1e30), (-0.9, 1.0)]
                {
                    let mut values = matrix(1, length, |_, _| 0.0);
                    values.row_mut(0).iter_mut().for_each(|value| *value = spread * (offset + random.next()));
                    values.row_mut(0)[length / 2] = 0.0;
                    let operand = converted(kernels, format, &mut values);
                    let scale = operand.input().scales[0];
                    let low = values.row(0).iter().copied().fold(0.0, f32::min);
                    let high = values.row(0).iter().copied().fold(0.0, f32::max);
                    if length > 1 {
                        let step = (f64::from(high) - f64::from(low)) / 255.0;
                        let error = (f64::from(scale.scale) - step).abs();
                        assert!(
                            error <= step * f64::from(f32::EPSILON),
                            "{kernels:?} {format:?} scale {scale:?}"
                        );
                    }
                    for (value, found) in values.row(0).iter().zip(meaning(kernels, operand.input(), 0)) {
                        // Beside half a step, the roundings of the value in steps, which is at most 255.
                        let bound = f64::from(scale.scale) * (0.5 + 255.0 * 2.0 * f64::from(f32::EPSILON));
                        let error = (found - f64::from(*value)).abs();
                        assert!(error <= bound, "{kernels:?} {format:?} {length}: {found} for {value}");
                        assert!(*value != 0.0 || found == 0.0, "{kernels:?} {format:?}: zero became {found}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_extremes_of_a_row_are_the_ends_of_the_range() {
    for kernels in kernels_under_test() {
        for format in INTEGERS {
            let mut values = matrix(1, 40, |_, column| column as f32 / 8.0 - 1.0);
            let operand = converted(kernels, format, &mut values);
            let found = levels(kernels, operand.input(), 0);
            // From −1 to 3.875 in steps of 4.875 / 255.
            let zero = i64::from(operand.input().scales[0].zero_point);
            assert_eq!(found[39] - found[0], 255, "{kernels:?} {format:?}: {found:?}");
            assert_eq!(zero - found[0], 52, "{kernels:?} {format:?}: zero point");
            assert!(found.is_sorted(), "{kernels:?} {format:?}: {found:?}");
        }
    }
}

#[test]
fn rows_of_zeros_and_of_one_value() {
    for kernels in kernels_under_test() {
        for format in INTEGERS {
            for value in
                [0.0f32, -0.0, 1.0, -1.0, 3.7e-20, -2.5e30, f32::MIN_POSITIVE / 4.0, f32::MAX, f32::MIN]
            {
                let mut values = matrix(1, 21, |_, _| value);
                let operand = converted(kernels, format, &mut values);
                let scale = operand.input().scales[0].scale;
                assert!(scale.is_finite() && scale > 0.0, "{kernels:?} {format:?} {value:e}: scale {scale}");
                for found in meaning(kernels, operand.input(), 0) {
                    // Below the smallest step a row is zero: an error far below any other.
                    let absolute = if value.abs() < 1e-35 { f64::from(value.abs()) } else { 0.0 };
                    let bound = f64::from(value.abs()) * f64::from(f32::EPSILON) + absolute;
                    let error = (found - f64::from(value)).abs();
                    assert!(error <= bound, "{kernels:?} {format:?} {value:e}: {found:e}");
                }
            }
        }
    }
}

#[test]
fn a_row_that_is_not_finite_has_no_scale() {
    let mut random = Random(4);
    for kernels in kernels_under_test() {
        for format in INTEGERS {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                for length in LENGTHS {
                    for place in [0, length / 2, length - 1] {
                        let mut values = random.matrix(3, length);
                        values.row_mut(1)[place] = value;
                        let operand = converted(kernels, format, &mut values);
                        let scales = operand.input().scales;
                        let are_nan = [0, 1, 2].map(|row| scales[row].scale.is_nan());
                        assert_eq!(
                            are_nan,
                            [false, true, false],
                            "{kernels:?} {format:?}: {value} at {place}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn both_integer_formats_hold_the_same_numbers() {
    let mut random = Random(5);
    for kernels in kernels_under_test() {
        for length in LENGTHS {
            let values = random.matrix(1, length);
            let [bytes, words] = INTEGERS.map(|format| {
                let operand = converted(kernels, format, &mut matrix(1, length, |_, c| values.row(0)[c]));
                meaning(kernels, operand.input(), 0)
            });
            assert_eq!(bytes, words, "{kernels:?} {length}");
        }
    }
}
