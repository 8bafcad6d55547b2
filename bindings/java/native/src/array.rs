//! Java's arrays and direct buffers, copied.
//!
//! Java's side passes an array of the right type, or a direct buffer of it whose position is 0, whose limit is its capacity and
//! whose order is that of the machine.

use jni::Env;
use jni::objects::{JByteBuffer, JFloatArray, JIntArray, JObject};

use crate::entry::{Failure, Result};

/// All values of an array.
pub fn ints(env: &Env<'_>, array: &JIntArray<'_>) -> Result<Vec<i32>> {
    let mut values = vec![0; array.len(env)?];
    array.get_region(env, 0, &mut values)?;
    Ok(values)
}

/// All values of an array or a direct buffer of ints; `None` for null.
pub fn optional_ints(env: &Env<'_>, values: &JObject<'_>) -> Result<Option<Vec<i32>>> {
    if values.is_null() {
        return Ok(None);
    }
    if let Some(buffer) = DirectBuffer::of(env, values)? {
        return Ok(Some(buffer.copy(0)));
    }
    // SAFETY: what is no direct buffer is an array of ints: Java's side passes nothing else.
    let array = unsafe { env.as_cast_unchecked::<JIntArray<'_>>(values) };
    ints(env, &array).map(Some)
}

/// All values of an array or a direct buffer of floats.
pub fn floats(env: &Env<'_>, values: &JObject<'_>) -> Result<Vec<f32>> {
    if let Some(buffer) = DirectBuffer::of(env, values)? {
        return Ok(buffer.copy(0.0));
    }
    // SAFETY: what is no direct buffer is an array of floats: Java's side passes nothing else.
    let array = unsafe { env.as_cast_unchecked::<JFloatArray<'_>>(values) };
    let mut copy = vec![0.0; array.len(env)?];
    array.get_region(env, 0, &mut copy)?;
    Ok(copy)
}

/// Writes to an array from `offset` on, or to the beginning of a direct buffer. There is room: Java has checked that.
pub fn write_floats(env: &Env<'_>, target: &JObject<'_>, offset: i32, values: &[f32]) -> Result<()> {
    if let Some(buffer) = DirectBuffer::of(env, target)? {
        return buffer.write(values);
    }
    // SAFETY: what is no direct buffer is an array of floats: Java's side passes nothing else.
    let array = unsafe { env.as_cast_unchecked::<JFloatArray<'_>>(target) };
    Ok(array.set_region(env, offset, values)?)
}

/// A Java array of floats.
pub fn new_floats<'local>(env: &mut Env<'local>, values: &[f32]) -> Result<JFloatArray<'local>> {
    let array = JFloatArray::new(env, values.len())?;
    array.set_region(env, 0, values)?;
    Ok(array)
}

/// Token ids, or token types, which are not negative.
pub fn ids(name: &str, values: &[i32]) -> Result<Vec<u32>> {
    let checked = values.iter().enumerate().map(|(index, &value)| {
        u32::try_from(value).map_err(|_| {
            let message = format!("{name}[{index}] is {value}; ids lie between 0 and the vocabulary's size");
            Failure::invalid_argument(message)
        })
    });
    checked.collect()
}

/// The memory of a direct buffer. It lives as long as the buffer, which the caller of the native method refers to.
struct DirectBuffer<T> {
    address: *mut T,
    length: usize,
}

impl<T: Copy> DirectBuffer<T> {
    /// `None` if the object is no direct buffer.
    fn of(env: &Env<'_>, object: &JObject<'_>) -> Result<Option<Self>> {
        // SAFETY: the JVM's functions for direct buffers take objects of any class, and count in the buffer's values. The
        // type of the wrapper is that of bytes only.
        let buffer = unsafe { env.as_cast_unchecked::<JByteBuffer<'_>>(object) };
        match env.get_direct_buffer_capacity(&buffer) {
            Err(_) => Ok(None),
            Ok(0) => Ok(Some(Self { address: std::ptr::dangling_mut(), length: 0 })),
            Ok(length) => {
                let address = env.get_direct_buffer_address(&buffer)?.cast::<T>();
                if !address.is_aligned() {
                    return Err(Failure::invalid_argument("a direct buffer is not aligned to its values"));
                }
                Ok(Some(Self { address, length }))
            }
        }
    }

    fn copy(&self, zero: T) -> Vec<T> {
        let mut values = vec![zero; self.length];
        // SAFETY: the memory is there, see above; what Java writes to it at the same time gives other numbers, and nothing
        // worse, for every number is valid.
        unsafe { std::ptr::copy_nonoverlapping(self.address, values.as_mut_ptr(), self.length) };
        values
    }

    fn write(&self, values: &[T]) -> Result<()> {
        if self.length < values.len() {
            return Err(Failure::malformed_message());
        }
        // SAFETY: the memory is there, see above, and has room; Rust has no reference to it.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), self.address, values.len()) };
        Ok(())
    }
}
