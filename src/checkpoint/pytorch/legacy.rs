//! The form that `torch.save` wrote before version 1.6: five pickles, then the storages one after the other.

use std::collections::BTreeMap;

use super::Storages;
use super::cursor::Cursor;
use super::pickle::Pickle;
use super::value::{Storage, Value};
use crate::error::{Result, bail};

/// The first pickle.
const MAGIC_NUMBER: i128 = 0x1950_a86a_20f9_469c_fc6c;
/// The second.
const VERSION: i128 = 1001;

/// The pickle of the tensors, and where the storages are that it refers to.
pub(super) fn read(bytes: &[u8]) -> Result<(Pickle<'_>, Storages<'_>)> {
    let mut position = 0;
    let mut next = || {
        let pickle = Pickle::load(&bytes[position..])?;
        position += pickle.length;
        Ok(pickle)
    };
    if next()?.root != Value::Integer(MAGIC_NUMBER) {
        bail!(InvalidCheckpoint, "it is a pickle, but does not start with the magic number of torch.save");
    }
    match next()?.root {
        Value::Integer(VERSION) => {}
        Value::Integer(other) => bail!(Unsupported, "it has the version {other}, and {VERSION} is known"),
        other => bail!(InvalidCheckpoint, "its version is {}", other.kind()),
    }
    let system = next()?;
    let is_big_endian =
        |item: &(Value, Value)| *item == (Value::Text("little_endian"), Value::Boolean(false));
    if system.objects.dict(system.root).is_some_and(|items| items.iter().any(is_big_endian)) {
        bail!(Unsupported, "it was saved on a big-endian machine; save it again on another");
    }
    let tensors = next()?;
    let keys = next()?;
    let storages = locate_storages(&tensors, &keys, bytes, position)?;
    Ok((tensors, storages))
}

/// Goes from storage to storage: the number of elements in 64 bits, then the elements.
fn locate_storages<'a>(
    tensors: &Pickle<'a>,
    keys: &Pickle<'a>,
    bytes: &'a [u8],
    start: usize,
) -> Result<Storages<'a>> {
    // Of storages that share bytes, the first says how they are counted.
    let mut used = BTreeMap::<&str, &Storage>::new();
    for storage in &tensors.objects.storages {
        used.entry(storage.key).or_insert(storage);
    }
    let Some(keys) = keys.objects.sequence(keys.root) else {
        bail!(InvalidCheckpoint, "its list of storages is {}", keys.root.kind());
    };
    let mut storages = Storages::new();
    let mut data = Cursor::new(&bytes[start..], "the data");
    for key in keys {
        let Value::Text(key) = *key else {
            bail!(InvalidCheckpoint, "its list of storages names {}", key.kind());
        };
        let Some(storage) = used.get(key) else {
            bail!(InvalidCheckpoint, "its list of storages names {key:?}, which no tensor uses");
        };
        let elements = data.u64()?;
        let Some(length) = elements.checked_mul(storage.element.size as u64) else {
            bail!(InvalidCheckpoint, "the storage {key:?} would have {elements} elements");
        };
        let first = start + data.position();
        data.take(length)?;
        if storages.insert(key, first..start + data.position()).is_some() {
            bail!(InvalidCheckpoint, "its list of storages names {key:?} twice");
        }
    }
    Ok(storages)
}
