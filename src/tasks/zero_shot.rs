//! Labels that the model has never seen, by natural language inference (Yin et al., EMNLP 2019, arXiv 1909.00161; reference
//! transformers' `ZeroShotClassificationPipeline`).

use super::merged_logits::{MergedLogits, largest_cut_and_windows};
use super::scores::{ranking, softmax};
use super::windows::WindowMerge;
use crate::config::HeadKind;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText};

/// Stands for the label in a hypothesis.
const SLOT: &str = "{}";

/// How to turn labels into hypotheses, and what their scores mean.
#[derive(Clone, Debug)]
pub struct ZeroShotOptions {
    /// The sentence that holds if the label does, with `{}` in the label's place.
    pub hypothesis_template: String,
    /// Whether each label holds or not on its own; otherwise exactly one does, and the scores sum to 1.
    pub multi_label: bool,
    /// How texts are tokenized, each with a hypothesis as a pair, and what becomes of long ones.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
    /// How the windows of a long text become one answer.
    pub window_merge: WindowMerge,
}

impl Default for ZeroShotOptions {
    /// `This example is {}.`, one label, an error for texts that are too long where there is a limit, and the mean of windows
    /// where they are asked for.
    fn default() -> Self {
        Self {
            hypothesis_template: "This example is {}.".into(),
            multi_label: false,
            tokenize: TokenizeOptions::default(),
            run: RunOptions::default(),
            window_merge: WindowMerge::Mean,
        }
    }
}

/// The answer for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct ZeroShot {
    /// The logit of entailment for each label, in the order in which they were given.
    pub logits: Vec<f32>,
    /// One score for each label.
    pub scores: Vec<f32>,
    /// The labels, by their place, from the highest score to the lowest.
    pub ranking: Vec<usize>,
    /// What was cut off of the text for the label that left least room.
    pub truncated: Option<TruncatedText>,
    /// The most windows that the text was read in for one label.
    pub windows: usize,
}

/// Which outputs of the classifier say that a hypothesis follows, and that it is contradicted.
struct Inference {
    entailment: usize,
    contradiction: usize,
}

impl Model {
    /// Classifies texts by any labels, with a model that was trained on natural language inference. All pairs of a text and
    /// a label's hypothesis are encoded together; each answer is the same, bit for bit, whatever else is asked for.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` without labels, and for a template without exactly one `{}`; `Unsupported` for a model without a sequence
    /// classification head or without a label that starts with "entail"; a text that is too long for the options.
    pub fn zero_shot(
        &self,
        texts: &[&str],
        labels: &[&str],
        options: &ZeroShotOptions,
    ) -> Result<Vec<ZeroShot>> {
        if labels.is_empty() {
            bail!(InvalidArgument, "there are no labels to choose from; give at least one");
        }
        let template = &options.hypothesis_template;
        let slots = template.matches(SLOT).count();
        if slots != 1 {
            bail!(
                InvalidArgument,
                "the hypothesis template {template:?} has {slots} times {SLOT}; put it exactly once, where the label goes"
            );
        }
        self.require_head(HeadKind::SequenceClassification, "zero-shot classification")?;
        let inference = self.inference()?;
        let hypotheses: Vec<String> = labels.iter().map(|label| template.replace(SLOT, label)).collect();
        let pairs: Vec<TextInput<'_>> = texts
            .iter()
            .flat_map(|text| hypotheses.iter().map(move |hypothesis| (*text, hypothesis.as_str()).into()))
            .collect();
        let name = |index| format!("input {}", index / labels.len());
        let ZeroShotOptions { tokenize, run, window_merge, .. } = options;
        let merged = self.merged_logits(&pairs, name, tokenize, run, *window_merge)?;
        let answers = merged.chunks_exact(labels.len()).map(|of_labels| {
            let (truncated, windows) = largest_cut_and_windows(of_labels);
            let scores = inference.scores(of_labels, options.multi_label);
            ZeroShot {
                logits: of_labels.iter().map(|of_label| of_label.logits[inference.entailment]).collect(),
                ranking: ranking(&scores),
                scores,
                truncated,
                windows,
            }
        });
        Ok(answers.collect())
    }

    /// Finds entailment by its name, wherever it stands. As in the reference, contradiction is the first label, or the last
    /// where entailment is the first.
    fn inference(&self) -> Result<Inference> {
        let labels = &self.config().id2label;
        let is_entailment = |label: &String| label.to_lowercase().starts_with("entail");
        match labels.iter().position(is_entailment) {
            Some(0) if labels.len() > 1 => Ok(Inference { entailment: 0, contradiction: labels.len() - 1 }),
            Some(entailment) if entailment > 0 => Ok(Inference { entailment, contradiction: 0 }),
            _ => bail!(
                Unsupported,
                "zero-shot classification needs a model of natural language inference, with a label that starts with \
                 \"entail\" and another one; this model's labels are {labels:?}"
            ),
        }
    }
}

impl Inference {
    fn scores(&self, of_labels: &[MergedLogits], multi_label: bool) -> Vec<f32> {
        if multi_label || of_labels.len() == 1 {
            let holds = |MergedLogits { logits, .. }: &MergedLogits| {
                softmax(&[logits[self.contradiction], logits[self.entailment]])[1]
            };
            return of_labels.iter().map(holds).collect();
        }
        let entailment: Vec<f32> =
            of_labels.iter().map(|of_label| of_label.logits[self.entailment]).collect();
        softmax(&entailment)
    }
}
