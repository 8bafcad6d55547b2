//! The one list of kernels: run-time dispatch, tests and benches all go through it.

use std::fmt;
use std::str::FromStr;

use super::convert::ConvertRow;
use super::finish::FinishBlock;
use super::format::{Format, RowScale};
use super::gemm::GemmBlock;
use super::layer_norm::LayerNormRow;
use super::softmax::{ContextRow, Scale, ScoreTile, SoftmaxBlock};
#[cfg(any(test, feature = "benchmark"))]
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
    /// [`Self::Avx512`] with VNNI.
    Avx512Vnni,
    /// [`Self::Avx512Vnni`] with BF16.
    Avx512Bf16,
    /// [`Self::Avx512Bf16`] with AMX tiles of bfloat16 and bytes.
    Amx,
    /// AArch64 with NEON.
    Neon,
    /// [`Self::Neon`] with dot products of bytes.
    NeonDotprod,
    /// [`Self::NeonDotprod`] with dot products of bfloat16.
    NeonBf16,
}

impl InstructionSet {
    const ALL: [Self; 9] = [
        Self::Portable,
        Self::Avx2,
        Self::Avx512,
        Self::Avx512Vnni,
        Self::Avx512Bf16,
        Self::Amx,
        Self::Neon,
        Self::NeonDotprod,
        Self::NeonBf16,
    ];

    /// The name that `DEBERTA_ISA` and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Avx512Vnni => "avx512_vnni",
            Self::Avx512Bf16 => "avx512_bf16",
            Self::Amx => "amx",
            Self::Neon => "neon",
            Self::NeonDotprod => "neon_dotprod",
            Self::NeonBf16 => "neon_bf16",
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
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => Self::Avx512.is_available() && is_x86_feature_detected!("avx512vnni"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16 => Self::Avx512Vnni.is_available() && is_x86_feature_detected!("avx512bf16"),
            #[cfg(target_arch = "x86_64")]
            Self::Amx => Self::Avx512Bf16.is_available() && super::amx::is_available(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            #[cfg(target_arch = "aarch64")]
            Self::NeonDotprod => std::arch::is_aarch64_feature_detected!("dotprod"),
            #[cfg(target_arch = "aarch64")]
            Self::NeonBf16 => {
                Self::NeonDotprod.is_available() && std::arch::is_aarch64_feature_detected!("bf16")
            }
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
    /// The GEMM of each format, where there is one; float32 and 16-bit integers are there always.
    pub(super) gemm: FormatTable<unsafe fn(&GemmBlock)>,
    pub(super) finish: unsafe fn(&FinishBlock),
    /// Converts a row of float32 to each format with products but float32; floats have no scale.
    pub(super) convert: FormatTable<unsafe fn(&ConvertRow) -> RowScale>,
    #[cfg(any(test, feature = "benchmark"))]
    pub(super) activate: unsafe fn(Activation, *mut f32, usize),
    pub(super) layer_norm: unsafe fn(&LayerNormRow),
    pub(super) score_tile: unsafe fn(&ScoreTile),
    pub(super) softmax_block: unsafe fn(&SoftmaxBlock),
    pub(super) context_row: unsafe fn(&ContextRow),
    pub(super) normalize_scores: unsafe fn(*mut f32, usize, Scale, f32, f32),
}

/// Something for each format, where it is there.
#[derive(Clone, Copy)]
pub(super) struct FormatTable<T>(pub [Option<T>; 5]);

impl<T: Copy> FormatTable<T> {
    /// # Panics
    ///
    /// When there is nothing for the format: formats are chosen by [`Kernels::has`].
    pub fn get(&self, format: Format) -> T {
        self.0[format as usize].unwrap_or_else(|| panic!("no kernel for {format:?}"))
    }
}

/// All kernels of this build, fastest first.
static KERNELS: &[&Kernels] = &[
    #[cfg(target_arch = "x86_64")]
    &super::amx::KERNELS,
    #[cfg(target_arch = "x86_64")]
    &super::avx512::bf16::KERNELS,
    #[cfg(target_arch = "x86_64")]
    &super::avx512::vnni::KERNELS,
    #[cfg(target_arch = "x86_64")]
    &super::avx512::base::KERNELS,
    #[cfg(target_arch = "x86_64")]
    &super::avx2::KERNELS,
    #[cfg(target_arch = "aarch64")]
    &super::neon::bf16::KERNELS,
    #[cfg(target_arch = "aarch64")]
    &super::neon::dotprod::KERNELS,
    #[cfg(target_arch = "aarch64")]
    &super::neon::base::KERNELS,
    &super::portable::KERNELS,
];

impl Kernels {
    /// Whether there are products of this format.
    pub fn has(&self, format: Format) -> bool {
        self.gemm.0[format as usize].is_some()
    }

    /// The fastest format for products of 8-bit integers.
    pub fn integer_format(&self) -> Format {
        if self.has(Format::Int8) { Format::Int8 } else { Format::Int16 }
    }

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
    ($instruction_set:expr, $vector:ty, columns: $columns:literal, rows: $rows:literal, formats: [$($format:ident),+], enable: [$($feature:literal),*]) => {
        pub(in crate::linalg::kernels) static KERNELS: $crate::linalg::kernels::Kernels = $crate::linalg::kernels::Kernels {
            instruction_set: $instruction_set,
            panel_width: $columns * <$vector as $crate::linalg::kernels::vector::Vector>::LANES,
            gemm: $crate::linalg::kernels::registry::FormatTable({
                let mut table: [Option<unsafe fn(&$crate::linalg::kernels::gemm::GemmBlock)>; 5] = [None; 5];
                $(table[$crate::linalg::kernels::format::Format::$format as usize] =
                    Some(gemm::<$crate::linalg::kernels::product::$format>);)+
                table
            }),
            finish,
            convert: $crate::linalg::kernels::registry::FormatTable([
                None,
                Some(to_bfloat16),
                Some(to_int8),
                Some(to_bfloat16_pieces),
                Some(to_int16),
            ]),
            #[cfg(any(test, feature = "benchmark"))]
            activate,
            layer_norm,
            score_tile,
            softmax_block,
            context_row,
            normalize_scores,
        };

        $(#[target_feature(enable = $feature)])*
        unsafe fn gemm<P: $crate::linalg::kernels::product::Product>(block: &$crate::linalg::kernels::gemm::GemmBlock) {
            // SAFETY: the caller's promise; this function enables the instruction set.
            unsafe { $crate::linalg::kernels::gemm::gemm::<$vector, P, $rows, $columns>(block) }
        }

        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], finish: finish(&FinishBlock));
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], convert: to_bfloat16(&ConvertRow) -> $crate::linalg::kernels::format::RowScale);
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], convert: to_bfloat16_pieces(&ConvertRow) -> $crate::linalg::kernels::format::RowScale);
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], convert: to_int8(&ConvertRow) -> $crate::linalg::kernels::format::RowScale);
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], convert: to_int16(&ConvertRow) -> $crate::linalg::kernels::format::RowScale);
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], layer_norm: layer_norm(&LayerNormRow));
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], softmax: score_tile(&ScoreTile));
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], softmax: softmax_block(&SoftmaxBlock));
        $crate::linalg::kernels::registry::define_kernel!($vector, [$($feature),*], softmax: context_row(&ContextRow));

        $(#[target_feature(enable = $feature)])*
        #[cfg(any(test, feature = "benchmark"))]
        unsafe fn activate(activation: crate::config::Activation, values: *mut f32, length: usize) {
            // SAFETY: as above.
            unsafe { $crate::linalg::kernels::elementwise::activate::<$vector>(activation, values, length) }
        }

        $(#[target_feature(enable = $feature)])*
        unsafe fn normalize_scores(scores: *mut f32, length: usize, scale: $crate::linalg::kernels::softmax::Scale, largest: f32, sum: f32) {
            // SAFETY: as above.
            unsafe { $crate::linalg::kernels::softmax::normalize_scores::<$vector>(scores, length, scale, largest, sum) }
        }
    };
}
pub(super) use define_kernels;

/// Compiles one kernel that takes a description of its work.
macro_rules! define_kernel {
    ($vector:ty, [$($feature:literal),*], $module:ident: $name:ident(&$block:ident) $(-> $result:ty)?) => {
        $(#[target_feature(enable = $feature)])*
        unsafe fn $name(block: &$crate::linalg::kernels::$module::$block) $(-> $result)? {
            // SAFETY: the caller's promise; this function enables the instruction set.
            unsafe { $crate::linalg::kernels::$module::$name::<$vector>(block) }
        }
    };
}
pub(super) use define_kernel;
