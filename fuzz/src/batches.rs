//! Batches to encode, and whether a model must take them.

use arbitrary::Arbitrary;
use deberta::capi::{deberta_model, deberta_model_info};

use super::arguments::{Claim, Few, Float, Id, Index, Mask, Nulls, TokenType, WideId};
use super::openings::model_info;

/// Ids without padding.
#[derive(Debug, Arbitrary)]
pub struct Ragged {
    ids: Few<Id, 8>,
    token_types: Option<Few<TokenType, 4>>,
    tokens: u8,
    cuts: Few<u8, 3>,
    /// An offset that is replaced by any number.
    wild: Option<(u8, Index)>,
    claimed_tokens: Claim,
    claimed_rows: Claim,
}

/// The arguments that a [`Ragged`] stands for, each array in memory of its own size.
pub struct RaggedArrays {
    pub ids: Box<[u32]>,
    pub token_type_ids: Option<Box<[u32]>>,
    pub row_offsets: Box<[usize]>,
    pub tokens: usize,
    pub rows: usize,
    claims_are_true: bool,
}

impl Ragged {
    pub fn arrays(&self) -> RaggedArrays {
        let tokens = usize::from(self.tokens) % 65;
        let mut row_offsets: Vec<usize> =
            self.cuts.0.iter().map(|&cut| usize::from(cut) % (tokens + 1)).collect();
        row_offsets.extend([0, tokens]);
        row_offsets.sort_unstable();
        let rows = row_offsets.len() - 1;
        // In a fifth of the cases only: most sequences should get a result.
        if let Some((place, offset)) = self.wild.filter(|(place, _)| place.is_multiple_of(5)) {
            row_offsets[usize::from(place) % (rows + 1)] = offset.0;
        }
        let types = self.token_types.as_ref().map(|types| types.cycle(tokens, TokenType(0)));
        RaggedArrays {
            ids: self.ids.cycle(tokens, Id(1)).iter().map(|id| id.0).collect(),
            token_type_ids: types.map(|types| types.iter().map(|kind| kind.0 as u32).collect()),
            row_offsets: row_offsets.into(),
            tokens: self.claimed_tokens.of(tokens),
            rows: self.claimed_rows.of(rows),
            claims_are_true: self.claimed_tokens.is_true() && self.claimed_rows.is_true(),
        }
    }
}

impl RaggedArrays {
    /// Whether the model must take the batch, and may only then.
    pub fn is_valid(&self, model: *const deberta_model) -> bool {
        let Some(info) = model_info(model).filter(|_| self.claims_are_true) else { return false };
        let rises = self.row_offsets.is_sorted_by(|one, next| one < next);
        let ends = self.row_offsets[0] == 0 && self.row_offsets[self.rows] == self.tokens;
        let longest = self.row_offsets.windows(2).map(|row| row[1].saturating_sub(row[0])).max();
        let types = self.token_type_ids.iter().flatten().map(|&kind| u64::from(kind));
        rises
            && ends
            && self.ids.iter().all(|&id| (id as usize) < info.vocab_size)
            && types_are_valid(types, &info)
            && positions_are_valid(longest.unwrap_or(0), &info)
    }
}

/// Ids or embeddings with padding.
#[derive(Debug, Arbitrary)]
pub struct Padded {
    ids: Few<WideId, 8>,
    embeddings: Few<Float, 8>,
    /// Added to the model's embedding size.
    more_embedding: Index,
    mask: Option<Few<Mask, 8>>,
    token_types: Option<Few<TokenType, 4>>,
    rows: u8,
    length: u8,
    claimed_rows: Claim,
}

/// The arguments that a [`Padded`] stands for.
pub struct PaddedArrays {
    pub input_ids: Box<[i64]>,
    pub embeddings: Box<[f32]>,
    pub embedding_size: usize,
    pub attention_mask: Option<Box<[i64]>>,
    pub token_type_ids: Option<Box<[i64]>>,
    pub rows: usize,
    pub length: usize,
    claims_are_true: bool,
}

impl Padded {
    /// With embeddings if `embedded`, otherwise with ids.
    pub fn arrays(&self, model: *const deberta_model, embedded: bool) -> PaddedArrays {
        let (rows, length) = (usize::from(self.rows) % 5, usize::from(self.length) % 17);
        let size = rows * length;
        // Only small differences: the memory must be there.
        let more = if self.more_embedding.0 == 1 { 1 } else { 0 };
        let embedding_size = model_info(model).map_or(8, |info| info.embedding_size) + more;
        let mask = self.mask.as_ref().map(|mask| mask.cycle(size, Mask(1)));
        let types = self.token_types.as_ref().map(|types| types.cycle(size, TokenType(0)));
        let values = if embedded { size * embedding_size } else { 0 };
        PaddedArrays {
            input_ids: self
                .ids
                .cycle(if embedded { 0 } else { size }, WideId(1))
                .iter()
                .map(|id| id.0)
                .collect(),
            embeddings: self.embeddings.cycle(values, Float(0.5)).iter().map(|value| value.0).collect(),
            embedding_size,
            attention_mask: mask.map(|mask| mask.iter().map(|value| value.0).collect()),
            token_type_ids: types.map(|types| types.iter().map(|kind| kind.0).collect()),
            rows: self.claimed_rows.of(rows),
            length,
            claims_are_true: self.claimed_rows.is_true(),
        }
    }
}

impl PaddedArrays {
    /// The valid tokens, as far as the mask is one; `nulls` says what is passed as NULL, bit 3 the mask and bit 4 the
    /// token types.
    pub fn valid_tokens(&self, nulls: Nulls) -> Vec<usize> {
        let mask = self.attention_mask.as_ref().filter(|_| !nulls.has(3));
        let size = if self.claims_are_true { self.rows * self.length } else { 0 };
        (0..size).filter(|&index| mask.is_none_or(|mask| mask[index] == 1)).collect()
    }

    /// Whether the model must take the batch, and may only then.
    pub fn is_valid(&self, model: *const deberta_model, embedded: bool, nulls: Nulls) -> bool {
        let Some(info) = model_info(model).filter(|_| self.claims_are_true) else { return false };
        let valid = self.valid_tokens(nulls);
        let rows_are_valid = (0..self.rows).all(|row| valid.iter().any(|index| index / self.length == row));
        let mask = self.attention_mask.iter().filter(|_| !nulls.has(3)).flatten();
        let types = self.token_type_ids.as_ref().filter(|_| !nulls.has(4));
        let mut types = types.map(|types| valid.iter().map(|&index| types[index])).into_iter().flatten();
        let longest = valid.iter().map(|index| index % self.length + 1).max();
        let inputs_are_valid = match embedded {
            true => self.embedding_size == info.embedding_size,
            // Ids of padding must be ids, but not those of the vocabulary.
            false => {
                self.input_ids.iter().all(|&id| u32::try_from(id).is_ok())
                    && valid.iter().all(|&index| (self.input_ids[index] as usize) < info.vocab_size)
            }
        };
        self.rows > 0
            && rows_are_valid
            && inputs_are_valid
            && mask.into_iter().all(|value| matches!(value, 0 | 1))
            && types.all(|kind| u32::try_from(kind).is_ok_and(|kind| types_are_valid([kind.into()], &info)))
            && positions_are_valid(longest.unwrap_or(0), &info)
    }

    /// Whether results are floats that one can compute with: not after infinities, or what overflows when squared.
    pub fn is_tame(&self) -> bool {
        self.embeddings.iter().all(|value| value.abs() < 1e6)
    }
}

fn types_are_valid(types: impl IntoIterator<Item = u64>, info: &deberta_model_info) -> bool {
    info.type_vocab_size == 0 || types.into_iter().all(|kind| kind < info.type_vocab_size as u64)
}

fn positions_are_valid(length: usize, info: &deberta_model_info) -> bool {
    info.position_biased_input == 0 || length <= info.max_position_embeddings
}
