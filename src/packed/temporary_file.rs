//! A file that appears complete or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A file in the making, beside its target; removed unless it is put in its place.
pub(super) struct TemporaryFile {
    path: PathBuf,
    pub file: File,
}

impl TemporaryFile {
    /// Makes the directory too, where it does not exist.
    pub fn create(directory: &Path, name: &str) -> Result<Self> {
        static ATTEMPT: AtomicU64 = AtomicU64::new(0);
        let failed = |error: io::Error| {
            let message = format!(
                "cannot write packed weights to {}: {error}; make it a directory that can be written to, name another \
                 one, or have `deberta pack` write them there beforehand",
                directory.display()
            );
            Error::new(ErrorKind::Io, message).with_source(error)
        };
        std::fs::create_dir_all(directory).map_err(failed)?;
        loop {
            let attempt = ATTEMPT.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
            match File::create_new(&path) {
                Ok(file) => return Ok(Self { path, file }),
                // Left behind by another process of that number, or of another machine.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Puts the file in its place, over what may be there.
    pub fn rename(self, target: &Path) -> Result<()> {
        std::fs::rename(&self.path, target).map_err(|error| {
            let message = format!(
                "cannot put packed weights in the place of {}: {error}; remove what is there",
                target.display()
            );
            Error::new(ErrorKind::Io, message).with_source(error)
        })
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // Gone already after a rename.
        let _ = std::fs::remove_file(&self.path);
    }
}
