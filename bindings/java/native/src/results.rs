//! Results, written to messages in the order in which Java's records read them.

use std::ops::Range;

use deberta::{
    Answers, Choice, Classification, Embedding, Encoding, Entity, FilledMask, FilledMasks, HeadKind, Ranked,
    SpecialTokens, Tagged, TruncatedText, ZeroShot,
};

use crate::message::Writer;

/// What Java has a record for.
pub trait WriteTo {
    fn write_to(&self, writer: &mut Writer);
}

impl<T: WriteTo> WriteTo for Vec<T> {
    fn write_to(&self, writer: &mut Writer) {
        writer.list(self, |writer, value| value.write_to(writer));
    }
}

impl WriteTo for TruncatedText {
    fn write_to(&self, writer: &mut Writer) {
        writer.size(self.total_tokens);
        for text in 0..2 {
            writer.size(self.removed_tokens[text]);
            writer.optional(self.first_removed_byte[text], Writer::size);
            writer.optional(self.first_removed_char[text], Writer::size);
        }
    }
}

/// How a text was read: what was cut off, and the number of windows.
fn reading(writer: &mut Writer, truncated: Option<&TruncatedText>, windows: usize) {
    writer.optional(truncated, |writer, truncated| truncated.write_to(writer));
    writer.size(windows);
}

fn scored(
    writer: &mut Writer,
    logits: &[f32],
    scores: &[f32],
    ranking: &[usize],
    truncated: Option<&TruncatedText>,
    windows: usize,
) {
    writer.floats(logits);
    writer.floats(scores);
    writer.sizes(ranking);
    reading(writer, truncated, windows);
}

impl WriteTo for Classification {
    fn write_to(&self, writer: &mut Writer) {
        scored(writer, &self.logits, &self.scores, &self.ranking, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for ZeroShot {
    fn write_to(&self, writer: &mut Writer) {
        scored(writer, &self.logits, &self.scores, &self.ranking, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for Choice {
    fn write_to(&self, writer: &mut Writer) {
        scored(writer, &self.logits, &self.scores, &self.ranking, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for Ranked {
    fn write_to(&self, writer: &mut Writer) {
        writer.size(self.document);
        writer.float(self.score);
        writer.float(self.logit);
        reading(writer, self.truncated.as_ref(), self.windows);
    }
}

/// Java makes the places in its own strings of those in Unicode scalar values.
fn place(writer: &mut Writer, bytes: &Range<usize>, chars: &Range<usize>) {
    writer.sizes(&[bytes.start, bytes.end, chars.start, chars.end]);
}

impl WriteTo for Entity {
    fn write_to(&self, writer: &mut Writer) {
        writer.text(&self.label);
        writer.float(self.score);
        place(writer, &self.byte_range, &self.char_range);
        writer.size(self.tokens.start);
        writer.size(self.tokens.end);
        writer.text(&self.word);
    }
}

impl WriteTo for Tagged {
    fn write_to(&self, writer: &mut Writer) {
        self.entities.write_to(writer);
        reading(writer, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for Answers {
    fn write_to(&self, writer: &mut Writer) {
        writer.list(&self.answers, |writer, answer| {
            writer.text(&answer.text);
            writer.float(answer.score);
            place(writer, &answer.byte_range, &answer.char_range);
            writer.boolean(answer.is_impossible);
        });
        reading(writer, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for FilledMask {
    fn write_to(&self, writer: &mut Writer) {
        writer.size(self.token);
        place(writer, &self.byte_range, &self.char_range);
        writer.list(&self.fills, |writer, fill| {
            writer.int(fill.id.cast_signed());
            writer.text(&fill.token);
            writer.float(fill.score);
            writer.float(fill.logit);
        });
    }
}

impl WriteTo for FilledMasks {
    fn write_to(&self, writer: &mut Writer) {
        self.masks.write_to(writer);
        reading(writer, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for Embedding {
    fn write_to(&self, writer: &mut Writer) {
        writer.floats(&self.vector);
        reading(writer, self.truncated.as_ref(), self.windows);
    }
}

impl WriteTo for Encoding {
    fn write_to(&self, writer: &mut Writer) {
        writer.size(self.len());
        for token in 0..self.len() {
            let ((byte_start, byte_end), (start, end)) = (self.byte_offsets[token], self.char_offsets[token]);
            writer.int(self.ids[token].cast_signed());
            writer.int(self.token_type_ids[token].cast_signed());
            writer.int(self.sequence_ids[token].map_or(-1, i32::from));
            writer.int(self.word_ids[token].map_or(-1, u32::cast_signed));
            writer.boolean(self.special_tokens_mask[token]);
            writer.text(&self.tokens[token]);
            place(writer, &(byte_start..byte_end), &(start..end));
        }
        writer.optional(self.truncated.as_ref(), |writer, truncated| truncated.write_to(writer));
    }
}

impl WriteTo for SpecialTokens {
    fn write_to(&self, writer: &mut Writer) {
        for id in [self.cls, self.sep, self.pad, self.unk, self.mask] {
            writer.optional(id, |writer, id| writer.int(id.cast_signed()));
        }
    }
}

/// The name of a head, empty for none.
pub fn head(head: Option<HeadKind>) -> &'static str {
    head.map_or("", HeadKind::name)
}
