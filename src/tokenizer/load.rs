//! Finds the tokenizer of a folder and reads it.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::engine::Engine;
use super::{TokenizerMode, sentencepiece, shield};
use crate::error::{Error, ErrorKind, Result, bail};

/// The Hugging Face tokenizer of a folder. Keras presets have an unrelated file of that name.
const TOKENIZER_JSON: &str = "tokenizer.json";
/// SentencePiece models of Hugging Face folders.
const HUGGING_FACE_MODELS: [&str; 2] = ["spm.model", "spiece.model"];
/// The SentencePiece model of a Keras preset.
const KERAS_MODEL: &str = "assets/tokenizer/vocabulary.spm";

/// What a `tokenizer.json` is.
enum TokenizerJson {
    HuggingFace(Box<tokenizers::Tokenizer>),
    Keras,
}

/// The keys that tell a Hugging Face tokenizer from a Keras layer configuration.
#[derive(Deserialize)]
struct Keys {
    model: Option<IgnoredAny>,
    registered_name: Option<IgnoredAny>,
    class_name: Option<IgnoredAny>,
}

/// Reads the tokenizer of a folder; `None` when it has none.
pub(super) fn from_folder(folder: &Path, mode: TokenizerMode) -> Result<Option<Engine>> {
    let json = folder.join(TOKENIZER_JSON);
    let has_json = is_there(&json)?;
    let model = sentencepiece_model(folder)?;
    if mode == TokenizerMode::SentencePiece {
        return match model {
            Some((path, _)) => Ok(Some(native(&path, folder)?)),
            None if has_json => bail!(
                NotFound,
                "{} has a tokenizer.json but no spm.model, spiece.model or {KERAS_MODEL}; add the SentencePiece model, or \
                 use the tokenizer mode of Hugging Face",
                folder.display()
            ),
            None => Ok(None),
        };
    }
    if has_json {
        match read_json(&json)? {
            TokenizerJson::HuggingFace(pipeline) => return Ok(Some(Engine::Pipeline(pipeline))),
            TokenizerJson::Keras if model.is_none() => return Err(keras_without_model(&json)),
            TokenizerJson::Keras => {}
        }
    }
    match model {
        None => Ok(None),
        Some((path, true)) if mode == TokenizerMode::Auto => Ok(Some(native(&path, folder)?)),
        Some((path, _)) => Ok(Some(Engine::Pipeline(Box::new(sentencepiece::converted(&path, folder)?)))),
    }
}

/// Reads a `tokenizer.json` of Hugging Face.
pub(super) fn from_file(path: &Path) -> Result<Engine> {
    match read_json(path)? {
        TokenizerJson::HuggingFace(pipeline) => Ok(Engine::Pipeline(pipeline)),
        TokenizerJson::Keras => Err(keras_without_model(path)),
    }
}

fn native(path: &Path, folder: &Path) -> Result<Engine> {
    Ok(Engine::SentencePiece(Box::new(sentencepiece::native(path, folder)?)))
}

/// The SentencePiece model of a folder, and whether it is that of a Keras preset.
fn sentencepiece_model(folder: &Path) -> Result<Option<(PathBuf, bool)>> {
    for name in HUGGING_FACE_MODELS.into_iter().chain([KERAS_MODEL]) {
        let path = folder.join(name);
        if is_there(&path)? {
            return Ok(Some((path, name == KERAS_MODEL)));
        }
    }
    Ok(None)
}

fn is_there(path: &Path) -> Result<bool> {
    path.try_exists().map_err(|source| Error::io("look for", path, source))
}

fn keras_without_model(path: &Path) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "{} is a Keras tokenizer configuration, not a Hugging Face tokenizer, and the vocabulary is not in it; open \
             the folder of the preset with its {KERAS_MODEL}, or replace it by the tokenizer.json of the same \
             checkpoint on Hugging Face",
            path.display()
        ),
    )
}

/// Reads a `tokenizer.json`, without its stored truncation and padding.
fn read_json(path: &Path) -> Result<TokenizerJson> {
    let bytes = std::fs::read(path).map_err(|source| Error::io("read tokenizer file", path, source))?;
    let name = path.display();
    let keys: Keys = serde_json::from_slice(&bytes).map_err(|source| {
        Error::new(
            ErrorKind::InvalidTokenizer,
            format!("{name} is not a JSON object ({source}); copy it again from the checkpoint"),
        )
        .with_source(source)
    })?;
    if keys.model.is_none() {
        if keys.registered_name.is_some() || keys.class_name.is_some() {
            return Ok(TokenizerJson::Keras);
        }
        bail!(
            InvalidTokenizer,
            "{name} has no \"model\" entry, so it is not a Hugging Face tokenizer; copy tokenizer.json from the \
             checkpoint"
        );
    }

    let mut tokenizer = shield(&format!("read {name}"), || tokenizers::Tokenizer::from_bytes(&bytes))?;
    // A limit or a padding that the file brings along would change results behind the caller's back.
    tokenizer.with_padding(None);
    shield(&format!("read {name}"), || tokenizer.with_truncation(None).map(|_| ()))?;
    Ok(TokenizerJson::HuggingFace(Box::new(tokenizer)))
}
