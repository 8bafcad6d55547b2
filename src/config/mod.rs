//! `config.json`, of Hugging Face or of Keras: read, checked, and resolved to plain values.

mod activation;
mod backbone;
mod conv;
mod fields;
mod head;
mod keras;
mod keras_preprocessor;
#[cfg(test)]
mod keras_tests;
mod labels;
mod position;
#[cfg(test)]
mod tests;
mod weight_sizes;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

pub use activation::Activation;
pub use backbone::{BackboneConfig, WeightType};
pub use conv::ConvConfig;
pub use head::{HeadKind, ProblemType};
pub use keras_preprocessor::{KerasPreprocessor, KerasTruncation};
pub use position::PosAttType;

use crate::error::{Error, ErrorKind, Result, bail};
use fields::Fields;
use position::RelativePositions;

/// Real files have a few kilobytes; a larger one is something else under that name.
const LARGEST_FILE: u64 = 64 << 20;

/// No weights bound the work that a layer count alone can cause.
const MOST_LAYERS: usize = 65_536;

/// The configuration of a DeBERTa v2/v3 model, with every default filled in as transformers does.
///
/// Sizes are checked on reading: the element counts of all weights, and their bytes as f32, fit in `isize`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Rows of the word embedding; token ids are below it. May differ from the tokenizer's size.
    pub vocab_size: usize,
    /// Length of a hidden state.
    pub hidden_size: usize,
    /// Length of an embedding row, before the projection to `hidden_size` when they differ.
    pub embedding_size: usize,
    /// Number of transformer layers.
    pub num_hidden_layers: usize,
    /// Number of attention heads; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Length of the feed-forward layer's inner vector.
    pub intermediate_size: usize,
    /// Activation of the feed-forward layer and of the masked language modeling head.
    pub hidden_act: Activation,
    /// Added to the variance in every layer normalization.
    pub layer_norm_eps: f64,
    /// The same in the head for masked language modelling; `layer_norm_eps` but for Keras' models.
    pub masked_lm_layer_norm_eps: f64,
    /// Rows of the absolute position embedding; a limit on the input only if `position_biased_input`.
    pub max_position_embeddings: usize,
    /// Rows of the token type embedding; 0 if there is none.
    pub type_vocab_size: usize,
    /// Whether absolute position embeddings are added to the word embeddings.
    pub position_biased_input: bool,
    /// Whether attention uses relative positions.
    pub relative_attention: bool,
    /// Number of buckets for distances to one side, at least 2 if used; `None` if each distance stands for itself.
    pub position_buckets: Option<usize>,
    /// Distance from which on relative positions are not told apart; `max_position_embeddings` unless set.
    pub max_relative_positions: usize,
    /// The relative position terms. Kept even if `relative_attention` is false: the score scale counts them anyway.
    pub pos_att_type: PosAttType,
    /// Whether the content projections of query and key also project the relative positions.
    pub share_att_key: bool,
    /// Whether the relative position embeddings go through a layer normalization.
    pub normalize_relative_embeddings: bool,
    /// The convolution after the first layer, if the model has one.
    pub conv: Option<ConvConfig>,
    /// Token id of padding; below `vocab_size`.
    pub pad_token_id: u32,
    /// Length of the pooler's output; equals `hidden_size` if the declared head has a pooler, except in Keras presets.
    pub pooler_hidden_size: usize,
    /// Activation of the pooler.
    pub pooler_hidden_act: Activation,
    /// Class names that the checkpoint was saved from; for a Keras preset what transformers calls its class.
    pub architectures: Vec<String>,
    /// Number of labels of a classifier; the length of `id2label`.
    pub num_labels: usize,
    /// Label names in order of their ids.
    pub id2label: Vec<String>,
    /// What the logits of a classifier mean, if the file says so.
    pub problem_type: Option<ProblemType>,
    /// The class of the activation that sentence-transformers' `CrossEncoder` applies to the logits, if the file names one,
    /// such as `torch.nn.modules.activation.Sigmoid`.
    pub cross_encoder_activation: Option<String>,
}

impl Config {
    /// Reads `config.json` in the folder `dir`, and for a Keras preset its `task.json`, where there is one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the folder or the file is missing; otherwise as [`Config::from_file`].
    pub fn from_folder(dir: &Path) -> Result<Self> {
        let path = dir.join("config.json");
        let metadata = dir.metadata().map_err(|source| Error::io("open the folder", dir, source))?;
        if !metadata.is_dir() {
            bail!(
                InvalidArgument,
                "{} is not a folder; give the folder that holds config.json",
                dir.display()
            );
        }
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            bail!(
                NotFound,
                "there is no config.json in {}; give the folder of a Hugging Face checkpoint or a Keras preset",
                dir.display()
            );
        }
        let object = read_object(&path)?;
        let config = Self::from_object(&object, &path.display().to_string())?;
        if keras::is_keras(&object) { keras::read_task(config, dir) } else { Ok(config) }
    }

    /// Reads a configuration file in the format of Hugging Face's `config.json` or of that of a Keras preset.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] or [`ErrorKind::Io`] if it cannot be read; otherwise as [`Config::from_json`].
    pub fn from_file(path: &Path) -> Result<Self> {
        Self::from_object(&read_object(path)?, &path.display().to_string())
    }

    /// Reads a configuration from its JSON text; `origin` names it in messages.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the text is not JSON, or a value is of the wrong type, inconsistent or
    /// impossible. [`ErrorKind::Unsupported`] if it configures another kind of model.
    pub fn from_json(text: &str, origin: &str) -> Result<Self> {
        Self::from_object(&parse_object(text, origin)?, origin)
    }

    fn from_object(object: &Map<String, Value>, origin: &str) -> Result<Self> {
        let fields = &Fields::new(object, origin);
        if keras::is_keras(object) {
            return keras::read_backbone(fields);
        }
        refuse_other_models(fields)?;

        let hidden_size = fields.positive_size("hidden_size", 1536)?;
        let max_position_embeddings = fields.positive_size("max_position_embeddings", 512)?;
        let relative_attention = fields.boolean("relative_attention", false)?;
        let positions = RelativePositions::read(fields, relative_attention, max_position_embeddings)?;
        let id2label = labels::read(fields)?;
        let normalizations = fields.text("norm_rel_ebd")?.unwrap_or("none").to_lowercase();
        let config = Self {
            vocab_size: fields.positive_size("vocab_size", 128_100)?,
            hidden_size,
            embedding_size: fields.positive_size("embedding_size", hidden_size)?,
            num_hidden_layers: fields.positive_size("num_hidden_layers", 24)?,
            num_attention_heads: fields.positive_size("num_attention_heads", 24)?,
            intermediate_size: fields.positive_size("intermediate_size", 6144)?,
            hidden_act: read_activation(fields, "hidden_act", Activation::Gelu)?,
            layer_norm_eps: fields.number("layer_norm_eps", 1e-7)?,
            masked_lm_layer_norm_eps: fields.number("layer_norm_eps", 1e-7)?,
            max_position_embeddings,
            type_vocab_size: fields.size("type_vocab_size", 0)?,
            position_biased_input: fields.boolean("position_biased_input", true)?,
            relative_attention,
            position_buckets: positions.position_buckets,
            max_relative_positions: positions.max_relative_positions,
            pos_att_type: PosAttType::read(fields)?,
            share_att_key: fields.boolean("share_att_key", false)?,
            normalize_relative_embeddings: normalizations.split('|').any(|word| word.trim() == "layer_norm"),
            conv: ConvConfig::read(fields, hidden_size)?,
            pad_token_id: read_pad_token_id(fields)?,
            pooler_hidden_size: fields.positive_size("pooler_hidden_size", hidden_size)?,
            pooler_hidden_act: read_activation(fields, "pooler_hidden_act", Activation::Gelu)?,
            architectures: fields.text_list("architectures")?.into_iter().map(str::to_owned).collect(),
            num_labels: id2label.len(),
            id2label,
            problem_type: read_problem_type(fields)?,
            cross_encoder_activation: read_cross_encoder_activation(fields)?,
        };
        config.check(fields)?;
        Ok(config)
    }

    /// Length of one attention head's query, key and value.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Relative positions to one side; the relative embedding has twice as many rows.
    pub fn span(&self) -> usize {
        self.position_buckets.unwrap_or(self.max_relative_positions)
    }

    /// How many terms an attention score is scaled for: scores are divided by `sqrt(head_size · terms)`.
    pub fn score_scale_terms(&self) -> usize {
        1 + usize::from(self.pos_att_type.c2p) + usize::from(self.pos_att_type.p2c)
    }

    /// The head of the first entry of `architectures` that names one.
    pub fn declared_head(&self) -> Option<HeadKind> {
        self.architectures.iter().find_map(|architecture| HeadKind::from_architecture(architecture))
    }

    /// What must hold between several keys.
    fn check(&self, fields: &Fields) -> Result<()> {
        let origin = fields.origin();
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            bail!(
                InvalidConfig,
                "{origin}: \"hidden_size\" is {}, but must be a multiple of \"num_attention_heads\", which is {}",
                self.hidden_size,
                self.num_attention_heads
            );
        }
        let head_size = fields.positive_size("attention_head_size", self.head_size())?;
        if head_size != self.head_size() {
            bail!(
                InvalidConfig,
                "{origin}: \"attention_head_size\" is {head_size}, but must be \"hidden_size\" / \
                 \"num_attention_heads\", which is {}",
                self.head_size()
            );
        }
        if self.num_hidden_layers > MOST_LAYERS {
            bail!(
                InvalidConfig,
                "{origin}: \"num_hidden_layers\" is {}, but must be at most {MOST_LAYERS}",
                self.num_hidden_layers
            );
        }
        if !self.layer_norm_eps.is_finite() || self.layer_norm_eps < 0.0 {
            bail!(
                InvalidConfig,
                "{origin}: \"layer_norm_eps\" is {}, but must be finite and not negative",
                self.layer_norm_eps
            );
        }
        if self.pad_token_id as usize >= self.vocab_size {
            bail!(
                InvalidConfig,
                "{origin}: \"pad_token_id\" is {}, but must be below \"vocab_size\", which is {}",
                self.pad_token_id,
                self.vocab_size
            );
        }
        if self.declared_head().is_some_and(HeadKind::is_pooled)
            && self.pooler_hidden_size != self.hidden_size
        {
            bail!(
                InvalidConfig,
                "{origin}: \"pooler_hidden_size\" is {}, but must equal \"hidden_size\", which is {}",
                self.pooler_hidden_size,
                self.hidden_size
            );
        }
        if self.problem_type == Some(ProblemType::SingleLabel) && self.num_labels == 1 {
            bail!(
                InvalidConfig,
                "{origin}: \"problem_type\" is \"single_label_classification\", which needs at least two labels, but \
                 there is one; use \"regression\" for a single output"
            );
        }
        weight_sizes::check(self, origin, |key| key)
    }
}

/// Whether a model folder is a Keras preset, by its `config.json`.
pub(crate) fn is_keras_preset(folder: &Path) -> Result<bool> {
    Ok(keras::is_keras(&read_object(&folder.join("config.json"))?))
}

/// The object of a file that need not be there. A dangling link counts as there: the error about its target says more.
fn read_object_if_there(path: &Path) -> Result<Option<Map<String, Value>>> {
    if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    read_object(path).map(Some)
}

fn read_object(path: &Path) -> Result<Map<String, Value>> {
    let failed = |source| Error::io("read", path, source);
    let metadata = path.metadata().map_err(failed)?;
    if !metadata.is_file() {
        bail!(Io, "cannot read {}: it is not a regular file", path.display());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        bail!(
            InvalidConfig,
            "{} is larger than {LARGEST_FILE} bytes; it is not a configuration",
            path.display()
        );
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse_object(text, &path.display().to_string()),
        Err(error) => Err(Error::new(
            ErrorKind::InvalidConfig,
            format!("{} is not UTF-8 text: {error}; save it as UTF-8", path.display()),
        )
        .with_source(error)),
    }
}

fn parse_object(text: &str, origin: &str) -> Result<Map<String, Value>> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Error::new(ErrorKind::InvalidConfig, format!("{origin} is not valid JSON: {error}"))
            .with_source(error)
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => bail!(InvalidConfig, "{origin} does not hold a JSON object; it is not a model configuration"),
    }
}

fn refuse_other_models(fields: &Fields) -> Result<()> {
    let origin = fields.origin();
    match fields.text("model_type")? {
        None | Some("deberta-v2") => Ok(()),
        Some("deberta") => bail!(
            Unsupported,
            "{origin}: \"model_type\" is \"deberta\", which is DeBERTa v1: it has other weights and another \
             tokenizer than v2 and v3, and is not supported; use a checkpoint with \"model_type\" \"deberta-v2\""
        ),
        Some(other) => bail!(
            Unsupported,
            "{origin}: \"model_type\" is {other:?}, but only \"deberta-v2\" (DeBERTa v2 and v3) is supported"
        ),
    }
}

fn read_activation(fields: &Fields, key: &str, default: Activation) -> Result<Activation> {
    let Some(name) = fields.text(key)? else { return Ok(default) };
    match Activation::from_name(name) {
        Some(activation) => Ok(activation),
        None => bail!(
            InvalidConfig,
            "{}: \"{key}\" is {name:?}, which is not among the activations of this library: {}",
            fields.origin(),
            Activation::known_names()
        ),
    }
}

fn read_pad_token_id(fields: &Fields) -> Result<u32> {
    let Some(value) = fields.value("pad_token_id") else { return Ok(0) };
    match value.as_u64().and_then(|id| u32::try_from(id).ok()) {
        Some(id) => Ok(id),
        None => fields.wrong("pad_token_id", value, "a token id (a whole number that is not negative)"),
    }
}

/// Version 4 of sentence-transformers has it in an object of its own, earlier ones at the top.
fn read_cross_encoder_activation(fields: &Fields) -> Result<Option<String>> {
    let name = match fields.map("sentence_transformers")? {
        Some(object) => Fields::new(object, fields.origin()).text("activation_fn")?,
        None => fields.text("sbert_ce_default_activation_function")?,
    };
    Ok(name.map(str::to_owned))
}

fn read_problem_type(fields: &Fields) -> Result<Option<ProblemType>> {
    let Some(name) = fields.text("problem_type")? else { return Ok(None) };
    match ProblemType::NAMES.iter().find(|(known, _)| *known == name) {
        Some((_, problem_type)) => Ok(Some(*problem_type)),
        None => bail!(
            InvalidConfig,
            "{}: \"problem_type\" is {name:?}, but must be one of {}",
            fields.origin(),
            ProblemType::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        ),
    }
}
