//! The DeBERTa v2/v3 encoder. [`Encoder::forward`] reads as the papers do: embeddings, layers of disentangled
//! attention and feed-forward, and in v2 a convolution beside the first layer.
//!
//! DeBERTa (He et al., ICLR 2021, arXiv 2006.03654), DeBERTaV3 (He et al., ICLR 2023, arXiv 2111.09543);
//! reference: transformers `modeling_deberta_v2.py`, `DebertaV2Model`.

mod attention;
mod conv;
mod embeddings;
mod feed_forward;
mod relative_position;
mod weights;
mod workspace;

use attention::Attention;
use conv::Conv;
use embeddings::Embeddings;
use feed_forward::FeedForward;
pub use relative_position::RelativePositionTable;
use weights::{EncoderTensors, LayerTensors};
pub(crate) use workspace::Workspace;

use crate::batch::Batch;
use crate::checkpoint::{Tensor, TensorReader};
use crate::config::Config;
use crate::error::Result;
use crate::linalg::{Compute, Matrix};
use crate::packed::Packing;
use crate::profile::Stage;

/// The encoder's weights, packed for the kernels, and what could be computed before any input was seen.
pub(crate) struct Encoder {
    embeddings: Embeddings,
    relative_positions: RelativePositionTable,
    layers: Vec<Layer>,
    conv: Option<Conv>,
}

struct Layer {
    attention: Attention,
    feed_forward: FeedForward,
}

/// What a forward pass shall keep beside the last hidden state.
pub(crate) trait Observer {
    /// The hidden states [tokens, hidden_size] after layer `layer`; layer 0 is the embedding output. An error ends the
    /// forward pass.
    fn hidden_states(&mut self, layer: usize, hidden_states: &Matrix) -> Result<()>;

    /// Room for the attention probabilities of the next layer, `length` values, or nothing if they are not wanted.
    fn attention_probabilities(&mut self, length: usize) -> Result<Option<&mut [f32]>>;
}

impl Encoder {
    /// Finds all tensors; `reader` collects those that are missing or do not fit.
    pub fn locate(config: &Config, reader: &mut TensorReader<'_>) -> LocatedEncoder {
        LocatedEncoder(EncoderTensors::locate(config, reader))
    }

    /// Encodes a batch that fits the configuration with the first `layers` layers; the last hidden state
    /// [tokens, hidden_size] is left in `workspace.hidden_states`.
    pub fn forward(
        &self,
        compute: &Compute,
        batch: &Batch,
        layers: usize,
        workspace: &mut Workspace,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let Workspace { hidden_states, embedding_output, attention, feed_forward, conv, stopwatch } =
            workspace;
        stopwatch.time(Stage::Embeddings, || {
            self.embeddings.forward(compute, batch, embedding_output, hidden_states)
        })?;
        observer.hidden_states(0, &hidden_states.values)?;
        if self.conv.is_some() {
            embedding_output.copy_from(&hidden_states.values)?;
        }
        for (index, layer) in self.layers.iter().take(layers).enumerate() {
            layer.attention.forward(
                compute,
                &self.relative_positions,
                batch,
                hidden_states,
                attention,
                observer,
                stopwatch,
            )?;
            layer.feed_forward.forward(
                compute,
                attention.output(),
                feed_forward,
                hidden_states,
                stopwatch,
            )?;
            if let Some(convolution) = self.conv.as_ref().filter(|_| index == 0) {
                stopwatch.time(Stage::Convolution, || {
                    convolution.forward(compute, batch, embedding_output, conv, hidden_states)
                })?;
            }
            observer.hidden_states(index + 1, &hidden_states.values)?;
        }
        Ok(())
    }

    /// Rows of the word embedding table [ids, embedding_size]; the ids must be below the vocabulary's size.
    pub fn token_embeddings(&self, ids: &[u32]) -> Vec<f32> {
        self.embeddings.token_embeddings(ids)
    }
}

/// The encoder's tensors, found in a checkpoint but not yet packed.
pub(crate) struct LocatedEncoder(EncoderTensors);

impl LocatedEncoder {
    /// The word embedding table [vocab_size, embedding_size].
    pub fn word_embeddings(&self) -> &Tensor {
        &self.0.embeddings.word
    }

    /// Packs the weights and computes the projected relative embeddings of every layer, or finds both in a file.
    pub fn build(&self, config: &Config, packing: &Packing) -> Result<Encoder> {
        let tensors = &self.0;
        let relative_embeddings = tensors.relative_embeddings.as_ref();
        let total_bytes = tensors.layers.iter().map(LayerTensors::bytes).sum();
        let mut bytes = 0;
        packing.report(bytes, total_bytes)?;
        let layers = tensors.layers.iter().enumerate().map(|(index, tensors)| {
            let name = format!("encoder.layer.{index}");
            let layer = Layer {
                attention: Attention::build(config, packing, &name, tensors, relative_embeddings)?,
                feed_forward: FeedForward::build(config, packing, &name, tensors)?,
            };
            bytes += tensors.bytes();
            packing.report(bytes, total_bytes)?;
            Ok(layer)
        });
        Ok(Encoder {
            layers: layers.collect::<Result<_>>()?,
            conv: tensors.conv.as_ref().map(|conv| Conv::build(config, packing, conv)).transpose()?,
            relative_positions: RelativePositionTable::new(
                config.position_buckets,
                config.max_relative_positions,
            ),
            embeddings: Embeddings::build(config, packing, &tensors.embeddings)?,
        })
    }
}
