//! SHA-256 of whole contents and of samples.

use std::fmt::Write;
use std::ops::Range;

use sha2::{Digest, Sha256};

/// Bytes of a sampled block.
const BLOCK: usize = 4096;

/// Blocks spread evenly over `length` bytes, the first and the last among them; everything where that is no more.
pub(super) fn sampled_blocks(length: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    let everything = length <= count * BLOCK;
    let blocks = if everything { 1 } else { count };
    (0..blocks).map(move |block| {
        if everything {
            return 0..length;
        }
        let first = ((length - BLOCK) as u128 * block as u128 / (count - 1) as u128) as usize;
        first..first + BLOCK
    })
}

/// The digest of the sampled blocks of some bytes.
pub(super) fn sampled(bytes: &[u8], count: usize) -> String {
    let mut sha = Sha256::new();
    for block in sampled_blocks(bytes.len(), count) {
        sha.update(&bytes[block]);
    }
    hexadecimal(sha)
}

/// The digest of all bytes.
pub(super) fn whole(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

pub(super) fn hexadecimal(sha: Sha256) -> String {
    sha.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_reach_from_the_first_byte_to_the_last() {
        for length in [0, 1, BLOCK, 18 * BLOCK] {
            let blocks: Vec<_> = sampled_blocks(length, 18).collect();
            assert_eq!((blocks.len(), blocks[0].clone()), (1, 0..length));
        }
        for length in [18 * BLOCK + 1, 1_000_003, usize::MAX] {
            let blocks: Vec<_> = sampled_blocks(length, 18).collect();
            assert_eq!((blocks.len(), blocks[0].start, blocks[17].end), (18, 0, length));
            assert!(blocks.windows(2).all(|pair| pair[0].start < pair[1].start));
            assert!(blocks.iter().all(|block| block.len() == BLOCK));
        }
    }
}
