//! All tensors of a checkpoint in one safetensors file.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use ::safetensors::tensor::{Dtype, View, serialize_to_file};

use super::ConversionProgress;
use crate::checkpoint::{Checkpoint, SourceTensor};
use crate::error::{Error, ErrorKind, Result, bail};

/// What the names of the encoder's tensors start with.
const ENCODER: [&str; 2] = ["embeddings.", "encoder."];

/// A tensor that is read when it is its turn to be written.
struct Written<'a> {
    tensor: SourceTensor,
    dtype: Dtype,
    element_size: usize,
    progress: &'a Progress<'a>,
}

/// What has been written so far.
struct Progress<'a> {
    report: &'a ConversionProgress<'a>,
    bytes: Cell<u64>,
    total_bytes: u64,
    cancelled: Cell<bool>,
    out_of_memory: Cell<bool>,
}

impl View for &Written<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.tensor.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.progress.count(self.data_len() as u64);
        if self.progress.cancelled.get() {
            // Too short a file, which is thrown away.
            return Cow::Borrowed(&[]);
        }
        self.tensor.row_major_bytes(self.element_size).unwrap_or_else(|| {
            self.progress.out_of_memory.set(true);
            Cow::Borrowed(&[])
        })
    }

    fn data_len(&self) -> usize {
        self.tensor.shape.iter().product::<usize>() * self.element_size
    }
}

impl Progress<'_> {
    fn count(&self, bytes: u64) {
        if !self.cancelled.get() {
            self.bytes.set(self.bytes.get() + bytes);
            self.cancelled.set((self.report)(self.bytes.get(), self.total_bytes) == ControlFlow::Break(()));
        }
    }
}

/// Writes every tensor under the name that it has, with `prefix` in front of the encoder's. Returns how many there are.
pub(super) fn write_safetensors(
    checkpoint: &Checkpoint,
    prefix: &str,
    path: &Path,
    report: &ConversionProgress<'_>,
) -> Result<usize> {
    let tensors: Vec<(String, SourceTensor, Dtype, usize)> = checkpoint
        .tensors()
        .map(|(name, tensor)| {
            let (dtype, size) = element_type(name, &tensor)?;
            if !tensor.is_whole(size) {
                bail!(InvalidCheckpoint, "{name}: the stored bytes do not fit the shape {:?}", tensor.shape);
            }
            let is_of_encoder = ENCODER.iter().any(|start| name.starts_with(start));
            let prefix = if is_of_encoder { prefix } else { "" };
            Ok((format!("{prefix}{name}"), tensor, dtype, size))
        })
        .collect::<Result<_>>()?;
    let bytes_of = |(_, tensor, _, size): &(String, SourceTensor, Dtype, usize)| {
        (tensor.shape.iter().product::<usize>() * size) as u64
    };
    let progress = Progress {
        report,
        bytes: Cell::new(0),
        total_bytes: tensors.iter().map(bytes_of).sum(),
        cancelled: Cell::new(false),
        out_of_memory: Cell::new(false),
    };
    let written: Vec<(String, Written<'_>)> = tensors
        .into_iter()
        .map(|(name, tensor, dtype, element_size)| {
            (name, Written { tensor, dtype, element_size, progress: &progress })
        })
        .collect();
    // What transformers asks for when it opens the file.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let views = written.iter().map(|(name, tensor)| (name, tensor));
    let outcome = serialize_to_file(views, Some(metadata), path);
    if progress.cancelled.get() {
        bail!(Cancelled, "writing {} was cancelled", path.display());
    }
    if progress.out_of_memory.get() {
        bail!(OutOfMemory, "no memory for a copy of a tensor of {}", path.display());
    }
    outcome.map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {error}; make room there", path.display()))
            .with_source(error)
    })?;
    Ok(written.len())
}

/// The element type that safetensors has for a tensor, and its bytes.
fn element_type(name: &str, tensor: &SourceTensor) -> Result<(Dtype, usize)> {
    let dtype = serde_json::from_value::<Dtype>(tensor.dtype.as_str().into()).ok();
    match dtype.map(|dtype| (dtype, dtype.bitsize())) {
        Some((dtype, bits)) if bits.is_multiple_of(8) => Ok((dtype, bits / 8)),
        _ => bail!(
            Unsupported,
            "{name} has elements of type {}, which safetensors does not have",
            tensor.dtype
        ),
    }
}
