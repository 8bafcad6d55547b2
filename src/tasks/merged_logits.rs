//! The logits of whole texts from a head with a pooler: what classification, ranking and choices are made of.

use super::windows::WindowMerge;
use crate::encoded::Outputs;
use crate::error::Result;
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText};

/// The logits of one text, out of all of its windows.
pub(super) struct MergedLogits {
    /// [labels]
    pub logits: Vec<f32>,
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the text was read in.
    pub windows: usize,
}

impl Model {
    /// The logits of each text; `name` names texts in errors.
    pub(super) fn merged_logits(
        &self,
        texts: &[TextInput<'_>],
        name: impl Fn(usize) -> String,
        tokenize: &TokenizeOptions,
        run: &RunOptions,
        window_merge: WindowMerge,
    ) -> Result<Vec<MergedLogits>> {
        let outputs = Outputs { logits: true, ..Outputs::default() };
        let of_texts =
            self.answer_named(texts, name, tokenize, run, outputs, |row| Ok(row.logits.to_vec()))?;
        let merged = of_texts.into_iter().map(|of_text| MergedLogits {
            windows: of_text.windows.len(),
            truncated: of_text.truncated,
            logits: window_merge.merge(of_text.windows),
        });
        Ok(merged.collect())
    }
}

/// What to report of a text that was read once for each label or choice: the largest cut, and the largest number of windows.
pub(super) fn largest_cut_and_windows(of_pairs: &[MergedLogits]) -> (Option<TruncatedText>, usize) {
    let cuts = of_pairs.iter().filter_map(|of_pair| of_pair.truncated.as_ref());
    let largest = cuts.max_by_key(|cut| cut.removed_tokens.iter().sum::<usize>());
    (largest.cloned(), of_pairs.iter().map(|of_pair| of_pair.windows).max().unwrap_or(0))
}
