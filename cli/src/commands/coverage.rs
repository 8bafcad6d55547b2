//! How much of a text was read, in JSON.

use deberta::TruncatedText;
use serde::Serialize;

use super::truncation_notice::{self, JsonTruncation};

/// In how many windows, and what was cut off.
#[derive(Serialize)]
pub struct JsonCoverage {
    windows: usize,
    truncated: Option<JsonTruncation>,
}

impl JsonCoverage {
    pub fn new(windows: usize, truncated: Option<&TruncatedText>) -> Self {
        Self { windows, truncated: truncation_notice::to_json(truncated) }
    }
}
