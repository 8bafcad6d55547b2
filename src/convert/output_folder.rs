//! A folder that appears complete or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, bail};

/// A folder in the making, beside its target; removed unless it is put in its place.
pub(super) struct OutputFolder {
    target: PathBuf,
    temporary: PathBuf,
}

impl OutputFolder {
    /// Refuses to take the place of anything but an empty folder.
    pub fn create(target: &Path) -> Result<Self> {
        let failed = |source| Error::io("write to", target, source);
        let Some(name) = target.file_name() else {
            bail!(InvalidArgument, "{} has no name of its own; name a folder to write", target.display());
        };
        let is_free = match fs::read_dir(target) {
            Ok(mut entries) => entries.next().is_none(),
            Err(_) => target.symlink_metadata().is_err(),
        };
        if !is_free {
            bail!(
                InvalidArgument,
                "{} is there already; name another folder, or remove it first",
                target.display()
            );
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let temporary = target.with_file_name(format!(".{}.{}.tmp", name.display(), std::process::id()));
        fs::create_dir(&temporary).map_err(failed)?;
        Ok(Self { target: target.to_owned(), temporary })
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Puts the folder in its place. Returns its files, and their lengths in bytes.
    pub fn finish(self) -> Result<Vec<(PathBuf, u64)>> {
        let failed = |source| Error::io("write to", &self.target, source);
        // Renaming replaces an empty folder, but not on every system.
        let _ = fs::remove_dir(&self.target);
        fs::rename(&self.temporary, &self.target).map_err(failed)?;
        let mut files = Vec::new();
        list(&self.target, &mut files).map_err(failed)?;
        files.sort();
        Ok(files)
    }
}

fn list(folder: &Path, files: &mut Vec<(PathBuf, u64)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata()? {
            metadata if metadata.is_dir() => list(&entry.path(), files)?,
            metadata => files.push((entry.path(), metadata.len())),
        }
    }
    Ok(())
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // Gone already after the renaming.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}
