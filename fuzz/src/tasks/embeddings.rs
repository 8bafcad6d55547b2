//! Embeddings of texts.

use deberta::capi::*;

use super::super::contract::{buffer, handle};
use super::super::openings::model_info;
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::limits::SharedOfCall;
use super::{Form, TASK, Task, TaskOfCall};

impl Task {
    fn embed_form(&self) -> Form {
        if self.flags[0].0 == 1 { Form::Pair } else { Form::Single }
    }

    fn embed_options(&self, shared: &SharedOfCall) -> StructBuffer {
        let options = deberta_embed_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            pooling: self.choices[0].0,
            normalize: self.flags[1].0,
            // Models have few layers.
            layers_before_last: if self.nulls.has(5) { self.numbers[0].0 } else { self.numbers[0].0 % 3 },
        };
        StructBuffer::options(&options, shared.claimed)
    }

    pub fn embed(self, session: &mut Session) {
        let TaskOfCall { model, texts, shared, .. } = self.of_call(session, self.embed_form(), None, None);
        let options = self.embed_options(&shared);
        let embeddings = handle(session, self.nulls, TASK, |embeddings, error| {
            let texts_pointer = texts.pointer(self.nulls, 2);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_embed(model, texts_pointer, texts.count, options.pointer(), embeddings, error)
            }
        });
        let Some(embeddings) = embeddings else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was embedded");
        // SAFETY: embeddings that are alive.
        assert_eq!(unsafe { deberta_embeddings_rows(embeddings) }, texts.count);
        let mut reading = self.reading(session, &shared);
        let vectors = reading.floats(embeddings, deberta_embeddings_vectors);
        assert_eq!(vectors.len(), texts.count * model_info(model).map_or(0, |info| info.hidden_size));
        reading.lengths(embeddings, texts.count, deberta_embeddings_windows, deberta_embeddings_truncation);
        // SAFETY: they are freed once.
        unsafe { deberta_embeddings_free(embeddings) }
    }

    pub fn embed_into(self, session: &mut Session) {
        let TaskOfCall { model, texts, shared, .. } = self.of_call(session, self.embed_form(), None, None);
        let options = self.embed_options(&shared);
        let failures = [TASK, &[deberta_status::BufferTooSmall]].concat();
        let vectors = buffer(session, self.nulls, self.capacity, &failures, |values, room, length, error| {
            let (texts_pointer, count) = (texts.pointer(self.nulls, 3), texts.count);
            let options = options.pointer();
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_embed_into(model, texts_pointer, count, options, values, room, length, error)
            }
        });
        let Some(vectors) = vectors else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was embedded");
        assert_eq!(vectors.len(), texts.count * model_info(model).map_or(0, |info| info.hidden_size));
        assert!(vectors.iter().all(|value| value.is_finite()), "not finite");
    }
}
