//! From the values of a pickle to tensors by name.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::Storages;
use super::pickle::Pickle;
use super::value::{Objects, TensorView, Value};
use crate::checkpoint::SourceTensor;
use crate::checkpoint::memory_map::FileBytes;
use crate::checkpoint::strides::reached_elements;
use crate::error::{Error, Result, bail};

/// Dimensions that a tensor may have.
const MOST_DIMENSIONS: usize = 8;
/// Bytes that the name of a tensor may have.
const LONGEST_NAME: usize = 1000;
/// How many times the length of the file all tensors together may be, which can share and repeat what is stored.
const LARGEST_EXPANSION: u128 = 16;
/// How many keys of a dict a message lists.
const LISTED: usize = 10;
/// What to do about a file that is not just a dict of tensors.
const ADVICE: &str = "save only the weights, torch.save(model.state_dict(), \"pytorch_model.bin\")";

/// The tensors of the state dict.
pub(super) fn locate(
    file: &Arc<FileBytes>,
    pickle: &Pickle,
    storages: &Storages,
) -> Result<BTreeMap<String, SourceTensor>> {
    let mut tensors = BTreeMap::new();
    let mut total = 0_u128;
    for (name, view) in named_tensors(&pickle.objects, state_dict(pickle)?) {
        if name.len() > LONGEST_NAME {
            bail!(InvalidCheckpoint, "a tensor has a name of {} bytes", name.len());
        }
        let location = Location::of(view, &pickle.objects, storages)
            .map_err(|error| Error::new(error.kind(), format!("the tensor {name:?} {}", error.message())))?;
        total += location.elements as u128 * view.element.size as u128;
        let tensor = SourceTensor {
            file: Arc::clone(file),
            range: location.range,
            dtype: view.element.name.to_owned(),
            shape: location.shape,
            strides: location.strides,
        };
        tensors.insert(name.to_owned(), tensor);
    }
    if total > LARGEST_EXPANSION * file.as_slice().len() as u128 {
        bail!(
            InvalidCheckpoint,
            "its tensors would take {total} bytes, more than {LARGEST_EXPANSION} times what the file has"
        );
    }
    Ok(tensors)
}

type Items<'pickle, 'a> = &'pickle [(Value<'a>, Value<'a>)];

/// Those items of a dict that are tensors with a name.
fn named_tensors<'pickle, 'a>(
    objects: &'pickle Objects<'a>,
    items: Items<'pickle, 'a>,
) -> impl Iterator<Item = (&'a str, &'pickle TensorView<'a>)> {
    items.iter().filter_map(|item| match *item {
        (Value::Text(name), Value::Tensor(index)) => Some((name, &objects.tensors[index])),
        _ => None,
    })
}

/// The dict of tensors: the outermost, or in the checkpoint of a training the one that is in it.
fn state_dict<'pickle, 'a>(pickle: &'pickle Pickle<'a>) -> Result<Items<'pickle, 'a>> {
    let objects = &pickle.objects;
    let has_tensors = |items| named_tensors(objects, items).next().is_some();
    let Some(outer) = objects.dict(pickle.root) else {
        bail!(Unsupported, "it holds {} instead of a dict of tensors; {ADVICE}", pickle.root.kind());
    };
    // A dict that is there under many keys is looked at once.
    let mut inner = BTreeMap::new();
    for (key, value) in outer {
        if let (Value::Text(key), Value::Dict(index)) = (*key, *value) {
            inner.entry(index).or_insert(key);
        }
    }
    inner.retain(|index, _| has_tensors(&objects.dicts[*index]));
    match (has_tensors(outer), inner.first_key_value(), inner.len()) {
        (true, _, 0) => Ok(outer),
        (false, Some((index, _)), 1) => Ok(&objects.dicts[*index]),
        (_, None, _) => {
            let keys = outer.iter().filter_map(|(key, _)| match key {
                Value::Text(key) => Some(*key),
                _ => None,
            });
            bail!(Unsupported, "it holds no tensors, but the keys {}; {ADVICE}", listed(keys))
        }
        (outer_has_tensors, ..) => bail!(
            Unsupported,
            "it holds several dicts of tensors: {}{}; {ADVICE}",
            if outer_has_tensors { "the outermost, " } else { "" },
            listed(inner.into_values())
        ),
    }
}

fn listed<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    let shown: Vec<_> =
        keys.take(LISTED).map(|key| format!("{:?}", key.chars().take(100).collect::<String>())).collect();
    format!("[{}]", shown.join(", "))
}

/// Where a tensor is in the file.
struct Location {
    range: Range<usize>,
    elements: usize,
    shape: Vec<usize>,
    strides: Option<Vec<usize>>,
}

impl Location {
    fn of(view: &TensorView, objects: &Objects, storages: &Storages) -> Result<Self> {
        let stored = storage_range(view, storages)?;
        let shape = counts(view.shape, objects)?;
        let strides = counts(view.strides, objects)?;
        if shape.len() != strides.len() {
            bail!(InvalidCheckpoint, "has {} dimensions and {} strides", shape.len(), strides.len());
        }
        let size = view.element.size;
        let elements = shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
        let range = reached_elements(&shape, &strides).and_then(|reached| {
            let start = stored.start.checked_add(view.offset.checked_mul(size)?)?;
            let end = start.checked_add(reached.checked_mul(size)?)?;
            (end <= stored.end).then_some(start..end)
        });
        let (Some(range), Some(elements)) = (range, elements) else {
            bail!(
                InvalidCheckpoint,
                "goes beyond its storage: shape {shape:?}, strides {strides:?}, offset {}, {size} bytes an element, \
                 in {} bytes",
                view.offset,
                stored.len()
            );
        };
        let strides = (!is_row_major(&shape, &strides)).then_some(strides);
        Ok(Self { range, elements, shape, strides })
    }
}

/// The bytes of the file that are the storage of a tensor.
fn storage_range(view: &TensorView, storages: &Storages) -> Result<Range<usize>> {
    let storage = &view.storage;
    let Some(stored) = storages.get(storage.key) else {
        bail!(InvalidCheckpoint, "is in the storage {:?}, which is missing", storage.key);
    };
    let (first, elements) = storage.part.unwrap_or((0, storage.elements));
    let part = first.checked_add(elements).filter(|end| *end <= storage.elements).and_then(|_| {
        let whole = storage.elements.checked_mul(storage.element.size)?;
        let start = first * storage.element.size;
        (whole <= stored.len())
            .then(|| stored.start + start..stored.start + start + elements * storage.element.size)
    });
    match part {
        Some(part) => Ok(part),
        None => bail!(
            InvalidCheckpoint,
            "is in the storage {:?}, which is to have {} elements of {} bytes and has {} bytes",
            storage.key,
            storage.elements,
            storage.element.size,
            stored.len()
        ),
    }
}

fn counts(value: Value, objects: &Objects) -> Result<Vec<usize>> {
    let Some(items) = objects.sequence(value) else {
        bail!(InvalidCheckpoint, "has {} for a shape or strides", value.kind());
    };
    if items.len() > MOST_DIMENSIONS {
        bail!(Unsupported, "has {} dimensions, and no more than {MOST_DIMENSIONS} are read", items.len());
    }
    match items.iter().map(|item| item.as_count()).collect() {
        Some(counts) => Ok(counts),
        None => bail!(InvalidCheckpoint, "has a shape or strides that are not numbers from 0 on"),
    }
}

/// Whether the elements lie one after the other in the order of the shape.
fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    shape.contains(&0)
        || shape.iter().zip(strides).rev().all(|(&length, &stride)| {
            let fits = length == 1 || stride == expected;
            expected *= length;
            fits
        })
}
