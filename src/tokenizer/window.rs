//! A text of too many tokens, cut into windows that overlap (as the `tokenizers` library does with `stride`).

use super::{Encoding, Truncation, WindowOptions};
use crate::error::{Result, bail};

/// A part of an input that is not longer than the limit. What is not cut, the special tokens and the other text of a pair,
/// is in every window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The window's tokens; offsets are into the whole text.
    pub encoding: Encoding,
    /// How many tokens of the cut text come before this window.
    pub first_token: usize,
}

/// Cuts an encoding into windows of at most `max_length` tokens.
pub(super) fn cut(
    encoding: Encoding,
    has_pair: bool,
    max_length: usize,
    strategy: Truncation,
    options: WindowOptions,
) -> Result<Vec<Window>> {
    if encoding.len() <= max_length {
        return Ok(vec![Window { encoding, first_token: 0 }]);
    }
    let places = |sequence| -> Vec<usize> {
        let is_in = |&index: &usize| encoding.sequence_ids[index] == Some(sequence);
        (0..encoding.len()).filter(is_in).collect()
    };
    let [first, second] = [places(0), places(1)];
    let (cut, whole) = match strategy {
        Truncation::OnlySecond if !has_pair => bail!(
            InvalidArgument,
            "windows over the second text need one; give a pair, or use the truncation only_first"
        ),
        Truncation::OnlyFirst => (first, second.len()),
        Truncation::OnlySecond => (second, first.len()),
        _ if first.len() >= second.len() => (first, second.len()),
        _ => (second, first.len()),
    };
    let around = encoding.len() - cut.len();
    let Some(room) = max_length.checked_sub(around).filter(|&room| room > 0) else {
        bail!(
            TooLong,
            "windows of {max_length} tokens have no room for the text that is cut: the other text has {whole} tokens, and \
             there are {} special ones; shorten that text or raise max_length",
            around - whole
        );
    };
    if options.stride >= room {
        bail!(
            InvalidArgument,
            "stride is {}, but a window has room for {room} tokens of the text; it must be smaller",
            options.stride
        );
    }
    let others: Vec<usize> = (0..encoding.len()).filter(|index| cut.binary_search(index).is_err()).collect();
    let mut windows = Vec::new();
    let mut start = 0;
    loop {
        let end = cut.len().min(start + room);
        let mut indices = [&others[..], &cut[start..end]].concat();
        indices.sort_unstable();
        windows.push(Window { encoding: encoding.select(&indices), first_token: start });
        if end == cut.len() {
            return Ok(windows);
        }
        start += room - options.stride;
    }
}
