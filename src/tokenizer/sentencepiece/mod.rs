//! SentencePiece models (`spm.model`), either converted to what Hugging Face's tokenizers do, or as SentencePiece itself
//! behaves.
//!
//! The two differ in what no piece spells: SentencePiece puts byte pieces there where the model has them, the conversion
//! unknown tokens. They also differ in a few normalizations of character sequences, and in that the conversion finds
//! special tokens written in a text.

mod charsmap;
mod conversion;
mod folder_config;
mod model;
mod normalizer;
mod prefixes;
mod processor;
mod proto;
mod unigram;

#[cfg(test)]
mod tests;

use std::path::Path;

#[cfg(any(test, feature = "fuzzing"))]
use crate::error::ErrorKind;
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

/// What [`crate::fuzzing::sentencepiece`] does.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz(bytes: &[u8]) {
    use super::{EncodeOptions, Tokenizer, engine::Engine};

    const TEXTS: [&str; 6] = [
        "",
        " a  b\t",
        "aAbBcC [MASK]<br>[CLS]",
        "e\u{301}\0\u{fffd} Ａ①",
        "日本語 👨\u{200d}👩 ▁▁x",
        "<0x41>ab",
    ];
    const NAME: &str = "fuzzed model";
    let open = || {
        let model = SentencePieceModel::from_bytes(bytes, NAME)?;
        let converted = conversion::convert(&model, &FolderConfig::default(), NAME)?;
        let native = Processor::new(model, NAME)?;
        Ok([Engine::Pipeline(Box::new(converted)), Engine::SentencePiece(Box::new(native))])
    };
    let engines = match open() {
        Ok(engines) => engines,
        Err(error) => {
            let error: Error = error;
            assert!(matches!(error.kind(), ErrorKind::InvalidTokenizer | ErrorKind::Unsupported), "{error}");
            return;
        }
    };
    for tokenizer in engines.map(Tokenizer::new) {
        for text in TEXTS {
            let encoding = tokenizer
                .encode((text, "pair").into(), &EncodeOptions::default())
                .expect("any text is encoded");
            assert!(encoding.ids.iter().all(|&id| (id as usize) < tokenizer.vocabulary_size()));
            tokenizer.decode(&encoding.ids, false).expect("what was encoded is decoded");
        }
    }
}

fn read(path: &Path) -> Result<(SentencePieceModel, String)> {
    let bytes = std::fs::read(path).map_err(|source| Error::io("read SentencePiece model", path, source))?;
    let name = path.display().to_string();
    Ok((SentencePieceModel::from_bytes(&bytes, &name)?, name))
}
