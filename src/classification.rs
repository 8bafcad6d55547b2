//! From texts to labels.

use crate::batch::Batch;
use crate::config::{HeadKind, ProblemType};
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::tokenizer::{EncodeOptions, Encoding, TextInput, TruncatedText};

/// Tokens to encode together: enough to use all threads well, few enough to keep memory small.
const BATCH_TOKENS: usize = 4096;

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
        let head = self.head();
        if head != Some(HeadKind::SequenceClassification) {
            let found = head.map_or("none".into(), |head| format!("{head:?}"));
            bail!(Unsupported, "the model has no sequence classification head (its head: {found})");
        }
        let Some(tokenizer) = self.tokenizer() else {
            bail!(
                NotFound,
                "the model folder has no tokenizer.json or spm.model; add one, or pass token ids to encode"
            );
        };
        let encodings = tokenizer.encode_batch(texts, options)?;
        let mut answers = Vec::with_capacity(texts.len());
        let mut rest = encodings.as_slice();
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(rows_of_next_batch(rest));
            answers.extend(self.classify_encodings(batch)?);
            rest = after;
        }
        Ok(answers)
    }

    fn classify_encodings(&self, encodings: &[Encoding]) -> Result<Vec<Classification>> {
        let outputs = Outputs { logits: true, ..Outputs::default() };
        let encoded = self.encode(&Batch::from_encodings(encodings)?, outputs)?;
        let Some(logits) = encoded.logits() else {
            bail!(Internal, "the head returned no logits");
        };
        let rows = logits.values.chunks_exact(logits.labels).zip(encodings);
        Ok(rows
            .map(|(logits, encoding)| {
                let scores = scores(logits, self.config().problem_type);
                let mut ranking: Vec<usize> = (0..scores.len()).collect();
                ranking.sort_by(|&left, &right| scores[right].total_cmp(&scores[left]));
                Classification {
                    logits: logits.to_vec(),
                    scores,
                    ranking,
                    truncated: encoding.truncated.clone(),
                }
            })
            .collect())
    }
}

/// How many encodings to take from the front: as many as fit the token budget, but at least one.
fn rows_of_next_batch(encodings: &[Encoding]) -> usize {
    let mut tokens = 0;
    let fitting = encodings.iter().take_while(|encoding| {
        tokens += encoding.ids.len();
        tokens <= BATCH_TOKENS
    });
    fitting.count().max(1)
}

fn scores(logits: &[f32], problem_type: Option<ProblemType>) -> Vec<f32> {
    match problem_type {
        Some(ProblemType::Regression) => logits.to_vec(),
        Some(ProblemType::MultiLabel) => logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
        _ if logits.len() == 1 => logits.to_vec(),
        _ => {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let weights: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
            let sum: f32 = weights.iter().sum();
            weights.into_iter().map(|weight| weight / sum).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_the_problem_type() {
        let softmax = scores(&[1.0, 2.0, 3.0], None);
        assert!((softmax.iter().sum::<f32>() - 1.0).abs() < 1e-6 && softmax[2] > softmax[1]);
        assert_eq!(scores(&[0.0, 40.0], Some(ProblemType::MultiLabel)), [0.5, 1.0]);
        assert_eq!(scores(&[-3.5], None), [-3.5]);
        assert_eq!(scores(&[1.5, 2.5], Some(ProblemType::Regression)), [1.5, 2.5]);
        assert_eq!(scores(&[1000.0, 0.0], Some(ProblemType::SingleLabel)), [1.0, 0.0]);
    }
}
