//! A model's sizes as the constructor of Keras' `DebertaV3Backbone` takes them.

use super::position::MOST_RELATIVE_POSITIONS;
use super::{Activation, Config, MOST_LAYERS, PosAttType, labels, weight_sizes};
use crate::error::{Result, bail};

/// The element type of a model's weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WeightType {
    /// 32-bit IEEE 754.
    #[default]
    Float32,
    /// 16-bit IEEE 754.
    Float16,
    /// The upper half of a float32.
    Bfloat16,
}

/// The arguments of Keras' `DebertaV3Backbone`: what there is to choose about a DeBERTa v3 model.
///
/// ```
/// let config = deberta::BackboneConfig::new(128_100, 12, 12, 768, 3072).max_sequence_length(1024).to_config()?;
/// assert_eq!(config.span(), 256);
/// # Ok::<(), deberta::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackboneConfig {
    /// Rows of the token embedding.
    pub vocabulary_size: usize,
    /// Number of transformer layers.
    pub num_layers: usize,
    /// Number of attention heads; divides `hidden_dim`.
    pub num_heads: usize,
    /// Length of a hidden state.
    pub hidden_dim: usize,
    /// Length of the feed-forward layer's inner vector.
    pub intermediate_dim: usize,
    /// Distance from which on relative positions are not told apart. It is no limit on the input.
    pub max_sequence_length: usize,
    /// Number of buckets for distances to one side.
    pub bucket_size: usize,
    /// Element type of the weights, which new ones are rounded to. What is computed in is the precision at open.
    pub dtype: WeightType,
}

impl BackboneConfig {
    /// The sizes without a default; `max_sequence_length` is 512, `bucket_size` 256 and `dtype` float32.
    pub fn new(
        vocabulary_size: usize,
        num_layers: usize,
        num_heads: usize,
        hidden_dim: usize,
        intermediate_dim: usize,
    ) -> Self {
        Self {
            vocabulary_size,
            num_layers,
            num_heads,
            hidden_dim,
            intermediate_dim,
            max_sequence_length: 512,
            bucket_size: 256,
            dtype: WeightType::Float32,
        }
    }

    /// Sets the distance from which on relative positions are not told apart.
    pub fn max_sequence_length(mut self, positions: usize) -> Self {
        self.max_sequence_length = positions;
        self
    }

    /// Sets the number of buckets for distances to one side.
    pub fn bucket_size(mut self, buckets: usize) -> Self {
        self.bucket_size = buckets;
        self
    }

    /// Sets the element type of the weights.
    pub fn dtype(mut self, dtype: WeightType) -> Self {
        self.dtype = dtype;
        self
    }

    /// The configuration of that model.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidConfig`] if a size is impossible or they do not fit together.
    pub fn to_config(&self) -> Result<Config> {
        self.resolve("the backbone's configuration")
    }

    /// [`Self::to_config`] with the name of where the sizes are from.
    pub(super) fn resolve(&self, origin: &str) -> Result<Config> {
        self.check(origin)?;
        let id2label = labels::numbered(2);
        let config = Config {
            vocab_size: self.vocabulary_size,
            hidden_size: self.hidden_dim,
            embedding_size: self.hidden_dim,
            num_hidden_layers: self.num_layers,
            num_attention_heads: self.num_heads,
            intermediate_size: self.intermediate_dim,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-7,
            masked_lm_layer_norm_eps: 1e-7,
            max_position_embeddings: self.max_sequence_length,
            type_vocab_size: 0,
            position_biased_input: false,
            relative_attention: true,
            position_buckets: Some(self.bucket_size),
            max_relative_positions: self.max_sequence_length,
            pos_att_type: PosAttType { c2p: true, p2c: true },
            share_att_key: true,
            normalize_relative_embeddings: true,
            conv: None,
            pad_token_id: 0,
            pooler_hidden_size: self.hidden_dim,
            pooler_hidden_act: Activation::Gelu,
            architectures: vec!["DebertaV2Model".into()],
            num_labels: id2label.len(),
            id2label,
            problem_type: None,
            cross_encoder_activation: None,
        };
        weight_sizes::check(&config, origin, argument)?;
        Ok(config)
    }

    fn check(&self, origin: &str) -> Result<()> {
        for (name, size) in [
            ("vocabulary_size", self.vocabulary_size),
            ("num_layers", self.num_layers),
            ("num_heads", self.num_heads),
            ("hidden_dim", self.hidden_dim),
            ("intermediate_dim", self.intermediate_dim),
            ("max_sequence_length", self.max_sequence_length),
        ] {
            if size == 0 {
                bail!(InvalidConfig, "{origin}: \"{name}\" is 0, but must be at least 1");
            }
        }
        for (name, size, most) in [
            ("num_layers", self.num_layers, MOST_LAYERS),
            ("max_sequence_length", self.max_sequence_length, MOST_RELATIVE_POSITIONS),
        ] {
            if size > most {
                bail!(InvalidConfig, "{origin}: \"{name}\" is {size}, but must be at most {most}");
            }
        }
        if !self.hidden_dim.is_multiple_of(self.num_heads) {
            bail!(
                InvalidConfig,
                "{origin}: \"hidden_dim\" is {}, but must be divisible by \"num_heads\", which is {}",
                self.hidden_dim,
                self.num_heads
            );
        }
        let middle = self.bucket_size / 2;
        if middle == 0 {
            bail!(InvalidConfig, "{origin}: \"bucket_size\" is {}, but must be at least 2", self.bucket_size);
        }
        // Distances beyond the middle are spread over a logarithm of (max_sequence_length − 1) / middle.
        if self.max_sequence_length <= middle.saturating_add(1) {
            bail!(
                InvalidConfig,
                "{origin}: \"max_sequence_length\" is {}, but \"bucket_size\" {} needs more than {}",
                self.max_sequence_length,
                self.bucket_size,
                middle.saturating_add(1)
            );
        }
        Ok(())
    }
}

/// Keras' name of a size.
pub(super) fn argument(key: &'static str) -> &'static str {
    match key {
        "vocab_size" => "vocabulary_size",
        "hidden_size" | "embedding_size" => "hidden_dim",
        "num_hidden_layers" => "num_layers",
        "intermediate_size" => "intermediate_dim",
        "max_position_embeddings" => "max_sequence_length",
        "pooler_hidden_size" => "the classifier's hidden_dim",
        "num_labels" => "num_classes",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn small() -> BackboneConfig {
        BackboneConfig::new(60, 2, 4, 32, 48)
    }

    #[test]
    fn a_backbone_is_what_version_3_is() {
        let config = small().max_sequence_length(64).bucket_size(16).to_config().unwrap();
        let written = r#"{"model_type": "deberta-v2", "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 48, "max_position_embeddings": 64, "position_buckets": 16,
            "relative_attention": true, "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p",
            "position_biased_input": false, "max_relative_positions": -1, "type_vocab_size": 0,
            "architectures": ["DebertaV2Model"]}"#;
        let written = Config::from_json(written, "config.json").unwrap();
        assert_eq!(format!("{config:?}"), format!("{written:?}"));
        let defaults = small().to_config().unwrap();
        assert_eq!((defaults.max_relative_positions, defaults.position_buckets), (512, Some(256)));
    }

    #[test]
    fn impossible_sizes_are_named() {
        let huge = usize::MAX / 8;
        for (config, parts) in [
            (BackboneConfig::new(0, 2, 4, 32, 48), &["\"vocabulary_size\" is 0"][..]),
            (BackboneConfig::new(60, 0, 4, 32, 48), &["\"num_layers\" is 0"]),
            (BackboneConfig::new(60, 2, 0, 32, 48), &["\"num_heads\" is 0"]),
            (BackboneConfig::new(60, 2, 4, 0, 48), &["\"hidden_dim\" is 0"]),
            (BackboneConfig::new(60, 2, 4, 32, 0), &["\"intermediate_dim\" is 0"]),
            (
                BackboneConfig::new(60, 2, 5, 32, 48),
                &["\"hidden_dim\" is 32", "divisible by \"num_heads\"", "5"],
            ),
            (BackboneConfig::new(60, 65_537, 4, 32, 48), &["\"num_layers\" is 65537", "65536"]),
            (small().max_sequence_length(0), &["\"max_sequence_length\" is 0"]),
            (small().max_sequence_length(1 << 25), &["\"max_sequence_length\" is 33554432", "16777216"]),
            (small().bucket_size(1), &["\"bucket_size\" is 1", "at least 2"]),
            (
                small().max_sequence_length(129),
                &["\"max_sequence_length\" is 129", "\"bucket_size\" 256", "129"],
            ),
            (
                BackboneConfig::new(huge, 2, 4, 32, 48),
                &["larger than memory", "vocabulary_size", "hidden_dim 32"],
            ),
            (BackboneConfig::new(60, 2, 4, 32, huge), &["larger than memory", "intermediate_dim"]),
        ] {
            let error = config.to_config().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
            for part in parts {
                assert!(error.message().contains(part), "{part}: {error}");
            }
        }
    }
}
