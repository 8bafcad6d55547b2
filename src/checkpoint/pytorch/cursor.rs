//! Reads numbers and runs of bytes from front to back, never beyond the end.

use crate::error::{Result, bail};

/// A place in bytes of known meaning.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    /// What the bytes are, for messages.
    name: &'static str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], name: &'static str) -> Self {
        Self { bytes, position: 0, name }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.position..];
        match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
            Some(taken) => {
                self.position += taken.len();
                Ok(taken)
            }
            None => bail!(
                InvalidCheckpoint,
                "{} is cut off: {length} bytes must follow byte {}, and there are {}",
                self.name,
                self.position,
                rest.len()
            ),
        }
    }

    /// Bytes whose number precedes them, in `WIDTH` bytes.
    pub(super) fn counted<const WIDTH: usize>(&mut self) -> Result<&'a [u8]> {
        let mut length = [0; size_of::<u64>()];
        length[..WIDTH].copy_from_slice(&self.array::<WIDTH>()?);
        self.take(u64::from_le_bytes(length))
    }

    /// The next bytes, as many as the array has.
    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH]> {
        let mut array = [0; LENGTH];
        array.copy_from_slice(self.take(LENGTH as u64)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The text up to the end of the line, which is skipped.
    pub(super) fn line(&mut self) -> Result<&'a str> {
        const LONGEST: usize = 1000;
        let rest = &self.bytes[self.position..];
        let Some(length) = rest.iter().take(LONGEST).position(|byte| *byte == b'\n') else {
            bail!(
                InvalidCheckpoint,
                "{} has no end of the line that starts at byte {}",
                self.name,
                self.position
            );
        };
        self.position += length + 1;
        text(&rest[..length])
    }
}

/// The bytes as UTF-8.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => bail!(InvalidCheckpoint, "a text is not UTF-8: {error}"),
    }
}
