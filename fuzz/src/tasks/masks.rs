//! Filling masks.

use deberta::capi::*;

use super::super::contract::handle;
use super::super::openings::model_info;
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::reading::{check_ranges, check_scored, places};
use super::{Form, TASK, Task, TaskOfCall};

impl Task {
    pub fn fill_mask(self, session: &mut Session) {
        let head = Some(deberta_head::MaskedLanguageModeling);
        let TaskOfCall { model, texts, others, shared, .. } = self.of_call(session, Form::Masked, head, None);
        // Any texts as candidates are rarely tokens.
        let candidates = self.flags[0].0 == 1 && self.flags[1].0 == 1;
        let options = deberta_fill_mask_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            top_k: self.numbers[0].0,
            candidates: others.pointer(self.nulls, 3),
            candidate_count: if candidates { others.count } else { 0 },
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let filled = handle(session, self.nulls, TASK, |filled, error| {
            let texts_pointer = texts.pointer(self.nulls, 2);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_fill_mask(model, texts_pointer, texts.count, options.pointer(), filled, error)
            }
        });
        let Some(filled) = filled else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was filled");
        // SAFETY: masks that are alive.
        assert_eq!(unsafe { deberta_filled_masks_rows(filled) }, texts.count);
        let vocabulary = model_info(model).map_or(0, |info| info.vocab_size);
        let mut reading = self.reading(session, &shared);
        reading.lengths(filled, texts.count, deberta_filled_masks_windows, deberta_filled_masks_truncation);
        for row in places(texts.count) {
            let masks =
                reading.number(filled, row, row < texts.count, deberta_filled_masks_count).unwrap_or(0);
            assert_eq!(masks > 0, row < texts.count, "{masks} masks");
            for index in places(masks) {
                let mask: Option<deberta_filled_mask> = reading.item(index < masks, |mask, error| {
                    // SAFETY: every pointer is NULL or valid.
                    unsafe { deberta_filled_masks_mask(filled, row, index, mask, error) }
                });
                let fills = mask.map_or(0, |mask| mask.fills);
                assert_eq!(fills > 0, mask.is_some(), "{fills} fills");
                if let Some(mask) = mask {
                    check_ranges(mask.byte_range, mask.char_range, texts.bytes[row].text_length());
                }
                for place in places(fills) {
                    let fill: Option<deberta_fill> = reading.item(place < fills, |fill, error| {
                        // SAFETY: every pointer is NULL or valid.
                        unsafe { deberta_filled_masks_fill(filled, row, index, place, fill, error) }
                    });
                    let Some(fill) = fill else { continue };
                    check_scored(fill.score, fill.token);
                    assert!((fill.id as usize) < vocabulary && fill.logit.is_finite() && fill.reserved == 0);
                }
            }
        }
        // SAFETY: they are freed once.
        unsafe { deberta_filled_masks_free(filled) }
    }
}
