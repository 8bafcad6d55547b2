//! Relative position settings: which attention terms there are, and how many positions they tell apart.

use serde_json::Value;

use super::fields::Fields;
use crate::error::{Result, bail};

/// Which relative position terms attention adds to the content term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PosAttType {
    /// Content to position: the query against the projected key of the relative position.
    pub c2p: bool,
    /// Position to content: the key against the projected query of the relative position.
    pub p2c: bool,
}

/// `position_buckets` and `max_relative_positions`, resolved.
pub(super) struct RelativePositions {
    pub(super) position_buckets: Option<usize>,
    pub(super) max_relative_positions: usize,
}

/// The distance is bounded by no tensor when it is bucketed, so its value alone must not decide how much memory a
/// table of distances takes, and it must fit an i32 index.
pub(super) const MOST_RELATIVE_POSITIONS: usize = 1 << 24;

impl PosAttType {
    pub(super) fn read(fields: &Fields) -> Result<Self> {
        const KEY: &str = "pos_att_type";
        // As in transformers, only the string form is trimmed and lower-cased.
        let words = match fields.value(KEY) {
            Some(Value::String(text)) => text.split('|').map(|word| word.trim().to_lowercase()).collect(),
            Some(Value::Array(_)) => fields.text_list(KEY)?.into_iter().map(str::to_owned).collect(),
            Some(value) => {
                return fields.wrong(KEY, value, "a string such as \"p2c|c2p\" or a list of strings");
            }
            None => Vec::new(),
        };
        let mut terms = Self::default();
        for word in words {
            match word.as_str() {
                "c2p" => terms.c2p = true,
                "p2c" => terms.p2c = true,
                // What saving `None` through the string form leaves behind.
                "" | "none" => {}
                "p2p" => bail!(
                    InvalidConfig,
                    "{}: \"{KEY}\" has \"p2p\" (position to position), a term of Microsoft's original code that \
                     this library does not compute; only \"c2p\" and \"p2c\" can be used",
                    fields.origin()
                ),
                _ => bail!(
                    InvalidConfig,
                    "{}: \"{KEY}\" has the unknown word {word:?}; the words are \"c2p\" and \"p2c\"",
                    fields.origin()
                ),
            }
        }
        Ok(terms)
    }
}

impl RelativePositions {
    pub(super) fn read(
        fields: &Fields,
        relative_attention: bool,
        max_position_embeddings: usize,
    ) -> Result<Self> {
        let position_buckets = fields.size_if_positive("position_buckets")?;
        let max_relative_positions =
            fields.size_if_positive("max_relative_positions")?.unwrap_or(max_position_embeddings);
        if relative_attention {
            check(fields.origin(), position_buckets, max_relative_positions)?;
        }
        Ok(Self { position_buckets, max_relative_positions })
    }
}

fn check(origin: &str, position_buckets: Option<usize>, max_relative_positions: usize) -> Result<()> {
    if max_relative_positions > MOST_RELATIVE_POSITIONS {
        bail!(
            InvalidConfig,
            "{origin}: \"max_relative_positions\" (or \"max_position_embeddings\" in its place) is \
             {max_relative_positions}, but must be at most {MOST_RELATIVE_POSITIONS}"
        );
    }
    let Some(buckets) = position_buckets else { return Ok(()) };
    // With mid = buckets / 2, the bucket of a distance r > mid is
    // ceil(ln(r / mid) / ln((max − 1) / mid) · (mid − 1)) + mid: mid must not be 0, the divisor must be positive.
    let middle = buckets / 2;
    if middle == 0 {
        bail!(
            InvalidConfig,
            "{origin}: \"position_buckets\" is {buckets}, but must be at least 2, or -1 for no buckets"
        );
    }
    if max_relative_positions <= middle.saturating_add(1) {
        bail!(
            InvalidConfig,
            "{origin}: \"max_relative_positions\" (or \"max_position_embeddings\" in its place) is \
             {max_relative_positions}, but \"position_buckets\" {buckets} needs more than {}",
            middle.saturating_add(1)
        );
    }
    Ok(())
}
