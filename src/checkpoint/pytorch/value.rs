//! What a pickle can make: values that tensors need, and nothing that has behaviour.

use super::element_type::ElementType;

/// A value. Those that hold others are indices into [`Objects`], so that a value that is used often is there once, cycles
/// do no harm, and dropping never recurses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Boolean(bool),
    Integer(i128),
    Text(&'a str),
    /// A tuple, list or set.
    Sequence(usize),
    Dict(usize),
    Storage(usize),
    Tensor(usize),
    Constructor(Constructor),
    /// What tensors do not need: a float, bytes, or an integer of more than 128 bits.
    Other,
}

/// The names that a pickle may use, and with them everything that can be called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Constructor {
    OrderedDict,
    Size,
    RebuildTensor,
    RebuildTensorV2,
    RebuildTensorV3,
    RebuildParameter,
    RebuildParameterWithState,
    /// The class of storages of this element type.
    Storage(&'static ElementType),
    /// An element type itself.
    ElementType(&'static ElementType),
}

/// Elements of one type that tensors are views of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Storage<'a> {
    pub(super) key: &'a str,
    pub(super) element: &'static ElementType,
    pub(super) elements: usize,
    /// The first element and the number of elements, where it is a part of what the key names.
    pub(super) part: Option<(usize, usize)>,
}

/// A tensor as its constructor was called.
#[derive(Clone, Copy, Debug)]
pub(super) struct TensorView<'a> {
    pub(super) storage: Storage<'a>,
    pub(super) element: &'static ElementType,
    /// Elements of the storage before the first.
    pub(super) offset: usize,
    pub(super) shape: Value<'a>,
    pub(super) strides: Value<'a>,
}

/// The values that hold others.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    pub(super) sequences: Vec<Vec<Value<'a>>>,
    pub(super) dicts: Vec<Vec<(Value<'a>, Value<'a>)>>,
    pub(super) storages: Vec<Storage<'a>>,
    pub(super) tensors: Vec<TensorView<'a>>,
}

impl<'a> Objects<'a> {
    pub(super) fn new_sequence(&mut self, items: Vec<Value<'a>>) -> Value<'a> {
        self.sequences.push(items);
        Value::Sequence(self.sequences.len() - 1)
    }

    pub(super) fn new_dict(&mut self, items: Vec<(Value<'a>, Value<'a>)>) -> Value<'a> {
        self.dicts.push(items);
        Value::Dict(self.dicts.len() - 1)
    }

    pub(super) fn new_storage(&mut self, storage: Storage<'a>) -> Value<'a> {
        self.storages.push(storage);
        Value::Storage(self.storages.len() - 1)
    }

    pub(super) fn new_tensor(&mut self, tensor: TensorView<'a>) -> Value<'a> {
        self.tensors.push(tensor);
        Value::Tensor(self.tensors.len() - 1)
    }

    /// The items of a tuple, list or set; `None` for any other value.
    pub(super) fn sequence(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match value {
            Value::Sequence(index) => self.sequences.get(index).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The items of a dict in the order in which they were set; `None` for any other value.
    pub(super) fn dict(&self, value: Value<'a>) -> Option<&[(Value<'a>, Value<'a>)]> {
        match value {
            Value::Dict(index) => self.dicts.get(index).map(Vec::as_slice),
            _ => None,
        }
    }
}

impl Value<'_> {
    /// The value as an offset, size or count.
    pub(super) fn as_count(self) -> Option<usize> {
        match self {
            Value::Integer(number) => usize::try_from(number).ok(),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Text(_) => "a text",
            Value::Sequence(_) => "a tuple, list or set",
            Value::Dict(_) => "a dict",
            Value::Storage(_) => "a storage",
            Value::Tensor(_) => "a tensor",
            Value::Constructor(_) => "a class or function",
            Value::Other => "a float or bytes",
        }
    }
}
