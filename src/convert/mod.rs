//! Checkpoints written anew, in the formats that other programs read.

mod hugging_face_config;
mod output_folder;
mod tensors;
mod tokenizer_files;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::checkpoint::{Checkpoint, LoadMode};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;
use output_folder::OutputFolder;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConversionTarget {
    /// A Hugging Face folder: `config.json`, `model.safetensors`, and the tokenizer as `tokenizer.json` if there is one.
    Safetensors,
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
    let tokenizer = Tokenizer::from_folder(folder)?;
    let output = OutputFolder::create(output.as_ref())?;
    let mut tensors = 0;
    match target {
        ConversionTarget::TokenizerJson => {
            let Some(tokenizer) = &tokenizer else { return Err(tokenizer_files::missing(folder)) };
            tokenizer_files::write(folder, tokenizer, output.path())?;
        }
        ConversionTarget::Safetensors => {
            let config = Config::from_folder(folder)?;
            // No prefix: what the encoder's tensors are called makes no difference here.
            let checkpoint = Checkpoint::open(folder, LoadMode::MemoryMap, Some(""))?;
            hugging_face_config::write(folder, &config, output.path())?;
            if let Some(tokenizer) = &tokenizer {
                tokenizer_files::write(folder, tokenizer, output.path())?;
            }
            tensors =
                tensors::write_safetensors(&checkpoint, &output.path().join("model.safetensors"), progress)?;
        }
    }
    Ok(ConversionReport { files: output.finish()?, tensors })
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, content).map_err(|source| Error::io("write", path, source))
}
