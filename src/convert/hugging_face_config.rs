//! `config.json` as transformers reads it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::write as write_file;
use crate::config::{Config, HeadKind, ProblemType};
use crate::error::{Error, ErrorKind, Result, bail};

/// Copies the source's `config.json`, which says more than [`Config`] holds; writes one where the source's is of another
/// kind.
pub(super) fn write(folder: &Path, config: &Config, is_keras: bool, output: &Path) -> Result<()> {
    let source = folder.join("config.json");
    let target = output.join("config.json");
    if !is_keras {
        let text = std::fs::read(&source).map_err(|error| Error::io("read", &source, error))?;
        return write_file(&target, text);
    }
    let pooled = config.declared_head() == Some(HeadKind::SequenceClassification);
    if pooled && config.pooler_hidden_size != config.hidden_size {
        bail!(
            Unsupported,
            "{}: the pooled dense layer has {} outputs, but transformers can only have as many as the hidden size, {}",
            folder.display(),
            config.pooler_hidden_size,
            config.hidden_size
        );
    }
    let text = serde_json::to_string_pretty(&hugging_face_config(config)).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("cannot write {}: {error}", target.display()))
    })?;
    write_file(&target, text + "\n")
}

fn hugging_face_config(config: &Config) -> Value {
    let terms = [("c2p", config.pos_att_type.c2p), ("p2c", config.pos_att_type.p2c)];
    let terms: Vec<&str> = terms.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
    let mut object = json!({
        "model_type": "deberta-v2",
        "architectures": [architecture(config.declared_head())],
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
        "position_buckets": config.position_buckets.map_or(-1, |buckets| buckets as i64),
        "max_relative_positions": config.max_relative_positions,
        "pos_att_type": terms,
        "share_att_key": config.share_att_key,
        "norm_rel_ebd": if config.normalize_relative_embeddings { "layer_norm" } else { "none" },
        "pad_token_id": config.pad_token_id,
        "pooler_hidden_size": config.pooler_hidden_size,
        "pooler_hidden_act": config.pooler_hidden_act.name(),
        "pooler_dropout": 0,
        "legacy": config.declared_head() != Some(HeadKind::MaskedLanguageModeling),
    });
    let number = |(index, label): (usize, &String)| (index.to_string(), json!(label));
    let id2label: Map<String, Value> = config.id2label.iter().enumerate().map(number).collect();
    let label2id: Map<String, Value> =
        config.id2label.iter().enumerate().map(|(index, label)| (label.clone(), json!(index))).collect();
    object["id2label"] = id2label.into();
    object["label2id"] = label2id.into();
    if let Some(problem_type) = config.problem_type {
        object["problem_type"] = problem_name(problem_type).into();
    }
    if let Some(conv) = config.conv {
        object["conv_kernel_size"] = conv.kernel_size.into();
        object["conv_groups"] = conv.groups.into();
        object["conv_act"] = conv.activation.name().into();
    }
    object
}

fn architecture(head: Option<HeadKind>) -> &'static str {
    match head {
        None => "DebertaV2Model",
        Some(HeadKind::SequenceClassification) => "DebertaV2ForSequenceClassification",
        Some(HeadKind::TokenClassification) => "DebertaV2ForTokenClassification",
        Some(HeadKind::QuestionAnswering) => "DebertaV2ForQuestionAnswering",
        Some(HeadKind::MaskedLanguageModeling) => "DebertaV2ForMaskedLM",
        Some(HeadKind::MultipleChoice) => "DebertaV2ForMultipleChoice",
    }
}

fn problem_name(problem_type: ProblemType) -> &'static str {
    ProblemType::NAMES.iter().find(|(_, known)| *known == problem_type).map_or("", |(name, _)| name)
}
