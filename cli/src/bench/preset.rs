//! The published model shapes, for measuring without a checkpoint.

use clap::ValueEnum;
use deberta::Config;
use serde_json::json;

use crate::failure::Failure;

/// A preset by its KerasHub name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    #[value(name = "deberta_v3_extra_small_en")]
    DebertaV3ExtraSmallEn,
    #[value(name = "deberta_v3_small_en")]
    DebertaV3SmallEn,
    #[value(name = "deberta_v3_base_en")]
    DebertaV3BaseEn,
    #[value(name = "deberta_v3_large_en")]
    DebertaV3LargeEn,
    #[value(name = "deberta_v3_base_multi")]
    DebertaV3BaseMulti,
}

/// What differs between the presets.
struct Sizes {
    name: &'static str,
    vocab: usize,
    hidden: usize,
    layers: usize,
    heads: usize,
    intermediate: usize,
}

impl Preset {
    fn sizes(self) -> Sizes {
        let (name, vocab, hidden, layers, heads, intermediate) = match self {
            Self::DebertaV3ExtraSmallEn => ("deberta_v3_extra_small_en", 128_100, 384, 12, 6, 1536),
            Self::DebertaV3SmallEn => ("deberta_v3_small_en", 128_100, 768, 6, 12, 3072),
            Self::DebertaV3BaseEn => ("deberta_v3_base_en", 128_100, 768, 12, 12, 3072),
            Self::DebertaV3LargeEn => ("deberta_v3_large_en", 128_100, 1024, 24, 16, 4096),
            Self::DebertaV3BaseMulti => ("deberta_v3_base_multi", 251_000, 768, 12, 12, 3072),
        };
        Sizes { name, vocab, hidden, layers, heads, intermediate }
    }

    /// The preset's name.
    pub fn name(self) -> &'static str {
        self.sizes().name
    }

    /// The configuration of the preset's encoder.
    pub fn config(self) -> Result<Config, Failure> {
        let Sizes { name, vocab, hidden, layers, heads, intermediate } = self.sizes();
        let text = json!({
            "model_type": "deberta-v2",
            "vocab_size": vocab,
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "intermediate_size": intermediate,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-7,
            "max_position_embeddings": 512,
            "max_relative_positions": -1,
            "position_buckets": 256,
            "relative_attention": true,
            "pos_att_type": "p2c|c2p",
            "share_att_key": true,
            "norm_rel_ebd": "layer_norm",
            "position_biased_input": false,
            "type_vocab_size": 0,
            "pad_token_id": 0,
        });
        Ok(Config::from_json(&text.to_string(), name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of the encoder, as KerasHub counts them.
    fn parameters(config: &Config) -> usize {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let dense = |input: usize, output: usize| input * output + output;
        let norm = 2 * hidden;
        let layer = 4 * dense(hidden, hidden) + dense(hidden, inner) + dense(inner, hidden) + 2 * norm;
        let embeddings = config.vocab_size * hidden + norm;
        let relative = 2 * config.span() * hidden + norm;
        embeddings + relative + config.num_hidden_layers * layer
    }

    #[test]
    fn parameter_counts_are_the_published_ones() {
        for (preset, count) in [
            (Preset::DebertaV3ExtraSmallEn, 70_682_112),
            (Preset::DebertaV3SmallEn, 141_304_320),
            (Preset::DebertaV3BaseEn, 183_831_552),
            (Preset::DebertaV3LargeEn, 434_012_160),
            (Preset::DebertaV3BaseMulti, 278_218_752),
        ] {
            assert_eq!(parameters(&preset.config().unwrap()), count, "{}", preset.name());
        }
    }
}
