//! Opening a model with a large vocabulary, and encoding a short text, reads only the embedding rows that are used.
//! In a process of its own, since the memory of the whole process is measured.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write;

use deberta::{Batch, Model, OpenOptions, Outputs};
use serde_json::{Map, Value, json};

/// mDeBERTa's: a table of 771 MB.
const VOCABULARY: usize = 251_000;
const HIDDEN: usize = 768;
/// What may be resident of the table and of everything else that opening and encoding need.
const MOST_BYTES: u64 = 24 << 20;

/// Bytes of mapped files that are in the memory of this process.
fn resident_file_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssFile:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() << 10
}

#[test]
fn the_table_is_not_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({
        "model_type": "deberta-v2", "vocab_size": VOCABULARY, "hidden_size": HIDDEN, "num_hidden_layers": 1,
        "num_attention_heads": 12, "intermediate_size": 64, "relative_attention": true, "position_buckets": 256,
        "pos_att_type": ["c2p", "p2c"], "share_att_key": true, "norm_rel_ebd": "layer_norm",
        "position_biased_input": false,
    });
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();

    let square = vec![HIDDEN, HIDDEN];
    let mut tensors = vec![("embeddings.word_embeddings.weight".to_owned(), vec![VOCABULARY, HIDDEN])];
    let mut affine = |name: &str, shape: Vec<usize>| {
        tensors.push((format!("{name}.bias"), shape[..1].to_vec()));
        tensors.push((format!("{name}.weight"), shape));
    };
    affine("embeddings.LayerNorm", vec![HIDDEN]);
    affine("encoder.LayerNorm", vec![HIDDEN]);
    for name in ["attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj"] {
        affine(&format!("encoder.layer.0.{name}"), square.clone());
    }
    affine("encoder.layer.0.attention.output.dense", square.clone());
    affine("encoder.layer.0.attention.output.LayerNorm", vec![HIDDEN]);
    affine("encoder.layer.0.intermediate.dense", vec![64, HIDDEN]);
    affine("encoder.layer.0.output.dense", vec![HIDDEN, 64]);
    affine("encoder.layer.0.output.LayerNorm", vec![HIDDEN]);
    tensors.push(("encoder.rel_embeddings.weight".into(), vec![512, HIDDEN]));

    let mut end = 0;
    let header: Map<String, Value> = tensors
        .into_iter()
        .map(|(name, shape)| {
            let start = end;
            end += 4 * shape.iter().product::<usize>();
            (name, json!({"dtype": "F32", "shape": shape, "data_offsets": [start, end]}))
        })
        .collect();
    let header = Value::from(header).to_string();
    let mut file = File::create(folder.path().join("model.safetensors")).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    // The weights are zeros that take no room on the disk.
    file.set_len((8 + header.len() + end) as u64).unwrap();
    drop(file);

    let before = resident_file_bytes();
    let model =
        Model::open(folder.path(), &OpenOptions { threads: Some(1), ..OpenOptions::default() }).unwrap();
    let ids: Vec<u32> = (0..12).map(|index| index * 20_000 + 1).collect();
    let encoded = model.encode(&Batch::from_rows(&[&ids]).unwrap(), Outputs::default()).unwrap();
    assert_eq!(encoded.last_hidden_state().len(), 12 * HIDDEN);
    let resident = resident_file_bytes().saturating_sub(before);
    assert!(resident < MOST_BYTES, "{resident} bytes of mapped files are resident");
    // What is left of the table's bytes shows that the measurement would notice them.
    assert!(resident > 0 && MOST_BYTES < (4 * VOCABULARY * HIDDEN) as u64 / 30);
}
