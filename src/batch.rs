//! The input of the encoder: ragged rows of tokens, each with its original position.

use crate::config::Config;
use crate::error::{Result, bail};
use crate::tokenizer::Encoding;

/// Rows of tokens to encode together. Only valid tokens are kept, each with the position it had in its row; padding
/// is dropped here and costs nothing later.
#[derive(Clone, Debug)]
pub struct Batch {
    input: Input,
    token_type_ids: Option<Vec<u32>>,
    positions: Vec<u32>,
    row_offsets: Vec<usize>,
    length: usize,
}

#[derive(Clone, Debug)]
enum Input {
    Ids(Vec<u32>),
    /// [tokens, embedding_size]
    Embeddings(Vec<f32>, usize),
}

impl Batch {
    /// Rows of token ids without padding.
    ///
    /// # Errors
    ///
    /// No rows, or a row without tokens.
    pub fn from_rows(rows: &[&[u32]]) -> Result<Self> {
        let mut batch = Self::with_rows(rows.len(), Input::Ids(rows.concat()))?;
        for (row, ids) in rows.iter().enumerate() {
            batch.push_row(row, (0..ids.len()).collect())?;
            batch.length = batch.length.max(ids.len());
        }
        Ok(batch)
    }

    /// Rows of token ids without padding, one after the other: row `r` has the ids
    /// `row_offsets[r]..row_offsets[r + 1]`, and where token types are given, theirs.
    ///
    /// # Errors
    ///
    /// No rows, a row without tokens, offsets that do not rise from 0 to the number of ids, or not one token type for
    /// each id.
    pub fn from_ragged(ids: &[u32], token_type_ids: Option<&[u32]>, row_offsets: &[usize]) -> Result<Self> {
        let rows = row_offsets.len().saturating_sub(1);
        let mut batch = Self::with_rows(rows, Input::Ids(Vec::new()))?;
        if row_offsets[0] != 0 || row_offsets[rows] != ids.len() {
            bail!(
                InvalidArgument,
                "row_offsets goes from {} to {}; it must go from 0 to the number of ids, which is {}",
                row_offsets[0],
                row_offsets[rows],
                ids.len()
            );
        }
        for (row, range) in row_offsets.windows(2).enumerate() {
            let (start, end) = (range[0], range[1]);
            if end < start || end > ids.len() {
                bail!(
                    InvalidArgument,
                    "row_offsets[{}] is {end} after {start}; offsets rise up to the number of ids, which is {}",
                    row + 1,
                    ids.len()
                );
            }
            batch.push_row(row, (0..end - start).collect())?;
            batch.length = batch.length.max(end - start);
        }
        if let Some(types) = token_type_ids {
            check_length("token_type_ids", types.len(), 1, ids.len(), 1)?;
            batch.token_type_ids = Some(types.to_vec());
        }
        batch.input = Input::Ids(ids.to_vec());
        Ok(batch)
    }

    /// What a tokenizer returned, with its token types.
    ///
    /// # Errors
    ///
    /// No encodings, or one without tokens.
    pub fn from_encodings<'a>(encodings: impl IntoIterator<Item = &'a Encoding>) -> Result<Self> {
        let encodings: Vec<&Encoding> = encodings.into_iter().collect();
        let rows: Vec<&[u32]> = encodings.iter().map(|encoding| encoding.ids.as_slice()).collect();
        let mut batch = Self::from_rows(&rows)?;
        batch.token_type_ids =
            Some(encodings.iter().flat_map(|encoding| encoding.token_type_ids.iter().copied()).collect());
        Ok(batch)
    }

    /// A padded batch: `input_ids`, and where given `attention_mask` and `token_type_ids`, are [rows, length] in row-major
    /// order. A mask is 1 for a valid token and 0 for padding, which may be on the left, on the right or in the
    /// middle; without a mask every token is valid, whatever its id.
    ///
    /// # Errors
    ///
    /// A length that is not rows·length, a negative id, a mask value other than 0 and 1, a row without a valid token.
    pub fn from_padded(
        input_ids: &[i64],
        attention_mask: Option<&[i64]>,
        token_type_ids: Option<&[i64]>,
        rows: usize,
        length: usize,
    ) -> Result<Self> {
        check_length("input_ids", input_ids.len(), rows, length, 1)?;
        let ids = input_ids
            .iter()
            .enumerate()
            .map(|(index, &id)| as_u32("input_ids", id, index, length))
            .collect::<Result<Vec<u32>>>()?;
        let mut batch = Self::with_rows(rows, Input::Ids(Vec::new()))?;
        let valid = batch.push_padded(attention_mask, token_type_ids, rows, length)?;
        batch.input = Input::Ids(valid.iter().map(|&index| ids[index]).collect());
        Ok(batch)
    }

    /// As [`Self::from_padded`], with embeddings [rows, length, embedding_size] in the place of ids: they stand for
    /// the rows of the word embedding table, before positions, token types and layer norm.
    ///
    /// # Errors
    ///
    /// As [`Self::from_padded`], and a value that is NaN or infinite.
    pub fn from_embeddings(
        embeddings: &[f32],
        embedding_size: usize,
        attention_mask: Option<&[i64]>,
        token_type_ids: Option<&[i64]>,
        rows: usize,
        length: usize,
    ) -> Result<Self> {
        if embedding_size == 0 {
            bail!(InvalidArgument, "the embedding size is 0");
        }
        check_length("inputs_embeds", embeddings.len(), rows, length, embedding_size)?;
        if let Some(index) = embeddings.iter().position(|value| !value.is_finite()) {
            let (token, place) = (index / embedding_size, index % embedding_size);
            bail!(
                InvalidArgument,
                "inputs_embeds[{}, {}, {place}] is {}; embeddings are finite",
                token / length,
                token % length,
                embeddings[index]
            );
        }
        let mut batch = Self::with_rows(rows, Input::Embeddings(Vec::new(), embedding_size))?;
        let valid = batch.push_padded(attention_mask, token_type_ids, rows, length)?;
        let values = valid.iter().flat_map(|&index| &embeddings[index * embedding_size..][..embedding_size]);
        batch.input = Input::Embeddings(values.copied().collect(), embedding_size);
        Ok(batch)
    }

    fn with_rows(rows: usize, input: Input) -> Result<Self> {
        if rows == 0 {
            bail!(InvalidArgument, "the batch has no rows; pass at least one");
        }
        Ok(Self { input, token_type_ids: None, positions: Vec::new(), row_offsets: vec![0], length: 0 })
    }

    /// Appends a row with valid tokens at the given positions.
    fn push_row(&mut self, row: usize, positions: Vec<usize>) -> Result<()> {
        if positions.is_empty() {
            bail!(InvalidArgument, "row {row} of the batch has no valid token; remove the row");
        }
        if positions[positions.len() - 1] >= i32::MAX as usize / 4 {
            bail!(TooLong, "row {row} of the batch has {} tokens", positions.len());
        }
        self.positions.extend(positions.into_iter().map(|position| position as u32));
        self.row_offsets.push(self.positions.len());
        Ok(())
    }

    /// Appends padded rows and returns the index of every valid token.
    fn push_padded(
        &mut self,
        attention_mask: Option<&[i64]>,
        token_type_ids: Option<&[i64]>,
        rows: usize,
        length: usize,
    ) -> Result<Vec<usize>> {
        if let Some(mask) = attention_mask {
            check_length("attention_mask", mask.len(), rows, length, 1)?;
            if let Some(index) = mask.iter().position(|value| !matches!(value, 0 | 1)) {
                let (row, column) = (index / length, index % length);
                bail!(
                    InvalidArgument,
                    "attention_mask[{row}, {column}] is {}; it must be 0 or 1",
                    mask[index]
                );
            }
        }
        let is_valid = |index: usize| attention_mask.is_none_or(|mask| mask[index] == 1);
        let mut valid = Vec::with_capacity(rows * length);
        for row in 0..rows {
            let positions: Vec<usize> =
                (0..length).filter(|column| is_valid(row * length + column)).collect();
            valid.extend(positions.iter().map(|column| row * length + column));
            self.push_row(row, positions)?;
        }
        if let Some(types) = token_type_ids {
            check_length("token_type_ids", types.len(), rows, length, 1)?;
            let types = valid.iter().map(|&index| as_u32("token_type_ids", types[index], index, length));
            self.token_type_ids = Some(types.collect::<Result<_>>()?);
        }
        self.length = length;
        Ok(valid)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.row_offsets.len() - 1
    }

    /// Number of valid tokens in all rows.
    pub fn tokens(&self) -> usize {
        self.positions.len()
    }

    /// Length of the rows with their padding: what they were given with, or the longest row.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Row `r` has the tokens `row_offsets()[r]..row_offsets()[r + 1]`.
    pub fn row_offsets(&self) -> &[usize] {
        &self.row_offsets
    }

    /// The original position of each valid token in its row.
    pub fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// The token ids, unless the batch was made from embeddings.
    pub fn ids(&self) -> Option<&[u32]> {
        match &self.input {
            Input::Ids(ids) => Some(ids),
            Input::Embeddings(..) => None,
        }
    }

    /// The embeddings [tokens, embedding_size] that the batch was made from, if it was.
    pub(crate) fn embeddings(&self) -> Option<(&[f32], usize)> {
        match &self.input {
            Input::Ids(_) => None,
            Input::Embeddings(values, size) => Some((values, *size)),
        }
    }

    /// The token types; absent means all zero.
    pub fn token_type_ids(&self) -> Option<&[u32]> {
        self.token_type_ids.as_deref()
    }

    /// Checks that a model with this configuration can encode the batch.
    pub(crate) fn check(&self, config: &Config) -> Result<()> {
        match &self.input {
            Input::Ids(ids) => {
                if let Some(token) = ids.iter().position(|&id| id as usize >= config.vocab_size) {
                    let (row, position) = self.locate(token);
                    bail!(
                        InvalidArgument,
                        "input_ids[{row}, {position}] is {}, but the vocabulary has {} entries",
                        ids[token],
                        config.vocab_size
                    );
                }
            }
            Input::Embeddings(_, size) if *size != config.embedding_size => {
                bail!(
                    InvalidArgument,
                    "the embeddings have size {size}, the model's {}",
                    config.embedding_size
                );
            }
            Input::Embeddings(..) => {}
        }
        // Where a model has no token types they are accepted and have no effect, as in the reference.
        if let Some(types) = self.token_type_ids.as_ref().filter(|_| config.type_vocab_size > 0)
            && let Some(token) = types.iter().position(|&id| id as usize >= config.type_vocab_size)
        {
            let (row, position) = self.locate(token);
            bail!(
                InvalidArgument,
                "token_type_ids[{row}, {position}] is {}, but the model has {} token types",
                types[token],
                config.type_vocab_size
            );
        }
        if config.position_biased_input
            && let Some(token) = self
                .positions
                .iter()
                .position(|&position| position as usize >= config.max_position_embeddings)
        {
            let (row, _) = self.locate(token);
            bail!(
                TooLong,
                "row {row} reaches position {}, but this model has absolute positions for {} tokens only \
                 (max_position_embeddings); truncate the text",
                self.positions[self.row_offsets[row + 1] - 1],
                config.max_position_embeddings
            );
        }
        Ok(())
    }

    /// Row and original position of a token.
    fn locate(&self, token: usize) -> (usize, u32) {
        let row = self.row_offsets.partition_point(|&offset| offset <= token) - 1;
        (row, self.positions[token])
    }
}

fn check_length(name: &str, found: usize, rows: usize, length: usize, size: usize) -> Result<()> {
    let expected = rows.checked_mul(length).and_then(|count| count.checked_mul(size));
    if expected != Some(found) {
        bail!(
            InvalidArgument,
            "{name} has {found} values, but {rows} rows of length {length}{} were announced",
            if size > 1 { format!(" and size {size}") } else { String::new() }
        );
    }
    Ok(())
}

fn as_u32(name: &str, value: i64, index: usize, length: usize) -> Result<u32> {
    u32::try_from(value).or_else(|_| {
        let (row, column) = (index / length, index % length);
        bail!(
            InvalidArgument,
            "{name}[{row}, {column}] is {value}; ids lie between 0 and the vocabulary's size"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn padding_is_dropped_and_positions_are_kept() {
        let ids = [9, 5, 6, 9, 7, 8];
        let mask = [0, 1, 1, 1, 0, 1];
        let batch = Batch::from_padded(&ids, Some(&mask), Some(&[0, 0, 1, 0, 0, 1]), 2, 3).unwrap();
        assert_eq!(batch.ids(), Some(&[5, 6, 9, 8][..]));
        assert_eq!(batch.positions(), [1, 2, 0, 2]);
        assert_eq!(batch.row_offsets(), [0, 2, 4]);
        assert_eq!(batch.token_type_ids(), Some(&[0, 1, 0, 1][..]));
        assert_eq!((batch.rows(), batch.tokens(), batch.length()), (2, 4, 3));
    }

    #[test]
    fn ragged_rows_are_the_rows() {
        let ragged = Batch::from_ragged(&[5, 6, 7], Some(&[0, 1, 1]), &[0, 2, 3]).unwrap();
        let rows = Batch::from_rows(&[&[5, 6], &[7]]).unwrap();
        assert_eq!(ragged.ids(), rows.ids());
        assert_eq!(ragged.positions(), rows.positions());
        assert_eq!(ragged.row_offsets(), rows.row_offsets());
        assert_eq!(ragged.length(), rows.length());
        assert_eq!(ragged.token_type_ids(), Some(&[0, 1, 1][..]));
        for offsets in [&[0, 2][..], &[1, 3], &[0, 4, 3], &[0, 3, 2, 3], &[0, 0, 3], &[0], &[]] {
            let error = Batch::from_ragged(&[5, 6, 7], None, offsets).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{offsets:?}");
        }
        assert!(Batch::from_ragged(&[5, 6, 7], Some(&[0]), &[0, 3]).is_err());
    }

    #[test]
    fn without_a_mask_pad_ids_are_tokens() {
        assert_eq!(Batch::from_padded(&[1, 0, 0], None, None, 1, 3).unwrap().tokens(), 3);
    }

    #[test]
    fn bad_batches_are_named() {
        let message = |result: Result<Batch>| {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            error.to_string()
        };
        assert_eq!(message(Batch::from_rows(&[])), "the batch has no rows; pass at least one");
        assert_eq!(
            message(Batch::from_rows(&[&[1], &[]])),
            "row 1 of the batch has no valid token; remove the row"
        );
        assert_eq!(
            message(Batch::from_padded(&[1, 2, 3, 4], Some(&[1, 1, 0, 0]), None, 2, 2)),
            "row 1 of the batch has no valid token; remove the row"
        );
        assert!(message(Batch::from_padded(&[1, 2, 3], None, None, 2, 2)).contains("has 3 values"));
        assert!(message(Batch::from_padded(&[1, -2], None, None, 1, 2)).contains("input_ids[0, 1] is -2"));
        assert!(
            message(Batch::from_padded(&[1, 2], Some(&[1]), None, 1, 2)).contains("attention_mask has 1")
        );
        assert!(message(Batch::from_padded(&[1, 2], Some(&[1, 2]), None, 1, 2)).contains("must be 0 or 1"));
        assert!(
            message(Batch::from_padded(&[1], None, Some(&[-1]), 1, 1)).contains("token_type_ids[0, 0] is -1")
        );
        assert!(message(Batch::from_padded(&[], None, None, usize::MAX, 2)).contains("has 0 values"));
        assert!(message(Batch::from_embeddings(&[0.0; 5], 3, None, None, 1, 2)).contains("size 3"));
    }
}
