//! The progress of an opening, told to a callback of the program.

use std::ffi::c_void;
use std::ops::ControlFlow;

use super::enums::deberta_open_stage;
use super::open::deberta_open_callback;
use crate::opening::OpenObserver;

struct Receiver {
    callback: unsafe extern "C" fn(*mut c_void, i32, u64, u64) -> i32,
    user_data: *mut c_void,
}

// SAFETY: it is called on the thread that opens the model only, which is the caller's.
unsafe impl Send for Receiver {}
// SAFETY: as above.
unsafe impl Sync for Receiver {}

/// The observer that calls the callback, or none. It must not be used after the call that the callback was passed to.
pub(super) fn observer(callback: deberta_open_callback, user_data: *mut c_void) -> OpenObserver {
    let Some(callback) = callback else { return OpenObserver::default() };
    let receiver = Receiver { callback, user_data };
    OpenObserver::new(move |progress| {
        let Receiver { callback, user_data } = &receiver;
        let stage = deberta_open_stage::from(progress.stage) as i32;
        // SAFETY: the header's contract about the callback.
        match unsafe { callback(*user_data, stage, progress.bytes, progress.total_bytes) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    })
}
