//! Encoding ids, embeddings and texts.

use std::ptr;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Bits, Capacity, Claim, Few, Nulls, Pick, Reserved};
use super::batches::{Padded, PaddedArrays, Ragged, RaggedArrays};
use super::contract::{ErrorOutput, buffer, handle};
use super::openings::model_info;
use super::results::encoded_info;
use super::session::Session;
use super::structs::{Claimed, StructBuffer};
use super::tasks::{Limits, LimitsOfCall, TASK};
use super::tokens::{TextBytes, TextOrPair, TokenizeOptions};

use deberta_status::{BufferTooSmall, InvalidArgument, InvalidCheckpoint, TooLong, Unsupported};

/// Bits of a call's NULLs that stand for pointers which must not be NULL: the result and the inputs.
const NEEDED: u8 = 0b110;

#[derive(Debug, Arbitrary)]
pub struct EncodeOptions {
    outputs: Bits,
    reserved: Reserved,
    claimed: Claimed,
}

impl EncodeOptions {
    fn buffer(&self, run: *const deberta_run_options) -> StructBuffer {
        let value = deberta_encode_options {
            struct_size: 0,
            outputs: self.outputs.0,
            reserved: self.reserved.0,
            run,
        };
        StructBuffer::options(&value, self.claimed)
    }

    /// Whether the library must take them; for other sizes than the true one that is left open.
    fn are_valid(&self) -> Option<bool> {
        self.claimed.is_plain().then_some((0..8).contains(&self.outputs.0) && self.reserved.0 == 0)
    }
}

fn options_are_valid(options: &Option<EncodeOptions>) -> Option<bool> {
    options.as_ref().map_or(Some(true), EncodeOptions::are_valid)
}

/// Calls a function that returns a result; checks that it succeeds if, and only if, it must.
fn encode(
    session: &mut Session,
    nulls: Nulls,
    options: &Option<EncodeOptions>,
    batch_is_valid: bool,
    is_tame: bool,
    function: impl FnOnce(*const deberta_encode_options, *mut *mut deberta_encoded, ErrorOutput) -> deberta_status,
) -> Option<*mut deberta_encoded> {
    let buffer = options.as_ref().map(|options| options.buffer(ptr::null()));
    let pointer = buffer.as_ref().map_or(ptr::null(), |options| options.pointer());
    // Unsupported is for options beyond what the library knows.
    // InvalidCheckpoint is for embeddings so large that a sum overflows.
    let failures = &[InvalidArgument, TooLong, Unsupported, InvalidCheckpoint];
    let encoded = handle(session, nulls, failures, |encoded, error| function(pointer, encoded, error));
    match options_are_valid(options).filter(|_| is_tame) {
        Some(valid) => {
            assert_eq!(encoded.is_some(), valid && batch_is_valid, "a batch is encoded if it is valid")
        }
        None => assert!(encoded.is_none() || batch_is_valid, "a batch that is not valid was encoded"),
    }
    encoded
}

#[derive(Debug, Arbitrary)]
pub struct EncodeIds {
    pick: Pick,
    batch: Ragged,
    options: Option<EncodeOptions>,
    nulls: Nulls,
}

#[derive(Debug, Arbitrary)]
pub struct EncodeIdsInto {
    pick: Pick,
    batch: Ragged,
    capacity: Capacity,
    nulls: Nulls,
}

/// The pointers to a ragged batch: NULL for bit 2 the ids and for bit 3 the token types.
fn ragged_pointers(arrays: &RaggedArrays, nulls: Nulls) -> (*const u32, *const u32, *const usize) {
    let types = arrays.token_type_ids.as_ref().map_or(ptr::null(), |types| types.as_ptr());
    (nulls.or(2, arrays.ids.as_ptr()), types, nulls.or(3, arrays.row_offsets.as_ptr()))
}

impl EncodeIds {
    pub fn perform(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        let arrays = self.batch.arrays();
        let (ids, types, offsets) = ragged_pointers(&arrays, self.nulls);
        let valid = arrays.is_valid(model) && self.nulls.0 & (NEEDED | 0b1000) == 0;
        let encoded = encode(session, self.nulls, &self.options, valid, true, |options, encoded, error| {
            let (tokens, rows) = (arrays.tokens, arrays.rows);
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_encode_ids(model, ids, types, tokens, offsets, rows, options, encoded, error)
            }
        });
        let Some(encoded) = encoded else { return };
        let info = encoded_info(encoded);
        assert_eq!((info.rows, info.tokens), (arrays.rows, arrays.tokens));
        session.own_encoded(encoded);
    }
}

impl EncodeIdsInto {
    pub fn perform(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        let arrays = self.batch.arrays();
        // Bits 1 and 2 are the buffer's.
        let (ids, types, offsets) = ragged_pointers(&arrays, Nulls(self.nulls.0 >> 2));
        let (tokens, rows) = (arrays.tokens, arrays.rows);
        let failures = &[InvalidArgument, TooLong, BufferTooSmall];
        let values = buffer(session, self.nulls, self.capacity, failures, |values, room, length, error| {
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                deberta_model_encode_ids_into(
                    model,
                    ids,
                    types,
                    tokens,
                    offsets,
                    rows,
                    ptr::null(),
                    values,
                    room,
                    length,
                    error,
                )
            }
        });
        let Some(values) = values else { return };
        assert!(arrays.is_valid(model), "a batch that is not valid was encoded");
        assert_eq!(Some(values.len()), model_info(model).map(|info| tokens * info.hidden_size));
        assert!(values.iter().all(|value: &f32| value.is_finite()), "not finite");
    }
}

/// The pointers to a padded batch: NULL for bit 2 the input, 3 the mask and 4 the token types.
fn padded_pointers(arrays: &PaddedArrays, nulls: Nulls) -> (*const i64, *const f32, *const i64, *const i64) {
    let pointer = |array: &Option<Box<[i64]>>| array.as_ref().map_or(ptr::null(), |array| array.as_ptr());
    let mask = nulls.or(3, pointer(&arrays.attention_mask));
    let types = nulls.or(4, pointer(&arrays.token_type_ids));
    (nulls.or(2, arrays.input_ids.as_ptr()), nulls.or(2, arrays.embeddings.as_ptr()), mask, types)
}

#[derive(Debug, Arbitrary)]
pub struct EncodePadded {
    pick: Pick,
    batch: Padded,
    options: Option<EncodeOptions>,
    nulls: Nulls,
}

impl EncodePadded {
    pub fn ids(self, session: &mut Session) {
        self.perform(session, false);
    }

    pub fn embeddings(self, session: &mut Session) {
        self.perform(session, true);
    }

    fn perform(self, session: &mut Session, embedded: bool) {
        let model = session.models.pick(self.pick);
        let arrays = self.batch.arrays(model, embedded);
        let (ids, embeddings, mask, types) = padded_pointers(&arrays, self.nulls);
        let (rows, length, size) = (arrays.rows, arrays.length, arrays.embedding_size);
        let valid = arrays.is_valid(model, embedded, self.nulls) && self.nulls.0 & NEEDED == 0;
        let tame = arrays.is_tame();
        let encoded = encode(session, self.nulls, &self.options, valid, tame, |options, encoded, error| {
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                match embedded {
                    false => deberta_model_encode_padded(
                        model, ids, mask, types, rows, length, options, encoded, error,
                    ),
                    true => deberta_model_encode_embeddings(
                        model, embeddings, size, mask, types, rows, length, options, encoded, error,
                    ),
                }
            }
        });
        let Some(encoded) = encoded else { return };
        let info = encoded_info(encoded);
        let tokens = arrays.valid_tokens(self.nulls).len();
        assert_eq!((info.rows, info.length, info.tokens), (rows, length, tokens));
        // Results of embeddings that are not finite are not looked at again, as all others are.
        if arrays.is_tame() {
            session.own_encoded(encoded);
        } else {
            // SAFETY: it was not handed to the session.
            unsafe { deberta_encoded_free(encoded) }
        }
    }
}

#[derive(Debug, Arbitrary)]
pub struct EncodePaddedInto {
    pick: Pick,
    batch: Padded,
    capacity: Capacity,
    nulls: Nulls,
}

impl EncodePaddedInto {
    pub fn ids(self, session: &mut Session) {
        self.perform(session, false);
    }

    pub fn embeddings(self, session: &mut Session) {
        self.perform(session, true);
    }

    fn perform(self, session: &mut Session, embedded: bool) {
        let model = session.models.pick(self.pick);
        let arrays = self.batch.arrays(model, embedded);
        // Bits 1 and 2 are the buffer's.
        let nulls = Nulls(self.nulls.0 >> 2);
        let (ids, embeddings, mask, types) = padded_pointers(&arrays, nulls);
        let (rows, length, size) = (arrays.rows, arrays.length, arrays.embedding_size);
        let failures = &[InvalidArgument, TooLong, BufferTooSmall, InvalidCheckpoint];
        let values = buffer(session, self.nulls, self.capacity, failures, |values, room, written, error| {
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe {
                match embedded {
                    false => deberta_model_encode_padded_into(
                        model,
                        ids,
                        mask,
                        types,
                        rows,
                        length,
                        ptr::null(),
                        values,
                        room,
                        written,
                        error,
                    ),
                    true => deberta_model_encode_embeddings_into(
                        model,
                        embeddings,
                        size,
                        mask,
                        types,
                        rows,
                        length,
                        ptr::null(),
                        values,
                        room,
                        written,
                        error,
                    ),
                }
            }
        });
        let Some(values) = values else { return };
        assert!(arrays.is_valid(model, embedded, nulls), "a batch that is not valid was encoded");
        let hidden = model_info(model).map_or(0, |info| info.hidden_size);
        assert_eq!(values.len(), rows * length * hidden);
        let valid = arrays.valid_tokens(nulls);
        for (index, token) in values.chunks(hidden.max(1)).enumerate() {
            let padding = !valid.contains(&index);
            assert!(!padding || token.iter().all(|&value: &f32| value == 0.0), "padding is not 0");
            assert!(!arrays.is_tame() || token.iter().all(|value| value.is_finite()), "not finite");
        }
    }
}

#[derive(Debug, Arbitrary)]
pub struct Texts {
    pick: Pick,
    texts: Few<TextOrPair, 2>,
    claimed: Claim,
    tokenize_options: Option<TokenizeOptions>,
    options: Option<EncodeOptions>,
    limits: Option<Limits>,
    nulls: Nulls,
}

impl Texts {
    pub fn encode(self, session: &mut Session) {
        let (model, bytes) = (session.models.pick(self.pick), self.bytes());
        let texts: Box<[deberta_text]> = bytes.iter().map(TextBytes::c_text).collect();
        let (pointer, count) = (self.nulls.or(2, texts.as_ptr()), self.claimed.of(texts.len()));
        let tokenize = self.tokenize_options.as_ref().map(TokenizeOptions::buffer);
        let tokenize = tokenize.as_ref().map_or(ptr::null(), |options| options.pointer());
        let limits = self.limits.as_ref().map(Limits::of_call);
        let run = limits.as_ref().map_or(ptr::null(), LimitsOfCall::pointer);
        let options = self.options.as_ref().map(|options| options.buffer(run));
        let options = options.as_ref().map_or(ptr::null(), |options| options.pointer());
        let encoded = handle(session, self.nulls, TASK, |encoded, error| {
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe { deberta_model_encode_texts(model, pointer, count, tokenize, options, encoded, error) }
        });
        let Some(encoded) = encoded else { return };
        let info = encoded_info(encoded);
        assert!(bytes.iter().all(TextBytes::is_valid), "a text that is not UTF-8 was encoded");
        assert!(
            info.rows == count && info.length <= self.limit(),
            "{} tokens in {} rows",
            info.length,
            info.rows
        );
        session.own_encoded(encoded);
    }

    fn bytes(&self) -> Vec<TextBytes> {
        self.texts.0.iter().map(TextOrPair::bytes).collect()
    }

    fn limit(&self) -> usize {
        self.tokenize_options.as_ref().map_or(usize::MAX, TokenizeOptions::limit)
    }
}
