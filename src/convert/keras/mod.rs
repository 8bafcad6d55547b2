//! A preset as KerasHub saves it.

mod objects;
mod weights;

use std::path::Path;

use serde_json::Value;

use super::{ConversionProgress, write as write_file};
use crate::checkpoint::Checkpoint;
use crate::config::{Activation, Config, HeadKind, PosAttType, ProblemType};
use crate::error::{Result, bail};

/// Writes the files of a preset. Returns how many tensors there are, and what Keras has no place for.
pub(super) fn write(
    folder: &Path,
    config: &Config,
    checkpoint: &Checkpoint,
    output: &Path,
    progress: &ConversionProgress<'_>,
) -> Result<(usize, Vec<String>)> {
    if let Some(difference) = difference(config) {
        bail!(
            Unsupported,
            "{} is no model that Keras' DebertaV3Backbone can compute: {difference}",
            folder.display()
        );
    }
    let mut notes = Vec::new();
    let head = task(config, &mut notes);
    let tensors = weights::write(config, checkpoint, head, output, progress)?;
    write_object(&output.join("config.json"), &objects::backbone(config))?;
    if let Some(head) = head {
        write_object(&output.join("task.json"), &objects::task(config, head))?;
    }
    write_object(&output.join("metadata.json"), &objects::metadata(tensors.parameters))?;
    let vocabulary = ["spm.model", "assets/tokenizer/vocabulary.spm"].map(|name| folder.join(name));
    match vocabulary.iter().find(|path| path.is_file()) {
        Some(vocabulary) => {
            let assets = output.join("assets/tokenizer");
            let copied = std::fs::create_dir_all(&assets)
                .and_then(|()| std::fs::copy(vocabulary, assets.join("vocabulary.spm")));
            copied.map_err(|error| crate::error::Error::io("copy", vocabulary, error))?;
            write_object(&output.join("tokenizer.json"), &objects::tokenizer())?;
        }
        None => notes.push("there is no spm.model, which Keras needs for its tokenizer".to_owned()),
    }
    Ok((tensors.count, notes))
}

fn write_object(path: &Path, object: &Value) -> Result<()> {
    write_file(path, format!("{object:#}"))
}

/// The key that says what `DebertaV3Backbone` does not compute, or computes otherwise.
fn difference(config: &Config) -> Option<String> {
    let both = PosAttType { c2p: true, p2c: true };
    let requirements = [
        ("hidden_act", config.hidden_act == Activation::Gelu),
        ("embedding_size", config.embedding_size == config.hidden_size),
        ("type_vocab_size", config.type_vocab_size == 0),
        ("position_biased_input", !config.position_biased_input),
        ("relative_attention", config.relative_attention),
        ("position_buckets", config.position_buckets.is_some()),
        ("pos_att_type", config.pos_att_type == both),
        ("share_att_key", config.share_att_key),
        ("norm_rel_ebd", config.normalize_relative_embeddings),
        ("conv_kernel_size", config.conv.is_none()),
        ("layer_norm_eps", config.layer_norm_eps.to_bits() == 1e-7_f64.to_bits()),
    ];
    let (key, _) = requirements.into_iter().find(|(_, fits)| !fits)?;
    Some(format!("\"{key}\" in config.json is not what DeBERTa v3 has"))
}

/// The head that Keras has a task for.
fn task(config: &Config, notes: &mut Vec<String>) -> Option<HeadKind> {
    match config.declared_head()? {
        HeadKind::SequenceClassification if config.pooler_hidden_act == Activation::Gelu => {
            notes.push("Keras keeps no names of labels".to_owned());
            Some(HeadKind::SequenceClassification)
        }
        HeadKind::MaskedLanguageModeling => {
            notes.push("Keras' masked-LM head has an epsilon of 1e-5 in its layer norm".to_owned());
            Some(HeadKind::MaskedLanguageModeling)
        }
        other => {
            notes.push(format!("Keras has no task for the head {other:?}; only the backbone is written"));
            None
        }
    }
}

/// What Keras applies to the logits.
fn activation(config: &Config) -> &'static str {
    match config.problem_type {
        Some(ProblemType::MultiLabel) => "sigmoid",
        _ => "linear",
    }
}
