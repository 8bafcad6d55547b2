//! The parts of a window that answer a question best (reference `decode_spans` of transformers' question answering
//! pipeline).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::rows::Row;
use super::scores::softmax;
use crate::tokenizer::Encoding;

/// Columns of the head's logits.
const START: usize = 0;
const END: usize = 1;

/// Which spans to look for.
pub(super) struct SpanSearch {
    /// Most spans to find in a window.
    pub most_spans: usize,
    /// Most tokens of a span, before it is aligned to words.
    pub most_tokens: usize,
    /// Whether spans grow to the borders of words.
    pub align_to_words: bool,
}

/// A part of the context.
pub(super) struct Span {
    /// The probability that the answer starts where it starts, times the probability that it ends where it ends.
    pub score: f32,
    /// Where it is in the context, in bytes.
    pub byte_range: Range<usize>,
    /// The same in characters.
    pub char_range: Range<usize>,
}

/// What one window has to say.
pub(super) struct WindowSpans {
    /// From the highest score to the lowest; of equal ones, first what starts first, then what is shortest.
    pub spans: Vec<Span>,
    /// The score of the span that is `[CLS]` alone, by which models say that the window has no answer.
    pub null_score: f32,
}

impl SpanSearch {
    /// The best spans of a window, from its start and end logits.
    pub fn run(&self, row: &Row<'_>) -> WindowSpans {
        let encoding = &row.window.encoding;
        let context = context_of(encoding);
        // Start and end are one of the context's tokens or [CLS]; the question has no part in it.
        let cls = 0..usize::from(encoding.special_tokens_mask.first() == Some(&true));
        let probabilities = |column: usize| {
            let tokens = cls.clone().chain(context.clone());
            softmax(&tokens.map(|token| row.logits[token * row.labels + column]).collect::<Vec<f32>>())
        };
        let (starts, ends) = (probabilities(START), probabilities(END));
        let null_score = if cls.is_empty() { 0.0 } else { starts[0] * ends[0] };
        let best = self.best(&starts[cls.len()..], &ends[cls.len()..]);
        let spans = best.into_iter().map(|(score, tokens)| {
            let tokens = tokens.start + context.start..tokens.end + context.start;
            self.span(encoding, &context, score, tokens)
        });
        WindowSpans { spans: spans.collect(), null_score }
    }

    /// The scores and tokens of the best spans, in order. Only the best are ever held, in time proportional to tokens ×
    /// `most_tokens`.
    fn best(&self, starts: &[f32], ends: &[f32]) -> Vec<(f32, Range<usize>)> {
        let mut best = BinaryHeap::new();
        for (start, &start_score) in starts.iter().enumerate() {
            for (end, &end_score) in ends.iter().enumerate().skip(start).take(self.most_tokens) {
                // The bits of floats that are not negative have the order of the floats.
                let candidate = Reverse(((start_score * end_score).to_bits(), Reverse(start), Reverse(end)));
                if best.len() < self.most_spans {
                    best.push(candidate);
                } else if let Some(mut worst) = best.peek_mut()
                    && candidate < *worst
                {
                    *worst = candidate;
                }
            }
        }
        let of_candidate =
            |Reverse((score, Reverse(start), Reverse(end)))| (f32::from_bits(score), start..end + 1);
        best.into_sorted_vec().into_iter().map(of_candidate).collect()
    }

    fn span(&self, encoding: &Encoding, context: &Range<usize>, score: f32, tokens: Range<usize>) -> Span {
        let (mut first, mut last) = (tokens.start, tokens.end - 1);
        if self.align_to_words {
            let in_word_of = |token: usize| {
                let word = encoding.word_ids[token];
                move |&other: &usize| word.is_some() && encoding.word_ids[other] == word
            };
            first = (context.start..first).rev().take_while(in_word_of(first)).last().unwrap_or(first);
            last = (last + 1..context.end).take_while(in_word_of(last)).last().unwrap_or(last);
        }
        let range = |offsets: &[(usize, usize)]| offsets[first].0..offsets[last].1.max(offsets[first].0);
        Span { score, byte_range: range(&encoding.byte_offsets), char_range: range(&encoding.char_offsets) }
    }
}

/// The tokens of the second text.
fn context_of(encoding: &Encoding) -> Range<usize> {
    let is_context = |sequence: &Option<u8>| *sequence == Some(1);
    match encoding.sequence_ids.iter().position(is_context) {
        None => encoding.len()..encoding.len(),
        Some(start) => {
            start..start + encoding.sequence_ids[start..].iter().take_while(|id| is_context(id)).count()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(starts: &[f32], ends: &[f32], most_spans: usize, most_tokens: usize) -> Vec<(f32, Range<usize>)> {
        SpanSearch { most_spans, most_tokens, align_to_words: false }.best(starts, ends)
    }

    #[test]
    fn spans_end_where_they_start_or_later() {
        assert_eq!(best(&[0.25, 0.75], &[1.0, 0.0], 9, 9), [(0.25, 0..1), (0.0, 0..2), (0.0, 1..2)]);
        assert_eq!(best(&[1.0, 0.0, 0.0], &[0.0, 0.25, 0.75], 1, 2), [(0.25, 0..2)]);
        assert_eq!(best(&[], &[], 9, 9), []);
    }

    #[test]
    fn equal_spans_have_an_order() {
        let all = best(&[0.5; 4], &[0.5; 4], usize::MAX, usize::MAX);
        let tokens: Vec<Range<usize>> = all.iter().map(|(_, tokens)| tokens.clone()).collect();
        assert_eq!(tokens[..5], [0..1, 0..2, 0..3, 0..4, 1..2]);
        for most_spans in 0..all.len() {
            assert_eq!(best(&[0.5; 4], &[0.5; 4], most_spans, usize::MAX), all[..most_spans]);
        }
    }
}
