//! Disentangled attention against its formula in float64, with operands as the format rounds them.

use super::{HALF_UNIT, Random, converted, formats, kernels_under_test, matrix, meaning, nearest_bfloat16};
use crate::encoder::RelativePositionTable;
use crate::linalg::kernels::attention::{
    AttentionScratch, DisentangledAttention, PositionOperands, RelativeIndex, Scale,
};
use crate::linalg::kernels::{Format, Kernels};
use crate::linalg::{Activations, Matrix, Operand, PackedRows, Panels};
use crate::runtime::ThreadPool;

const HEADS: usize = 2;
/// One rounding to bfloat16, relative to the number.
const HALF_BFLOAT16_UNIT: f64 = 1.0 / 256.0;
/// Relative error of the rounded exponential.
const ROUNDED_EXPONENTIAL: f64 = 1e-4;

/// An attention and its operands in float32.
struct Case {
    /// The original positions of each row of the batch.
    rows: Vec<Vec<u32>>,
    head_size: usize,
    c2p: bool,
    p2c: bool,
    table: RelativePositionTable,
    scale: f64,
    content: Matrix,
    /// The projected keys and queries of positions, in the order of the relative embeddings.
    projected: [Matrix; 2],
}

/// What the formula gives, row by row and for each head of it: probabilities [S, S], context vectors [S, head_size],
/// and the same with the magnitudes of the values, by which the error is measured.
struct Reference {
    probabilities: Vec<f64>,
    context: Vec<Vec<f64>>,
    magnitudes: Vec<Vec<f64>>,
    /// The largest sum of the magnitudes of all products of a score, scaled.
    largest_score: f64,
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

fn absolute_dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| (a * b).abs()).sum()
}

impl Case {
    fn new(
        rows: &[Vec<u32>],
        head_size: usize,
        (c2p, p2c): (bool, bool),
        table: RelativePositionTable,
    ) -> Self {
        let hidden = HEADS * head_size;
        let tokens = rows.iter().map(Vec::len).sum();
        let mut random = Random(rows.len() as u64 * 31 + head_size as u64);
        let content = random.matrix(tokens, 3 * hidden);
        let projected = [random.matrix(2 * table.span(), hidden), random.matrix(2 * table.span(), hidden)];
        let scale = 1.3 / (head_size as f64).sqrt();
        Self { rows: rows.to_vec(), head_size, c2p, p2c, table, scale, content, projected }
    }

    fn row_offsets(&self) -> Vec<usize> {
        let ends = self.rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect()
    }

    /// The formula, on operands rounded to the format.
    fn reference(&self, format: Format) -> Reference {
        let round = |value: f32| if format == Format::Bfloat16 { nearest_bfloat16(value) } else { value };
        let rounded = |matrix: &Matrix| -> Vec<Vec<f64>> {
            (0..matrix.rows())
                .map(|row| matrix.row(row).iter().map(|value| f64::from(round(*value))).collect())
                .collect()
        };
        let (content, projected) = (rounded(&self.content), self.projected.each_ref().map(rounded));
        let (size, hidden) = (self.head_size, HEADS * self.head_size);
        let mut reference = Reference {
            probabilities: Vec::new(),
            context: vec![vec![0.0; hidden]; content.len()],
            magnitudes: vec![vec![0.0; hidden]; content.len()],
            largest_score: 0.0,
        };
        for (positions, first) in self.rows.iter().zip(self.row_offsets()) {
            for head in 0..HEADS {
                let part = |token: usize, third: usize| {
                    &content[first + token][third * hidden + head * size..][..size]
                };
                for (query, query_position) in positions.iter().enumerate() {
                    let scores: Vec<f64> = positions
                        .iter()
                        .enumerate()
                        .map(|(key, key_position)| {
                            let distance = i64::from(*query_position) - i64::from(*key_position);
                            let row = self.table.index(distance) as usize;
                            let position = |which: usize| &projected[which][row][head * size..][..size];
                            let mut terms = vec![(part(query, 0), part(key, 1))];
                            terms.extend(self.c2p.then(|| (part(query, 0), position(0))));
                            terms.extend(self.p2c.then(|| (part(key, 1), position(1))));
                            if query == 0 {
                                let magnitude = terms.iter().map(|(a, b)| absolute_dot(a, b)).sum::<f64>();
                                reference.largest_score = reference.largest_score.max(self.scale * magnitude);
                            }
                            self.scale * terms.iter().map(|(a, b)| dot(a, b)).sum::<f64>()
                        })
                        .collect();
                    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
                    for (key, score) in scores.iter().enumerate() {
                        let weight = (score - largest).exp() / sum;
                        reference.probabilities.push(weight);
                        for (lane, value) in part(key, 2).iter().enumerate() {
                            reference.context[first + query][head * size + lane] += weight * value;
                            reference.magnitudes[first + query][head * size + lane] += weight * value.abs();
                        }
                    }
                }
            }
        }
        reference
    }

    fn position_operands(&self, kernels: &Kernels, format: Format) -> PositionOperands {
        // The operands' rows are those of the relative embeddings in reverse order.
        let last = 2 * self.table.span() - 1;
        let size = self.head_size;
        let keys = (0..HEADS).map(|head| {
            Panels::pack(kernels, format, size, last + 1, None, |row, values: &mut [f32]| {
                values.copy_from_slice(&self.projected[0].row(last - row)[head * size..][..size]);
            })
            .unwrap()
        });
        let mut values =
            matrix(last + 1, HEADS * size, |row, column| self.projected[1].row(last - row)[column]);
        let operand = operand_of(kernels, format, &mut values);
        let queries = Activations { values, operand };
        PositionOperands {
            keys: self.c2p.then(|| keys.collect()),
            queries: self.p2c.then(|| PackedRows::from_activations(queries, format)),
        }
    }

    /// The context vectors and probabilities that the kernels compute.
    fn computed(
        &self,
        kernels: &Kernels,
        format: Format,
        context_format: Format,
        threads: usize,
    ) -> (Vec<Vec<f64>>, Vec<f32>) {
        let mut values =
            matrix(self.content.rows(), self.content.columns(), |row, column| self.content.row(row)[column]);
        let operand = operand_of(kernels, format, &mut values);
        let content = Activations { values, operand };
        let positions: Vec<u32> = self.rows.concat();
        let mut relative_index = RelativeIndex::default();
        relative_index.ensure(*positions.iter().max().unwrap() as usize, 2 * self.table.span(), |distance| {
            self.table.index(distance)
        });
        let attention = DisentangledAttention {
            format,
            context_format,
            heads: HEADS,
            head_size: self.head_size,
            scale: Scale::new(self.scale),
            queries_keys_values: content.input(format),
            row_offsets: &self.row_offsets(),
            positions: &positions,
            relative_index: &relative_index,
            position_operands: &self.position_operands(kernels, format),
            stopwatch: &crate::profile::Stopwatch::default(),
        };
        let mut scratch = AttentionScratch::default();
        let mut context = Activations::default();
        let mut probabilities = vec![f32::NAN; attention.probabilities_length()];
        let pool = ThreadPool::new(threads).unwrap();
        attention.forward(kernels, &pool, &mut scratch, &mut context, Some(&mut probabilities)).unwrap();
        let input = context.input(context_format);
        ((0..input.rows).map(|row| meaning(kernels, input, row)).collect(), probabilities)
    }

    /// Compares all kernels in all formats of attention with the formula.
    fn check(&self) {
        for format in [Format::Float32, Format::Bfloat16] {
            let kernels = kernels_under_test();
            let kernels: Vec<_> =
                kernels.into_iter().filter(|kernels| formats(kernels).contains(&format)).collect();
            if kernels.is_empty() || !self.head_size.is_multiple_of(format.values_per_cell()) {
                continue;
            }
            let reference = self.reference(format);
            for kernels in kernels {
                let contexts: &[Format] = match format {
                    Format::Float32 => &[Format::Float32],
                    _ => &[Format::Float32, Format::Bfloat16],
                };
                for &context_format in contexts {
                    let found = self.computed(kernels, format, context_format, 2);
                    let name = format!("{kernels:?} {format:?} to {context_format:?} {:?}", self.name());
                    self.compare(&name, &reference, format, context_format, found);
                }
            }
        }
    }

    fn name(&self) -> (Vec<usize>, usize, bool, bool) {
        (self.rows.iter().map(Vec::len).collect(), self.head_size, self.c2p, self.p2c)
    }

    fn compare(
        &self,
        name: &str,
        reference: &Reference,
        format: Format,
        context_format: Format,
        (context, probabilities): (Vec<Vec<f64>>, Vec<f32>),
    ) {
        let longest = self.rows.iter().map(Vec::len).max().unwrap() as f64;
        // A weight's relative error comes from the scores: sums of products in float32, and of three terms.
        let scores = (self.head_size as f64 + 3.0) * HALF_UNIT * reference.largest_score;
        // Of the sum of weights it is as large; a sum of n terms, in lanes and blocks, rounds n times at most.
        let (of_probabilities, of_weights) = match format {
            Format::Float32 => (2.0 * scores + longest * HALF_UNIT, 2.0 * scores + 2.0 * longest * HALF_UNIT),
            _ => {
                let exponentials = 2.0 * ROUNDED_EXPONENTIAL + 2.0 * scores + 2.0 * longest * HALF_UNIT;
                (exponentials, exponentials + HALF_BFLOAT16_UNIT)
            }
        };
        let of_context = if context_format == Format::Bfloat16 { HALF_BFLOAT16_UNIT } else { 0.0 };
        assert_eq!(probabilities.len(), reference.probabilities.len());
        for (index, (found, expected)) in probabilities.iter().zip(&reference.probabilities).enumerate() {
            let error = (f64::from(*found) - expected).abs();
            let bound = if format == Format::Float32 { 1e-6 } else { f64::INFINITY };
            let bound = bound.min(of_probabilities * expected + 4e-7);
            assert!(error <= bound, "{name} probability {index}: {found} for {expected}");
        }
        let mut largest = 0f64;
        for (token, (found, expected)) in context.iter().zip(&reference.context).enumerate() {
            for (column, (found, expected)) in found.iter().zip(expected).enumerate() {
                let error = (found - expected).abs();
                let bound = if format == Format::Float32 { 2e-6 } else { f64::INFINITY };
                let relative = of_weights * reference.magnitudes[token][column] + of_context * expected.abs();
                assert!(
                    error <= bound.min(1.01 * relative + 4e-7),
                    "{name} token {token} column {column}: {found} for {expected}, error {error:e}"
                );
                largest = largest.max(error / (1.01 * relative + 4e-7));
            }
        }
        println!("{name}: at most {largest:.2} of the bound");
    }
}

/// The rows as an operand; nothing where products read float32.
fn operand_of(kernels: &Kernels, format: Format, values: &mut Matrix) -> Operand {
    if format == Format::Float32 { Operand::default() } else { converted(kernels, format, values) }
}

/// The formats in which these kernels compute attention.
fn attention_formats(kernels: &Kernels) -> impl Iterator<Item = Format> {
    [Format::Float32, Format::Bfloat16].into_iter().filter(|&format| kernels.has(format))
}

fn contiguous(length: u32) -> Vec<u32> {
    (0..length).collect()
}

fn with_gaps() -> Vec<u32> {
    (0..150).filter(|position| position % 7 != 3 && !(40..60).contains(position)).collect()
}

const TERMS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

#[test]
fn attention_equals_the_reference() {
    for terms in TERMS {
        let check = |rows: &[Vec<u32>], head_size: usize| {
            Case::new(rows, head_size, terms, RelativePositionTable::new(Some(16), 64)).check();
        };
        check(&[contiguous(1)], 16);
        check(&[contiguous(5), contiguous(1), contiguous(67)], 20);
        check(&[contiguous(63), contiguous(64), contiguous(65)], 64);
        // One block of queries and several; left padding; gaps in the middle.
        check(&[contiguous(131), (3..140).collect()], 32);
        check(&[with_gaps(), vec![2, 90], contiguous(3)], 24);
        check(&[contiguous(2), with_gaps()], 6);
    }
}

#[test]
fn heads_of_an_odd_size_work_in_float32() {
    Case::new(&[contiguous(70), with_gaps()], 13, (true, true), RelativePositionTable::new(Some(16), 64))
        .check();
}

/// Rows of more keys than become weights at once; near distances have a row each, far ones share them.
#[test]
fn attention_over_long_rows_equals_the_reference() {
    let table = || RelativePositionTable::new(Some(64), 1024);
    for terms in TERMS {
        Case::new(&[contiguous(513), contiguous(7)], 8, terms, table()).check();
    }
    Case::new(&[contiguous(700), contiguous(512)], 16, (true, true), table()).check();
    // Left padding and gaps beyond one block of keys, and a reach beyond the table.
    let gaps = (5..1300).filter(|position| position % 5 != 2 && !(700..760).contains(position)).collect();
    Case::new(&[gaps], 8, (true, true), RelativePositionTable::new(Some(64), 512)).check();
}

/// Tables whose rows rise by more than one from distance to distance, and tables without buckets.
#[test]
fn attention_with_steep_tables_equals_the_reference() {
    for (buckets, max_relative_positions) in [(Some(64), 40), (Some(256), 140), (None, 32), (None, 300)] {
        let table = || RelativePositionTable::new(buckets, max_relative_positions);
        for terms in TERMS {
            Case::new(&[contiguous(150), (9..100).collect()], 16, terms, table()).check();
        }
        Case::new(&[with_gaps(), contiguous(65)], 8, (true, true), table()).check();
    }
    Case::new(&[contiguous(600)], 8, (true, true), RelativePositionTable::new(Some(256), 140)).check();
}

#[test]
fn a_row_of_attention_does_not_depend_on_the_batch() {
    let table = || RelativePositionTable::new(Some(16), 64);
    let rows = [contiguous(70), (4..300).collect(), with_gaps(), contiguous(1), contiguous(530)];
    let together = Case::new(&rows, 16, (true, true), table());
    for kernels in kernels_under_test() {
        for format in attention_formats(kernels) {
            let all = [1, 2, 3].map(|threads| together.computed(kernels, format, Format::Float32, threads));
            assert!(all.iter().all(|found| *found == all[0]), "{kernels:?} {format:?}: threads");
            for (row, first) in
                together.row_offsets().windows(2).enumerate().map(|(row, ends)| (row, ends[0]))
            {
                let mut alone = Case::new(&rows[row..=row], 16, (true, true), table());
                alone.content = matrix(rows[row].len(), together.content.columns(), |token, column| {
                    together.content.row(first + token)[column]
                });
                alone.projected = together
                    .projected
                    .each_ref()
                    .map(|all| matrix(all.rows(), all.columns(), |row, column| all.row(row)[column]));
                let (context, _) = alone.computed(kernels, format, Format::Float32, 2);
                assert!(context == all[0].0[first..][..context.len()], "{kernels:?} {format:?} row {row}");
            }
        }
    }
}

#[test]
fn special_values_stay_in_their_row_of_the_batch() {
    let rows = [contiguous(66), contiguous(70), contiguous(3)];
    for value in [f32::NAN, f32::INFINITY] {
        for third in 0..3 {
            let mut case = Case::new(&rows, 16, (true, true), RelativePositionTable::new(Some(16), 64));
            case.content.row_mut(66 + 20)[third * 32 + 5] = value;
            for kernels in kernels_under_test() {
                for format in attention_formats(kernels) {
                    let (context, _) = case.computed(kernels, format, Format::Float32, 2);
                    let is_finite = |token: &usize| context[*token].iter().all(|value| value.is_finite());
                    let name = format!("{kernels:?} {format:?}: {value} in third {third}");
                    assert!((0..66).chain(136..139).all(|token| is_finite(&token)), "{name} spread");
                    // Beside these, the query with the value, or all queries that meet its key or value. An infinite
                    // key is rightly ignored by queries whose score it makes negative.
                    let meet = if third == 0 { 86..87 } else { 66..136 };
                    let lost = meet.clone().filter(is_finite).count();
                    let may_lose = third == 1 && value.is_infinite();
                    assert!(lost == 0 || may_lose, "{name} was lost for {lost} of {meet:?}");
                }
            }
        }
    }
}
