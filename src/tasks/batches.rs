//! Logits of a head that answers whole texts, for any number of texts.

use crate::batch::Batch;
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::tokenizer::Encoding;

/// Tokens to encode together: enough to use all threads well, few enough to keep memory small. As batches are ragged, the
/// lengths of the texts in one make no difference.
const BATCH_TOKENS: usize = 4096;

impl Model {
    /// The logits of each encoding, in order, and the same bit for bit as for each alone; for heads with a pooler.
    pub(super) fn logits_of_rows(&self, encodings: &[Encoding]) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(encodings.len());
        let mut rest = encodings;
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(rows_of_next_batch(rest));
            let outputs = Outputs { logits: true, ..Outputs::default() };
            let encoded = self.encode(&Batch::from_encodings(batch)?, outputs)?;
            let Some(logits) = encoded.logits().filter(|logits| logits.head.is_pooled()) else {
                bail!(Internal, "the head returned no logits for each text");
            };
            rows.extend(logits.values.chunks_exact(logits.labels).map(<[f32]>::to_vec));
            rest = after;
        }
        Ok(rows)
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
