//! Finds the most probable way to cut a text into pieces.

use super::model::{Piece, PieceKind, SentencePieceModel};
use super::prefixes::PiecePrefixes;

/// How much less probable unknown text is than the least probable piece.
const UNKNOWN_PENALTY: f32 = 10.0;

/// The pieces' scores as the search takes them.
#[derive(Debug)]
pub(super) struct Unigram {
    prefixes: PiecePrefixes,
    unknown_score: f32,
    max_score: f32,
}

/// The best way to a place of the text: its score, and the piece that it ends with.
#[derive(Clone, Copy)]
struct Step {
    score: f32,
    start: usize,
    id: u32,
}

impl Unigram {
    /// Prepares the search.
    pub(super) fn new(pieces: &[Piece]) -> Self {
        let scores =
            || pieces.iter().filter(|piece| piece.kind == PieceKind::Normal).map(|piece| piece.score);
        Self {
            prefixes: PiecePrefixes::new(pieces, |piece| {
                matches!(piece.kind, PieceKind::Normal | PieceKind::UserDefined)
            }),
            unknown_score: scores().fold(f32::MAX, f32::min) - UNKNOWN_PENALTY,
            // Scores are negative, so this is about 0; SentencePiece starts from it, and results depend on it.
            max_score: scores().fold(f32::MIN_POSITIVE, f32::max),
        }
    }

    /// The pieces of `text`, each as its end in bytes and its id. Single characters that no piece spells are unknown.
    pub(super) fn cut(&self, text: &str, model: &SentencePieceModel) -> Vec<(usize, u32)> {
        let mut best: Vec<Option<Step>> = vec![None; text.len() + 1];
        for (start, first) in text.char_indices() {
            let score_here = best[start].map_or(0.0, |step| step.score);
            // In single precision, and the first of equal scores: as SentencePiece does, so that long texts are cut alike.
            let mut reach = |length: usize, id: u32, score: f32| {
                let place = &mut best[start + length];
                let score = score_here + score;
                if place.is_none_or(|known| score > known.score) {
                    *place = Some(Step { score, start, id });
                }
            };
            let mut has_single = false;
            for (length, id) in self.prefixes.of(&model.pieces, &text[start..]) {
                has_single |= length == first.len_utf8();
                reach(length, id, self.score(&model.pieces[id as usize]));
            }
            if !has_single {
                reach(first.len_utf8(), model.unknown_id, self.unknown_score);
            }
        }

        let mut pieces = Vec::new();
        let mut end = text.len();
        while let Some(step) = best[end] {
            pieces.push((end, step.id));
            end = step.start;
        }
        pieces.reverse();
        pieces
    }

    /// User-defined symbols score higher than anything else of their length.
    fn score(&self, piece: &Piece) -> f32 {
        match piece.kind {
            PieceKind::UserDefined => piece.text.len() as f32 * self.max_score - 0.1,
            _ => piece.score,
        }
    }
}
