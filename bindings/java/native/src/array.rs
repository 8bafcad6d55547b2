//! Java's arrays and direct buffers, copied.
//!
//! Java's side passes an array, or a direct buffer whose position is 0, whose limit is its capacity and whose order is that of
//! the machine.

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
pub fn optional_ints(env: &mut Env<'_>, values: &JObject<'_>) -> Result<Option<Vec<i32>>> {
    if values.is_null() {
        return Ok(None);
    }
    match env.is_instance_of(values, jni::jni_str!("[I"))? {
        true => {
            let array = env.as_cast::<JIntArray<'_>>(values)?;
            ints(env, &array).map(Some)
        }
        false => direct(env, values, 0).map(Some),
    }
}

/// All values of an array or a direct buffer of floats.
pub fn floats(env: &mut Env<'_>, values: &JObject<'_>) -> Result<Vec<f32>> {
    match env.is_instance_of(values, jni::jni_str!("[F"))? {
        true => {
            let array = env.as_cast::<JFloatArray<'_>>(values)?;
            let mut copy = vec![0.0; array.len(env)?];
            array.get_region(env, 0, &mut copy)?;
            Ok(copy)
        }
        false => direct(env, values, 0.0),
    }
}

/// Writes to an array from `offset` on, or to the beginning of a direct buffer. There is room: Java has checked that.
pub fn write_floats(env: &mut Env<'_>, target: &JObject<'_>, offset: i32, values: &[f32]) -> Result<()> {
    if env.is_instance_of(target, jni::jni_str!("[F"))? {
        let array = env.as_cast::<JFloatArray<'_>>(target)?;
        array.set_region(env, offset, values)?;
        return Ok(());
    }
    let (address, capacity) = direct_memory::<f32>(env, target)?;
    if capacity < values.len() {
        return Err(Failure::malformed_message());
    }
    // SAFETY: the memory lives as long as the buffer, which the caller of the native method refers to, and has room; Rust
    // has no reference to it.
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), address, values.len()) };
    Ok(())
}

/// A Java array of floats.
pub fn new_floats<'local>(env: &mut Env<'local>, values: &[f32]) -> Result<JFloatArray<'local>> {
    let array = JFloatArray::new(env, values.len())?;
    array.set_region(env, 0, values)?;
    Ok(array)
}

/// A Java array of ints.
pub fn new_ints<'local>(env: &mut Env<'local>, values: &[i32]) -> Result<JIntArray<'local>> {
    let array = JIntArray::new(env, values.len())?;
    array.set_region(env, 0, values)?;
    Ok(array)
}

fn direct<T: Copy>(env: &Env<'_>, buffer: &JObject<'_>, zero: T) -> Result<Vec<T>> {
    let (address, capacity) = direct_memory::<T>(env, buffer)?;
    let mut values = vec![zero; capacity];
    // SAFETY: the memory lives as long as the buffer, which the caller of the native method refers to; what Java writes to
    // it at the same time gives other numbers, and nothing worse, for every number is valid.
    unsafe { std::ptr::copy_nonoverlapping(address, values.as_mut_ptr(), capacity) };
    Ok(values)
}

/// The address of a direct buffer, and how many values it has.
fn direct_memory<T>(env: &Env<'_>, buffer: &JObject<'_>) -> Result<(*mut T, usize)> {
    // SAFETY: the JVM's functions for direct buffers take those of all types, and count in values. The type of the
    // wrapper is that of bytes only.
    let buffer = unsafe { env.as_cast_unchecked::<JByteBuffer<'_>>(buffer) };
    let capacity = env.get_direct_buffer_capacity(&buffer)?;
    if capacity == 0 {
        return Ok((std::ptr::dangling_mut(), 0));
    }
    let address = env.get_direct_buffer_address(&buffer)?.cast::<T>();
    if !address.is_aligned() {
        return Err(Failure::invalid_argument("the direct buffer is not aligned to its values"));
    }
    Ok((address, capacity))
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
