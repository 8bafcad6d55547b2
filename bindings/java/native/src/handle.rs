//! Values that Java holds by their address.
//!
//! `NativeHandle` in Java lets no call begin after the release, and no release begin before the last call has ended.

use jni::sys::jlong;

/// Hands a value over to Java, which gives it back to [`release`].
pub fn hand_over<T>(value: T) -> jlong {
    Box::into_raw(Box::new(value)) as jlong
}

/// The value behind a handle.
///
/// # Safety
///
/// `handle` came from [`hand_over`] for a `T`, or is the address of a `T` in such a value, and is not released while the
/// reference is in use.
pub unsafe fn borrow<'a, T>(handle: jlong) -> &'a T {
    // SAFETY: the caller's promise.
    unsafe { &*(handle as *const T) }
}

/// Drops a value.
///
/// # Safety
///
/// `handle` came from [`hand_over`] for a `T`, was not released before and is not in use.
pub unsafe fn release<T>(handle: jlong) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(handle as *mut T) });
}
