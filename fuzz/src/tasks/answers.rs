//! Question answering.

use deberta::capi::*;

use super::super::contract::{handle, string};
use super::super::session::Session;
use super::super::structs::StructBuffer;
use super::reading::{check_ranges, places};
use super::{Form, TASK, Task, TaskOfCall};

impl Task {
    pub fn answer(self, session: &mut Session) {
        let head = Some(deberta_head::QuestionAnswering);
        let TaskOfCall { model, texts, shared, .. } = self.of_call(session, Form::Pair, head, None);
        let options = deberta_answer_options {
            struct_size: 0,
            tokenize: shared.tokenize(),
            run: shared.run(),
            top_k: self.numbers[0].0,
            max_answer_length: self.numbers[1].0,
            handle_impossible_answer: self.flags[0].0,
            omit_word_alignment: self.flags[1].0,
        };
        let options = StructBuffer::options(&options, shared.claimed);
        let answers = handle(session, self.nulls, TASK, |answers, error| {
            let questions = texts.pointer(self.nulls, 2);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe { deberta_model_answer(model, questions, texts.count, options.pointer(), answers, error) }
        });
        let Some(answers) = answers else { return };
        assert!(texts.are_valid(), "a text that is not UTF-8 was read");
        // SAFETY: answers that are alive.
        assert_eq!(unsafe { deberta_answers_rows(answers) }, texts.count);
        let mut reading = self.reading(session, &shared);
        reading.lengths(answers, texts.count, deberta_answers_windows, deberta_answers_truncation);
        for row in places(texts.count) {
            let count = reading.number(answers, row, row < texts.count, deberta_answers_count).unwrap_or(0);
            for index in places(count) {
                let answer: Option<deberta_answer> = reading.item(index < count, |answer, error| {
                    // SAFETY: every pointer is NULL or valid.
                    unsafe { deberta_answers_answer(answers, row, index, answer, error) }
                });
                let Some(answer) = answer else { continue };
                check_ranges(answer.byte_range, answer.char_range, texts.bytes[row].pair_length());
                assert!(answer.score >= 0.0 && answer.score.is_finite(), "a score of {}", answer.score);
                assert_eq!(answer.is_impossible == 1, string(answer.text).is_empty());
            }
        }
        // SAFETY: they are freed once.
        unsafe { deberta_answers_free(answers) }
    }
}
