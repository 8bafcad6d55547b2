//! The bytes of a weight file, mapped or copied.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
    modified: Option<SystemTime>,
}

#[derive(Debug)]
enum Content {
    Mapped(Mmap),
    Copied(Vec<u8>),
}

impl FileBytes {
    /// Opens a regular file; directories and devices are refused.
    pub(crate) fn open(path: &Path, mode: LoadMode) -> Result<Self> {
        let failed = |source| Error::io("read", path, source);
        // Before opening, because opening a pipe would wait for a writer.
        if !path.metadata().map_err(failed)?.is_file() {
            bail!(Io, "cannot read {}: it is not a regular file", path.display());
        }
        let file = File::open(path).map_err(failed)?;
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let content = match mode {
            LoadMode::MemoryMap => {
                // SAFETY: the map is read-only and private to this struct. That nobody truncates or overwrites the file
                // while it is mapped is the documented condition of `LoadMode::MemoryMap`.
                Content::Mapped(unsafe { Mmap::map(&file) }.map_err(failed)?)
            }
            LoadMode::Copy => Content::Copied(read_all(file, path)?),
        };
        Ok(Self { path: path.to_owned(), content, modified })
    }

    /// Maps a file that is read from front to back again and again, in huge pages where the operating system has them.
    pub(crate) fn open_streamed(path: &Path) -> Result<Self> {
        let file = Self::open(path, LoadMode::MemoryMap)?;
        #[cfg(target_os = "linux")]
        if let Content::Mapped(map) = &file.content {
            // Where this is refused, pages are small.
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(file)
    }

    /// Bytes that come from no file.
    pub(super) fn from_memory(bytes: Vec<u8>) -> Self {
        Self { path: PathBuf::new(), content: Content::Copied(bytes), modified: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// When the file was last written to, where the operating system knows.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// The float32 values in a range of bytes; `None` unless it lies in the file, starts on a cache line and holds a
    /// whole number of values.
    pub(crate) fn floats(&self, range: Range<usize>) -> Option<&[f32]> {
        let bytes = self.as_slice().get(range)?;
        let fits = bytes.as_ptr().addr().is_multiple_of(64) && bytes.len().is_multiple_of(size_of::<f32>());
        // SAFETY: the bytes are in bounds and initialised, aligned for f32, and every pattern of bits is an f32; what
        // is borrowed is `self`, which keeps them.
        fits.then(|| unsafe {
            std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<f32>())
        })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
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
