//! What each precision promises: errors against float64, against PyTorch in bfloat16, and on the held-out set.

mod common;

use std::collections::HashMap;
use std::time::Instant;

use common::{Case, bundled_model, cases, differences, goldens, instruction_sets, output};
use deberta::{
    Batch, Config, EncodeOptions, InstructionSet, Model, OpenOptions, Outputs, Precision, TextInput,
};

/// The errors of PyTorch in bfloat16 on one output: largest and mean, in the run of record and the largest over the
/// rescaled runs.
#[derive(serde::Deserialize)]
struct Bfloat16Errors {
    max: f64,
    mean: f64,
    max_rescaled: f64,
    mean_rescaled: f64,
}

fn bfloat16_errors() -> HashMap<String, HashMap<String, Bfloat16Errors>> {
    serde_json::from_str(&std::fs::read_to_string(goldens().join("bfloat16_errors.json")).unwrap()).unwrap()
}

fn open(case: &Case, instruction_set: Option<InstructionSet>, precision: Precision) -> Model {
    let options = OpenOptions {
        precision,
        instruction_set,
        threads: Some(2),
        tensor_prefix: case.tensor_prefix.clone(),
        ..OpenOptions::default()
    };
    let folder = goldens().join(&case.checkpoint);
    Model::open(folder, &options).unwrap_or_else(|error| panic!("{}: {error}", case.name()))
}

#[test]
fn dump() {
    let theirs = bfloat16_errors();
    for precision in [Precision::Medium, Precision::Int8] {
        for instruction_set in instruction_sets() {
            for case in &cases() {
                let model = open(case, instruction_set, precision);
                let golden = case.read();
                let outputs = Outputs { hidden_states: true, attentions: true, logits: true };
                let encoded = model.encode(&golden.batch(), outputs).unwrap();
                for name in &case.outputs {
                    let Some(found) = output(&encoded, name) else { continue };
                    let (max, mean) = differences(&golden, name, &found);
                    let t = &theirs[&case.name()][name];
                    println!(
                        "DUMP {precision} {} {} {name} {} {:.3} {:.3} {:.3} {:.3} {:.3e}",
                        model.info().instruction_set,
                        case.name(),
                        found.len(),
                        max / t.max,
                        mean / t.mean,
                        max / t.max.max(t.max_rescaled),
                        mean / t.mean.max(t.mean_rescaled),
                        mean
                    );
                }
            }
        }
    }
}
