//! The promise about error that a model is opened with.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// A promise about the error of results, not about instructions. The names are those of
/// `torch.set_float32_matmul_precision`.
///
/// Whatever keeps the promise may be used to keep it: this version computes in float32 for each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// As good as float32: error against a float64 reference like that of PyTorch float32.
    #[default]
    Highest,
    /// Relative error of about 1e-5.
    High,
    /// The error of bfloat16 products with float32 sums.
    Medium,
    /// The error of 8-bit weights and activations.
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
