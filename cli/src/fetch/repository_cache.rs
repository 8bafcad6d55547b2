//! A repository in the cache, laid out as `huggingface_hub` does it: contents by their checksum in `blobs`, the files of
//! a commit as links to them in `snapshots`, and in `refs` the commits of branches and tags.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use deberta::HuggingFaceModel;

use super::checksum::Checksum;
use crate::failure::Failure;
use crate::output_file::OutputFile;

/// The folders of one repository.
pub struct RepositoryCache {
    folder: PathBuf,
    locks: PathBuf,
}

impl RepositoryCache {
    pub fn new(cache: &Path, model: &HuggingFaceModel) -> Self {
        let name = model.cache_folder();
        Self { folder: cache.join(&name), locks: cache.join(".locks").join(&name) }
    }

    /// Where a content is, once it is complete.
    pub fn blob(&self, checksum: &Checksum) -> PathBuf {
        self.folder.join("blobs").join(checksum.to_string())
    }

    /// Where a content is as long as it is not complete.
    pub fn incomplete_blob(&self, checksum: &Checksum) -> PathBuf {
        self.folder.join("blobs").join(format!("{checksum}.incomplete"))
    }

    /// The folder of a commit's files.
    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// Keeps other programs from a content as long as the file lives; `wait` is called if one has it now.
    pub fn lock(&self, checksum: &Checksum, wait: impl FnOnce()) -> Result<File, Failure> {
        let path = self.locks.join(format!("{checksum}.lock"));
        create_folder(&self.folder.join("blobs"))?;
        create_folder(&self.locks)?;
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| cannot_write(&path, &error))?;
        let locked = match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                wait();
                file.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        match locked {
            // Some network file systems have no locks. Checksums still tell what two writers make of one file.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => {
                Err(Failure::io("lock", path.display(), &error))
            }
            _ => Ok(file),
        }
    }

    /// Makes a content a file of a commit.
    pub fn link(&self, commit: &str, name: &str, checksum: &Checksum) -> Result<(), Failure> {
        let file = self.snapshot(commit).join(name);
        let folder = file.parent().unwrap_or(&self.folder);
        create_folder(folder)?;
        let temporary = folder.join(format!(".{checksum}.{}.tmp", std::process::id()));
        let depth = 2 + name.matches('/').count();
        let target = format!("{}blobs/{checksum}", "../".repeat(depth));
        // What another process of that number left behind.
        let _ = fs::remove_file(&temporary);
        link(Path::new(&target), &self.blob(checksum), &temporary)
            .and_then(|()| fs::rename(&temporary, &file))
            .map_err(|error| cannot_write(&file, &error))
    }

    /// Says which commit a branch or tag is.
    pub fn set_reference(&self, revision: &str, commit: &str) -> Result<(), Failure> {
        if revision == commit {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision);
        create_folder(path.parent().unwrap_or(&self.folder))?;
        let output = OutputFile::create(&path)?;
        fs::write(output.path(), commit).map_err(|error| cannot_write(&path, &error))?;
        output.commit()
    }
}

/// A link that stays right when the cache is moved.
#[cfg(unix)]
fn link(relative: &Path, _blob: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(relative, link)
}

/// Symbolic links need a privilege on Windows.
#[cfg(not(unix))]
fn link(_relative: &Path, blob: &Path, link: &Path) -> io::Result<()> {
    fs::hard_link(blob, link)
}

fn create_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))
}

/// A failure to write to the cache, with what to do about it.
pub fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room and fetch again, which goes on where it ended, or set HF_HUB_CACHE to a folder with more room"
        }
        _ => "set HF_HUB_CACHE to a folder that can be written to",
    };
    Failure::Failed(format!("cannot write {}: {error}; {remedy}", path.display()))
}
