//! How a call that computes is watched, limited and stopped.

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::call::call;
use super::cancellation::deberta_cancellation;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, extensible};
use super::pointers;
use crate::error::Result;
use crate::run::{RunObserver, RunOptions};

/// Receives how far a call with many texts is, on the thread that calls: `texts` of `total_texts` are answered. Returns 0
/// to go on; with anything else, the call ends with #DEBERTA_STATUS_CANCELLED. The callback must return: no exception, no
/// longjmp.
pub type deberta_run_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, texts: usize, total_texts: usize) -> i32>;

/// Limits of one call. They are looked at before each layer of the encoder; a call that ends early leaves nothing behind.
/// Set it up with deberta_run_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_run_options {
    /// sizeof(deberta_run_options)
    pub struct_size: usize,
    /// Milliseconds from the beginning of the call after which it ends with #DEBERTA_STATUS_DEADLINE_EXCEEDED if there is
    /// no answer yet; 0 for no limit.
    pub timeout_milliseconds: u64,
    /// Ends the call with #DEBERTA_STATUS_CANCELLED, from any thread; or NULL. Only used during the call.
    pub cancellation: *const deberta_cancellation,
    /// Receives the progress of calls with many texts, and can stop them; or NULL.
    pub run_callback: deberta_run_callback,
    /// Passed to `run_callback`; may be NULL.
    pub run_callback_data: *mut c_void,
    /// Most tokens to encode together; 0 for 4,096. More use more memory, fewer may leave threads without work. A text of
    /// more tokens is encoded alone. Results do not depend on it.
    pub batch_tokens: usize,
}

extensible!(deberta_run_options, size: 48, {
    struct_size: 0, timeout_milliseconds: 8, cancellation: 16, run_callback: 24, run_callback_data: 32, batch_tokens: 40,
});

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_run_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_run_options_init(
    options: *mut deberta_run_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

struct Receiver {
    callback: unsafe extern "C" fn(*mut c_void, usize, usize) -> i32,
    user_data: *mut c_void,
}

// SAFETY: it is called on the thread that made the call only, which is the caller's.
unsafe impl Send for Receiver {}
// SAFETY: as above.
unsafe impl Sync for Receiver {}

/// The limits of a call that begins now. They must not be used after the call.
///
/// # Safety
///
/// The header's contract.
pub(super) unsafe fn resolve(options: *const deberta_run_options) -> Result<RunOptions> {
    // SAFETY: the caller's promise.
    let options = unsafe { extensible::read(options, "run_options")? };
    let cancellation = match options.cancellation.is_null() {
        true => None,
        // SAFETY: the caller's promise.
        false => Some(unsafe { pointers::reference(options.cancellation, "cancellation")? }),
    };
    let timeout = Some(options.timeout_milliseconds).filter(|&milliseconds| milliseconds > 0);
    Ok(RunOptions {
        // A deadline that the clock cannot express never comes.
        deadline: timeout
            .and_then(|milliseconds| Instant::now().checked_add(Duration::from_millis(milliseconds))),
        cancellation: cancellation.map(|cancellation| cancellation.cancellation.clone()),
        progress: options.run_callback.map_or_else(RunObserver::default, |callback| {
            let receiver = Receiver { callback, user_data: options.run_callback_data };
            RunObserver::new(move |progress| {
                let Receiver { callback, user_data } = &receiver;
                // SAFETY: the header's contract about the callback.
                match unsafe { callback(*user_data, progress.texts, progress.total_texts) } {
                    0 => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            })
        }),
        batch_tokens: (options.batch_tokens != 0).then_some(options.batch_tokens),
    })
}
