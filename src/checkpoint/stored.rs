//! Tensors out of one weight file, or out of shards with an index, whatever their format.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::memory_map::{FileBytes, LoadMode};
use super::{SourceTensor, TensorSource};
use crate::error::{Error, ErrorKind, Result, bail};

/// How many problems of an index are listed.
const LISTED: usize = 10;

/// The reader of one format: the tensors of a file by name.
pub(super) type ReadTensors = fn(&Arc<FileBytes>) -> Result<BTreeMap<String, SourceTensor>>;

/// The tensors of all files, by name.
pub(super) struct StoredTensors {
    files: Vec<Arc<FileBytes>>,
    tensors: BTreeMap<String, SourceTensor>,
}

impl StoredTensors {
    /// Opens a file that has all tensors.
    pub(super) fn open_single(path: &Path, mode: LoadMode, read: ReadTensors) -> Result<Self> {
        let file = open_file(path, mode)?;
        let tensors = read(&file)?;
        Ok(Self { files: vec![file], tensors })
    }

    /// Opens the shards that the index at `path` names; they are in the same folder.
    pub(super) fn open_index(path: &Path, mode: LoadMode, read: ReadTensors) -> Result<Self> {
        let shards = read_index(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut source = Self { files: Vec::new(), tensors: BTreeMap::new() };
        let mut absent = Vec::new();
        for (shard, names) in shards {
            let shard_path = folder.join(&shard);
            let file = open_file(&shard_path, mode).map_err(|error| {
                let message = format!("{} names the shard {shard:?}: {error}", path.display());
                Error::new(error.kind(), message).with_source(error)
            })?;
            let mut tensors = read(&file)?;
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

impl StoredTensors {
    /// The open files, and the tensors in them.
    #[cfg(feature = "keras")]
    pub(super) fn into_parts(self) -> (Vec<Arc<FileBytes>>, BTreeMap<String, SourceTensor>) {
        (self.files, self.tensors)
    }
}

impl TensorSource for StoredTensors {
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

/// Opens a weight file, or what a clone of a repository without Git LFS has in its place.
fn open_file(path: &Path, mode: LoadMode) -> Result<Arc<FileBytes>> {
    let file = FileBytes::open(path, mode)?;
    if file.as_slice().starts_with(b"version https://git-lfs") {
        bail!(
            InvalidCheckpoint,
            "{} is a Git LFS pointer, not the weights; run `git lfs pull` in the repository that it is from",
            path.display()
        );
    }
    Ok(Arc::new(file))
}

/// Shard names with the tensors that are in each.
fn read_index(path: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut shards = BTreeMap::<String, Vec<String>>::new();
    for (name, shard) in read_weight_map(path)? {
        match shard.as_str().filter(|shard| is_plain_file_name(shard)) {
            Some(shard) => shards.entry(shard.to_owned()).or_default().push(name),
            None => bail!(
                InvalidCheckpoint,
                "{}: \"weight_map\" puts {name:?} into {shard}, which is not the plain name of a file in this folder",
                path.display()
            ),
        }
    }
    Ok(shards)
}

/// What an index says where tensors are.
pub(super) fn read_weight_map(path: &Path) -> Result<Map<String, Value>> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidCheckpoint, message);
    let file = FileBytes::open(path, LoadMode::Copy)?;
    let mut index: Value = serde_json::from_slice(file.as_slice()).map_err(|error| {
        invalid(format!("{} is not valid JSON: {error}; download it again", path.display()))
            .with_source(error)
    })?;
    match index.get_mut("weight_map").map(Value::take) {
        Some(Value::Object(map)) if !map.is_empty() => Ok(map),
        _ => {
            bail!(
                InvalidCheckpoint,
                "{} has no \"weight_map\" from tensor names to shard files",
                path.display()
            )
        }
    }
}

/// Whether joining the name to a folder can only give a file directly in that folder, on any system.
pub(super) fn is_plain_file_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    plain && !name.contains(['/', '\\', ':', '\0'])
}
