//! Reads `tokenizer.json` and tells apart the two unrelated formats of that name.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::shield;
use crate::error::{Error, ErrorKind, Result, bail};

/// The keys that tell a Hugging Face tokenizer from a Keras layer configuration.
#[derive(Deserialize)]
struct Keys {
    model: Option<IgnoredAny>,
    registered_name: Option<IgnoredAny>,
    class_name: Option<IgnoredAny>,
}

/// Reads the file, without its stored truncation and padding.
pub(super) fn load(path: &Path) -> Result<tokenizers::Tokenizer> {
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
            bail!(
                Unsupported,
                "{name} is a Keras tokenizer configuration, not a Hugging Face tokenizer; replace it by the \
                 tokenizer.json of the same checkpoint on Hugging Face, or pass token ids"
            );
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
    Ok(tokenizer)
}
