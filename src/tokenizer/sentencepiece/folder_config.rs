//! What the JSON files beside a SentencePiece model say: casing, punctuation, and special tokens.
//!
//! The rules are those of transformers 4. Tokens in `added_tokens_decoder` of `tokenizer_config.json` come first, in the
//! order of their ids. Where that key is missing, those of `added_tokens.json` do, and `special_tokens_map.json` has
//! the word on named tokens. Then come the named tokens that are not there yet.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokenizers::AddedToken;

use crate::error::{Error, ErrorKind, Result};

const CONFIG: &str = "tokenizer_config.json";
const SPECIAL_TOKENS: &str = "special_tokens_map.json";
const ADDED_TOKENS: &str = "added_tokens.json";

const UNKNOWN: &str = "unk_token";
/// The named tokens with what they are by default, in the order in which they are added.
const NAMED: [(&str, &str); 7] = [
    ("bos_token", "[CLS]"),
    ("eos_token", "[SEP]"),
    (UNKNOWN, "[UNK]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];
const ADDITIONAL: &str = "additional_special_tokens";
const EXTRA: &str = "extra_special_tokens";

/// The configuration of a folder's tokenizer; by default one that asks for nothing.
#[derive(Debug, Default)]
pub(super) struct FolderConfig {
    /// Whether texts are lowercased.
    pub do_lower_case: bool,
    /// Whether each punctuation character is a word of its own.
    pub split_by_punct: bool,
    /// Tokens that are looked for in the text, in the order in which those that the model lacks get their ids.
    pub added_tokens: Vec<ConfiguredToken>,
}

/// A token and what its file says about it.
#[derive(Debug)]
pub(super) struct ConfiguredToken {
    /// Spelling, and how it is looked for.
    pub token: AddedToken,
    /// The id that the file gives it, and the file.
    pub id: Option<(u32, &'static str)>,
}

/// A token in one of the files.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum StoredToken {
    Text(String),
    Object(TokenObject),
}

#[derive(Clone, Deserialize)]
struct TokenObject {
    content: String,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    single_word: bool,
    normalized: Option<bool>,
    #[serde(default)]
    special: bool,
}

/// Tokens that a model may be given beyond the named ones, with or without names of their own.
#[derive(Deserialize)]
#[serde(untagged)]
enum ExtraTokens {
    Listed(Vec<StoredToken>),
    Named(Map<String, Value>),
}

impl FolderConfig {
    /// Reads the files that a folder has.
    pub(super) fn in_folder(folder: &Path) -> Result<Self> {
        let config = JsonObject::read(folder.join(CONFIG))?;
        let decoder: Option<BTreeMap<u32, TokenObject>> = config.get("added_tokens_decoder")?.flatten();
        let map = match decoder {
            Some(_) => JsonObject::empty(folder.join(SPECIAL_TOKENS)),
            None => JsonObject::read(folder.join(SPECIAL_TOKENS))?,
        };
        let special = SpecialTokens::read(&config, &map)?;
        let numbered = match decoder {
            Some(tokens) => SpecialTokens::of_decoder(tokens),
            None => special.of_added_tokens(&JsonObject::read(folder.join(ADDED_TOKENS))?)?,
        };
        Ok(Self {
            do_lower_case: config.get("do_lower_case")?.flatten().unwrap_or(false),
            split_by_punct: config.get("split_by_punct")?.flatten().unwrap_or(false),
            added_tokens: special.add_to(numbered),
        })
    }
}

/// The special tokens of a folder, in the order in which they are added.
struct SpecialTokens {
    tokens: Vec<SpecialToken>,
}

struct SpecialToken {
    stored: StoredToken,
    is_unknown: bool,
    /// False for a default.
    is_configured: bool,
}

impl SpecialTokens {
    fn read(config: &JsonObject, map: &JsonObject) -> Result<Self> {
        let mut tokens = Vec::new();
        for (key, default) in NAMED {
            // A token that is null is known to be missing, unlike one whose key is.
            let configured: Option<Option<StoredToken>> = match map.get(key)? {
                Some(token) => Some(token),
                None => config.get(key)?,
            };
            let is_configured = configured.is_some();
            if let Some(stored) = configured.unwrap_or_else(|| Some(StoredToken::Text(default.to_owned()))) {
                tokens.push(SpecialToken { stored, is_unknown: key == UNKNOWN, is_configured });
            }
        }
        let mut further: Vec<StoredToken> = Vec::new();
        for file in [config, map] {
            further.extend(file.get::<Vec<StoredToken>>(ADDITIONAL)?.flatten().unwrap_or_default());
        }
        match config.get(EXTRA)?.flatten() {
            None => {}
            Some(ExtraTokens::Listed(listed)) => further.extend(listed),
            Some(ExtraTokens::Named(named)) => {
                let named = JsonObject { entries: named, path: config.path.clone() };
                for key in named.entries.keys() {
                    further.extend(named.get::<StoredToken>(key)?.flatten());
                }
            }
        }
        tokens.extend(further.into_iter().map(|stored| SpecialToken {
            stored,
            is_unknown: false,
            is_configured: true,
        }));
        Ok(Self { tokens })
    }

    fn of_decoder(tokens: BTreeMap<u32, TokenObject>) -> Vec<ConfiguredToken> {
        let configure = |(id, object): (u32, TokenObject)| {
            let special = object.special;
            ConfiguredToken { token: object.into_token(special), id: Some((id, CONFIG)) }
        };
        tokens.into_iter().map(configure).collect()
    }

    fn of_added_tokens(&self, file: &JsonObject) -> Result<Vec<ConfiguredToken>> {
        let configured = self.tokens.iter().filter(|token| token.is_configured);
        let configured: HashSet<&str> = configured.map(|token| token.stored.content()).collect();
        let mut tokens = Vec::new();
        for content in file.entries.keys() {
            let id: Option<u32> = file.get(content)?.flatten();
            let token = AddedToken::from(content.clone(), configured.contains(content.as_str()));
            tokens.push(ConfiguredToken { token, id: id.map(|id| (id, ADDED_TOKENS)) });
        }
        tokens.sort_by_key(|configured| configured.id.map(|(id, _)| id));
        Ok(tokens)
    }

    /// All tokens: those that have a number, then the special ones that are not among them.
    fn add_to(self, mut tokens: Vec<ConfiguredToken>) -> Vec<ConfiguredToken> {
        let special: HashSet<&str> = self.tokens.iter().map(|token| token.stored.content()).collect();
        for configured in &mut tokens {
            configured.token.special |= special.contains(configured.token.content.as_str());
        }
        let mut known: HashSet<String> =
            tokens.iter().map(|configured| configured.token.content.clone()).collect();
        for special in self.tokens {
            if known.insert(special.stored.content().to_owned()) {
                tokens.push(ConfiguredToken { token: special.into_token(), id: None });
            }
        }
        tokens
    }
}

impl SpecialToken {
    fn into_token(self) -> AddedToken {
        match self.stored {
            // The unknown token is looked for in the normalized text, unless a file says otherwise.
            StoredToken::Text(text) => AddedToken::from(text, true).normalized(self.is_unknown),
            StoredToken::Object(object) => object.into_token(true),
        }
    }
}

impl StoredToken {
    fn content(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Object(object) => &object.content,
        }
    }
}

impl TokenObject {
    fn into_token(self, special: bool) -> AddedToken {
        let normalized = self.normalized.unwrap_or(!special);
        AddedToken::from(self.content, special)
            .lstrip(self.lstrip)
            .rstrip(self.rstrip)
            .single_word(self.single_word)
            .normalized(normalized)
    }
}

/// A JSON file whose errors name it; an empty object where there is no such file.
struct JsonObject {
    path: PathBuf,
    entries: Map<String, Value>,
}

impl JsonObject {
    fn empty(path: PathBuf) -> Self {
        Self { path, entries: Map::new() }
    }

    fn read(path: PathBuf) -> Result<Self> {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::empty(path)),
            Err(error) => return Err(Error::io("read tokenizer configuration", &path, error)),
        };
        match serde_json::from_slice(&bytes) {
            Ok(entries) => Ok(Self { path, entries }),
            Err(source) => Err(Error::new(
                ErrorKind::InvalidTokenizer,
                format!(
                    "{} is not a JSON object ({source}); copy it again from the checkpoint",
                    path.display()
                ),
            )
            .with_source(source)),
        }
    }

    /// The value of `key`: `None` where the key is missing, `Some(None)` for null.
    fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Option<T>>> {
        let Some(value) = self.entries.get(key) else { return Ok(None) };
        let value = Option::deserialize(value).map_err(|source| {
            Error::new(
                ErrorKind::InvalidTokenizer,
                format!(
                    "{}: \"{key}\" has a value of the wrong kind ({source}); copy the file again from the checkpoint",
                    self.path.display()
                ),
            )
            .with_source(source)
        })?;
        Ok(Some(value))
    }
}
