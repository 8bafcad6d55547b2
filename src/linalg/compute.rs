//! What a model computes with: its kernels, its threads and the formats that keep its precision.

use super::kernels::{Format, Kernels};
use crate::precision::Precision;
use crate::runtime::ThreadPool;

/// Kernels, threads and the precision they keep; shared by all layers of a model.
pub(crate) struct Compute {
    pub kernels: &'static Kernels,
    pub pool: ThreadPool,
    pub precision: Precision,
    pub formats: Formats,
}

/// The formats of a model's products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Formats {
    /// The layers' linear layers.
    pub dense: Format,
    /// Scores, position terms and weighted values.
    pub attention: Format,
}

impl Formats {
    /// The fastest formats that keep a precision's promise with these kernels.
    ///
    /// Heads, the embeddings' projection and the convolution are always float32: they cost next to nothing.
    pub fn keeping(precision: Precision, kernels: &Kernels, head_size: usize) -> Self {
        let half = if kernels.has(Format::Bfloat16) { Format::Bfloat16 } else { Format::Float32 };
        // Two heads cannot share a cell.
        let aligned = head_size.is_multiple_of(half.values_per_cell());
        let half_attention = if aligned { half } else { Format::Float32 };
        let (dense, attention) = match precision {
            Precision::Highest => (Format::Float32, Format::Float32),
            Precision::High if kernels.has(Format::Bfloat16Pieces) => {
                (Format::Bfloat16Pieces, Format::Float32)
            }
            Precision::High => (Format::Float32, Format::Float32),
            Precision::Medium => (half, half_attention),
            Precision::Int8 => (kernels.integer_format(), half_attention),
        };
        Self { dense, attention }
    }
}
