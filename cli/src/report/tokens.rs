//! The tokens over the text they stand for.

use deberta::{Explanation, HeadKind, TextInput};
use serde::Serialize;

/// A token, and the part of the text that it stands for.
#[derive(Serialize)]
pub struct Token<'a> {
    token: &'a str,
    id: u32,
    /// Which text it belongs to; none for special tokens.
    sequence: Option<u8>,
    /// What of its text stands between the token before it and this one.
    gap: &'a str,
    /// What of its text no token before it has; empty for the second of two tokens of the same character.
    text: &'a str,
    bytes: Option<(usize, usize)>,
    relevance: f32,
    /// The token's own label, from a token classifier.
    label: Option<&'a str>,
    label_score: Option<f32>,
}

/// The tokens of an explanation; put together, gaps and texts are the input.
pub fn of_text<'a>(
    input: TextInput<'a>,
    explanation: &'a Explanation,
    labels: &'a [String],
) -> Vec<Token<'a>> {
    let encoding = &explanation.encoding;
    let texts = [input.text, input.pair.unwrap_or("")];
    // How far each text is shown.
    let mut shown = [0, 0];
    let token = |index: usize| {
        let sequence = encoding.sequence_ids[index];
        let bytes = sequence.map(|_| encoding.byte_offsets[index]);
        let (mut gap, mut text) = ("", "");
        if let (Some(sequence), Some((start, end))) = (sequence, bytes) {
            let (whole, shown) = (texts[usize::from(sequence)], &mut shown[usize::from(sequence)]);
            let start = start.max(*shown);
            gap = &whole[*shown..start];
            text = &whole[start..end.max(start)];
            *shown = end.max(start);
        }
        let own = own_label(explanation, index);
        Token {
            token: &encoding.tokens[index],
            id: encoding.ids[index],
            sequence,
            gap,
            text,
            bytes,
            relevance: explanation.relevance[index],
            label: own.and_then(|(label, _)| labels.get(label)).map(String::as_str),
            label_score: own.map(|(_, score)| score),
        }
    };
    (0..encoding.len()).map(token).collect()
}

/// The best label of a token, and its score, from a token classifier.
fn own_label(explanation: &Explanation, index: usize) -> Option<(usize, f32)> {
    let logits = explanation.logits.as_ref().filter(|logits| logits.head == HeadKind::TokenClassification)?;
    let scores = explanation.scores.get(index * logits.labels..(index + 1) * logits.labels)?;
    scores.iter().copied().enumerate().max_by(|left, right| left.1.total_cmp(&right.1))
}
