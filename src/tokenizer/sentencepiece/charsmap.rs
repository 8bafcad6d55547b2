//! SentencePiece's table of character replacements.
//!
//! The bytes are the length of a double-array trie in bytes, the trie, and the replacements, each ending with a NUL. The
//! trie's units are as in Darts: a label, an offset to the children, and where a key ends, a leaf among these that
//! holds the place of the replacement.

use crate::error::{Result, bail};

/// Bit that only leaves have.
const LEAF: u32 = 1 << 31;
/// What a byte of a key can add to the place of a unit's children.
const LAST_LABEL: usize = 0xFF;
/// Most bytes of a key or a replacement. Unicode's longest has 33; without a limit, a table could make much of little.
const MOST_BYTES: usize = 256;

/// Replacements of characters and of sequences of them. Checked when read, so that no lookup leaves the table.
pub(super) struct Charsmap {
    bytes: Vec<u8>,
    units: Vec<u32>,
    replacements: String,
}

impl Charsmap {
    /// Reads the table in the model file `name`.
    pub(super) fn from_bytes(bytes: &[u8], name: &str) -> Result<Self> {
        let parts = bytes.split_first_chunk::<4>().and_then(|(length, rest)| {
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
        });
        let Some((trie, replacements)) = parts.filter(|(trie, _)| trie.len() % 4 == 0 && !trie.is_empty())
        else {
            bail!(
                InvalidTokenizer,
                "{name}: precompiled_charsmap gives a wrong length for its trie; copy the file again from the checkpoint"
            );
        };
        let units: Vec<u32> = trie.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
        let Ok(replacements) = String::from_utf8(replacements.to_vec()) else {
            bail!(InvalidTokenizer, "{name}: precompiled_charsmap has replacements that are not UTF-8");
        };
        let charsmap = Self { bytes: bytes.to_vec(), units, replacements };
        charsmap.check(name)?;
        Ok(charsmap)
    }

    /// The bytes of the table, as in the model file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The longest start of `text` that has a replacement, as its length in bytes and the replacement.
    pub(super) fn longest_match(&self, text: &str) -> Option<(usize, &str)> {
        let mut longest = None;
        let mut place = offset(self.units[0]);
        for (length, byte) in (1..=MOST_BYTES).zip(text.bytes()) {
            place ^= usize::from(byte);
            let unit = self.units[place];
            if label(unit) != u32::from(byte) {
                break;
            }
            place ^= offset(unit);
            if has_leaf(unit) && text.is_char_boundary(length) {
                longest = Some((length, value(self.units[place])));
            }
        }
        longest.map(|(length, start)| {
            let replacement = &self.replacements[start..];
            (length, replacement.split('\0').next().unwrap_or(replacement))
        })
    }

    /// Replacements are short. Whatever unit a lookup gets to, its children are in the table and its leaf holds the place of a replacement.
    fn check(&self, name: &str) -> Result<()> {
        if self.replacements.split('\0').any(|replacement| replacement.len() > MOST_BYTES) {
            bail!(
                InvalidTokenizer,
                "{name}: precompiled_charsmap has a replacement of more than {MOST_BYTES} bytes; copy the file again from \
                 the checkpoint"
            );
        }
        for (index, &unit) in self.units.iter().enumerate() {
            if unit & LEAF != 0 && index > 0 {
                continue;
            }
            let children = index ^ offset(unit);
            let leaf_is_right = || {
                let leaf = self.units[children];
                leaf & LEAF != 0 && self.replacements.is_char_boundary(value(leaf))
            };
            if children | LAST_LABEL >= self.units.len() || (has_leaf(unit) && !leaf_is_right()) {
                bail!(
                    InvalidTokenizer,
                    "{name}: unit {index} of precompiled_charsmap points outside of the table; copy the file again from \
                     the checkpoint"
                );
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Charsmap {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Charsmap").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The byte that leads to the unit; equal to no byte for a leaf.
fn label(unit: u32) -> u32 {
    unit & (LEAF | 0xFF)
}

/// Whether a key ends at the unit.
fn has_leaf(unit: u32) -> bool {
    unit & (1 << 8) != 0
}

/// What leads from the unit's place to its children's, by exclusive or.
fn offset(unit: u32) -> usize {
    let wide = unit & (1 << 9) != 0;
    ((unit >> 10) as usize) << if wide { 8 } else { 0 }
}

/// What a leaf holds.
fn value(leaf: u32) -> usize {
    (leaf & !LEAF) as usize
}
