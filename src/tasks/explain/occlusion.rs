//! Occlusion: what a label's logit loses with each token (Zeiler and Fergus, ECCV 2014, arXiv 1311.2901; for text Li, Monroe
//! and Jurafsky, arXiv 1612.08220).

use crate::batch::Batch;
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tasks::rows::batch_tokens;
use crate::tokenizer::Encoding;

impl Model {
    /// How much the label's logit falls when each token of the text is replaced by `[MASK]`, given the logits with all tokens.
    pub(super) fn occlusion(
        &self,
        encoding: &Encoding,
        logits: &[f32],
        label: usize,
        run: &RunOptions,
    ) -> Result<Vec<f32>> {
        let Some(mask) = self.required_tokenizer()?.special_tokens().mask else {
            bail!(
                Unsupported,
                "occlusion replaces tokens by [MASK], which this model's vocabulary does not have; use rollout"
            );
        };
        let tokens = encoding.len();
        let places: Vec<usize> = (0..tokens).filter(|&place| !encoding.special_tokens_mask[place]).collect();
        let mut relevance = vec![0.0; tokens];
        let mut done = 0;
        for batch in places.chunks((batch_tokens(run)? / tokens).max(1)) {
            let mut ids = encoding.ids.repeat(batch.len());
            for (row, place) in batch.iter().enumerate() {
                ids[row * tokens + place] = mask;
            }
            let types = encoding.token_type_ids.repeat(batch.len());
            let offsets: Vec<usize> = (0..=batch.len()).map(|row| row * tokens).collect();
            let outputs = Outputs { logits: true, ..Outputs::default() };
            let encoded =
                self.encode_with(&Batch::from_ragged(&ids, Some(&types), &offsets)?, outputs, run)?;
            let without = encoded.logits().map_or(&[][..], |logits| &logits.values);
            for (&place, without) in batch.iter().zip(without.chunks_exact(logits.len())) {
                relevance[place] = logits[label] - without[label];
            }
            done += batch.len();
            run.report(done, places.len())?;
        }
        Ok(relevance)
    }
}
