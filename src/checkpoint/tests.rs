use ::safetensors::tensor::Dtype;
use half::{bf16, f16};
use tempfile::TempDir;

use super::fixtures::{
    Written, counting, folder_with_model, raw_safetensors, safetensors, sharded_folder, write,
};
use super::*;
use crate::error::ErrorKind;

const WORDS: &str = "embeddings.word_embeddings.weight";
const DEBERTA_WORDS: &str = "deberta.embeddings.word_embeddings.weight";

fn open(folder: &TempDir) -> Result<Checkpoint> {
    Checkpoint::open(folder.path(), LoadMode::MemoryMap, None)
}

/// Opening fails with this kind and all of these parts in the message, in both modes.
fn assert_refused(folder: &TempDir, kind: ErrorKind, parts: &[&str]) {
    for mode in [LoadMode::MemoryMap, LoadMode::Copy] {
        let error = Checkpoint::open(folder.path(), mode, None).err().unwrap_or_else(|| panic!("{parts:?}"));
        assert_eq!(error.kind(), kind, "{error}");
        let folder = folder.path().to_str().unwrap();
        for part in parts.iter().chain(&[folder]) {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
}

/// The tensor "x" of a file that holds only it and the anchor, at an odd offset if `shift` is odd.
fn stored(dtype: Dtype, shape: &[usize], bytes: Vec<u8>, shift: usize) -> Tensor {
    let size = bytes.len();
    let header = format!(
        r#"{{"shift":{{"dtype":"U8","shape":[{shift}],"data_offsets":[0,{shift}]}},
        "x":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{shift},{}]}}}}"#,
        shift + size
    );
    let folder = folder_with_model(&raw_safetensors(&header, &[vec![0; shift], bytes].concat()));
    let checkpoint = Checkpoint::open(folder.path(), LoadMode::MemoryMap, Some("")).unwrap();
    let mut reader = checkpoint.reader();
    let tensor = reader.head_tensor("x", shape);
    reader.finish().unwrap();
    tensor
}

/// Equal bits, except that one NaN is as good as another.
fn assert_same(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()),
            "{found} {expected}"
        );
    }
}

#[test]
fn every_half_value_converts_exactly_at_any_alignment() {
    let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    let halves: Vec<f32> = (0..=u16::MAX).map(|bits| f16::from_bits(bits).to_f32()).collect();
    let brains: Vec<f32> = (0..=u16::MAX).map(|bits| bf16::from_bits(bits).to_f32()).collect();
    for shift in 0..4 {
        let tensor = stored(Dtype::F16, &[256, 256], bytes.clone(), shift);
        assert_eq!(
            (tensor.dtype(), tensor.shape(), tensor.elements()),
            (StoredDtype::F16, &[256, 256][..], 65536)
        );
        assert_same(&tensor.to_f32(), &halves);
        let tensor = stored(Dtype::BF16, &[65536], bytes.clone(), shift);
        assert_eq!(tensor.dtype(), StoredDtype::BF16);
        assert_same(&tensor.to_f32(), &brains);
    }
    assert_eq!(halves[1], 2.0_f32.powi(-24), "smallest subnormal");
    assert_eq!((halves[0x7c00], halves[0xfc00]), (f32::INFINITY, f32::NEG_INFINITY));
    assert!(halves[0x7e00].is_nan());
}

#[test]
fn f32_keeps_its_bits_at_any_alignment() {
    let values =
        [0.0, -0.0, 1.5, f32::MIN_POSITIVE / 8.0, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    for shift in 0..8 {
        let tensor = stored(Dtype::F32, &[8], bytes.clone(), shift);
        assert_same(&tensor.to_f32(), &values);
        assert_eq!(tensor.bytes(), bytes);
    }
}

#[test]
fn parts_of_a_tensor() {
    let values: Vec<f32> = (0..2000_u16).map(f32::from).collect();
    let bytes = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    let tensor = stored(Dtype::F16, &[2000], bytes, 3);
    for (first, count) in [(0, 2000), (0, 0), (2000, 0), (1999, 1), (7, 511), (7, 512), (7, 513), (100, 1900)]
    {
        let mut out = vec![f32::NAN; count];
        tensor.read_f32(first, &mut out);
        assert_same(&out, &values[first..first + count]);
    }
    let beyond = std::panic::catch_unwind(|| tensor.read_f32(1999, &mut [0.0; 2]));
    assert!(beyond.is_err());
}

#[test]
fn tensors_without_elements() {
    let folder =
        folder_with_model(&safetensors(&[counting(WORDS, &[0, 4]), counting("classifier.bias", &[])]));
    let checkpoint = open(&folder).unwrap();
    let mut reader = checkpoint.reader();
    let empty = reader.encoder_tensor(WORDS, &[0, 4]);
    let scalar = reader.head_tensor("classifier.bias", &[]);
    reader.finish().unwrap();
    assert_eq!((empty.elements(), empty.to_f32(), empty.bytes().len()), (0, vec![], 0));
    assert_eq!((scalar.elements(), scalar.to_f32()), (1, vec![0.0]));
}

#[test]
fn prefixes() {
    for (name, prefix) in [(WORDS, ""), (DEBERTA_WORDS, "deberta.")] {
        let folder =
            folder_with_model(&safetensors(&[counting(name, &[3, 2]), counting("classifier.bias", &[2])]));
        let checkpoint = open(&folder).unwrap();
        assert_eq!(checkpoint.prefix(), prefix);
        assert!(
            checkpoint.has_head_tensor("classifier.bias") && !checkpoint.has_head_tensor("pooler.dense.bias")
        );
        assert!(checkpoint.has_head_tensor("classifier.bias"));
        assert!(!checkpoint.has_head_tensor("qa_outputs.bias"));
        let path = folder.path().join("model.safetensors");
        let size = path.metadata().unwrap().len();
        assert_eq!(checkpoint.files(), [(path, size)]);
        let mut reader = checkpoint.reader();
        assert_eq!(reader.encoder_tensor(WORDS, &[3, 2]).to_f32(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(reader.head_tensor("classifier.bias", &[2]).to_f32(), [0.0, 1.0]);
        reader.finish().unwrap();
    }

    let custom = format!("token_rep_layer.bert_layer.model.{WORDS}");
    let folder = folder_with_model(&safetensors(&[counting(&custom, &[3, 2])]));
    assert_refused(
        &folder,
        ErrorKind::InvalidCheckpoint,
        &["tensor_prefix", "\"token_rep_layer.bert_layer.model.\""],
    );
    let given = Some("token_rep_layer.bert_layer.model.");
    let checkpoint = Checkpoint::open(folder.path(), LoadMode::MemoryMap, given).unwrap();
    let mut reader = checkpoint.reader();
    assert_eq!(reader.encoder_tensor(WORDS, &[3, 2]).elements(), 6);
    reader.finish().unwrap();

    let (a, b) = (format!("a.{WORDS}"), format!("b.{WORDS}"));
    let folder = folder_with_model(&safetensors(&[counting(&a, &[1]), counting(&b, &[1])]));
    assert_refused(&folder, ErrorKind::InvalidCheckpoint, &["several encoders", "\"a.\"", "\"b.\""]);
    let folder = folder_with_model(&safetensors(&[counting("conv1.weight", &[1])]));
    assert_refused(&folder, ErrorKind::InvalidCheckpoint, &["conv1.weight", DEBERTA_WORDS]);
}

#[test]
fn all_problems_at_once() {
    let positions: Written = ("deberta.embeddings.position_ids", Dtype::I64, &[1, 2], vec![0; 16]);
    let folder = folder_with_model(&safetensors(&[
        counting(DEBERTA_WORDS, &[3, 2]),
        positions,
        counting("other", &[1]),
    ]));
    let checkpoint = open(&folder).unwrap();
    let mut reader = checkpoint.reader();
    let wrong = reader.encoder_tensor(WORDS, &[2, 3]);
    let missing = reader.encoder_tensor("encoder.rel_embeddings.weight", &[512, 2]);
    reader.encoder_tensor("embeddings.position_ids", &[1, 2]);
    reader.head_tensor("classifier.bias", &[2]);
    for placeholder in [wrong, missing] {
        assert_eq!(
            (placeholder.elements(), placeholder.shape(), placeholder.bytes()),
            (0, &[0][..], &[][..])
        );
        let mut out = [f32::NAN; 3];
        placeholder.read_f32(9, &mut out);
        assert_eq!(out, [0.0; 3]);
    }
    let error = reader.finish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCheckpoint);
    for part in [
        folder.path().to_str().unwrap(),
        "4 tensors do not fit",
        "\n  deberta.embeddings.word_embeddings.weight: expected shape [2, 3], found [3, 2]",
        "\n  deberta.encoder.rel_embeddings.weight: missing, expected shape [512, 2]",
        "\n  deberta.embeddings.position_ids: wrong dtype I64",
        "\n  classifier.bias: missing",
    ] {
        assert!(error.message().contains(part), "{part}: {error}");
    }

    let mut reader = checkpoint.reader();
    for layer in 0..23 {
        reader.encoder_tensor(&format!("encoder.layer.{layer}.output.dense.bias"), &[2]);
    }
    let error = reader.finish().unwrap_err();
    assert_eq!(error.message().lines().count(), 1 + 20 + 1);
    assert!(error.message().ends_with("and 3 more"), "{error}");
}

#[test]
fn damaged_files() {
    let sound = safetensors(&[counting(WORDS, &[3, 2])]);
    let longer = [&sound[..], &[0]].concat();
    let header = |entry: &str| raw_safetensors(&format!(r#"{{"x":{entry}}}"#), &[0; 8]);
    let huge = format!(
        r#"{{"x":{{"dtype":"U8","shape":[8],"data_offsets":[0,8]}},"y":{{"dtype":"U8","shape":[0],"data_offsets":[8,{}]}}}}"#,
        u64::MAX
    );
    for (content, parts) in [
        (Vec::new(), &["is empty"][..]),
        (sound[..5].to_vec(), &["truncated", "only 5 bytes"]),
        (sound[..30].to_vec(), &["truncated", "header of", "only 22 follow"]),
        (sound[..sound.len() - 1].to_vec(), &["truncated", WORDS, "byte 24", "only 23 bytes"]),
        (longer, &["goes on after the end of the last tensor"]),
        (vec![0xff; 64], &["header of 18446744073709551615 bytes"]),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0".to_vec(), &["Git LFS pointer"]),
        (raw_safetensors("{\"x\": ", &[]), &["not valid JSON"]),
        (raw_safetensors("[]", &[]), &["not valid JSON"]),
        (raw_safetensors("\u{0}\u{1}", &[]), &["not valid JSON"]),
        ([&2_u64.to_le_bytes()[..], b"\xff\xfe"].concat(), &["not valid JSON"]),
        (raw_safetensors(&"[".repeat(10_000), &[]), &["not valid JSON"]),
        (raw_safetensors(r#"{"x": 3}"#, &[]), &["damaged"]),
        (header(r#"{"dtype":"F32","shape":[2],"data_offsets":[0,9]}"#), &["\"x\" ends at byte 9"]),
        (header(r#"{"dtype":"F32","shape":[2],"data_offsets":[4,8]}"#), &["\"x\" overlaps", "gap"]),
        (header(r#"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#), &["\"x\" overlaps"]),
        (header(r#"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#), &["shape and dtype do not fit"]),
        (header(r#"{"dtype":"F33","shape":[2],"data_offsets":[0,8]}"#), &["F33"]),
        (header(r#"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#), &["damaged"]),
        (
            header(r#"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}"#),
            &["damaged", "overflow"],
        ),
        (
            raw_safetensors(
                r#"{"x":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
                &[0; 8],
            ),
            &["\"y\" overlaps"],
        ),
        (raw_safetensors(&huge, &[0; 8]), &["\"y\" ends at byte 18446744073709551615"]),
    ] {
        let folder = folder_with_model(&content);
        assert_refused(&folder, ErrorKind::InvalidCheckpoint, parts);
        assert_refused(&folder, ErrorKind::InvalidCheckpoint, &["model.safetensors"]);
    }
    // Every way to cut a file short is an error.
    for length in 0..sound.len() {
        assert!(open(&folder_with_model(&sound[..length])).is_err(), "{length}");
    }
}

#[test]
fn folders_without_a_readable_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(&folder, ErrorKind::NotFound, &["model.safetensors", "model.safetensors.index.json"]);
    write(folder.path(), "tf_model.h5", b"");
    assert_refused(&folder, ErrorKind::Unsupported, &["tf_model.h5", "convert"]);
    std::fs::create_dir(folder.path().join("model.safetensors")).unwrap();
    assert_refused(&folder, ErrorKind::Io, &["model.safetensors", "regular file"]);

    let nowhere = folder.path().join("nowhere");
    let error = Checkpoint::open(&nowhere, LoadMode::MemoryMap, None).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("nowhere"));
    let file = folder.path().join("tf_model.h5");
    let error = Checkpoint::open(&file, LoadMode::MemoryMap, None).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[cfg(unix)]
#[test]
fn files_that_the_system_refuses() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    symlink(&path, &path).unwrap();
    assert_refused(&folder, ErrorKind::Io, &["cannot read", "model.safetensors"]);
    std::fs::remove_file(&path).unwrap();
    symlink(folder.path().join("gone"), &path).unwrap();
    assert_refused(&folder, ErrorKind::NotFound, &["cannot read", "model.safetensors"]);

    let folder = folder_with_model(&safetensors(&[counting(WORDS, &[3, 2])]));
    let path = folder.path().join("model.safetensors");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read it all the same.
    if std::fs::File::open(&path).is_err() {
        assert_refused(&folder, ErrorKind::Io, &["cannot read", "model.safetensors"]);
    } else {
        assert!(open(&folder).is_ok());
    }
}

#[test]
fn shards() {
    let shards = || {
        [
            ("one.safetensors", safetensors(&[counting(DEBERTA_WORDS, &[3, 2]), counting("unmapped", &[1])])),
            ("two.safetensors", safetensors(&[counting("classifier.bias", &[2])])),
        ]
    };
    let map =
        |words: &str, bias: &str| format!(r#"{{"{DEBERTA_WORDS}": {words}, "classifier.bias": {bias}}}"#);
    let one = r#""one.safetensors""#;
    let two = r#""two.safetensors""#;

    let folder = sharded_folder(&shards(), &map(one, two));
    for mode in [LoadMode::MemoryMap, LoadMode::Copy] {
        let checkpoint = Checkpoint::open(folder.path(), mode, None).unwrap();
        assert_eq!(checkpoint.prefix(), "deberta.");
        assert_eq!(checkpoint.files().len(), 2);
        assert!(!checkpoint.has_head_tensor("unmapped"));
        let mut reader = checkpoint.reader();
        let words = reader.encoder_tensor(WORDS, &[3, 2]);
        let bias = reader.head_tensor("classifier.bias", &[2]);
        reader.finish().unwrap();
        drop(checkpoint);
        assert_eq!((words.to_f32()[5], bias.to_f32()), (5.0, vec![0.0, 1.0]));
    }

    let invalid = ErrorKind::InvalidCheckpoint;
    let folder = sharded_folder(&shards(), &map(one, one));
    assert_refused(
        &folder,
        invalid,
        &["model.safetensors.index.json", "\"classifier.bias\" in one.safetensors"],
    );
    for bad in [
        "../one.safetensors",
        "/etc/passwd",
        "a/one.safetensors",
        "./one.safetensors",
        "one.safetensors/",
        "..",
        ".",
        "",
        "a\\\\one.safetensors",
        "c:one.safetensors",
        "one.safetensors\\u0000",
    ] {
        let folder = sharded_folder(&shards(), &map(one, &format!("\"{bad}\"")));
        assert_refused(&folder, invalid, &["plain name of a file", "classifier.bias", bad]);
    }
    let folder = sharded_folder(&shards(), &map(one, "2"));
    assert_refused(&folder, invalid, &["plain name of a file"]);
    for empty in ["{}", "[]", "null"] {
        let folder = sharded_folder(&shards(), empty);
        assert_refused(&folder, invalid, &["weight_map"]);
    }
    write(folder.path(), "model.safetensors.index.json", b"{");
    assert_refused(&folder, invalid, &["model.safetensors.index.json", "not valid JSON"]);

    let folder = sharded_folder(&shards()[..1], &map(one, two));
    assert_refused(&folder, ErrorKind::NotFound, &["index.json names the shard \"two.safetensors\""]);
    write(folder.path(), "two.safetensors", b"");
    assert_refused(&folder, invalid, &["two.safetensors is empty"]);

    // A single file wins over an index.
    write(folder.path(), "model.safetensors", &safetensors(&[counting(WORDS, &[1])]));
    assert_eq!(open(&folder).unwrap().prefix(), "");
}

#[test]
fn a_copy_does_not_change_with_the_file_and_a_map_survives_replacement() {
    let folder = folder_with_model(&safetensors(&[counting(WORDS, &[300, 20])]));
    let path = folder.path().join("model.safetensors");
    let tensor = |mode| {
        let checkpoint = Checkpoint::open(folder.path(), mode, None).unwrap();
        let mut reader = checkpoint.reader();
        let tensor = reader.encoder_tensor(WORDS, &[300, 20]);
        reader.finish().unwrap();
        tensor
    };
    let (copied, mapped) = (tensor(LoadMode::Copy), tensor(LoadMode::MemoryMap));
    write(folder.path(), "new", b"");
    #[cfg(unix)]
    {
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        assert_eq!(mapped.to_f32()[5999], 5999.0);
    }
    drop(mapped);
    assert_eq!(copied.clone().to_f32()[5999], 5999.0);

    std::fs::write(&path, safetensors(&[counting(WORDS, &[300, 20])])).unwrap();
    let copied = tensor(LoadMode::Copy);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    assert_eq!(copied.to_f32()[5999], 5999.0);
}
