//! Pointers from C, checked as far as they can be, with the argument's name in the error.

use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use crate::error::{Error, ErrorKind, Result, bail};

/// Not NULL, and aligned as C aligns the type.
fn check<T>(pointer: *const T, name: &str) -> Result<()> {
    if pointer.is_null() {
        bail!(InvalidArgument, "{name} is NULL");
    }
    if !pointer.is_aligned() {
        bail!(InvalidArgument, "{name} is not aligned to {} bytes", align_of::<T>());
    }
    Ok(())
}

/// The value behind a pointer.
///
/// # Safety
///
/// The pointer is NULL or points to a value that stays valid and unchanged while the reference is used.
pub(super) unsafe fn reference<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    check(pointer, name)?;
    // SAFETY: not NULL and aligned; the rest is the caller's promise.
    Ok(unsafe { &*pointer })
}

/// `length` values; NULL is fine for none.
///
/// # Safety
///
/// The pointer is NULL or points to `length` values that stay valid and unchanged while the slice is used.
pub(super) unsafe fn slice<'a, T>(pointer: *const T, length: usize, name: &str) -> Result<&'a [T]> {
    if length == 0 {
        return Ok(&[]);
    }
    check(pointer, name)?;
    if length.checked_mul(size_of::<T>()).is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        bail!(InvalidArgument, "{name} cannot have {length} elements");
    }
    // SAFETY: not NULL, aligned and not beyond isize::MAX bytes; the rest is the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// As [`slice`], where NULL means that the argument was left out.
///
/// # Safety
///
/// As [`slice`].
pub(super) unsafe fn optional_slice<'a, T>(
    pointer: *const T,
    length: usize,
    name: &str,
) -> Result<Option<&'a [T]>> {
    // SAFETY: the caller's promise.
    (!pointer.is_null()).then(|| unsafe { slice(pointer, length, name) }).transpose()
}

/// A text of `length` bytes; NULL is fine for none.
///
/// # Safety
///
/// As [`slice`].
pub(super) unsafe fn text<'a>(pointer: *const c_char, length: usize, name: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { slice(pointer.cast::<u8>(), length, name)? };
    std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("{name} is not UTF-8 from byte {} on", error.valid_up_to());
        Error::new(ErrorKind::InvalidUtf8, message).with_source(error)
    })
}

/// As [`text`], where NULL means that there is no text, and then `length` must be 0.
///
/// # Safety
///
/// As [`slice`].
pub(super) unsafe fn optional_text<'a>(
    pointer: *const c_char,
    length: usize,
    name: &str,
) -> Result<Option<&'a str>> {
    if pointer.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { text(pointer, length, name).map(Some) }
}

/// A path that ends with a NUL.
///
/// # Safety
///
/// The pointer is NULL or points to bytes of which one is NUL.
pub(super) unsafe fn path(pointer: *const c_char, name: &str) -> Result<PathBuf> {
    check(pointer, name)?;
    // SAFETY: not NULL; the rest is the caller's promise.
    let path = unsafe { CStr::from_ptr(pointer) };
    if path.is_empty() {
        bail!(InvalidArgument, "{name} is empty");
    }
    from_bytes(path, name)
}

#[cfg(unix)]
fn from_bytes(path: &CStr, _name: &str) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(Path::new(std::ffi::OsStr::from_bytes(path.to_bytes())).to_owned())
}

#[cfg(not(unix))]
fn from_bytes(path: &CStr, name: &str) -> Result<PathBuf> {
    match path.to_str() {
        Ok(path) => Ok(Path::new(path).to_owned()),
        Err(error) => {
            Err(Error::new(ErrorKind::InvalidUtf8, format!("{name} is not UTF-8")).with_source(error))
        }
    }
}

/// The product of the sizes of an array, which must exist in memory as elements of `T`.
pub(super) fn elements<T>(sizes: &[usize], name: &str) -> Result<usize> {
    // A size of 0 makes the product 0 whatever the others are.
    if sizes.contains(&0) {
        return Ok(0);
    }
    let product = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    match product.filter(|&product| product <= isize::MAX as usize / size_of::<T>()) {
        Some(product) => Ok(product),
        None => bail!(InvalidArgument, "{name} of the shape {sizes:?} is larger than memory can be"),
    }
}

/// Where one result goes.
pub(super) struct Output<T>(NonNull<T>);

impl<T> Output<T> {
    /// # Safety
    ///
    /// The pointer is NULL or may be written to until [`Output::set`] is called.
    pub unsafe fn new(pointer: *mut T, name: &str) -> Result<Self> {
        check(pointer, name)?;
        Ok(Self(NonNull::new(pointer).ok_or_else(|| Error::new(ErrorKind::Internal, "NULL was checked"))?))
    }

    pub fn set(self, value: T) {
        // SAFETY: the promise made to `new`. Nothing is read or dropped: C leaves its variables uninitialised.
        unsafe { self.0.write(value) }
    }
}

/// A constant array of the library's: where its address and its length go.
pub(super) struct OutputSlice<T> {
    values: Output<*const T>,
    length: Output<usize>,
}

impl<T> OutputSlice<T> {
    /// # Safety
    ///
    /// Both pointers are NULL or may be written to until [`OutputSlice::set`] is called.
    pub unsafe fn new(values: *mut *const T, name: &str, length: *mut usize) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Ok(Self { values: Output::new(values, name)?, length: Output::new(length, "length")? }) }
    }

    pub fn set(self, values: &[T]) {
        self.values.set(values.as_ptr());
        self.length.set(values.len());
    }
}

/// The caller's buffer for an array, and where the array's length goes.
pub(super) struct Buffer<'a, T> {
    values: *mut T,
    capacity: usize,
    length: *mut usize,
    name: &'a str,
}

impl<'a, T: Copy> Buffer<'a, T> {
    /// `values` may be NULL if `capacity` is 0, which asks for the length; `length` may be NULL.
    ///
    /// # Safety
    ///
    /// `values` may be written to for `capacity` elements, and `length` if it is not NULL.
    pub unsafe fn new(values: *mut T, capacity: usize, length: *mut usize, name: &'a str) -> Result<Self> {
        if capacity > 0 {
            check(values, name)?;
        }
        if !length.is_null() {
            check(length, "length")?;
        }
        Ok(Self { values, capacity, length, name })
    }

    /// An error if the buffer is too small for that many elements, after telling the caller how many they are.
    pub fn require(&self, needed: usize) -> Result<()> {
        if needed > self.capacity {
            self.set_length(needed);
            bail!(
                BufferTooSmall,
                "{} has room for {} elements, but {needed} are needed",
                self.name,
                self.capacity
            );
        }
        Ok(())
    }

    /// Copies the array into the buffer.
    pub fn write(self, array: &[T]) -> Result<()> {
        self.require(array.len())?;
        if !array.is_empty() {
            // SAFETY: by the promise made to `new` the buffer has the room that was just required. The library's arrays
            // and the caller's buffers are different memory.
            unsafe { self.values.copy_from_nonoverlapping(array.as_ptr(), array.len()) };
        }
        self.set_length(array.len());
        Ok(())
    }

    fn set_length(&self, length: usize) {
        if !self.length.is_null() {
            // SAFETY: the promise made to `new`.
            unsafe { self.length.write(length) };
        }
    }
}

impl Buffer<'_, f32> {
    /// Sets `needed` elements to zero and lets `fill` write what is not.
    pub fn fill(self, needed: usize, fill: impl FnOnce(&mut [f32])) -> Result<()> {
        self.require(needed)?;
        if needed > 0 {
            // SAFETY: as in `write`; zero bytes are zero floats, so that the slice is initialised.
            fill(unsafe {
                self.values.write_bytes(0, needed);
                std::slice::from_raw_parts_mut(self.values, needed)
            });
        }
        self.set_length(needed);
        Ok(())
    }
}
