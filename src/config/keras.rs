//! The configuration files of a Keras preset: `config.json` of the backbone and `task.json` of its head.

use std::path::Path;

use serde_json::{Map, Value};

use super::backbone::{self, BackboneConfig};
use super::fields::{Fields, shown};
use super::{Activation, Config, ProblemType, labels, read_object_if_there, weight_sizes};
use crate::error::{Result, bail};

/// The key that every object that Keras has saved has, and no configuration of transformers.
const REGISTERED_NAME: &str = "registered_name";

/// Whether the object was saved by Keras.
pub(super) fn is_keras(object: &Map<String, Value>) -> bool {
    object.get(REGISTERED_NAME).is_some_and(|name| !name.is_null())
}

/// Reads the object of a preset's `config.json`.
pub(super) fn read_backbone(fields: &Fields) -> Result<Config> {
    let class = class_name(fields)?;
    if class != "DebertaV3Backbone" {
        bail!(
            Unsupported,
            "{}: \"{REGISTERED_NAME}\" is {class:?}, but of the models of KerasHub only \"DebertaV3Backbone\" is supported",
            fields.origin()
        );
    }
    let object = settings(fields)?;
    let settings = Fields::new(object, fields.origin());
    let backbone = BackboneConfig::new(
        required_size(&settings, "vocabulary_size")?,
        required_size(&settings, "num_layers")?,
        required_size(&settings, "num_heads")?,
        required_size(&settings, "hidden_dim")?,
        required_size(&settings, "intermediate_dim")?,
    );
    let positions = settings.positive_size("max_sequence_length", backbone.max_sequence_length)?;
    let buckets = settings.positive_size("bucket_size", backbone.bucket_size)?;
    backbone.max_sequence_length(positions).bucket_size(buckets).resolve(fields.origin())
}

/// Adds the head of a preset's `task.json`, if the folder has one.
pub(super) fn read_task(config: Config, folder: &Path) -> Result<Config> {
    let path = folder.join("task.json");
    let Some(object) = read_object_if_there(&path)? else { return Ok(config) };
    let origin = path.display().to_string();
    let fields = Fields::new(&object, &origin);
    let class = class_name(&fields)?;
    match class {
        // KerasNLP called the text classifier a classifier.
        "DebertaV3TextClassifier" | "DebertaV3Classifier" => {
            with_classifier(config, &Fields::new(settings(&fields)?, &origin))
        }
        "DebertaV3MaskedLM" => Ok(Config {
            architectures: vec!["DebertaV2ForMaskedLM".into()],
            // What KerasHub's MaskedLMHead has unless told otherwise.
            masked_lm_layer_norm_eps: 1e-5,
            ..config
        }),
        _ => bail!(
            Unsupported,
            "{origin}: \"{REGISTERED_NAME}\" is {class:?}, but only the tasks \"DebertaV3TextClassifier\" and \
             \"DebertaV3MaskedLM\" are supported; take the file away to open the backbone alone"
        ),
    }
}

fn with_classifier(config: Config, settings: &Fields) -> Result<Config> {
    let classes = required_size(settings, "num_classes")?;
    if classes > labels::MOST_LABELS {
        bail!(
            InvalidConfig,
            "{}: \"num_classes\" is {classes}, but must be at most {}",
            settings.origin(),
            labels::MOST_LABELS
        );
    }
    let config = Config {
        architectures: vec!["DebertaV2ForSequenceClassification".into()],
        num_labels: classes,
        id2label: labels::numbered(classes),
        problem_type: read_problem_type(settings, classes)?,
        pooler_hidden_size: settings.positive_size("hidden_dim", config.hidden_size)?,
        // KerasHub passes it to the pooled dense layer, whatever the task's own activation is.
        pooler_hidden_act: Activation::Gelu,
        ..config
    };
    weight_sizes::check(&config, settings.origin(), backbone::argument)?;
    Ok(config)
}

/// Keras applies the activation within the model; here logits stay raw, and the scores of a classification are what
/// Keras' model returns.
fn read_problem_type(settings: &Fields, classes: usize) -> Result<Option<ProblemType>> {
    let Some(activation) = settings.value("activation") else { return Ok(None) };
    match activation.as_str() {
        Some("linear") => Ok(None),
        Some("sigmoid") => Ok(Some(ProblemType::MultiLabel)),
        Some("softmax") if classes > 1 => Ok(Some(ProblemType::SingleLabel)),
        Some("softmax") => settings.wrong(
            "activation",
            activation,
            "another one where \"num_classes\" is 1, whose softmax is always 1",
        ),
        _ => bail!(
            Unsupported,
            "{}: \"activation\" is {}, but only linear, softmax and sigmoid are computed",
            settings.origin(),
            shown(activation)
        ),
    }
}

/// The registered name without the package that registered it, `keras_hub>` or `keras_nlp>`.
fn class_name<'a>(fields: &Fields<'a>) -> Result<&'a str> {
    let Some(name) = fields.text(REGISTERED_NAME)? else {
        bail!(
            InvalidConfig,
            "{} has no \"{REGISTERED_NAME}\", so Keras has not written it; copy it again from the preset",
            fields.origin()
        );
    };
    Ok(name.split_once('>').map_or(name, |(_, class)| class))
}

/// The arguments of the constructor.
pub(super) fn settings<'a>(fields: &Fields<'a>) -> Result<&'a Map<String, Value>> {
    match fields.map("config")? {
        Some(settings) => Ok(settings),
        None => bail!(InvalidConfig, "{} has no \"config\"; copy it again from the preset", fields.origin()),
    }
}

fn required_size(settings: &Fields, key: &str) -> Result<usize> {
    if settings.value(key).is_none() {
        bail!(InvalidConfig, "{}: \"config\" has no \"{key}\"", settings.origin());
    }
    settings.positive_size(key, 0)
}
