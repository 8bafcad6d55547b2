//! Tokenizers at work, and what they return.

use std::ffi::c_char;
use std::ptr;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Capacity, Choice, Claim, Few, Flag, Id, Limit, Nulls, Pick, Reserved, Text};
use super::contract::{ArrayFunction, Slot, buffer, call, handle};
use super::openings::{Handle, Info, Name, array_of};
use super::session::Session;
use super::structs::{Claimed, StructBuffer, filled};

use deberta_status::{BufferTooSmall, InvalidArgument, InvalidTokenizer, InvalidUtf8, TooLong};

#[derive(Debug, Arbitrary)]
pub struct TokenizeOptions {
    max_length: Limit,
    truncation: Choice,
    omit_special_tokens: Flag,
    windows: Option<Limit>,
    reserved: Reserved,
    claimed: Claimed,
}

impl TokenizeOptions {
    pub fn buffer(&self) -> StructBuffer {
        let value = deberta_tokenize_options {
            struct_size: 0,
            max_length: self.max_length.0,
            truncation: self.truncation.0,
            omit_special_tokens: self.omit_special_tokens.0,
            windows: self.windows.is_some().into(),
            reserved: self.reserved.0,
            stride: self.windows.map_or(0, |stride| stride.0),
        };
        StructBuffer::options(&value, self.claimed)
    }

    /// The most tokens that each result may have.
    pub fn limit(&self) -> usize {
        let is_limited = self.max_length.0 != 0 && self.claimed.is_plain();
        if is_limited { self.max_length.0 } else { usize::MAX }
    }
}

/// A text or two.
#[derive(Debug, Arbitrary)]
pub struct TextOrPair {
    text: Option<Text>,
    pair: Option<Text>,
    claimed: Claim,
}

/// What the struct for C points to.
pub struct TextBytes {
    text: Option<Box<[u8]>>,
    pair: Option<Box<[u8]>>,
    claimed: Claim,
}

impl TextOrPair {
    pub fn bytes(&self) -> TextBytes {
        let bytes = |text: &Option<Text>| text.as_ref().map(Text::bytes);
        TextBytes { text: bytes(&self.text), pair: bytes(&self.pair), claimed: self.claimed }
    }
}

impl TextBytes {
    pub fn new(text: Box<[u8]>, pair: Option<Box<[u8]>>) -> Self {
        Self { text: Some(text), pair, claimed: Claim::TRUE }
    }

    /// Number of bytes of the text.
    pub fn text_length(&self) -> usize {
        self.text.as_ref().map_or(0, |text| text.len())
    }

    /// Number of bytes of the pair.
    pub fn pair_length(&self) -> usize {
        self.pair.as_ref().map_or(0, |pair| pair.len())
    }

    pub fn c_text(&self) -> deberta_text {
        let pointer =
            |text: &Option<Box<[u8]>>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr().cast());
        let length = |text: &Option<Box<[u8]>>| text.as_ref().map_or(0, |text| text.len());
        deberta_text {
            text: pointer(&self.text),
            text_length: self.claimed.of_bytes(length(&self.text)),
            pair: pointer(&self.pair),
            pair_length: length(&self.pair),
        }
    }

    pub fn is_valid(&self) -> bool {
        let valid =
            |text: &Option<Box<[u8]>>| text.as_ref().is_none_or(|text| std::str::from_utf8(text).is_ok());
        self.claimed.is_true() && valid(&self.text) && valid(&self.pair)
    }
}

#[derive(Debug, Arbitrary)]
pub struct TokenizerEncode {
    pick: Pick,
    text: TextOrPair,
    options: Option<TokenizeOptions>,
    nulls: Nulls,
}

impl TokenizerEncode {
    pub fn perform(self, session: &mut Session) {
        let tokenizer = session.tokenizers.pick(self.pick);
        let bytes = self.text.bytes();
        let text = Box::new(bytes.c_text());
        let options = self.options.as_ref().map(TokenizeOptions::buffer);
        let options_pointer = options.as_ref().map_or(ptr::null(), |options| options.pointer());
        let text_pointer = self.nulls.or(2, &raw const *text);
        let failures =
            &[InvalidArgument, InvalidUtf8, TooLong, InvalidTokenizer, deberta_status::Unsupported];
        let tokenized = handle(session, self.nulls, failures, |tokenized, error| {
            // SAFETY: every pointer is NULL or valid for its length.
            unsafe { deberta_tokenizer_encode(tokenizer, text_pointer, options_pointer, tokenized, error) }
        });
        if !tokenizer.is_null() && self.nulls.0 & 0b110 == 0 && options.is_none() {
            assert_eq!(tokenized.is_some(), bytes.is_valid(), "a text is tokenized if it is UTF-8");
        }
        let Some(tokenized) = tokenized else { return };
        assert!(bytes.is_valid(), "a text that is not UTF-8 was tokenized");
        // SAFETY: tokens that are alive.
        let length = unsafe { deberta_tokenized_length(tokenized) };
        let limit = self.options.as_ref().map_or(usize::MAX, TokenizeOptions::limit);
        assert!(length <= limit, "{length} tokens, more than {limit}");
        session.tokenized.own(tokenized);
    }
}

#[derive(Debug, Arbitrary)]
pub struct Decode {
    pick: Pick,
    ids: Few<Id, 8>,
    claimed: Claim,
    skip_special_tokens: Flag,
    capacity: Capacity,
    nulls: Nulls,
}

impl Decode {
    pub fn perform(self, session: &mut Session) {
        let tokenizer = session.tokenizers.pick(self.pick);
        let ids: Box<[u32]> = self.ids.0.iter().map(|id| id.0).collect();
        let (pointer, count) = (self.nulls.or(3, ids.as_ptr()), self.claimed.of(ids.len()));
        let skip = self.skip_special_tokens.0;
        let failures = &[InvalidArgument, BufferTooSmall, InvalidTokenizer];
        let text =
            buffer::<c_char>(session, self.nulls, self.capacity, failures, |text, room, length, error| {
                // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
                unsafe {
                    deberta_tokenizer_decode(tokenizer, pointer, count, skip, text, room, length, error)
                }
            });
        check_utf8(text);
    }
}

#[derive(Debug, Arbitrary)]
pub struct Token {
    pick: Pick,
    id: Id,
    capacity: Capacity,
    nulls: Nulls,
}

impl Token {
    pub fn perform(self, session: &mut Session) {
        let tokenizer = session.tokenizers.pick(self.pick);
        let failures = &[InvalidArgument, BufferTooSmall];
        let token =
            buffer::<c_char>(session, self.nulls, self.capacity, failures, |token, room, length, error| {
                // SAFETY: every pointer is NULL or valid for its length.
                unsafe { deberta_tokenizer_token(tokenizer, self.id.0, token, room, length, error) }
            });
        check_utf8(token);
    }
}

fn check_utf8(text: Option<Box<[c_char]>>) {
    let bytes: Option<Vec<u8>> = text.map(|text| text.iter().map(|&byte| byte as u8).collect());
    assert!(bytes.is_none_or(|bytes| std::str::from_utf8(&bytes).is_ok()), "not UTF-8");
}

#[derive(Debug, Arbitrary)]
pub struct TokenId {
    pick: Pick,
    token: Text,
    claimed: Claim,
    nulls: Nulls,
}

impl TokenId {
    pub fn perform(self, session: &mut Session) {
        let tokenizer = session.tokenizers.pick(self.pick);
        let token = self.token.bytes();
        let pointer = self.nulls.or(2, token.as_ptr().cast());
        let length = self.claimed.of_bytes(token.len());
        let mut id = Slot::<u32>::new();
        let output = id.pointer(self.nulls, 1);
        let status = call(session, self.nulls, &[InvalidArgument, InvalidUtf8], |error| {
            // SAFETY: every pointer is NULL or valid for its length, or the length is refused.
            unsafe { deberta_tokenizer_id(tokenizer, pointer, length, output, error) }
        });
        if let Some(id) = id.result(status) {
            // SAFETY: a tokenizer that is alive; only the length is asked for.
            let known = unsafe {
                let (none, error) = (ptr::null_mut(), ptr::null_mut());
                deberta_tokenizer_token(tokenizer, id, none, 0, ptr::null_mut(), error)
            };
            assert_eq!(known, BufferTooSmall, "the id {id} of a token has no token");
        }
    }
}

/// An array of tokens.
#[derive(Debug, Arbitrary)]
pub struct OfTokens {
    pick: Pick,
    nulls: Nulls,
}

impl OfTokens {
    pub fn array<T: Copy + 'static>(
        self,
        session: &mut Session,
        function: ArrayFunction<deberta_tokenized, T>,
        is_valid: impl Fn(T) -> bool,
    ) {
        let tokenized = session.tokenized.pick(self.pick);
        if let Some(values) = array_of(session, self.nulls, tokenized, function) {
            // SAFETY: tokens that are alive.
            assert_eq!(values.len(), unsafe { deberta_tokenized_length(tokenized) });
            assert!(values.iter().all(|&value| is_valid(value)), "an element is out of its range");
        }
    }
}

impl Handle {
    pub fn token_count(self, session: &mut Session) {
        let tokenized = session.tokenized.pick(self.pick);
        // SAFETY: NULL, or tokens that are alive.
        let length = unsafe { deberta_tokenized_length(tokenized) };
        assert!(length == 0 || !tokenized.is_null());
    }
}

impl Name {
    pub fn token(self, session: &mut Session) {
        let tokenized = session.tokenized.pick(self.pick);
        let found = self.of(session, tokenized, deberta_tokenized_token);
        // SAFETY: NULL, or tokens that are alive.
        let length = unsafe { deberta_tokenized_length(tokenized) };
        assert_eq!(found, self.index.0 < length && !self.nulls.has(1), "token {} of {length}", self.index.0);
    }
}

impl Info {
    pub fn tokenized_truncation(self, session: &mut Session) {
        let tokenized = session.tokenized.pick(self.pick);
        let truncated = filled(session, self.nulls, self.claimed, |truncated, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_tokenized_truncation(tokenized, truncated, error) }
        });
        if let Some(truncated) = truncated {
            // SAFETY: tokens that are alive.
            check_truncation(&truncated, unsafe { deberta_tokenized_length(tokenized) });
        }
    }
}

/// The tokens that were removed, and those that were kept, are all there were.
pub fn check_truncation(truncated: &deberta_truncated_text, kept: usize) {
    let removed = truncated.removed_tokens;
    assert_eq!(truncated.total_tokens, kept + removed[0] + removed[1], "total_tokens");
    for (removed, first) in removed.into_iter().zip(truncated.first_removed_byte) {
        assert_eq!(removed == 0, first == usize::MAX, "{removed} tokens removed from byte {first} on");
    }
}
