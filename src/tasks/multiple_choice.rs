//! Which of several texts goes on from a prompt best (reference `DebertaV2ForMultipleChoice`).

use super::merged_logits::largest_cut_and_windows;
use super::scores::{ranking, softmax};
use super::windows::WindowMerge;
use crate::config::HeadKind;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText, Truncation};

/// How to choose.
#[derive(Clone, Debug)]
pub struct ChooseOptions {
    /// How the pairs of the prompt and a choice are tokenized, and what becomes of long ones. It is the prompt that
    /// windows are made of, whatever `truncation` is.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
    /// How the windows of a long prompt become one answer.
    pub window_merge: WindowMerge,
}

impl Default for ChooseOptions {
    /// An error for pairs that are too long where there is a limit; the mean of windows where they are asked for.
    fn default() -> Self {
        Self {
            tokenize: TokenizeOptions::default(),
            run: RunOptions::default(),
            window_merge: WindowMerge::Mean,
        }
    }
}

/// The answer for one prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// One raw score for each choice, in the order in which they were given.
    pub logits: Vec<f32>,
    /// One probability for each choice: softmax over the choices.
    pub scores: Vec<f32>,
    /// The choices, by their place, from the highest score to the lowest.
    pub ranking: Vec<usize>,
    /// What was cut off of the pair that lost most.
    pub truncated: Option<TruncatedText>,
    /// The largest number of windows that the prompt was read in with one of the choices.
    pub windows: usize,
}

impl Model {
    /// Chooses among texts that may follow a prompt. All choices are encoded together; the logit of each is the same,
    /// bit for bit, whatever the others are.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` without choices; `Unsupported` for a model without a multiple choice head; a pair that is too
    /// long for the options or the model, and what the options' limits end.
    pub fn choose(&self, prompt: &str, choices: &[&str], options: &ChooseOptions) -> Result<Choice> {
        self.require_head(HeadKind::MultipleChoice, "multiple choice")?;
        if choices.is_empty() {
            bail!(InvalidArgument, "there are no choices; give at least one");
        }
        let pairs: Vec<TextInput<'_>> = choices.iter().map(|&choice| (prompt, choice).into()).collect();
        let mut tokenize = options.tokenize;
        if tokenize.windows.is_some() {
            tokenize.truncation = Truncation::OnlyFirst;
        }
        let name = |index| format!("choice {index}");
        let merged = self.merged_logits(&pairs, name, &tokenize, &options.run, options.window_merge)?;
        let (truncated, windows) = largest_cut_and_windows(&merged);
        let logits: Vec<f32> = merged.into_iter().flat_map(|merged| merged.logits).collect();
        let scores = softmax(&logits);
        Ok(Choice { ranking: ranking(&scores), logits, scores, truncated, windows })
    }
}
