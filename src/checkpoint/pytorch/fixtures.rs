//! Writes small files of torch.save for tests, sound ones and damaged ones.

/// A zip archive that stores these entries.
pub(super) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in entries {
        let sizes = [(content.len() as u32).to_le_bytes(); 2].concat();
        let lengths = [(name.len() as u16).to_le_bytes(), [0; 2]].concat();
        let offset = data.len() as u32;
        data.extend([&b"PK\x03\x04"[..], &[0; 14], &sizes, &lengths, name.as_bytes(), content].concat());
        directory.extend(
            [&b"PK\x01\x02"[..], &[0; 16], &sizes, &lengths, &[0; 10], &offset.to_le_bytes()].concat(),
        );
        directory.extend(name.as_bytes());
    }
    let count = [(entries.len() as u16).to_le_bytes(); 2].concat();
    let sizes = [(directory.len() as u32).to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
    [&data[..], &directory, b"PK\x05\x06", &[0; 4], &count, &sizes, &[0; 2]].concat()
}

/// The same archive with its sizes and offsets where more than 32 bits fit.
pub(super) fn archive_of_64_bits(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut directory = Vec::new();
    let marks = [0xff; 8];
    for (name, content) in entries {
        let size = (content.len() as u64).to_le_bytes();
        let offset = (data.len() as u64).to_le_bytes();
        // A field of another kind comes first, as padding does in files of torch.save.
        let padding = b"FB\x02\0ZZ";
        let local = [&padding[..], b"\x01\0\x10\0", &size, &size].concat();
        let extra = [&padding[..], b"\x01\0\x18\0", &size, &size, &offset].concat();
        let lengths =
            |extra: &[u8]| [(name.len() as u16).to_le_bytes(), (extra.len() as u16).to_le_bytes()].concat();
        data.extend([&b"PK\x03\x04"[..], &[0; 14], &marks, &lengths(&local)].concat());
        data.extend([name.as_bytes(), &local, content].concat());
        directory
            .extend([&b"PK\x01\x02"[..], &[0; 16], &marks, &lengths(&extra), &[0; 10], &marks[..4]].concat());
        directory.extend([name.as_bytes(), &extra].concat());
    }
    let count = (entries.len() as u64).to_le_bytes();
    let (size, offset) = ((directory.len() as u64).to_le_bytes(), (data.len() as u64).to_le_bytes());
    let end = ((data.len() + directory.len()) as u64).to_le_bytes();
    let length = 44_u64.to_le_bytes();
    let extended = [&b"PK\x06\x06"[..], &length, &[0; 12], &count, &count, &size, &offset].concat();
    let locator = [&b"PK\x06\x07"[..], &[0; 4], &end, &[1, 0, 0, 0]].concat();
    let last = [&b"PK\x05\x06"[..], &[0; 4], &[0xff; 12], &[0; 2]].concat();
    [data, directory, extended, locator, last].concat()
}

/// The pickle of a value, from the operations that make it.
pub(super) fn pickle(operations: &[u8]) -> Vec<u8> {
    [b"\x80\x02", operations, b"."].concat()
}

/// Operations that make a text.
pub(super) fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

/// Operations that make an integer.
pub(super) fn integer(number: i64) -> Vec<u8> {
    [&b"\x8a\x08"[..], &number.to_le_bytes()].concat()
}

/// Operations that make a tuple of integers.
pub(super) fn integers(numbers: &[i64]) -> Vec<u8> {
    let items: Vec<u8> = numbers.iter().flat_map(|number| integer(*number)).collect();
    [b"(", &items[..], b"t"].concat()
}

/// Operations that make a storage of this class.
pub(super) fn storage(class: &str, key: &str, elements: i64) -> Vec<u8> {
    let class = format!("ctorch\n{class}\n");
    [b"(", &text("storage")[..], class.as_bytes(), &text(key), &text("cpu"), &integer(elements), b"tQ"]
        .concat()
}

/// Operations that make a tensor.
pub(super) fn tensor(storage: &[u8], offset: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let function = b"ctorch._utils\n_rebuild_tensor_v2\n(";
    [function, storage, &integer(offset), &integers(shape), &integers(strides), b"\x89}tR"].concat()
}

/// Operations that make a dict.
pub(super) fn dict(items: &[(&str, &[u8])]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|(key, value)| [&text(key)[..], value].concat()).collect();
    [b"}(", &items[..], b"u"].concat()
}

/// A file of the current form with this pickle and the storage "0" of the bytes.
pub(super) fn file(operations: &[u8], stored: &[u8]) -> Vec<u8> {
    archive(&[
        ("model/data.pkl", &pickle(operations)),
        ("model/byteorder", b"little"),
        ("model/data/0", stored),
    ])
}

/// A file of the legacy form with this pickle and the storage "0" of as many elements, with these bytes.
pub(super) fn legacy_file(operations: &[u8], elements: i64, stored: &[u8]) -> Vec<u8> {
    let magic = pickle(b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
    let keys = pickle(&[b"](", &text("0")[..], b"e"].concat());
    let count = elements.to_le_bytes();
    [&magic[..], &pickle(b"M\xe9\x03"), &pickle(b"}"), &pickle(operations), &keys, &count, stored].concat()
}
