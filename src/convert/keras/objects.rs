//! The JSON files of a preset.

use serde_json::{Value, json};

use super::activation;
use crate::config::{Config, HeadKind};

/// The release whose files these are like.
const KERAS_HUB_VERSION: &str = "0.17.0";
const KERAS_VERSION: &str = "3.7.0";

fn registered(module: &str, class: &str, config: &Value) -> Value {
    json!({
        "module": format!("keras_hub.src.models.deberta_v3.{module}"),
        "class_name": class,
        "config": config,
        "registered_name": format!("keras_hub>{class}"),
    })
}

fn dtype(name: &str) -> Value {
    json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}, "registered_name": null})
}

/// `config.json`
pub(super) fn backbone(config: &Config) -> Value {
    let settings = json!({
        "name": "deberta_v3_backbone",
        "trainable": true,
        "dtype": dtype("float32"),
        "vocabulary_size": config.vocab_size,
        "num_layers": config.num_hidden_layers,
        "num_heads": config.num_attention_heads,
        "hidden_dim": config.hidden_size,
        "intermediate_dim": config.intermediate_size,
        "dropout": 0.1,
        "max_sequence_length": config.max_relative_positions,
        "bucket_size": config.span(),
    });
    registered("deberta_v3_backbone", "DebertaV3Backbone", &settings)
}

/// `task.json`
pub(super) fn task(config: &Config, head: HeadKind) -> Value {
    let mut settings = json!({"backbone": backbone(config), "preprocessor": null});
    if head == HeadKind::MaskedLanguageModeling {
        settings["name"] = "deberta_v3_masked_lm".into();
        return registered("deberta_v3_masked_lm", "DebertaV3MaskedLM", &settings);
    }
    settings["name"] = "deberta_v3_text_classifier".into();
    settings["num_classes"] = config.num_labels.into();
    settings["activation"] = activation(config).into();
    settings["hidden_dim"] = config.pooler_hidden_size.into();
    settings["dropout"] = 0.0.into();
    registered("deberta_v3_text_classifier", "DebertaV3TextClassifier", &settings)
}

/// `tokenizer.json`, whose vocabulary is a file in `assets`.
pub(super) fn tokenizer() -> Value {
    let settings = json!({
        "name": "deberta_v3_tokenizer",
        "trainable": true,
        "dtype": dtype("int32"),
        "proto": null,
        "sequence_length": null,
    });
    registered("deberta_v3_tokenizer", "DebertaV3Tokenizer", &settings)
}

/// `metadata.json`
pub(super) fn metadata(parameters: u64) -> Value {
    json!({
        "keras_version": KERAS_VERSION,
        "keras_hub_version": KERAS_HUB_VERSION,
        "parameter_count": parameters,
    })
}
