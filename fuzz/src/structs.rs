//! Structs that start with their size, in memory of exactly the size that they claim.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

use arbitrary::{Arbitrary, Result, Unstructured};
use deberta::capi::deberta_status;

use super::arguments::Nulls;
use super::contract::{ARGUMENT, ErrorOutput, call};
use super::session::Session;

/// The library refuses larger structs without reading more of them than their size.
const LARGEST_STRUCT: usize = 4096;
const FILLER: u8 = 0xA5;

/// The size that a struct claims to have, and what follows the fields that the library knows.
#[derive(Clone, Copy, Debug)]
pub struct Claimed {
    /// `None` is the true one.
    size: Option<usize>,
    tail: u8,
}

impl<'a> Arbitrary<'a> for Claimed {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let kind: u8 = bytes.arbitrary()?;
        let size = match kind {
            0..0xD0 => return Ok(Self { size: None, tail: 0 }),
            0xD0..0xF0 => 8 * usize::from(bytes.arbitrary::<u8>()?),
            0xF0..0xF8 => usize::from(bytes.arbitrary::<u16>()?),
            _ => bytes.arbitrary()?,
        };
        Ok(Self { size: Some(size), tail: if kind.is_multiple_of(2) { 0 } else { bytes.arbitrary()? } })
    }
}

impl Claimed {
    pub fn true_size() -> Self {
        Self { size: None, tail: 0 }
    }

    pub fn size<T>(self) -> usize {
        self.size.unwrap_or(size_of::<T>())
    }

    /// Whether the library takes a struct of that size to read options from, completed with zeros.
    fn is_valid<T>(self) -> bool {
        let size = self.size::<T>();
        (8..=LARGEST_STRUCT).contains(&size) && size.is_multiple_of(8)
    }

    /// Whether all fields of the options are read as they were meant.
    pub fn is_plain(self) -> bool {
        self.size.is_none()
    }
}

/// Memory for a struct.
pub struct StructBuffer {
    start: *mut u8,
    layout: Layout,
}

impl StructBuffer {
    fn new(size: usize, filler: u8) -> Self {
        let bytes = if size > LARGEST_STRUCT { 8 } else { size.max(8) };
        let layout = Layout::from_size_align(bytes, 8).expect("a small layout");
        // SAFETY: the size is not 0, and the block is as large as the layout says.
        unsafe {
            let start = alloc(layout);
            if start.is_null() {
                handle_alloc_error(layout);
            }
            start.write_bytes(filler, bytes);
            Self { start, layout }
        }
    }

    /// Options: the fields that fit, `struct_size` as claimed, and the tail.
    pub fn options<T: Copy>(value: &T, claimed: Claimed) -> Self {
        let buffer = Self::new(claimed.size::<T>(), claimed.tail);
        let known = buffer.layout.size().min(size_of::<T>());
        // SAFETY: both blocks have that many bytes; `struct_size` is the first field of either.
        unsafe {
            buffer.start.copy_from_nonoverlapping(std::ptr::from_ref(value).cast(), known);
            buffer.start.cast::<usize>().write(claimed.size::<T>());
        }
        buffer
    }

    pub fn pointer<T>(&self) -> *mut T {
        self.start.cast()
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the block was written to as a whole.
        unsafe { std::slice::from_raw_parts(self.start, self.layout.size()) }
    }
}

impl Drop for StructBuffer {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.start, self.layout) }
    }
}

/// A call of an `_init` function.
#[derive(Debug, Arbitrary)]
pub struct Init {
    claimed: Claimed,
    nulls: Nulls,
}

impl Init {
    pub fn perform<T>(
        self,
        session: &mut Session,
        function: unsafe extern "C" fn(*mut T, usize, ErrorOutput) -> deberta_status,
    ) {
        let size = self.claimed.size::<T>();
        let buffer = StructBuffer::new(size, FILLER);
        let target = if self.nulls.has(1) { std::ptr::null_mut() } else { buffer.pointer() };
        // SAFETY: the block has the size that is passed, or that size is refused.
        let status = call(session, self.nulls, ARGUMENT, |error| unsafe { function(target, size, error) });
        let valid = self.claimed.is_valid::<T>() && !self.nulls.has(1);
        assert_eq!(status == deberta_status::Ok, valid, "init of a struct of {size} bytes");
        if valid {
            assert_eq!(buffer.bytes()[..8], size.to_ne_bytes(), "struct_size");
            assert!(buffer.bytes()[8..].iter().all(|&byte| byte == 0), "a field is not 0");
        } else {
            assert!(
                buffer.bytes().iter().all(|&byte| byte == FILLER),
                "written to a struct that was refused"
            );
        }
    }
}

/// A call that fills a struct for results; returns the struct if all of it is there.
pub fn filled<T: Copy>(
    session: &mut Session,
    nulls: Nulls,
    claimed: Claimed,
    function: impl FnOnce(*mut T, ErrorOutput) -> deberta_status,
) -> Option<T> {
    let size = claimed.size::<T>();
    let buffer = StructBuffer::new(size, FILLER);
    // SAFETY: the block has 8 bytes at least.
    unsafe { buffer.pointer::<usize>().write(size) };
    let target = if nulls.has(1) { std::ptr::null_mut() } else { buffer.pointer() };
    let status = call(session, nulls, ARGUMENT, |error| function(target, error));
    assert_eq!(buffer.bytes()[..8], size.to_ne_bytes(), "struct_size was changed");
    if status != deberta_status::Ok {
        assert!(
            buffer.bytes()[8..].iter().all(|&byte| byte == FILLER),
            "written to a struct that was refused"
        );
        return None;
    }
    assert!(claimed.is_valid::<T>() && !nulls.has(1), "a struct of {size} bytes was accepted");
    let unknown = buffer.bytes().get(size_of::<T>()..).unwrap_or_default();
    assert!(unknown.iter().all(|&byte| byte == 0), "a field that the library does not know is not 0");
    // SAFETY: the block is at least as large as the struct, which the call has filled.
    (size >= size_of::<T>()).then(|| unsafe { buffer.pointer::<T>().read() })
}
