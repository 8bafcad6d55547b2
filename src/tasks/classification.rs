//! The labels that a classifier was trained for.

use super::scores::{ranking, scores};
use crate::config::HeadKind;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::tokenizer::{EncodeOptions, TextInput, Tokenizer, TruncatedText};

/// The answer of a sequence classifier for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// One raw score for each label, in the order of `Config::id2label`.
    pub logits: Vec<f32>,
    /// One score for each label: softmax over the labels; for `multi_label_classification` each label's sigmoid; for
    /// regression and for a single label the raw logit.
    pub scores: Vec<f32>,
    /// The labels from the highest score to the lowest.
    pub ranking: Vec<usize>,
    /// What was cut off, if the text was too long and the options say to truncate.
    pub truncated: Option<TruncatedText>,
}

impl Model {
    /// Classifies texts with the model's sequence classification head. The answers have the order of the texts and
    /// are the same, bit for bit, as for each text alone.
    ///
    /// # Errors
    ///
    /// A model without tokenizer or without this head, and a text that is too long for the options or the model.
    pub fn classify(&self, texts: &[TextInput<'_>], options: &EncodeOptions) -> Result<Vec<Classification>> {
        let encodings = self.tokenizer_of_classifier()?.encode_batch(texts, options)?;
        let rows = self.logits_of_rows(&encodings)?;
        let answers = rows.into_iter().zip(encodings).map(|(logits, encoding)| {
            let scores = scores(&logits, self.config().problem_type);
            Classification { ranking: ranking(&scores), logits, scores, truncated: encoding.truncated }
        });
        Ok(answers.collect())
    }

    /// The tokenizer of a model that has a sequence classification head.
    pub(super) fn tokenizer_of_classifier(&self) -> Result<&Tokenizer> {
        let head = self.head();
        if head != Some(HeadKind::SequenceClassification) {
            let found = head.map_or("none".into(), |head| format!("{head:?}"));
            bail!(Unsupported, "the model has no sequence classification head (its head: {found})");
        }
        match self.tokenizer() {
            Some(tokenizer) => Ok(tokenizer),
            None => bail!(
                NotFound,
                "the model folder has no tokenizer.json or spm.model; add one, or pass token ids to encode"
            ),
        }
    }
}
