//! Files of `torch.save`: what a model computes from them.

mod common;

use std::fs;
use std::path::Path;

use common::{cases, goldens};
use deberta::{LoadMode, Model, OpenOptions, Outputs};
use tempfile::TempDir;

/// A golden checkpoint with its weights in these files of `tests/goldens/pytorch` instead, each under a new name.
fn with_weights(checkpoint: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(goldens().join(checkpoint).join("config.json"), folder.path().join("config.json")).unwrap();
    for (file, name) in files {
        fs::copy(goldens().join("pytorch").join(file), folder.path().join(name)).unwrap();
    }
    folder
}

/// The bits of every output of a golden case.
fn bits(folder: &Path, checkpoint: &str, load_mode: LoadMode) -> Vec<u32> {
    let case = cases().into_iter().find(|case| case.checkpoint == checkpoint).unwrap();
    let options =
        OpenOptions { load_mode, tensor_prefix: case.tensor_prefix.clone(), ..OpenOptions::default() };
    let model = Model::open(folder, &options).unwrap_or_else(|error| panic!("{error}"));
    let outputs = Outputs { hidden_states: true, attentions: true, logits: true, layers: None };
    let encoded = model.encode(&case.read().batch(), outputs).unwrap();
    case.outputs
        .iter()
        .filter_map(|name| common::output(&encoded, name))
        .flatten()
        .map(f32::to_bits)
        .collect()
}

#[test]
fn the_outputs_have_the_bits_of_those_from_safetensors() {
    let single = "pytorch_model.bin";
    let shards = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
    let index = "pytorch_model.bin.index.json";
    let sharded: Vec<_> = [shards[0], shards[1], index].map(|name| (format!("sharded/{name}"), name)).into();
    let sharded: Vec<_> = sharded.iter().map(|(file, name)| (file.as_str(), *name)).collect();
    for (checkpoint, files) in [
        ("float16_stored", &[("float16_stored.bin", single)][..]),
        ("float16_stored", &[("float16_stored_legacy.bin", single)]),
        ("token_classification", &[("token_classification_training.bin", single)]),
        ("sharded", &sharded),
    ] {
        let folder = with_weights(checkpoint, files);
        let expected = bits(&goldens().join(checkpoint), checkpoint, LoadMode::MemoryMap);
        assert!(expected.len() > 1000);
        for mode in [LoadMode::MemoryMap, LoadMode::Copy] {
            assert!(bits(folder.path(), checkpoint, mode) == expected, "{checkpoint} from {files:?}");
        }
    }
}
