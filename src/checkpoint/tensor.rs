//! One weight tensor as it is stored, and its conversion to f32.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::memory_map::FileBytes;

/// Element types that weights are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StoredDtype {
    /// 32-bit IEEE 754.
    F32,
    /// 16-bit IEEE 754.
    F16,
    /// The upper half of an [`StoredDtype::F32`].
    BF16,
}

impl StoredDtype {
    /// The type by its name in safetensors; `None` for types that weights are not read from.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "F32" => Some(Self::F32),
            "F16" => Some(Self::F16),
            "BF16" => Some(Self::BF16),
            _ => None,
        }
    }

    /// Bytes of one element.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
        }
    }
}

impl fmt::Display for StoredDtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
        })
    }
}

/// A handle on a stored tensor, row-major and little-endian, at any alignment. Cloning it copies no weights, and it keeps
/// the file's bytes alive.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    /// `None` for the placeholder of a tensor that could not be had.
    file: Option<Arc<FileBytes>>,
    range: Range<usize>,
    dtype: StoredDtype,
    shape: Vec<usize>,
}

impl Tensor {
    /// `range` must lie in the file and hold exactly the elements of `shape`; otherwise `None`.
    pub(super) fn new(
        file: Arc<FileBytes>,
        range: Range<usize>,
        dtype: StoredDtype,
        shape: Vec<usize>,
    ) -> Option<Self> {
        let bytes = file.as_slice().get(range.clone())?;
        let elements = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))?;
        (elements.checked_mul(dtype.size())? == bytes.len()).then_some(())?;
        Some(Self { file: Some(file), range, dtype, shape })
    }

    /// Stands for a tensor that could not be had: shape `[0]`, no bytes.
    pub(super) fn placeholder() -> Self {
        Self { file: None, range: 0..0, dtype: StoredDtype::F32, shape: vec![0] }
    }

    #[cfg(test)]
    pub(crate) fn dtype(&self) -> StoredDtype {
        self.dtype
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub(crate) fn elements(&self) -> usize {
        self.range.len() / self.dtype.size()
    }

    /// The stored bytes: `elements() · dtype().size()` of them, at any alignment.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.file.as_ref().map_or(&[], |file| &file.as_slice()[self.range.clone()])
    }

    /// All elements as f32, exactly.
    pub(crate) fn to_f32(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.elements()];
        self.read_f32(0, &mut values);
        values
    }

    /// Fills `out` with the elements from `first_element` on, converted exactly. A placeholder gives zeros, so that
    /// loading can go on until [`super::TensorReader::finish`] reports it.
    ///
    /// # Panics
    /// If the range goes beyond the tensor's end.
    pub(crate) fn read_f32(&self, first_element: usize, out: &mut [f32]) {
        if self.file.is_none() {
            out.fill(0.0);
            return;
        }
        let size = self.dtype.size();
        let in_range = first_element.checked_add(out.len()).is_some_and(|end| end <= self.elements());
        assert!(in_range, "{} elements from {first_element} of a tensor {:?}", out.len(), self.shape);
        let bytes = &self.bytes()[first_element * size..][..out.len() * size];
        match self.dtype {
            StoredDtype::F32 => {
                for (value, stored) in out.iter_mut().zip(bytes.as_chunks().0) {
                    *value = f32::from_le_bytes(*stored);
                }
            }
            StoredDtype::BF16 => {
                for (value, stored) in out.iter_mut().zip(bytes.as_chunks().0) {
                    *value = f32::from_bits(u32::from(u16::from_le_bytes(*stored)) << 16);
                }
            }
            StoredDtype::F16 => read_f16(bytes, out),
        }
    }
}

/// Goes through an aligned buffer, because the slice conversion that uses the CPU's instructions needs one.
fn read_f16(bytes: &[u8], out: &mut [f32]) {
    const BLOCK: usize = 512;
    let mut block = [f16::ZERO; BLOCK];
    for (values, stored) in out.chunks_mut(BLOCK).zip(bytes.chunks(2 * BLOCK)) {
        let block = &mut block[..values.len()];
        for (half, bytes) in block.iter_mut().zip(stored.as_chunks().0) {
            *half = f16::from_le_bytes(*bytes);
        }
        block.convert_to_f32_slice(values);
    }
}
