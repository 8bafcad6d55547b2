//! Bad files and bad arguments: each gets an error of the right kind that names what was wrong.

mod common;

use std::fs;
use std::path::Path;

use common::goldens;
use deberta::{
    Batch, ClassifyOptions, ErrorKind, InstructionSet, LoadMode, Model, OpenOptions, Outputs,
    TokenizeOptions, Truncation,
};
use tempfile::TempDir;

/// A copy of a golden checkpoint to damage.
fn copy_of(checkpoint: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(goldens().join(checkpoint).join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn open(folder: &Path) -> deberta::Result<Model> {
    Model::open(folder, &OpenOptions::default())
}

/// Opening fails with this kind and a message that contains all of these words.
fn assert_refused(folder: &Path, kind: ErrorKind, words: &[&str]) {
    let error = open(folder).err().unwrap_or_else(|| panic!("opened, but expected {kind:?} with {words:?}"));
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "\"{error}\" does not say \"{word}\"");
    }
}

/// Replaces the header of a safetensors file by what `change` makes of it.
fn change_header(folder: &Path, change: impl FnOnce(String) -> String) {
    let path = folder.join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = change(String::from_utf8(bytes[8..8 + length].to_vec()).unwrap());
    let mut changed = (header.len() as u64).to_le_bytes().to_vec();
    changed.extend(header.as_bytes());
    changed.extend(&bytes[8 + length..]);
    fs::write(path, changed).unwrap();
}

fn change_config(folder: &Path, change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) {
    let path = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(config.as_object_mut().unwrap());
    fs::write(path, config.to_string()).unwrap();
}

#[test]
fn folders_that_hold_no_model() {
    let empty = TempDir::new().unwrap();
    assert_refused(empty.path(), ErrorKind::NotFound, &["config.json"]);
    assert_refused(&empty.path().join("nowhere"), ErrorKind::NotFound, &["nowhere"]);

    let folder = copy_of("v3_shared");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    assert_refused(folder.path(), ErrorKind::NotFound, &["model.safetensors"]);

    let folder = copy_of("v3_shared");
    fs::write(folder.path().join("config.json"), "{\"hidden_size\": 64,").unwrap();
    assert_refused(folder.path(), ErrorKind::InvalidConfig, &["config.json", "line 1"]);
}

#[test]
fn configurations_that_do_not_fit_the_weights() {
    let folder = copy_of("v3_shared");
    change_config(folder.path(), |config| {
        config.insert("intermediate_size".into(), 100.into());
        config.insert("num_hidden_layers".into(), 4.into());
    });
    let words =
        ["encoder.layer.0.intermediate.dense.weight", "expected shape [100, ", "found [", "missing", "more"];
    assert_refused(folder.path(), ErrorKind::InvalidCheckpoint, &words);

    let folder = copy_of("v3_shared");
    change_config(folder.path(), |config| {
        config.insert("num_attention_heads".into(), 7.into());
    });
    assert_refused(folder.path(), ErrorKind::InvalidConfig, &["num_attention_heads", "7"]);

    let folder = copy_of("v3_shared");
    change_config(folder.path(), |config| {
        config.insert("pos_att_type".into(), "p2p|c2p".into());
    });
    assert_refused(folder.path(), ErrorKind::InvalidConfig, &["pos_att_type", "p2p"]);

    // A layer count without end must not cost memory or time.
    let folder = copy_of("v3_shared");
    change_config(folder.path(), |config| {
        config.insert("num_hidden_layers".into(), 65_000.into());
    });
    assert_refused(folder.path(), ErrorKind::InvalidCheckpoint, &["missing", "and "]);
}

#[test]
fn damaged_weights() {
    let folder = copy_of("v3_shared");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    for length in [0, 4, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        assert_refused(folder.path(), ErrorKind::InvalidCheckpoint, &["model.safetensors"]);
    }
    fs::write(&path, u64::MAX.to_le_bytes()).unwrap();
    assert_refused(folder.path(), ErrorKind::InvalidCheckpoint, &["model.safetensors"]);

    let change = |change: fn(String) -> String, words: &[&str]| {
        let folder = copy_of("v3_shared");
        change_header(folder.path(), change);
        assert_refused(folder.path(), ErrorKind::InvalidCheckpoint, words);
    };
    change(|header| header.replacen("\"data_offsets\":[", "\"data_offsets\":[1", 1), &["model.safetensors"]);
    change(
        |header| header.replacen("\"data_offsets\":[", "\"data_offsets\":[18446744073709551615", 1),
        &["model.safetensors"],
    );
    change(|header| header.replace("\"F16\"", "\"I16\""), &["wrong dtype I16"]);
    change(
        |header| header.replacen("query_proj.weight", "query_prox.weight", 1),
        &["query_proj.weight: missing"],
    );
    change(|header| header[..header.len() / 2].to_owned(), &["model.safetensors"]);
}

#[test]
fn every_byte_of_a_header_may_be_wrong() {
    let folder = copy_of("regression");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize + 8;
    for position in (0..header).step_by(23) {
        for flip in [0x01, 0x10, 0x80] {
            let mut changed = bytes.clone();
            changed[position] ^= flip;
            fs::write(&path, changed).unwrap();
            // Some changes are harmless, such as one in a name that nobody asks for; none may do anything but this.
            if let Err(error) = open(folder.path()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn files_that_cannot_be_read() {
    let folder = copy_of("v3_shared");
    let path = folder.path().join("model.safetensors");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_refused(folder.path(), ErrorKind::Io, &["model.safetensors"]);

    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", &path).unwrap();
    assert_refused(folder.path(), ErrorKind::NotFound, &["model.safetensors"]);
}

#[test]
fn a_copy_outlives_its_file() {
    let folder = copy_of("v3_shared");
    let options = OpenOptions { load_mode: LoadMode::Copy, ..OpenOptions::default() };
    let model = Model::open(folder.path(), &options).unwrap();
    let batch = Batch::from_rows(&[&[5, 6, 7]]).unwrap();
    let before = model.encode(&batch, Outputs::default()).unwrap();
    fs::write(folder.path().join("model.safetensors"), b"").unwrap();
    let after = model.encode(&batch, Outputs::default()).unwrap();
    assert_eq!(before.last_hidden_state(), after.last_hidden_state());
}

#[test]
fn a_mapped_file_may_be_replaced_by_renaming() {
    let folder = copy_of("v3_shared");
    let model = open(folder.path()).unwrap();
    let batch = Batch::from_rows(&[&[5, 6, 7]]).unwrap();
    let before = model.encode(&batch, Outputs::default()).unwrap();
    fs::write(folder.path().join("new"), b"").unwrap();
    fs::rename(folder.path().join("new"), folder.path().join("model.safetensors")).unwrap();
    let after = model.encode(&batch, Outputs::default()).unwrap();
    assert_eq!(before.last_hidden_state(), after.last_hidden_state());
}

#[test]
fn batches_that_the_model_cannot_encode() {
    let refused = |checkpoint: &str, batch: Batch, kind: ErrorKind, words: &[&str]| {
        let model = open(&goldens().join(checkpoint)).unwrap();
        let error = model.encode(&batch, Outputs::default()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        for word in words {
            assert!(error.to_string().contains(word), "\"{error}\" does not say \"{word}\"");
        }
    };
    let vocabulary = open(&goldens().join("v3_shared")).unwrap().config().vocab_size as u32;
    let beyond = Batch::from_rows(&[&[1, 2], &[3, vocabulary]]).unwrap();
    refused("v3_shared", beyond, ErrorKind::InvalidArgument, &["input_ids[1, 1]", &vocabulary.to_string()]);

    let long = vec![5; 600];
    let long = Batch::from_rows(&[&[5], &long]).unwrap();
    refused("absolute_positions", long, ErrorKind::TooLong, &["row 1", "max_position_embeddings"]);

    let types = Batch::from_padded(&[5, 6], None, Some(&[0, 2]), 1, 2).unwrap();
    refused("token_types", types, ErrorKind::InvalidArgument, &["token_type_ids[0, 1] is 2"]);

    let embeddings = Batch::from_embeddings(&[0.0; 14], 7, None, None, 1, 2).unwrap();
    refused("v3_shared", embeddings, ErrorKind::InvalidArgument, &["size 7"]);

    let model = open(&goldens().join("v3_shared")).unwrap();
    let error = model.token_embeddings(&[0, vocabulary]).unwrap_err();
    assert!(error.to_string().contains("ids[1]"), "{error}");
}

#[test]
fn token_types_are_ignored_where_the_model_has_none() {
    let model = open(&goldens().join("v3_shared")).unwrap();
    let with = Batch::from_padded(&[5, 6], None, Some(&[0, 9]), 1, 2).unwrap();
    let without = Batch::from_padded(&[5, 6], None, None, 1, 2).unwrap();
    let outputs = Outputs::default();
    assert_eq!(
        model.encode(&with, outputs).unwrap().last_hidden_state(),
        model.encode(&without, outputs).unwrap().last_hidden_state()
    );
}

#[test]
fn options_that_do_not_fit() {
    let folder = goldens().join("v3_shared");
    for threads in [0, 5000] {
        let options = OpenOptions { threads: Some(threads), ..OpenOptions::default() };
        let error = Model::open(&folder, &options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(&format!("threads is {threads}")), "{error}");
    }
    let other = if cfg!(target_arch = "x86_64") { InstructionSet::Neon } else { InstructionSet::Avx2 };
    let options = OpenOptions { instruction_set: Some(other), ..OpenOptions::default() };
    if std::env::var_os("DEBERTA_ISA").is_none() {
        let error = Model::open(&folder, &options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(other.name()), "{error}");
    }
    let options = OpenOptions { tensor_prefix: Some("nobody.".into()), ..OpenOptions::default() };
    let error = Model::open(&folder, &options).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidCheckpoint);
    assert!(error.to_string().contains("nobody.embeddings.word_embeddings.weight"), "{error}");
}

#[test]
fn texts_that_cannot_be_classified() {
    let model = open(&common::bundled_model()).unwrap();
    let long = "word ".repeat(2000);
    let limit = |truncation| ClassifyOptions {
        tokenize: TokenizeOptions { max_length: Some(64), truncation, ..TokenizeOptions::default() },
        ..ClassifyOptions::default()
    };
    let options = limit(Truncation::Error);
    let error = model.classify(&[long.as_str().into()], &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLong);
    assert!(error.to_string().contains("64"), "{error}");

    let options = limit(Truncation::LongestFirst);
    let answer = model.classify(&[long.as_str().into()], &options).unwrap().remove(0);
    assert!(answer.truncated.is_some(), "what was cut off must be reported");

    let model = open(&goldens().join("multi_label")).unwrap();
    let error = model.classify(&["x".into()], &ClassifyOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("tokenizer.json"), "{error}");
    let model = open(&goldens().join("token_classification")).unwrap();
    let error = model.classify(&["x".into()], &ClassifyOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// Writes a value into the middle of a float32 tensor.
fn set_value(folder: &Path, tensor: &str, value: f32) {
    let path = folder.join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let length = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..length]).unwrap();
    let offsets: Vec<usize> = serde_json::from_value(header[tensor]["data_offsets"].clone()).unwrap();
    let middle = length + (offsets[0] + offsets[1]) / 8 * 4;
    bytes[middle..middle + 4].copy_from_slice(&value.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn weights_that_are_not_finite_are_told_at_the_first_forward_pass() {
    let layer = "deberta.encoder.layer";
    for (tensor, value, place) in [
        (format!("{layer}.1.attention.self.value_proj.weight"), f32::NAN, "encoder.layer.1 gave NaN"),
        (format!("{layer}.0.intermediate.dense.weight"), f32::INFINITY, "encoder.layer.0 gave NaN"),
        (format!("{layer}.0.output.dense.bias"), f32::NAN, "encoder.layer.0 gave NaN"),
        // What the last layer norm does to one value alone.
        (format!("{layer}.1.output.LayerNorm.weight"), f32::NAN, "encoder.layer.1 gave NaN"),
        ("deberta.embeddings.LayerNorm.weight".into(), f32::NAN, "gave NaN"),
        ("classifier.weight".into(), f32::NAN, "the head gave NaN"),
    ] {
        let folder = copy_of("multi_label");
        set_value(folder.path(), &tensor, value);
        let model = open(folder.path()).unwrap();
        let outputs = Outputs { logits: true, ..Outputs::default() };
        let error = model.encode(&Batch::from_rows(&[&[1, 5, 6, 2]]).unwrap(), outputs).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCheckpoint, "{tensor}");
        assert!(error.message().contains(place), "{tensor}: {error}");
    }
}
