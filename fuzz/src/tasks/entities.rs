//! Token classification.

use deberta::capi::*;

use super::super::contract::{handle, string};
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::reading::{check_ranges, check_scored, places};
use super::{Form, TASK, Task, TaskOfCall};

impl Task {
    pub fn tag(self, session: &mut Session) {
        let head = Some(deberta_head::TokenClassification);
        let TaskOfCall { model, texts, others, shared, .. } = self.of_call(session, Form::Single, head, None);
        let options = deberta_tag_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            ignored_labels: others.pointer(self.nulls, 3),
            ignored_label_count: others.count,
            aggregation: self.choices[0].0,
            reserved: self.reserved.0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let tagged = handle(session, self.nulls, TASK, |tagged, error| {
            let texts_pointer = texts.pointer(self.nulls, 2);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe { deberta_model_tag(model, texts_pointer, texts.count, options.pointer(), tagged, error) }
        });
        let Some(tagged) = tagged else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was tagged");
        // SAFETY: answers that are alive.
        assert_eq!(unsafe { deberta_tagged_rows(tagged) }, texts.count);
        let mut reading = self.reading(session, &shared);
        reading.lengths(tagged, texts.count, deberta_tagged_windows, deberta_tagged_truncation);
        for row in places(texts.count) {
            let count =
                reading.number(tagged, row, row < texts.count, deberta_tagged_entity_count).unwrap_or(0);
            for index in places(count) {
                let entity: Option<deberta_entity> = reading.item(index < count, |entity, error| {
                    // SAFETY: every pointer is NULL or valid.
                    unsafe { deberta_tagged_entity(tagged, row, index, entity, error) }
                });
                let Some(entity) = entity else { continue };
                check_ranges(entity.byte_range, entity.char_range, texts.bytes[row].text_length());
                check_scored(entity.score, entity.word);
                assert!(!string(entity.label).is_empty() && entity.reserved == 0);
                assert!(entity.tokens.start < entity.tokens.end, "an entity without tokens");
            }
        }
        // SAFETY: they are freed once.
        unsafe { deberta_tagged_free(tagged) }
    }
}
