//! Reads bytes that may be anything as a weight file, and checks what the rest of the library relies on.

use std::sync::Arc;

use super::memory_map::FileBytes;
use super::stored::ReadTensors;
use super::{StoredDtype, Tensor, pytorch, safetensors};
use crate::error::ErrorKind;

/// The reader of safetensors files.
pub(crate) const SAFETENSORS: ReadTensors = safetensors::read_tensors;

/// The reader of the files of `torch.save`.
pub(crate) const PYTORCH: ReadTensors = pytorch::read_tensors;

/// Reads a file; panics if a tensor that was found is not in it, or the error is of a kind that is not about files.
pub(crate) fn read_bytes(bytes: &[u8], read: ReadTensors) {
    let file = Arc::new(FileBytes::from_memory(bytes.to_vec()));
    let tensors = match read(&file) {
        Ok(tensors) => tensors,
        Err(error) => {
            let is_expected = matches!(error.kind(), ErrorKind::InvalidCheckpoint | ErrorKind::Unsupported);
            assert!(is_expected && !error.message().is_empty(), "{:?}: {error}", error.kind());
            return;
        }
    };
    for (name, tensor) in tensors {
        assert!(tensor.file.as_slice().get(tensor.range.clone()).is_some(), "{name} is not in the file");
        let Some(dtype) = StoredDtype::from_name(&tensor.dtype) else { continue };
        let tensor = Tensor::new(tensor.file, tensor.range, dtype, tensor.shape, tensor.strides);
        let tensor = tensor.unwrap_or_else(|| panic!("{name} does not fit its bytes"));
        let mut first = vec![0.0; tensor.elements().min(100)];
        tensor.read_f32(0, &mut first);
        tensor.read_f32(tensor.elements() - first.len(), &mut first);
    }
}
