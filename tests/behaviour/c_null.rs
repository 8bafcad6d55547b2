//! NULL is refused everywhere by the argument's name, and no output is written.

use std::ffi::c_char;
use std::ptr;

use deberta::capi::*;
use deberta::{ErrorKind, OpenOptions};

use crate::api::{Api, Outcome};
use crate::c_api::CApi;
use crate::c_call::{c_path, c_text, check, handle, init};
use crate::c_misuse::{bundled, refused};
use crate::common::{bundled_model, with_task_tokenizer};

#[track_caller]
fn null(outcome: Outcome<()>, name: &str) {
    refused(outcome, ErrorKind::InvalidArgument, &format!("{name} is NULL"));
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
        let name = folder.as_ptr();
        null(check(|e| deberta_model_from_preset(ptr::null(), 3, ptr::null(), &mut opened, e)), "name");
        null(check(|e| deberta_model_from_preset(name, 3, ptr::null(), ptr::null_mut(), e)), "model");
        null(check(|e| deberta_model_from_backbone(ptr::null(), ptr::null(), &mut opened, e)), "config");
        let config = init!(deberta_backbone_config, deberta_backbone_config_init);
        null(check(|e| deberta_model_from_backbone(&config, ptr::null(), ptr::null_mut(), e)), "model");
        null(check(|e| deberta_backbone_config_init(ptr::null_mut(), 72, e)), "config");
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
            "model": deberta_model_encode_ids_into(no_model, ids, no_types, 2, offsets, 1, no_options, v, c, no_length);
            "ids": deberta_model_encode_ids_into(m, no_ids, no_types, 2, offsets, 1, no_options, v, c, no_length);
            "row_offsets": deberta_model_encode_ids_into(m, ids, no_types, 2, ptr::null(), 1, no_options, v, c, no_length);
            "values": deberta_model_encode_ids_into(m, ids, no_types, 2, offsets, 1, no_options, ptr::null_mut(), c, no_length);
        }
        let no = ptr::null();
        calls! {
            "model": deberta_model_encode_padded(no_model, padded, no, no, 1, 2, no_options, o);
            "input_ids": deberta_model_encode_padded(m, no, no, no, 1, 2, no_options, o);
            "encoded": deberta_model_encode_padded(m, padded, no, no, 1, 2, no_options, no_out);
            "model": deberta_model_encode_padded_into(no_model, padded, no, no, 1, 2, no_options, v, c, no_length);
            "input_ids": deberta_model_encode_padded_into(m, no, no, no, 1, 2, no_options, v, c, no_length);
            "values": deberta_model_encode_padded_into(m, padded, no, no, 1, 2, no_options, ptr::null_mut(), c, no_length);
            "model": deberta_model_encode_embeddings(no_model, v, 4, no, no, 1, 2, no_options, o);
            "embeddings": deberta_model_encode_embeddings(m, ptr::null(), 4, no, no, 1, 2, no_options, o);
            "encoded": deberta_model_encode_embeddings(m, v, 4, no, no, 1, 2, no_options, no_out);
            "model": deberta_model_encode_embeddings_into(no_model, v, 4, no, no, 1, 2, no_options, v, c, no_length);
            "embeddings": deberta_model_encode_embeddings_into(m, ptr::null(), 4, no, no, 1, 2, no_options, v, c, no_length);
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
            deberta_tokenized_word_ids() "word_ids"
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

/// What the tests of single tasks leave out.
#[test]
fn null_is_refused_by_tasks() {
    let model = bundled();
    let text = c_text("text".into());
    let query = c"text".as_ptr();
    let (mut answers, mut ranking, mut filled) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let (m, none) = (model.pointer.cast_const(), ptr::null());
        let no_texts = ptr::null();
        for (outcome, name) in [
            (check(|e| deberta_run_options_init(ptr::null_mut(), 48, e)), "options"),
            (check(|e| deberta_cancellation_new(ptr::null_mut(), e)), "cancellation"),
            (check(|e| deberta_cancellation_cancel(ptr::null(), e)), "cancellation"),
            (check(|e| deberta_classify_options_init(ptr::null_mut(), 32, e)), "options"),
            (check(|e| deberta_zero_shot_options_init(ptr::null_mut(), 48, e)), "options"),
            (check(|e| deberta_choose_options_init(ptr::null_mut(), 32, e)), "options"),
            (check(|e| deberta_rank_options_init(ptr::null_mut(), 40, e)), "options"),
            (check(|e| deberta_fill_mask_options_init(ptr::null_mut(), 48, e)), "options"),
            (check(|e| deberta_filled_mask_init(ptr::null_mut(), 56, e)), "filled_mask"),
            (check(|e| deberta_fill_init(ptr::null_mut(), 40, e)), "fill"),
            (
                check(|e| deberta_model_zero_shot(none, &text, 1, &text, 1, ptr::null(), &mut answers, e)),
                "model",
            ),
            (
                check(|e| deberta_model_zero_shot(m, no_texts, 1, &text, 1, ptr::null(), &mut answers, e)),
                "texts",
            ),
            (
                check(|e| deberta_model_zero_shot(m, &text, 1, no_texts, 1, ptr::null(), &mut answers, e)),
                "labels",
            ),
            (
                check(|e| deberta_model_choose(none, query, 4, &text, 1, ptr::null(), &mut answers, e)),
                "model",
            ),
            (
                check(|e| deberta_model_choose(m, ptr::null(), 4, &text, 1, ptr::null(), &mut answers, e)),
                "prompt",
            ),
            (
                check(|e| deberta_model_choose(m, query, 4, no_texts, 1, ptr::null(), &mut answers, e)),
                "choices",
            ),
            (check(|e| deberta_model_rank(none, query, 4, &text, 1, ptr::null(), &mut ranking, e)), "model"),
            (
                check(|e| deberta_model_rank(m, ptr::null(), 4, &text, 1, ptr::null(), &mut ranking, e)),
                "query",
            ),
            (
                check(|e| deberta_model_rank(m, query, 4, no_texts, 1, ptr::null(), &mut ranking, e)),
                "documents",
            ),
            (check(|e| deberta_model_fill_mask(none, &text, 1, ptr::null(), &mut filled, e)), "model"),
            (check(|e| deberta_model_fill_mask(m, no_texts, 1, ptr::null(), &mut filled, e)), "texts"),
        ] {
            null(outcome, name);
        }
    }
    assert!(answers.is_null() && ranking.is_null() && filled.is_null());
}

#[test]
fn null_is_refused_by_rankings() {
    let folder = with_task_tokenizer("regression");
    let model = CApi::open(folder.path(), &OpenOptions::default()).unwrap();
    let text = c_text("the cat".into());
    // SAFETY: every pointer is NULL or valid.
    unsafe {
        let ranking = handle(deberta_ranking_free, |ranking, e| {
            deberta_model_rank(model.pointer, c"a dog".as_ptr(), 5, &text, 1, ptr::null(), ranking, e)
        });
        let ranking = ranking.unwrap();
        let (r, none) = (ranking.pointer.cast_const(), ptr::null());
        let (mut scores, mut length) = (ptr::null(), 77);
        for function in [deberta_ranking_scores, deberta_ranking_logits] {
            null(check(|e| function(none, &mut scores, &mut length, e)), "ranking");
            null(check(|e| function(r, &mut scores, ptr::null_mut(), e)), "length");
        }
        null(check(|e| deberta_ranking_scores(r, ptr::null_mut(), &mut length, e)), "scores");
        null(check(|e| deberta_ranking_logits(r, ptr::null_mut(), &mut length, e)), "logits");
        let mut documents = ptr::null();
        null(check(|e| deberta_ranking_documents(none, &mut documents, &mut length, e)), "ranking");
        null(check(|e| deberta_ranking_documents(r, ptr::null_mut(), &mut length, e)), "documents");
        null(check(|e| deberta_ranking_documents(r, &mut documents, ptr::null_mut(), e)), "length");
        let mut report = init!(deberta_truncated_text, deberta_truncated_text_init);
        null(check(|e| deberta_ranking_truncation(none, 0, &mut report, e)), "ranking");
        null(check(|e| deberta_ranking_truncation(r, 0, ptr::null_mut(), e)), "truncated");
        null(check(|e| deberta_ranking_windows(none, 0, &mut length, e)), "ranking");
        null(check(|e| deberta_ranking_windows(r, 0, ptr::null_mut(), e)), "windows");
        for outcome in [
            check(|e| deberta_ranking_truncation(r, 1, &mut report, e)),
            check(|e| deberta_ranking_windows(r, 1, &mut length, e)),
        ] {
            refused(outcome, ErrorKind::InvalidArgument, "place is 1");
        }
        assert!(scores.is_null() && documents.is_null() && length == 77);
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
        assert_eq!(deberta_cancellation_is_cancelled(ptr::null()), 0);
        assert_eq!(deberta_answers_rows(ptr::null()), 0);
        assert_eq!(deberta_tagged_rows(ptr::null()), 0);
        assert_eq!(deberta_filled_masks_rows(ptr::null()), 0);
        assert_eq!(deberta_embeddings_rows(ptr::null()), 0);
        deberta_cancellation_free(ptr::null_mut());
        deberta_ranking_free(ptr::null_mut());
        deberta_answers_free(ptr::null_mut());
        deberta_tagged_free(ptr::null_mut());
        deberta_filled_masks_free(ptr::null_mut());
        deberta_embeddings_free(ptr::null_mut());
        deberta_error_free(ptr::null_mut());
    }
}
