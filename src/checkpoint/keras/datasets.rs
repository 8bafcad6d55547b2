//! The datasets of an HDF5 file as tensors.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hdf5_pure::{Dataset, Datatype, DatatypeByteOrder, File, FormatError, Group, Layout, Source};

use crate::checkpoint::memory_map::FileBytes;
use crate::checkpoint::{SourceTensor, StoredDtype};
use crate::error::{Error, ErrorKind, Result, bail};

/// The group of a model's layers, and what Keras 2.13 called it. Optimizer states are beside it.
const LAYERS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

/// How deep below the layers datasets are looked for; those of a query are the deepest of an encoder.
const DEEPEST: usize = 4;

/// Finds all datasets of the file's layers, by their path as Keras 3 has it. Keras writes each as one run of bytes, which
/// is used in place; chunked and compressed ones, which other tools write, are refused.
pub(super) fn read_datasets(file: &Arc<FileBytes>) -> Result<BTreeMap<String, SourceTensor>> {
    let path = file.path().display();
    let damaged = |error| damaged(file, "", error);
    let opened = File::from_source(MeteredSource::new(file)).map_err(damaged)?;
    let groups = opened.root().groups().map_err(damaged)?;
    let Some(layers) = LAYERS.into_iter().find(|name| groups.iter().any(|group| group == name)) else {
        bail!(
            InvalidCheckpoint,
            "{path} has no group {:?}, so it is not a weights file of Keras 3; save the model with Keras 3",
            LAYERS[0]
        );
    };
    let mut walk = Walk { file, datasets: BTreeMap::new() };
    walk.group(LAYERS[0], &opened.group(layers).map_err(damaged)?, DEEPEST)?;
    Ok(walk.datasets)
}

struct Walk<'a> {
    file: &'a Arc<FileBytes>,
    datasets: BTreeMap<String, SourceTensor>,
}

impl Walk<'_> {
    fn group(&mut self, path: &str, group: &Group, depth: usize) -> Result<()> {
        for (name, dataset) in group.iter_datasets().map_err(|error| damaged_group(self.file, path, error))? {
            let path = format!("{path}/{name}");
            let tensor = self.tensor(&path, &dataset)?;
            self.datasets.insert(path, tensor);
        }
        if depth > 0 {
            for (name, group) in group.iter_groups().map_err(|error| damaged_group(self.file, path, error))? {
                self.group(&format!("{path}/{name}"), &group, depth - 1)?;
            }
        }
        Ok(())
    }

    fn tensor(&self, path: &str, dataset: &Dataset) -> Result<SourceTensor> {
        let damaged = |error| damaged(self.file, path, error);
        let shape = dataset.shape().map_err(damaged)?;
        let shape = shape.into_iter().map(|size| usize::try_from(size).unwrap_or(usize::MAX)).collect();
        let dtype = dtype(dataset).map_err(damaged)?;
        let range = self.range(path, dataset.layout().map_err(damaged)?)?;
        Ok(SourceTensor { file: Arc::clone(self.file), range, dtype, shape, strides: None })
    }

    /// Where the elements are.
    fn range(&self, path: &str, layout: Layout) -> Result<Range<usize>> {
        let (name, length) = (self.file.path().display(), self.file.as_slice().len() as u64);
        let how = match layout {
            Layout::Contiguous { address: Some(start), size } => {
                return match start.checked_add(size).filter(|end| *end <= length) {
                    Some(end) => Ok(start as usize..end as usize),
                    None => bail!(
                        InvalidCheckpoint,
                        "{name} is truncated or damaged: the dataset {path} has {size} bytes at {start}, and the file \
                         only {length}; download it again"
                    ),
                };
            }
            // A dataset without elements has no place.
            Layout::Contiguous { address: None, size: 0 } => return Ok(0..0),
            Layout::Contiguous { address: None, .. } => "has no elements in this file",
            Layout::Chunked { .. } => "is chunked or compressed",
            Layout::Compact { .. } => "is part of its own header",
            _ => "is made of parts of other files",
        };
        bail!(
            Unsupported,
            "{name}: the dataset {path} {how}, and only contiguous ones are read, which Keras writes; save the model \
             again with Keras, or convert the file with `h5repack -f NONE -l CONTI`"
        )
    }
}

/// The element type in the spelling of safetensors where weights are stored in it; otherwise a name for messages.
fn dtype(dataset: &Dataset) -> std::result::Result<String, hdf5_pure::Error> {
    let datatype = dataset.datatype()?;
    let known = match &datatype {
        Datatype::FloatingPoint { size, byte_order: DatatypeByteOrder::LittleEndian, layout } => {
            match (size, layout.exponent_size, layout.mantissa_size) {
                (4, 8, 23) => Some(StoredDtype::F32),
                (2, 5, 10) => Some(StoredDtype::F16),
                (2, 8, 7) => Some(StoredDtype::BF16),
                _ => None,
            }
        }
        // HDF5 had no such type when Keras began to write it: plain bytes, and an attribute that says what they are.
        Datatype::Opaque { size: 2, .. } => {
            let attributes = dataset.attrs()?;
            let name = attributes.get("dtype").and_then(hdf5_pure::AttrValue::as_str);
            (name == Some("bfloat16")).then_some(StoredDtype::BF16)
        }
        _ => None,
    };
    Ok(known.map_or_else(|| format!("{datatype}"), |dtype| dtype.to_string()))
}

fn damaged(file: &FileBytes, dataset: &str, error: hdf5_pure::Error) -> Error {
    let path = file.path().display();
    let message = match dataset {
        "" => format!("{path} is damaged or not an HDF5 file: {error}; download it again"),
        _ => format!("{path} is damaged: {dataset}: {error}; download it again"),
    };
    Error::new(ErrorKind::InvalidCheckpoint, message).with_source(error)
}

fn damaged_group(file: &FileBytes, group: &str, error: hdf5_pure::Error) -> Error {
    let message = format!(
        "{}: the group {group} is damaged or has soft or external links, which are not followed: {error}; download the \
         file again, or save the model again with Keras",
        file.path().display()
    );
    Error::new(ErrorKind::InvalidCheckpoint, message).with_source(error)
}

/// The bytes of a file, read up to a budget: groups that contain each other and other loops then end in an error.
struct MeteredSource {
    file: Arc<FileBytes>,
    budget: AtomicU64,
}

impl MeteredSource {
    /// What reading costs even if it is a few bytes.
    const LEAST_COST: u64 = 256;
    /// Far more than a file's metadata cost, which are read several times.
    const BUDGET: u64 = 64 << 20;

    fn new(file: &Arc<FileBytes>) -> Self {
        let budget = Self::BUDGET.saturating_add((file.as_slice().len() as u64).saturating_mul(4));
        Self { file: Arc::clone(file), budget: AtomicU64::new(budget) }
    }
}

impl Source for MeteredSource {
    fn len(&self) -> u64 {
        self.file.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::result::Result<(), FormatError> {
        let cost = Self::LEAST_COST.max(buffer.len() as u64);
        let spend = |budget: u64| budget.checked_sub(cost);
        if self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_err() {
            return Err(FormatError::Source("its groups go round in circles".into()));
        }
        let all = self.file.as_slice();
        let end = FormatError::UnexpectedEof { expected: buffer.len(), available: all.len() };
        let start = usize::try_from(offset).map_err(|_| end.clone())?;
        let bytes = all.get(start..).and_then(|rest| rest.get(..buffer.len())).ok_or(end)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}
