//! Reading a task's result: what exists must be there, and nothing else.

use deberta::capi::*;

use super::super::arguments::Nulls;
use super::super::contract::{
    ARGUMENT, ArrayAtFunction, ArrayFunction, ErrorOutput, Slot, array, call, string,
};
use super::super::session::Session;
use super::super::structs::{Claimed, filled};

/// Beyond the rows, places and items of any result.
const BEYOND: usize = 1 << 20;

/// A function that reads one thing of a row.
type RowFunction<H, T> = unsafe extern "C" fn(*const H, usize, *mut T, ErrorOutput) -> deberta_status;

/// The first and the last index of so many, and two that are none.
pub fn places(count: usize) -> [usize; 4] {
    [0, count.saturating_sub(1), count, BEYOND]
}

/// Reads with NULLs and struct sizes that may be wrong, and then as one should.
pub struct Reading<'s, 'w> {
    pub session: &'s mut Session<'w>,
    pub nulls: Nulls,
    pub claimed: Claimed,
}

impl Reading<'_, '_> {
    /// An array of a result.
    pub fn array<H, T: Copy + 'static>(
        &mut self,
        owner: *const H,
        function: ArrayFunction<H, T>,
    ) -> &'static [T] {
        for nulls in [self.nulls, Nulls(0)] {
            let values = array(self.session, nulls, |values, length, error| {
                // SAFETY: every pointer is NULL or valid.
                unsafe { function(owner, values, length, error) }
            });
            if let Some(values) = values {
                return values;
            }
        }
        panic!("an array that exists was refused")
    }

    /// An array at an index, where there is one.
    pub fn array_at<H, T: Copy + 'static>(
        &mut self,
        owner: *const H,
        index: usize,
        exists: bool,
        function: ArrayAtFunction<H, T>,
    ) -> Option<&'static [T]> {
        let values = array(self.session, Nulls(0), |values, length, error| {
            // SAFETY: every pointer is valid.
            unsafe { function(owner, index, values, length, error) }
        });
        assert_eq!(values.is_some(), exists);
        values
    }

    /// Finite numbers of a result.
    pub fn floats<H>(&mut self, owner: *const H, function: ArrayFunction<H, f32>) -> &'static [f32] {
        let values = self.array(owner, function);
        assert!(values.iter().all(|value| value.is_finite()), "not finite");
        values
    }

    /// A number of a row, where there is the row.
    pub fn number<H>(
        &mut self,
        owner: *const H,
        row: usize,
        exists: bool,
        function: RowFunction<H, usize>,
    ) -> Option<usize> {
        let mut found = None;
        for nulls in [self.nulls, Nulls(0)] {
            let mut slot = Slot::<usize>::new();
            let output = slot.pointer(nulls, 1);
            // SAFETY: every pointer is NULL or valid.
            let status =
                call(self.session, nulls, ARGUMENT, |error| unsafe { function(owner, row, output, error) });
            found = slot.result(status);
            assert_eq!(found.is_some(), exists && !nulls.has(1));
        }
        found
    }

    /// A struct, where there is one.
    pub fn item<T: Copy>(
        &mut self,
        exists: bool,
        function: impl Fn(*mut T, ErrorOutput) -> deberta_status,
    ) -> Option<T> {
        let claimed: Option<T> = filled(self.session, self.nulls, self.claimed, &function);
        assert!(exists || claimed.is_none());
        let item = filled(self.session, Nulls(0), Claimed::true_size(), function);
        assert_eq!(item.is_some(), exists);
        item
    }

    /// What was cut off of each row, and in how many windows it was read.
    pub fn lengths<H>(
        &mut self,
        owner: *const H,
        rows: usize,
        windows: RowFunction<H, usize>,
        truncation: RowFunction<H, deberta_truncated_text>,
    ) {
        for row in places(rows) {
            let count = self.number(owner, row, row < rows, windows);
            assert!(count.is_none_or(|count| count > 0), "no windows");
            // SAFETY: every pointer is NULL or valid.
            let truncated =
                self.item(row < rows, |truncated, error| unsafe { truncation(owner, row, truncated, error) });
            let Some(truncated) = truncated else { continue };
            let removed: usize = truncated.removed_tokens.iter().sum();
            assert!(truncated.total_tokens >= removed, "{removed} tokens of {}", truncated.total_tokens);
        }
    }
}

/// Checks where something is in a text of that many bytes.
pub fn check_ranges(bytes: deberta_range, chars: deberta_range, text_length: usize) {
    assert!(bytes.start <= bytes.end && bytes.end <= text_length, "{}..{}", bytes.start, bytes.end);
    assert!(chars.start <= chars.end && chars.end <= bytes.end, "{}..{}", chars.start, chars.end);
}

/// Checks a probability, and a string that comes with it.
pub fn check_scored(score: f32, text: deberta_string) {
    assert!((0.0..1.001).contains(&score), "a probability of {score}");
    string(text);
}
