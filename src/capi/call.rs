//! The one way into the library from C, and the one way out.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{deberta_error, deberta_status};
use crate::error::{Error, ErrorKind, Result};

/// Runs the body of a C function: turns its error, or its panic, into a status and an error object.
///
/// The body writes its outputs as the last thing it does, so that a call that fails has written nothing.
///
/// # Safety
///
/// `error` is NULL or may be written to.
pub(super) unsafe fn call(
    error: *mut *mut deberta_error,
    body: impl FnOnce() -> Result<()>,
) -> deberta_status {
    // A handle that a panic passed through stays usable: what a forward pass changes is dropped with it.
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(from_panic(payload)));
    let Err(failure) = result else { return deberta_status::Ok };
    let status = deberta_status::from(failure.kind());
    if !error.is_null() {
        // SAFETY: not NULL, so the caller's promise holds; `write_unaligned` asks for nothing more.
        unsafe { error.write_unaligned(deberta_error::new(failure)) };
    }
    status
}

fn from_panic(payload: Box<dyn Any + Send>) -> Error {
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(message), _) => message,
        (_, Some(message)) => message.as_str(),
        _ => "no message",
    };
    Error::new(ErrorKind::Internal, format!("a fault of libdeberta, please report it: {message}"))
}

/// Hands a value over to the caller, who gives it back to [`release`].
pub(super) fn hand_over<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Drops what [`hand_over`] gave; NULL is fine.
///
/// # Safety
///
/// `handle` is NULL or came from [`hand_over`], was not released before and is not in use.
pub(super) unsafe fn release<T>(handle: *mut T) {
    if handle.is_null() {
        return;
    }
    let drop_it = || {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(handle) });
    };
    // There is no one to tell: whatever could not be cleaned up stays behind.
    let _ = catch_unwind(AssertUnwindSafe(drop_it));
}

#[cfg(test)]
mod tests {
    use super::super::error::{deberta_error_free, deberta_error_message, deberta_error_status};
    use super::*;
    use std::ptr;

    fn failing(body: impl FnOnce() -> Result<()>) -> (deberta_status, String) {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is a variable of this function, and the error is freed once.
        unsafe {
            let status = call(&mut error, body);
            assert_eq!(deberta_error_status(error), status);
            let message = deberta_error_message(error);
            let message = std::slice::from_raw_parts(message.data.cast(), message.length);
            let message = String::from_utf8(message.to_vec()).unwrap();
            deberta_error_free(error);
            (status, message)
        }
    }

    #[test]
    fn a_panic_becomes_a_status() {
        let (status, message) = failing(|| panic!("at the {}", "disco"));
        assert_eq!(status, deberta_status::Internal);
        assert!(message.ends_with("at the disco"), "{message}");
        assert_eq!(failing(|| panic!("plain")).0, deberta_status::Internal);
        assert_eq!(failing(|| std::panic::panic_any(7)).0, deberta_status::Internal);
    }

    #[test]
    fn an_error_becomes_its_status() {
        let (status, message) = failing(|| Err(Error::new(ErrorKind::TooLong, "too long")));
        assert_eq!((status, message.as_str()), (deberta_status::TooLong, "too long"));
    }

    #[test]
    fn success_leaves_the_error_alone_and_null_takes_none() {
        let mut error = ptr::dangling_mut();
        // SAFETY: `error` is a variable of this function.
        unsafe {
            assert_eq!(call(&mut error, || Ok(())), deberta_status::Ok);
            assert_eq!(error, ptr::dangling_mut());
            assert_eq!(call(ptr::null_mut(), || panic!()), deberta_status::Internal);
        }
    }
}
