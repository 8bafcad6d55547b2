use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::fixtures::*;
use super::*;
use crate::checkpoint::fixtures::write;
use crate::checkpoint::{Checkpoint, LoadMode, StoredDtype, Tensor, safetensors};

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn read_bytes(bytes: &[u8]) -> Result<BTreeMap<String, SourceTensor>> {
    read_tensors(&Arc::new(FileBytes::from_memory(bytes.to_vec())))
}

/// The bytes of the elements in the order of the shape, whatever their type.
fn elements(tensor: &SourceTensor) -> Vec<u8> {
    let stored = &tensor.file.as_slice()[tensor.range.clone()];
    let Some(strides) = &tensor.strides else { return stored.to_vec() };
    let size = StoredDtype::from_name(&tensor.dtype).expect("only floats have strides here").size();
    let mut offsets = vec![0];
    for (&length, &stride) in tensor.shape.iter().zip(strides) {
        offsets =
            offsets.iter().flat_map(|offset| (0..length).map(move |index| offset + index * stride)).collect();
    }
    offsets.iter().flat_map(|offset| stored[offset * size..][..size].to_vec()).collect()
}

/// Everything about the tensors is equal, and those of usable types convert to the same numbers.
fn assert_same(found: &BTreeMap<String, SourceTensor>, expected: &BTreeMap<String, SourceTensor>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, expected) in expected {
        let found = &found[name];
        assert_eq!((&found.dtype, &found.shape), (&expected.dtype, &expected.shape), "{name}");
        assert_eq!(elements(found), elements(expected), "{name}");
        if let Some(dtype) = StoredDtype::from_name(&found.dtype) {
            let numbers = |tensor: &SourceTensor| {
                let SourceTensor { file, range, shape, strides, .. } = tensor.clone();
                Tensor::new(file, range, dtype, shape, strides).unwrap().to_f32()
            };
            assert_eq!(numbers(found), numbers(expected), "{name}");
        }
    }
}

fn read_golden(name: &str, mode: LoadMode) -> BTreeMap<String, SourceTensor> {
    let path = goldens().join(name);
    let read = if name.ends_with("safetensors") { safetensors::read_tensors } else { read_tensors };
    read(&Arc::new(FileBytes::open(&path, mode).unwrap())).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// It is refused with an error of this kind and all of these parts in its message.
fn assert_refused(bytes: &[u8], kind: ErrorKind, parts: &[&str]) {
    let error = read_bytes(bytes).err().unwrap_or_else(|| panic!("read, but expected {parts:?}"));
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "\"{error}\" does not say \"{part}\"");
    }
}

const DAMAGED: ErrorKind = ErrorKind::InvalidCheckpoint;
const UNSUPPORTED: ErrorKind = ErrorKind::Unsupported;

/// Operations that make a tensor of the four f32 numbers in the storage "0".
fn four_floats() -> Vec<u8> {
    tensor(&storage("FloatStorage", "0", 4), 0, &[4], &[1])
}

/// The operations that make a tensor "x", as a state dict.
fn state_dict(tensor: &[u8]) -> Vec<u8> {
    dict(&[("x", tensor)])
}

#[test]
fn every_form_and_protocol_gives_the_tensors() {
    let mut expected = read_golden("pytorch/small.safetensors", LoadMode::MemoryMap);
    for mode in [LoadMode::MemoryMap, LoadMode::Copy] {
        for protocol in 1..=5 {
            assert_same(&read_golden(&format!("pytorch/small_protocol_{protocol}.bin"), mode), &expected);
        }
    }
    let found = read_golden("pytorch/small_protocol_2.bin", LoadMode::MemoryMap);
    let strides = |name: &str| found[name].strides.as_deref();
    assert_eq!(strides("transposed"), Some(&[1, 5][..]));
    assert_eq!(strides("expanded"), Some(&[0, 1][..]));
    assert_eq!(strides("every_other_row"), Some(&[10, 1][..]));
    for row_major in ["table", "row", "brain_part", "scalar", "empty", "int64", "parameter"] {
        assert_eq!(strides(row_major), None, "{row_major}");
    }
    assert_eq!(found["tied"].range, found["table"].range);

    // The legacy form has no types without a class of storages.
    expected.retain(|name, _| !["uint16", "float8"].contains(&name.as_str()));
    for protocol in 1..=5 {
        let found = read_golden(&format!("pytorch/small_legacy_protocol_{protocol}.bin"), LoadMode::Copy);
        assert_same(&found, &expected);
    }
}

#[test]
fn storages_that_are_parts_of_others() {
    let expected = read_golden("pytorch/parts.safetensors", LoadMode::MemoryMap);
    assert_same(&read_golden("pytorch/parts_legacy.bin", LoadMode::MemoryMap), &expected);

    let part = |first: i64, elements: i64| {
        let id = [
            &b"("[..],
            &text("storage"),
            b"ctorch\nFloatStorage\n",
            &text("0"),
            &text("cpu"),
            &integer(4),
            b"(",
            &text("part"),
            &integer(first),
            &integer(elements),
            b"ttQ",
        ];
        legacy_file(&state_dict(&tensor(&id.concat(), 0, &[2], &[1])), 4, &[0; 16])
    };
    let found = read_bytes(&part(2, 2)).unwrap();
    assert_eq!(found["x"].range.end, part(2, 2).len());
    for (first, elements) in [(3, 2), (4, 2), (i64::MAX, 2), (0, 5), (0, 1), (-1, 2)] {
        assert!(read_bytes(&part(first, elements)).is_err(), "{first} {elements}");
    }
}

#[test]
fn whole_checkpoints() {
    let checkpoint = |folder: &Path| Checkpoint::open(folder, LoadMode::MemoryMap, None).unwrap();
    let tensors = |checkpoint: &Checkpoint| {
        let names = checkpoint.source.names();
        names.map(|name| (name.to_owned(), checkpoint.source.tensor(name).unwrap())).collect()
    };
    for (file, expected) in [
        ("float16_stored.bin", "float16_stored"),
        ("float16_stored_legacy.bin", "float16_stored"),
        ("token_classification_training.bin", "token_classification"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pytorch_model.bin");
        std::fs::copy(goldens().join("pytorch").join(file), path).unwrap();
        let (found, expected) = (checkpoint(folder.path()), checkpoint(&goldens().join(expected)));
        assert_same(&tensors(&found), &tensors(&expected));
        assert_eq!(found.prefix(), expected.prefix());
    }
    let (found, expected) =
        (checkpoint(&goldens().join("pytorch/sharded")), checkpoint(&goldens().join("sharded")));
    assert_same(&tensors(&found), &tensors(&expected));
    assert_eq!(found.files().len(), 2);
}

#[test]
fn types_that_weights_do_not_have_are_an_error_where_they_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    std::fs::copy(goldens().join("pytorch/small_protocol_2.bin"), path).unwrap();
    let checkpoint = Checkpoint::open(folder.path(), LoadMode::MemoryMap, Some("")).unwrap();
    let mut reader = checkpoint.reader();
    reader.head_tensor("table", &[6, 5]);
    reader.head_tensor("float64", &[3]);
    reader.head_tensor("uint16", &[2]);
    let error = reader.finish().unwrap_err();
    for part in
        ["2 tensors", "float64: wrong dtype F64, expected F32, F16 or BF16", "uint16: wrong dtype U16"]
    {
        assert!(error.message().contains(part), "{error}");
    }
}

#[test]
fn safetensors_are_preferred() {
    let folder = tempfile::tempdir().unwrap();
    let safetensors = std::fs::read(goldens().join("float16_stored/model.safetensors")).unwrap();
    write(folder.path(), "pytorch_model.bin", b"");
    write(folder.path(), "model.safetensors", &safetensors);
    assert!(Checkpoint::open(folder.path(), LoadMode::MemoryMap, None).is_ok());
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let error = Checkpoint::open(folder.path(), LoadMode::MemoryMap, None).err().unwrap();
    assert_eq!(error.kind(), DAMAGED);
    assert!(error.message().contains("pytorch_model.bin is damaged: it is empty"), "{error}");
}

#[test]
fn archives_of_64_bits() {
    let stored: Vec<u8> = (0..4).flat_map(|number| (number as f32).to_le_bytes()).collect();
    let pickle = pickle(&state_dict(&four_floats()));
    let entries = [("model/data.pkl", &pickle[..]), ("model/data/0", &stored)];
    let sound = archive_of_64_bits(&entries);
    assert_eq!(elements(&read_bytes(&sound).unwrap()["x"]), stored);
    assert_eq!(elements(&read_bytes(&archive(&entries)).unwrap()["x"]), stored);

    let locator = sound.windows(4).rposition(|window| window == b"PK\x06\x07").unwrap();
    let end = sound.windows(4).rposition(|window| window == b"PK\x06\x06").unwrap();
    for (place, change, part) in [
        (locator, &b"PK\0\0"[..], "locator"),
        (locator + 8, &[0xff; 8], "beyond the file"),
        (locator + 8, &[0; 8], "not at byte 0"),
        (end + 32, &[0; 8], "more entries than it announces"),
        (end + 32, &[3; 8], "cut off"),
        (end + 40, &[0xff; 8], "beyond its end"),
        (end + 48, &[0xff; 8], "beyond its end"),
    ] {
        let mut bytes = sound.clone();
        bytes[place..place + change.len()].copy_from_slice(change);
        assert_refused(&bytes, DAMAGED, &[part]);
    }
}

#[test]
fn dicts_that_hold_the_state_dict() {
    let tensors = || state_dict(&four_floats());
    let names = |operations: &[u8]| {
        read_bytes(&file(operations, &[0; 16])).map(|tensors| tensors.into_keys().collect::<Vec<_>>())
    };
    assert_eq!(names(&tensors()).unwrap(), ["x"]);
    assert_eq!(names(&dict(&[("model", &tensors()), ("epoch", b"K\x03")])).unwrap(), ["x"]);
    // The tensors of an optimizer are further inside.
    let optimizer = dict(&[("state", &dict(&[("first", &tensors())]))]);
    assert_eq!(names(&dict(&[("optimizer", &optimizer), ("state_dict", &tensors())])).unwrap(), ["x"]);
    // Numbers for keys, and values of other kinds, are nothing that the encoder asks for.
    let mixed = [&tensors()[..], b"K\x01", &four_floats(), b"s", &text("steps"), b"K\x09s"].concat();
    assert_eq!(names(&mixed).unwrap(), ["x"]);
    // The same dict under two keys is one.
    let twice = [&b"}"[..], &text("a"), &tensors(), b"q\x00s", &text("b"), b"h\x00s"].concat();
    assert_eq!(names(&twice).unwrap(), ["x"]);
    // OrderedDict in the way of Python 2, its attributes, and a size with a class of its own.
    let pairs = [b"ccollections\nOrderedDict\n]](", &text("x")[..], &four_floats(), b"ea\x85R}b"].concat();
    assert_eq!(names(&pairs).unwrap(), ["x"]);
    let sized = [
        b"ctorch._utils\n_rebuild_tensor\n(",
        &storage("FloatStorage", "0", 4)[..],
        b"K\x00ctorch\nSize\n",
        &integers(&[4]),
        b"\x85RK\x01\x85tR",
    ];
    assert_eq!(names(&state_dict(&sized.concat())).unwrap(), ["x"]);

    let refused = |operations: &[u8], parts: &[&str]| {
        assert_refused(&file(operations, &[0; 16]), UNSUPPORTED, parts);
    };
    let save = "torch.save(model.state_dict()";
    refused(
        &dict(&[("generator", &tensors()), ("step", b"K\x01"), ("discriminator", &tensors())]),
        &["several dicts of tensors", "[\"generator\", \"discriminator\"]", save],
    );
    refused(
        &dict(&[("loss", &four_floats()), ("model", &tensors())]),
        &["the outermost", "[\"model\"]", save],
    );
    refused(
        &dict(&[("config", b"}"), ("epoch", b"K\x03")]),
        &["no tensors", "[\"config\", \"epoch\"]", save],
    );
    refused(&dict(&[("state", &dict(&[("model", &tensors())]))]), &["no tensors", "[\"state\"]"]);
    refused(b"}", &["no tensors"]);
    refused(&[b"]", &four_floats()[..], b"a"].concat(), &["it holds a tuple, list or set instead of a dict"]);
    refused(&four_floats(), &["it holds a tensor instead of a dict"]);
    refused(b"N", &["it holds None"]);
}

#[test]
fn names_that_are_not_of_tensors_are_refused() {
    let command = text("touch /tmp/harm");
    for (operations, name) in [
        ([b"cos\nsystem\n", &command[..], b"\x85R"].concat(), "os.system"),
        ([b"cposix\nsystem\n", &command[..], b"\x85R"].concat(), "posix.system"),
        ([&text("builtins")[..], &text("eval"), b"\x93", &command, b"\x85R"].concat(), "builtins.eval"),
        ([b"(", &command[..], b"ios\nsystem\n"].concat(), "os.system"),
        (b"ctransformers.models.deberta_v2\nDebertaV2Model\n".to_vec(), "deberta_v2.DebertaV2Model"),
        (b"ctorch\nload\n".to_vec(), "torch.load"),
        (b"ctorch._utils\n_rebuild_qtensor\n".to_vec(), "torch._utils._rebuild_qtensor"),
        (b"ctorch.jit._pickle\nbuild_intlist\n".to_vec(), "torch.jit._pickle.build_intlist"),
        (b"cos\x1b[2J\nsystem\n".to_vec(), "os\\u{1b}[2J.system"),
    ] {
        for bytes in [file(&operations, &[]), legacy_file(&operations, 0, &[]), pickle(&operations)] {
            assert_refused(&bytes, UNSUPPORTED, &[name, "not part of a tensor file", "at byte"]);
        }
    }
    for operations in [&b"ccollections\nOrderedDict\n)\x81"[..], b"ccollections\nOrderedDict\n)}\x92", b"(o"]
    {
        assert_refused(&file(operations, &[]), UNSUPPORTED, &["an instance of a class"]);
    }
    for operations in [&b"\x82\x01"[..], b"\x83\x01\x01", b"\x84\x01\x01\x01\x01"] {
        assert_refused(&file(operations, &[]), UNSUPPORTED, &["extension registry"]);
    }
    assert_refused(&file(b"P0\n", &[]), DAMAGED, &["operation 0x50"]);
    assert_refused(&file(b"\x97", &[]), DAMAGED, &["operation 0x97"]);
}

#[test]
fn damaged_pickles() {
    for (operations, part) in [
        (&b"\x80\x06"[..], "protocol 6"),
        (b"0", "empty stack"),
        (b"2", "empty stack"),
        (b"(2", "empty stack"),
        (b"q\x00", "empty stack"),
        (b"NN(\x86", "takes 2 values, and there are 0"),
        (b"N\x87", "takes 3 values, and there are 1"),
        (b"t", "up to a mark"),
        (b"1", "up to a mark"),
        (b"h\x00", "value 0, which it has not made"),
        (b"j\xff\xff\xff\xff", "value 4294967295"),
        (b"K\x01Na", "appends to an integer"),
        (b"K\x01NNs", "sets a key of an integer"),
        (b"}(Nu", "has no value"),
        (b"(Nd", "has no value"),
        (b"NNR", "calls None with None"),
        (b"ccollections\nOrderedDict\nNR", "calls a class or function with None"),
        (b"ccollections\nOrderedDict\n]Na\x85R", "not pairs"),
        (b"ctorch\nFloatStorage\n)R", "a storage class or element type is called with ()"),
        (b"ctorch._utils\n_rebuild_tensor_v2\nN\x85R", "_rebuild_tensor_v2 is called with (None)"),
        (b"ctorch._utils\n_rebuild_parameter\n(NNNtR", "_rebuild_parameter is called with (None"),
        (b"ctorch._utils\n_rebuild_tensor\n(NK\x00))tR", "no storage"),
        (b"NNb", "attributes of None"),
        (b"NQ", "not a storage"),
        (b"NN\x93", "not a text"),
        (b"Ix\n", "no integer"),
        (b"L5", "no end of the line"),
        (b"X\xff\xff\xff\xffabc", "cut off"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc", "cut off: 18446744073709551615 bytes must follow"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc", "cut off"),
        (b"\x96\xff\xff\xff\xff\xff\xff\xff\x7fabc", "cut off"),
        (b"B\xff\xff\xff\xffabc", "cut off"),
        (b"T\xff\xff\xff\x7fabc", "cut off"),
        (b"\x8b\xff\xff\xff\xff", "cut off"),
        (b"\x8a\xff", "cut off"),
        (b"X\x01\0\0\0\xff", "not UTF-8"),
        (b"c\xff\n\n", "not UTF-8"),
    ] {
        let kind = if part.starts_with("protocol") { UNSUPPORTED } else { DAMAGED };
        assert_refused(&file(operations, &[]), kind, &[part, "at byte"]);
    }
    assert_refused(&archive(&[("m/data.pkl", b"\x80\x02N")]), DAMAGED, &["cut off"]);
    assert_refused(&archive(&[("m/data.pkl", b"")]), DAMAGED, &["cut off"]);
}

#[test]
fn hostile_pickles_end_soon() {
    let started = Instant::now();
    let repeated = |operations: &[u8]| operations.repeat(1_500_000 / operations.len());
    // Lists in lists, a list in itself and a dict in itself.
    let nested = [&b"}"[..], &text("deep"), &b"]".repeat(400_000), &b"a".repeat(399_999), b"s"].concat();
    let cyclic_list = [&b"}"[..], &text("list"), b"]q\x00h\x00as"].concat();
    let cyclic_dict = [&b"}q\x00"[..], &text("self"), b"h\x00s"].concat();
    for operations in [nested, cyclic_list, cyclic_dict] {
        assert_refused(&file(&operations, &[]), UNSUPPORTED, &["no tensors"]);
    }
    // A dict of tensors in itself.
    let in_itself = [&state_dict(&four_floats())[..], b"q\x00", &text("self"), b"h\x00s"].concat();
    assert_refused(&file(&in_itself, &[0; 16]), UNSUPPORTED, &["several dicts"]);

    // Each level is the one before twice, 2⁴⁰ values in all.
    let doubled = [&b")q\x00"[..], &b"h\x00h\x00\x86q\x00".repeat(40)].concat();
    assert_refused(&file(&doubled, &[]), UNSUPPORTED, &["it holds a tuple"]);
    // A list that is made into a dict over and over.
    let pairs = [&b"]q\x00("[..], &b"NN\x86".repeat(100_000), b"eccollections\nOrderedDict\nq\x01"].concat();
    let dicts = [&pairs[..], &b"h\x01h\x00\x85R".repeat(100_000)].concat();
    assert_refused(&file(&dicts, &[]), UNSUPPORTED, &["no tensors"]);
    for operations in [repeated(b"N"), repeated(b"("), repeated(b")"), repeated(b"N2"), repeated(b"}\x94")] {
        assert_refused(&file(&operations, &[]), UNSUPPORTED, &["1048576 operations"]);
    }
    // One shape of very many dimensions, and a name of very many bytes, for many tensors.
    let storage = storage("FloatStorage", "0", 4);
    let shape = integers(&vec![1; 100_000]);
    let wide = [&b"ctorch._utils\n_rebuild_tensor\n("[..], &storage, b"K\x00", &shape, b"q\x002tR"].concat();
    assert_refused(&file(&state_dict(&wide), &[0; 16]), UNSUPPORTED, &["\"x\" has 100000 dimensions"]);
    let name = text(&"n".repeat(100_000));
    let named = [&b"}("[..], &name, b"q\x00", &four_floats(), b"q\x01", &b"h\x00h\x01".repeat(100_000), b"u"];
    assert_refused(&file(&named.concat(), &[0; 16]), DAMAGED, &["a name of 100000 bytes"]);
    let key = self::storage("FloatStorage", &"0".repeat(101), 4);
    assert_refused(&file(&key, &[0; 16]), DAMAGED, &["a key of 101 bytes"]);
    // Many tensors that are all of a storage.
    let tensors: Vec<u8> =
        (0..10_000).flat_map(|index| [&text(&format!("{index}"))[..], b"h\x00"].concat()).collect();
    let floats = tensor(&self::storage("FloatStorage", "0", 100_000), 0, &[100_000], &[1]);
    let tied = [&floats[..], b"q\x000}(", &tensors, b"u"].concat();
    assert_refused(&file(&tied, &[0; 400_000]), DAMAGED, &["would take 4000000000 bytes"]);
    let expanded = tensor(&storage, 0, &[1 << 40, 1 << 20], &[0, 0]);
    assert_refused(&file(&state_dict(&expanded), &[0; 16]), DAMAGED, &["more than 16 times"]);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn tensors_beyond_their_storage() {
    let floats = |elements| storage("FloatStorage", "0", elements);
    let read = |tensor: &[u8]| read_bytes(&file(&state_dict(tensor), &[0; 16]));
    for (offset, shape, strides) in [
        (0, &[4][..], &[1][..]),
        (3, &[1], &[1]),
        (0, &[2, 2], &[1, 2]),
        (3, &[4], &[0]),
        (4, &[0], &[1]),
        (2, &[2, 1], &[1, i64::MAX]),
        (3, &[], &[]),
    ] {
        assert!(read(&tensor(&floats(4), offset, shape, strides)).is_ok(), "{offset} {shape:?} {strides:?}");
    }
    for (offset, shape, strides, part) in [
        (0, &[5][..], &[1][..], "beyond its storage"),
        (1, &[4], &[1], "beyond its storage"),
        (4, &[], &[], "beyond its storage"),
        (0, &[2, 2], &[1, 3], "beyond its storage"),
        (i64::MAX, &[1], &[1], "beyond its storage"),
        (0, &[i64::MAX, i64::MAX], &[0, 0], "beyond its storage"),
        (0, &[i64::MAX], &[i64::MAX], "beyond its storage"),
        (0, &[2], &[], "1 dimensions and 0 strides"),
        (0, &[-1], &[1], "not numbers from 0 on"),
        (0, &[1], &[-1], "not numbers from 0 on"),
        (-1, &[1], &[1], "no offset"),
    ] {
        let tensor = tensor(&floats(4), offset, shape, strides);
        assert_refused(&file(&state_dict(&tensor), &[0; 16]), DAMAGED, &[part]);
    }
    for (elements, part) in
        [(5, "5 elements of 4 bytes and has 16"), (i64::MAX, "elements of 4 bytes"), (-1, "storage")]
    {
        let tensor = tensor(&floats(elements), 0, &[1], &[1]);
        assert_refused(&file(&state_dict(&tensor), &[0; 16]), DAMAGED, &[part]);
    }
    let missing = tensor(&storage("FloatStorage", "1", 4), 0, &[1], &[1]);
    assert_refused(
        &file(&state_dict(&missing), &[0; 16]),
        DAMAGED,
        &["\"x\" is in the storage \"1\", which is missing"],
    );
    let negated = tensor(&floats(4), 0, &[1], &[1]);
    let negated = [&negated[..negated.len() - 2], &dict(&[("neg", b"\x88")]), b"tR"].concat();
    assert_refused(&file(&state_dict(&negated), &[0; 16]), UNSUPPORTED, &["negated or conjugated"]);
}

#[test]
fn damaged_archives() {
    let pickle = pickle(&state_dict(&four_floats()));
    let sound = file(&state_dict(&four_floats()), &[0; 16]);
    let find = |name: &str, last: bool| {
        let name = name.as_bytes();
        let mut places = (0..sound.len()).filter(|&place| sound[place..].starts_with(name));
        if last { places.next_back().unwrap() - 46 } else { places.next().unwrap() - 30 }
    };
    let (local, entry) = (find("model/data/0", false), find("model/data/0", true));
    let end = sound.len() - 22;
    let named = "\"model/data/0\"";
    for (place, change, kind, parts) in [
        (entry + 10, &[8, 0][..], UNSUPPORTED, &[named, "compressed (method 8)"][..]),
        (entry + 8, &[1, 0], UNSUPPORTED, &[named, "encrypted"]),
        (entry + 20, &[1, 0, 0, 0], DAMAGED, &[named, "16 bytes and stores 1"]),
        (entry + 20, &[17, 0, 0, 0, 17, 0, 0, 0], DAMAGED, &[named, "disagrees"]),
        (entry + 20, &[0xff; 8], DAMAGED, &[named, "64 bits"]),
        (entry + 42, &[0xfe; 4], DAMAGED, &[named, "beyond the data"]),
        (entry + 42, &[1, 0, 0, 0], DAMAGED, &[named, "not at byte 1"]),
        (entry + 42, &[0; 4], DAMAGED, &[named, "disagrees"]),
        (entry, b"XX", DAMAGED, &["directory", "damaged"]),
        (entry + 46, &[0xff], DAMAGED, &["UTF-8"]),
        (entry + 28, &[0xff, 0xff], DAMAGED, &["cut off"]),
        (local + 8, &[8, 0], DAMAGED, &[named, "disagrees"]),
        (local + 6, &[1, 0], DAMAGED, &[named, "disagrees"]),
        (local + 22, &[0; 4], DAMAGED, &[named, "disagrees"]),
        (local + 28, &[0xff, 0xff], DAMAGED, &["cut off"]),
        (local + 28, &[1, 0], DAMAGED, &["cut off"]),
        (local + 30, b"M", DAMAGED, &[named, "disagrees"]),
        (end, b"XX", DAMAGED, &["directory at its end is missing"]),
        (end + 4, &[1, 0], UNSUPPORTED, &["one part of an archive"]),
        (end + 10, &[2, 0], DAMAGED, &["more entries"]),
        (end + 10, &[0xfe, 0xff], DAMAGED, &["cut off"]),
        (end + 10, &[0xff, 0xff], DAMAGED, &["locator"]),
        (end + 12, &[0xfe; 4], DAMAGED, &["beyond its end"]),
        (end + 16, &[0xfe; 4], DAMAGED, &["beyond its end"]),
        (end + 20, &[1, 0], DAMAGED, &["directory at its end is missing"]),
    ] {
        let mut bytes = sound.clone();
        bytes[place..place + change.len()].copy_from_slice(change);
        assert_refused(&bytes, kind, parts);
    }
    // A comment at the end is allowed, and sizes that follow the content.
    let mut commented = [&sound[..], b"note"].concat();
    commented[end + 20] = 4;
    assert!(read_bytes(&commented).is_ok());
    let mut following = sound.clone();
    for flags in [local + 6, entry + 8] {
        following[flags] = 8;
    }
    following[local + 18..local + 26].fill(0);
    assert!(read_bytes(&following).is_ok());

    // One entry in another.
    let inner = [&b"PK\x03\x04"[..], &[0; 14], &[0; 8], &[1, 0, 0, 0], b"b"].concat();
    let mut nested = archive(&[("m/data.pkl", &pickle), ("a", &inner), ("b", b"")]);
    let inner_place = nested.windows(inner.len()).position(|window| window == inner).unwrap() as u32;
    let offset = nested.len() - 22 - 1 - 4;
    nested[offset..offset + 4].copy_from_slice(&inner_place.to_le_bytes());
    assert_refused(&nested, DAMAGED, &["\"a\" and \"b\"", "overlap"]);
    let twice = archive(&[("m/data.pkl", &pickle), ("m/data/0", &[0; 16]), ("m/data/0", &[0; 16])]);
    assert_refused(&twice, DAMAGED, &["two entries \"m/data/0\""]);
    assert_refused(&archive(&[("data.pkl", &pickle)]), DAMAGED, &["0 entries data.pkl"]);
    assert_refused(
        &archive(&[("a/data.pkl", &pickle), ("b/data.pkl", &pickle)]),
        DAMAGED,
        &["2 entries data.pkl"],
    );
    for (order, kind, part) in [
        (&b"big"[..], UNSUPPORTED, "big-endian"),
        (b"", DAMAGED, "byteorder"),
        (b"middle", DAMAGED, "byteorder"),
    ] {
        assert_refused(&archive(&[("m/data.pkl", &pickle), ("m/byteorder", order)]), kind, &[part]);
    }
}

#[test]
fn damaged_legacy_files() {
    let operations = state_dict(&four_floats());
    let sound = legacy_file(&operations, 4, &[0; 16]);
    assert!(read_bytes(&sound).is_ok());
    for (elements, part) in
        [(5, "cut off"), (-1, "would have"), (i64::MAX, "would have"), (3, "has 12 bytes")]
    {
        assert_refused(&legacy_file(&operations, elements, &[0; 16]), DAMAGED, &[part]);
    }
    assert_refused(&pickle(b"N"), DAMAGED, &["magic number"]);
    let changed = |from: &[u8], to: &[u8]| {
        let place = sound.windows(from.len()).rposition(|window| window == from).unwrap();
        [&sound[..place], to, &sound[place + from.len()..]].concat()
    };
    assert_refused(&changed(b"M\xe9\x03", b"M\xea\x03"), UNSUPPORTED, &["version 1002"]);
    assert_refused(&changed(b"M\xe9\x03", b"N"), DAMAGED, &["version is None"]);
    let big = pickle(&dict(&[("little_endian", b"\x89")]));
    assert_refused(&changed(&pickle(b"}"), &big), UNSUPPORTED, &["big-endian"]);
    let keys = pickle(&[b"](", &text("0")[..], b"e"].concat());
    assert_refused(&changed(&keys, &pickle(b"N")), DAMAGED, &["list of storages is None"]);
    assert_refused(&changed(&keys, &pickle(b"]Na")), DAMAGED, &["list of storages names None"]);
    assert_refused(&changed(&keys, &pickle(b"]")), DAMAGED, &["\"0\", which is missing"]);
    let unknown = pickle(&[b"]", &text("7")[..], b"a"].concat());
    assert_refused(&changed(&keys, &unknown), DAMAGED, &["\"7\", which no tensor uses"]);
    let twice = pickle(&[b"](", &text("0")[..], &text("0"), b"e"].concat());
    let longer = [&changed(&keys, &twice)[..], &[0; 8]].concat();
    assert_refused(&longer, DAMAGED, &["\"0\" twice"]);
}

#[test]
fn other_files() {
    assert_refused(b"", DAMAGED, &["it is empty"]);
    assert_refused(b"<!DOCTYPE html>", DAMAGED, &["not a file of torch.save"]);
    assert_refused(&[&[b'x'; 257][..], b"ustar"].concat(), UNSUPPORTED, &["tar form"]);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "pytorch_model.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:0");
    let error = Checkpoint::open(folder.path(), LoadMode::MemoryMap, None).err().unwrap();
    assert!(error.message().contains("Git LFS pointer"), "{error}");
}

/// Reading gives tensors that lie in the file, or an error of one of the two kinds.
fn check(bytes: &[u8]) {
    crate::fuzzing::pytorch(bytes);
}

#[test]
fn every_truncation_is_an_error_and_no_change_of_a_byte_does_harm() {
    for name in
        ["small_protocol_2.bin", "small_protocol_4.bin", "small_legacy_protocol_1.bin", "parts_legacy.bin"]
    {
        let sound = std::fs::read(goldens().join("pytorch").join(name)).unwrap();
        for length in 0..sound.len() {
            assert!(read_bytes(&sound[..length]).is_err(), "{name} of {length} bytes");
        }
        let mut bytes = sound.clone();
        for place in 0..sound.len() {
            for change in [0, 0xff, sound[place] ^ 1, sound[place] ^ 0x80] {
                bytes[place] = change;
                check(&bytes);
            }
            bytes[place] = sound[place];
        }
    }
}
