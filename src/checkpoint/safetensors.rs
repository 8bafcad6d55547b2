//! The tensors of a safetensors file.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::safetensors::tensor::Metadata;
use ::safetensors::{SafeTensorError, SafeTensors};
use serde_json::Value;

use super::SourceTensor;
use super::memory_map::FileBytes;
use crate::error::{Error, ErrorKind, Result, bail};

/// The length of the header's length, which precedes the header.
const PREFIX_LENGTH: usize = 8;

/// The limit that the format sets on its header.
const LARGEST_HEADER: usize = 100_000_000;

/// What to do about a damaged checkpoint.
const DOWNLOAD: &str = "download it again";

/// Finds the tensors of a file.
pub(super) fn read_tensors(file: &Arc<FileBytes>) -> Result<BTreeMap<String, SourceTensor>> {
    let (data_start, metadata) = read_header(file.as_slice(), &file.path().display(), DOWNLOAD)?;
    let located = metadata.tensors().into_iter().map(|(name, info)| {
        let (start, end) = info.data_offsets;
        let tensor = SourceTensor {
            file: Arc::clone(file),
            range: data_start + start..data_start + end,
            dtype: info.dtype.to_string(),
            shape: info.shape.clone(),
            strides: None,
        };
        (name, tensor)
    });
    Ok(located.collect())
}

/// Reads and checks the header of a safetensors file. Returns where the data starts, and what is in it. `advice` is what
/// the caller of the library should do about a file that is damaged.
pub(crate) fn read_header(
    bytes: &[u8],
    path: &dyn std::fmt::Display,
    advice: &str,
) -> Result<(usize, Metadata)> {
    let data_start = check_lengths(bytes, path, advice)?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| {
        let reason = match &error {
            SafeTensorError::InvalidOffset(name) => {
                format!("the data of the tensor {name:?} overlaps another's or leaves a gap before it")
            }
            SafeTensorError::TensorInvalidInfo => {
                "a tensor's shape and dtype do not fit the length of its data".to_owned()
            }
            SafeTensorError::MetadataIncompleteBuffer => {
                "it goes on after the end of the last tensor".to_owned()
            }
            other => other.to_string(),
        };
        Error::new(ErrorKind::InvalidCheckpoint, format!("{path} is damaged: {reason}; {advice}"))
            .with_source(error)
    })?;
    Ok((data_start, metadata))
}

/// Checks what the safetensors crate reports without saying where, and what its own addition of lengths would overflow
/// on. Returns where the data starts.
fn check_lengths(bytes: &[u8], path: &dyn std::fmt::Display, advice: &str) -> Result<usize> {
    if bytes.is_empty() {
        bail!(InvalidCheckpoint, "{path} is empty; {advice}");
    }
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_LENGTH>() else {
        bail!(InvalidCheckpoint, "{path} is truncated: it has only {} bytes; {advice}", bytes.len());
    };
    let announced = u64::from_le_bytes(*prefix);
    let Some(length) = usize::try_from(announced).ok().filter(|length| *length <= LARGEST_HEADER) else {
        bail!(
            InvalidCheckpoint,
            "{path} is not a safetensors file: it announces a header of {announced} bytes, and the format allows \
             {LARGEST_HEADER}"
        );
    };
    let Some((header, data)) = rest.split_at_checked(length) else {
        bail!(
            InvalidCheckpoint,
            "{path} is truncated or not a safetensors file: it announces a header of {length} bytes, and only {} \
             follow; {advice}",
            rest.len()
        );
    };
    let entries: BTreeMap<String, Value> = serde_json::from_slice(header).map_err(|error| {
        let message = format!(
            "{path} is damaged or not a safetensors file: its header is not valid JSON: {error}; {advice}"
        );
        Error::new(ErrorKind::InvalidCheckpoint, message).with_source(error)
    })?;
    for (name, entry) in entries {
        let end = entry.get("data_offsets").and_then(|offsets| offsets.get(1)).and_then(Value::as_u64);
        if let Some(end) = end.filter(|end| *end > data.len() as u64) {
            bail!(
                InvalidCheckpoint,
                "{path} is truncated or damaged: the data of the tensor {name:?} ends at byte {end} of the data, which \
                 has only {} bytes; {advice}",
                data.len()
            );
        }
    }
    Ok(PREFIX_LENGTH + length)
}
