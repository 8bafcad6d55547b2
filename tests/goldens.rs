//! The golden list: outputs of the reference implementation in float64, on every instruction set of this machine.

mod common;

use common::{Golden, bundled_model, cases, goldens, instruction_sets, largest_difference, output};
use deberta::{Batch, ClassifyOptions, HeadKind, InstructionSet, Model, OpenOptions, Outputs, TextInput};

/// Largest error over valid rows, as a multiple of the error of PyTorch float32 on the same case.
const TOLERANCE: f64 = 1.5;

/// The same for logits: a case has a dozen of them, and the largest of so few errors scatters more.
const LOGITS_TOLERANCE: f64 = 2.0;

/// The reference's error to measure by: that of its run of record; for logits, and for kernels without fused
/// multiply-add, which round twice as often, the largest of nine runs.
fn reference_error(golden: &Golden, output: &str, instruction_set: InstructionSet) -> f64 {
    if output == "logits" || instruction_set == InstructionSet::Portable {
        golden.largest_reference_error(output)
    } else {
        golden.reference_error(output)
    }
}

fn tolerance(output: &str) -> f64 {
    if output == "logits" { LOGITS_TOLERANCE } else { TOLERANCE }
}

#[test]
fn every_output_is_as_close_to_float64_as_the_reference_in_float32() {
    let cases = cases();
    assert!(cases.len() >= 50, "the golden list has shrunk to {}", cases.len());
    let mut failures = Vec::new();
    let mut compared = 0;
    let mut worst = 0f64;
    let mut ratios = Vec::new();
    for instruction_set in instruction_sets() {
        for case in &cases {
            let options = OpenOptions {
                instruction_set,
                threads: Some(2),
                tensor_prefix: case.tensor_prefix.clone(),
                ..OpenOptions::default()
            };
            let name = case.name();
            let model = Model::open(goldens().join(&case.checkpoint), &options)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let golden = case.read();
            let outputs = Outputs { hidden_states: true, attentions: true, logits: true, layers: None };
            let encoded = model.encode(&golden.batch(), outputs).unwrap();
            for output_name in &case.outputs {
                let Some(found) = output(&encoded, output_name) else { continue };
                let error = largest_difference(&found, &golden.floats(output_name));
                let used = model.info().instruction_set;
                let reference = reference_error(&golden, output_name, used);
                compared += 1;
                ratios.push(error / golden.reference_error(output_name));
                worst = worst.max(error / reference);
                if error.is_nan() || error > tolerance(output_name) * reference {
                    let ratio = error / reference;
                    failures.push(format!(
                        "{name} {output_name} ({used}): {error:.3e}, {ratio:.2} × the reference's"
                    ));
                }
            }
        }
    }
    let beyond = ratios.iter().filter(|&&ratio| ratio > TOLERANCE).count();
    ratios.sort_by(f64::total_cmp);
    println!("{compared} outputs compared; largest error {worst:.2} × the reference's in float32");
    println!(
        "against its run of record alone: median {:.2}, largest {:.2}, beyond {TOLERANCE}: {beyond}",
        ratios[compared / 2],
        ratios[compared - 1]
    );
    assert!(
        failures.is_empty(),
        "{} of {compared} are out of tolerance:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_head_is_among_the_goldens() {
    let with_logits = cases().into_iter().filter(|case| case.outputs.iter().any(|name| name == "logits"));
    let heads: Vec<_> = with_logits
        .filter_map(|case| {
            let options = OpenOptions { tensor_prefix: case.tensor_prefix, ..OpenOptions::default() };
            Model::open(goldens().join(&case.checkpoint), &options).unwrap().info().head
        })
        .collect();
    for head in [
        HeadKind::SequenceClassification,
        HeadKind::TokenClassification,
        HeadKind::QuestionAnswering,
        HeadKind::MaskedLanguageModeling,
        HeadKind::MultipleChoice,
    ] {
        assert!(heads.contains(&head), "{head:?}");
    }
}

#[test]
fn the_bundled_model_answers_as_the_reference_does() {
    let texts = std::fs::read_to_string(goldens().join("code_language/texts.json")).unwrap();
    let texts: serde_json::Value = serde_json::from_str(&texts).unwrap();
    let texts: Vec<String> = texts
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().or_else(|| text["text"].as_str()).unwrap().to_owned())
        .collect();
    assert_eq!(texts.len(), 50);
    let golden = Golden::read(&goldens().join("code_language/case_texts.safetensors"));
    for instruction_set in instruction_sets() {
        let options = OpenOptions { instruction_set, ..OpenOptions::default() };
        let model = Model::open(bundled_model(), &options).unwrap();
        let inputs: Vec<TextInput<'_>> = texts.iter().map(TextInput::from).collect();
        let answers = model.classify(&inputs, &ClassifyOptions::default()).unwrap();
        let logits: Vec<f32> = answers.iter().flat_map(|answer| answer.logits.iter().copied()).collect();
        let error = largest_difference(&logits, &golden.floats("logits"));
        let reference = golden.largest_reference_error("logits");
        assert!(
            error <= LOGITS_TOLERANCE * reference,
            "logits from text: {error:e}, PyTorch float32 {reference:e}"
        );

        let encoded = model.encode(&golden.batch(), Outputs::default()).unwrap();
        let first_tokens: Vec<f32> =
            (0..encoded.rows()).flat_map(|row| encoded.row(row)[..encoded.hidden_size()].to_vec()).collect();
        let error = largest_difference(&first_tokens, &golden.floats("cls_hidden_state"));
        let reference = golden.largest_reference_error("cls_hidden_state");
        assert!(error <= TOLERANCE * reference, "hidden states: {error:e}, PyTorch float32 {reference:e}");
    }
}

#[test]
fn embedding_rows_come_straight_from_the_table_and_stand_for_ids() {
    let case = cases()
        .into_iter()
        .find(|case| case.name() == "embedding_projection/case_mixed.safetensors")
        .unwrap();
    let model = Model::open(goldens().join(&case.checkpoint), &OpenOptions::default()).unwrap();
    let golden = case.read();
    let shape = golden.shape("input_ids");
    let ids = golden.integers("input_ids").unwrap();
    let mask = golden.integers("attention_mask");
    let types = golden.integers("token_type_ids");
    let table: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
    let embeddings = model.token_embeddings(&table).unwrap();
    let size = model.config().embedding_size;
    assert_eq!(embeddings.len(), ids.len() * size);
    let (mask, types) = (mask.as_deref(), types.as_deref());
    let from_embeddings = Batch::from_embeddings(&embeddings, size, mask, types, shape[0], shape[1]).unwrap();
    let outputs = Outputs::default();
    let expected = model.encode(&golden.batch(), outputs).unwrap();
    let found = model.encode(&from_embeddings, outputs).unwrap();
    assert_eq!(found.last_hidden_state(), expected.last_hidden_state());
}
