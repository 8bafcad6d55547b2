//! SentencePiece's own normalization.

use super::model::SentencePieceModel;
use super::prefixes::PiecePrefixes;

/// How the vocabulary spells a space.
pub(super) const SPACE: &str = "▁";

/// A normalized text, and where it came from.
#[derive(Debug, Default)]
pub(super) struct NormalizedText {
    /// What is cut into pieces.
    pub text: String,
    /// For each byte of `text`, and for its end, the byte of the original that it came from.
    pub origins: Vec<usize>,
}

impl NormalizedText {
    fn push(&mut self, part: &str, origin: usize) {
        self.text.push_str(part);
        self.origins.resize(self.text.len(), origin);
    }

    fn remove_end(&mut self, end: &str) -> Option<usize> {
        let length = self.text.strip_suffix(end)?.len();
        let origin = self.origins.get(length).copied();
        self.text.truncate(length);
        self.origins.truncate(length);
        origin
    }
}

/// Normalizes `text`. User-defined symbols stay as they are.
pub(super) fn normalize(
    text: &str,
    model: &SentencePieceModel,
    user_defined: &PiecePrefixes,
) -> NormalizedText {
    let space = if model.escape_whitespaces { SPACE } else { " " };
    let mut normalized = NormalizedText::default();
    let mut position = 0;
    if model.remove_extra_whitespaces {
        while let Some((length, " ")) = next_part(&text[position..], model, user_defined) {
            position += length;
        }
    }
    if position == text.len() {
        return normalized;
    }
    if model.add_dummy_prefix {
        normalized.push(space, position);
    }
    let mut after_space = model.remove_extra_whitespaces;
    while let Some((length, part)) = next_part(&text[position..], model, user_defined) {
        let part = if after_space { part.trim_start_matches(' ') } else { part };
        for (index, words) in part.split(' ').enumerate() {
            if index > 0 {
                normalized.push(space, position);
            }
            normalized.push(words, position);
        }
        if !part.is_empty() {
            after_space = model.remove_extra_whitespaces && part.ends_with(' ');
        }
        position += length;
    }
    let mut end = text.len();
    if model.remove_extra_whitespaces {
        while let Some(origin) = normalized.remove_end(space) {
            end = origin;
        }
    }
    normalized.origins.push(end);
    normalized
}

/// What the start of `text` is normalized to, and how many bytes of it that covers; `None` at the end.
fn next_part<'a>(
    text: &'a str,
    model: &'a SentencePieceModel,
    user_defined: &PiecePrefixes,
) -> Option<(usize, &'a str)> {
    let first = text.chars().next()?;
    if let Some((length, _)) = user_defined.of(&model.pieces, text).last() {
        return Some((length, &text[..length]));
    }
    let replaced = model.charsmap.as_ref().and_then(|charsmap| charsmap.longest_match(text));
    Some(replaced.unwrap_or((first.len_utf8(), &text[..first.len_utf8()])))
}
