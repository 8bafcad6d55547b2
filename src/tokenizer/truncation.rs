//! Shortening to a token limit, as the `tokenizers` library and Keras do it, and the account of what was cut off.
//!
//! Not left to the library: its releases 0.23.1 and 0.23.2 compare the two texts by how far they were tokenized, which
//! gives `longest_first` another result than every release before and after, and none of them says what is missing.

use std::fmt;
use std::str::FromStr;

use super::Encoding;
use crate::error::{Error, Result, bail};

/// What to do with an input of more than `max_length` tokens. Tokens are always cut off at the end of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Truncation {
    /// Refuse it.
    #[default]
    Error,
    /// Shorten the longer text until both are equally long, then both.
    LongestFirst,
    /// Shorten the first text only.
    OnlyFirst,
    /// Shorten the second text only.
    OnlySecond,
    /// Give room to the texts one token at a time in turn, the first text first; what Keras does unless told otherwise.
    RoundRobin,
    /// Give all room to the first text, and what it leaves to the second, as Keras can.
    Waterfall,
}

impl Truncation {
    const NAMES: [(&'static str, Truncation); 6] = [
        ("error", Truncation::Error),
        ("longest_first", Truncation::LongestFirst),
        ("only_first", Truncation::OnlyFirst),
        ("only_second", Truncation::OnlySecond),
        ("round_robin", Truncation::RoundRobin),
        ("waterfall", Truncation::Waterfall),
    ];
}

impl fmt::Display for Truncation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        formatter.pad(name)
    }
}

impl FromStr for Truncation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some(&(_, value)) => Ok(value),
            None => bail!(
                InvalidArgument,
                "truncation {name:?} is not known; use error, longest_first, only_first, only_second, round_robin or \
                 waterfall"
            ),
        }
    }
}

/// What truncation cut off. Arrays hold the first text's value and the second's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TruncatedText {
    /// Tokens that the whole input has, special tokens included.
    pub total_tokens: usize,
    /// Number of tokens cut off at the end of each text.
    pub removed_tokens: [usize; 2],
    /// Where in each text the first removed token starts, in UTF-8 bytes; `None` for a text that was kept whole.
    pub first_removed_byte: [Option<usize>; 2],
    /// The same in Unicode scalar values.
    pub first_removed_char: [Option<usize>; 2],
}

/// Shortens `encoding` to at most `max_length` tokens. Special tokens count and are never removed.
pub(super) fn truncate(
    encoding: &mut Encoding,
    has_pair: bool,
    max_length: usize,
    strategy: Truncation,
) -> Result<()> {
    let total_tokens = encoding.len();
    if total_tokens <= max_length {
        return Ok(());
    }
    let count = |sequence| encoding.sequence_ids.iter().filter(|&&id| id == sequence).count();
    let special = count(None);
    let Some(room) = max_length.checked_sub(special) else {
        bail!(
            InvalidArgument,
            "max_length {max_length} has no room for the {special} special tokens alone; use a larger one"
        );
    };
    let lengths = [count(Some(0)), count(Some(1))];
    let kept = kept_lengths(lengths, has_pair, room, max_length, strategy)?;

    let mut truncated = TruncatedText {
        total_tokens,
        removed_tokens: [lengths[0] - kept[0], lengths[1] - kept[1]],
        first_removed_byte: [None; 2],
        first_removed_char: [None; 2],
    };
    let mut seen = [0; 2];
    let mut keep = vec![true; total_tokens];
    for (index, sequence) in encoding.sequence_ids.iter().enumerate() {
        let Some(sequence) = sequence.map(usize::from) else { continue };
        if seen[sequence] >= kept[sequence] {
            keep[index] = false;
            truncated.first_removed_byte[sequence].get_or_insert(encoding.byte_offsets[index].0);
            truncated.first_removed_char[sequence].get_or_insert(encoding.char_offsets[index].0);
        }
        seen[sequence] += 1;
    }
    encoding.retain(|index| keep[index]);
    encoding.truncated = Some(truncated);
    Ok(())
}

/// How many tokens of each text stay, given that together they exceed `room`.
fn kept_lengths(
    lengths: [usize; 2],
    has_pair: bool,
    room: usize,
    max_length: usize,
    strategy: Truncation,
) -> Result<[usize; 2]> {
    let [first, second] = lengths;
    match strategy {
        Truncation::Error => bail!(
            TooLong,
            "the input has {} tokens, more than max_length {max_length}; shorten it, raise max_length, or choose a \
             truncation (longest_first, only_first, only_second, round_robin or waterfall)",
            first + second + (max_length - room)
        ),
        // The library empties both texts here whatever the strategy; so do we, and say so in `TruncatedText`.
        _ if room == 0 => Ok([0, 0]),
        Truncation::LongestFirst if !has_pair => Ok([room, 0]),
        Truncation::LongestFirst => {
            let shorter = first.min(second);
            let (short, long) =
                if shorter <= room / 2 { (shorter, room - shorter) } else { (room / 2, room - room / 2) };
            Ok(if first > second { [long, short] } else { [short, long] })
        }
        Truncation::RoundRobin => {
            let first = first.min((room - room / 2).max(room.saturating_sub(second)));
            Ok([first, room - first])
        }
        Truncation::Waterfall => {
            let first = first.min(room);
            Ok([first, room - first])
        }
        Truncation::OnlyFirst => match room.checked_sub(second) {
            Some(first) if first > 0 => Ok([first, second]),
            _ => bail!(
                TooLong,
                "truncation only_first cannot help: the second text alone has {second} tokens, and max_length \
                 {max_length} leaves {room} for both; raise max_length or use longest_first or only_second"
            ),
        },
        Truncation::OnlySecond if !has_pair => bail!(
            InvalidArgument,
            "truncation only_second needs a second text; give a pair, or use longest_first or only_first"
        ),
        Truncation::OnlySecond => match room.checked_sub(first) {
            Some(second) if second > 0 => Ok([first, second]),
            _ => bail!(
                TooLong,
                "truncation only_second cannot help: the first text alone has {first} tokens, and max_length \
                 {max_length} leaves {room} for both; raise max_length or use longest_first or only_first"
            ),
        },
    }
}
