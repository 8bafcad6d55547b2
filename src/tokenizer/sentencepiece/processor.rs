//! A SentencePiece model that behaves as SentencePiece does, and as Keras packs its pieces.

use super::model::{PieceKind, SentencePieceModel};
use super::normalizer::{SPACE, normalize};
use super::prefixes::PiecePrefixes;
use super::unigram::Unigram;
use crate::error::Result;
use crate::tokenizer::encoding::{EncodingBuilder, Span};
use crate::tokenizer::{Encoding, TextInput};

/// The blank of masked language modelling, which models usually lack: it gets the id after their last piece.
const MASK: &str = "[MASK]";
/// What SentencePiece decodes an unknown piece to.
const UNKNOWN_TEXT: &str = " ⁇ ";

/// Text to pieces and back. Special tokens stand around texts, and are never found in them.
#[derive(Debug)]
pub(in crate::tokenizer) struct Processor {
    model: SentencePieceModel,
    unigram: Unigram,
    user_defined: PiecePrefixes,
    cls_id: u32,
    sep_id: u32,
}

impl Processor {
    /// Prepares the model that the file `name` holds.
    pub(super) fn new(model: SentencePieceModel, name: &str) -> Result<Self> {
        Ok(Self {
            cls_id: model.special_id("[CLS]", name)?,
            sep_id: model.special_id("[SEP]", name)?,
            unigram: Unigram::new(&model.pieces),
            user_defined: PiecePrefixes::new(&model.pieces, |piece| piece.kind == PieceKind::UserDefined),
            model,
        })
    }

    /// `[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]`.
    pub(in crate::tokenizer) fn encode(&self, input: TextInput<'_>, add_special_tokens: bool) -> Encoding {
        let mut builder = EncodingBuilder::new(input);
        let add_special = |builder: &mut EncodingBuilder<'_>, id, type_id| {
            if add_special_tokens {
                builder.push_special(id, self.spelling(id).to_owned(), type_id);
            }
        };
        add_special(&mut builder, self.cls_id, 0);
        self.push_text(&mut builder, input.text, 0);
        add_special(&mut builder, self.sep_id, 0);
        if let Some(pair) = input.pair {
            self.push_text(&mut builder, pair, 1);
            add_special(&mut builder, self.sep_id, 1);
        }
        builder.finish()
    }

    /// The text of ids below [`Self::vocabulary_size`].
    pub(in crate::tokenizer) fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> String {
        let mut decoding = self.decoding();
        for &id in ids {
            let kind = self.model.pieces.get(id as usize).map(|piece| piece.kind);
            match (kind, self.byte_of(id)) {
                (_, Some(byte)) => decoding.push_byte(byte),
                (None | Some(PieceKind::Control), _) if skip_special_tokens => decoding.end_bytes(),
                (Some(PieceKind::Unknown), _) if skip_special_tokens => decoding.push_text(UNKNOWN_TEXT),
                _ => decoding.push_piece(self.spelling(id)),
            }
        }
        decoding.finish()
    }

    /// The text of tokens as they are spelled; those that are no piece stand for themselves.
    pub(in crate::tokenizer) fn join(&self, tokens: &[String]) -> String {
        let mut decoding = self.decoding();
        for token in tokens {
            match self.id(token).and_then(|id| self.byte_of(id)) {
                Some(byte) => decoding.push_byte(byte),
                None => decoding.push_piece(token),
            }
        }
        decoding.finish()
    }

    /// The spelling of an id.
    pub(in crate::tokenizer) fn token(&self, id: u32) -> Option<String> {
        ((id as usize) < self.vocabulary_size()).then(|| self.spelling(id).to_owned())
    }

    /// The id of a spelling.
    pub(in crate::tokenizer) fn id(&self, token: &str) -> Option<u32> {
        let mask_id = || (token == MASK).then_some(self.model.pieces.len() as u32);
        self.model.ids.get(token).copied().or_else(mask_id)
    }

    /// Number of pieces, and the blank where it is none of them.
    pub(in crate::tokenizer) fn vocabulary_size(&self) -> usize {
        self.model.pieces.len() + usize::from(!self.model.ids.contains_key(MASK))
    }

    fn push_text(&self, builder: &mut EncodingBuilder<'_>, text: &str, sequence: u8) {
        let normalized = normalize(text, &self.model, &self.user_defined);
        let mut start = 0;
        let mut after_unknown = false;
        for (end, id) in self.unigram.cut(&normalized.text, &self.model) {
            let piece = &normalized.text[start..end];
            let bytes = (normalized.origins[start], normalized.origins[end]);
            let starts_word = piece.starts_with(SPACE);
            let is_unknown = id == self.model.unknown_id;
            match &self.model.byte_ids {
                Some(byte_ids) if is_unknown => {
                    // The last byte stands for the character, those before it for nothing.
                    for (index, byte) in (1..).zip(piece.bytes()) {
                        let id = byte_ids[usize::from(byte)];
                        let end = if index == piece.len() { bytes.1 } else { bytes.0 };
                        let span =
                            Span { sequence, bytes: (bytes.0, end), starts_word: starts_word && index == 1 };
                        builder.push(id, self.spelling(id).to_owned(), span);
                    }
                }
                // Neighbouring unknown characters are one token.
                None if is_unknown && after_unknown => builder.extend_last(piece, bytes.1),
                _ => builder.push(id, piece.to_owned(), Span { sequence, bytes, starts_word }),
            }
            after_unknown = is_unknown;
            start = end;
        }
    }

    fn spelling(&self, id: u32) -> &str {
        self.model.pieces.get(id as usize).map_or(MASK, |piece| &piece.text)
    }

    fn decoding(&self) -> Decoding {
        let drops_first_space = self.model.add_dummy_prefix || self.model.remove_extra_whitespaces;
        Decoding { text: String::new(), bytes: Vec::new(), drops_first_space }
    }

    fn byte_of(&self, id: u32) -> Option<u8> {
        let piece = self.model.pieces.get(id as usize).filter(|piece| piece.kind == PieceKind::Byte)?;
        u8::from_str_radix(piece.text.get(3..5)?, 16).ok()
    }
}

/// A text that is put together from pieces.
struct Decoding {
    text: String,
    /// Byte pieces that may not be a whole character yet.
    bytes: Vec<u8>,
    drops_first_space: bool,
}

impl Decoding {
    fn push_byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn push_piece(&mut self, spelling: &str) {
        self.end_bytes();
        let is_start = self.text.is_empty() && self.drops_first_space;
        let spelling = spelling.strip_prefix(SPACE).filter(|_| is_start).unwrap_or(spelling);
        self.text.push_str(&spelling.replace(SPACE, " "));
    }

    fn push_text(&mut self, text: &str) {
        self.end_bytes();
        self.text.push_str(text);
    }

    fn end_bytes(&mut self) {
        self.text.push_str(&String::from_utf8_lossy(&std::mem::take(&mut self.bytes)));
    }

    fn finish(mut self) -> String {
        self.end_bytes();
        self.text
    }
}
