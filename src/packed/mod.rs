//! Packed weights in a file: what the kernels read, written once, mapped from then on and shared between processes.
//!
//! The file is safetensors. Its name and its metadata say what the weights were packed for ([`Identity`]); the encoder
//! takes every packed weight from a [`Packing`], which packs it or finds it in the file; [`PackedCache`] finds, checks
//! and writes the files of a directory.

mod cache;
mod digest;
mod file;
mod identity;
mod packing;
mod source;
mod temporary_file;
mod writer;

pub(crate) use cache::PackedCache;
pub use cache::PackedReport;
pub(crate) use identity::Identity;
pub(crate) use packing::{PackedSizes, Packing};
pub(crate) use source::source_digest;
