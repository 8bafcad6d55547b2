//! `deberta info`: what a model is and what it runs with.

use std::time::Instant;

use deberta::Model;
use serde_json::{Map, Value, json};

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;

pub fn run(global: &GlobalArguments) -> Result<(), Failure> {
    let started = Instant::now();
    let model = model::open(global)?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    let mut description = Map::new();
    description.insert("model".into(), json!(model::label(global)?));
    description.extend(describe(&model));
    description.insert("open_milliseconds".into(), json!((milliseconds * 10.0).round() / 10.0));
    description.insert("resident_bytes".into(), json!(resident_bytes()));

    let mut printer = Printer::new();
    if global.json {
        printer.json(&description)?;
    } else {
        print_lines(&mut printer, "", &description)?;
    }
    printer.flush()
}

fn describe(model: &Model) -> Map<String, Value> {
    let (config, info) = (model.config(), model.info());
    let files: Vec<Value> = info
        .files
        .iter()
        .map(|(path, bytes)| json!({"path": path.display().to_string(), "bytes": bytes}))
        .collect();
    let instruction_sets: Vec<String> =
        info.available_instruction_sets.iter().map(ToString::to_string).collect();
    let products: Map<String, Value> =
        info.products.iter().map(|(part, format)| ((*part).into(), json!(format))).collect();
    let conv = config.conv.map(|conv| {
        json!({"kernel_size": conv.kernel_size, "groups": conv.groups, "activation": conv.activation.name()})
    });
    let description = json!({
        "config": {
            "vocab_size": config.vocab_size,
            "hidden_size": config.hidden_size,
            "embedding_size": config.embedding_size,
            "num_hidden_layers": config.num_hidden_layers,
            "num_attention_heads": config.num_attention_heads,
            "intermediate_size": config.intermediate_size,
            "hidden_act": config.hidden_act.name(),
            "layer_norm_eps": config.layer_norm_eps,
            "max_position_embeddings": config.max_position_embeddings,
            "type_vocab_size": config.type_vocab_size,
            "position_biased_input": config.position_biased_input,
            "relative_attention": config.relative_attention,
            "position_buckets": config.position_buckets,
            "max_relative_positions": config.max_relative_positions,
            "c2p": config.pos_att_type.c2p,
            "p2c": config.pos_att_type.p2c,
            "share_att_key": config.share_att_key,
            "normalize_relative_embeddings": config.normalize_relative_embeddings,
            "conv": conv,
            "pad_token_id": config.pad_token_id,
        },
        "head": info.head.map(|head| format!("{head:?}")),
        "problem_type": config.problem_type.map(|problem_type| format!("{problem_type:?}")),
        "labels": config.id2label,
        "tokenizer_tokens": model.tokenizer().map(|tokenizer| tokenizer.vocabulary_size()),
        "parameters": info.parameters,
        "files": files,
        "precision": info.precision.to_string(),
        "instruction_set": info.instruction_set.to_string(),
        "available_instruction_sets": instruction_sets,
        "products": products,
        "threads": info.threads,
        "packed_bytes": info.packed_bytes,
        "mapped_bytes": info.mapped_bytes,
        "packed_file": info.packed_file.map(|path| path.display().to_string()),
    });
    match description {
        Value::Object(description) => description,
        _ => Map::new(),
    }
}

/// One `name: value` line for each plain value, with the names of the objects around it.
fn print_lines(printer: &mut Printer, prefix: &str, object: &Map<String, Value>) -> Result<(), Failure> {
    for (name, value) in object {
        let name = format!("{prefix}{name}");
        match value {
            Value::Object(inner) => print_lines(printer, &format!("{name}."), inner)?,
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    match value {
                        Value::Object(inner) => print_lines(printer, &format!("{name}[{index}]."), inner)?,
                        Value::String(text) => printer.line(format_args!("{name}[{index}]: {text}"))?,
                        other => printer.line(format_args!("{name}[{index}]: {other}"))?,
                    }
                }
            }
            Value::String(text) => printer.line(format_args!("{name}: {text}"))?,
            Value::Null => printer.line(format_args!("{name}: none"))?,
            other => printer.line(format_args!("{name}: {other}"))?,
        }
    }
    Ok(())
}

/// Memory of this process that is in RAM, mapped weights included; known on Linux only.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
