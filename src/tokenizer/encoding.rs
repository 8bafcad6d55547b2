//! What the tokenizer gives back.

use super::{TextInput, TruncatedText};

/// The tokens of one input: the vectors all have one entry per token.
///
/// Offsets are half-open ranges into the caller's own string, before any normalization: into `text` for tokens with
/// sequence id 0, into `pair` for those with sequence id 1, and `(0, 0)` for the special tokens that were added.
/// A range includes the space before a word where the token does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids.
    pub ids: Vec<u32>,
    /// 0 for the first text and what frames it, 1 for the second.
    pub token_type_ids: Vec<u32>,
    /// The tokens as the vocabulary spells them; an unknown piece keeps its own spelling.
    pub tokens: Vec<String>,
    /// Offsets in UTF-8 bytes, always on character boundaries.
    pub byte_offsets: Vec<(usize, usize)>,
    /// Offsets in Unicode scalar values (Python's string indices).
    pub char_offsets: Vec<(usize, usize)>,
    /// True for special tokens that were added around the texts, false for all that stands in them.
    pub special_tokens_mask: Vec<bool>,
    /// 0 for tokens of the first text, 1 for tokens of the second, `None` for added special tokens.
    pub sequence_ids: Vec<Option<u8>>,
    /// Which word of its text, counted from 0, a token is part of; `None` for added special tokens. Words are what the
    /// tokenizer cuts a text into before it looks for tokens: at spaces, and where the model says so at punctuation.
    pub word_ids: Vec<Option<u32>>,
    /// What truncation cut off; `None` when all of the input is here.
    pub truncated: Option<TruncatedText>,
}

impl Encoding {
    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Copies the library's encoding, whose offsets are in bytes.
    pub(super) fn from_raw(raw: &tokenizers::Encoding, input: TextInput<'_>) -> Self {
        let sequence_ids: Vec<Option<u8>> = raw
            .get_sequence_ids()
            .into_iter()
            .map(|sequence| sequence.map(|sequence| u8::from(sequence != 0)))
            .collect();
        let mut positions = [Positions::new(input.text), Positions::new(input.pair.unwrap_or(""))];
        let mut byte_offsets = Vec::with_capacity(raw.len());
        let mut char_offsets = Vec::with_capacity(raw.len());
        for (&(start, end), sequence) in raw.get_offsets().iter().zip(&sequence_ids) {
            let (start, end) = match sequence {
                None => ((0, 0), (0, 0)),
                Some(sequence) => {
                    let positions = &mut positions[usize::from(*sequence)];
                    let start = positions.at_or_before(start);
                    (start, positions.at_or_after(end.max(start.0)))
                }
            };
            byte_offsets.push((start.0, end.0));
            char_offsets.push((start.1, end.1));
        }
        Self {
            ids: raw.get_ids().to_vec(),
            token_type_ids: raw.get_type_ids().to_vec(),
            tokens: raw.get_tokens().to_vec(),
            byte_offsets,
            char_offsets,
            special_tokens_mask: raw.get_special_tokens_mask().iter().map(|&special| special != 0).collect(),
            sequence_ids,
            word_ids: raw.get_word_ids().to_vec(),
            truncated: None,
        }
    }

    /// The tokens at these indices.
    pub(super) fn select(&self, indices: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[T], indices: &[usize]) -> Vec<T> {
            indices.iter().map(|&index| values[index].clone()).collect()
        }
        Self {
            ids: pick(&self.ids, indices),
            token_type_ids: pick(&self.token_type_ids, indices),
            tokens: pick(&self.tokens, indices),
            byte_offsets: pick(&self.byte_offsets, indices),
            char_offsets: pick(&self.char_offsets, indices),
            special_tokens_mask: pick(&self.special_tokens_mask, indices),
            sequence_ids: pick(&self.sequence_ids, indices),
            word_ids: pick(&self.word_ids, indices),
            truncated: None,
        }
    }

    /// Keeps the tokens for which `keep(index)` holds.
    pub(super) fn retain(&mut self, keep: impl Fn(usize) -> bool) {
        fn filter<T>(values: &mut Vec<T>, keep: &impl Fn(usize) -> bool) {
            let mut index = 0;
            values.retain(|_| {
                index += 1;
                keep(index - 1)
            });
        }
        filter(&mut self.ids, &keep);
        filter(&mut self.token_type_ids, &keep);
        filter(&mut self.tokens, &keep);
        filter(&mut self.byte_offsets, &keep);
        filter(&mut self.char_offsets, &keep);
        filter(&mut self.special_tokens_mask, &keep);
        filter(&mut self.sequence_ids, &keep);
        filter(&mut self.word_ids, &keep);
    }
}

/// Puts an encoding together, token by token.
pub(super) struct EncodingBuilder<'a> {
    encoding: Encoding,
    positions: [Positions<'a>; 2],
}

/// Where a token stands: in the first text (0) or the second (1), from byte to byte.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// 0 or 1.
    pub sequence: u8,
    /// Start and end.
    pub bytes: (usize, usize),
    /// Whether a word starts with it.
    pub starts_word: bool,
}

impl<'a> EncodingBuilder<'a> {
    /// Starts without a token.
    pub(super) fn new(input: TextInput<'a>) -> Self {
        Self {
            encoding: Encoding::default(),
            positions: [Positions::new(input.text), Positions::new(input.pair.unwrap_or(""))],
        }
    }

    /// Adds a token of a text.
    pub(super) fn push(&mut self, id: u32, token: String, span: Span) {
        let positions = &mut self.positions[usize::from(span.sequence)];
        let start = positions.at_or_before(span.bytes.0);
        let end = positions.at_or_after(span.bytes.1.max(start.0));
        let word = match (self.encoding.sequence_ids.last(), self.encoding.word_ids.last()) {
            (Some(&Some(sequence)), Some(&Some(word))) if sequence == span.sequence => {
                word + u32::from(span.starts_word)
            }
            _ => 0,
        };
        self.push_all(id, token, u32::from(span.sequence), Some((span.sequence, word)), (start, end));
    }

    /// Adds a token around the texts.
    pub(super) fn push_special(&mut self, id: u32, token: String, type_id: u32) {
        self.push_all(id, token, type_id, None, ((0, 0), (0, 0)));
    }

    /// Makes the last token, which is one of a text, longer.
    pub(super) fn extend_last(&mut self, spelling: &str, end: usize) {
        let encoding = &mut self.encoding;
        if let (Some(token), Some(bytes), Some(chars), Some(&Some(sequence))) = (
            encoding.tokens.last_mut(),
            encoding.byte_offsets.last_mut(),
            encoding.char_offsets.last_mut(),
            encoding.sequence_ids.last(),
        ) {
            token.push_str(spelling);
            (bytes.1, chars.1) = self.positions[usize::from(sequence)].at_or_after(end.max(bytes.0));
        }
    }

    /// The encoding.
    pub(super) fn finish(self) -> Encoding {
        self.encoding
    }

    fn push_all(
        &mut self,
        id: u32,
        token: String,
        type_id: u32,
        sequence_and_word: Option<(u8, u32)>,
        (start, end): (Position, Position),
    ) {
        let encoding = &mut self.encoding;
        encoding.ids.push(id);
        encoding.token_type_ids.push(type_id);
        encoding.tokens.push(token);
        encoding.byte_offsets.push((start.0, end.0));
        encoding.char_offsets.push((start.1, end.1));
        encoding.special_tokens_mask.push(sequence_and_word.is_none());
        encoding.sequence_ids.push(sequence_and_word.map(|(sequence, _)| sequence));
        encoding.word_ids.push(sequence_and_word.map(|(_, word)| word));
    }
}

/// A place in a text, in bytes and in characters.
type Position = (usize, usize);

/// Byte offsets to (byte, character) positions in one text. Remembers where it was: tokens come in order, so a walk
/// from the last position costs the length of the text once, not once per token.
struct Positions<'a> {
    text: &'a str,
    byte: usize,
    char: usize,
}

impl<'a> Positions<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, byte: 0, char: 0 }
    }

    /// The character boundary at `byte`, or the last one before it.
    fn at_or_before(&mut self, byte: usize) -> Position {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        self.walk_to(byte)
    }

    /// The character boundary at `byte`, or the next one after it.
    fn at_or_after(&mut self, byte: usize) -> Position {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte += 1;
        }
        self.walk_to(byte)
    }

    fn walk_to(&mut self, byte: usize) -> Position {
        if byte >= self.byte {
            self.char += self.text[self.byte..byte].chars().count();
        } else {
            self.char -= self.text[byte..self.byte].chars().count();
        }
        self.byte = byte;
        (self.byte, self.char)
    }
}

#[cfg(test)]
mod tests {
    use super::Positions;

    #[test]
    fn positions_walk_both_ways_and_stay_on_boundaries() {
        let text = "aé😀b";
        let mut positions = Positions::new(text);
        assert_eq!(positions.at_or_before(2), (1, 1));
        assert_eq!(positions.at_or_after(2), (3, 2));
        assert_eq!(positions.at_or_after(4), (7, 3));
        assert_eq!(positions.at_or_before(6), (3, 2));
        assert_eq!(positions.at_or_before(100), (8, 4));
        assert_eq!(positions.at_or_after(0), (0, 0));
    }
}
