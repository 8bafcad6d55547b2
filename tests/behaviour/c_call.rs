//! Calls of C functions. Each passes an error pointer and checks that the error agrees with the status.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use deberta::TextInput;
use deberta::capi::*;

use crate::api::{Failure, Outcome};

/// A handle that is freed when it goes.
pub struct Handle<T> {
    pub pointer: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: the handle came from the library and is freed once.
        unsafe { (self.free)(self.pointer) }
    }
}

/// A status and its error as a result.
pub fn check(call: impl FnOnce(*mut *mut deberta_error) -> deberta_status) -> Outcome<()> {
    let mut error = ptr::null_mut();
    let status = call(&mut error);
    if status == deberta_status::Ok {
        assert!(error.is_null(), "an error with the status OK");
        return Ok(());
    }
    assert!(!error.is_null(), "no error with the status {status:?}");
    // SAFETY: the error came from the library and is freed once.
    unsafe {
        assert_eq!(deberta_error_status(error), status);
        let message = string(deberta_error_message(error));
        assert!(!message.is_empty());
        string(deberta_error_cause(error));
        deberta_error_free(error);
        Err(Failure { status: status as i32, message })
    }
}

pub unsafe fn string(string: deberta_string) -> String {
    // SAFETY: strings of the library are valid for their length.
    let bytes = unsafe { std::slice::from_raw_parts(string.data.cast::<u8>(), string.length) };
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An output that is a handle.
pub fn handle<T>(
    free: unsafe extern "C" fn(*mut T),
    call: impl FnOnce(*mut *mut T, *mut *mut deberta_error) -> deberta_status,
) -> Outcome<Handle<T>> {
    let mut pointer = ptr::null_mut();
    let outcome = check(|error| call(&mut pointer, error));
    assert_eq!(outcome.is_ok(), !pointer.is_null());
    outcome.map(|()| Handle { pointer, free })
}

/// An output that is an array of the library's.
pub fn array<T: Clone>(
    call: impl FnOnce(*mut *const T, *mut usize, *mut *mut deberta_error) -> deberta_status,
) -> Outcome<Vec<T>> {
    let (mut values, mut length) = (ptr::null(), 0);
    check(|error| call(&mut values, &mut length, error))?;
    // SAFETY: arrays of the library are valid for their length.
    Ok(unsafe { std::slice::from_raw_parts(values, length) }.to_vec())
}

/// An output that goes to a buffer: asks for the length, tries one less, then enough.
pub fn buffer<T: Clone + PartialEq + std::fmt::Debug>(
    filler: T,
    mut call: impl FnMut(*mut T, usize, *mut usize, *mut *mut deberta_error) -> deberta_status,
) -> Outcome<Vec<T>> {
    let mut needed = usize::MAX;
    match check(|error| call(ptr::null_mut(), 0, &mut needed, error)) {
        Ok(()) => assert_eq!(needed, 0),
        Err(failure) if failure.status == deberta_status::BufferTooSmall as i32 => {}
        Err(failure) => {
            assert_eq!(needed, usize::MAX, "an output was written on failure");
            return Err(failure);
        }
    }
    let mut values = vec![filler.clone(); needed];
    if needed > 0 {
        let mut length = 0;
        let failure = check(|error| call(values.as_mut_ptr(), needed - 1, &mut length, error)).unwrap_err();
        assert_eq!((failure.status, length), (deberta_status::BufferTooSmall as i32, needed));
        assert!(values.iter().all(|value| *value == filler), "written to a buffer that is too small");
    }
    let mut length = 0;
    check(|error| call(values.as_mut_ptr(), needed, &mut length, error))?;
    assert_eq!(length, needed);
    Ok(values)
}

/// A struct with `struct_size`, set up by its `_init` function.
macro_rules! init {
    ($type:ident, $init:ident) => {{
        let mut value = std::mem::MaybeUninit::<$type>::uninit();
        check(|error| $init(value.as_mut_ptr(), size_of::<$type>(), error)).unwrap();
        value.assume_init()
    }};
}
pub(crate) use init;

pub fn c_text(input: TextInput<'_>) -> deberta_text {
    deberta_text {
        text: input.text.as_ptr().cast(),
        text_length: input.text.len(),
        pair: input.pair.map_or(ptr::null(), |pair| pair.as_ptr().cast()),
        pair_length: input.pair.map_or(0, str::len),
    }
}

pub fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}
