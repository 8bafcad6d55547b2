//! The encoder's tensors: names and shapes as Hugging Face checkpoints have them.

use std::cell::OnceCell;

use crate::checkpoint::{Tensor, TensorReader};
use crate::config::Config;
use crate::error::Result;
use crate::linalg::{Compute, LayerNorm, Matrix};

/// Weight and bias of a linear layer, a layer norm or a convolution.
pub(super) struct Affine {
    pub weight: Tensor,
    pub bias: Tensor,
}

impl Affine {
    /// A weight of the given shape and a bias as long as its first dimension.
    fn locate(reader: &mut TensorReader<'_>, name: &str, shape: &[usize]) -> Self {
        Self {
            weight: reader.encoder_tensor(&format!("{name}.weight"), shape),
            bias: reader.encoder_tensor(&format!("{name}.bias"), &shape[..1]),
        }
    }

    pub fn layer_norm(&self, config: &Config) -> LayerNorm {
        LayerNorm::new(&self.weight, &self.bias, config.layer_norm_eps)
    }
}

pub(super) struct EncoderTensors {
    pub embeddings: EmbeddingTensors,
    pub relative_embeddings: Option<RelativeEmbeddings>,
    pub layers: Vec<LayerTensors>,
    pub conv: Option<ConvTensors>,
}

/// The embeddings of relative positions, and what their projections are made of.
pub(super) struct RelativeEmbeddings {
    tensor: Tensor,
    layer_norm: Option<Affine>,
    rows: OnceCell<Matrix>,
}

pub(super) struct EmbeddingTensors {
    pub word: Tensor,
    pub position: Option<Tensor>,
    pub token_type: Option<Tensor>,
    pub projection: Option<Tensor>,
    pub layer_norm: Affine,
}

pub(super) struct LayerTensors {
    pub query: Affine,
    pub key: Affine,
    pub value: Affine,
    /// Projections of the relative embeddings where they are not shared with the content's.
    pub position_key: Option<Affine>,
    pub position_query: Option<Affine>,
    pub attention_output: Affine,
    pub attention_layer_norm: Affine,
    pub intermediate: Affine,
    pub output: Affine,
    pub output_layer_norm: Affine,
}

pub(super) struct ConvTensors {
    /// [hidden_size, hidden_size / groups, kernel_size]
    pub conv: Affine,
    pub layer_norm: Affine,
}

impl EncoderTensors {
    pub fn locate(config: &Config, reader: &mut TensorReader<'_>) -> Self {
        let hidden = config.hidden_size;
        let embedding = config.embedding_size;
        let embeddings = EmbeddingTensors {
            word: reader.encoder_tensor("embeddings.word_embeddings.weight", &[config.vocab_size, embedding]),
            position: config.position_biased_input.then(|| {
                let shape = [config.max_position_embeddings, embedding];
                reader.encoder_tensor("embeddings.position_embeddings.weight", &shape)
            }),
            token_type: (config.type_vocab_size > 0).then(|| {
                let shape = [config.type_vocab_size, embedding];
                reader.encoder_tensor("embeddings.token_type_embeddings.weight", &shape)
            }),
            projection: (embedding != hidden)
                .then(|| reader.encoder_tensor("embeddings.embed_proj.weight", &[hidden, embedding])),
            layer_norm: Affine::locate(reader, "embeddings.LayerNorm", &[hidden]),
        };
        let relative_embeddings = config.relative_attention.then(|| RelativeEmbeddings {
            tensor: reader.encoder_tensor("encoder.rel_embeddings.weight", &[2 * config.span(), hidden]),
            layer_norm: config
                .normalize_relative_embeddings
                .then(|| Affine::locate(reader, "encoder.LayerNorm", &[hidden])),
            rows: OnceCell::new(),
        });
        let layers = (0..config.num_hidden_layers).map(|layer| LayerTensors::locate(config, reader, layer));
        let layers = layers.collect();
        let conv = config.conv.as_ref().map(|conv| ConvTensors {
            conv: Affine::locate(
                reader,
                "encoder.conv.conv",
                &[hidden, hidden / conv.groups, conv.kernel_size],
            ),
            layer_norm: Affine::locate(reader, "encoder.conv.LayerNorm", &[hidden]),
        });
        Self { embeddings, relative_embeddings, layers, conv }
    }
}

impl RelativeEmbeddings {
    /// R [2·span, hidden_size]: the relative embeddings, normalised where the configuration says so, in reverse order
    /// as the attention reads them. Computed when they are first asked for.
    pub fn rows(&self, config: &Config, compute: &Compute) -> Result<&Matrix> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows);
        }
        let hidden = config.hidden_size;
        let mut embeddings = Matrix::new(2 * config.span(), hidden)?;
        for row in 0..embeddings.rows() {
            self.tensor.read_f32((2 * config.span() - 1 - row) * hidden, embeddings.row_mut(row));
        }
        if let Some(layer_norm) = &self.layer_norm {
            layer_norm.layer_norm(config).forward_values(compute, &mut embeddings);
        }
        Ok(self.rows.get_or_init(|| embeddings))
    }
}

impl LayerTensors {
    /// Bytes of the stored weights of the layer's products.
    pub fn bytes(&self) -> u64 {
        let always =
            [&self.query, &self.key, &self.value, &self.attention_output, &self.intermediate, &self.output];
        let position = [self.position_key.as_ref(), self.position_query.as_ref()].into_iter().flatten();
        always.into_iter().chain(position).map(|affine| affine.weight.stored_bytes()).sum()
    }

    fn locate(config: &Config, reader: &mut TensorReader<'_>, layer: usize) -> Self {
        let (hidden, intermediate) = (config.hidden_size, config.intermediate_size);
        let layer = format!("encoder.layer.{layer}");
        let mut affine =
            |name: &str, shape: &[usize]| Affine::locate(reader, &format!("{layer}.{name}"), shape);
        let square = [hidden, hidden];
        let own_projections = config.relative_attention && !config.share_att_key;
        Self {
            query: affine("attention.self.query_proj", &square),
            key: affine("attention.self.key_proj", &square),
            value: affine("attention.self.value_proj", &square),
            position_key: (own_projections && config.pos_att_type.c2p)
                .then(|| affine("attention.self.pos_key_proj", &square)),
            position_query: (own_projections && config.pos_att_type.p2c)
                .then(|| affine("attention.self.pos_query_proj", &square)),
            attention_output: affine("attention.output.dense", &square),
            attention_layer_norm: affine("attention.output.LayerNorm", &[hidden]),
            intermediate: affine("intermediate.dense", &[intermediate, hidden]),
            output: affine("output.dense", &[hidden, intermediate]),
            output_layer_norm: affine("output.LayerNorm", &[hidden]),
        }
    }
}
