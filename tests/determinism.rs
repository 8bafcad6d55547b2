//! A row's result is the same, bit for bit, in every precision, whatever else is in the batch, however it is padded,
//! however many threads run and whoever calls.

mod common;

use common::{PRECISIONS, goldens, instruction_sets};
use deberta::{Batch, Config, Encoded, HeadKind, InstructionSet, Model, OpenOptions, Outputs, Precision};

const OUTPUTS: Outputs = Outputs { hidden_states: false, attentions: false, logits: true, layers: None };

fn ids(length: usize, seed: usize) -> Vec<i64> {
    (0..length).map(|index| ((index * 37 + seed * 101 + 7) % 97 + 4) as i64).collect()
}

/// A row's hidden states and logits as bits.
type Bits = (Vec<u32>, Vec<u32>);

fn bits(encoded: &Encoded, row: usize) -> Bits {
    let hidden = encoded.row(row).iter().map(|value| value.to_bits()).collect();
    let logits = encoded.logits().map_or(&[][..], |logits| {
        let range = match logits.head {
            HeadKind::TokenClassification => encoded.row_offsets()[row]..encoded.row_offsets()[row + 1],
            _ => row..row + 1,
        };
        &logits.values[range.start * logits.labels..range.end * logits.labels]
    });
    (hidden, logits.iter().map(|value| value.to_bits()).collect())
}

fn padded(rows: &[Vec<i64>], left: bool) -> Batch {
    let length = rows.iter().map(Vec::len).max().unwrap() + 3;
    let (mut padded_ids, mut mask) = (Vec::new(), Vec::new());
    for row in rows {
        let padding = length - row.len();
        let (before, after) = if left { (padding, 0) } else { (0, padding) };
        padded_ids.extend(
            std::iter::repeat_n(0, before).chain(row.iter().copied()).chain(std::iter::repeat_n(0, after)),
        );
        mask.extend((0..length).map(|column| i64::from((before..length - after).contains(&column))));
    }
    Batch::from_padded(&padded_ids, Some(&mask), None, rows.len(), length).unwrap()
}

/// `threads` are the numbers of threads to compare with one thread and each row alone.
fn check(model_with_threads: &dyn Fn(usize) -> Model, lengths: &[usize], threads: &[usize]) {
    let rows: Vec<Vec<i64>> = lengths.iter().enumerate().map(|(seed, &length)| ids(length, seed)).collect();
    let reference = model_with_threads(1);
    let alone: Vec<_> = rows
        .iter()
        .map(|row| {
            let batch = Batch::from_padded(row, None, None, 1, row.len()).unwrap();
            bits(&reference.encode(&batch, OUTPUTS).unwrap(), 0)
        })
        .collect();
    for &threads in threads {
        let model = model_with_threads(threads);
        for batch in [padded(&rows, false), padded(&rows, true)] {
            // The second time the workspace holds the remains of the first.
            for _ in 0..2 {
                let encoded = model.encode(&batch, OUTPUTS).unwrap();
                for (row, expected) in alone.iter().enumerate() {
                    assert!(bits(&encoded, row) == *expected, "row {row} of {lengths:?}, {threads} threads");
                }
            }
        }
    }
}

#[test]
fn the_same_row_gives_the_same_bits() {
    for instruction_set in instruction_sets() {
        for precision in PRECISIONS {
            // What the last three have of their own is computed in the same way in every precision.
            let checkpoints =
                ["v3_shared", "v2_unshared", "small_buckets", "conv_gelu", "no_buckets", "bfloat16_stored"];
            let count = if precision == Precision::Highest { 6 } else { 3 };
            for checkpoint in &checkpoints[..count] {
                let open = |threads| {
                    let options = OpenOptions {
                        instruction_set,
                        precision,
                        threads: Some(threads),
                        ..OpenOptions::default()
                    };
                    Model::open(goldens().join(checkpoint), &options).unwrap()
                };
                check(&open, &[17, 1, 64, 129, 3, 65, 40, 200], &[1, 2, 3]);
            }
        }
    }
}

#[test]
fn it_also_does_where_products_are_cut_into_blocks() {
    let config = r#"{"model_type": "deberta-v2", "vocab_size": 120, "hidden_size": 384, "num_hidden_layers": 1,
        "num_attention_heads": 6, "intermediate_size": 1536, "relative_attention": true, "position_buckets": 256,
        "pos_att_type": "p2c|c2p", "share_att_key": true, "norm_rel_ebd": "layer_norm",
        "position_biased_input": false}"#;
    for instruction_set in instruction_sets() {
        for precision in PRECISIONS {
            let open = |threads| {
                let options = OpenOptions {
                    instruction_set,
                    precision,
                    threads: Some(threads),
                    ..OpenOptions::default()
                };
                Model::random(Config::from_json(config, "test").unwrap(), 5, &options).unwrap()
            };
            // Plain Rust in a build for tests is slow.
            let is_portable = open(1).info().instruction_set == InstructionSet::Portable;
            check(&open, &[150, 2, 70], if is_portable { &[2] } else { &[1, 2, 3] });
        }
    }
}

/// Batches of one row, and what they give to a single caller.
fn batches_and_bits(model: &Model) -> Vec<(Batch, Bits)> {
    let batches = (1..9).map(|seed| padded(&[ids(seed * 23, seed)], false));
    batches
        .map(|batch| {
            let bits = bits(&model.encode(&batch, OUTPUTS).unwrap(), 0);
            (batch, bits)
        })
        .collect()
}

#[test]
fn many_callers_share_a_model() {
    for precision in PRECISIONS {
        let options = OpenOptions { precision, threads: Some(2), ..OpenOptions::default() };
        let model = Model::open(goldens().join("v3_shared"), &options).unwrap();
        let batches = batches_and_bits(&model);
        std::thread::scope(|scope| {
            for first in 0..8 {
                let (model, batches) = (&model, &batches);
                scope.spawn(move || {
                    for call in 0..40 {
                        let (batch, expected) = &batches[(first + call) % batches.len()];
                        let encoded = model.encode(batch, OUTPUTS).unwrap();
                        assert!(bits(&encoded, 0) == *expected, "{precision} call {call} of thread {first}");
                    }
                });
            }
        });
    }
}

/// Many more callers than threads, all of them tasks of a pool of rayon's, in which some call from tasks of tasks.
#[test]
fn callers_within_a_rayon_pool_do_not_block_each_other() {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for precision in PRECISIONS {
            let options = OpenOptions { precision, threads: Some(3), ..OpenOptions::default() };
            let model = Model::open(goldens().join("v3_shared"), &options).unwrap();
            let batches = batches_and_bits(&model);
            let call = |index: usize| {
                let (batch, expected) = &batches[index % batches.len()];
                let encoded = model.encode(batch, OUTPUTS).unwrap();
                assert!(bits(&encoded, 0) == *expected, "{precision} caller {index}");
            };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
            for _ in 0..5 {
                pool.scope(|scope| {
                    for index in 0..32 {
                        let call = &call;
                        scope.spawn(move |_| {
                            rayon::join(|| call(index), || call(index + 1));
                        });
                    }
                });
            }
        }
        done.send(()).unwrap();
    });
    let result = is_done.recv_timeout(std::time::Duration::from_secs(120));
    result.expect("the callers finish with the right bits and do not wait for each other");
}

#[test]
fn long_rows_need_no_square_matrix() {
    let options = OpenOptions { threads: Some(2), ..OpenOptions::default() };
    let model = Model::open(goldens().join("v3_shared"), &options).unwrap();
    let long = ids(4096, 3);
    let batch = Batch::from_padded(&long, None, None, 1, long.len()).unwrap();
    let encoded = model.encode(&batch, OUTPUTS).unwrap();
    assert!(encoded.last_hidden_state().iter().all(|value| value.is_finite()));
    let both =
        Batch::from_rows(&[&[5, 6, 7], &long.iter().map(|&id| id as u32).collect::<Vec<_>>()]).unwrap();
    assert!(bits(&model.encode(&both, OUTPUTS).unwrap(), 1) == bits(&encoded, 0));
}
