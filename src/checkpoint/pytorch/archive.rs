//! Where the entries of a zip archive lie.
//!
//! Not left to a library: those that exist bring decompressors, and `torch.save` stores every entry as it is.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cursor::{Cursor, text};
use crate::error::{Result, bail};

const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";
const DIRECTORY_ENTRY: [u8; 4] = *b"PK\x01\x02";
const END_OF_DIRECTORY: [u8; 4] = *b"PK\x05\x06";
const END_OF_DIRECTORY_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";

const END_OF_DIRECTORY_LENGTH: usize = 22;
const LOCATOR_64_LENGTH: usize = 20;
const LONGEST_COMMENT: usize = u16::MAX as usize;

/// Flags of an entry: its content or its header is encrypted, or it is a patch of another.
const ENCRYPTED_OR_PATCH: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
/// Flag of an entry: its local header may leave the sizes to what follows the content.
const SIZES_FOLLOW: u16 = 1 << 3;

/// Stands in 32-bit fields whose value is in the record of the ZIP64 extension.
const IN_EXTENSION: u64 = u32::MAX as u64;
/// The kind of that record.
const EXTENSION: u16 = 1;

/// The entries of an archive by name, each with the bytes of the file that are its content.
pub(super) struct Archive<'a> {
    entries: BTreeMap<&'a str, Range<usize>>,
}

impl<'a> Archive<'a> {
    /// Finds the entries, none of which may be compressed or encrypted or share bytes with another.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let directory = find_directory(bytes)?;
        let mut cursor = Cursor::new(&bytes[directory.range.clone()], "the directory of the archive");
        let mut entries = BTreeMap::new();
        let mut occupied = Vec::new();
        for _ in 0..directory.entries {
            let entry = Entry::read(&mut cursor)?;
            let content = entry.locate(&bytes[..directory.range.start])?;
            occupied.push((entry.offset, content.end, entry.name));
            if entries.insert(entry.name, content).is_some() {
                bail!(InvalidCheckpoint, "the archive has two entries {:?}", entry.name);
            }
        }
        if !cursor.is_at_end() {
            bail!(InvalidCheckpoint, "the directory of the archive has more entries than it announces");
        }
        occupied.sort_unstable();
        for pair in occupied.windows(2) {
            let ((_, end, name), (start, _, other)) = (pair[0], pair[1]);
            if end as u64 > start {
                bail!(InvalidCheckpoint, "the entries {name:?} and {other:?} of the archive overlap");
            }
        }
        Ok(Self { entries })
    }

    /// The bytes of the file that are the content of an entry.
    pub(super) fn get(&self, name: &str) -> Option<Range<usize>> {
        self.entries.get(name).cloned()
    }

    /// All names, each with the bytes of the file that are its content.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        self.entries.iter().map(|(name, content)| (*name, content.clone()))
    }
}

/// Where the list of entries is.
struct Directory {
    range: Range<usize>,
    entries: u64,
}

fn find_directory(bytes: &[u8]) -> Result<Directory> {
    let earliest = bytes.len().saturating_sub(END_OF_DIRECTORY_LENGTH + LONGEST_COMMENT);
    let is_end = |record: &[u8]| {
        let comment = [record[20], record[21]];
        record.starts_with(&END_OF_DIRECTORY)
            && record.len() == END_OF_DIRECTORY_LENGTH + usize::from(u16::from_le_bytes(comment))
    };
    let latest = bytes.len().saturating_sub(END_OF_DIRECTORY_LENGTH);
    let Some(end) = (earliest..=latest)
        .rev()
        .find(|&start| bytes.len() - start >= END_OF_DIRECTORY_LENGTH && is_end(&bytes[start..]))
    else {
        bail!(
            InvalidCheckpoint,
            "it starts as a zip archive, but the archive's directory at its end is missing"
        );
    };

    let mut record = Cursor::new(&bytes[end + 4..], "the end of the archive's directory");
    let disks = [record.u16()?, record.u16()?];
    let _on_this_disk = record.u16()?;
    let mut entries = u64::from(record.u16()?);
    let mut size = u64::from(record.u32()?);
    let mut offset = u64::from(record.u32()?);
    if entries == u64::from(u16::MAX) || size == IN_EXTENSION || offset == IN_EXTENSION {
        (entries, size, offset) = read_extended_end(&bytes[..end])?;
    } else if disks != [0, 0] {
        bail!(Unsupported, "it is one part of an archive in several; join them");
    }
    let range = offset.checked_add(size).filter(|range_end| *range_end <= end as u64);
    match range {
        Some(range_end) => Ok(Directory { range: offset as usize..range_end as usize, entries }),
        None => bail!(
            InvalidCheckpoint,
            "the archive's directory would be {size} bytes at byte {offset}, beyond its end at byte {end}"
        ),
    }
}

/// The number of entries, and size and offset of the list, of an archive with more than 32 bits can say.
fn read_extended_end(before_end: &[u8]) -> Result<(u64, u64, u64)> {
    let locator = &before_end[before_end.len().saturating_sub(LOCATOR_64_LENGTH)..];
    let mut locator = Cursor::new(locator, "the locator of the archive's directory");
    if locator.array()? != LOCATOR_64 {
        bail!(InvalidCheckpoint, "the locator of the archive's directory is missing");
    }
    let _disk = locator.u32()?;
    let offset = locator.u64()?;
    let Some(record) = usize::try_from(offset).ok().and_then(|offset| before_end.get(offset..)) else {
        bail!(
            InvalidCheckpoint,
            "the end of the archive's directory would be at byte {offset}, beyond the file"
        );
    };
    let mut record = Cursor::new(record, "the end of the archive's directory");
    if record.array()? != END_OF_DIRECTORY_64 {
        bail!(InvalidCheckpoint, "the end of the archive's directory is not at byte {offset}");
    }
    // The record's own size, two versions, two disks, and the number of entries on this disk.
    record.take(8 + 2 + 2 + 4 + 4 + 8)?;
    Ok((record.u64()?, record.u64()?, record.u64()?))
}

/// What the directory says about an entry.
struct Entry<'a> {
    name: &'a str,
    flags: u16,
    size: u64,
    /// Where the entry starts, with its local header.
    offset: u64,
}

impl<'a> Entry<'a> {
    fn read(directory: &mut Cursor<'a>) -> Result<Self> {
        if directory.array()? != DIRECTORY_ENTRY {
            bail!(InvalidCheckpoint, "the directory of the archive is damaged");
        }
        let _versions = directory.u32()?;
        let flags = directory.u16()?;
        let method = directory.u16()?;
        let _time_and_date = directory.u32()?;
        let _checksum = directory.u32()?;
        let stored_size = u64::from(directory.u32()?);
        let size = u64::from(directory.u32()?);
        let name_length = directory.u16()?;
        let extra_length = directory.u16()?;
        let comment_length = directory.u16()?;
        let _disk_and_internal_attributes = directory.u32()?;
        let _external_attributes = directory.u32()?;
        let offset = u64::from(directory.u32()?);
        let name = text(directory.take(name_length.into())?)?;
        let extra = directory.take(extra_length.into())?;
        directory.take(comment_length.into())?;

        if flags & ENCRYPTED_OR_PATCH != 0 {
            bail!(Unsupported, "the entry {name:?} of the archive is encrypted or a patch");
        }
        if method != 0 {
            bail!(
                Unsupported,
                "the entry {name:?} of the archive is compressed (method {method}), which torch.save never does; \
                 save it again with torch.save"
            );
        }
        let [size, stored_size, offset] = extended([size, stored_size, offset], extra, name)?;
        if size != stored_size {
            bail!(
                InvalidCheckpoint,
                "the entry {name:?} of the archive has {size} bytes and stores {stored_size} without compression"
            );
        }
        Ok(Self { name, flags, size, offset })
    }

    /// The bytes that are the content, which lies before the directory.
    fn locate(&self, before_directory: &[u8]) -> Result<Range<usize>> {
        let name = self.name;
        let Some(local) = usize::try_from(self.offset).ok().and_then(|offset| before_directory.get(offset..))
        else {
            bail!(
                InvalidCheckpoint,
                "the entry {name:?} of the archive would be at byte {}, beyond the data",
                self.offset
            );
        };
        let mut header = Cursor::new(local, "an entry of the archive");
        if header.array()? != LOCAL_HEADER {
            bail!(InvalidCheckpoint, "the entry {name:?} of the archive is not at byte {}", self.offset);
        }
        let _version = header.u16()?;
        let flags = header.u16()?;
        let method = header.u16()?;
        let _time_and_date = header.u32()?;
        let _checksum = header.u32()?;
        let stored_size = u64::from(header.u32()?);
        let size = u64::from(header.u32()?);
        let name_length = header.u16()?;
        let extra_length = header.u16()?;
        let local_name = header.take(name_length.into())?;
        let extra = header.take(extra_length.into())?;
        let [size, stored_size] = extended([size, stored_size], extra, name)?;

        let agrees = |local: u64| local == self.size || (local == 0 && flags & SIZES_FOLLOW != 0);
        if local_name != name.as_bytes()
            || (flags, method) != (self.flags, 0)
            || !agrees(size)
            || !agrees(stored_size)
        {
            bail!(
                InvalidCheckpoint,
                "the entry {name:?} of the archive has a header that disagrees with the archive's directory"
            );
        }
        let start = before_directory.len() - local.len() + header.position();
        header.take(self.size)?;
        Ok(start..start + self.size as usize)
    }
}

/// Takes the fields that do not fit in 32 bits from the record of the ZIP64 extension, where they stand in this order.
fn extended<const FIELDS: usize>(
    mut fields: [u64; FIELDS],
    extra: &[u8],
    name: &str,
) -> Result<[u64; FIELDS]> {
    if !fields.contains(&IN_EXTENSION) {
        return Ok(fields);
    }
    let mut records = Cursor::new(extra, "the further fields of an entry of the archive");
    while !records.is_at_end() {
        let (kind, length) = (records.u16()?, records.u16()?);
        let record = records.take(length.into())?;
        if kind == EXTENSION {
            let mut record = Cursor::new(record, "the ZIP64 field of an entry of the archive");
            for field in fields.iter_mut().filter(|field| **field == IN_EXTENSION) {
                *field = record.u64()?;
            }
            return Ok(fields);
        }
    }
    bail!(InvalidCheckpoint, "the entry {name:?} of the archive lacks its sizes of 64 bits")
}
