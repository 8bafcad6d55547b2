//! Float32 memory that starts on a cache line.

use std::ops::{Deref, DerefMut};

use crate::error::{Error, ErrorKind, Result};

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct CacheLine([f32; 16]);

/// A growable buffer of float32 whose first value is 64-byte aligned. New values are zero.
#[derive(Default)]
pub(crate) struct AlignedBuffer {
    lines: Vec<CacheLine>,
}

impl AlignedBuffer {
    /// Grows to at least `length` values; never shrinks. What it held before is kept.
    pub fn ensure(&mut self, length: usize) -> Result<()> {
        let lines = length.div_ceil(16);
        if lines > self.lines.len() {
            self.lines.try_reserve_exact(lines - self.lines.len()).map_err(|error| {
                let mebibytes = lines / (1 << 14);
                Error::new(
                    ErrorKind::OutOfMemory,
                    format!("cannot allocate {mebibytes} MiB of working memory"),
                )
                .with_source(error)
            })?;
            huge_pages::ask_for(self.lines.spare_capacity_mut());
            self.lines.resize(lines, CacheLine([0.0; 16]));
        }
        Ok(())
    }

    /// The values as the machine keeps them.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: a CacheLine is 64 initialised bytes without padding, and the lines are contiguous.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * 64) }
    }
}

/// Weights are streamed in every forward pass; with pages of 2 MiB the processor looks up few addresses for that.
mod huge_pages {
    use std::mem::MaybeUninit;

    /// Asks the operating system for huge pages where a large part of memory is about to be touched first. It may refuse
    /// without consequence.
    #[cfg(target_os = "linux")]
    pub fn ask_for<T>(memory: &mut [MaybeUninit<T>]) {
        const HUGE_PAGE: usize = 2 << 20;
        let start = memory.as_mut_ptr().cast::<u8>();
        let offset = start.align_offset(HUGE_PAGE);
        let length = size_of_val(memory).saturating_sub(offset) / HUGE_PAGE * HUGE_PAGE;
        if length > 0 {
            // SAFETY: the range lies within memory of ours; the advice does not change what it holds.
            unsafe { libc::madvise(start.add(offset).cast(), length, libc::MADV_HUGEPAGE) };
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub fn ask_for<T>(_memory: &mut [MaybeUninit<T>]) {}
}

impl Deref for AlignedBuffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: a CacheLine is 16 f32 without padding, and the lines are contiguous.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * 16) }
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.lines.len() * 16) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_aligned_and_zeroed_and_keeps_its_values() {
        let mut buffer = AlignedBuffer::default();
        buffer.ensure(5).unwrap();
        assert_eq!(buffer.len(), 16);
        buffer[3] = 7.0;
        buffer.ensure(1000).unwrap();
        assert_eq!(buffer.as_ptr() as usize % 64, 0);
        assert_eq!(buffer[3], 7.0);
        assert!(buffer[4..].iter().all(|&value| value == 0.0));
    }

    #[test]
    fn reports_memory_that_cannot_be_had() {
        let error = AlignedBuffer::default().ensure(usize::MAX / 8).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    }
}
