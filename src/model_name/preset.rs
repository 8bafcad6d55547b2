//! The models that KerasHub has under names of their own.

use std::fmt;
use std::str::FromStr;

use serde_json::json;

use super::hugging_face::HuggingFaceModel;
use super::kaggle::KaggleModel;
use crate::config::Config;
use crate::error::{Error, Result, bail};

/// A published model under its KerasHub name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// `deberta_v3_extra_small_en`
    ExtraSmallEnglish,
    /// `deberta_v3_small_en`
    SmallEnglish,
    /// `deberta_v3_base_en`
    BaseEnglish,
    /// `deberta_v3_large_en`
    LargeEnglish,
    /// `deberta_v3_base_multi`
    BaseMultilingual,
}

/// What differs between the presets.
struct Description {
    name: &'static str,
    repository: &'static str,
    parameters: u64,
    vocabulary: usize,
    hidden: usize,
    layers: usize,
    heads: usize,
    intermediate: usize,
}

impl Preset {
    /// All presets, the smallest first.
    pub const ALL: [Self; 5] = [
        Self::ExtraSmallEnglish,
        Self::SmallEnglish,
        Self::BaseEnglish,
        Self::LargeEnglish,
        Self::BaseMultilingual,
    ];

    fn description(self) -> Description {
        let (name, repository, parameters, sizes) = match self {
            Self::ExtraSmallEnglish => (
                "deberta_v3_extra_small_en",
                "microsoft/deberta-v3-xsmall",
                70_682_112,
                [128_100, 384, 12, 6, 1536],
            ),
            Self::SmallEnglish => (
                "deberta_v3_small_en",
                "microsoft/deberta-v3-small",
                141_304_320,
                [128_100, 768, 6, 12, 3072],
            ),
            Self::BaseEnglish => {
                ("deberta_v3_base_en", "microsoft/deberta-v3-base", 183_831_552, [128_100, 768, 12, 12, 3072])
            }
            Self::LargeEnglish => (
                "deberta_v3_large_en",
                "microsoft/deberta-v3-large",
                434_012_160,
                [128_100, 1024, 24, 16, 4096],
            ),
            Self::BaseMultilingual => (
                "deberta_v3_base_multi",
                "microsoft/mdeberta-v3-base",
                278_218_752,
                [251_000, 768, 12, 12, 3072],
            ),
        };
        let [vocabulary, hidden, layers, heads, intermediate] = sizes;
        Description { name, repository, parameters, vocabulary, hidden, layers, heads, intermediate }
    }

    /// The preset's name.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// Number of weights of the preset's encoder.
    pub fn parameters(self) -> u64 {
        self.description().parameters
    }

    /// The same model on Hugging Face.
    pub fn hugging_face(self) -> HuggingFaceModel {
        HuggingFaceModel::main(self.description().repository)
    }

    /// The preset itself on Kaggle, in whatever version is there.
    pub fn kaggle(self) -> KaggleModel {
        KaggleModel::keras("deberta_v3", self.name())
    }

    /// The configuration of the preset's encoder.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorKind::InvalidConfig`] if the weights are larger than this machine can address.
    pub fn config(self) -> Result<Config> {
        let Description { name, vocabulary, hidden, layers, heads, intermediate, .. } = self.description();
        let text = json!({
            "model_type": "deberta-v2",
            "vocab_size": vocabulary,
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
        Config::from_json(&text.to_string(), name)
    }

    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|preset| preset.name() == name) {
            Some(preset) => Ok(preset),
            None => bail!(InvalidArgument, "{name:?} is no preset; the presets are {}", Self::names()),
        }
    }
}
