//! The kernels of the registry as things to measure; for the benches of this package only.

use std::hint::black_box;
use std::time::Instant;

use crate::error::Result;
use crate::linalg::kernels::attention::{
    AttentionScratch, DisentangledAttention, PositionOperands, RelativeIndex, Scale,
};
use crate::linalg::kernels::matmul::{Epilogue, Output, matmul};
use crate::linalg::kernels::{Format, Kernels};
use crate::linalg::{Activations, Matrix, PackedRows, Panels};
use crate::profile::Stopwatch;
use crate::runtime::ThreadPool;
use crate::{Activation, RelativePositionTable};

/// One kernel with operands, ready to run on one thread.
pub trait Measurable {
    /// `instruction set/format`, or the instruction set alone.
    fn name(&self) -> String;
    /// Runs the kernel once.
    fn run(&mut self);
}

/// Values in [-1, 1) that depend on their place only.
fn fill(matrix: &mut Matrix) {
    let mut state = 1u64;
    for row in 0..matrix.rows() {
        for value in matrix.row_mut(row) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *value = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
        }
    }
}

fn filled(rows: usize, columns: usize) -> Result<Activations> {
    let mut activations = Activations { values: Matrix::new(rows, columns)?, ..Activations::default() };
    fill(&mut activations.values);
    Ok(activations)
}

fn formats(kernels: &'static Kernels) -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|&format| kernels.has(format))
}

/// A matrix product with packed weights.
pub struct Product {
    kernels: &'static Kernels,
    pool: ThreadPool,
    input: Activations,
    panels: Panels,
    output: Matrix,
}

impl Product {
    /// [rows, depth]·[depth, columns] in each format of each instruction set of this machine.
    ///
    /// # Errors
    ///
    /// Memory that cannot be had.
    pub fn all(rows: usize, depth: usize, columns: usize) -> Result<Vec<Self>> {
        Kernels::available()
            .flat_map(|kernels| formats(kernels).map(move |format| (kernels, format)))
            .map(|(kernels, format)| Self::new(kernels, format, rows, depth, columns))
            .collect()
    }

    fn new(
        kernels: &'static Kernels,
        format: Format,
        rows: usize,
        depth: usize,
        columns: usize,
    ) -> Result<Self> {
        let pool = ThreadPool::new(1)?;
        let mut input = filled(rows, depth)?;
        if format != Format::Float32 {
            input.operand.reshape(format, rows, depth)?;
            kernels.convert_rows(&pool, &mut input.values, &mut input.operand, &|_| {});
        }
        let mut weight = Matrix::new(columns, depth)?;
        fill(&mut weight);
        let panels = Panels::pack(kernels, format, depth, columns, None, |column, values| {
            values.copy_from_slice(weight.row(column));
        })?;
        Ok(Self { kernels, pool, input, panels, output: Matrix::new(rows, columns)? })
    }

    /// The most operations a second that the format's instruction does on this machine, two for each multiplication, in
    /// units of 10⁹: that of a tile whose operands are all in the first-level cache.
    ///
    /// # Errors
    ///
    /// Memory that cannot be had.
    pub fn peak_gflops(&self) -> Result<f64> {
        let format = self.panels.format();
        let (rows, depth, columns) = (96, 128 * format.values_per_cell(), self.kernels.panel_width);
        let mut tile = Self::new(self.kernels, format, rows, depth, columns)?;
        let runs = 200;
        let mut fastest = f64::INFINITY;
        for _ in 0..30 {
            let started = Instant::now();
            (0..runs).for_each(|_| tile.run());
            fastest = fastest.min(started.elapsed().as_secs_f64());
        }
        Ok((2 * rows * depth * columns * runs) as f64 / fastest / 1e9)
    }
}

impl Measurable for Product {
    fn name(&self) -> String {
        format!("{}/{}", self.kernels.instruction_set, self.panels.format().name())
    }

    fn run(&mut self) {
        let input = self.input.input(self.panels.format());
        let output = Output::Float32(&mut self.output);
        matmul(self.kernels, &self.pool, input, &self.panels, output, Epilogue::None);
        black_box(&self.output);
    }
}

/// Disentangled attention of one row with buckets as DeBERTa v3 has them.
pub struct Attention {
    kernels: &'static Kernels,
    format: Format,
    pool: ThreadPool,
    heads: usize,
    content: Activations,
    position_operands: PositionOperands,
    relative_index: RelativeIndex,
    scratch: AttentionScratch,
    context: Activations,
}

impl Attention {
    const HEAD_SIZE: usize = 64;

    /// Attention over `tokens` tokens in each floating-point format of each instruction set of this machine.
    ///
    /// # Errors
    ///
    /// Memory that cannot be had.
    pub fn all(heads: usize, tokens: usize) -> Result<Vec<Self>> {
        let floats = [Format::Float32, Format::Bfloat16];
        Kernels::available()
            .flat_map(|kernels| {
                floats.into_iter().filter(|&format| kernels.has(format)).map(move |format| (kernels, format))
            })
            .map(|(kernels, format)| Self::new(kernels, format, heads, tokens))
            .collect()
    }

    fn new(kernels: &'static Kernels, format: Format, heads: usize, tokens: usize) -> Result<Self> {
        let pool = ThreadPool::new(1)?;
        let table = RelativePositionTable::new(Some(256), 512);
        let rows = 2 * table.span();
        let mut relative_index = RelativeIndex::default();
        relative_index.ensure(tokens - 1, rows, |distance| table.index(distance));
        let mut content = filled(tokens, 3 * heads * Self::HEAD_SIZE)?;
        let mut queries = filled(rows, heads * Self::HEAD_SIZE)?;
        if format != Format::Float32 {
            for rows in [&mut content, &mut queries] {
                rows.operand.reshape(format, rows.values.rows(), rows.values.columns())?;
                kernels.convert_rows(&pool, &mut rows.values, &mut rows.operand, &|_| {});
            }
        }
        let keys = (0..heads).map(|head| {
            Panels::pack(kernels, format, Self::HEAD_SIZE, rows, None, |row, values| {
                values.copy_from_slice(&queries.values.row(row)[head * Self::HEAD_SIZE..][..Self::HEAD_SIZE]);
            })
        });
        let keys = Some(keys.collect::<Result<_>>()?);
        Ok(Self {
            kernels,
            format,
            pool,
            heads,
            content,
            position_operands: PositionOperands {
                keys,
                queries: Some(PackedRows::from_activations(queries, format)),
            },
            relative_index,
            scratch: AttentionScratch::default(),
            context: Activations::default(),
        })
    }
}

impl Measurable for Attention {
    fn name(&self) -> String {
        format!("{}/{}", self.kernels.instruction_set, self.format.name())
    }

    fn run(&mut self) {
        let content = self.content.input(self.format);
        let positions: Vec<u32> = (0..content.rows as u32).collect();
        let attention = DisentangledAttention {
            format: self.format,
            context_format: self.format,
            heads: self.heads,
            head_size: Self::HEAD_SIZE,
            scale: Scale::new(1.0 / (3.0 * Self::HEAD_SIZE as f64).sqrt()),
            queries_keys_values: content,
            row_offsets: &[0, content.rows],
            positions: &positions,
            relative_index: &self.relative_index,
            position_operands: &self.position_operands,
            stopwatch: &Stopwatch::default(),
        };
        let outcome = attention.forward(self.kernels, &self.pool, &mut self.scratch, &mut self.context, None);
        black_box(outcome).ok();
    }
}

/// Layer norm or an activation on a row that is in the cache.
pub struct Row {
    kernels: &'static Kernels,
    values: Vec<f32>,
    ones: Vec<f32>,
    activation: Option<Activation>,
}

impl Row {
    /// Layer norm, or the activation that is given, of `length` values on each instruction set of this machine.
    pub fn all(length: usize, activation: Option<Activation>) -> Vec<Self> {
        let row = |kernels| Self {
            kernels,
            values: (0..length).map(|index| (index % 97) as f32 / 48.0 - 1.0).collect(),
            ones: vec![1.0; length],
            activation,
        };
        Kernels::available().map(row).collect()
    }
}

impl Measurable for Row {
    fn name(&self) -> String {
        self.kernels.instruction_set.to_string()
    }

    fn run(&mut self) {
        match self.activation {
            Some(activation) => self.kernels.activate(activation, &mut self.values),
            None => self.kernels.layer_norm_row(&mut self.values, &self.ones, &self.ones, 1e-7),
        }
        black_box(&self.values);
    }
}
