//! Log messages to a callback of the program.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::{OnceLock, PoisonError, RwLock, TryLockError};

use super::call::call;
use super::enums::{self, deberta_log_level};
use super::error::{deberta_error, deberta_status};
use super::string::deberta_string;
use crate::error::{Result, bail};

/// Receives a message. `level` is a deberta_log_level, `target` says which part of the library speaks. Both strings live
/// until the callback returns. The callback may be called from any thread, also from several at once. It must return: no
/// exception, no longjmp.
pub type deberta_log_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, level: i32, target: deberta_string, message: deberta_string),
>;

#[derive(Clone, Copy)]
struct Receiver {
    callback: unsafe extern "C" fn(*mut c_void, i32, deberta_string, deberta_string),
    user_data: *mut c_void,
}

// SAFETY: the header says that the callback is called from any thread, with `user_data`.
unsafe impl Send for Receiver {}
// SAFETY: as above.
unsafe impl Sync for Receiver {}

/// Held for reading while the callback runs, so that a callback that was replaced is not running any more.
static RECEIVER: RwLock<Option<Receiver>> = RwLock::new(None);

thread_local! {
    /// Whether the callback is running on this thread.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

struct ToCallback;

impl log::Log for ToCallback {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        // A callback that causes messages would be called from itself.
        if IN_CALLBACK.get() {
            return;
        }
        // Never waits for a thread that sets the callback, since that may be waiting for a callback that waits for this.
        let receiver = match RECEIVER.try_read() {
            Ok(receiver) => receiver,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let Some(Receiver { callback, user_data }) = *receiver else { return };
        let message = record.args().to_string();
        let (target, message) = (deberta_string::new(record.target()), deberta_string::new(&message));
        IN_CALLBACK.set(true);
        // SAFETY: the header's contract about the callback.
        unsafe { callback(user_data, deberta_log_level::from(record.level()) as i32, target, message) };
        IN_CALLBACK.set(false);
    }

    fn flush(&self) {}
}

/// Becomes the logger of the process, once.
fn install() -> Result<()> {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    if !INSTALLED.get_or_init(|| log::set_logger(&ToCallback).is_ok()) {
        bail!(
            Unsupported,
            "the program that this library is linked into statically has a logger of its own for the log crate"
        );
    }
    Ok(())
}

/// Sets the callback that receives the log messages of the library, for the whole process. There is none at first, and
/// nothing is logged.
///
/// When this returns, the callback that was set before is not running on any other thread and will not be called again:
/// its `user_data` may be freed. So the call waits for callbacks that are running, and a callback must not wait for a
/// thread that is in this function. Not logged is what the library does inside of the callback, and what it does while
/// the callback is being replaced.
///
/// @param callback   The function to call for each message; NULL for none.
/// @param user_data  Passed to the callback; may be NULL.
/// @param level      A deberta_log_level: the least important messages to pass on.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_INVALID_ARGUMENT for an unknown level, and when called from inside of the
///   callback; #DEBERTA_STATUS_UNSUPPORTED if the library is linked statically into a Rust program with its own logger.
/// @par Ownership
///   `user_data` belongs to the caller and must live until another callback, or NULL, was set.
/// @par Thread safety
///   May be called from any thread at any time but from inside of the callback.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_set_log_callback(
    callback: deberta_log_callback,
    user_data: *mut c_void,
    level: i32,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let level = enums::log_level(level)?;
            if IN_CALLBACK.get() {
                bail!(InvalidArgument, "the log callback cannot be set from inside of it");
            }
            install()?;
            let receiver = callback.map(|callback| Receiver { callback, user_data });
            *RECEIVER.write().unwrap_or_else(PoisonError::into_inner) = receiver;
            log::set_max_level(if receiver.is_some() { level } else { log::LevelFilter::Off });
            Ok(())
        })
    }
}
