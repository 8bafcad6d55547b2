//! Every weight format with every kind of tokenizer, in every precision: the table of docs/checkpoints.md.

mod common;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use common::{PRECISIONS, bundled_model, goldens};
use deberta::{
    Batch, ConversionTarget, HeadKind, Model, OpenOptions, Outputs, TokenizeOptions, Tokenizer,
    TokenizerMode, TokenizerOptions, convert,
};
use tempfile::TempDir;

/// A checkpoint in some format.
struct Format {
    name: &'static str,
    /// The folder of the configuration, and of the weights unless `weights` says otherwise.
    folder: &'static str,
    /// Files of `tests/goldens` that take the place of the folder's weights, with their names there.
    weights: &'static [(&'static str, &'static str)],
    head: Option<HeadKind>,
}

const FORMATS: [Format; 11] = [
    Format {
        name: "safetensors",
        folder: "float16_stored",
        weights: &[],
        head: Some(HeadKind::SequenceClassification),
    },
    Format {
        name: "safetensors of a token classifier",
        folder: "token_classification",
        weights: &[],
        head: Some(HeadKind::TokenClassification),
    },
    Format { name: "safetensors in shards", folder: "sharded", weights: &[], head: SHARDED_HEAD },
    Format {
        name: "torch.save, zip form",
        folder: "float16_stored",
        weights: &[("pytorch/float16_stored.bin", "pytorch_model.bin")],
        head: Some(HeadKind::SequenceClassification),
    },
    Format {
        name: "torch.save, legacy form",
        folder: "float16_stored",
        weights: &[("pytorch/float16_stored_legacy.bin", "pytorch_model.bin")],
        head: Some(HeadKind::SequenceClassification),
    },
    Format {
        name: "torch.save of a training",
        folder: "token_classification",
        weights: &[("pytorch/token_classification_training.bin", "pytorch_model.bin")],
        head: Some(HeadKind::TokenClassification),
    },
    Format {
        name: "torch.save in shards",
        folder: "sharded",
        weights: &[
            ("pytorch/sharded/pytorch_model.bin.index.json", "pytorch_model.bin.index.json"),
            ("pytorch/sharded/pytorch_model-00001-of-00002.bin", "pytorch_model-00001-of-00002.bin"),
            ("pytorch/sharded/pytorch_model-00002-of-00002.bin", "pytorch_model-00002-of-00002.bin"),
        ],
        head: SHARDED_HEAD,
    },
    Format { name: "Keras backbone", folder: "keras/backbone_float32", weights: &[], head: None },
    Format { name: "Keras backbone in shards", folder: "keras/backbone_sharded", weights: &[], head: None },
    Format {
        name: "Keras text classifier",
        folder: "keras/classifier",
        weights: &[],
        head: Some(HeadKind::SequenceClassification),
    },
    Format {
        name: "Keras masked LM",
        folder: "keras/masked_lm",
        weights: &[],
        head: Some(HeadKind::MaskedLanguageModeling),
    },
];
const SHARDED_HEAD: Option<HeadKind> = Some(HeadKind::SequenceClassification);

/// The tokenizers that a folder may have: what they are called here, where they are from, and what they are called there.
const TOKENIZERS: [(&str, &[(&str, &str)]); 4] = [
    ("none", &[]),
    ("tokenizer.json", &[("tokenizer.json", "tokenizer.json")]),
    ("spm.model", &[("spm.model", "spm.model")]),
    ("vocabulary.spm", &[("spm.model", "assets/tokenizer/vocabulary.spm")]),
];

fn is_weight(name: &str) -> bool {
    name.ends_with(".safetensors") && !name.starts_with("case_") || name == "model.safetensors.index.json"
}

/// The files of a format in a folder of their own.
fn folder_of(format: &Format) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(goldens().join(format.folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if format.weights.is_empty() || !is_weight(name) {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    for (source, name) in format.weights {
        fs::copy(goldens().join(source), folder.path().join(name)).unwrap();
    }
    folder
}

fn add_tokenizer(folder: &Path, files: &[(&str, &str)]) {
    for (source, name) in files {
        let target = folder.join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(bundled_model().join(source), target).unwrap();
    }
}

/// The bits of hidden states and logits; without those of a masked language model, whose epsilon in Keras has no place in
/// the configuration of transformers.
fn bits(model: &Model) -> Vec<u32> {
    let batch = Batch::from_rows(&[&[1, 5, 44, 31, 2], &[1, 7, 2]]).unwrap();
    let encoded = model.encode(&batch, Outputs { logits: true, ..Outputs::default() }).unwrap();
    let logits = encoded.logits().map_or(&[][..], |logits| &logits.values);
    assert!(encoded.last_hidden_state().iter().chain(logits).all(|value| value.is_finite()));
    let logits = if model.head() == Some(HeadKind::MaskedLanguageModeling) { &[] } else { logits };
    encoded.last_hidden_state().iter().chain(logits).map(|value| value.to_bits()).collect()
}

/// The same model as one safetensors file.
fn twin(folder: &Path, output: &Path) -> PathBuf {
    let twin = output.join("twin");
    convert(folder, ConversionTarget::Safetensors, &twin, &|_, _| ControlFlow::Continue(())).unwrap();
    twin
}

#[test]
fn every_format_opens_with_every_tokenizer_in_every_precision() {
    let text = "fn main() { naïve\u{3000}数 }";
    for format in &FORMATS {
        let output = tempfile::tempdir().unwrap();
        let twin = twin(folder_of(format).path(), output.path());
        for precision in PRECISIONS {
            let options = OpenOptions { precision, threads: Some(1), ..OpenOptions::default() };
            let expected = bits(&Model::open(&twin, &options).unwrap());
            for (tokenizer, files) in TOKENIZERS {
                let folder = folder_of(format);
                add_tokenizer(folder.path(), files);
                let model = Model::open(folder.path(), &options)
                    .unwrap_or_else(|error| panic!("{} with {tokenizer}: {error}", format.name));
                assert_eq!(model.head(), format.head, "{}", format.name);
                assert!(bits(&model) == expected, "{} with {tokenizer}, {precision}", format.name);
                let ids = model
                    .tokenizer()
                    .map(|tokenizer| tokenizer.encode(text.into(), &TokenizeOptions::default()).unwrap().ids);
                assert_eq!(ids.is_some(), tokenizer != "none", "{} with {tokenizer}", format.name);
                let mode = match tokenizer {
                    "vocabulary.spm" => TokenizerMode::SentencePiece,
                    _ => TokenizerMode::HuggingFace,
                };
                let bundled = Tokenizer::open(&bundled_model(), &TokenizerOptions { mode }).unwrap().unwrap();
                let expected = bundled.encode(text.into(), &TokenizeOptions::default()).unwrap().ids;
                assert!(ids.is_none_or(|ids| ids == expected), "{} with {tokenizer}", format.name);
            }
        }
    }
}
