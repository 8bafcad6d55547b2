//! What the header promises of every call: statuses, errors, and which outputs are written.

use std::mem::MaybeUninit;
use std::ptr;

use deberta::capi::*;

use super::arguments::{Capacity, Nulls};
use super::session::Session;

/// The statuses that most functions can return.
pub const ARGUMENT: &[deberta_status] = &[deberta_status::InvalidArgument];
/// Those of functions that fill a buffer.
pub const BUFFER: &[deberta_status] = &[deberta_status::InvalidArgument, deberta_status::BufferTooSmall];

/// What memory holds before a call, to see what the call wrote.
const FILLER: u8 = 0xA5;

pub type ErrorOutput = *mut *mut deberta_error;
/// A function that returns an array of the library's.
pub type ArrayFunction<H, T> =
    unsafe extern "C" fn(*const H, *mut *const T, *mut usize, ErrorOutput) -> deberta_status;
/// The same with an index.
pub type ArrayAtFunction<H, T> =
    unsafe extern "C" fn(*const H, usize, *mut *const T, *mut usize, ErrorOutput) -> deberta_status;

/// Calls a function and checks that its status is one of those that it may fail with, and that the error fits it.
pub fn call(
    session: &mut Session,
    nulls: Nulls,
    failures: &[deberta_status],
    function: impl FnOnce(ErrorOutput) -> deberta_status,
) -> deberta_status {
    let mut error = Slot::<*mut deberta_error>::new();
    let status = function(error.pointer(nulls, 0));
    if status == deberta_status::Ok || nulls.has(0) {
        assert!(error.is_untouched(), "an error was written with the status {status:?}");
    } else {
        let error = error.read();
        assert!(!error.is_null(), "no error with the status {status:?}");
        check_error(error, status);
        session.errors.own(error);
    }
    let failed_well = status == deberta_status::Ok || failures.contains(&status);
    assert!(failed_well, "status {status:?}, which the header does not name");
    status
}

pub fn check_error(error: *const deberta_error, status: deberta_status) -> &'static str {
    // SAFETY: an error that is alive.
    unsafe {
        let message = string(deberta_error_message(error));
        assert_eq!(deberta_error_status(error), status, "{message}");
        assert_ne!(status, deberta_status::Internal, "{message}");
        assert!(!message.is_empty(), "no message with the status {status:?}");
        check_nul(deberta_error_message(error));
        string(deberta_error_cause(error));
        check_nul(deberta_error_cause(error));
        message
    }
}

/// The text of a string of the library's that is alive.
pub fn string(string: deberta_string) -> &'static str {
    assert!(!string.data.is_null(), "a string without an address");
    // SAFETY: strings of the library are valid for their length.
    let bytes = unsafe { std::slice::from_raw_parts(string.data.cast(), string.length) };
    std::str::from_utf8(bytes).expect("strings of the library are UTF-8")
}

/// Strings of which the header says so are followed by a NUL.
pub fn check_nul(string: deberta_string) {
    // SAFETY: the header's promise, which AddressSanitizer checks.
    assert_eq!(unsafe { string.data.add(string.length).read() }, 0, "no NUL after a string");
}

/// Where one result goes, in memory of its own.
pub struct Slot<T>(Box<MaybeUninit<T>>);

impl<T: Copy> Slot<T> {
    pub fn new() -> Self {
        let mut value = Box::new(MaybeUninit::<T>::uninit());
        // SAFETY: any byte may be written to memory without a value.
        unsafe { value.as_mut_ptr().write_bytes(FILLER, 1) };
        Self(value)
    }

    /// Its address, or NULL.
    pub fn pointer(&mut self, nulls: Nulls, bit: u32) -> *mut T {
        if nulls.has(bit) { ptr::null_mut() } else { self.0.as_mut_ptr() }
    }

    pub fn is_untouched(&self) -> bool {
        // SAFETY: every byte was written in `new`, and the types in use have no padding.
        let bytes = unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast::<u8>(), size_of::<T>()) };
        bytes.iter().all(|&byte| byte == FILLER)
    }

    /// The value of a type for which every byte is fine: integers and pointers.
    pub fn read(&self) -> T {
        // SAFETY: as above.
        unsafe { self.0.assume_init_read() }
    }

    /// The result of a call that succeeded; of one that failed, nothing may have been written.
    pub fn result(&self, status: deberta_status) -> Option<T> {
        let success = status == deberta_status::Ok;
        assert_ne!(success, self.is_untouched(), "an output with the status {status:?}");
        success.then(|| self.read())
    }
}

/// A handle that a call returns.
pub fn handle<T>(
    session: &mut Session,
    nulls: Nulls,
    failures: &[deberta_status],
    function: impl FnOnce(*mut *mut T, ErrorOutput) -> deberta_status,
) -> Option<*mut T> {
    let mut slot = Slot::new();
    let output = slot.pointer(nulls, 1);
    let handle = slot.result(call(session, nulls, failures, |error| function(output, error)))?;
    assert!(!handle.is_null(), "success without a handle");
    Some(handle)
}

/// A constant array of the library's, which must not be used after its handle was freed.
pub fn array<T: Copy + 'static>(
    session: &mut Session,
    nulls: Nulls,
    function: impl FnOnce(*mut *const T, *mut usize, ErrorOutput) -> deberta_status,
) -> Option<&'static [T]> {
    let (mut values, mut length) = (Slot::<*const T>::new(), Slot::<usize>::new());
    let (values_output, length_output) = (values.pointer(nulls, 1), length.pointer(nulls, 2));
    let status = call(session, nulls, ARGUMENT, |error| function(values_output, length_output, error));
    let (values, length) = (values.result(status)?, length.result(status)?);
    assert!(!values.is_null() && values.is_aligned(), "an array at {values:?}");
    // SAFETY: arrays of the library are valid for their length.
    Some(unsafe { std::slice::from_raw_parts(values, length) })
}

/// A buffer of the caller's: asks for the length, then has a buffer of some capacity filled.
pub fn buffer<T: Copy>(
    session: &mut Session,
    nulls: Nulls,
    capacity: Capacity,
    failures: &[deberta_status],
    function: impl Fn(*mut T, usize, *mut usize, ErrorOutput) -> deberta_status,
) -> Option<Box<[T]>> {
    let mut length = Slot::<usize>::new();
    let output = length.pointer(Nulls(0), 2);
    let status = call(session, Nulls(0), failures, |error| function(ptr::null_mut(), 0, output, error));
    match status {
        deberta_status::Ok => assert_eq!(length.read(), 0, "no elements fit into no buffer"),
        deberta_status::BufferTooSmall => {
            assert!(length.read() > 0, "a buffer of 0 elements is too small for 0")
        }
        _ => assert!(length.is_untouched(), "a length with the status {status:?}"),
    }
    let needed = if length.is_untouched() { 0 } else { length.read() };

    let capacity = capacity.for_length(needed);
    let mut values: Box<[MaybeUninit<T>]> = Box::new_uninit_slice(capacity);
    // SAFETY: any byte may be written to memory without a value.
    unsafe { values.as_mut_ptr().write_bytes(FILLER, capacity) };
    let mut length = Slot::<usize>::new();
    let length_output = length.pointer(nulls, 2);
    let pointer = if nulls.has(1) { ptr::null_mut() } else { values.as_mut_ptr().cast::<T>() };
    let second = call(session, nulls, failures, |error| function(pointer, capacity, length_output, error));
    let written = match second {
        deberta_status::Ok => {
            assert!(needed <= capacity, "{needed} elements in a buffer of {capacity}");
            assert!(nulls.has(2) || length.read() == needed, "{} elements, not {needed}", length.read());
            needed
        }
        deberta_status::BufferTooSmall => {
            assert!(capacity < needed, "a buffer of {capacity} elements is too small for {needed}");
            assert!(nulls.has(2) || length.read() == needed, "{} elements, not {needed}", length.read());
            0
        }
        _ => {
            assert!(length.is_untouched(), "a length with the status {second:?}");
            0
        }
    };
    // SAFETY: every byte was written above; elements are integers and floats, without padding.
    let bytes =
        unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), capacity * size_of::<T>()) };
    let rest = &bytes[written * size_of::<T>()..];
    assert!(rest.iter().all(|&byte| byte == FILLER), "written beyond {written} elements of {capacity}");
    // SAFETY: as above.
    (second == deberta_status::Ok).then(|| unsafe { values.assume_init() }[..written].into())
}
