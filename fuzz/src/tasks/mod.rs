//! Tasks: requests of every kind with any options and limits, and all that can be asked of their results.

mod answers;
mod classifications;
mod embeddings;
mod entities;
mod explanation;
mod limits;
mod masks;
mod ranking;
mod reading;
mod texts;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Capacity, Choice, Claim, Flag, Limit, Nulls, Pick, Reserved, Text};
use super::openings::model_info;
use super::session::Session;
use limits::{Shared, SharedOfCall};
use reading::Reading;
use texts::{Form, Texts, TextsOfCall};

use deberta_status::{
    Cancelled, DeadlineExceeded, InvalidArgument, InvalidTokenizer, InvalidUtf8, NotFound, TooLong,
    Unsupported,
};

pub use limits::{CancellationLife, Limits, LimitsOfCall};

/// The statuses that tasks can fail with.
pub const TASK: &[deberta_status] = &[
    InvalidArgument,
    TooLong,
    Unsupported,
    NotFound,
    InvalidUtf8,
    InvalidTokenizer,
    Cancelled,
    DeadlineExceeded,
];

/// A request to a model: the texts, a query or prompt or template, and labels, documents or choices.
#[derive(Debug, Arbitrary)]
pub struct Task {
    pick: Pick,
    texts: Texts<2>,
    others: Texts<3>,
    text: Text,
    text_claimed: Claim,
    shared: Shared,
    choices: [Choice; 2],
    flags: [Flag; 2],
    numbers: [Limit; 2],
    reserved: Reserved,
    capacity: Capacity,
    nulls: Nulls,
}

/// The arguments of a request for C.
struct TaskOfCall {
    model: *const deberta_model,
    texts: TextsOfCall,
    others: TextsOfCall,
    text: Box<[u8]>,
    text_length: usize,
    shared: SharedOfCall,
}

impl Task {
    /// With texts of that form, and mostly a model that has the head and as many labels as are asked for.
    fn of_call(
        &self,
        session: &Session,
        form: Form,
        head: Option<deberta_head>,
        labels: Option<usize>,
    ) -> TaskOfCall {
        let fits = |&model: &*const deberta_model| {
            model_info(model).is_some_and(|info| {
                info.has_tokenizer == 1
                    && head.is_none_or(|head| info.head == head as i32)
                    && labels.is_none_or(|labels| info.num_labels == labels)
            })
        };
        let model = match self.nulls.has(6) {
            true => session.models.pick(self.pick),
            false => session.models.pick_of(self.pick, fits),
        };
        let text = self.text.bytes();
        let text_length = self.text_claimed.of_bytes(text.len());
        TaskOfCall {
            model,
            texts: self.texts.of_call(form),
            others: self.others.of_call(Form::Single),
            text,
            text_length,
            shared: self.shared.of_call(),
        }
    }

    fn reading<'s, 'w>(&self, session: &'s mut Session<'w>, shared: &SharedOfCall) -> Reading<'s, 'w> {
        Reading { session, nulls: self.nulls, claimed: shared.claimed }
    }
}
