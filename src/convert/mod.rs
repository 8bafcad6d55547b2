//! Checkpoints written anew, in the formats that other programs read.

mod hugging_face_config;
#[cfg(feature = "keras")]
mod keras;
mod output_folder;
mod tensors;
mod tokenizer_files;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::checkpoint::{Checkpoint, LoadMode};
use crate::config::{Config, is_keras_preset};
use crate::error::{Error, Result};
use crate::tokenizer::{Tokenizer, TokenizerMode, TokenizerOptions};
use output_folder::OutputFolder;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConversionTarget {
    /// A Hugging Face folder: `config.json`, `model.safetensors`, and the tokenizer as `tokenizer.json` if there is one.
    Safetensors,
    /// A preset that KerasHub loads, with all weights as float32. Only for models that `DebertaV3Backbone` computes.
    #[cfg(feature = "keras")]
    Keras,
    /// The files of the tokenizer alone, as `tokenizer.json` and its companions.
    TokenizerJson,
}

/// What was written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConversionReport {
    /// The files with their lengths in bytes, sorted by name.
    pub files: Vec<(PathBuf, u64)>,
    /// Number of tensors.
    pub tensors: usize,
    /// What the new format has no place for.
    pub notes: Vec<String>,
}

/// Receives how many of how many bytes of tensors are written, and says whether to go on.
pub type ConversionProgress<'a> = dyn Fn(u64, u64) -> ControlFlow<()> + 'a;

/// Converts a model folder to a new folder. Every tensor is written with the name, element type and values that it has,
/// whether this library uses it or not. The new folder appears complete or not at all.
///
/// # Errors
///
/// Whatever is wrong with the source, as when it is opened; `InvalidArgument` if something is in the place of `output`;
/// `NotFound` for [`ConversionTarget::TokenizerJson`] of a folder without a tokenizer; `Io` if the output cannot be
/// written; `Cancelled` if `progress` wants no more.
pub fn convert(
    folder: impl AsRef<Path>,
    target: ConversionTarget,
    output: impl AsRef<Path>,
    progress: &ConversionProgress<'_>,
) -> Result<ConversionReport> {
    let folder = folder.as_ref();
    // The other mode is one that tokenizer.json cannot express.
    let mode = TokenizerMode::HuggingFace;
    let tokenizer = Tokenizer::open(folder, &TokenizerOptions { mode })?;
    let output = OutputFolder::create(output.as_ref())?;
    let (mut tensors, mut notes) = (0, Vec::new());
    match target {
        ConversionTarget::TokenizerJson => {
            let Some(tokenizer) = &tokenizer else { return Err(tokenizer_files::missing(folder)) };
            tokenizer_files::write(folder, tokenizer, output.path())?;
        }
        #[cfg(feature = "keras")]
        ConversionTarget::Keras => {
            let config = Config::from_folder(folder)?;
            let checkpoint = Checkpoint::open(folder, LoadMode::MemoryMap, None)?;
            (tensors, notes) = keras::write(folder, &config, &checkpoint, output.path(), progress)?;
        }
        ConversionTarget::Safetensors => {
            let config = Config::from_folder(folder)?;
            // No prefix: what the encoder's tensors are called makes no difference here.
            let checkpoint = Checkpoint::open(folder, LoadMode::MemoryMap, Some(""))?;
            let is_keras = is_keras_preset(folder)?;
            hugging_face_config::write(folder, &config, is_keras, output.path())?;
            if let Some(tokenizer) = &tokenizer {
                tokenizer_files::write(folder, tokenizer, output.path())?;
            }
            // What transformers has before the names of an encoder with a head.
            let prefix = if is_keras { "deberta." } else { "" };
            let path = output.path().join("model.safetensors");
            tensors = tensors::write_safetensors(&checkpoint, prefix, &path, progress)?;
            if config.masked_lm_layer_norm_eps.to_bits() != config.layer_norm_eps.to_bits() {
                let (head, encoder) = (config.masked_lm_layer_norm_eps, config.layer_norm_eps);
                notes.push(format!(
                    "the masked-LM head has an epsilon of {head:e} in its layer norm, and transformers uses {encoder:e}"
                ));
            }
        }
    }
    Ok(ConversionReport { files: output.finish()?, tensors, notes })
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, content).map_err(|source| Error::io("write", path, source))
}
