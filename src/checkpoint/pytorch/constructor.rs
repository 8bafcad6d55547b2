//! The handful of names that tensors need, and what calling them gives.

use std::fmt;

use super::element_type::ElementType;
use super::value::{Constructor, Objects, Storage, TensorView, Value};
use crate::error::{Result, bail};

/// Bytes that the key of a storage may have; keys are short numbers.
const LONGEST_KEY: usize = 100;

/// Modules and names of the functions and classes that are called.
const NAMES: [(&str, &str, Constructor); 7] = [
    ("collections", "OrderedDict", Constructor::OrderedDict),
    ("torch", "Size", Constructor::Size),
    ("torch._utils", "_rebuild_tensor", Constructor::RebuildTensor),
    ("torch._utils", "_rebuild_tensor_v2", Constructor::RebuildTensorV2),
    ("torch._utils", "_rebuild_tensor_v3", Constructor::RebuildTensorV3),
    ("torch._utils", "_rebuild_parameter", Constructor::RebuildParameter),
    ("torch._utils", "_rebuild_parameter_with_state", Constructor::RebuildParameterWithState),
];

impl Constructor {
    /// What `module.name` stands for. Any other name is refused.
    pub(super) fn from_name(module: &str, name: &str) -> Result<Self> {
        let known = match (module, name) {
            ("torch.storage", "UntypedStorage") => Some(Self::Storage(ElementType::BYTE)),
            _ => NAMES.iter().find(|known| (known.0, known.1) == (module, name)).map(|known| known.2),
        };
        let of_element_type = || match module {
            "torch" => ElementType::from_storage_class(name)
                .map(Self::Storage)
                .or_else(|| ElementType::from_torch_name(name).map(Self::ElementType)),
            _ => None,
        };
        match known.or_else(of_element_type) {
            Some(constructor) => Ok(constructor),
            None => bail!(
                Unsupported,
                "it names {}.{}, which is not part of a tensor file: reading weights runs no code; save the tensors \
                 alone, torch.save(model.state_dict(), \"pytorch_model.bin\"), or convert them to safetensors",
                module.escape_debug(),
                name.escape_debug()
            ),
        }
    }

    /// Calls the constructor.
    pub(super) fn call<'a>(self, arguments: &[Value<'a>], objects: &mut Objects<'a>) -> Result<Value<'a>> {
        match (self, arguments) {
            (Self::OrderedDict, []) => Ok(objects.new_dict(Vec::new())),
            (Self::OrderedDict, [Value::Sequence(index)]) => ordered_dict(*index, objects),
            (Self::Size, [shape @ Value::Sequence(_)]) => Ok(*shape),
            (Self::RebuildTensor, &[storage, offset, shape, strides]) => {
                rebuild_tensor(storage, offset, shape, strides, None, objects)
            }
            (
                Self::RebuildTensorV2,
                &[storage, offset, shape, strides, _requires_grad, _hooks, ref metadata @ ..],
            ) => {
                check_metadata(metadata, objects)?;
                rebuild_tensor(storage, offset, shape, strides, None, objects)
            }
            (
                Self::RebuildTensorV3,
                &[
                    storage,
                    offset,
                    shape,
                    strides,
                    _requires_grad,
                    _hooks,
                    Value::Constructor(Self::ElementType(element)),
                    ref metadata @ ..,
                ],
            ) => {
                check_metadata(metadata, objects)?;
                rebuild_tensor(storage, offset, shape, strides, Some(element), objects)
            }
            (Self::RebuildParameter, [tensor @ Value::Tensor(_), _requires_grad, _hooks])
            | (Self::RebuildParameterWithState, [tensor @ Value::Tensor(_), _requires_grad, _hooks, _]) => {
                Ok(*tensor)
            }
            _ => bail!(
                InvalidCheckpoint,
                "{self} is called with ({})",
                arguments.iter().take(10).map(|argument| argument.kind()).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

impl fmt::Display for Constructor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|known| known.2 == *self) {
            Some((module, name, _)) => write!(formatter, "{module}.{name}"),
            None => formatter.write_str("a storage class or element type"),
        }
    }
}

/// A dict of the pairs in a list, as Python 2 wrote it. They are moved, so that a list that is used again and again costs
/// its length once.
fn ordered_dict<'a>(index: usize, objects: &mut Objects<'a>) -> Result<Value<'a>> {
    let pairs = std::mem::take(&mut objects.sequences[index]);
    let items = pairs.into_iter().map(|pair| match objects.sequence(pair) {
        Some([key, value]) => Some((*key, *value)),
        _ => None,
    });
    match items.collect() {
        Some(items) => Ok(objects.new_dict(items)),
        None => bail!(InvalidCheckpoint, "an OrderedDict is made of what are not pairs"),
    }
}

/// Metadata says that the stored numbers are to be negated or conjugated.
fn check_metadata<'a>(metadata: &[Value<'a>], objects: &Objects<'a>) -> Result<()> {
    let is_empty = match metadata {
        [] | [Value::None] => true,
        [metadata] => objects.dict(*metadata).is_some_and(<[_]>::is_empty),
        _ => false,
    };
    if !is_empty {
        bail!(
            Unsupported,
            "a tensor is stored negated or conjugated; save it again after resolve_neg() and resolve_conj()"
        );
    }
    Ok(())
}

fn rebuild_tensor<'a>(
    storage: Value<'a>,
    offset: Value<'a>,
    shape: Value<'a>,
    strides: Value<'a>,
    element: Option<&'static ElementType>,
    objects: &mut Objects<'a>,
) -> Result<Value<'a>> {
    let storage = match storage {
        Value::Storage(index) => objects.storages.get(index).copied(),
        _ => None,
    };
    match (storage, offset.as_count()) {
        (Some(storage), Some(offset)) => Ok(objects.new_tensor(TensorView {
            storage,
            element: element.unwrap_or(storage.element),
            offset,
            shape,
            strides,
        })),
        _ => bail!(InvalidCheckpoint, "a tensor has no storage, or no offset in it"),
    }
}

/// The storage that a persistent id stands for: `("storage", class, key, device, elements)`, and in the legacy form
/// also `None` or `(key of the part, first element, elements)`.
pub(super) fn load_storage<'a>(id: Value<'a>, objects: &mut Objects<'a>) -> Result<Value<'a>> {
    let storage = match objects.sequence(id) {
        Some(
            &[
                Value::Text("storage"),
                Value::Constructor(Constructor::Storage(element)),
                Value::Text(key),
                _device,
                elements,
                ref part @ ..,
            ],
        ) => {
            let part = match part {
                [] | [Value::None] => Some(None),
                [part] => match objects.sequence(*part) {
                    Some([_key, first, elements]) => first.as_count().zip(elements.as_count()).map(Some),
                    _ => None,
                },
                _ => None,
            };
            elements.as_count().zip(part).map(|(elements, part)| Storage { key, element, elements, part })
        }
        _ => None,
    };
    match storage {
        Some(Storage { key, .. }) if key.len() > LONGEST_KEY => {
            bail!(InvalidCheckpoint, "a storage has a key of {} bytes", key.len())
        }
        Some(storage) => Ok(objects.new_storage(storage)),
        None => bail!(InvalidCheckpoint, "it refers to an object outside of it that is not a storage"),
    }
}
