//! Writes small weight files for tests, sound ones and damaged ones.

use std::path::Path;

use ::safetensors::tensor::{Dtype, TensorView, serialize};
use tempfile::TempDir;

/// A tensor to write: name, element type, shape, little-endian bytes.
pub(super) type Written<'a> = (&'a str, Dtype, &'a [usize], Vec<u8>);

/// A tensor of f32 with the values 0, 1, 2, …
pub(super) fn counting<'a>(name: &'a str, shape: &'a [usize]) -> Written<'a> {
    let bytes = (0..shape.iter().product::<usize>()).flat_map(|value| (value as f32).to_le_bytes()).collect();
    (name, Dtype::F32, shape, bytes)
}

/// The content of a safetensors file.
pub(super) fn safetensors(tensors: &[Written]) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| (*name, TensorView::new(*dtype, shape.to_vec(), bytes).unwrap()));
    serialize(views, None).unwrap()
}

/// The content of a safetensors file with exactly this header and data, whether or not they fit.
pub(super) fn raw_safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// A folder with one file `model.safetensors`.
pub(super) fn folder_with_model(content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "model.safetensors", content);
    folder
}

/// A folder with these shards and an index with this `weight_map`.
pub(super) fn sharded_folder(shards: &[(&str, Vec<u8>)], weight_map: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in shards {
        write(folder.path(), name, content);
    }
    let index = format!(r#"{{"metadata": {{"total_size": 1}}, "weight_map": {weight_map}}}"#);
    write(folder.path(), "model.safetensors.index.json", index.as_bytes());
    folder
}

pub(super) fn write(folder: &Path, name: &str, content: &[u8]) {
    std::fs::write(folder.join(name), content).unwrap();
}
