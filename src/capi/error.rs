//! Status numbers and error objects.

use super::call;
use super::string::deberta_string;
use crate::error::{Error, ErrorKind};

/// What a function returns: 0, or what kind of thing went wrong. The numbers never change and are never reused; a newer
/// library may return numbers that are not in this header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_status {
    /// All went well.
    Ok = 0,
    /// An argument does not fit the function's contract: NULL, a wrong length, an id out of range, an empty row, …
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
    /// The caller's buffer cannot hold the result; the length that is needed was returned.
    BufferTooSmall = 11,
    /// A text is not UTF-8.
    InvalidUtf8 = 12,
    /// The caller cancelled the work.
    Cancelled = 13,
    /// The call's time was over before there was an answer.
    DeadlineExceeded = 14,
}

impl deberta_status {
    const ALL: [(Self, &str); 15] = [
        (Self::Ok, "OK\0"),
        (Self::InvalidArgument, "INVALID_ARGUMENT\0"),
        (Self::NotFound, "NOT_FOUND\0"),
        (Self::Io, "IO\0"),
        (Self::InvalidConfig, "INVALID_CONFIG\0"),
        (Self::InvalidCheckpoint, "INVALID_CHECKPOINT\0"),
        (Self::InvalidTokenizer, "INVALID_TOKENIZER\0"),
        (Self::Unsupported, "UNSUPPORTED\0"),
        (Self::TooLong, "TOO_LONG\0"),
        (Self::OutOfMemory, "OUT_OF_MEMORY\0"),
        (Self::Internal, "INTERNAL\0"),
        (Self::BufferTooSmall, "BUFFER_TOO_SMALL\0"),
        (Self::InvalidUtf8, "INVALID_UTF8\0"),
        (Self::Cancelled, "CANCELLED\0"),
        (Self::DeadlineExceeded, "DEADLINE_EXCEEDED\0"),
    ];
}

impl From<ErrorKind> for deberta_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidArgument => Self::InvalidArgument,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Io => Self::Io,
            ErrorKind::InvalidConfig => Self::InvalidConfig,
            ErrorKind::InvalidCheckpoint => Self::InvalidCheckpoint,
            ErrorKind::InvalidTokenizer => Self::InvalidTokenizer,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::TooLong => Self::TooLong,
            ErrorKind::OutOfMemory => Self::OutOfMemory,
            ErrorKind::Internal => Self::Internal,
            ErrorKind::BufferTooSmall => Self::BufferTooSmall,
            ErrorKind::InvalidUtf8 => Self::InvalidUtf8,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::DeadlineExceeded => Self::DeadlineExceeded,
        }
    }
}

/// Why a call failed: status, message and cause. Owned by the caller, immutable, not bound to a thread and independent
/// of all other handles. A `const deberta_error *` may be used from several threads at once.
pub struct deberta_error {
    status: deberta_status,
    message: String,
    cause: String,
}

impl deberta_error {
    pub(super) fn new(error: Error) -> *mut Self {
        let mut causes = Vec::new();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        call::hand_over(Self {
            status: error.kind().into(),
            message: format!("{}\0", error.message()),
            cause: format!("{}\0", causes.join(": ")),
        })
    }
}

/// `text` as the caller sees it, without the NUL that it ends with.
fn before_nul(text: &str) -> deberta_string {
    deberta_string::new(&text[..text.len() - 1])
}

/// The status that came with an error.
///
/// @param error  The error, or NULL.
/// @return The status; #DEBERTA_STATUS_OK for NULL.
/// @par Thread safety
///   May be called from several threads on one error.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_error_status(error: *const deberta_error) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { error.as_ref() }.map_or(deberta_status::Ok, |error| error.status)
}

/// What was wrong, where, and what to do about it: a sentence for people, not for programs to parse.
///
/// @param error  The error, or NULL.
/// @return The message, followed by a NUL that `length` does not count; empty for NULL. It lives as long as the error.
/// @par Thread safety
///   May be called from several threads on one error.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_error_message(error: *const deberta_error) -> deberta_string {
    // SAFETY: the header's contract.
    unsafe { error.as_ref() }.map_or(deberta_string::from_static("\0"), |error| before_nul(&error.message))
}

/// What caused the error: the messages of the errors below it, outermost first, separated by ": ".
///
/// @param error  The error, or NULL.
/// @return The causes, followed by a NUL that `length` does not count; empty if there are none, and for NULL. It lives
///   as long as the error.
/// @par Thread safety
///   May be called from several threads on one error.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_error_cause(error: *const deberta_error) -> deberta_string {
    // SAFETY: the header's contract.
    unsafe { error.as_ref() }.map_or(deberta_string::from_static("\0"), |error| before_nul(&error.cause))
}

/// Frees an error.
///
/// @param error  The error, which must not be used afterwards; or NULL, which does nothing.
/// @par Thread safety
///   From any thread; no other call may use the error at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_error_free(error: *mut deberta_error) {
    // SAFETY: the header's contract.
    unsafe { call::release(error) }
}

/// The name of a status as in its constant, "INVALID_ARGUMENT" for #DEBERTA_STATUS_INVALID_ARGUMENT.
///
/// @param status  Any number.
/// @return The name, static and followed by a NUL; empty for a number that is not a status of this library.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn deberta_status_name(status: i32) -> deberta_string {
    let name = deberta_status::ALL.into_iter().find(|(known, _)| *known as i32 == status);
    deberta_string::from_static(name.map_or("\0", |(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_kinds() {
        for kind in [
            ErrorKind::InvalidArgument,
            ErrorKind::NotFound,
            ErrorKind::Io,
            ErrorKind::InvalidConfig,
            ErrorKind::InvalidCheckpoint,
            ErrorKind::InvalidTokenizer,
            ErrorKind::Unsupported,
            ErrorKind::TooLong,
            ErrorKind::OutOfMemory,
            ErrorKind::Internal,
            ErrorKind::BufferTooSmall,
            ErrorKind::InvalidUtf8,
            ErrorKind::Cancelled,
            ErrorKind::DeadlineExceeded,
        ] {
            assert_eq!(deberta_status::from(kind) as i32, kind as i32);
        }
    }
}
