//! The output of the encoder.

use crate::encoder::Observer;
use crate::error::{Error, ErrorKind, Result, bail};
use crate::heads::Logits;
use crate::linalg::Matrix;
use crate::run::RunOptions;

/// What to return beside the last hidden state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// The hidden states of the embeddings and of every layer.
    pub hidden_states: bool,
    /// The attention probabilities of every layer.
    pub attentions: bool,
    /// The head's logits.
    pub logits: bool,
    /// How many layers to compute, by default all: with fewer, the hidden state after the last of these is the last
    /// hidden state, and there are no logits.
    pub layers: Option<usize>,
}

impl Outputs {
    /// The number of layers to compute of a model that has `layers`.
    pub(crate) fn layers_of(self, layers: usize) -> Result<usize> {
        match self.layers {
            None => Ok(layers),
            Some(asked) if asked > layers => {
                bail!(InvalidArgument, "layer {asked} was asked for, but the model has layers 0 to {layers}")
            }
            Some(asked) if asked < layers && self.logits => {
                bail!(InvalidArgument, "logits need all {layers} layers, but only {asked} are to be computed")
            }
            Some(asked) => Ok(asked),
        }
    }
}

/// The encoded rows of a batch, ragged: only valid tokens, row after row.
#[derive(Clone, Debug)]
pub struct Encoded {
    pub(crate) shape: BatchShape,
    pub(crate) last_hidden_state: Vec<f32>,
    pub(crate) hidden_states: Vec<Vec<f32>>,
    pub(crate) attentions: Vec<Vec<f32>>,
    pub(crate) logits: Option<Logits>,
}

#[derive(Clone, Debug)]
pub(crate) struct BatchShape {
    pub row_offsets: Vec<usize>,
    pub positions: Vec<u32>,
    pub length: usize,
    pub hidden_size: usize,
    pub heads: usize,
}

impl Encoded {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shape.row_offsets.len() - 1
    }

    /// Number of valid tokens in all rows.
    pub fn tokens(&self) -> usize {
        self.shape.positions.len()
    }

    /// The original position of each valid token in its row.
    pub fn positions(&self) -> &[u32] {
        &self.shape.positions
    }

    /// Number of attention heads.
    pub fn attention_heads(&self) -> usize {
        self.shape.heads
    }

    /// Length of the rows with their padding.
    pub fn length(&self) -> usize {
        self.shape.length
    }

    /// Length of a token's hidden state.
    pub fn hidden_size(&self) -> usize {
        self.shape.hidden_size
    }

    /// Row `r` has the tokens `row_offsets()[r]..row_offsets()[r + 1]`.
    pub fn row_offsets(&self) -> &[usize] {
        &self.shape.row_offsets
    }

    /// The last hidden state [valid tokens, hidden_size].
    pub fn last_hidden_state(&self) -> &[f32] {
        &self.last_hidden_state
    }

    /// The last hidden state of row `row`, [its valid tokens, hidden_size].
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        let (start, end) = (self.shape.row_offsets[row], self.shape.row_offsets[row + 1]);
        &self.last_hidden_state[start * self.shape.hidden_size..end * self.shape.hidden_size]
    }

    /// If asked for: [valid tokens, hidden_size] of the embeddings, then of every layer; the last is
    /// [`Self::last_hidden_state`].
    pub fn hidden_states(&self) -> &[Vec<f32>] {
        &self.hidden_states
    }

    /// If asked for, for every layer: row after row [heads, S, S] with the row's number of valid tokens S; each query's
    /// probabilities over its row's keys sum to 1.
    pub fn attentions(&self) -> &[Vec<f32>] {
        &self.attentions
    }

    /// The head's logits, if asked for and the model has a head.
    pub fn logits(&self) -> Option<&Logits> {
        self.logits.as_ref()
    }

    /// Values for each valid token, ragged [valid tokens, size], as a padded array [rows, length, size] with zeros
    /// for padding.
    ///
    /// # Panics
    ///
    /// When `values` does not have a multiple of the number of valid tokens.
    pub fn to_padded(&self, values: &[f32]) -> Vec<f32> {
        let size = values.len() / self.tokens();
        let mut padded = vec![0.0; self.rows() * self.shape.length * size];
        self.scatter(values, &mut padded);
        padded
    }

    /// Writes values for each valid token to their places in a padded array that is zero.
    pub(crate) fn scatter(&self, values: &[f32], padded: &mut [f32]) {
        let shape = &self.shape;
        let size = values.len() / self.tokens();
        assert_eq!(size * self.tokens(), values.len(), "values for each valid token");
        for (row, range) in shape.row_offsets.windows(2).enumerate() {
            for token in range[0]..range[1] {
                let target = (row * shape.length + shape.positions[token] as usize) * size;
                padded[target..target + size].copy_from_slice(&values[token * size..][..size]);
            }
        }
    }

    /// The attention probabilities of layer `layer`, padded [rows, heads, length, length] with zeros for padding.
    ///
    /// # Panics
    ///
    /// When the attentions were not asked for or there is no such layer.
    pub fn padded_attentions(&self, layer: usize) -> Vec<f32> {
        let BatchShape { length, heads, .. } = &self.shape;
        let mut padded = vec![0.0; self.rows() * heads * length * length];
        self.scatter_attentions(layer, &mut padded);
        padded
    }

    /// Writes the attention probabilities of a layer to their places in a padded array that is zero.
    pub(crate) fn scatter_attentions(&self, layer: usize, padded: &mut [f32]) {
        let BatchShape { row_offsets, positions, length, heads, .. } = &self.shape;
        let ragged = &self.attentions[layer];
        let mut source = 0;
        for (row, range) in row_offsets.windows(2).enumerate() {
            let positions = &positions[range[0]..range[1]];
            for head in 0..*heads {
                for &query in positions {
                    let target = ((row * heads + head) * length + query as usize) * length;
                    for (key, value) in positions.iter().zip(&ragged[source..]) {
                        padded[target + *key as usize] = *value;
                    }
                    source += positions.len();
                }
            }
        }
    }
}

/// Keeps what was asked for while a batch is encoded, and ends the forward pass where it cannot or need not go on.
pub(crate) struct Recorder<'a> {
    pub outputs: Outputs,
    run: &'a RunOptions,
    layers: usize,
    watch: Option<&'a mut WatchAttention<'a>>,
    hidden_states: Vec<Vec<f32>>,
    /// Of every layer, or of the last one if they are only watched.
    attentions: Vec<Vec<f32>>,
}

/// Receives the attention probabilities of a layer, as [`Encoded::attentions`] has them, before the next one runs.
pub(crate) type WatchAttention<'a> = dyn FnMut(&[f32]) -> Result<()> + 'a;

impl<'a> Recorder<'a> {
    /// For a forward pass through so many layers.
    pub fn new(outputs: Outputs, run: &'a RunOptions, layers: usize) -> Self {
        Self { outputs, run, layers, watch: None, hidden_states: Vec::new(), attentions: Vec::new() }
    }

    /// Has each layer's attention watched, whether it is kept or not.
    pub fn watched_by(self, watch: &'a mut WatchAttention<'a>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// How many layers run.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// Limits of the call.
    pub fn run(&self) -> &RunOptions {
        self.run
    }

    /// Hidden states and attentions that were asked for.
    pub fn finish(self) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
        (self.hidden_states, if self.outputs.attentions { self.attentions } else { Vec::new() })
    }

    /// An error for NaN and infinity. Layer norm and the next layer's products spread one such value over its whole row,
    /// so that the first value of each row tells it; only after the last layer all values are looked at.
    fn check_finite(&self, layer: usize, hidden_states: &Matrix) -> Result<()> {
        let looked_at = if layer == self.layers { hidden_states.columns() } else { 1 };
        let is_finite = |row: usize| all_finite(&hidden_states.row(row)[..looked_at]);
        if (0..hidden_states.rows()).all(is_finite) {
            return Ok(());
        }
        let place = match layer {
            0 => "the embeddings".to_owned(),
            _ => format!("encoder.layer.{}", layer - 1),
        };
        bail!(
            InvalidCheckpoint,
            "{place} gave NaN or infinity: its weights hold such values, or they or the input are too large for this \
             precision; check the checkpoint's tensors"
        );
    }
}

/// Whether there is neither NaN nor infinity.
pub(crate) fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

impl Observer for Recorder<'_> {
    fn hidden_states(&mut self, layer: usize, hidden_states: &Matrix) -> Result<()> {
        self.check_finite(layer, hidden_states)?;
        if self.outputs.hidden_states {
            self.hidden_states.push(hidden_states.to_contiguous());
        }
        if let (Some(watch), Some(probabilities)) = (&mut self.watch, self.attentions.last()) {
            watch(probabilities)?;
        }
        self.run.check()
    }

    fn attention_probabilities(&mut self, length: usize) -> Result<Option<&mut [f32]>> {
        if !self.outputs.attentions && self.watch.is_none() {
            return Ok(None);
        }
        // Every layer has as many.
        if !self.outputs.attentions && !self.attentions.is_empty() {
            return Ok(self.attentions.last_mut().map(Vec::as_mut_slice));
        }
        let mut probabilities = Vec::new();
        probabilities.try_reserve_exact(length).map_err(|error| {
            let mebibytes = length / (1 << 18);
            Error::new(
                ErrorKind::OutOfMemory,
                format!("cannot allocate {mebibytes} MiB of attention probabilities"),
            )
            .with_source(error)
        })?;
        probabilities.resize(length, 0.0);
        self.attentions.push(probabilities);
        Ok(self.attentions.last_mut().map(Vec::as_mut_slice))
    }
}
