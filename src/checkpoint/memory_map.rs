//! The bytes of a weight file, mapped or copied.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::error::{Error, ErrorKind, Result, bail};

/// How weight files get into memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoadMode {
    /// Map the files: pages are read when first used, and shared between processes.
    ///
    /// The files must not change while the model is open. Replacing one by renaming another over it is safe; truncating
    /// it in place makes the operating system end the process (SIGBUS) on the next access.
    #[default]
    MemoryMap,
    /// Read the files into memory, so that nothing that happens to them afterwards matters.
    Copy,
}

/// The whole content of one file, immutable.
#[derive(Debug)]
pub(crate) struct FileBytes {
    path: PathBuf,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Mapped(Mmap),
    Copied(Vec<u8>),
}

impl FileBytes {
    /// Opens a regular file; directories and devices are refused.
    pub(super) fn open(path: &Path, mode: LoadMode) -> Result<Self> {
        let failed = |source| Error::io("read", path, source);
        // Before opening, because opening a pipe would wait for a writer.
        if !path.metadata().map_err(failed)?.is_file() {
            bail!(Io, "cannot read {}: it is not a regular file", path.display());
        }
        let file = File::open(path).map_err(failed)?;
        let content = match mode {
            LoadMode::MemoryMap => {
                // SAFETY: the map is read-only and private to this struct. That nobody truncates or overwrites the file
                // while it is mapped is the documented condition of `LoadMode::MemoryMap`.
                Content::Mapped(unsafe { Mmap::map(&file) }.map_err(failed)?)
            }
            LoadMode::Copy => Content::Copied(read_all(file, path)?),
        };
        Ok(Self { path: path.to_owned(), content })
    }

    /// Bytes that come from no file.
    pub(super) fn from_memory(bytes: Vec<u8>) -> Self {
        Self { path: PathBuf::new(), content: Content::Copied(bytes) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        match &self.content {
            Content::Mapped(map) => map,
            Content::Copied(bytes) => bytes,
        }
    }
}

fn read_all(file: File, path: &Path) -> Result<Vec<u8>> {
    let failed = |source| Error::io("read", path, source);
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    // One spare byte lets the end of the file be seen without growing.
    let reserved = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(1))
        .is_some_and(|capacity| bytes.try_reserve_exact(capacity).is_ok());
    if !reserved {
        let message =
            format!("no memory for the {length} bytes of {}; load it by memory map", path.display());
        return Err(Error::new(ErrorKind::OutOfMemory, message));
    }
    file.take(length).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
