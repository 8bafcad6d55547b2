//! Converted folders: the same model in another format, and nothing where it cannot be.

mod common;

use std::cell::Cell;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use common::{bundled_model, goldens};
use deberta::{
    Batch, ConversionTarget, ErrorKind, Model, OpenOptions, Outputs, TokenizeOptions, Tokenizer, convert,
};
use safetensors::SafeTensors;

fn go_on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The bits of the hidden states and logits of two rows.
fn bits(folder: &Path) -> Vec<u32> {
    let (hidden_states, logits) = outputs(folder);
    [hidden_states, logits].concat()
}

/// The bits of the hidden states of two rows, and those of the logits.
fn outputs(folder: &Path) -> (Vec<u32>, Vec<u32>) {
    let model = Model::open(folder, &OpenOptions { threads: Some(1), ..OpenOptions::default() }).unwrap();
    let row = |length: u32| (0..length).map(|index| (index * 37 + 5) % 50 + 4).collect::<Vec<_>>();
    let batch = Batch::from_rows(&[&row(21), &row(5)]).unwrap();
    let encoded = model.encode(&batch, Outputs { logits: true, ..Outputs::default() }).unwrap();
    let logits = encoded.logits().map_or(&[][..], |logits| &logits.values);
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect();
    (bits(encoded.last_hidden_state()), bits(logits))
}

#[test]
fn every_tensor_of_a_model_is_written_as_it_is() {
    let output = tempfile::tempdir().unwrap();
    for checkpoint in ["sharded", "float16_stored", "bfloat16_stored", "token_classification", "masked_lm"] {
        let (source, target) = (goldens().join(checkpoint), output.path().join(checkpoint));
        let seen = Cell::new((0, 0));
        let report = convert(&source, ConversionTarget::Safetensors, &target, &|bytes, total| {
            assert!(bytes > seen.get().0 && bytes <= total);
            seen.set((bytes, total));
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(seen.get().0 == seen.get().1 && seen.get().1 > 0);
        let names: Vec<_> = report.files.iter().map(|(path, _)| path.file_name().unwrap()).collect();
        assert_eq!(names, ["config.json", "model.safetensors"]);
        assert!(report.files.iter().all(|(path, bytes)| fs::metadata(path).unwrap().len() == *bytes));
        assert_eq!(bits(&target), bits(&source), "{checkpoint}");

        let written = fs::read(target.join("model.safetensors")).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&written).unwrap();
        assert_eq!(metadata.metadata().as_ref().unwrap()["format"], "pt");
        let written = SafeTensors::deserialize(&written).unwrap();
        assert_eq!(written.len(), report.tensors);
        let mut expected = 0;
        for entry in fs::read_dir(&source).unwrap() {
            let path = entry.unwrap().path();
            if !path.file_name().unwrap().to_str().unwrap().starts_with("model")
                || path.extension().unwrap() == "json"
            {
                continue;
            }
            let bytes = fs::read(path).unwrap();
            let tensors = SafeTensors::deserialize(&bytes).unwrap();
            for (name, tensor) in tensors.iter() {
                assert_eq!(written.tensor(name).unwrap(), tensor, "{checkpoint}: {name}");
                expected += 1;
            }
        }
        assert_eq!(report.tensors, expected);
    }
}

#[test]
fn other_formats_become_safetensors() {
    let output = tempfile::tempdir().unwrap();
    let from_torch = output.path().join("torch");
    fs::create_dir(&from_torch).unwrap();
    let expected = goldens().join("float16_stored");
    fs::copy(expected.join("config.json"), from_torch.join("config.json")).unwrap();
    fs::copy(goldens().join("pytorch/float16_stored.bin"), from_torch.join("pytorch_model.bin")).unwrap();
    let target = output.path().join("from_torch");
    convert(&from_torch, ConversionTarget::Safetensors, &target, &go_on).unwrap();
    assert_eq!(bits(&target), bits(&expected));
    assert!(target.join("model.safetensors").exists() && !target.join("pytorch_model.bin").exists());
}

#[cfg(feature = "keras")]
#[test]
fn keras_presets_are_read_and_written() {
    let output = tempfile::tempdir().unwrap();
    for preset in ["backbone_float32", "backbone_sharded", "backbone_bfloat16", "classifier"] {
        let (source, target) = (goldens().join("keras").join(preset), output.path().join(preset));
        convert(&source, ConversionTarget::Safetensors, &target, &go_on).unwrap();
        assert_eq!(bits(&target), bits(&source), "{preset}");
        let written = fs::read(target.join("model.safetensors")).unwrap();
        let written = SafeTensors::deserialize(&written).unwrap();
        assert!(written.names().contains(&"deberta.encoder.layer.0.output.dense.weight"));
    }
    // Transformers has no place for a pooled layer of another length than a hidden state.
    let target = output.path().join("classifier_sigmoid");
    let source = goldens().join("keras/classifier_sigmoid");
    let error = convert(source, ConversionTarget::Safetensors, &target, &go_on).unwrap_err();
    assert!(
        error.kind() == ErrorKind::Unsupported && error.message().contains("pooled dense layer has"),
        "{error}"
    );
    for (checkpoint, head) in [("v3_shared", true), ("masked_lm", true), ("masked_lm_legacy", true)] {
        let (source, target) = (goldens().join(checkpoint), output.path().join(checkpoint));
        let report = convert(&source, ConversionTarget::Keras, &target, &go_on).unwrap();
        assert!(report.notes.iter().any(|note| note.contains("no spm.model")), "{:?}", report.notes);
        assert_eq!(target.join("task.json").exists(), head);
        // The logits of a masked language model differ by Keras' epsilon.
        let ((hidden_states, logits), (expected, expected_logits)) = (outputs(&target), outputs(&source));
        assert!(hidden_states == expected, "{checkpoint}");
        assert_eq!(logits == expected_logits, checkpoint == "v3_shared", "{checkpoint}");
        let head =
            |folder: &Path| Model::open(folder, &OpenOptions::default()).unwrap().config().declared_head();
        assert_eq!(head(&target), head(&source));
    }
    let target = output.path().join("bundled");
    convert(bundled_model(), ConversionTarget::Keras, &target, &go_on).unwrap();
    assert!(target.join("assets/tokenizer/vocabulary.spm").exists());
    assert_eq!(bits(&target), bits(&bundled_model()));
    for (checkpoint, key) in
        [("token_types", "type_vocab_size"), ("c2p_only", "pos_att_type"), ("v2_unshared", "share_att_key")]
    {
        let target = output.path().join(checkpoint);
        let error =
            convert(goldens().join(checkpoint), ConversionTarget::Keras, &target, &go_on).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.message().contains(key) && !target.exists(), "{error}");
    }
}

#[test]
fn the_tokenizer_comes_along_or_alone() {
    let output = tempfile::tempdir().unwrap();
    let (whole, alone) = (output.path().join("whole"), output.path().join("alone"));
    convert(bundled_model(), ConversionTarget::Safetensors, &whole, &go_on).unwrap();
    let report = convert(bundled_model(), ConversionTarget::TokenizerJson, &alone, &go_on).unwrap();
    assert_eq!(report.tensors, 0);
    assert!(!alone.join("config.json").exists() && alone.join("tokenizer_config.json").exists());
    assert_eq!(bits(&whole), bits(&bundled_model()));
    let ids = |folder: &Path| {
        let tokenizer = Tokenizer::from_folder(folder).unwrap().unwrap();
        tokenizer.encode("fn main() { naïve\t// 数 }".into(), &TokenizeOptions::default()).unwrap()
    };
    assert_eq!(ids(&whole), ids(&bundled_model()));
    assert_eq!(ids(&alone), ids(&bundled_model()));
}

#[test]
fn what_is_there_is_not_touched_and_a_failure_leaves_nothing() {
    let output = tempfile::tempdir().unwrap();
    let target = output.path().join("new");
    let refused = |source: &Path, target: &Path, kind: ErrorKind, part: &str| {
        let error = convert(source, ConversionTarget::Safetensors, target, &go_on).unwrap_err();
        assert!(error.kind() == kind && error.message().contains(part), "{:?}: {error}", error.kind());
    };
    let source = goldens().join("sharded");
    fs::create_dir(&target).unwrap();
    convert(&source, ConversionTarget::Safetensors, &target, &go_on).unwrap();
    refused(&source, &target, ErrorKind::InvalidArgument, "is there already");
    refused(&source, &target.join("config.json"), ErrorKind::InvalidArgument, "is there already");
    refused(&source, Path::new("/"), ErrorKind::InvalidArgument, "name of its own");
    refused(&source, &target.join("config.json/x"), ErrorKind::Io, "cannot write to");
    refused(&output.path().join("nothing"), &output.path().join("a"), ErrorKind::NotFound, "nothing");
    let error =
        convert(&source, ConversionTarget::TokenizerJson, output.path().join("b"), &go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("no tokenizer"), "{error}");

    let stopped =
        convert(&source, ConversionTarget::Safetensors, output.path().join("c"), &|bytes, total| {
            if bytes > total / 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(fs::read_dir(output.path()).unwrap().count(), 1, "something was left behind");
}
