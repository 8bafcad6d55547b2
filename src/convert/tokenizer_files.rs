//! The files of a tokenizer as transformers and the `tokenizers` library read them.

use std::path::Path;

use serde_json::{Value, json};

use super::write as write_file;
use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::Tokenizer;

/// What accompanies a tokenizer and is copied as it is.
const COMPANIONS: [&str; 4] =
    ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "spm.model"];

/// Names of the special tokens in `tokenizer_config.json`.
const SPECIAL_TOKENS: [(&str, &str); 6] = [
    ("cls_token", "[CLS]"),
    ("sep_token", "[SEP]"),
    ("bos_token", "[CLS]"),
    ("eos_token", "[SEP]"),
    ("unk_token", "[UNK]"),
    ("mask_token", "[MASK]"),
];

/// Writes `tokenizer.json`, and the companions that the source has; a `tokenizer_config.json` is made where it has none.
pub(super) fn write(folder: &Path, tokenizer: &Tokenizer, output: &Path) -> Result<()> {
    write_file(&output.join("tokenizer.json"), tokenizer.to_tokenizer_json()?)?;
    for name in COMPANIONS {
        let source = folder.join(name);
        if source.is_file() {
            std::fs::copy(&source, output.join(name)).map_err(|error| Error::io("copy", &source, error))?;
        }
    }
    let config = output.join("tokenizer_config.json");
    if config.is_file() {
        return Ok(());
    }
    write_file(&config, format!("{:#}\n", tokenizer_config(tokenizer)))
}

/// The class is the one that takes `tokenizer.json` as it is: `DebertaV2Tokenizer` of transformers 5 replaces its
/// normalizer.
fn tokenizer_config(tokenizer: &Tokenizer) -> Value {
    let mut config = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "attention_mask"],
        "pad_token": "[PAD]",
        "clean_up_tokenization_spaces": false,
    });
    for (key, token) in SPECIAL_TOKENS {
        if tokenizer.id(token).is_some() {
            config[key] = token.into();
        }
    }
    config
}

pub(super) fn missing(folder: &Path) -> Error {
    let message =
        format!("{} has no tokenizer to convert; add its tokenizer.json or spm.model", folder.display());
    Error::new(ErrorKind::NotFound, message)
}
