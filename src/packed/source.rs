//! Which model packed weights are made of.

use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::digest::{hexadecimal, sampled_blocks};
use crate::checkpoint::{Checkpoint, FileBytes};
use crate::error::{Error, ErrorKind, Result};

/// Sampled blocks of each weight file.
const SAMPLES: usize = 64;
/// Bytes that stand for the header in a format without one.
const FIRST_BYTES: usize = 1 << 16;

/// SHA-256 over `config.json`, a Keras preset's `task.json` where there is one, the prefix of the tensors' names, and for each weight file in order its name, length and
/// time of last modification, its header and [`SAMPLES`] blocks of 4 KiB spread evenly over its data.
///
/// Weights are not read as a whole: a change that keeps a file's length, time and header and every sampled block goes
/// unnoticed.
pub(crate) fn source_digest(folder: &Path, checkpoint: &Checkpoint) -> Result<String> {
    let config = read(&folder.join("config.json"))?;
    let task = match read(&folder.join("task.json")) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        task => Some(task?),
    };
    let mut sha = Sha256::new();
    let mut field = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    field(b"libdeberta source");
    field(&config);
    task.iter().for_each(|task| field(task));
    field(checkpoint.prefix().as_bytes());
    for file in checkpoint.file_contents() {
        let bytes = file.as_slice();
        field(file.path().file_name().unwrap_or_default().as_encoded_bytes());
        field(&(bytes.len() as u64).to_le_bytes());
        field(&modified_nanoseconds(file).to_le_bytes());
        let (header, data) = bytes.split_at(header_length(file));
        field(header);
        sampled_blocks(data.len(), SAMPLES).for_each(|block| field(&data[block]));
    }
    Ok(hexadecimal(sha))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::io("read", path, source))
}

/// What is in front of the data: the header of a safetensors file, which was checked when it was opened; in other formats
/// some of their first bytes.
fn header_length(file: &FileBytes) -> usize {
    let bytes = file.as_slice();
    if file.path().extension().is_none_or(|extension| extension != "safetensors") {
        return bytes.len().min(FIRST_BYTES);
    }
    let announced = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    usize::try_from(announced).unwrap_or(usize::MAX).saturating_add(8).min(bytes.len())
}

/// Since 1970; negative before.
fn modified_nanoseconds(file: &FileBytes) -> i128 {
    let Some(modified) = file.modified() else { return 0 };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}
