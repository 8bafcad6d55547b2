//! Kernels: every algorithm once, against [`vector::Vector`]; one thin file for each instruction set; one registry.
//!
//! What is visible outside of this folder is safe: [`matmul`], [`row_wise`] and [`attention`] check sizes and hand out
//! disjoint parts of their outputs to the threads.

pub(crate) mod attention;
pub(crate) mod matmul;
pub(crate) mod row_wise;

mod convert;
mod elementwise;
mod finish;
mod format;
mod gemm;
mod layer_norm;
mod product;
mod registry;
mod softmax;
mod vector;

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(all(target_arch = "x86_64", feature = "amx-emulation"))]
mod amx_emulation;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_tile;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

#[cfg(test)]
mod tests;

pub(crate) use format::{Format, PIECE_CELLS, RowScale};
pub use registry::InstructionSet;
pub(crate) use registry::Kernels;
