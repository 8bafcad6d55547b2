//! Structs that can grow: they start with their size, as the caller knows it.

use std::mem::MaybeUninit;

use super::pointers;
use crate::error::{Result, bail};

/// More than any struct will ever have; a size beyond this is a mistake, and what it claims is not read.
const LARGEST_STRUCT: usize = 4096;

/// A struct for C that later versions may append fields to.
///
/// # Safety
///
/// The type is `repr(C)`, has no padding, starts with `struct_size: usize`, and all-zero bytes are a valid value that
/// stands for the defaults.
pub(super) unsafe trait Extensible: Copy {
    /// As C knows it.
    const NAME: &str;
}

/// Defines [`Extensible`] for a struct, after checking what can be checked.
macro_rules! extensible {
    ($type:ident, size: $size:literal, { $($field:ident: $offset:literal),* $(,)? }) => {
        // SAFETY: `repr(C)` with the fields below: integers and pointers, for which zero is valid, one after the other.
        unsafe impl $crate::capi::extensible::Extensible for $type {
            const NAME: &str = stringify!($type);
        }

        #[cfg(target_pointer_width = "64")]
        const _: () = {
            assert!(std::mem::offset_of!($type, struct_size) == 0);
            assert!(std::mem::size_of::<$type>() == $size && std::mem::align_of::<$type>() == 8);
            $(assert!(std::mem::offset_of!($type, $field) == $offset);)*
        };
    };
}
pub(super) use extensible;

/// Whether `struct_size` can be the size of some version of the struct. Every version's size is a multiple of the
/// alignment, which also makes sure that no pointer is cut in half.
fn check_size<T: Extensible>(struct_size: usize) -> Result<()> {
    let name = T::NAME;
    if struct_size < size_of::<usize>() {
        bail!(
            InvalidArgument,
            "struct_size of {name} is {struct_size}; set it to sizeof({name}), as {name}_init does"
        );
    }
    if struct_size > LARGEST_STRUCT || !struct_size.is_multiple_of(align_of::<T>()) {
        bail!(
            InvalidArgument,
            "struct_size of {name} is {struct_size}, which is no size of it; set it to sizeof({name})"
        );
    }
    Ok(())
}

/// Fills the caller's struct with the defaults, for its `_init` function.
///
/// # Safety
///
/// `target` is NULL or may be written to for `struct_size` bytes.
pub(super) unsafe fn init<T: Extensible>(target: *mut T, struct_size: usize, name: &str) -> Result<()> {
    check_size::<T>(struct_size)?;
    // SAFETY: the caller's promise.
    unsafe {
        pointers::Output::new(target, name)?;
        target.cast::<u8>().write_bytes(0, struct_size);
        target.cast::<usize>().write(struct_size);
    }
    Ok(())
}

/// The caller's struct, its size checked; shorter ones are completed with zeros. NULL stands for all zeros.
///
/// # Safety
///
/// `source` is NULL or may be read for as many bytes as it says at its start.
pub(super) unsafe fn read<T: Extensible>(source: *const T, name: &str) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    if !source.is_null() {
        // SAFETY: the caller's promise; what is copied is no more than either struct has.
        unsafe {
            let struct_size = *pointers::reference(source.cast::<usize>(), name)?;
            check_size::<T>(struct_size)?;
            let known = struct_size.min(size_of::<T>());
            let tail = source.cast::<u8>().add(known);
            let tail = std::slice::from_raw_parts(tail, struct_size - known);
            if let Some(index) = tail.iter().position(|&byte| byte != 0) {
                bail!(
                    Unsupported,
                    "{name} sets something at byte {} of {}, which this version of libdeberta does not know",
                    known + index,
                    T::NAME
                );
            }
            value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(source.cast(), known);
        }
    }
    // SAFETY: zeros are a valid value by the trait's contract, and the fields copied over them are from C.
    Ok(unsafe { value.assume_init() })
}

/// A caller's struct for results, its size checked.
pub(super) struct OutputStruct<T> {
    target: *mut T,
    struct_size: usize,
}

impl<T: Extensible> OutputStruct<T> {
    /// # Safety
    ///
    /// `target` is NULL or may be read and written for as many bytes as it says at its start.
    pub unsafe fn new(target: *mut T, name: &str) -> Result<Self> {
        // SAFETY: the caller's promise.
        let struct_size = unsafe { *pointers::reference(target.cast::<usize>(), name)? };
        check_size::<T>(struct_size)?;
        Ok(Self { target, struct_size })
    }

    /// Writes the fields that the caller knows, and zeros to those that this version does not know. `struct_size` stays.
    pub fn set(self, value: &T) {
        let start = size_of::<usize>();
        let known = self.struct_size.min(size_of::<T>());
        let target = self.target.cast::<u8>();
        // SAFETY: the promise made to `new`; the value has no padding by the trait's contract.
        unsafe {
            let source = std::ptr::from_ref(value).cast::<u8>();
            target.add(start).copy_from_nonoverlapping(source.add(start), known - start);
            target.add(known).write_bytes(0, self.struct_size - known);
        }
    }
}
