//! A file of packed weights, checked and mapped.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use safetensors::Dtype;

use super::digest;
use super::identity::Identity;
use crate::checkpoint::{FileBytes, LoadMode, read_header};
use crate::error::{Error, ErrorKind, Result, bail};
use crate::linalg::Cells;
use crate::linalg::kernels::Format;
use crate::runtime::AlignedBuffer;

/// Sampled blocks of each tensor that are checked at open.
pub(super) const SAMPLES: usize = 18;
/// Where every tensor starts is a multiple of this.
pub(super) const ALIGNMENT: usize = 64;
/// What precedes the header's digest in the header; its 64 digits follow.
pub(super) const HEADER_DIGEST: &[u8] = br#""header_sha256":""#;
/// What precedes a tensor's name in the keys of the digests of all its bytes, and of its sampled blocks.
pub(super) const WHOLE: &str = "sha256.";
pub(super) const SAMPLED: &str = "sampled_sha256.";

const ADVICE: &str = "remove it, or write it anew with `deberta pack`";

/// A file of packed weights that fits.
pub(super) struct PackedFile {
    file: Arc<FileBytes>,
    load_mode: LoadMode,
    tensors: HashMap<String, StoredTensor>,
}

struct StoredTensor {
    dtype: Dtype,
    range: Range<usize>,
    /// The digest of all its bytes that the metadata have.
    whole: String,
}

impl PackedFile {
    /// Maps the file and checks everything but the bytes between the samples.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Io`, or `InvalidCheckpoint` with the reason why the file does not fit.
    pub fn open(path: &Path, identity: &Identity, load_mode: LoadMode) -> Result<Self> {
        let file = Arc::new(FileBytes::open_streamed(path)?);
        let bytes = file.as_slice();
        let (data_start, header) = read_header(bytes, &path.display(), ADVICE)?;
        let misfit = |reason: &str| {
            let message = format!("{} does not fit: {reason}; {ADVICE}", path.display());
            Error::new(ErrorKind::InvalidCheckpoint, message)
        };
        let no_metadata = HashMap::new();
        let metadata = header.metadata().as_ref().unwrap_or(&no_metadata);
        if let Some(reason) = identity.difference(metadata) {
            return Err(misfit(&reason));
        }
        let expected = metadata.get("header_sha256").map(String::as_str);
        if expected != Some(header_digest(&bytes[..data_start]).as_str()) {
            return Err(misfit("its header is damaged: it does not have the digest that it should have"));
        }
        let digest_of = |kind: &str, name: &str| {
            let digest = metadata.get(&format!("{kind}{name}")).cloned();
            digest.ok_or_else(|| misfit(&format!("its metadata have no digest of the tensor {name:?}")))
        };
        let mut tensors = HashMap::new();
        for (name, info) in header.tensors() {
            let (start, end) = info.data_offsets;
            let range = data_start + start..data_start + end;
            if digest::sampled(&bytes[range.clone()], SAMPLES) != digest_of(SAMPLED, &name)? {
                return Err(misfit(&format!("the data of the tensor {name:?} are damaged")));
            }
            let whole = digest_of(WHOLE, &name)?;
            tensors.insert(name, StoredTensor { dtype: info.dtype, range, whole });
        }
        Ok(Self { file, load_mode, tensors })
    }

    pub fn path(&self) -> &Path {
        self.file.path()
    }

    pub fn length(&self) -> u64 {
        self.file.as_slice().len() as u64
    }

    pub fn tensor_count(&self) -> usize {
        self.tensors.len()
    }

    /// Compares the digest of every byte of every tensor.
    pub fn verify(&self) -> Result<()> {
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_by_key(|(_, tensor)| tensor.range.start);
        let is_damaged = |tensor: &StoredTensor| {
            digest::whole(&self.file.as_slice()[tensor.range.clone()]) != tensor.whole
        };
        match tensors.par_iter().find_first(|(_, tensor)| is_damaged(tensor)) {
            Some((name, _)) => bail!(
                InvalidCheckpoint,
                "{} does not fit: the data of the tensor {name:?} are damaged; {ADVICE}",
                self.path().display()
            ),
            None => Ok(()),
        }
    }

    /// The `count` parts, of `length` cells each, of a tensor: views of the mapping, or copies of them if the model is
    /// to be copied into memory.
    pub fn tensor(&self, name: &str, format: Format, count: usize, length: usize) -> Result<Vec<Cells>> {
        let tensor = self.tensors.get(name).ok_or_else(|| self.misfit(name))?;
        let part_bytes = length.saturating_mul(size_of::<f32>());
        if tensor.dtype != dtype(format) || tensor.range.len() != part_bytes.saturating_mul(count) {
            return Err(self.misfit(name));
        }
        let parts = (0..count).map(|part| {
            let start = tensor.range.start + part * part_bytes;
            let cells = Cells::mapped(&self.file, start..start + part_bytes);
            let cells = cells.ok_or_else(|| self.misfit(name))?;
            if self.load_mode == LoadMode::MemoryMap {
                return Ok(cells);
            }
            let mut copy = AlignedBuffer::default();
            copy.ensure(length)?;
            copy[..length].copy_from_slice(&cells);
            Ok(Cells::owned(copy))
        });
        parts.collect()
    }

    /// The error about a tensor that is not what the model needs.
    pub fn misfit(&self, name: &str) -> Error {
        let what = match self.tensors.get(name) {
            Some(tensor) => format!(
                "the tensor {name:?} has {} bytes of {} at byte {}, which is not what the model needs",
                tensor.range.len(),
                tensor.dtype,
                tensor.range.start
            ),
            None => format!("the tensor {name:?} is missing"),
        };
        let message = format!("{} does not fit: {what}; {ADVICE}", self.path().display());
        Error::new(ErrorKind::InvalidCheckpoint, message)
    }
}

/// The element type that a format's cells are stored as.
pub(super) fn dtype(format: Format) -> Dtype {
    if format == Format::Float32 { Dtype::F32 } else { Dtype::I32 }
}

/// The digest of a header and the length before it, with zeros in the place of the digest itself.
pub(super) fn header_digest(header: &[u8]) -> String {
    let mut header = header.to_vec();
    if let Some(digits) = header_digest_position(&header) {
        header[digits].fill(b'0');
    }
    digest::whole(&header)
}

/// Where the digits of the header's digest are.
pub(super) fn header_digest_position(header: &[u8]) -> Option<Range<usize>> {
    let start = header.windows(HEADER_DIGEST.len()).position(|window| window == HEADER_DIGEST)?;
    let digits = start + HEADER_DIGEST.len()..start + HEADER_DIGEST.len() + 64;
    (digits.end <= header.len()).then_some(digits)
}
