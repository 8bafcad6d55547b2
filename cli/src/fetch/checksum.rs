//! The checksum of a file, which is also its name in the cache.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What the hub says that a file's content has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// Of large files: the SHA-256 of the content.
    Sha256(String),
    /// Of small files: the name that git gives to the content.
    GitBlob(String),
}

impl Checksum {
    /// Reads an entity tag; `None` if it is something else than a checksum.
    pub fn from_etag(etag: &str) -> Option<Self> {
        let digits = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"').to_ascii_lowercase();
        let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match digits.len() {
            64 if is_number => Some(Self::Sha256(digits)),
            40 if is_number => Some(Self::GitBlob(digits)),
            _ => None,
        }
    }

    /// Whether a file has this checksum.
    pub fn fits(&self, path: &Path) -> io::Result<bool> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(match self {
            Self::Sha256(digits) => digest(Sha256::new(), file)? == *digits,
            Self::GitBlob(digits) => {
                digest(Sha1::new_with_prefix(format!("blob {length}\0")), file)? == *digits
            }
        })
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Sha256(digits) | Self::GitBlob(digits)) = self;
        formatter.write_str(digits)
    }
}

fn digest(mut digest: impl Digest, mut file: File) -> io::Result<String> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            length => digest.update(&buffer[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_are_checksums_are_read() {
        let (sha256, git) = ("A".repeat(64), "b".repeat(40));
        assert_eq!(Checksum::from_etag(&format!("\"{sha256}\"")), Some(Checksum::Sha256("a".repeat(64))));
        assert_eq!(Checksum::from_etag(&format!("W/\"{git}\"")), Some(Checksum::GitBlob(git)));
        for tag in ["", "\"\"", "\"5d41402abc4b2a76b9719d911017c592\"", "../../x", &"g".repeat(40)] {
            assert_eq!(Checksum::from_etag(tag), None, "{tag}");
        }
    }

    #[test]
    fn content_is_compared_as_sha256_and_as_git_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "hello\n").unwrap();
        // Of `sha256sum` and `git hash-object`.
        for tag in [
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
            "ce013625030ba8dba906f756967f9e9ca394464a",
        ] {
            let checksum = Checksum::from_etag(tag).unwrap();
            std::fs::write(&path, "hello\n").unwrap();
            assert!(checksum.fits(&path).unwrap());
            std::fs::write(&path, "hello").unwrap();
            assert!(!checksum.fits(&path).unwrap());
        }
    }
}
