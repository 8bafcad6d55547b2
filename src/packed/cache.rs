//! Files of packed weights in a directory: found, checked, written.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::file::PackedFile;
use super::identity::Identity;
use super::packing::{PackedSizes, Packing};
use super::temporary_file::TemporaryFile;
use super::writer;
use crate::checkpoint::LoadMode;
use crate::error::{Error, ErrorKind, Result, bail};
use crate::linalg::Compute;
use crate::opening::OpenObserver;

/// A file of this name makes a directory one that is only read at open.
const MADE_BY_PACK: &str = "made-by-deberta-pack.txt";
const MADE_BY_PACK_TEXT: &str = "\
The packed weights in this directory were written by `deberta pack`. Opening a model never writes here: if none of them
fits, opening fails and says why. Without this file the directory is a cache, which is filled when models are opened.
";

/// The packed weights of one model in a directory.
pub(crate) struct PackedCache<'a> {
    directory: &'a Path,
    path: PathBuf,
    identity: Identity,
    load_mode: LoadMode,
    compute: &'a Compute,
    observer: &'a OpenObserver,
}

/// What was built of packed weights that are mapped.
pub(crate) struct Mapped<T> {
    pub value: T,
    pub sizes: PackedSizes,
    pub path: PathBuf,
}

/// A file of packed weights that was written or verified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PackedReport {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many tensors it has.
    pub tensors: usize,
    /// How long it took.
    pub elapsed: Duration,
}

impl<'a> PackedCache<'a> {
    pub fn new(
        directory: &'a Path,
        identity: Identity,
        load_mode: LoadMode,
        compute: &'a Compute,
        observer: &'a OpenObserver,
    ) -> Result<Self> {
        if cfg!(target_endian = "big") {
            bail!(
                Unsupported,
                "packed weights are little-endian, and this machine is not; open without them"
            );
        }
        if directory.as_os_str().is_empty() {
            bail!(InvalidArgument, "the directory for packed weights has an empty name; name one, or none");
        }
        Ok(Self {
            directory,
            path: directory.join(identity.file_name()),
            identity,
            load_mode,
            compute,
            observer,
        })
    }

    /// Maps the file if it fits; otherwise writes it first, unless the directory was made by `deberta pack`.
    pub fn open<T>(&self, build: impl Fn(&Packing) -> Result<T>) -> Result<Mapped<T>> {
        let error = match self.map(&build) {
            Err(error) => error,
            mapped => return mapped,
        };
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::Io | ErrorKind::InvalidCheckpoint => {}
            _ => return Err(error),
        }
        if self.directory.join(MADE_BY_PACK).is_file() {
            return Err(self.refuse(error));
        }
        // That nothing is there is what the first opening finds; a link to nothing is something.
        if error.kind() != ErrorKind::NotFound || self.path.symlink_metadata().is_ok() {
            log::warn!("packed weights are written anew: {error}");
        }
        self.write(&build)?;
        self.map(&build)
    }

    /// Writes the file, whatever is there, and makes the directory one that is only read at open.
    pub fn pack<T>(&self, build: impl Fn(&Packing) -> Result<T>) -> Result<PackedReport> {
        let start = Instant::now();
        self.write(&build)?;
        let note = self.directory.join(MADE_BY_PACK);
        std::fs::write(&note, MADE_BY_PACK_TEXT).map_err(|error| Error::io("write", &note, error))?;
        let file = PackedFile::open(&self.path, &self.identity, self.load_mode)?;
        Ok(report(&file, start))
    }

    /// Checks the file as opening does, and every byte of it.
    pub fn verify<T>(&self, build: impl Fn(&Packing) -> Result<T>) -> Result<PackedReport> {
        let start = Instant::now();
        let checked = PackedFile::open(&self.path, &self.identity, LoadMode::MemoryMap).and_then(|file| {
            build(&Packing::of_file(self.compute, self.observer, &file))?;
            file.verify()?;
            Ok(report(&file, start))
        });
        checked.map_err(|error| if error.kind() == ErrorKind::NotFound { self.refuse(error) } else { error })
    }

    fn map<T>(&self, build: impl Fn(&Packing) -> Result<T>) -> Result<Mapped<T>> {
        let file = PackedFile::open(&self.path, &self.identity, self.load_mode)?;
        let packing = Packing::of_file(self.compute, self.observer, &file);
        let value = build(&packing)?;
        Ok(Mapped { value, sizes: packing.sizes(), path: self.path.clone() })
    }

    fn write<T>(&self, build: impl Fn(&Packing) -> Result<T>) -> Result<()> {
        let start = Instant::now();
        // First, so that a directory that cannot be written to is found before any work is done.
        let temporary = TemporaryFile::create(self.directory, &self.identity.file_name())?;
        let packing = Packing::recorded(self.compute, self.observer);
        build(&packing)?;
        writer::write(&temporary.file, &self.identity, &packing.into_recorded()).map_err(|error| {
            let directory = self.directory.display();
            let message = format!(
                "cannot write packed weights to {directory}: {error}; make room there, or name another directory"
            );
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        temporary.rename(&self.path)?;
        log::info!("wrote {} in {} ms", self.path.display(), start.elapsed().as_millis());
        Ok(())
    }

    /// The error about a directory that shall have had a file that fits.
    fn refuse(&self, error: Error) -> Error {
        let reason = match error.kind() {
            ErrorKind::NotFound => {
                let there = match self.file_names() {
                    names if names.is_empty() => "holds no packed weights".to_owned(),
                    names => format!("has only {}", names.join(", ")),
                };
                let directory = self.directory.display();
                let name = self.identity.file_name();
                format!(
                    "there is no {name} in {directory}, which {there}: they are of another model, precision or \
                         instruction set, or config.json or the weights have changed since; run `deberta pack` again"
                )
            }
            _ => error.message().to_owned(),
        };
        Error::new(error.kind(), reason).with_source(error)
    }

    /// The files of packed weights that are there.
    fn file_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> =
            names.filter(|name| name.ends_with(".safetensors") && !name.starts_with('.')).collect();
        names.sort_unstable();
        names
    }
}

fn report(file: &PackedFile, start: Instant) -> PackedReport {
    PackedReport {
        path: file.path().to_owned(),
        bytes: file.length(),
        tensors: file.tensor_count(),
        elapsed: start.elapsed(),
    }
}
