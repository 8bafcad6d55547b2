//! Explanations.

use std::ptr;

use deberta::capi::*;

use super::super::contract::{ARGUMENT, Slot, call, handle};
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::reading::{Reading, places};
use super::{Form, TASK, Task, TaskOfCall};

/// The distances to ask for, some of them farther than any text is long.
const DISTANCES: [i64; 5] = [0, 1, -1, i64::MAX, i64::MIN];

impl Task {
    pub fn explain(self, session: &mut Session) {
        let form = if self.flags[0].0 == 1 { Form::Pair } else { Form::Single };
        let TaskOfCall { model, texts, shared, .. } = self.of_call(session, form, None, None);
        let options = deberta_explain_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            label: if self.flags[1].0 == 1 { self.numbers[0].0 } else { 0 },
            has_label: self.flags[1].0,
            method: self.choices[0].0 % 3,
            attentions: self.flags[0].0,
            reserved: self.reserved.0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let failures = [TASK, &[deberta_status::OutOfMemory]].concat();
        let explanation = handle(session, self.nulls, &failures, |explanation, error| {
            let text = if texts.bytes.is_empty() { ptr::null() } else { texts.pointer(self.nulls, 2) };
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_model_explain(model, text, options.pointer(), explanation, error) }
        });
        let Some(explanation) = explanation else { return };
        assert!(texts.bytes[0].is_valid(), "a text that is not UTF-8 was explained");
        check(&mut self.reading(session, &shared), explanation);
        // SAFETY: it is freed once.
        unsafe { deberta_explanation_free(explanation) }
    }
}

fn check(reading: &mut Reading, explanation: *const deberta_explanation) {
    let info: Option<deberta_explanation_info> = reading.item(true, |info, error| {
        // SAFETY: every pointer is NULL or valid.
        unsafe { deberta_explanation_get_info(explanation, info, error) }
    });
    let Some(info) = info else { return };
    assert_eq!(info.num_labels == 0, info.logits_head == deberta_head::None as i32);
    let relevance = reading.floats(explanation, deberta_explanation_relevance);
    assert_eq!(relevance.len(), info.tokens);
    let logits = reading.floats(explanation, deberta_explanation_logits);
    let rows = [0, info.num_labels, info.num_labels * info.tokens];
    assert!(rows.contains(&logits.len()), "{} logits", logits.len());
    let scores = reading.floats(explanation, deberta_explanation_scores);
    assert!([0, logits.len()].contains(&scores.len()), "{} scores", scores.len());
    for layer in places(info.attentions) {
        let exists = layer < info.attentions;
        let values = reading.array_at(explanation, layer, exists, deberta_explanation_attentions);
        if let Some(values) = values {
            assert_eq!(values.len(), info.num_attention_heads * info.tokens * info.tokens);
            assert!(values.iter().all(|value| (0.0..1.001).contains(value)), "no probabilities");
        }
    }
    check_tokens(reading, explanation, info.tokens);
    check_positions(reading, explanation, info.has_relative_positions == 1);
}

fn check_tokens(reading: &mut Reading, explanation: *const deberta_explanation, count: usize) {
    let mut slot = Slot::<*const deberta_tokenized>::new();
    let output = slot.pointer(reading.nulls, 1);
    let status = call(reading.session, reading.nulls, ARGUMENT, |error| {
        // SAFETY: every pointer is NULL or valid.
        unsafe { deberta_explanation_tokenized(explanation, output, error) }
    });
    let tokenized = slot.result(status);
    assert_eq!(tokenized.is_some(), !reading.nulls.has(1));
    if let Some(tokenized) = tokenized {
        // SAFETY: tokens that are alive.
        assert_eq!(unsafe { deberta_tokenized_length(tokenized) }, count);
    }
}

fn check_positions(reading: &mut Reading, explanation: *const deberta_explanation, exist: bool) {
    let failures = &[deberta_status::InvalidArgument, deberta_status::Unsupported];
    for distance in DISTANCES {
        let (mut bucket, mut row) = (Slot::<i32>::new(), Slot::<i32>::new());
        let (bucket_output, row_output) = (bucket.pointer(reading.nulls, 1), row.pointer(reading.nulls, 2));
        let status = call(reading.session, reading.nulls, failures, |error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe {
                deberta_explanation_relative_position(explanation, distance, bucket_output, row_output, error)
            }
        });
        let outputs_are_given = !reading.nulls.has(1) && !reading.nulls.has(2);
        assert_eq!(status == deberta_status::Ok, exist && outputs_are_given, "the distance {distance}");
        if let (Some(bucket), Some(row)) = (bucket.result(status), row.result(status)) {
            assert!(row >= 0 && i64::from(bucket.signum()) == distance.signum(), "{distance}: {bucket}");
        }
    }
}
