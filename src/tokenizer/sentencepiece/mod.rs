//! SentencePiece models (`spm.model`), either converted to what Hugging Face's tokenizers do, or as SentencePiece itself
//! behaves.
//!
//! The two differ in what no piece spells: SentencePiece puts byte pieces there where the model has them, the conversion
//! unknown tokens. They also differ in a few normalizations of character sequences, and in that the conversion finds
//! special tokens written in a text.

mod charsmap;
mod conversion;
mod folder_config;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod model;
mod normalizer;
mod prefixes;
mod processor;
mod proto;
mod unigram;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::{Error, Result, bail};
use folder_config::FolderConfig;
use model::SentencePieceModel;

pub(super) use processor::Processor;

/// The tokenizer that Hugging Face's conversion makes of the model in `path`, with the configuration files of `folder`.
pub(super) fn converted(path: &Path, folder: &Path) -> Result<tokenizers::Tokenizer> {
    let (model, name) = read(path)?;
    conversion::convert(&model, &FolderConfig::in_folder(folder)?, &name)
}

/// The model in `path` with SentencePiece's own behaviour, which leaves nothing for the configuration files of `folder` to
/// choose.
pub(super) fn native(path: &Path, folder: &Path) -> Result<Processor> {
    let (model, name) = read(path)?;
    let config = FolderConfig::in_folder(folder)?;
    if config.do_lower_case || config.split_by_punct {
        bail!(
            Unsupported,
            "tokenizer_config.json of {} sets do_lower_case or split_by_punct, which SentencePiece itself does not do; \
             use the tokenizer mode of Hugging Face",
            folder.display()
        );
    }
    Processor::new(model, &name)
}

fn read(path: &Path) -> Result<(SentencePieceModel, String)> {
    let bytes = std::fs::read(path).map_err(|source| Error::io("read SentencePiece model", path, source))?;
    let name = path.display().to_string();
    Ok((SentencePieceModel::from_bytes(&bytes, &name)?, name))
}
