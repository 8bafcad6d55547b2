//! Tensors out of one safetensors file, or out of shards with an index.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;

use ::safetensors::tensor::Metadata;
use ::safetensors::{SafeTensorError, SafeTensors};
use serde_json::Value;

use super::memory_map::{FileBytes, LoadMode};
use super::{SourceTensor, TensorSource};
use crate::error::{Error, ErrorKind, Result, bail};

/// The length of the header's length, which precedes the header.
const PREFIX_LENGTH: usize = 8;

/// The limit that the format sets on its header.
const LARGEST_HEADER: usize = 100_000_000;

/// What to do about a damaged checkpoint.
const DOWNLOAD: &str = "download it again";

/// How many problems of an index are listed.
const LISTED: usize = 10;

/// The tensors of all files, by name.
pub(super) struct SafetensorsSource {
    files: Vec<Arc<FileBytes>>,
    tensors: BTreeMap<String, SourceTensor>,
}

impl SafetensorsSource {
    pub(super) fn open_single(path: &Path, mode: LoadMode) -> Result<Self> {
        let file = Arc::new(FileBytes::open(path, mode)?);
        let tensors = read_tensors(&file)?;
        Ok(Self { files: vec![file], tensors })
    }

    /// Opens the shards that the index at `path` names; they are in the same folder.
    pub(super) fn open_index(path: &Path, mode: LoadMode) -> Result<Self> {
        let shards = read_index(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut source = Self { files: Vec::new(), tensors: BTreeMap::new() };
        let mut absent = Vec::new();
        for (shard, names) in shards {
            let shard_path = folder.join(&shard);
            let file = FileBytes::open(&shard_path, mode).map_err(|error| {
                let message = format!("{} names the shard {shard:?}: {error}", path.display());
                Error::new(error.kind(), message).with_source(error)
            })?;
            let file = Arc::new(file);
            let mut tensors = read_tensors(&file)?;
            source.files.push(file);
            for name in names {
                match tensors.remove(&name) {
                    Some(tensor) => _ = source.tensors.insert(name, tensor),
                    None => absent.push(format!("{name:?} in {shard}")),
                }
            }
        }
        if !absent.is_empty() {
            let more = match absent.len().saturating_sub(LISTED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            absent.truncate(LISTED);
            bail!(
                InvalidCheckpoint,
                "{} names tensors that their shards do not hold: {}{more}; the index and the shards are not from the \
                 same checkpoint, download them again",
                path.display(),
                absent.join(", ")
            );
        }
        Ok(source)
    }
}

impl TensorSource for SafetensorsSource {
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.tensors.keys().map(String::as_str))
    }

    fn tensor(&self, name: &str) -> Option<SourceTensor> {
        self.tensors.get(name).cloned()
    }

    fn files(&self) -> &[Arc<FileBytes>] {
        &self.files
    }
}

/// Shard names with the tensors that are in each.
fn read_index(path: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidCheckpoint, message);
    let file = FileBytes::open(path, LoadMode::Copy)?;
    let index: Value = serde_json::from_slice(file.as_slice()).map_err(|error| {
        invalid(format!("{} is not valid JSON: {error}; download it again", path.display()))
            .with_source(error)
    })?;
    let weight_map =
        index.get("weight_map").and_then(Value::as_object).filter(|map| !map.is_empty()).ok_or_else(
            || invalid(format!("{} has no \"weight_map\" from tensor names to shard files", path.display())),
        )?;
    let mut shards = BTreeMap::<String, Vec<String>>::new();
    for (name, shard) in weight_map {
        match shard.as_str().filter(|shard| is_plain_file_name(shard)) {
            Some(shard) => shards.entry(shard.to_owned()).or_default().push(name.clone()),
            None => bail!(
                InvalidCheckpoint,
                "{}: \"weight_map\" puts {name:?} into {shard}, which is not the plain name of a file in this folder",
                path.display()
            ),
        }
    }
    Ok(shards)
}

/// Whether joining the name to a folder can only give a file directly in that folder, on any system.
fn is_plain_file_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    plain && !name.contains(['/', '\\', ':', '\0'])
}

fn read_tensors(file: &Arc<FileBytes>) -> Result<BTreeMap<String, SourceTensor>> {
    let (data_start, metadata) = read_header(file.as_slice(), &file.path().display(), DOWNLOAD)?;
    let located = metadata.tensors().into_iter().map(|(name, info)| {
        let (start, end) = info.data_offsets;
        let tensor = SourceTensor {
            file: Arc::clone(file),
            range: data_start + start..data_start + end,
            dtype: info.dtype.to_string(),
            shape: info.shape.clone(),
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
    if bytes.starts_with(b"version https://git-lfs") {
        bail!(
            InvalidCheckpoint,
            "{path} is a Git LFS pointer, not the weights; run `git lfs pull` in the repository that it is from"
        );
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
