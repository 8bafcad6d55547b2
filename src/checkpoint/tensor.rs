//! One weight tensor as it is stored, and its conversion to f32.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::memory_map::FileBytes;
use super::strides::{are_held, offset, row_major};

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

    /// The first elements of `bytes`, as many as `out` has, converted exactly.
    fn read(self, bytes: &[u8], out: &mut [f32]) {
        match self {
            Self::F32 => {
                for (value, stored) in out.iter_mut().zip(bytes.as_chunks().0) {
                    *value = f32::from_le_bytes(*stored);
                }
            }
            Self::BF16 => {
                for (value, stored) in out.iter_mut().zip(bytes.as_chunks().0) {
                    *value = f32::from_bits(u32::from(u16::from_le_bytes(*stored)) << 16);
                }
            }
            Self::F16 => read_f16(bytes, out),
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

/// A handle on a stored tensor, little-endian, at any alignment. Cloning it copies no weights, and it keeps the file's
/// bytes alive.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    /// `None` for the placeholder of a tensor that could not be had.
    file: Option<Arc<FileBytes>>,
    range: Range<usize>,
    dtype: StoredDtype,
    shape: Vec<usize>,
    /// Elements from one index of a dimension to the next; `None` where the tensor is stored row-major without gaps.
    strides: Option<Vec<usize>>,
}

impl Tensor {
    /// `range` must lie in the file and hold the elements of `shape`: exactly these where there are no strides, and all
    /// that the strides reach where there are; otherwise `None`.
    pub(super) fn new(
        file: Arc<FileBytes>,
        range: Range<usize>,
        dtype: StoredDtype,
        shape: Vec<usize>,
        strides: Option<Vec<usize>>,
    ) -> Option<Self> {
        let bytes = file.as_slice().get(range.clone())?;
        are_held(&shape, strides.as_deref(), dtype.size(), bytes.len()).then_some(())?;
        Some(Self { file: Some(file), range, dtype, shape, strides })
    }

    /// Stands for a tensor that could not be had: shape `[0]`, no bytes.
    pub(super) fn placeholder() -> Self {
        Self { file: None, range: 0..0, dtype: StoredDtype::F32, shape: vec![0], strides: None }
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
        self.shape.iter().product()
    }

    /// Bytes of the elements as they are stored.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.elements() as u64 * self.dtype.size() as u64
    }

    /// The stored bytes, at any alignment; those of each element where the tensor has no strides.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.file.as_ref().map_or(&[], |file| &file.as_slice()[self.range.clone()])
    }

    /// The same elements with the dimensions in reverse order. A placeholder stays one.
    pub(crate) fn transposed(mut self) -> Self {
        if self.file.is_some() {
            let mut strides = self.strides.take().unwrap_or_else(|| row_major(&self.shape));
            strides.reverse();
            self.shape.reverse();
            self.strides = Some(strides);
        }
        self
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
        let in_range = first_element.checked_add(out.len()).is_some_and(|end| end <= self.elements());
        assert!(in_range, "{} elements from {first_element} of a tensor {:?}", out.len(), self.shape);
        match &self.strides {
            None => self.dtype.read(&self.bytes()[first_element * self.dtype.size()..], out),
            Some(strides) => self.read_strided(strides, first_element, out),
        }
    }

    /// Walks along the last dimension, row by row.
    fn read_strided(&self, strides: &[usize], first_element: usize, out: &mut [f32]) {
        let row_length = self.shape.last().copied().unwrap_or(1);
        let step = strides.last().copied().unwrap_or(1);
        let size = self.dtype.size();
        let mut element = first_element;
        let mut rest = out;
        while !rest.is_empty() {
            let column = element % row_length;
            let length = (row_length - column).min(rest.len());
            let (row, after) = rest.split_at_mut(length);
            let first = offset(&self.shape, strides, element);
            if step == 1 {
                self.dtype.read(&self.bytes()[first * size..], row);
            } else {
                self.read_steps(first, step, row);
            }
            element += length;
            rest = after;
        }
    }

    /// Every `step`-th stored element from `first` on.
    fn read_steps(&self, first: usize, step: usize, out: &mut [f32]) {
        const BLOCK: usize = 256;
        let (bytes, size) = (self.bytes(), self.dtype.size());
        let mut gathered = [0; BLOCK * size_of::<f32>()];
        for (block, values) in out.chunks_mut(BLOCK).enumerate() {
            let gathered = &mut gathered[..values.len() * size];
            for (index, element) in gathered.chunks_exact_mut(size).enumerate() {
                element.copy_from_slice(&bytes[(first + (block * BLOCK + index) * step) * size..][..size]);
            }
            self.dtype.read(gathered, values);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The stored values 0, 1, 2, …, seen with a shape and strides.
    fn view(stored: usize, dtype: StoredDtype, shape: &[usize], strides: &[usize]) -> Option<Tensor> {
        let bytes: Vec<u8> = (0..stored)
            .flat_map(|value| match dtype {
                StoredDtype::F32 => (value as f32).to_le_bytes().to_vec(),
                StoredDtype::F16 => f16::from_f32(value as f32).to_le_bytes().to_vec(),
                StoredDtype::BF16 => half::bf16::from_f32(value as f32).to_le_bytes().to_vec(),
            })
            .collect();
        let range = 0..bytes.len();
        Tensor::new(
            Arc::new(FileBytes::from_memory(bytes)),
            range,
            dtype,
            shape.to_vec(),
            Some(strides.to_vec()),
        )
    }

    #[test]
    fn a_strided_view_is_read_in_the_order_of_its_shape() {
        for dtype in [StoredDtype::F32, StoredDtype::F16, StoredDtype::BF16] {
            let transposed = view(6, dtype, &[2, 3], &[1, 2]).unwrap();
            assert_eq!(transposed.to_f32(), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
            let mut middle = [0.0; 3];
            transposed.read_f32(2, &mut middle);
            assert_eq!(middle, [4.0, 1.0, 3.0]);
            let rows_with_gaps = view(7, dtype, &[2, 3], &[4, 1]).unwrap();
            assert_eq!(rows_with_gaps.to_f32(), [0.0, 1.0, 2.0, 4.0, 5.0, 6.0]);
            let repeated = view(2, dtype, &[3, 2], &[0, 1]).unwrap();
            assert_eq!(repeated.to_f32(), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        }
        let long = view(2000, StoredDtype::F32, &[2, 1000], &[1, 2]).unwrap();
        assert_eq!(long.to_f32()[999..1002], [1998.0, 1.0, 3.0]);
        assert_eq!(view(3, StoredDtype::F32, &[], &[]).unwrap().to_f32(), [0.0]);
        assert!(view(1, StoredDtype::F32, &[0, 5], &[5, 1]).unwrap().to_f32().is_empty());
    }

    #[test]
    fn a_view_does_not_reach_out_of_its_bytes() {
        assert!(view(5, StoredDtype::F32, &[2, 3], &[1, 2]).is_none());
        assert!(view(6, StoredDtype::F32, &[2, 3], &[1]).is_none());
        assert!(view(6, StoredDtype::F32, &[2, 3], &[usize::MAX, 1]).is_none());
        assert!(view(6, StoredDtype::F32, &[usize::MAX, 2], &[0, 1]).is_none());
    }
}
