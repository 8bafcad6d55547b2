//! The labels that a classifier was trained for (reference transformers' `TextClassificationPipeline`).

use super::merged_logits::MergedLogits;
use super::scores::{ScoreFunction, ranking};
use super::windows::WindowMerge;
use crate::config::HeadKind;
use crate::error::Result;
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText};

/// How to classify.
#[derive(Clone, Debug)]
pub struct ClassifyOptions {
    /// How texts are tokenized, and what becomes of long ones.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
    /// What is made of the logits; by default what the configuration says, see [`ScoreFunction::of_classifier`].
    pub score_function: Option<ScoreFunction>,
    /// How the windows of a long text become one answer.
    pub window_merge: WindowMerge,
}

impl Default for ClassifyOptions {
    /// An error for texts that are too long where there is a limit; the mean of windows where they are asked for.
    fn default() -> Self {
        Self {
            tokenize: TokenizeOptions::default(),
            run: RunOptions::default(),
            score_function: None,
            window_merge: WindowMerge::Mean,
        }
    }
}

/// The answer of a sequence classifier for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// One raw score for each label, in the order of `Config::id2label`.
    pub logits: Vec<f32>,
    /// What the score function makes of the logits.
    pub scores: Vec<f32>,
    /// The labels from the highest score to the lowest.
    pub ranking: Vec<usize>,
    /// What was cut off, if the text was too long and the options say to truncate.
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the text was read in.
    pub windows: usize,
}

impl Model {
    /// Classifies texts with the model's sequence classification head. The answers have the order of the texts and
    /// are the same, bit for bit, as for each text alone.
    ///
    /// # Errors
    ///
    /// A model without tokenizer or without this head, a text that is too long for the options or the model, and what the
    /// options' limits end.
    pub fn classify(
        &self,
        texts: &[TextInput<'_>],
        options: &ClassifyOptions,
    ) -> Result<Vec<Classification>> {
        self.require_head(HeadKind::SequenceClassification, "classification")?;
        let name = |index| format!("input {index}");
        let ClassifyOptions { tokenize, run, window_merge, .. } = options;
        let merged = self.merged_logits(texts, name, tokenize, run, *window_merge)?;
        let function = options.score_function.unwrap_or_else(|| {
            ScoreFunction::of_classifier(self.config().problem_type, self.config().num_labels)
        });
        let answers = merged.into_iter().map(|MergedLogits { logits, truncated, windows }| {
            let scores = function.scores(&logits);
            Classification { ranking: ranking(&scores), logits, scores, truncated, windows }
        });
        Ok(answers.collect())
    }
}
