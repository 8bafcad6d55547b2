//! Finds the pieces that a text starts with.

use super::model::Piece;

/// Ids of some pieces in the order of their bytes. Pieces that share a beginning are neighbours, so that each further
/// byte of a text narrows a range.
#[derive(Debug)]
pub(super) struct PiecePrefixes {
    sorted: Vec<u32>,
    /// Where in `sorted` the pieces that start with each byte begin, and the end of the last.
    starts: Vec<usize>,
}

impl PiecePrefixes {
    /// Sorts the pieces that `is_included`.
    pub(super) fn new(pieces: &[Piece], is_included: impl Fn(&Piece) -> bool) -> Self {
        let mut sorted: Vec<u32> =
            (0u32..).zip(pieces).filter(|(_, piece)| is_included(piece)).map(|(id, _)| id).collect();
        let text = |id: &u32| pieces[*id as usize].text.as_bytes();
        sorted.sort_unstable_by_key(text);
        let starts =
            (0..=256).map(|byte| sorted.partition_point(|id| usize::from(text(id)[0]) < byte)).collect();
        Self { sorted, starts }
    }

    /// Lengths in bytes and ids of the pieces that `text` starts with, shortest first. `pieces` are those given to
    /// [`Self::new`].
    pub(super) fn of<'a>(
        &'a self,
        pieces: &'a [Piece],
        text: &'a str,
    ) -> impl Iterator<Item = (usize, u32)> + 'a {
        let byte_of = |id: &u32, index: usize| pieces[*id as usize].text.as_bytes().get(index).copied();
        let mut range: &[u32] = &[];
        text.bytes()
            .enumerate()
            .map_while(move |(index, byte)| {
                range = if index == 0 {
                    &self.sorted[self.starts[usize::from(byte)]..self.starts[usize::from(byte) + 1]]
                } else {
                    let start = range.partition_point(|id| byte_of(id, index) < Some(byte));
                    let length = range[start..].partition_point(|id| byte_of(id, index) == Some(byte));
                    &range[start..start + length]
                };
                let first = *range.first()?;
                let length = index + 1;
                Some((pieces[first as usize].text.len() == length).then_some((length, first)))
            })
            .flatten()
    }
}
