//! The tokens of a text with their scores, over all windows that it was read in.

use std::ops::Range;

use crate::tasks::rows::Row;
use crate::tasks::scores::softmax;

/// A token of the text, none that stands around it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// Its place in the encoding of the whole text.
    pub index: usize,
    /// As the vocabulary spells it.
    pub piece: String,
    /// Whether it stands for something that the vocabulary cannot spell.
    pub is_unknown: bool,
    /// Where it is in the text, in UTF-8 bytes.
    pub byte_range: Range<usize>,
    /// The same in Unicode scalar values.
    pub char_range: Range<usize>,
    /// A probability for each label.
    pub scores: Vec<f32>,
}

impl Token {
    /// The tokens of a window.
    pub fn of_window(row: &Row<'_>, unknown_id: Option<u32>) -> Vec<Self> {
        let encoding = &row.window.encoding;
        let token = |(place, logits): (usize, &[f32])| {
            let (bytes, chars) = (encoding.byte_offsets[place], encoding.char_offsets[place]);
            (!encoding.special_tokens_mask[place]).then(|| Self {
                index: row.window.first_token + place,
                piece: encoding.tokens[place].clone(),
                is_unknown: Some(encoding.ids[place]) == unknown_id,
                byte_range: bytes.0..bytes.1,
                char_range: chars.0..chars.1,
                scores: softmax(logits),
            })
        };
        row.logits.chunks_exact(row.labels).enumerate().filter_map(token).collect()
    }

    /// Whether a word starts with it. The reference's rule for tokenizers that do not tell, which takes for a word what
    /// stands between spaces, and every unknown token for one of its own; with all white space in the place of spaces
    /// alone.
    pub fn starts_word(&self, text: &str) -> bool {
        let is_white = |character: Option<char>| character.is_some_and(char::is_whitespace);
        match text.split_at_checked(self.byte_range.start) {
            Some(("", _)) | None => true,
            Some((before, after)) => {
                self.is_unknown || is_white(before.chars().next_back()) || is_white(after.chars().next())
            }
        }
    }

    /// What it spells: the vocabulary's piece, or what stands in the text where there is none.
    pub fn spelling<'a>(&'a self, text: &'a str) -> &'a str {
        let known = &self.piece;
        if self.is_unknown { text.get(self.byte_range.clone()).unwrap_or(known) } else { known }
    }
}

/// The tokens of a text from those of its windows, in order. A token that is in several windows comes from the one in
/// which its nearer side has most context: of two neighbours each has the half of the overlap that is further inside
/// it, and the earlier one has the token in the middle.
pub(super) fn merge(windows: Vec<Vec<Token>>) -> Vec<Token> {
    let mut merged: Vec<Token> = Vec::new();
    for window in windows {
        let (Some(first), end) = (window.first(), merged.last().map_or(0, |token| token.index + 1)) else {
            continue;
        };
        let overlap = end.saturating_sub(first.index);
        merged.truncate(merged.len().saturating_sub(overlap / 2));
        merged.extend(window.into_iter().skip(overlap - overlap / 2));
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token whose only score says which window it is from.
    fn token(index: usize, window: usize) -> Token {
        Token {
            index,
            piece: String::new(),
            is_unknown: false,
            byte_range: 0..0,
            char_range: 0..0,
            scores: vec![window as f32],
        }
    }

    /// Which window each token comes from.
    fn origins(windows: &[Range<usize>]) -> Vec<usize> {
        let tokens = |(window, range): (usize, &Range<usize>)| {
            range.clone().map(|index| token(index, window)).collect::<Vec<_>>()
        };
        let merged = merge(windows.iter().enumerate().map(tokens).collect());
        assert!(merged.iter().zip(1..).all(|(token, index)| token.index == index));
        merged.iter().map(|token| token.scores[0] as usize).collect()
    }

    /// The same, by the rule's own words.
    fn by_context(windows: &[Range<usize>]) -> Vec<usize> {
        let end = windows.last().map_or(1, |range| range.end);
        let best = |index| {
            let context = |range: &Range<usize>| {
                range.contains(&index).then(|| (index - range.start).min(range.end - 1 - index))
            };
            let windows = windows.iter().map(context).enumerate();
            windows.rev().max_by_key(|(_, context)| *context).unwrap().0
        };
        (1..end).map(best).collect()
    }

    #[test]
    fn tokens_come_from_the_window_with_most_context() {
        assert_eq!(origins(&[1..7, 4..10]), [0, 0, 0, 0, 0, 1, 1, 1, 1]);
        for size in 1..12 {
            for stride in 0..size {
                for length in 0..40 {
                    let starts = (1..).step_by(size - stride);
                    let mut windows: Vec<Range<usize>> = Vec::new();
                    for start in starts {
                        windows.push(start..(start + size).min(length + 1));
                        if start + size > length {
                            break;
                        }
                    }
                    assert_eq!(origins(&windows), by_context(&windows), "{windows:?}");
                }
            }
        }
    }

    #[test]
    fn white_space_and_unknown_tokens_end_words() {
        let text = "ab c\nd\u{3000}é😀f";
        let starts = |start: usize, is_unknown: bool| {
            Token { byte_range: start..text.len(), is_unknown, ..token(0, 0) }.starts_word(text)
        };
        // A token starts at white space, right after it, or neither.
        let found: Vec<bool> = [0, 1, 2, 3, 4, 5, 6, 9, 11, 15].map(|start| starts(start, false)).into();
        assert_eq!(found, [true, false, true, true, true, true, true, true, false, false]);
        assert!(starts(11, true) && starts(99, false));
    }
}
