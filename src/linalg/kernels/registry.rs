//! The one list of kernels: run-time dispatch, tests and benches all go through it.

use std::fmt;
use std::str::FromStr;

use super::gemm::GemmBlock;
use super::rows::{LayerNormRow, Scale, SoftmaxTile};
#[cfg(test)]
use crate::config::Activation;
use crate::error::{Error, ErrorKind, Result, bail};

/// A family of machine instructions that kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstructionSet {
    /// What every machine of the target architecture has.
    Portable,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// x86-64 with AVX-512 F, BW, DQ and VL.
    Avx512,
    /// AArch64 with NEON.
    Neon,
}

impl InstructionSet {
    const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Neon];

    /// The name that `DEBERTA_ISA` and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// The instruction sets that this build has kernels for and this machine can run, fastest first.
    pub fn available() -> Vec<Self> {
        Kernels::available().map(|kernels| kernels.instruction_set).collect()
    }

    fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("fma")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for InstructionSet {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|candidate| candidate.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|candidate| candidate.name()).collect();
            Error::new(
                ErrorKind::InvalidArgument,
                format!("unknown instruction set \"{name}\"; known are {}", known.join(", ")),
            )
        })
    }
}

/// The kernels of one instruction set.
///
/// The functions may only be called where the instruction set is available: [`Kernels::select`] and
/// [`Kernels::available`] return only such kernels.
pub(crate) struct Kernels {
    pub instruction_set: InstructionSet,
    /// Columns of a packed panel.
    pub panel_width: usize,
    pub(super) gemm: unsafe fn(&GemmBlock),
    #[cfg(test)]
    pub(super) activate: unsafe fn(Activation, *mut f32, usize),
    pub(super) layer_norm: unsafe fn(&LayerNormRow),
    pub(super) softmax_tile: unsafe fn(&SoftmaxTile),
    pub(super) normalize_scores: unsafe fn(*mut f32, usize, Scale, f32, f32),
}

/// All kernels of this build, fastest first.
static KERNELS: &[&Kernels] = &[
    #[cfg(target_arch = "x86_64")]
    &super::avx512::KERNELS,
    #[cfg(target_arch = "x86_64")]
    &super::avx2::KERNELS,
    #[cfg(target_arch = "aarch64")]
    &super::neon::KERNELS,
    &super::portable::KERNELS,
];

impl Kernels {
    /// The kernels that this machine can run, fastest first.
    pub fn available() -> impl Iterator<Item = &'static Kernels> {
        KERNELS.iter().copied().filter(|kernels| kernels.instruction_set.is_available())
    }

    /// The kernels to use: those of the environment variable `DEBERTA_ISA`, else those requested, else the fastest.
    /// One that is named but not there is an error.
    pub fn select(requested: Option<InstructionSet>) -> Result<&'static Kernels> {
        let forced = match std::env::var("DEBERTA_ISA") {
            Ok(name) if !name.is_empty() => Some(name.parse::<InstructionSet>().map_err(|error| {
                Error::new(ErrorKind::InvalidArgument, format!("DEBERTA_ISA: {}", error.message()))
            })?),
            _ => None,
        };
        let Some(wanted) = forced.or(requested) else {
            return Self::available().next().ok_or_else(|| {
                Error::new(ErrorKind::Internal, "the portable kernels are missing from this build")
            });
        };
        match Self::available().find(|kernels| kernels.instruction_set == wanted) {
            Some(kernels) => Ok(kernels),
            None => {
                let there: Vec<_> = Self::available().map(|kernels| kernels.instruction_set.name()).collect();
                let origin = if forced.is_some() { " (forced by DEBERTA_ISA)" } else { "" };
                bail!(
                    Unsupported,
                    "the instruction set {wanted}{origin} is not available here; this machine and build have {}",
                    there.join(", ")
                )
            }
        }
    }
}

impl fmt::Debug for Kernels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Kernels({})", self.instruction_set)
    }
}

/// Compiles every kernel for one instruction set and defines its `KERNELS`.
macro_rules! define_kernels {
    ($instruction_set:expr, $vector:ty, columns: $columns:literal, rows: $rows:literal, enable: [$($feature:literal),*]) => {
        pub(super) static KERNELS: super::registry::Kernels = super::registry::Kernels {
            instruction_set: $instruction_set,
            panel_width: $columns * <$vector as Vector>::LANES,
            gemm,
            #[cfg(test)]
            activate,
            layer_norm,
            softmax_tile,
            normalize_scores,
        };

        $(#[target_feature(enable = $feature)])*
        unsafe fn gemm(block: &super::gemm::GemmBlock) {
            // SAFETY: the caller's promise; this function enables the instruction set.
            unsafe { super::gemm::gemm::<$vector, $rows, $columns>(block) }
        }

        $(#[target_feature(enable = $feature)])*
        #[cfg(test)]
        unsafe fn activate(activation: crate::config::Activation, values: *mut f32, length: usize) {
            // SAFETY: as above.
            unsafe { super::elementwise::activate::<$vector>(activation, values, length) }
        }

        $(#[target_feature(enable = $feature)])*
        unsafe fn layer_norm(row: &super::rows::LayerNormRow) {
            // SAFETY: as above.
            unsafe { super::rows::layer_norm::<$vector>(row) }
        }

        $(#[target_feature(enable = $feature)])*
        unsafe fn softmax_tile(tile: &super::rows::SoftmaxTile) {
            // SAFETY: as above.
            unsafe { super::rows::softmax_tile::<$vector>(tile) }
        }

        $(#[target_feature(enable = $feature)])*
        unsafe fn normalize_scores(scores: *mut f32, length: usize, scale: super::rows::Scale, largest: f32, sum: f32) {
            // SAFETY: as above.
            unsafe { super::rows::normalize_scores::<$vector>(scores, length, scale, largest, sum) }
        }
    };
}
pub(super) use define_kernels;
