//! What only C can do wrong: each is refused by its name, and no output is written.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use deberta::capi::*;
use deberta::{ErrorKind, OpenOptions};

use crate::api::{Api, Outcome};
use crate::c_api::{CApi, Handle, c_path, c_text, check, handle, init};
use crate::common::{bundled_model, goldens};
use crate::suite::open;

#[track_caller]
fn refused<T>(outcome: Outcome<T>, kind: ErrorKind, part: &str) {
    let Err(failure) = outcome else { panic!("accepted, but expected: {part}") };
    assert_eq!(failure.status, kind as i32, "{}", failure.message);
    assert!(failure.message.contains(part), "{:?} does not contain {part:?}", failure.message);
}

#[track_caller]
fn null(outcome: Outcome<()>, name: &str) {
    refused(outcome, ErrorKind::InvalidArgument, &format!("{name} is NULL"));
}

fn bundled() -> Handle<deberta_model> {
    CApi::open(&bundled_model(), &OpenOptions { threads: Some(1), ..OpenOptions::default() }).unwrap()
}

#[test]
fn null_is_refused_everywhere() {
    let model = bundled();
    let text = c_text("text".into());
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let tokenizer = deberta_model_tokenizer(model.pointer);
        let folder = c_path(&bundled_model());
        let mut opened = ptr::null_mut();
        null(check(|e| deberta_model_open(ptr::null(), ptr::null(), &mut opened, e)), "folder");
        null(check(|e| deberta_model_open(folder.as_ptr(), ptr::null(), ptr::null_mut(), e)), "model");
        null(check(|e| deberta_open_options_init(ptr::null_mut(), 40, e)), "options");
        null(check(|e| deberta_encode_options_init(ptr::null_mut(), 16, e)), "options");
        null(check(|e| deberta_tokenize_options_init(ptr::null_mut(), 24, e)), "options");
        null(check(|e| deberta_model_info_init(ptr::null_mut(), 144, e)), "info");
        null(check(|e| deberta_encoded_info_init(ptr::null_mut(), 80, e)), "info");
        null(check(|e| deberta_special_tokens_init(ptr::null_mut(), 48, e)), "special_tokens");
        null(check(|e| deberta_truncated_text_init(ptr::null_mut(), 64, e)), "truncated");

        let mut info = init!(deberta_model_info, deberta_model_info_init);
        null(check(|e| deberta_model_get_info(ptr::null(), &mut info, e)), "model");
        null(check(|e| deberta_model_get_info(model.pointer, ptr::null_mut(), e)), "info");
        let mut string = deberta_string { data: ptr::null(), length: 77 };
        null(check(|e| deberta_model_label(ptr::null(), 0, &mut string, e)), "model");
        null(check(|e| deberta_model_label(model.pointer, 0, ptr::null_mut(), e)), "label");
        let (mut path, mut bytes) = (ptr::null(), 0);
        null(check(|e| deberta_model_file(ptr::null(), 0, &mut path, &mut bytes, e)), "model");
        null(check(|e| deberta_model_file(model.pointer, 0, ptr::null_mut(), &mut bytes, e)), "path");
        null(check(|e| deberta_model_file(model.pointer, 0, &mut path, ptr::null_mut(), e)), "bytes");

        let (ids, offsets, padded) = ([5u32, 6], [0usize, 2], [5i64, 6]);
        let (ids, offsets, padded) = (ids.as_ptr(), offsets.as_ptr(), padded.as_ptr());
        let (no_ids, no_types, no_options) = (ptr::null(), ptr::null(), ptr::null());
        let m = model.pointer.cast_const();
        let mut out = ptr::null_mut();
        let o = &raw mut out;
        let no_out = ptr::null_mut();
        let mut values = [7f32; 4096];
        let (v, c, no_length) = (values.as_mut_ptr(), 4096, ptr::null_mut());
        let no_model = ptr::null();
        macro_rules! calls {
            ($($name:literal: $function:ident($($argument:expr),*);)*) => {
                $(null(check(|e| $function($($argument),*, e)), $name);)*
            };
        }
        calls! {
            "model": deberta_model_encode_ids(no_model, ids, no_types, 2, offsets, 1, no_options, o);
            "ids": deberta_model_encode_ids(m, no_ids, no_types, 2, offsets, 1, no_options, o);
            "row_offsets": deberta_model_encode_ids(m, ids, no_types, 2, ptr::null(), 1, no_options, o);
            "row_offsets": deberta_model_encode_ids(m, ids, no_types, 2, ptr::null(), 0, no_options, o);
            "encoded": deberta_model_encode_ids(m, ids, no_types, 2, offsets, 1, no_options, no_out);
            "model": deberta_model_encode_ids_into(no_model, ids, no_types, 2, offsets, 1, v, c, no_length);
            "ids": deberta_model_encode_ids_into(m, no_ids, no_types, 2, offsets, 1, v, c, no_length);
            "row_offsets": deberta_model_encode_ids_into(m, ids, no_types, 2, ptr::null(), 1, v, c, no_length);
            "values": deberta_model_encode_ids_into(m, ids, no_types, 2, offsets, 1, ptr::null_mut(), c, no_length);
        }
        let no = ptr::null();
        calls! {
            "model": deberta_model_encode_padded(no_model, padded, no, no, 1, 2, no_options, o);
            "input_ids": deberta_model_encode_padded(m, no, no, no, 1, 2, no_options, o);
            "encoded": deberta_model_encode_padded(m, padded, no, no, 1, 2, no_options, no_out);
            "model": deberta_model_encode_padded_into(no_model, padded, no, no, 1, 2, v, c, no_length);
            "input_ids": deberta_model_encode_padded_into(m, no, no, no, 1, 2, v, c, no_length);
            "values": deberta_model_encode_padded_into(m, padded, no, no, 1, 2, ptr::null_mut(), c, no_length);
            "model": deberta_model_encode_embeddings(no_model, v, 4, no, no, 1, 2, no_options, o);
            "embeddings": deberta_model_encode_embeddings(m, ptr::null(), 4, no, no, 1, 2, no_options, o);
            "encoded": deberta_model_encode_embeddings(m, v, 4, no, no, 1, 2, no_options, no_out);
            "model": deberta_model_encode_embeddings_into(no_model, v, 4, no, no, 1, 2, v, c, no_length);
            "embeddings": deberta_model_encode_embeddings_into(m, ptr::null(), 4, no, no, 1, 2, v, c, no_length);
            "model": deberta_model_token_embeddings(no_model, ids, 2, v, c, no_length);
            "ids": deberta_model_token_embeddings(m, no_ids, 2, v, c, no_length);
            "values": deberta_model_token_embeddings(m, ids, 2, ptr::null_mut(), c, no_length);
            "model": deberta_model_encode_texts(no_model, &text, 1, ptr::null(), no_options, o);
            "texts": deberta_model_encode_texts(m, ptr::null(), 1, ptr::null(), no_options, o);
            "encoded": deberta_model_encode_texts(m, &text, 1, ptr::null(), no_options, no_out);
            "instruction_sets": deberta_instruction_sets(ptr::null_mut(), 1, no_length);
        }
        assert!(out.is_null() && opened.is_null() && values == [7.0; 4096]);
        assert_eq!((string.length, bytes), (77, 0));

        let mut answers = ptr::null_mut();
        calls! {
            "model": deberta_model_classify(no_model, &text, 1, ptr::null(), &mut answers);
            "texts": deberta_model_classify(m, ptr::null(), 1, ptr::null(), &mut answers);
            "classifications": deberta_model_classify(m, &text, 1, ptr::null(), ptr::null_mut());
        }
        assert!(answers.is_null());

        let mut tokens = ptr::null_mut();
        let (mut id, mut special) = (77, init!(deberta_special_tokens, deberta_special_tokens_init));
        let mut byte = [7 as c_char; 64];
        let b = byte.as_mut_ptr();
        calls! {
            "path": deberta_tokenizer_open(ptr::null(), &mut ptr::null_mut());
            "tokenizer": deberta_tokenizer_open(folder.as_ptr(), ptr::null_mut());
            "tokenizer": deberta_tokenizer_encode(ptr::null(), &text, ptr::null(), &mut tokens);
            "text": deberta_tokenizer_encode(tokenizer, ptr::null(), ptr::null(), &mut tokens);
            "tokenized": deberta_tokenizer_encode(tokenizer, &text, ptr::null(), ptr::null_mut());
            "tokenizer": deberta_tokenizer_decode(ptr::null(), ids, 2, 0, b, 64, no_length);
            "ids": deberta_tokenizer_decode(tokenizer, ptr::null(), 2, 0, b, 64, no_length);
            "text": deberta_tokenizer_decode(tokenizer, ids, 2, 0, ptr::null_mut(), 64, no_length);
            "tokenizer": deberta_tokenizer_token(ptr::null(), 5, b, 64, no_length);
            "token": deberta_tokenizer_token(tokenizer, 5, ptr::null_mut(), 64, no_length);
            "tokenizer": deberta_tokenizer_id(ptr::null(), b, 1, &mut id);
            "token": deberta_tokenizer_id(tokenizer, ptr::null(), 1, &mut id);
            "id": deberta_tokenizer_id(tokenizer, b, 1, ptr::null_mut());
            "tokenizer": deberta_tokenizer_special_tokens(ptr::null(), &mut special);
            "special_tokens": deberta_tokenizer_special_tokens(tokenizer, ptr::null_mut());
        }
        assert!(tokens.is_null() && id == 77 && byte == [7; 64]);
    }
}

#[test]
fn null_is_refused_by_results() {
    let model = bundled();
    let text = c_text("text".into());
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let encoded = handle(deberta_encoded_free, |encoded, e| {
            deberta_model_encode_texts(model.pointer, &text, 1, ptr::null(), ptr::null(), encoded, e)
        });
        let answers = handle(deberta_classifications_free, |answers, e| {
            deberta_model_classify(model.pointer, &text, 1, ptr::null(), answers, e)
        });
        let (encoded, answers) = (encoded.unwrap(), answers.unwrap());
        let (x, a) = (encoded.pointer.cast_const(), answers.pointer.cast_const());
        let mut t = ptr::null();
        null(check(|e| deberta_encoded_tokenized(ptr::null(), 0, &mut t, e)), "encoded");
        null(check(|e| deberta_encoded_tokenized(x, 0, ptr::null_mut(), e)), "tokenized");
        refused(
            check(|e| deberta_encoded_tokenized(x, 1, &mut t, e)),
            ErrorKind::InvalidArgument,
            "row is 1, but 1 rows",
        );
        check(|e| deberta_encoded_tokenized(x, 0, &mut t, e)).unwrap();

        /// An array of a result: without handle, without place for the address, without place for the length.
        macro_rules! arrays {
            ($handle:expr, $name:literal: $($function:ident($($argument:expr)?) $values:literal)*) => {$(
                let (mut values, mut length) = (ptr::null(), 77);
                null(check(|e| $function(ptr::null(), $($argument,)? &mut values, &mut length, e)), $name);
                null(check(|e| $function($handle, $($argument,)? ptr::null_mut(), &mut length, e)), $values);
                null(check(|e| $function($handle, $($argument,)? &mut values, ptr::null_mut(), e)), "length");
                assert!(values.is_null() && length == 77);
            )*};
        }
        arrays!(x, "encoded":
            deberta_encoded_row_offsets() "row_offsets"
            deberta_encoded_positions() "positions"
            deberta_encoded_last_hidden_state() "values"
            deberta_encoded_hidden_states(0) "values"
            deberta_encoded_attentions(0) "values"
            deberta_encoded_logits() "values"
        );
        arrays!(t, "tokenized":
            deberta_tokenized_ids() "ids"
            deberta_tokenized_token_type_ids() "token_type_ids"
            deberta_tokenized_byte_offsets() "byte_offsets"
            deberta_tokenized_char_offsets() "char_offsets"
            deberta_tokenized_special_tokens_mask() "mask"
            deberta_tokenized_sequence_ids() "sequence_ids"
        );
        arrays!(a, "classifications":
            deberta_classifications_logits(0) "logits"
            deberta_classifications_scores(0) "scores"
            deberta_classifications_ranking(0) "ranking"
        );

        let (v, l) = (ptr::null_mut(), ptr::null_mut());
        null(check(|e| deberta_encoded_last_hidden_state_padded(ptr::null(), v, 0, l, e)), "encoded");
        null(check(|e| deberta_encoded_last_hidden_state_padded(x, v, 9, l, e)), "values");
        null(check(|e| deberta_encoded_hidden_states_padded(ptr::null(), 0, v, 0, l, e)), "encoded");
        null(check(|e| deberta_encoded_attentions_padded(ptr::null(), 0, v, 0, l, e)), "encoded");
        null(check(|e| deberta_encoded_logits_padded(ptr::null(), v, 0, l, e)), "encoded");
        let not_asked_for = [
            check(|e| deberta_encoded_hidden_states_padded(x, 0, v, 0, l, e)),
            check(|e| deberta_encoded_attentions_padded(x, 0, v, 0, l, e)),
            check(|e| deberta_encoded_logits_padded(x, v, 0, l, e)),
        ];
        for outcome in not_asked_for {
            refused(outcome, ErrorKind::InvalidArgument, "not asked for");
        }

        let mut string = deberta_string { data: ptr::null(), length: 77 };
        let mut info = init!(deberta_encoded_info, deberta_encoded_info_init);
        let mut report = init!(deberta_truncated_text, deberta_truncated_text_init);
        null(check(|e| deberta_encoded_get_info(ptr::null(), &mut info, e)), "encoded");
        null(check(|e| deberta_encoded_get_info(x, ptr::null_mut(), e)), "info");
        null(check(|e| deberta_tokenized_token(ptr::null(), 0, &mut string, e)), "tokenized");
        null(check(|e| deberta_tokenized_token(t, 0, ptr::null_mut(), e)), "token");
        null(check(|e| deberta_tokenized_truncation(ptr::null(), &mut report, e)), "tokenized");
        null(check(|e| deberta_tokenized_truncation(t, ptr::null_mut(), e)), "truncated");
        null(check(|e| deberta_classifications_label(ptr::null(), 0, &mut string, e)), "classifications");
        null(check(|e| deberta_classifications_label(a, 0, ptr::null_mut(), e)), "label");
        null(
            check(|e| deberta_classifications_truncation(ptr::null(), 0, &mut report, e)),
            "classifications",
        );
        null(check(|e| deberta_classifications_truncation(a, 0, ptr::null_mut(), e)), "truncated");
        let beyond = [
            check(|e| deberta_tokenized_token(t, 1000, &mut string, e)),
            check(|e| deberta_model_label(model.pointer, 1000, &mut string, e)),
            check(|e| deberta_classifications_label(a, 1000, &mut string, e)),
            check(|e| deberta_classifications_truncation(a, 1000, &mut report, e)),
        ];
        for outcome in beyond {
            refused(outcome, ErrorKind::InvalidArgument, "1000");
        }
        assert_eq!(string.length, 77);
    }
}

#[test]
fn null_handles_are_empty_and_freed() {
    // SAFETY: NULL is allowed in all of these.
    unsafe {
        assert!(deberta_model_tokenizer(ptr::null()).is_null());
        assert_eq!(deberta_model_tensor_prefix(ptr::null()).length, 0);
        assert_eq!(deberta_tokenizer_vocabulary_size(ptr::null()), 0);
        assert_eq!(deberta_tokenized_length(ptr::null()), 0);
        assert_eq!(deberta_classifications_rows(ptr::null()), 0);
        assert_eq!(deberta_error_status(ptr::null()), deberta_status::Ok);
        for string in [deberta_error_message(ptr::null()), deberta_error_cause(ptr::null())] {
            assert_eq!((string.length, *string.data), (0, 0));
        }
        deberta_model_free(ptr::null_mut());
        deberta_encoded_free(ptr::null_mut());
        deberta_tokenizer_free(ptr::null_mut());
        deberta_tokenized_free(ptr::null_mut());
        deberta_classifications_free(ptr::null_mut());
        deberta_error_free(ptr::null_mut());
    }
}

#[test]
fn an_error_is_not_needed_and_other_outputs_stay() {
    let folder = c_path(&goldens().join("nowhere"));
    let mut model = ptr::dangling_mut();
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let status = deberta_model_open(folder.as_ptr(), ptr::null(), &mut model, ptr::null_mut());
        assert_eq!(status, deberta_status::NotFound);
        assert_eq!(model, ptr::dangling_mut());
        let outcome = check(|e| deberta_model_open(c"".as_ptr(), ptr::null(), &mut model, e));
        refused(outcome, ErrorKind::InvalidArgument, "folder is empty");
    }
}

#[test]
fn lengths_that_overflow_are_refused() {
    let model = open::<CApi>("v3_shared");
    let (ids, padded, values) = ([5u32], [5i64], [5f32]);
    let huge = [usize::MAX, usize::MAX / 2, usize::MAX / 8, isize::MAX as usize];
    let (m, mut out) = (model.pointer.cast_const(), ptr::null_mut());
    // SAFETY: what the lengths claim is refused before anything is read.
    unsafe {
        for huge in huge {
            let (no, types, offsets, options) = (ptr::null(), ptr::null(), [0, 1].as_ptr(), ptr::null());
            let outcomes = [
                check(|e| {
                    deberta_model_encode_ids(m, ids.as_ptr(), types, huge, offsets, 1, options, &mut out, e)
                }),
                check(|e| {
                    deberta_model_encode_ids(m, ids.as_ptr(), types, 1, offsets, huge, options, &mut out, e)
                }),
                check(|e| {
                    deberta_model_encode_padded(m, padded.as_ptr(), no, no, 2, huge, options, &mut out, e)
                }),
                check(|e| {
                    deberta_model_encode_padded(m, padded.as_ptr(), no, no, huge, huge, options, &mut out, e)
                }),
                check(|e| {
                    deberta_model_encode_embeddings(
                        m,
                        values.as_ptr(),
                        huge,
                        no,
                        no,
                        2,
                        3,
                        options,
                        &mut out,
                        e,
                    )
                }),
                check(|e| {
                    let text = c_text("".into());
                    deberta_model_encode_texts(m, &text, huge, ptr::null(), options, &mut out, e)
                }),
                check(|e| {
                    deberta_model_token_embeddings(
                        m,
                        ids.as_ptr(),
                        huge,
                        ptr::null_mut(),
                        0,
                        ptr::null_mut(),
                        e,
                    )
                }),
            ];
            for (index, outcome) in outcomes.into_iter().enumerate() {
                let failure = outcome.unwrap_err();
                assert_eq!(failure.status, 1, "{index} {huge}: {}", failure.message);
            }
        }
        let unaligned = padded.as_ptr().byte_add(1);
        let outcome = check(|e| {
            let (no, options) = (ptr::null(), ptr::null());
            deberta_model_encode_padded(m, unaligned, no, no, 1, 1, options, &mut out, e)
        });
        refused(outcome, ErrorKind::InvalidArgument, "input_ids is not aligned");
    }
    assert!(out.is_null());
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let model = bundled();
    let bad = b"ab\xff";
    let good = c_text("good".into());
    let text = deberta_text { text: bad.as_ptr().cast(), text_length: 3, ..deberta_text::default() };
    let pair = deberta_text { pair: bad.as_ptr().cast(), pair_length: 3, ..good };
    let null = deberta_text { text_length: 3, ..deberta_text::default() };
    let null_pair = deberta_text { pair_length: 3, ..good };
    let invalid = ErrorKind::InvalidArgument;
    let cases = [
        (text, ErrorKind::InvalidUtf8, "texts[1]: text is not UTF-8 from byte 2 on"),
        (pair, ErrorKind::InvalidUtf8, "texts[1]: pair is not UTF-8 from byte 2 on"),
        (null, invalid, "texts[1]: text is NULL"),
        (null_pair, invalid, "texts[1]: pair is NULL"),
    ];
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let tokenizer = deberta_model_tokenizer(model.pointer);
        for (wrong, kind, message) in cases {
            let texts = [good, wrong].as_ptr();
            let (mut encoded, mut answers, mut tokens) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            let (m, none) = (model.pointer, ptr::null());
            let outcome =
                check(|e| deberta_model_encode_texts(m, texts, 2, none, ptr::null(), &mut encoded, e));
            refused(outcome, kind, message);
            refused(check(|e| deberta_model_classify(m, texts, 2, none, &mut answers, e)), kind, message);
            let outcome = check(|e| deberta_tokenizer_encode(tokenizer, &wrong, none, &mut tokens, e));
            refused(outcome, kind, message.trim_start_matches("texts[1]: "));
            assert!(encoded.is_null() && answers.is_null() && tokens.is_null());
        }
        let mut id = 0;
        let outcome = check(|e| deberta_tokenizer_id(tokenizer, bad.as_ptr().cast(), 3, &mut id, e));
        refused(outcome, ErrorKind::InvalidUtf8, "token is not UTF-8");
        let mut options = init!(deberta_open_options, deberta_open_options_init);
        (options.tensor_prefix, options.tensor_prefix_length) = (bad.as_ptr().cast(), 3);
        let mut opened = ptr::null_mut();
        let folder = c_path(&bundled_model());
        let outcome = check(|e| deberta_model_open(folder.as_ptr(), &options, &mut opened, e));
        refused(outcome, ErrorKind::InvalidUtf8, "tensor_prefix is not UTF-8");
    }
}

/// A struct of a newer program: the known one and a tail.
#[repr(C)]
struct Longer<T> {
    known: T,
    tail: [u64; 2],
}

#[test]
fn option_structs_may_be_shorter_or_longer() {
    let model = bundled();
    let (ids, offsets) = ([5u32, 6], [0usize, 2]);
    let mut encoded = ptr::null_mut();
    let mut encode = |options: *const deberta_encode_options| {
        // SAFETY: every pointer is NULL or valid.
        let outcome = check(|e| unsafe {
            let (ids, offsets, types) = (ids.as_ptr(), offsets.as_ptr(), ptr::null());
            deberta_model_encode_ids(model.pointer, ids, types, 2, offsets, 1, options, &mut encoded, e)
        });
        // SAFETY: freed once.
        unsafe { deberta_encoded_free(std::mem::replace(&mut encoded, ptr::null_mut())) };
        outcome
    };
    let invalid = ErrorKind::InvalidArgument;
    let of_size = |struct_size| deberta_encode_options { struct_size, outputs: 0, reserved: 0 };
    for wrong in [0, 1, 7, 9, 12, 15, 4104, usize::MAX, usize::MAX - 7] {
        let message = format!("struct_size of deberta_encode_options is {wrong}");
        refused(encode(&of_size(wrong)), invalid, &message);
    }
    encode(ptr::null()).unwrap();
    encode(&of_size(16)).unwrap();
    // What a shorter struct does not have is not looked at.
    let short = deberta_encode_options { struct_size: 8, outputs: 1 << 20, reserved: 7 };
    encode(&short).unwrap();
    refused(encode(&deberta_encode_options { struct_size: 16, ..short }), invalid, "reserved is 7");

    let mut longer = Longer { known: of_size(32), tail: [0, 0] };
    encode(&raw const longer as *const deberta_encode_options).unwrap();
    longer.tail = [0, 1 << 56];
    let longer = &raw const longer as *const deberta_encode_options;
    refused(encode(longer), ErrorKind::Unsupported, "sets something at byte 31");
}

#[test]
fn structs_are_set_up_for_the_program_that_asks() {
    // SAFETY: every pointer is valid for the sizes given.
    unsafe {
        let mut longer = Longer { known: [u64::MAX; 5], tail: [u64::MAX; 2] };
        let pointer = (&raw mut longer).cast::<deberta_open_options>();
        check(|e| deberta_open_options_init(pointer, 48, e)).unwrap();
        assert_eq!((longer.known, longer.tail), ([48, 0, 0, 0, 0], [0, u64::MAX]));
        longer.known = [u64::MAX; 5];
        check(|e| deberta_open_options_init((&raw mut longer).cast(), 16, e)).unwrap();
        assert_eq!(longer.known, [16, 0, u64::MAX, u64::MAX, u64::MAX]);
        for wrong in [0, 7, 12, 4104, usize::MAX] {
            let outcome = check(|e| deberta_open_options_init((&raw mut longer).cast(), wrong, e));
            refused(outcome, ErrorKind::InvalidArgument, "struct_size of deberta_open_options");
        }
        assert_eq!(longer.known[0], 16);

        let model = bundled();
        let mut longer =
            Longer { known: init!(deberta_model_info, deberta_model_info_init), tail: [u64::MAX; 2] };
        let pointer = (&raw mut longer).cast::<deberta_model_info>();
        longer.known.struct_size = 152;
        check(|e| deberta_model_get_info(model.pointer, pointer, e)).unwrap();
        assert_eq!((longer.known.struct_size, longer.tail), (152, [0, u64::MAX]));
        assert!(longer.known.parameters > 0 && longer.known.has_tokenizer == 1);
        let mut short = deberta_model_info { struct_size: 16, packed_bytes: 77, ..longer.known };
        short.parameters = 0;
        check(|e| deberta_model_get_info(model.pointer, &mut short, e)).unwrap();
        assert_eq!((short.parameters, short.packed_bytes), (longer.known.parameters, 77));
        short.struct_size = 0;
        let outcome = check(|e| deberta_model_get_info(model.pointer, &mut short, e));
        refused(outcome, ErrorKind::InvalidArgument, "struct_size of deberta_model_info is 0");
    }
}

#[test]
fn unknown_choices_are_refused() {
    let folder = c_path(&goldens().join("v3_shared"));
    let mut model = ptr::null_mut();
    // SAFETY: every pointer is valid.
    unsafe {
        let set: [(fn(&mut deberta_open_options, i32), &str); 3] = [
            (|options, value| options.precision = value, "precision is"),
            (|options, value| options.instruction_set = value, "instruction_set is"),
            (|options, value| options.load_mode = value, "load_mode is"),
        ];
        for (set, message) in set {
            for value in [-1, 100, i32::MAX, i32::MIN] {
                let mut options = init!(deberta_open_options, deberta_open_options_init);
                set(&mut options, value);
                let outcome = check(|e| deberta_model_open(folder.as_ptr(), &options, &mut model, e));
                refused(outcome, ErrorKind::InvalidArgument, message);
            }
        }
        assert!(model.is_null());

        let model = bundled();
        let text = c_text("text".into());
        let mut tokens = ptr::null_mut();
        let tokenizer = deberta_model_tokenizer(model.pointer);
        let mut options = init!(deberta_tokenize_options, deberta_tokenize_options_init);
        options.truncation = 4;
        let outcome = check(|e| deberta_tokenizer_encode(tokenizer, &text, &options, &mut tokens, e));
        refused(outcome, ErrorKind::InvalidArgument, "truncation is 4");
        (options.truncation, options.omit_special_tokens) = (0, 2);
        let outcome = check(|e| deberta_tokenizer_encode(tokenizer, &text, &options, &mut tokens, e));
        refused(outcome, ErrorKind::InvalidArgument, "omit_special_tokens is 2");
        let mut options = init!(deberta_encode_options, deberta_encode_options_init);
        options.outputs = 8;
        let mut encoded = ptr::null_mut();
        let outcome = check(|e| {
            deberta_model_encode_texts(model.pointer, &text, 1, ptr::null(), &options, &mut encoded, e)
        });
        refused(outcome, ErrorKind::InvalidArgument, "outputs is 0x8");
        let (ids, none) = ([5], ptr::null_mut());
        let outcome =
            check(|e| deberta_tokenizer_decode(tokenizer, ids.as_ptr(), 1, 2, none, 0, ptr::null_mut(), e));
        refused(outcome, ErrorKind::InvalidArgument, "skip_special_tokens is 2");
        let outcome = check(|e| deberta_set_log_callback(None, ptr::null_mut(), 6, e));
        refused(outcome, ErrorKind::InvalidArgument, "level is 6");
        assert_eq!(deberta_instruction_set_name(99).length, 0);
        assert_eq!(deberta_status_name(99).length, 0);
    }
}

#[test]
fn versions_are_those_of_the_crate() {
    // SAFETY: the strings are static.
    unsafe {
        let version = crate::c_api::string(deberta_version());
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        let header = format!("{DEBERTA_VERSION_MAJOR}.{DEBERTA_VERSION_MINOR}.{DEBERTA_VERSION_PATCH}");
        assert_eq!(version, header);
        assert_eq!(*deberta_version().data.add(version.len()), 0);
        assert_eq!(crate::c_api::string(deberta_status_name(11)), "BUFFER_TOO_SMALL");
    }
    assert_eq!(deberta_abi_version(), DEBERTA_ABI_VERSION);
}

#[test]
fn a_tokenizer_opens_alone() {
    let open = |path: &std::path::Path| {
        let path = c_path(path);
        // SAFETY: every pointer is valid.
        handle(deberta_tokenizer_free, |tokenizer, e| unsafe {
            deberta_tokenizer_open(path.as_ptr(), tokenizer, e)
        })
    };
    let size = |tokenizer: Handle<deberta_tokenizer>| {
        // SAFETY: the handle is live.
        unsafe { deberta_tokenizer_vocabulary_size(tokenizer.pointer) }
    };
    let of_folder = size(open(&bundled_model()).unwrap());
    assert_eq!(size(open(&bundled_model().join("tokenizer.json")).unwrap()), of_folder);
    assert!(of_folder > 100);
    refused(open(&goldens()), ErrorKind::NotFound, "there is no tokenizer.json");
    refused(open(&goldens().join("nowhere")), ErrorKind::NotFound, "nowhere");
    refused(open(&goldens().join("cases.json")), ErrorKind::InvalidTokenizer, "cases.json");
}

static MESSAGES: Mutex<Vec<(i32, String, String)>> = Mutex::new(Vec::new());
static CALLS: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn record(
    user_data: *mut c_void,
    level: i32,
    target: deberta_string,
    message: deberta_string,
) {
    // SAFETY: the strings live until this returns; `user_data` is the counter.
    unsafe {
        (*user_data.cast::<AtomicUsize>()).fetch_add(1, Ordering::Relaxed);
        let strings = (crate::c_api::string(target), crate::c_api::string(message));
        // Neither setting the callback nor what causes messages is a deadlock in here.
        let outcome = check(|e| deberta_set_log_callback(None, ptr::null_mut(), 0, e));
        refused(outcome, ErrorKind::InvalidArgument, "from inside of it");
        drop(open::<CApi>("v3_shared"));
        MESSAGES.lock().unwrap().push((level, strings.0, strings.1));
    }
}

#[test]
fn log_messages_reach_the_callback() {
    let set = |callback: deberta_log_callback, level: deberta_log_level| {
        let user_data = (&raw const CALLS).cast_mut().cast();
        // SAFETY: the counter is static.
        check(|e| unsafe { deberta_set_log_callback(callback, user_data, level as i32, e) }).unwrap();
    };
    let opened = || {
        let messages = MESSAGES.lock().unwrap();
        messages
            .iter()
            .filter(|(_, _, message)| message.starts_with("opened") && message.contains("act_relu"))
            .cloned()
            .collect::<Vec<_>>()
    };
    set(Some(record), deberta_log_level::Warn);
    drop(open::<CApi>("act_relu"));
    assert_eq!(opened(), []);
    set(Some(record), deberta_log_level::Info);
    drop(open::<CApi>("act_relu"));
    let [(level, target, message)] = &opened()[..] else { panic!("{:?}", opened()) };
    assert_eq!(*level, deberta_log_level::Info as i32);
    assert!(target.starts_with("deberta") && message.contains("2 threads"), "{target}: {message}");
    assert!(CALLS.load(Ordering::Relaxed) > 0);
    set(None, deberta_log_level::Trace);
    let calls = CALLS.load(Ordering::Relaxed);
    drop(open::<CApi>("act_relu"));
    assert_eq!(CALLS.load(Ordering::Relaxed), calls);
}
