use std::path::PathBuf;

use tempfile::TempDir;

use super::super::fixtures::write;
use super::super::{Checkpoint, Tensor};
use super::*;
use crate::error::{Error, ErrorKind};

const EMBEDDING: &str = "layers/reversible_embedding/vars/0";
const SHAPE: [usize; 2] = [12, 4];

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/keras")
}

fn golden(path: &str) -> Vec<u8> {
    std::fs::read(goldens().join(path)).unwrap()
}

fn preset(weights: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "model.weights.h5", weights);
    folder
}

fn open(folder: &Path) -> Result<Checkpoint> {
    Checkpoint::open(folder, LoadMode::MemoryMap, None)
}

/// The token embedding of a file that has nothing else.
fn embedding(weights: &[u8]) -> Result<Tensor> {
    let folder = preset(weights);
    let checkpoint = open(folder.path())?;
    let mut reader = checkpoint.reader();
    let tensor = reader.encoder_tensor(ANCHOR, &SHAPE);
    reader.finish()?;
    Ok(tensor)
}

fn assert_error(error: &Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

#[test]
fn older_and_newer_files_are_read() {
    let expected: Vec<f32> = (0..48_u8).map(f32::from).collect();
    for name in ["contiguous_earliest", "contiguous_v110", "keras_2_13_earliest"] {
        let weights = golden(&format!("damaged/{name}.h5"));
        assert_eq!(embedding(&weights).unwrap().to_f32(), expected, "{name}");
    }
}

#[test]
fn contiguous_datasets_are_used_in_place() {
    let folder = goldens().join("classifier");
    let source = KerasPreset::open(&folder, LoadMode::MemoryMap).unwrap();
    assert_eq!(source.files().len(), 2);
    for name in source.names() {
        let tensor = source.tensor(name).unwrap();
        assert!(source.files().iter().any(|file| Arc::ptr_eq(file, &tensor.file)), "{name}");
    }
    let kernel = source.tensor("encoder.layer.0.attention.self.query_proj.weight").unwrap();
    assert_eq!((kernel.shape, kernel.strides), (vec![16, 16], Some(vec![1, 16])));
    let kernel = source.tensor("encoder.layer.0.intermediate.dense.weight").unwrap();
    assert_eq!((kernel.shape, kernel.strides), (vec![24, 16], Some(vec![1, 24])));
    assert_eq!(source.tensor("encoder.layer.0.attention.self.query_proj.bias").unwrap().shape, [16]);
    assert_eq!(source.tensor("classifier.weight").unwrap().shape, [3, 16]);
}

#[test]
fn head_tensors_are_named_as_transformers_does() {
    let source = KerasPreset::open(&goldens().join("masked_lm"), LoadMode::MemoryMap).unwrap();
    for (name, shape) in [
        ("lm_predictions.lm_head.dense.weight", &[16, 16][..]),
        ("lm_predictions.lm_head.dense.bias", &[16]),
        ("lm_predictions.lm_head.LayerNorm.weight", &[16]),
        ("lm_predictions.lm_head.LayerNorm.bias", &[16]),
        ("lm_predictions.lm_head.bias", &[60]),
    ] {
        assert_eq!(source.tensor(name).unwrap().shape, shape, "{name}");
    }
    // Without task.json nothing says what the task's weights are for.
    let folder = preset(&golden("masked_lm/model.weights.h5"));
    write(folder.path(), "task.weights.h5", b"not looked at");
    assert!(open(folder.path()).is_ok());
}

#[test]
fn what_cannot_be_read_is_named() {
    let damaged = ErrorKind::InvalidCheckpoint;
    for (name, kind, parts) in [
        ("soft_link", damaged, &["layers/reversible_embedding/vars", "links"][..]),
        ("external_link", damaged, &["no dataset", EMBEDDING, "links"]),
        ("external_storage", ErrorKind::Unsupported, &[EMBEDDING, "has no elements in this file"]),
        ("virtual", ErrorKind::Unsupported, &[EMBEDDING, "made of parts of other files"]),
        ("never_written", ErrorKind::Unsupported, &[EMBEDDING, "has no elements in this file"]),
        ("chunked", ErrorKind::Unsupported, &[EMBEDDING, "chunked or compressed", "h5repack"]),
        ("compact", ErrorKind::Unsupported, &[EMBEDDING, "its own header", "h5repack"]),
        ("gzip", ErrorKind::Unsupported, &[EMBEDDING, "chunked or compressed", "h5repack"]),
        ("huge", ErrorKind::Unsupported, &[EMBEDDING, "chunked or compressed"]),
        ("circle", damaged, &["circle_", "go round in circles"]),
        ("no_layers", damaged, &["no group \"layers\"", "Keras 3"]),
        ("float64", damaged, &[EMBEDDING, "wrong dtype f64"]),
        ("big_endian", damaged, &[EMBEDDING, "wrong dtype", "be"]),
        ("opaque", damaged, &[EMBEDDING, "wrong dtype opaque"]),
        ("integer", damaged, &[EMBEDDING, "wrong dtype"]),
        ("shape", damaged, &[EMBEDDING, "expected shape [12, 4], found [4, 12]"]),
    ] {
        for version in ["earliest", "v110"] {
            let error = embedding(&golden(&format!("damaged/{name}_{version}.h5"))).expect_err(name);
            assert_error(&error, kind, parts);
        }
    }
}

#[test]
fn every_cut_and_every_changed_byte_gives_a_result() {
    for name in ["damaged/contiguous_earliest.h5", "damaged/contiguous_v110.h5"] {
        let whole = golden(name);
        read_keras_weights(&whole).unwrap();
        for length in (0..whole.len()).step_by(7) {
            let _ = read_keras_weights(&whole[..length]);
        }
        for position in 0..whole.len() {
            for bits in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[position] ^= bits;
                let _ = read_keras_weights(&changed);
            }
        }
    }
    let real = golden("backbone_sharded/model_00001.weights.h5");
    read_keras_weights(&real).unwrap();
    for length in (0..real.len()).step_by(97) {
        assert!(read_keras_weights(&real[..length]).is_err(), "{length} bytes");
    }
    for position in (0..real.len()).step_by(13) {
        let mut changed = real.clone();
        changed[position] ^= 0xff;
        let _ = read_keras_weights(&changed);
    }
}

#[test]
fn huge_numbers_anywhere_are_no_lengths_to_trust() {
    for name in ["damaged/contiguous_earliest.h5", "damaged/contiguous_v110.h5"] {
        let whole = golden(name);
        for position in 0..whole.len() - 8 {
            for value in [u64::MAX, 1 << 40] {
                let mut changed = whole.clone();
                changed[position..position + 8].copy_from_slice(&value.to_le_bytes());
                let _ = read_keras_weights(&changed);
            }
        }
    }
}

#[test]
fn other_files_are_named() {
    for (weights, parts) in [
        (&b""[..], &["not an HDF5 file"][..]),
        (b"PK\x03\x04 a zip archive of Keras", &["not an HDF5 file"]),
        (b"version https://git-lfs.github.com/spec/v1", &["Git LFS pointer", "git lfs pull"]),
    ] {
        let folder = preset(weights);
        let error = open(folder.path()).err().unwrap();
        assert_error(&error, ErrorKind::InvalidCheckpoint, &["model.weights.h5"]);
        assert_error(&error, ErrorKind::InvalidCheckpoint, parts);
    }
    let error = open(preset(&golden("classifier/task.weights.h5")).path()).err().unwrap();
    assert_error(&error, ErrorKind::InvalidCheckpoint, &["no dataset", EMBEDDING, "layers/"]);
}

#[test]
fn shards_are_checked_against_their_index() {
    let index = String::from_utf8(golden("backbone_sharded/model.weights.json")).unwrap();
    let with = |index: &str, shards: &[usize]| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "model.weights.json", index.as_bytes());
        for shard in shards {
            let name = format!("model_{shard:05}.weights.h5");
            write(folder.path(), &name, &golden(&format!("backbone_sharded/{name}")));
        }
        open(folder.path())
    };
    assert_eq!(with(&index, &[0, 1]).unwrap().files().len(), 2);
    for (index, shards, kind, parts) in [
        (index.as_str(), &[0][..], ErrorKind::NotFound, &["model_00001.weights.h5"][..]),
        (&index, &[1], ErrorKind::NotFound, &["model_00000.weights.h5"]),
        ("{", &[], ErrorKind::InvalidCheckpoint, &["model.weights.json", "not valid JSON"]),
        ("{}", &[], ErrorKind::InvalidCheckpoint, &["model.weights.json", "no \"weight_map\""]),
        (r#"{"weight_map": {}}"#, &[], ErrorKind::InvalidCheckpoint, &["no \"weight_map\""]),
        (
            r#"{"weight_map": {"/layers/a/vars": "../model.h5"}}"#,
            &[],
            ErrorKind::InvalidCheckpoint,
            &["\"/layers/a/vars\"", "../model.h5", "plain name"],
        ),
        (
            r#"{"weight_map": {"/layers/a/vars": ["model_00000.weights.h5", 3]}}"#,
            &[0],
            ErrorKind::InvalidCheckpoint,
            &["into 3"],
        ),
        (
            r#"{"weight_map": {"/layers/a/vars": "model_00001.weights.h5"}}"#,
            &[1],
            ErrorKind::InvalidCheckpoint,
            &["no dataset", EMBEDDING],
        ),
    ] {
        assert_error(&with(index, shards).err().unwrap(), kind, parts);
    }
}
