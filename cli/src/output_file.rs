//! A file that appears complete or not at all.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file in the making: written beside its target and renamed at the end, removed if that does not happen.
#[derive(Debug)]
pub struct OutputFile {
    target: PathBuf,
    temporary: PathBuf,
}

impl OutputFile {
    /// Reserves the temporary file, so that a folder that cannot be written to is found before any work is done.
    pub fn create(target: &Path) -> Result<Self, Failure> {
        // A link stays, and the file that it names is replaced.
        let target = &target.canonicalize().unwrap_or_else(|_| target.to_path_buf());
        let Some(name) = target.file_name().filter(|_| !target.is_dir()) else {
            return Err(Failure::Failed(format!(
                "cannot write {}: it is a folder; give a file name",
                target.display()
            )));
        };
        // Renaming would put a file in the place of a device or a pipe.
        if target.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::Failed(format!(
                "cannot write {}: it is not a regular file; give the name of a file",
                target.display()
            )));
        }
        let mut temporary_name = std::ffi::OsString::from(".");
        temporary_name.push(name);
        temporary_name.push(format!(".{}.tmp", std::process::id()));
        let temporary = target.with_file_name(temporary_name);
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .map_err(|error| Failure::io("write to the folder of", target.display(), &error))?;
        Ok(Self { target: target.to_path_buf(), temporary })
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Puts the file in its place.
    pub fn commit(self) -> Result<(), Failure> {
        std::fs::rename(&self.temporary, &self.target)
            .map_err(|error| Failure::io("write", self.target.display(), &error))
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        // Gone already after a commit.
        let _ = std::fs::remove_file(&self.temporary);
    }
}
