//! Every kernel of the registry against a scalar reference in float64, or in integers where sums are exact.

mod attention;
mod convert;
mod elementwise;
mod norm;
mod products;

use super::Kernels;
use super::format::{Format, PIECE_CELLS};
use crate::linalg::{Input, Matrix, Operand};
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

/// The formats of which these kernels have products.
fn formats(kernels: &Kernels) -> Vec<Format> {
    Format::ALL.into_iter().filter(|&format| kernels.has(format)).collect()
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

fn matrix(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Matrix {
    let mut matrix = Matrix::new(rows, columns).unwrap();
    for row in 0..rows {
        for column in 0..columns {
            matrix.row_mut(row)[column] = value(row, column);
        }
    }
    matrix
}

/// The rows of a matrix in a format other than float32.
fn converted(kernels: &Kernels, format: Format, values: &mut Matrix) -> Operand {
    let mut operand = Operand::default();
    operand.reshape(format, values.rows(), values.columns()).unwrap();
    kernels.convert_rows(&ThreadPool::new(1).unwrap(), values, &mut operand, &|_| {});
    operand
}

/// The bytes of a row, up to the end of its last cell.
fn row_bytes(input: Input<'_>, row: usize) -> Vec<u8> {
    let cells = &input.cells[row * input.stride..][..input.format.cells(input.depth)];
    cells.iter().flat_map(|cell| cell.to_bits().to_le_bytes()).collect()
}

/// The integers of a row without their zero point, the last cell's padding included as it lies there.
fn levels(kernels: &Kernels, input: Input<'_>, row: usize) -> Vec<i64> {
    let bytes = row_bytes(input, row);
    match input.format {
        // Where dot products take signed bytes, activations are stored less 128, and the zero point moved with them.
        Format::Int8 if kernels.instruction_set.name().starts_with("neon") => {
            bytes.iter().map(|byte| i64::from(byte.cast_signed())).collect()
        }
        Format::Int8 => bytes.iter().map(|&byte| i64::from(byte)).collect(),
        Format::Int16 => {
            bytes.as_chunks().0.iter().map(|pair| i64::from(i16::from_le_bytes(*pair))).collect()
        }
        format => panic!("{format:?} is not an integer format"),
    }
}

/// The numbers that a row of any format stands for.
fn meaning(kernels: &Kernels, input: Input<'_>, row: usize) -> Vec<f64> {
    let bytes = row_bytes(input, row);
    let values: Vec<f64> = match input.format {
        Format::Float32 => {
            bytes.as_chunks().0.iter().map(|cell| f64::from(f32::from_le_bytes(*cell))).collect()
        }
        Format::Bfloat16 => {
            let halves = bytes.as_chunks().0.iter();
            halves.map(|half| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(*half)) << 16))).collect()
        }
        Format::Bfloat16Pieces => {
            let halves: Vec<f64> = bytes
                .as_chunks()
                .0
                .iter()
                .map(|half| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(*half)) << 16)))
                .collect();
            // The larger pieces of 32 values, then their smaller ones.
            let groups = halves.chunks(4 * PIECE_CELLS).map(|group| group.split_at(2 * PIECE_CELLS));
            groups.flat_map(|(large, small)| large.iter().zip(small).map(|(a, b)| a + b)).collect()
        }
        Format::Int8 | Format::Int16 => {
            let scale = input.scales[row];
            let integers = levels(kernels, input, row).into_iter();
            integers
                .map(|level| f64::from(scale.scale) * (level - i64::from(scale.zero_point)) as f64)
                .collect()
        }
    };
    values[..input.depth].to_vec()
}

/// The nearest bfloat16, ties to even, of a finite value below the largest bfloat16: found by trying both neighbours.
fn nearest_bfloat16(value: f32) -> f32 {
    let below = value.to_bits() & 0xffff_0000;
    let (below, above) = (below, below + 0x1_0000);
    let distance = |bits: u32| (f64::from(f32::from_bits(bits)) - f64::from(value)).abs();
    let even = if below & 0x1_0000 == 0 { below } else { above };
    f32::from_bits(match distance(below).total_cmp(&distance(above)) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => above,
        std::cmp::Ordering::Equal => even,
    })
}

/// A column of weights as −127..=127 with the scale that gives them back.
fn symmetric_levels(values: &[f32]) -> (f32, Vec<i64>) {
    let largest = values.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    (scale, values.iter().map(|value| (value / scale).round_ties_even() as i64).collect())
}

/// Half a unit in the last place, relative to the number: the error of one rounding to float32.
const HALF_UNIT: f64 = f32::EPSILON as f64 / 2.0;
