//! What limits a call, and what the options of every task begin with.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::super::arguments::{Flag, Limit, Nulls, Seldom, Timeout};
use super::super::contract::{ARGUMENT, call, handle};
use super::super::session::Session;
use super::super::structs::{Claimed, StructBuffer};
use super::super::tokens::TokenizeOptions;

/// Limits of a call.
#[derive(Debug, Arbitrary)]
pub struct Limits {
    timeout: Timeout,
    cancellation: Option<Seldom<Flag>>,
    /// The callback ends the call at this report.
    last_report: Seldom<u8>,
    batch_tokens: Limit,
    claimed: Claimed,
}

/// What lives as long as the call that has the limits.
pub struct LimitsOfCall {
    cancellation: *mut deberta_cancellation,
    /// In memory that stays where it is.
    _reports: Box<Cell<u8>>,
    options: StructBuffer,
}

unsafe extern "C" fn report(user_data: *mut c_void, texts: usize, total_texts: usize) -> i32 {
    // SAFETY: it is the count of the limits, which outlive the call.
    let left = unsafe { &*user_data.cast::<Cell<u8>>() };
    assert!(texts <= total_texts, "{texts} of {total_texts} texts");
    left.set(left.get().saturating_sub(1));
    i32::from(left.get() == 0)
}

impl Limits {
    pub fn of_call(&self) -> LimitsOfCall {
        let mut cancellation = ptr::null_mut();
        if let Some(cancelled) = &self.cancellation {
            let cancelled = cancelled.0.is_some_and(|flag| flag.0 == 1);
            // SAFETY: every pointer is NULL or valid.
            unsafe {
                assert_eq!(deberta_cancellation_new(&mut cancellation, ptr::null_mut()), deberta_status::Ok);
                if cancelled {
                    let status = deberta_cancellation_cancel(cancellation, ptr::null_mut());
                    assert_eq!(status, deberta_status::Ok);
                }
                let is_cancelled = deberta_cancellation_is_cancelled(cancellation);
                assert_eq!(is_cancelled == 1, cancelled);
            }
        }
        let last_report = self.last_report.0.unwrap_or(0);
        let reports = Box::new(Cell::new(last_report));
        let options = deberta_run_options {
            struct_size: 0,
            timeout_milliseconds: self.timeout.0,
            cancellation,
            run_callback: (last_report > 0).then_some(report),
            run_callback_data: ptr::from_ref(&*reports).cast_mut().cast(),
            batch_tokens: self.batch_tokens.0,
        };
        LimitsOfCall {
            cancellation,
            _reports: reports,
            options: StructBuffer::options(&options, self.claimed),
        }
    }
}

impl LimitsOfCall {
    pub fn pointer(&self) -> *const deberta_run_options {
        self.options.pointer()
    }
}

impl Drop for LimitsOfCall {
    fn drop(&mut self) {
        // SAFETY: NULL, or made by `of_call` and freed once.
        unsafe { deberta_cancellation_free(self.cancellation) }
    }
}

/// What the options of every task begin with.
#[derive(Debug, Arbitrary)]
pub struct Shared {
    tokenize: Option<TokenizeOptions>,
    limits: Option<Limits>,
    claimed: Claimed,
}

/// Its structs for C.
pub struct SharedOfCall {
    tokenize: Option<StructBuffer>,
    limits: Option<LimitsOfCall>,
    pub claimed: Claimed,
}

impl Shared {
    pub fn of_call(&self) -> SharedOfCall {
        SharedOfCall {
            tokenize: self.tokenize.as_ref().map(TokenizeOptions::buffer),
            limits: self.limits.as_ref().map(Limits::of_call),
            claimed: self.claimed,
        }
    }
}

impl SharedOfCall {
    pub fn tokenize(&self) -> *const deberta_tokenize_options {
        self.tokenize.as_ref().map_or(ptr::null(), |options| options.pointer())
    }

    pub fn run(&self) -> *const deberta_run_options {
        self.limits.as_ref().map_or(ptr::null(), LimitsOfCall::pointer)
    }
}

/// A cancellation's whole life.
#[derive(Debug, Arbitrary)]
pub struct CancellationLife {
    nulls: Nulls,
}

impl CancellationLife {
    pub fn perform(self, session: &mut Session) {
        let cancellation = handle(session, self.nulls, ARGUMENT, |cancellation, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_cancellation_new(cancellation, error) }
        });
        let pointer = cancellation.unwrap_or(ptr::null_mut());
        let status = call(session, self.nulls, ARGUMENT, |error| {
            // SAFETY: NULL, or a cancellation that is alive.
            unsafe { deberta_cancellation_cancel(pointer, error) }
        });
        assert_eq!(status == deberta_status::Ok, !pointer.is_null());
        // SAFETY: NULL, or a cancellation that is alive, freed once.
        unsafe {
            let is_cancelled = deberta_cancellation_is_cancelled(pointer);
            assert_eq!(is_cancelled == 1, !pointer.is_null());
            deberta_cancellation_free(pointer);
        }
    }
}
