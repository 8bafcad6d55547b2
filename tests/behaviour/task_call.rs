//! What the C functions of all tasks take and return.

use deberta::capi::*;
use deberta::{RunOptions, TruncatedText, WindowMerge};

use crate::c_api::truncated;
use crate::c_call::{Handle, c_text, check, handle, init};

/// Texts that stand alone, as C has them.
pub fn c_texts<T: AsRef<str>>(texts: &[T]) -> Vec<deberta_text> {
    texts.iter().map(|text| c_text(text.as_ref().into())).collect()
}

pub fn c_window_merge(merge: WindowMerge) -> i32 {
    match merge {
        WindowMerge::Mean => deberta_window_merge::Mean as i32,
        WindowMerge::Max => deberta_window_merge::Max as i32,
        _ => unreachable!(),
    }
}

/// Limits of a call; they must not be used after the handle is gone.
pub fn c_run_options(run: &RunOptions) -> (deberta_run_options, Option<Handle<deberta_cancellation>>) {
    // SAFETY: the struct is valid where it is written, and the handle is live.
    unsafe {
        let mut options = init!(deberta_run_options, deberta_run_options_init);
        options.batch_tokens = run.batch_tokens.unwrap_or(0);
        let cancellation = run.cancellation.as_ref().map(|cancellation| {
            let copy = handle(deberta_cancellation_free, |copy, error| deberta_cancellation_new(copy, error));
            let copy = copy.unwrap();
            if cancellation.is_cancelled() {
                check(|error| deberta_cancellation_cancel(copy.pointer, error)).unwrap();
            }
            copy
        });
        options.cancellation = cancellation.as_ref().map_or(std::ptr::null(), |handle| handle.pointer);
        (options, cancellation)
    }
}

/// What was cut off of a row, and the number of its windows.
pub fn lengths(
    report: impl FnOnce(*mut deberta_truncated_text, *mut *mut deberta_error) -> deberta_status,
    windows: impl FnOnce(*mut usize, *mut *mut deberta_error) -> deberta_status,
) -> (Option<TruncatedText>, usize) {
    let mut count = 0;
    check(|error| windows(&mut count, error)).unwrap();
    (truncated(report), count)
}
