//! Reading the golden list; shared by the tests of this folder.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use deberta::{Batch, Encoded, InstructionSet, Precision};
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PRECISIONS: [Precision; 4] =
    [Precision::Highest, Precision::High, Precision::Medium, Precision::Int8];

/// One entry of `tests/goldens/cases.json`.
#[derive(serde::Deserialize)]
pub struct Case {
    pub checkpoint: String,
    pub case: String,
    pub tensor_prefix: Option<String>,
    pub outputs: Vec<String>,
}

impl Case {
    pub fn name(&self) -> String {
        format!("{}/{}", self.checkpoint, self.case)
    }

    pub fn read(&self) -> Golden {
        Golden::read(&goldens().join(&self.checkpoint).join(&self.case))
    }
}

pub fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

pub fn bundled_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/code-language")
}

/// A copy of a golden checkpoint with the tokenizer that the goldens of tasks were made with.
pub fn with_task_tokenizer(checkpoint: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(goldens().join(checkpoint).join(file), folder.path().join(file)).unwrap();
    }
    std::fs::copy(goldens().join("task_tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    folder
}

pub fn cases() -> Vec<Case> {
    let list = std::fs::read_to_string(goldens().join("cases.json")).unwrap();
    serde_json::from_str(&list).unwrap()
}

/// The instruction sets to test: the one that `DEBERTA_ISA` forces, or all. A forced one that is missing fails when
/// the model is opened.
pub fn instruction_sets() -> Vec<Option<InstructionSet>> {
    match std::env::var("DEBERTA_ISA") {
        Ok(name) if !name.is_empty() => vec![None],
        _ => InstructionSet::available().into_iter().map(Some).collect(),
    }
}

/// What `DEBERTA_ISA` forces.
pub fn forced_instruction_set() -> InstructionSet {
    std::env::var("DEBERTA_ISA").unwrap().parse().unwrap()
}

/// Whether an instruction set is slow in this build: plain Rust always, other kernels that are not in assembly where
/// a build for tests does not optimise them.
pub fn is_slow(instruction_set: InstructionSet) -> bool {
    let is_compiled = matches!(
        instruction_set,
        InstructionSet::Avx2 | InstructionSet::Neon | InstructionSet::NeonDotprod | InstructionSet::NeonBf16
    );
    instruction_set == InstructionSet::Portable || (cfg!(debug_assertions) && is_compiled)
}

/// A safetensors file with inputs and expected outputs.
pub struct Golden {
    bytes: Vec<u8>,
}

impl Golden {
    pub fn read(path: &Path) -> Self {
        Self { bytes: std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())) }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    pub fn integers(&self, name: &str) -> Option<Vec<i64>> {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).ok()?;
        assert_eq!(tensor.dtype(), Dtype::I64);
        Some(tensor.data().as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
    }

    pub fn floats(&self, name: &str) -> Vec<f64> {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tensor.dtype(), Dtype::F64);
        tensor.data().as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    }

    pub fn shape(&self, name: &str) -> Vec<usize> {
        self.tensors().tensor(name).unwrap().shape().to_vec()
    }

    pub fn batch(&self) -> Batch {
        let shape = self.shape("input_ids");
        let mask = self.integers("attention_mask");
        let types = self.integers("token_type_ids");
        let ids = self.integers("input_ids").unwrap();
        Batch::from_padded(&ids, mask.as_deref(), types.as_deref(), shape[0], shape[1]).unwrap()
    }

    /// The error of PyTorch float32 on one output, in the run of record.
    pub fn reference_error(&self, output: &str) -> f64 {
        self.floats(&format!("pytorch_float32_error.{output}"))[0]
    }

    /// The largest error of PyTorch float32 on one output over nine runs that add in different orders. How large the
    /// largest of a few rounding errors is, is partly luck; nine runs show what float32 can do to this output.
    pub fn largest_reference_error(&self, output: &str) -> f64 {
        self.reference_error(output).max(self.floats(&format!("pytorch_float32_error_reordered.{output}"))[0])
    }
}

pub fn largest_difference(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).fold(0.0, |largest, (found, expected)| {
        let difference = (f64::from(*found) - expected).abs();
        if difference.is_nan() { f64::NAN } else { largest.max(difference) }
    })
}

/// Our output under the golden's name and in its padded shape; nothing if this version does not compute it.
pub fn output(encoded: &Encoded, name: &str) -> Option<Vec<f32>> {
    if let Some(layer) = name.strip_prefix("hidden_states.") {
        return Some(encoded.to_padded(&encoded.hidden_states()[layer.parse::<usize>().unwrap()]));
    }
    if let Some(layer) = name.strip_prefix("attentions.") {
        return Some(encoded.padded_attentions(layer.parse().unwrap()));
    }
    match name {
        "last_hidden_state" => Some(encoded.to_padded(encoded.last_hidden_state())),
        "logits" => encoded.logits().map(|logits| match logits.head.is_pooled() {
            true => logits.values.clone(),
            false => encoded.to_padded(&logits.values),
        }),
        _ => panic!("unknown output {name}"),
    }
}

/// Largest and mean absolute difference of an output of a case over its valid positions.
pub fn differences(golden: &Golden, name: &str, found: &[f32]) -> (f64, f64) {
    let expected = golden.floats(name);
    let sum: f64 =
        found.iter().zip(&expected).map(|(found, expected)| (f64::from(*found) - expected).abs()).sum();
    // Rows of padding are zeros on both sides; logits of whole rows all count.
    let has_padding = name.starts_with("attentions.") || golden.shape(name).len() == 3;
    let valid = golden
        .integers("attention_mask")
        .filter(|_| has_padding)
        .map_or(1.0, |mask| mask.iter().sum::<i64>() as f64 / mask.len() as f64);
    (largest_difference(found, &expected), sum / (expected.len() as f64 * valid))
}

/// The bundled model with its outputs taken for labels of tokens; those without a name here get a number.
pub fn bundled_tagger(labels: &[impl AsRef<str>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "tokenizer.json"] {
        std::fs::copy(bundled_model().join(file), folder.path().join(file)).unwrap();
    }
    let config = std::fs::read_to_string(bundled_model().join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    let count = config["id2label"].as_object().unwrap().len();
    let name = |label: usize| labels.get(label).map_or(format!("LABEL_{label}"), |name| name.as_ref().into());
    let names: serde_json::Map<String, Value> =
        (0..count).map(|label| (label.to_string(), json!(name(label)))).collect();
    config["architectures"] = json!(["DebertaV2ForTokenClassification"]);
    config.as_object_mut().unwrap().retain(|key, _| !key.ends_with("2id") && !key.starts_with("id2"));
    match labels.is_empty() {
        true => config["num_labels"] = json!(count),
        false => config["id2label"] = names.into(),
    }
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    folder
}

/// The bundled model's encoder under the question answering head of `tests/goldens/answers_head.safetensors`, with a
/// tokenizer.
pub fn question_answering_model(tokenizer: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = std::fs::read_to_string(bundled_model().join("config.json")).unwrap();
    let config = config.replace("ForSequenceClassification", "ForQuestionAnswering");
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    std::fs::copy(tokenizer.join("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    let encoder = std::fs::read(bundled_model().join("model.safetensors")).unwrap();
    let head = std::fs::read(goldens().join("answers_head.safetensors")).unwrap();
    let files = [SafeTensors::deserialize(&encoder).unwrap(), SafeTensors::deserialize(&head).unwrap()];
    let tensors = files.iter().flat_map(SafeTensors::tensors);
    safetensors::serialize_to_file(tensors, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}
