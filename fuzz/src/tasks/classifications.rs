//! Requests that are answered by one score for each label: classification, zero-shot classification, multiple choice.

use deberta::capi::*;

use super::super::contract::handle;
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::{Form, TASK, Task, TaskOfCall};

impl Task {
    pub fn classify(self, session: &mut Session) {
        let form = if self.flags[0].0 == 1 { Form::Pair } else { Form::Single };
        let head = Some(deberta_head::SequenceClassification);
        let TaskOfCall { model, texts, shared, .. } = self.of_call(session, form, head, None);
        let options = deberta_classify_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            score_function: self.choices[0].0,
            window_merge: self.choices[1].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let answers = handle(session, self.nulls, TASK, |answers, error| {
            let texts_pointer = texts.pointer(self.nulls, 2);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_classify(model, texts_pointer, texts.count, options.pointer(), answers, error)
            }
        });
        let Some(answers) = answers else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was classified");
        own(session, answers, texts.count);
    }

    pub fn zero_shot(self, session: &mut Session) {
        let head = Some(deberta_head::SequenceClassification);
        let TaskOfCall { model, texts, others, text, text_length, shared } =
            self.of_call(session, Form::Single, head, Some(3));
        // Mostly a template that has a slot.
        let template: &[u8] = if self.nulls.has(5) { &text } else { b"It is {}." };
        let options = deberta_zero_shot_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            hypothesis_template: template.as_ptr().cast(),
            hypothesis_template_length: if self.nulls.has(5) { text_length } else { template.len() },
            multi_label: self.flags[0].0,
            window_merge: self.choices[0].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let answers = handle(session, self.nulls, TASK, |answers, error| {
            let (texts_pointer, labels) = (texts.pointer(self.nulls, 2), others.pointer(self.nulls, 3));
            let (count, label_count, options) = (texts.count, others.count, options.pointer());
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_zero_shot(
                    model,
                    texts_pointer,
                    count,
                    labels,
                    label_count,
                    options,
                    answers,
                    error,
                )
            }
        });
        let Some(answers) = answers else { return };
        assert!(texts.are_valid() && others.are_valid() && others.count > 0);
        own(session, answers, texts.count);
    }

    pub fn choose(self, session: &mut Session) {
        let head = Some(deberta_head::MultipleChoice);
        let TaskOfCall { model, others, text, text_length, shared, .. } =
            self.of_call(session, Form::Single, head, None);
        let options = deberta_choose_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            window_merge: self.choices[0].0,
            reserved: self.reserved.0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let answers = handle(session, self.nulls, TASK, |answers, error| {
            let (prompt, choices) = (self.nulls.or(2, text.as_ptr().cast()), others.pointer(self.nulls, 3));
            let (count, options) = (others.count, options.pointer());
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_choose(model, prompt, text_length, choices, count, options, answers, error)
            }
        });
        let Some(answers) = answers else { return };
        assert!(others.are_valid() && others.count > 0);
        own(session, answers, 1);
    }
}

/// Keeps answers, whose functions are calls of their own.
fn own(session: &mut Session, answers: *mut deberta_classifications, rows: usize) {
    // SAFETY: answers that are alive.
    assert_eq!(unsafe { deberta_classifications_rows(answers) }, rows);
    session.classifications.own(answers);
}
