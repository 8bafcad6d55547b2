//! A handle that stops calls from another thread.

use super::call::{self, call};
use super::error::{deberta_error, deberta_status};
use super::pointers::{self, Output};
use crate::run::Cancellation;

/// Stops calls that were given it, once and for all. Owned by the caller; every function that takes a
/// `const deberta_cancellation *` may be called from several threads at once on one of them.
pub struct deberta_cancellation {
    pub(super) cancellation: Cancellation,
}

/// Makes a cancellation, for deberta_run_options.
///
/// @param cancellation  Where it goes. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Ownership
///   The caller owns it and frees it with deberta_cancellation_free().
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_cancellation_new(
    cancellation: *mut *mut deberta_cancellation,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let output = Output::new(cancellation, "cancellation")?;
            output.set(call::hand_over(deberta_cancellation { cancellation: Cancellation::new() }));
            Ok(())
        })
    }
}

/// Ends the calls that were given the cancellation, and those that will be, with #DEBERTA_STATUS_CANCELLED.
///
/// @param cancellation  The cancellation. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one cancellation, and in a signal handler if `error` is NULL.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_cancellation_cancel(
    cancellation: *const deberta_cancellation,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            pointers::reference(cancellation, "cancellation")?.cancellation.cancel();
            Ok(())
        })
    }
}

/// Whether deberta_cancellation_cancel() was called.
///
/// @param cancellation  The cancellation, or NULL.
/// @return 1 if it was, else 0; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on one cancellation.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_cancellation_is_cancelled(cancellation: *const deberta_cancellation) -> i32 {
    // SAFETY: the header's contract.
    unsafe { cancellation.as_ref() }.map_or(0, |cancellation| cancellation.cancellation.is_cancelled().into())
}

/// Frees a cancellation. Calls that were given it go on, and can no longer be cancelled by it.
///
/// @param cancellation  The cancellation, which must not be used afterwards; or NULL, which does nothing.
/// @par Thread safety
///   From any thread; no other function may be called with the cancellation at the time, and no call that was given it be
///   about to begin.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_cancellation_free(cancellation: *mut deberta_cancellation) {
    // SAFETY: the header's contract.
    unsafe { call::release(cancellation) }
}
