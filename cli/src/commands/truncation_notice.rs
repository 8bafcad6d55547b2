//! Says what truncation cut off: in JSON as an object, otherwise on stderr.

use std::fmt::Display;

use deberta::TruncatedText;
use serde::Serialize;

use crate::failure;

/// [`TruncatedText`] in JSON.
#[derive(Serialize)]
pub struct JsonTruncation {
    total_tokens: usize,
    removed_tokens: [usize; 2],
    first_removed_byte: [Option<usize>; 2],
    first_removed_char: [Option<usize>; 2],
}

/// What was cut off, if anything was.
pub fn to_json(truncated: Option<&TruncatedText>) -> Option<JsonTruncation> {
    truncated.map(|cut| JsonTruncation {
        total_tokens: cut.total_tokens,
        removed_tokens: cut.removed_tokens,
        first_removed_byte: cut.first_removed_byte,
        first_removed_char: cut.first_removed_char,
    })
}

/// One line on stderr where something was cut off.
pub fn warn(place: impl Display, truncated: Option<&TruncatedText>) {
    if let Some(cut) = truncated {
        let removed: usize = cut.removed_tokens.iter().sum();
        failure::say(&format!("{place}: cut off the last {removed} of {} tokens", cut.total_tokens));
    }
}
