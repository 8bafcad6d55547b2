//! The promise about error that a model is opened with.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// A promise about the error of results, not about instructions. The names are those of
/// `torch.set_float32_matmul_precision`.
///
/// Whatever keeps the promise on a machine may be used to keep it; docs/precision.md says what is. Layer norm, softmax,
/// residual sums, embeddings and heads are float32 in each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// As good as float32: error against a float64 reference like that of PyTorch float32.
    #[default]
    Highest,
    /// Relative error of about 1e-5: products of two bfloat16 pieces, where there are tiles for them.
    High,
    /// Products of bfloat16 with float32 sums, where the processor has them: as good as PyTorch in bfloat16.
    Medium,
    /// Products of 8-bit integers, with a scale for each column of weights and each row of activations.
    Int8,
}

impl Precision {
    const ALL: [Self; 4] = [Self::Highest, Self::High, Self::Medium, Self::Int8];

    /// The name that options and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Highest => "highest",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Int8 => "int8",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::new(ErrorKind::InvalidArgument, format!("unknown precision \"{name}\"; known are {known}"))
        })
    }
}
