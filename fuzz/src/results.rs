//! What is in results: encoded batches and answers.

use std::ptr;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Capacity, Index, Nulls, Pick};
use super::contract::{
    ARGUMENT, ArrayAtFunction, ArrayFunction, BUFFER, ErrorOutput, Slot, array, buffer, call,
};
use super::openings::{Handle, Info, Name, array_of};
use super::session::Session;
use super::structs::filled;
use super::tokens::check_truncation;

/// A function that copies to a padded array.
type PaddedFunction =
    unsafe extern "C" fn(*const deberta_encoded, *mut f32, usize, *mut usize, ErrorOutput) -> deberta_status;
/// The same of one layer.
type PaddedAtFunction = unsafe extern "C" fn(
    *const deberta_encoded,
    usize,
    *mut f32,
    usize,
    *mut usize,
    ErrorOutput,
) -> deberta_status;

/// The sizes of a result that is alive.
pub fn encoded_info(encoded: *const deberta_encoded) -> deberta_encoded_info {
    let mut info = Slot::<deberta_encoded_info>::new();
    let pointer = info.pointer(Nulls(0), 1);
    // SAFETY: the struct starts with its size and has room for as much.
    unsafe {
        let size = size_of::<deberta_encoded_info>();
        assert_eq!(deberta_encoded_info_init(pointer, size, ptr::null_mut()), deberta_status::Ok);
        assert_eq!(deberta_encoded_get_info(encoded, pointer, ptr::null_mut()), deberta_status::Ok);
    }
    info.read()
}

fn info_of(encoded: *const deberta_encoded) -> Option<deberta_encoded_info> {
    (!encoded.is_null()).then(|| encoded_info(encoded))
}

impl Info {
    pub fn encoded(self, session: &mut Session) {
        let encoded = session.encoded.pick(self.pick);
        let info: Option<deberta_encoded_info> = filled(session, self.nulls, self.claimed, |info, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_encoded_get_info(encoded, info, error) }
        });
        if let Some(info) = info {
            assert!(info.rows > 0 && info.tokens >= info.rows && info.tokens <= info.rows * info.length);
            assert!(info.hidden_size > 0 && info.num_attention_heads > 0 && info.reserved == 0);
            assert_eq!(info.num_labels == 0, info.logits_head == deberta_head::None as i32);
        }
    }

    pub fn classified_windows(self, session: &mut Session) {
        let answers = session.classifications.pick(self.pick);
        let row = usize::from(self.nulls.0 >> 2);
        // SAFETY: NULL, or answers that are alive.
        let rows = unsafe { deberta_classifications_rows(answers) };
        let mut slot = Slot::<usize>::new();
        let output = slot.pointer(self.nulls, 1);
        let status = call(session, self.nulls, ARGUMENT, |error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_classifications_windows(answers, row, output, error) }
        });
        let windows = slot.result(status);
        assert_eq!(windows.is_some(), row < rows && !self.nulls.has(1));
        assert!(windows.is_none_or(|windows| windows > 0));
    }

    pub fn classified_truncation(self, session: &mut Session) {
        let answers = session.classifications.pick(self.pick);
        // The bits above those of the outputs: mostly 0.
        let row = usize::from(self.nulls.0 >> 2);
        let truncated: Option<deberta_truncated_text> =
            filled(session, self.nulls, self.claimed, |truncated, error| {
                // SAFETY: every pointer is NULL or valid.
                unsafe { deberta_classifications_truncation(answers, row, truncated, error) }
            });
        if let Some(truncated) = truncated {
            // How many tokens were kept is not told here.
            let removed: usize = truncated.removed_tokens.iter().sum();
            assert!(truncated.total_tokens >= removed, "{removed} tokens of {}", truncated.total_tokens);
            check_truncation(&truncated, truncated.total_tokens - removed);
        }
    }
}

/// An array of a result, or of one of its layers.
#[derive(Debug, Arbitrary)]
pub struct OfEncoded {
    pick: Pick,
    layer: Index,
    capacity: Capacity,
    nulls: Nulls,
}

impl OfEncoded {
    pub fn row_offsets(self, session: &mut Session) {
        let encoded = session.encoded.pick(self.pick);
        let Some(offsets) = array_of(session, self.nulls, encoded, deberta_encoded_row_offsets) else {
            return;
        };
        let info = encoded_info(encoded);
        assert_eq!((offsets.len(), offsets[0], offsets[info.rows]), (info.rows + 1, 0, info.tokens));
        assert!(offsets.is_sorted_by(|one, next| one < next), "{offsets:?}");
    }

    pub fn positions(self, session: &mut Session) {
        let encoded = session.encoded.pick(self.pick);
        let Some(positions) = array_of(session, self.nulls, encoded, deberta_encoded_positions) else {
            return;
        };
        let info = encoded_info(encoded);
        assert_eq!(positions.len(), info.tokens);
        assert!(positions.iter().all(|&position| (position as usize) < info.length));
    }

    pub fn last_hidden_state(self, session: &mut Session) {
        let encoded = session.encoded.pick(self.pick);
        let function: ArrayFunction<_, f32> = deberta_encoded_last_hidden_state;
        let Some(values) = array_of(session, self.nulls, encoded, function) else { return };
        let info = encoded_info(encoded);
        check_floats(values, info.tokens * info.hidden_size);
    }

    pub fn logits(self, session: &mut Session) {
        let encoded = session.encoded.pick(self.pick);
        let values = array::<f32>(session, self.nulls, |values, length, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_encoded_logits(encoded, values, length, error) }
        });
        if let (Some(values), Some(info)) = (values, info_of(encoded)) {
            let of_rows = [deberta_head::SequenceClassification, deberta_head::MultipleChoice];
            let of_rows = of_rows.iter().any(|&head| info.logits_head == head as i32);
            check_floats(values, if of_rows { info.rows } else { info.tokens } * info.num_labels);
        }
    }

    pub fn hidden_states(self, session: &mut Session) {
        let size = |info: &deberta_encoded_info| (info.hidden_states, Some(info.tokens * info.hidden_size));
        self.of_layer(session, deberta_encoded_hidden_states, size);
    }

    pub fn attentions(self, session: &mut Session) {
        self.of_layer(session, deberta_encoded_attentions, |info| (info.attentions, None));
    }

    /// `size` tells how many layers there are, and where it is simple, how many floats in each.
    fn of_layer(
        self,
        session: &mut Session,
        function: ArrayAtFunction<deberta_encoded, f32>,
        size: impl Fn(&deberta_encoded_info) -> (usize, Option<usize>),
    ) {
        let encoded = session.encoded.pick(self.pick);
        let values = array(session, self.nulls, |values, length, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { function(encoded, self.layer.0, values, length, error) }
        });
        let Some(info) = info_of(encoded) else { return assert!(values.is_none()) };
        let (layers, expected) = size(&info);
        let outputs_are_given = !self.nulls.has(1) && !self.nulls.has(2);
        assert_eq!(values.is_some(), self.layer.0 < layers && outputs_are_given, "layer {}", self.layer.0);
        if let Some(values) = values {
            check_floats(values, expected.unwrap_or(values.len()));
        }
    }

    pub fn padded(self, session: &mut Session, function: PaddedFunction) {
        let encoded = session.encoded.pick(self.pick);
        let values = buffer(session, self.nulls, self.capacity, BUFFER, |values, room, length, error| {
            // SAFETY: every pointer is NULL or valid for its length.
            unsafe { function(encoded, values, room, length, error) }
        });
        if let Some(values) = values {
            check_floats(&values, values.len());
        }
    }

    pub fn layer_padded(self, session: &mut Session, function: PaddedAtFunction) {
        let encoded = session.encoded.pick(self.pick);
        let values = buffer(session, self.nulls, self.capacity, BUFFER, |values, room, length, error| {
            // SAFETY: every pointer is NULL or valid for its length.
            unsafe { function(encoded, self.layer.0, values, room, length, error) }
        });
        let Some(values) = values else { return };
        let info = encoded_info(encoded);
        let padded = info.rows * info.length;
        let sizes = [padded * info.hidden_size, padded * info.num_attention_heads * info.length];
        assert!(sizes.contains(&values.len()), "{} floats in a padded array", values.len());
        check_floats(&values, values.len());
    }

    pub fn tokenized(self, session: &mut Session) {
        let encoded = session.encoded.pick(self.pick);
        let mut slot = Slot::<*const deberta_tokenized>::new();
        let output = slot.pointer(self.nulls, 1);
        let status = call(session, self.nulls, ARGUMENT, |error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_encoded_tokenized(encoded, self.layer.0, output, error) }
        });
        if let Some(tokenized) = slot.result(status) {
            assert!(!tokenized.is_null(), "success without tokens");
            session.tokenized.borrow(tokenized, encoded);
        }
    }
}

/// Results are only kept of input that is finite.
fn check_floats(values: &[f32], length: usize) {
    assert_eq!(values.len(), length, "number of floats");
    assert!(values.iter().all(|value| value.is_finite()), "not finite");
}

impl Handle {
    pub fn classified_rows(self, session: &mut Session) {
        let answers = session.classifications.pick(self.pick);
        // SAFETY: NULL, or answers that are alive.
        let rows = unsafe { deberta_classifications_rows(answers) };
        assert!(rows == 0 || !answers.is_null());
    }
}

impl Name {
    pub fn classified_label(self, session: &mut Session) {
        let answers = session.classifications.pick(self.pick);
        self.of(session, answers, deberta_classifications_label);
    }

    /// The scores or the ranking of an answer.
    pub fn of_answer<T: Copy + 'static>(
        self,
        session: &mut Session,
        function: ArrayAtFunction<deberta_classifications, T>,
        is_valid: impl Fn(T, usize) -> bool,
    ) {
        let answers = session.classifications.pick(self.pick);
        let values = array(session, self.nulls, |values, length, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { function(answers, self.index.0, values, length, error) }
        });
        // SAFETY: NULL, or answers that are alive.
        let rows = unsafe { deberta_classifications_rows(answers) };
        let outputs_are_given = !self.nulls.has(1) && !self.nulls.has(2);
        assert_eq!(
            values.is_some(),
            self.index.0 < rows && outputs_are_given,
            "row {} of {rows}",
            self.index.0
        );
        if let Some(values) = values {
            assert!(!values.is_empty() && values.iter().all(|&value| is_valid(value, values.len())));
        }
    }
}
