//! The tokenizer against what the `tokenizers` library in Python gives on the same files and texts.

use std::path::{Path, PathBuf};

use deberta::{Encoding, ErrorKind, TextInput, TokenizeOptions, Tokenizer, Truncation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A text as stored: written out, or as a piece and how often it is repeated.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredText {
    Written { text: String, pair: Option<String> },
    Repeated { repeat: String, times: usize },
}

struct Text {
    text: String,
    pair: Option<String>,
}

impl Text {
    fn input(&self) -> TextInput<'_> {
        TextInput { text: &self.text, pair: self.pair.as_deref() }
    }
}

/// What the reference gives: in full, or as hashes for long texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Full { ids: Vec<u32>, type_ids: Vec<u32>, offsets: Vec<(usize, usize)> },
    Hashed { count: usize, ids_sha256: String, offsets_sha256: String },
}

#[derive(Deserialize)]
struct TruncationCase {
    text: String,
    pair: Option<String>,
    max_length: usize,
    strategy: String,
    ids: Option<Vec<u32>>,
    type_ids: Option<Vec<u32>>,
    error: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn goldens() -> PathBuf {
    root().join("tests/goldens/tokenizer")
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn texts() -> Vec<Text> {
    let stored: Vec<StoredText> = read(&goldens().join("texts.json"));
    stored
        .into_iter()
        .map(|stored| match stored {
            StoredText::Written { text, pair } => Text { text, pair },
            StoredText::Repeated { repeat, times } => Text { text: repeat.repeat(times), pair: None },
        })
        .collect()
}

/// Every tokenizer with goldens, by the name of its folder. That of a bundled model is read from `models/`.
fn tokenizers() -> Vec<(String, PathBuf, Tokenizer)> {
    let entries = std::fs::read_dir(goldens()).expect("tests/goldens/tokenizer is part of the repository");
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let found: Vec<_> = folders
        .map(|folder| {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let own = folder.join("tokenizer.json");
            let bundled = root().join("models").join(name.replace('_', "-")).join("tokenizer.json");
            let tokenizer = Tokenizer::from_file(if own.exists() { &own } else { &bundled }).unwrap();
            (name, folder, tokenizer)
        })
        .collect();
    assert!(!found.is_empty());
    found
}

fn sha256(values: impl IntoIterator<Item = usize>) -> String {
    let mut hash = Sha256::new();
    for value in values {
        hash.update(u32::try_from(value).unwrap().to_le_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_expected(label: &str, expected: &Expected, encoding: &Encoding) {
    match expected {
        Expected::Full { ids, type_ids, offsets } => {
            assert_eq!(encoding.ids, *ids, "{label}: ids");
            assert_eq!(encoding.token_type_ids, *type_ids, "{label}: token types");
            assert_eq!(encoding.char_offsets, *offsets, "{label}: offsets");
        }
        Expected::Hashed { count, ids_sha256, offsets_sha256 } => {
            assert_eq!(encoding.len(), *count, "{label}: count");
            assert_eq!(sha256(encoding.ids.iter().map(|&id| id as usize)), *ids_sha256, "{label}: ids");
            let offsets = encoding.char_offsets.iter().flat_map(|&(start, end)| [start, end]);
            assert_eq!(sha256(offsets), *offsets_sha256, "{label}: offsets");
        }
    }
}

/// Byte offsets and character offsets name the same places, on character boundaries of the caller's string.
fn check_offsets(label: &str, input: TextInput<'_>, encoding: &Encoding) {
    for (sequence, text) in [(0, input.text), (1, input.pair.unwrap_or(""))] {
        let mut boundaries: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
        boundaries.push(text.len());
        for index in 0..encoding.len() {
            if encoding.sequence_ids[index] != Some(sequence) {
                continue;
            }
            let (byte_start, byte_end) = encoding.byte_offsets[index];
            let (char_start, char_end) = encoding.char_offsets[index];
            assert!(char_start <= char_end, "{label}: token {index}");
            assert_eq!(boundaries.get(char_start), Some(&byte_start), "{label}: start of token {index}");
            assert_eq!(boundaries.get(char_end), Some(&byte_end), "{label}: end of token {index}");
        }
    }
    for index in 0..encoding.len() {
        assert_eq!(encoding.special_tokens_mask[index], encoding.sequence_ids[index].is_none(), "{label}");
        if encoding.special_tokens_mask[index] {
            assert_eq!(
                (encoding.byte_offsets[index], encoding.char_offsets[index]),
                ((0, 0), (0, 0)),
                "{label}"
            );
        }
    }
}

#[test]
fn ids_types_and_offsets_equal_the_reference() {
    let texts = texts();
    let inputs: Vec<TextInput<'_>> = texts.iter().map(Text::input).collect();
    for (name, folder, tokenizer) in tokenizers() {
        let expected: Vec<Expected> = read(&folder.join("expected.json"));
        assert_eq!(expected.len(), texts.len(), "{name}");
        let batch = tokenizer.encode_batch(&inputs, &TokenizeOptions::default()).unwrap();
        for (index, expected) in expected.iter().enumerate() {
            let shown: String = texts[index].text.chars().take(40).collect();
            let label = format!("{name}, text {index} {shown:?}");
            check_expected(&label, expected, &batch[index]);
            check_offsets(&label, inputs[index], &batch[index]);
            let alone = tokenizer.encode(inputs[index], &TokenizeOptions::default()).unwrap();
            assert_eq!(alone, batch[index], "{label}: batch and single");
        }
    }
}

#[test]
fn truncation_equals_the_reference() {
    let mut cases = 0;
    for (name, folder, tokenizer) in tokenizers() {
        let path = folder.join("truncation.json");
        if !path.exists() {
            continue;
        }
        for case in read::<Vec<TruncationCase>>(&path) {
            cases += 1;
            let truncation: Truncation = case.strategy.parse().unwrap();
            let options =
                TokenizeOptions { max_length: Some(case.max_length), truncation, ..Default::default() };
            let input = TextInput { text: &case.text, pair: case.pair.as_deref() };
            let shown: String = case.text.chars().take(40).collect();
            let label = format!("{name}, {shown:?}, {} to {}", case.strategy, case.max_length);
            match (tokenizer.encode(input, &options), case.error) {
                (Ok(encoding), None) => {
                    assert_eq!(Some(&encoding.ids), case.ids.as_ref(), "{label}: ids");
                    assert_eq!(
                        Some(&encoding.token_type_ids),
                        case.type_ids.as_ref(),
                        "{label}: token types"
                    );
                    check_offsets(&label, input, &encoding);
                    let whole = tokenizer.encode(input, &TokenizeOptions::default()).unwrap();
                    let removed =
                        encoding.truncated.as_ref().map_or(0, |cut| cut.removed_tokens.iter().sum());
                    assert_eq!(encoding.len() + removed, whole.len(), "{label}: removed");
                }
                (Err(error), Some(_)) => {
                    assert!(
                        matches!(error.kind(), ErrorKind::TooLong | ErrorKind::InvalidArgument),
                        "{label}: {error}"
                    );
                }
                (found, expected) => {
                    panic!("{label}: found {found:?}, the reference's error is {expected:?}")
                }
            }
        }
    }
    assert!(cases > 0, "no truncation goldens were found");
}
