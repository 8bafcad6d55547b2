//! Models by name: what a name says, and which folder of this machine has the model.
//!
//! Nothing here touches the network; the `deberta fetch` command does.

mod caches;
mod hugging_face;
mod kaggle;
mod preset;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

pub use caches::Caches;
pub use hugging_face::HuggingFaceModel;
pub use kaggle::KaggleModel;
pub use preset::Preset;

use crate::error::{Error, Result, bail};

/// The name of a model.
///
/// ```
/// # use deberta::ModelName;
/// for name in ["deberta_v3_base_en", "microsoft/deberta-v3-base", "hf://microsoft/deberta-v3-base@main",
///     "kaggle://keras/deberta_v3/keras/deberta_v3_base_en/3"] {
///     assert!(name.parse::<ModelName>().is_ok());
/// }
/// assert!("../models/mine".parse::<ModelName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelName {
    /// A model with a name of its own.
    Preset(Preset),
    /// `user/name`, `user/name@revision`, and either with `hf://` in front.
    HuggingFace(HuggingFaceModel),
    /// `kaggle://owner/model/framework/variation`, and if wanted `/version` behind it.
    Kaggle(KaggleModel),
}

impl ModelName {
    /// The model's folder in one of the caches: that of Hugging Face first, then that of kagglehub.
    ///
    /// # Errors
    ///
    /// `NotFound` if no cache has it; the message says where it was looked for, and how to get it.
    pub fn resolve(&self, caches: &Caches) -> Result<PathBuf> {
        let hugging_face = |model: &HuggingFaceModel| model.find(caches.hugging_face.as_deref());
        let kaggle = |model: &KaggleModel| model.find(caches.kaggle.as_deref());
        let found = match self {
            Self::Preset(preset) => hugging_face(&preset.hugging_face())
                .or_else(|first| kaggle(&preset.kaggle()).map_err(|second| format!("{first}; {second}"))),
            Self::HuggingFace(model) => hugging_face(model),
            Self::Kaggle(model) => kaggle(model),
        };
        let remedy = match self {
            Self::Kaggle(model) => {
                format!(
                    "download it with Python: import kagglehub; kagglehub.model_download({:?})",
                    model.to_string()
                )
            }
            _ => format!("fetch it with `deberta fetch {self}`"),
        };
        match found {
            Ok(folder) => Ok(folder),
            Err(reason) => bail!(NotFound, "the model {self} is not on this machine: {reason}; {remedy}"),
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(preset) => preset.fmt(formatter),
            Self::HuggingFace(model) => model.fmt(formatter),
            Self::Kaggle(model) => write!(formatter, "kaggle://{model}"),
        }
    }
}

impl FromStr for ModelName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.split_once("://") {
            Some(("hf", model)) => HuggingFaceModel::parse(model).map(Self::HuggingFace),
            Some(("kaggle", model)) => KaggleModel::parse(model).map(Self::Kaggle),
            Some((scheme, _)) => {
                bail!(
                    InvalidArgument,
                    "{name:?} starts with {scheme}://, but only hf:// and kaggle:// are known"
                )
            }
            None if name.contains('/') => HuggingFaceModel::parse(name).map(Self::HuggingFace),
            None => match name.parse() {
                Ok(preset) => Ok(Self::Preset(preset)),
                Err(_) => bail!(
                    InvalidArgument,
                    "{name:?} is not the name of a model; names are {}, USER/NAME, hf://USER/NAME and \
                     kaggle://OWNER/MODEL/FRAMEWORK/VARIATION",
                    Preset::names()
                ),
            },
        }
    }
}
