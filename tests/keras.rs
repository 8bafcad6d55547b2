//! Keras presets as KerasHub writes them: its own outputs, and errors in its own words.
#![cfg(feature = "keras")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Golden, goldens, instruction_sets, largest_difference, output};
use deberta::{ClassifyOptions, ErrorKind, FillMaskOptions, HeadKind, LoadMode, Model, OpenOptions, Outputs};
use tempfile::TempDir;

/// Largest difference to the outputs of KerasHub in float64.
const TOLERANCE: f64 = 1e-5;

/// One entry of `tests/goldens/keras/cases.json`.
#[derive(serde::Deserialize)]
struct Case {
    preset: String,
    case: String,
    outputs: Vec<String>,
}

fn presets() -> PathBuf {
    goldens().join("keras")
}

fn cases() -> Vec<Case> {
    serde_json::from_slice(&fs::read(presets().join("cases.json")).unwrap()).unwrap()
}

/// A copy of a preset to change.
fn copy_of(preset: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(presets().join(preset)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn replace(folder: &Path, name: &str, old: &str, new: &str) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{name} has no {old}");
    fs::write(path, text.replace(old, new)).unwrap();
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

#[test]
fn outputs_are_those_of_keras() {
    let cases = cases();
    assert_eq!(cases.len(), 8, "the list of presets has shrunk");
    let mut compared = 0;
    for instruction_set in instruction_sets() {
        for load_mode in [LoadMode::MemoryMap, LoadMode::Copy] {
            for case in &cases {
                let options =
                    OpenOptions { instruction_set, load_mode, threads: Some(2), ..OpenOptions::default() };
                let folder = presets().join(&case.preset);
                let model = Model::open(&folder, &options).unwrap_or_else(|error| panic!("{error}"));
                let golden = Golden::read(&folder.join(&case.case));
                let outputs = Outputs { logits: true, ..Outputs::default() };
                let encoded = model.encode(&golden.batch(), outputs).unwrap();
                for name in case.outputs.iter().filter(|name| *name != "predictions") {
                    let Some(found) = output(&encoded, name) else { continue };
                    let error = largest_difference(&found, &golden.floats(name));
                    assert!(error <= TOLERANCE, "{} {name} ({instruction_set:?}): {error:e}", case.preset);
                    compared += 1;
                }
            }
        }
    }
    println!("{compared} outputs compared");
}

#[test]
fn heads_and_files() {
    for (preset, head, files) in [
        ("backbone_float32", None, 1),
        ("backbone_sharded", None, 2),
        ("classifier", Some(HeadKind::SequenceClassification), 2),
        ("classifier_0_17", Some(HeadKind::SequenceClassification), 2),
    ] {
        let info = open(&presets().join(preset)).unwrap().info();
        assert_eq!((info.head, info.files.len()), (head, files), "{preset}");
    }
    assert_eq!(open(&presets().join("masked_lm")).unwrap().head(), Some(HeadKind::MaskedLanguageModeling));
    // What KerasHub counts.
    assert_eq!(open(&presets().join("backbone_float32")).unwrap().info().parameters, 5456);
}

/// Gives a preset a tokenizer whose words are ids, one of which may be `[MASK]`, and returns the first row of a case as
/// text.
fn words_of_first_row(preset: &Path, golden: &Golden, mask_id: Option<i64>) -> String {
    let word = |id: i64| if Some(id) == mask_id { "[MASK]".into() } else { format!("token{id}") };
    let vocabulary: serde_json::Value = (0..60).map(|id| (word(id), serde_json::Value::from(id))).collect();
    let tokenizer = serde_json::json!({
        "version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": null,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "token0"},
    });
    fs::write(preset.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let length = golden.shape("input_ids")[1];
    let ids = golden.integers("input_ids").unwrap();
    ids[..length].iter().map(|&id| word(id)).collect::<Vec<_>>().join(" ")
}

#[test]
fn scores_are_the_predictions_of_keras() {
    for (preset, labels) in [("classifier", 3), ("classifier_sigmoid", 2), ("classifier_0_17", 3)] {
        let folder = copy_of(preset);
        let golden = Golden::read(&folder.path().join("case_mixed.safetensors"));
        let text = words_of_first_row(folder.path(), &golden, None);
        let model = open(folder.path()).unwrap();
        let answers = model.classify(&[(&text).into()], &ClassifyOptions::default()).unwrap();
        let logits = &golden.floats("logits")[..labels];
        assert!(largest_difference(&answers[0].logits, logits) <= TOLERANCE, "{preset}");
        if preset != "classifier" {
            let predictions = &golden.floats("predictions")[..labels];
            assert!(largest_difference(&answers[0].scores, predictions) <= TOLERANCE, "{preset}");
        }
    }
}

#[test]
fn masks_are_filled_with_the_logits_of_keras() {
    let folder = copy_of("masked_lm");
    let golden = Golden::read(&folder.path().join("case_short.safetensors"));
    let ids = golden.integers("input_ids").unwrap();
    let (length, vocabulary) = (golden.shape("input_ids")[1], golden.shape("logits")[2]);
    let logits = golden.floats("logits");
    for mask_id in &ids[..length] {
        let text = words_of_first_row(folder.path(), &golden, Some(*mask_id));
        let model = open(folder.path()).unwrap();
        // The head's layer norm is Keras' own, the encoder's is DeBERTa's.
        assert_eq!((model.config().masked_lm_layer_norm_eps, model.config().layer_norm_eps), (1e-5, 1e-7));
        let options = FillMaskOptions { top_k: Some(vocabulary), ..FillMaskOptions::default() };
        let answer = model.fill_mask(&[&text], &options).unwrap().remove(0);
        let places: Vec<usize> = (0..length).filter(|&place| ids[place] == *mask_id).collect();
        assert_eq!(answer.masks.iter().map(|mask| mask.token).collect::<Vec<_>>(), places);
        for mask in &answer.masks {
            let mut found = vec![0.0; vocabulary];
            mask.fills.iter().for_each(|fill| found[fill.id as usize] = fill.logit);
            let expected = &logits[mask.token * vocabulary..][..vocabulary];
            assert!(largest_difference(&found, expected) <= TOLERANCE);
        }
    }
}

#[test]
fn packed_weights_depend_on_the_task() {
    let folder = copy_of("classifier_sigmoid");
    let cache = TempDir::new().unwrap();
    let options = OpenOptions { packed_cache: Some(cache.path().to_owned()), ..OpenOptions::default() };
    let golden = Golden::read(&folder.path().join("case_mixed.safetensors"));
    let outputs = Outputs { logits: true, ..Outputs::default() };
    let expected = open(folder.path()).unwrap().encode(&golden.batch(), outputs).unwrap();
    let mut files = Vec::new();
    for _ in 0..2 {
        let model = Model::open(folder.path(), &options).unwrap();
        let found = model.encode(&golden.batch(), outputs).unwrap();
        assert_eq!(found.logits(), expected.logits());
        files.push(model.info().packed_file.unwrap());
    }
    assert_eq!(files[0], files[1]);
    replace(folder.path(), "task.json", "\"sigmoid\"", "\"softmax\"");
    assert_ne!(Model::open(folder.path(), &options).unwrap().info().packed_file.unwrap(), files[0]);
}

#[test]
fn bad_presets_are_refused_in_keras_words() {
    let weights = "model.weights.h5";
    let invalid = ErrorKind::InvalidCheckpoint;

    let folder = copy_of("backbone_bfloat16");
    replace(folder.path(), "config.json", "\"vocabulary_size\": 60", "\"vocabulary_size\": 61");
    let words = ["layers/reversible_embedding/vars/0", "expected shape [61, 16], found [60, 16]"];
    assert_refused(folder.path(), invalid, &words);

    let folder = copy_of("backbone_bfloat16");
    replace(folder.path(), "config.json", "\"num_layers\": 1", "\"num_layers\": 2");
    let words = [
        "layers/disentangled_attention_encoder_1/_self_attention_layer/_query_dense/vars/0",
        "encoder.layer.1.attention.self.query_proj.weight",
        "missing",
    ];
    assert_refused(folder.path(), invalid, &words);

    let folder = copy_of("backbone_bfloat16");
    replace(folder.path(), "config.json", "\"num_heads\": 4", "\"num_heads\": 3");
    assert_refused(folder.path(), ErrorKind::InvalidConfig, &["\"hidden_dim\" is 16", "\"num_heads\"", "3"]);

    let folder = copy_of("classifier");
    replace(folder.path(), "task.json", "\"num_classes\": 3", "\"num_classes\": 4");
    assert_refused(
        folder.path(),
        invalid,
        &["layers/dense_1/vars/0", "expected shape [4, 16], found [3, 16]"],
    );

    let folder = copy_of("classifier");
    fs::remove_file(folder.path().join("task.weights.h5")).unwrap();
    assert_refused(folder.path(), invalid, &["layers/dense/vars/0", "missing"]);

    let folder = copy_of("classifier");
    fs::write(folder.path().join("task.weights.h5"), b"").unwrap();
    assert_refused(folder.path(), invalid, &["task.weights.h5", "not an HDF5 file"]);

    let folder = copy_of("backbone_float32");
    let content = fs::read(folder.path().join(weights)).unwrap();
    fs::write(folder.path().join(weights), &content[..content.len() / 2]).unwrap();
    assert_refused(folder.path(), invalid, &[weights, "is damaged", "download the file again"]);
    fs::remove_file(folder.path().join(weights)).unwrap();
    assert_refused(folder.path(), ErrorKind::NotFound, &[weights]);
}
