//! Named tensors out of the weight files in a folder.

#[cfg(test)]
mod fixtures;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
#[cfg(feature = "keras")]
mod keras;
mod memory_map;
mod pytorch;
mod random;
mod reader;
mod safetensors;
mod stored;
mod strides;
mod tensor;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use fuzzing::{PYTORCH, SAFETENSORS, read_bytes};
#[cfg(feature = "keras")]
pub(crate) use keras::dataset_path as keras_dataset_path;
#[cfg(all(feature = "keras", any(test, feature = "fuzzing")))]
pub(crate) use keras::read_keras_weights;
pub(crate) use memory_map::FileBytes;
pub use memory_map::LoadMode;
pub(crate) use reader::TensorReader;
pub(crate) use tensor::{StoredDtype, Tensor};

use crate::config::WeightType;
use crate::error::{Error, Result, bail};
pub(crate) use safetensors::read_header;
use stored::{ReadTensors, StoredTensors};

/// Every encoder has this tensor, so it shows which prefix a checkpoint's names have.
const ANCHOR: &str = "embeddings.word_embeddings.weight";

/// Prefixes that are tried when none is given.
const USUAL_PREFIXES: [&str; 2] = ["", "deberta."];

/// The formats in the order in which they are looked for: a file with all weights, an index of shards, and what reads them.
const FORMATS: [(&str, &str, ReadTensors); 2] = [
    ("model.safetensors", "model.safetensors.index.json", safetensors::read_tensors),
    ("pytorch_model.bin", "pytorch_model.bin.index.json", pytorch::read_tensors),
];

/// Weight files of other formats, named in the error when there is nothing else to read.
const OTHER_FORMATS: [&str; 3] = ["tf_model.h5", "model.weights.h5", "model.weights.json"];

/// Where a stored tensor is, with any element type.
#[derive(Clone, Debug)]
pub(crate) struct SourceTensor {
    /// The file that holds it.
    pub(crate) file: Arc<FileBytes>,
    /// The bytes of the file that are its elements, little-endian; row-major unless there are strides.
    pub(crate) range: Range<usize>,
    /// The name of the element type, in the spelling of safetensors.
    pub(crate) dtype: String,
    /// Its dimensions.
    pub(crate) shape: Vec<usize>,
    /// For a tensor that is not stored row-major and without gaps: the elements from one index of a dimension to the
    /// next. They must not lead out of `range`.
    pub(crate) strides: Option<Vec<usize>>,
}

impl SourceTensor {
    /// Whether the bytes are those of the shape, with elements of so many bytes.
    pub(crate) fn is_whole(&self, element_size: usize) -> bool {
        let bytes = self.file.as_slice().get(self.range.clone());
        bytes.is_some_and(|bytes| {
            strides::are_held(&self.shape, self.strides.as_deref(), element_size, bytes.len())
        })
    }

    /// The elements row-major and without gaps, as they are stored, each `element_size` bytes; `None` if the tensor is not
    /// whole, or there is no memory for a copy. Only a tensor with strides is copied.
    pub(crate) fn row_major_bytes(&self, element_size: usize) -> Option<Cow<'_, [u8]>> {
        self.is_whole(element_size).then_some(())?;
        let bytes = &self.file.as_slice()[self.range.clone()];
        let Some(strides) = &self.strides else { return Some(Cow::Borrowed(bytes)) };
        let elements: usize = self.shape.iter().product();
        let mut ordered = Vec::new();
        ordered.try_reserve_exact(elements * element_size).ok()?;
        for element in 0..elements {
            let start = strides::offset(&self.shape, strides, element) * element_size;
            ordered.extend_from_slice(&bytes[start..start + element_size]);
        }
        Some(Cow::Owned(ordered))
    }
}

/// A weight file format: tensors by name.
pub(crate) trait TensorSource: Send + Sync {
    /// All tensor names, in an order that depends on the names only.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;
    /// The tensor of that name.
    fn tensor(&self, name: &str) -> Option<SourceTensor>;
    /// The tensor of that name, for a caller who can only use it in that shape.
    ///
    /// # Errors
    /// `OutOfMemory` where it is made and does not fit.
    fn tensor_of_shape(&self, name: &str, _shape: &[usize]) -> Result<Option<SourceTensor>> {
        Ok(self.tensor(name))
    }
    /// What the file calls the tensor of that name, where that is something else.
    fn stored_name(&self, _name: &str) -> Option<String> {
        None
    }
    /// The files that are open, in an order that depends on their names only.
    fn files(&self) -> &[Arc<FileBytes>];
}

/// The open weight files of a model.
pub(crate) struct Checkpoint {
    folder: PathBuf,
    source: Box<dyn TensorSource>,
    prefix: String,
    is_random: bool,
}

impl Checkpoint {
    /// Opens the weights in `folder`: `model.safetensors`, or else the shards of `model.safetensors.index.json`, or else
    /// `pytorch_model.bin` or its shards, or else those of a Keras preset.
    ///
    /// `tensor_prefix` is what precedes the names of the encoder's tensors; `None` finds out whether that is nothing or
    /// `deberta.`.
    ///
    /// # Errors
    /// `NotFound` if there is no such file, `Unsupported` if there are only weights of another format, `Io` if the
    /// operating system refuses, `OutOfMemory` if a copy does not fit, `InvalidCheckpoint` if a file is damaged or no
    /// known prefix fits.
    pub(crate) fn open(folder: &Path, mode: LoadMode, tensor_prefix: Option<&str>) -> Result<Self> {
        let source = open_source(folder, mode)?;
        let prefix = match tensor_prefix {
            Some(prefix) => prefix.to_owned(),
            None => find_prefix(folder, source.as_ref())?.to_owned(),
        };
        Ok(Self { folder: folder.to_owned(), source, prefix, is_random: false })
    }

    /// A checkpoint with every tensor that may be asked for, of random values that depend on the seed.
    pub(crate) fn random(seed: u64, dtype: WeightType) -> Self {
        Self {
            folder: PathBuf::new(),
            source: Box::new(random::RandomSource { seed, dtype }),
            prefix: String::new(),
            is_random: true,
        }
    }

    /// Whether there is every tensor that is asked for, of random values.
    pub(crate) fn is_random(&self) -> bool {
        self.is_random
    }

    /// What precedes the names of the encoder's tensors.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The open files with their lengths in bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, u64)> {
        let files = self.source.files().iter();
        files.map(|file| (file.path().to_owned(), file.as_slice().len() as u64)).collect()
    }

    /// The open files' content.
    pub(crate) fn file_contents(&self) -> &[Arc<FileBytes>] {
        self.source.files()
    }

    /// Every tensor by its full name, in an order that depends on the names only.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = (&str, SourceTensor)> {
        let found = |name| self.source.tensor(name).map(|tensor| (name, tensor));
        self.source.names().filter_map(found)
    }

    /// Whether there is a tensor of that full name, of whatever type.
    pub(crate) fn has_head_tensor(&self, name: &str) -> bool {
        self.source.tensor(name).is_some()
    }

    /// Takes tensors out, and collects what is wrong with them.
    pub(crate) fn reader(&self) -> TensorReader<'_> {
        TensorReader::new(self)
    }
}

fn open_source(folder: &Path, mode: LoadMode) -> Result<Box<dyn TensorSource>> {
    let metadata = folder.metadata().map_err(|source| Error::io("open the folder", folder, source))?;
    if !metadata.is_dir() {
        bail!(InvalidArgument, "{} is not a folder; give the folder of a checkpoint", folder.display());
    }
    // A dangling link counts as there: the error about its target says more than "not found".
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    for (single, index, read) in FORMATS {
        let (single, index) = (folder.join(single), folder.join(index));
        if is_there(&single) {
            return Ok(Box::new(StoredTensors::open_single(&single, mode, read)?));
        }
        if is_there(&index) {
            return Ok(Box::new(StoredTensors::open_index(&index, mode, read)?));
        }
    }
    #[cfg(feature = "keras")]
    if keras::MODEL_FILES.iter().any(|name| is_there(&folder.join(name))) {
        return Ok(Box::new(keras::KerasPreset::open(folder, mode)?));
    }
    if let Some(other) = OTHER_FORMATS.iter().find(|name| is_there(&folder.join(name))) {
        bail!(
            Unsupported,
            "{} holds {other}, which this library does not read; convert it to model.safetensors, for example with \
             save_pretrained of transformers",
            folder.display()
        );
    }
    bail!(
        NotFound,
        "{} holds no weights: none of {}, model.weights.h5; give the folder of a checkpoint",
        folder.display(),
        FORMATS.map(|(single, index, _)| format!("{single}, {index}")).join(", ")
    )
}

fn find_prefix(folder: &Path, source: &dyn TensorSource) -> Result<&'static str> {
    for prefix in USUAL_PREFIXES {
        if source.tensor(&format!("{prefix}{ANCHOR}")).is_some() {
            return Ok(prefix);
        }
    }
    let custom: Vec<&str> = source
        .names()
        .filter_map(|name| name.strip_suffix(ANCHOR))
        .filter(|prefix| prefix.ends_with('.'))
        .take(5)
        .collect();
    let folder = folder.display();
    match custom.as_slice() {
        [prefix] => bail!(
            InvalidCheckpoint,
            "{folder}: the tensor names start with {prefix:?} instead of \"deberta.\"; set the option tensor_prefix to \
             {prefix:?}"
        ),
        [] => bail!(
            InvalidCheckpoint,
            "{folder}: there is no tensor \"{ANCHOR}\" or \"deberta.{ANCHOR}\", so these are not the weights of a \
             DeBERTa encoder; there is, for example, {:?}",
            source.names().take(3).collect::<Vec<_>>()
        ),
        several => bail!(
            InvalidCheckpoint,
            "{folder}: several encoders are in these weights; set the option tensor_prefix to one of {several:?}"
        ),
    }
}
