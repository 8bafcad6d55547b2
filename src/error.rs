//! The one error type of the library.

use std::fmt;
use std::path::Path;

/// Result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong. The numbers are stable: they are never reused and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An argument does not fit the function's contract (wrong length, id out of range, empty row, …).
    InvalidArgument = 1,
    /// A file or folder that is needed does not exist.
    NotFound = 2,
    /// The operating system refused to open, read or map a file.
    Io = 3,
    /// `config.json` is not JSON, or holds an inconsistent or unsupported value.
    InvalidConfig = 4,
    /// A weight file is damaged, or its tensors are missing or have the wrong shape or type.
    InvalidCheckpoint = 5,
    /// The tokenizer file is damaged or of a kind that this library does not read.
    InvalidTokenizer = 6,
    /// The request is well formed, but this model or this build cannot serve it.
    Unsupported = 7,
    /// The input has more tokens than the model or the caller's limit allows.
    TooLong = 8,
    /// Memory for weights or scratch could not be had.
    OutOfMemory = 9,
    /// A fault of the library itself; please report it.
    Internal = 10,
    /// The caller's buffer cannot hold the result. Only the C functions have this error.
    BufferTooSmall = 11,
    /// A text is not UTF-8. Only the C functions have this error.
    InvalidUtf8 = 12,
    /// The caller cancelled the work.
    Cancelled = 13,
    /// The call's deadline passed before there was an answer.
    DeadlineExceeded = 14,
}

/// An error with its kind, a message that names what was wrong, where, and what to do, and the cause below it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Keeps `source` as the cause; [`std::error::Error::source`] returns it.
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// An operating-system error on `path`: [`ErrorKind::NotFound`] when it is not there, else [`ErrorKind::Io`].
    pub(crate) fn io(action: &str, path: &Path, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("cannot {action} {}: {source}", path.display())).with_source(source)
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message, without the cause.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// Returns early with an error of the given kind and formatted message.
macro_rules! bail {
    ($kind:ident, $($message:tt)+) => {
        return Err($crate::error::Error::new($crate::error::ErrorKind::$kind, format!($($message)+)))
    };
}
pub(crate) use bail;
