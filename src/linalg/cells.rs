//! Cells that products read and nothing changes: in memory of our own, or in a mapped file.

use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::checkpoint::FileBytes;
use crate::runtime::AlignedBuffer;

/// Packed cells, 64-byte aligned and a multiple of 64 bytes long. Cloning them copies nothing.
#[derive(Clone)]
pub(crate) struct Cells(Storage);

#[derive(Clone)]
enum Storage {
    Owned(Arc<AlignedBuffer>),
    Mapped { file: Arc<FileBytes>, range: Range<usize> },
}

impl Cells {
    pub fn owned(cells: AlignedBuffer) -> Self {
        Self(Storage::Owned(Arc::new(cells)))
    }

    /// A range of bytes of a file; `None` unless it lies in the file and is aligned as it must be.
    pub fn mapped(file: &Arc<FileBytes>, range: Range<usize>) -> Option<Self> {
        file.floats(range.clone())?;
        Some(Self(Storage::Mapped { file: Arc::clone(file), range }))
    }

    /// The memory of our own; `None` where the cells are mapped.
    pub fn as_owned(&self) -> Option<&AlignedBuffer> {
        match &self.0 {
            Storage::Owned(cells) => Some(cells),
            Storage::Mapped { .. } => None,
        }
    }
}

impl Deref for Cells {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.0 {
            Storage::Owned(cells) => cells,
            // Checked when the cells were made; a file's bytes stay where they are.
            Storage::Mapped { file, range } => file.floats(range.clone()).unwrap_or_default(),
        }
    }
}
