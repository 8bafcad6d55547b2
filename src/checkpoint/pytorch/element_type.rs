//! The element types of PyTorch.

/// An element type with its names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ElementType {
    /// In the spelling of safetensors where that has it.
    pub(super) name: &'static str,
    /// Bytes of one element.
    pub(super) size: usize,
    /// What follows `torch.`.
    torch_name: &'static str,
    /// The class of a storage of such elements; newer types have none.
    storage_class: Option<&'static str>,
}

impl ElementType {
    const fn new(
        name: &'static str,
        size: usize,
        torch_name: &'static str,
        storage_class: Option<&'static str>,
    ) -> Self {
        Self { name, size, torch_name, storage_class }
    }

    /// Bytes, which stand for storages without a type of their own.
    pub(super) const BYTE: &'static Self = &ELEMENT_TYPES[0];

    /// The type that is `torch.<name>`.
    pub(super) fn from_torch_name(name: &str) -> Option<&'static Self> {
        ELEMENT_TYPES.iter().find(|element| element.torch_name == name)
    }

    /// The type of the elements of a storage of the class `torch.<name>`.
    pub(super) fn from_storage_class(name: &str) -> Option<&'static Self> {
        ELEMENT_TYPES.iter().find(|element| element.storage_class == Some(name))
    }
}

static ELEMENT_TYPES: [ElementType; 18] = [
    ElementType::new("U8", 1, "uint8", Some("ByteStorage")),
    ElementType::new("I8", 1, "int8", Some("CharStorage")),
    ElementType::new("BOOL", 1, "bool", Some("BoolStorage")),
    ElementType::new("I16", 2, "int16", Some("ShortStorage")),
    ElementType::new("I32", 4, "int32", Some("IntStorage")),
    ElementType::new("I64", 8, "int64", Some("LongStorage")),
    ElementType::new("F16", 2, "float16", Some("HalfStorage")),
    ElementType::new("BF16", 2, "bfloat16", Some("BFloat16Storage")),
    ElementType::new("F32", 4, "float32", Some("FloatStorage")),
    ElementType::new("F64", 8, "float64", Some("DoubleStorage")),
    ElementType::new("C64", 8, "complex64", Some("ComplexFloatStorage")),
    ElementType::new("C128", 16, "complex128", Some("ComplexDoubleStorage")),
    ElementType::new("U16", 2, "uint16", None),
    ElementType::new("U32", 4, "uint32", None),
    ElementType::new("U64", 8, "uint64", None),
    ElementType::new("F8_E4M3", 1, "float8_e4m3fn", None),
    ElementType::new("F8_E5M2", 1, "float8_e5m2", None),
    ElementType::new("F8_E8M0", 1, "float8_e8m0fnu", None),
];
