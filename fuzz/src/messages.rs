//! Errors, names and log messages.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Choice, Nulls};
use super::contract::{call, check_error, check_nul, string};
use super::openings::Handle;
use super::session::Session;

use deberta_status::{InvalidArgument, Ok as Success};

impl Handle {
    pub fn error_status(self, session: &mut Session) {
        let error = session.errors.pick(self.pick);
        // SAFETY: NULL, or an error that is alive.
        let status = unsafe { deberta_error_status(error) };
        assert_eq!(status == Success, error.is_null());
        if !error.is_null() {
            check_error(error, status);
        }
    }

    pub fn error_text(
        self,
        session: &mut Session,
        function: unsafe extern "C" fn(*const deberta_error) -> deberta_string,
    ) {
        let error = session.errors.pick(self.pick);
        // SAFETY: NULL, or an error that is alive.
        let text = unsafe { function(error) };
        assert!(string(text).is_empty() || !error.is_null());
        check_nul(text);
    }
}

#[derive(Debug, Arbitrary)]
pub struct SetLogCallback {
    level: Choice,
    callback: bool,
    user_data: bool,
    nulls: Nulls,
}

static MESSAGES: AtomicU64 = AtomicU64::new(0);

impl SetLogCallback {
    pub fn perform(self, session: &mut Session) {
        let callback: deberta_log_callback = if self.callback { Some(receive) } else { None };
        let user_data =
            if self.user_data { (&raw const MESSAGES).cast_mut().cast() } else { ptr::null_mut() };
        let status = call(session, self.nulls, &[InvalidArgument], |error| {
            // SAFETY: the callback and its data are static.
            unsafe { deberta_set_log_callback(callback, user_data, self.level.0, error) }
        });
        assert_eq!(status == Success, (0..=5).contains(&self.level.0), "level {}", self.level.0);
    }
}

/// Back to what a process starts with, so that each sequence does what it does alone.
pub fn reset() {
    // SAFETY: no callback.
    unsafe { deberta_set_log_callback(None, ptr::null_mut(), 0, ptr::null_mut()) };
}

unsafe extern "C" fn receive(
    user_data: *mut c_void,
    level: i32,
    target: deberta_string,
    message: deberta_string,
) {
    // SAFETY: NULL, or the address of the static counter.
    if let Some(messages) = unsafe { user_data.cast::<AtomicU64>().as_ref() } {
        messages.fetch_add(1, Ordering::Relaxed);
    }
    let fine = (1..=5).contains(&level) && !string(target).is_empty() && !string(message).is_empty();
    // SAFETY: refused inside of a callback, whatever the arguments are.
    let status = unsafe { deberta_set_log_callback(None, ptr::null_mut(), 0, ptr::null_mut()) };
    if !fine || status != InvalidArgument {
        // A callback must not unwind.
        eprintln!("a message of level {level}; setting another callback inside returned {status:?}");
        std::process::abort();
    }
}
