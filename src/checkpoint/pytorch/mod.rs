//! The tensors of a file of `torch.save`, such as `pytorch_model.bin`.
//!
//! The file is a pickle that says how to rebuild the tensors, and the storages that their elements are in. The pickle is
//! read by an interpreter that knows what tensors need and nothing else ([`pickle`]); the storages stay where they are.

mod archive;
mod constructor;
mod cursor;
mod element_type;
#[cfg(test)]
mod fixtures;
mod legacy;
mod opcode;
mod pickle;
mod tensors;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::SourceTensor;
use super::memory_map::FileBytes;
use crate::error::{Error, ErrorKind, Result, bail};
use archive::Archive;
use pickle::Pickle;

/// The bytes of the file that are each storage.
type Storages<'a> = BTreeMap<&'a str, Range<usize>>;

/// Finds the tensors of a file.
pub(super) fn read_tensors(file: &Arc<FileBytes>) -> Result<BTreeMap<String, SourceTensor>> {
    read(file).map_err(|error| {
        let (path, message) = (file.path().display(), error.message());
        let message = match error.kind() {
            ErrorKind::InvalidCheckpoint => format!("{path} is damaged: {message}; download it again"),
            _ => format!("{path}: {message}"),
        };
        Error::new(error.kind(), message)
    })
}

fn read(file: &Arc<FileBytes>) -> Result<BTreeMap<String, SourceTensor>> {
    let bytes = file.as_slice();
    let (pickle, storages) = match bytes {
        [b'P', b'K', 3, 4, ..] => read_archive(bytes)?,
        // A pickle starts with its protocol, in the oldest with a number in digits.
        [0x80 | b'L', ..] => legacy::read(bytes)?,
        [] => bail!(InvalidCheckpoint, "it is empty"),
        _ if bytes.get(257..262) == Some(b"ustar") => bail!(
            Unsupported,
            "it is in the tar form of the first versions of PyTorch; load it in Python and save it again with torch.save"
        ),
        _ => bail!(InvalidCheckpoint, "it is not a file of torch.save, neither a zip archive nor a pickle"),
    };
    tensors::locate(file, &pickle, &storages)
}

/// The form since version 1.6: a zip archive of a pickle, of which the name's first part is up to the writer, and of
/// the storages as they are.
fn read_archive(bytes: &[u8]) -> Result<(Pickle<'_>, Storages<'_>)> {
    let archive = Archive::read(bytes)?;
    let roots = archive.entries().filter_map(|(name, content)| match name.split_once('/') {
        Some((root, "data.pkl")) => Some((root, content)),
        _ => None,
    });
    let roots: Vec<_> = roots.collect();
    let [(root, content)] = roots.as_slice() else {
        bail!(InvalidCheckpoint, "the archive has {} entries data.pkl instead of one", roots.len());
    };
    if let Some(order) = archive.get(&format!("{root}/byteorder")).map(|content| &bytes[content]) {
        match order.trim_ascii() {
            b"little" => {}
            b"big" => bail!(Unsupported, "it was saved on a big-endian machine; save it again on another"),
            _ => bail!(InvalidCheckpoint, "the entry byteorder of the archive is neither little nor big"),
        }
    }
    let storages = archive
        .entries()
        .filter_map(|(name, content)| {
            let key = name.strip_prefix(*root)?.strip_prefix("/data/")?;
            Some((key, content))
        })
        .collect();
    Ok((Pickle::load(&bytes[content.clone()])?, storages))
}
