//! One content into the cache: resumed where an earlier download ended, checked, and only then put in its place.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

use indicatif::ProgressBar;
use ureq::Body;
use ureq::http::header::CONTENT_RANGE;
use ureq::http::{Response, StatusCode};

use super::client::{Patience, Problem};
use super::hub::{Hub, RemoteFile};
use super::repository_cache::{RepositoryCache, cannot_write};
use crate::failure::Failure;

/// Downloads a file unless the cache has it; returns the number of bytes that were received.
pub fn download(
    hub: &Hub,
    cache: &RepositoryCache,
    file: &RemoteFile,
    bar: &ProgressBar,
) -> Result<u64, Failure> {
    let blob = cache.blob(&file.checksum);
    let start = bar.position();
    let is_there = || blob.metadata().is_ok_and(|metadata| metadata.len() == file.size);
    let mut received = 0;
    if !is_there() {
        let _lock = cache.lock(&file.checksum, || {
            bar.println(format!("{} is being downloaded by another program", file.name));
        })?;
        if !is_there() {
            let partial = Partial::open(cache.incomplete_blob(&file.checksum))?;
            received = complete(hub, file, partial, start, bar)?;
            let incomplete = cache.incomplete_blob(&file.checksum);
            fs::rename(&incomplete, &blob).map_err(|error| cannot_write(&blob, &error))?;
        }
    }
    bar.set_position(start + file.size);
    Ok(received)
}

/// Receives what is missing, until the checksum fits.
fn complete(
    hub: &Hub,
    file: &RemoteFile,
    mut partial: Partial,
    start: u64,
    bar: &ProgressBar,
) -> Result<u64, Failure> {
    let mut patience = Patience::default();
    let mut received = 0;
    // Bytes of an earlier download may be at fault where the checksum does not fit; then there is one more try.
    let mut has_old_bytes = partial.length > 0;
    loop {
        while partial.length != file.size {
            let before = received;
            let outcome =
                partial.receive(hub, file, &mut received, |length| bar.set_position(start + length));
            if received > before {
                patience.renew();
            }
            if let Err(problem) = outcome {
                patience.wait(problem)?;
            }
        }
        partial.file.sync_all().map_err(|error| cannot_write(&partial.path, &error))?;
        let fits = file.checksum.fits(&partial.path);
        if fits.map_err(|error| Failure::io("read", partial.path.display(), &error))? {
            return Ok(received);
        }
        partial.truncate()?;
        if !has_old_bytes {
            // An empty file is of no use to the next download.
            let _ = fs::remove_file(&partial.path);
            return Err(Failure::Failed(format!(
                "{} was received with another checksum than {}, which the hub promised; nothing of it is kept; fetch \
                 again, or set HF_ENDPOINT to another server",
                file.name, file.checksum
            )));
        }
        has_old_bytes = false;
    }
}

/// A content that is not complete.
struct Partial {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Partial {
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| cannot_write(&path, &error))?;
        let length = file.metadata().map_err(|error| cannot_write(&path, &error))?.len();
        Ok(Self { path, file, length })
    }

    fn truncate(&mut self) -> Result<(), Failure> {
        self.file.set_len(0).map_err(|error| cannot_write(&self.path, &error))?;
        self.length = 0;
        Ok(())
    }

    /// Appends what one request gives, up to the size of the file.
    fn receive(
        &mut self,
        hub: &Hub,
        file: &RemoteFile,
        received: &mut u64,
        progress: impl Fn(u64),
    ) -> Result<(), Problem> {
        if self.length > file.size {
            self.truncate()?;
        }
        let response = hub.read(file, self.length)?;
        match response.status() {
            StatusCode::OK => self.truncate()?,
            StatusCode::PARTIAL_CONTENT if is_rest(&response, self.length, file.size) => {}
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                self.truncate()?;
                return Err(Problem::passing(format!(
                    "{} comes in another range than was asked for",
                    file.name
                )));
            }
            status => {
                return Err(Failure::Failed(format!(
                    "{} cannot be received: HTTP status {status}",
                    file.name
                ))
                .into());
            }
        }
        let expected = file.size - self.length;
        if let Some(length) = response.body().content_length().filter(|length| *length != expected) {
            return Err(Failure::Failed(format!(
                "{} comes with {length} bytes, but the hub promised {expected}; fetch again later",
                file.name
            ))
            .into());
        }
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 1 << 18];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) if self.length == file.size => return Ok(()),
                Ok(count) if count as u64 > file.size - self.length => {
                    self.truncate()?;
                    return Err(
                        Failure::Failed(format!("{} is larger than the hub promised", file.name)).into()
                    );
                }
                Ok(0) => {
                    return Err(Problem::passing(format!("the connection ended within {}", file.name)));
                }
                Ok(count) => count,
                Err(error) => {
                    return Err(Problem::passing(format!(
                        "the connection broke within {}: {error}",
                        file.name
                    )));
                }
            };
            self.file.write_all(&buffer[..count]).map_err(|error| cannot_write(&self.path, &error))?;
            self.length += count as u64;
            *received += count as u64;
            progress(self.length);
        }
    }
}

/// Whether a part is that from the offset to the end.
fn is_rest(response: &Response<Body>, offset: u64, size: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range == Some(&format!("bytes {offset}-{}/{size}", size.saturating_sub(1)))
}
