//! Writes packed weights as safetensors.

use std::io::{self, Write};

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::digest;
use super::file::{
    ALIGNMENT, HEADER_DIGEST, SAMPLED, SAMPLES, WHOLE, dtype, header_digest, header_digest_position,
};
use super::identity::Identity;
use super::packing::PackedTensor;
use sha2::{Digest, Sha256};

/// Bytes of one call of the operating system: a huge page. Where Linux caches files in large folios, it then keeps each
/// in one, and a mapping takes one page fault instead of 32 or more. Measured on ext4 (Linux 6.18): 1 ms instead of 50 ms
/// for the weights of a base model.
const CHUNK: usize = 2 << 20;

/// Writes the header and then the tensors in their order.
pub(super) fn write(mut output: impl Write, identity: &Identity, tensors: &[PackedTensor]) -> io::Result<()> {
    let header = header(identity, tensors);
    let parts = tensors.iter().flat_map(PackedTensor::bytes);
    let mut chunk = Vec::with_capacity(CHUNK);
    for mut bytes in std::iter::once(header.as_slice()).chain(parts) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - chunk.len()));
            chunk.extend_from_slice(now);
            bytes = later;
            if chunk.len() == CHUNK {
                output.write_all(&chunk)?;
                chunk.clear();
            }
        }
    }
    output.write_all(&chunk)
}

/// The header with its length in front and its digest inside. Spaces at its end make the data start on a cache line;
/// every tensor has a multiple of that, so that each does.
fn header(identity: &Identity, tensors: &[PackedTensor]) -> Vec<u8> {
    let identifying = identity.metadata().into_iter().map(|(key, value)| (key.to_owned(), json!(value)));
    let mut metadata: Map<String, Value> = identifying.collect();
    metadata.insert("library_version".into(), json!(env!("CARGO_PKG_VERSION")));
    metadata.insert("header_sha256".into(), json!("0".repeat(64)));
    let digests: Vec<_> = tensors.par_iter().map(|tensor| (tensor, tensor.digests())).collect();
    for (PackedTensor { name, .. }, [whole, sampled]) in digests {
        metadata.insert(format!("{WHOLE}{name}"), json!(whole));
        metadata.insert(format!("{SAMPLED}{name}"), json!(sampled));
    }
    let mut entries = Map::new();
    entries.insert("__metadata__".into(), Value::Object(metadata));
    let mut start = 0;
    for tensor in tensors {
        let end = start + tensor.length();
        let entry = json!({
            "dtype": dtype(tensor.format).to_string(), "shape": tensor.shape, "data_offsets": [start, end]
        });
        entries.insert(tensor.name.clone(), entry);
        start = end;
    }
    let mut text = Value::Object(entries).to_string().into_bytes();
    text.resize((text.len() + 8).next_multiple_of(ALIGNMENT) - 8, b' ');
    let mut header = [&(text.len() as u64).to_le_bytes(), text.as_slice()].concat();
    let digest = header_digest(&header);
    debug_assert!(header.windows(HEADER_DIGEST.len()).any(|window| window == HEADER_DIGEST));
    if let Some(digits) = header_digest_position(&header) {
        header[digits].copy_from_slice(digest.as_bytes());
    }
    header
}

impl PackedTensor {
    /// The bytes of the parts, each a multiple of a cache line.
    fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        // What was packed just now is in memory of our own.
        self.parts.iter().filter_map(|part| part.as_owned()).map(|cells| cells.as_bytes())
    }

    fn length(&self) -> usize {
        self.bytes().map(<[u8]>::len).sum()
    }

    /// Of all bytes, and of the sampled blocks.
    fn digests(&self) -> [String; 2] {
        let mut whole = Sha256::new();
        self.bytes().for_each(|part| whole.update(part));
        let mut sampled = Sha256::new();
        for block in digest::sampled_blocks(self.length(), SAMPLES) {
            // A block may reach over several parts.
            let mut first = 0;
            for part in self.bytes() {
                let start = block.start.clamp(first, first + part.len()) - first;
                let end = block.end.clamp(first, first + part.len()) - first;
                sampled.update(&part[start..end]);
                first += part.len();
            }
        }
        [digest::hexadecimal(whole), digest::hexadecimal(sampled)]
    }
}
