//! The weights of a Keras preset, under the names that Hugging Face's checkpoints have.

mod datasets;
mod names;
mod shards;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::memory_map::{FileBytes, LoadMode};
use super::stored::StoredTensors;
use super::{ANCHOR, SourceTensor, TensorSource};
use crate::error::{Result, bail};
use datasets::read_datasets;
pub(crate) use names::dataset_path;

/// The backbone's weights in one file, or the index of their shards.
pub(super) const MODEL_FILES: [&str; 2] = ["model.weights.h5", "model.weights.json"];

/// What Keras says that the head is, and its weights.
const TASK_FILES: [&str; 2] = ["task.json", "task.weights.h5"];

/// The tensors of the backbone and its head.
pub(super) struct KerasPreset {
    files: Vec<Arc<FileBytes>>,
    tensors: BTreeMap<String, SourceTensor>,
}

impl KerasPreset {
    /// Opens the backbone's weights and, where the preset is that of a task, the head's.
    pub(super) fn open(folder: &Path, mode: LoadMode) -> Result<Self> {
        let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok();
        let [single, index] = MODEL_FILES.map(|name| folder.join(name));
        let paths = if is_there(MODEL_FILES[0]) { vec![single] } else { shards::read_shard_paths(&index)? };
        let mut preset = Self { files: Vec::new(), tensors: BTreeMap::new() };
        let mut other = Vec::new();
        for path in paths {
            other.extend(preset.add(&path, mode)?);
        }
        if !preset.tensors.contains_key(ANCHOR) {
            other.truncate(3);
            bail!(
                InvalidCheckpoint,
                "{}: there is no dataset {:?} for the token embedding, so these are not the weights of a \
                 DebertaV3Backbone (links to other files are not followed); there is, for example, {other:?}",
                folder.display(),
                names::dataset_path(ANCHOR).unwrap_or_default()
            );
        }
        if TASK_FILES.into_iter().all(is_there) {
            preset.add(&folder.join(TASK_FILES[1]), mode)?;
        }
        Ok(preset)
    }

    /// Takes the tensors of a file. Returns the paths of the datasets that are something else.
    fn add(&mut self, path: &Path, mode: LoadMode) -> Result<Vec<String>> {
        let (files, datasets) = StoredTensors::open_single(path, mode, read_datasets)?.into_parts();
        self.files.extend(files);
        let mut other = Vec::new();
        for (path, tensor) in datasets {
            match names::tensor_name(&path) {
                Some((name, form)) => _ = self.tensors.insert(name, form.view(tensor)),
                None => other.push(path),
            }
        }
        Ok(other)
    }
}

impl TensorSource for KerasPreset {
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.tensors.keys().map(String::as_str))
    }

    fn tensor(&self, name: &str) -> Option<SourceTensor> {
        self.tensors.get(name).cloned()
    }

    fn stored_name(&self, name: &str) -> Option<String> {
        names::dataset_path(name)
    }

    fn files(&self) -> &[Arc<FileBytes>] {
        &self.files
    }
}

/// Reads bytes as a weights file, and every dataset in it as if it were a weight of each form.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_keras_weights(bytes: &[u8]) -> Result<()> {
    use super::{StoredDtype, Tensor};

    let file = Arc::new(FileBytes::from_memory(bytes.to_vec()));
    for dataset in read_datasets(&file)?.into_values() {
        for form in [names::Form::Same, names::Form::Flat, names::Form::Kernel] {
            let SourceTensor { file, range, dtype, shape, strides } = form.view(dataset.clone());
            let dtype = StoredDtype::from_name(&dtype).unwrap_or(StoredDtype::F32);
            if let Some(tensor) = Tensor::new(file, range, dtype, shape, strides) {
                tensor.to_f32();
            }
        }
    }
    Ok(())
}
