//! The published model shapes, for measuring without a checkpoint.

use clap::ValueEnum;
use deberta::Config;
use serde_json::json;

use crate::failure::Failure;

/// A preset by its KerasHub name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    #[value(name = "deberta_v3_extra_small_en")]
    EnglishExtraSmall,
    #[value(name = "deberta_v3_small_en")]
    EnglishSmall,
    #[value(name = "deberta_v3_base_en")]
    EnglishBase,
    #[value(name = "deberta_v3_large_en")]
    EnglishLarge,
    #[value(name = "deberta_v3_base_multi")]
    MultilingualBase,
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
            Self::EnglishExtraSmall => ("deberta_v3_extra_small_en", 128_100, 384, 12, 6, 1536),
            Self::EnglishSmall => ("deberta_v3_small_en", 128_100, 768, 6, 12, 3072),
            Self::EnglishBase => ("deberta_v3_base_en", 128_100, 768, 12, 12, 3072),
            Self::EnglishLarge => ("deberta_v3_large_en", 128_100, 1024, 24, 16, 4096),
            Self::MultilingualBase => ("deberta_v3_base_multi", 251_000, 768, 12, 12, 3072),
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
            (Preset::EnglishExtraSmall, 70_682_112),
            (Preset::EnglishSmall, 141_304_320),
            (Preset::EnglishBase, 183_831_552),
            (Preset::EnglishLarge, 434_012_160),
            (Preset::MultilingualBase, 278_218_752),
        ] {
            assert_eq!(parameters(&preset.config().unwrap()), count, "{}", preset.name());
        }
    }
}
