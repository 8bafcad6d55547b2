//! Ranking.

use deberta::capi::*;

use super::super::contract::handle;
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::{Form, TASK, Task, TaskOfCall};

impl Task {
    pub fn rank(self, session: &mut Session) {
        let head = Some(deberta_head::SequenceClassification);
        let TaskOfCall { model, others, text, text_length, shared, .. } =
            self.of_call(session, Form::Single, head, Some(1));
        let options = deberta_rank_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            top_k: self.numbers[0].0,
            score_function: self.choices[0].0,
            window_merge: self.choices[1].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let ranking = handle(session, self.nulls, TASK, |ranking, error| {
            let (query, documents) = (self.nulls.or(2, text.as_ptr().cast()), others.pointer(self.nulls, 3));
            let (count, options) = (others.count, options.pointer());
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_rank(model, query, text_length, documents, count, options, ranking, error)
            }
        });
        let Some(ranking) = ranking else { return };
        assert!(others.are_valid(), "a text that is not UTF-8 was ranked");
        let mut reading = self.reading(session, &shared);
        let documents = reading.array(ranking, deberta_ranking_documents);
        assert!(documents.iter().all(|&document| document < others.count), "{documents:?}");
        let scores = reading.floats(ranking, deberta_ranking_scores);
        assert!(scores.is_sorted_by(|one, next| one >= next), "{scores:?}");
        let logits = reading.floats(ranking, deberta_ranking_logits);
        assert_eq!((scores.len(), logits.len()), (documents.len(), documents.len()));
        reading.lengths(ranking, documents.len(), deberta_ranking_windows, deberta_ranking_truncation);
        // SAFETY: it is freed once.
        unsafe { deberta_ranking_free(ranking) }
    }
}
