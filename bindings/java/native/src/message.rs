//! The bytes that calls take and give: the counterpart of `MessageWriter` and `MessageReader` in Java.
//!
//! Big-endian, as Java's `ByteBuffer` is unless told otherwise. A list is its length and its elements; a text is the list of
//! its UTF-8 bytes; what may be missing is a byte, 0 or 1, and the value if there is one.

use std::str::FromStr;

use crate::entry::{Failure, Result};

/// Reads what `MessageWriter` wrote.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(Failure::malformed_message)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| Failure::malformed_message())
    }

    pub fn boolean(&mut self) -> Result<bool> {
        Ok(self.array::<1>()? != [0])
    }

    pub fn int(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub fn long(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// A number that must not be negative, where it would be an index, a length or a limit.
    pub fn size(&mut self, name: &str) -> Result<usize> {
        let value = self.int()?;
        usize::try_from(value)
            .map_err(|_| Failure::invalid_argument(format!("{name} is {value}; it must not be negative")))
    }

    pub fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.boolean()? { read(self).map(Some) } else { Ok(None) }
    }

    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let length = self.length()?;
        (0..length).map(|_| read(self)).collect()
    }

    /// The length of a list.
    fn length(&mut self) -> Result<usize> {
        usize::try_from(self.int()?).map_err(|_| Failure::malformed_message())
    }

    pub fn text(&mut self) -> Result<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Failure::malformed_message())
    }

    pub fn texts(&mut self) -> Result<Vec<&'a str>> {
        self.list(Self::text)
    }

    /// The name of one of several choices.
    pub fn choice<T: FromStr<Err = deberta::Error>>(&mut self) -> Result<T> {
        Ok(self.text()?.parse()?)
    }
}

/// Writes what `MessageReader` reads.
#[derive(Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub fn boolean(&mut self, value: bool) {
        self.bytes.push(value.into());
    }

    pub fn int(&mut self, value: i32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub fn long(&mut self, value: u64) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub fn float(&mut self, value: f32) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// An index or a length. Java's are 31 bits, and a message is shorter than what would need more.
    pub fn size(&mut self, value: usize) {
        self.int(i32::try_from(value).unwrap_or(i32::MAX));
    }

    pub fn text(&mut self, value: &str) {
        self.size(value.len());
        self.bytes.extend(value.as_bytes());
    }

    pub fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.boolean(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub fn list<T>(
        &mut self,
        values: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let values = values.into_iter();
        self.size(values.len());
        for value in values {
            write(self, value);
        }
    }

    pub fn floats(&mut self, values: &[f32]) {
        self.list(values, |writer, &value| writer.float(value));
    }

    pub fn sizes(&mut self, values: &[usize]) {
        self.list(values, |writer, &value| writer.size(value));
    }

    pub fn texts<T: AsRef<str>>(&mut self, values: &[T]) {
        self.list(values, |writer, value| writer.text(value.as_ref()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::default();
        writer.int(-7);
        writer.long(1 << 40);
        writer.texts(&["a", "ü😀", ""]);
        writer.optional(Some(3), Writer::size);
        writer.optional(None::<usize>, Writer::size);
        writer.size(usize::MAX);
        let bytes = writer.into_bytes();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.int().unwrap(), -7);
        assert_eq!(reader.long().unwrap(), 1 << 40);
        assert_eq!(reader.texts().unwrap(), ["a", "ü😀", ""]);
        assert_eq!(reader.optional(|reader| reader.size("three")).unwrap(), Some(3));
        assert_eq!(reader.optional(|reader| reader.size("none")).unwrap(), None);
        assert_eq!(reader.int().unwrap(), i32::MAX);
        assert!(reader.boolean().is_err());
    }

    #[test]
    fn messages_that_end_early_are_errors() {
        for bytes in [&[][..], &[0, 0], &[0, 0, 0, 5, b'a'], &[255, 255, 255, 255], &[0, 0, 0, 1, 255]] {
            assert!(Reader::new(bytes).text().is_err(), "{bytes:?}");
        }
        assert!(Reader::new(&(-1i32).to_be_bytes()).size("top_k").is_err());
    }
}
