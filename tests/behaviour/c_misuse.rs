//! What only C can do wrong: each is refused by its name, and no output is written.

use std::ffi::c_void;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use deberta::capi::*;
use deberta::{ErrorKind, OpenOptions};

use crate::api::{Api, Outcome};
use crate::c_api::CApi;
use crate::c_call::{Handle, c_path, c_text, check, handle, init, string};
use crate::common::{bundled_model, goldens};
use crate::suite::open;

#[track_caller]
pub fn refused<T>(outcome: Outcome<T>, kind: ErrorKind, part: &str) {
    let Err(failure) = outcome else { panic!("accepted, but expected: {part}") };
    assert_eq!(failure.status, kind as i32, "{}", failure.message);
    assert!(failure.message.contains(part), "{:?} does not contain {part:?}", failure.message);
}

pub fn bundled() -> Handle<deberta_model> {
    CApi::open(&bundled_model(), &OpenOptions { threads: Some(1), ..OpenOptions::default() }).unwrap()
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
fn a_name_that_finds_no_model_is_refused_and_a_folder_opens() {
    let folder = bundled_model();
    let folder = folder.to_str().unwrap();
    let mut model = ptr::null_mut();
    let mut open = |name: &[u8], length: usize| {
        let name = name.as_ptr().cast();
        // SAFETY: every pointer is valid; a length beyond the name is refused before anything is read.
        check(|e| unsafe { deberta_model_from_preset(name, length, ptr::null(), &mut model, e) })
    };
    for (name, kind, part) in [
        (&b""[..], ErrorKind::InvalidArgument, "not the name of a model"),
        (b"user/a\0b", ErrorKind::InvalidArgument, "USER/NAME"),
        (b"user/\xff", ErrorKind::InvalidUtf8, "name is not UTF-8"),
        (b"kaggle://user/model", ErrorKind::InvalidArgument, "kaggle://OWNER"),
        (b"user/no-such-model@v1", ErrorKind::NotFound, "`deberta fetch user/no-such-model@v1`"),
    ] {
        refused(open(name, name.len()), kind, part);
    }
    refused(open(b"user/name", usize::MAX), ErrorKind::InvalidArgument, "name cannot have");
    open(folder.as_bytes(), folder.len()).unwrap();
    // SAFETY: the model was opened and is freed once.
    unsafe { deberta_model_free(model) };
}

#[test]
fn lengths_that_overflow_are_refused() {
    let model = open::<CApi>("v3_shared");
    let (ids, padded, values, offsets) = ([5u32], [5i64], [5f32], [0usize, 1]);
    let huge = [usize::MAX, usize::MAX / 2, usize::MAX / 8, isize::MAX as usize];
    let (m, mut out) = (model.pointer.cast_const(), ptr::null_mut());
    // SAFETY: what the lengths claim is refused before anything is read.
    unsafe {
        for huge in huge {
            let (no, types, offsets, options) = (ptr::null(), ptr::null(), offsets.as_ptr(), ptr::null());
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
            let texts = [good, wrong];
            let texts = texts.as_ptr();
            let (mut encoded, mut answers, mut tokens) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            let (m, none) = (model.pointer, ptr::null());
            let outcome =
                check(|e| deberta_model_encode_texts(m, texts, 2, none, ptr::null(), &mut encoded, e));
            refused(outcome, kind, message);
            refused(
                check(|e| deberta_model_classify(m, texts, 2, ptr::null(), &mut answers, e)),
                kind,
                message,
            );
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
    let of_size =
        |struct_size| deberta_encode_options { struct_size, outputs: 0, reserved: 0, run: ptr::null() };
    for wrong in [0, 1, 7, 9, 12, 15, 4104, usize::MAX, usize::MAX - 7] {
        let message = format!("struct_size of deberta_encode_options is {wrong}");
        refused(encode(&of_size(wrong)), invalid, &message);
    }
    encode(ptr::null()).unwrap();
    encode(&of_size(16)).unwrap();
    // What a shorter struct does not have is not looked at.
    let short = deberta_encode_options { struct_size: 8, outputs: 1 << 20, reserved: 7, run: ptr::null() };
    encode(&short).unwrap();
    refused(encode(&deberta_encode_options { struct_size: 16, ..short }), invalid, "reserved is 7");

    let mut longer = Longer { known: of_size(40), tail: [0, 0] };
    encode(&raw const longer as *const deberta_encode_options).unwrap();
    longer.tail = [0, 1 << 56];
    let longer = &raw const longer as *const deberta_encode_options;
    refused(encode(longer), ErrorKind::Unsupported, "sets something at byte 39");
}

#[test]
fn structs_are_set_up_for_the_program_that_asks() {
    // SAFETY: every pointer is valid for the sizes given.
    unsafe {
        let mut longer = Longer { known: [u64::MAX; 6], tail: [u64::MAX; 2] };
        let pointer = (&raw mut longer).cast::<deberta_open_options>();
        check(|e| deberta_open_options_init(pointer, 56, e)).unwrap();
        assert_eq!((longer.known, longer.tail), ([56, 0, 0, 0, 0, 0], [0, u64::MAX]));
        longer.known = [u64::MAX; 6];
        check(|e| deberta_open_options_init((&raw mut longer).cast(), 16, e)).unwrap();
        assert_eq!(longer.known, [16, 0, u64::MAX, u64::MAX, u64::MAX, u64::MAX]);
        for wrong in [0, 7, 12, 4104, usize::MAX] {
            let outcome = check(|e| deberta_open_options_init((&raw mut longer).cast(), wrong, e));
            refused(outcome, ErrorKind::InvalidArgument, "struct_size of deberta_open_options");
        }
        assert_eq!(longer.known[0], 16);

        let model = bundled();
        let mut longer =
            Longer { known: init!(deberta_model_info, deberta_model_info_init), tail: [u64::MAX; 2] };
        let pointer = (&raw mut longer).cast::<deberta_model_info>();
        longer.known.struct_size = 160;
        check(|e| deberta_model_get_info(model.pointer, pointer, e)).unwrap();
        assert_eq!((longer.known.struct_size, longer.tail), (160, [0, u64::MAX]));
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
        type Set = fn(&mut deberta_open_options, i32);
        let set: [(Set, &str); 3] = [
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
        options.truncation = 6;
        let outcome = check(|e| deberta_tokenizer_encode(tokenizer, &text, &options, &mut tokens, e));
        refused(outcome, ErrorKind::InvalidArgument, "truncation is 6");
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
        let version = string(deberta_version());
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        let header = format!("{DEBERTA_VERSION_MAJOR}.{DEBERTA_VERSION_MINOR}.{DEBERTA_VERSION_PATCH}");
        assert_eq!(version, header);
        assert_eq!(*deberta_version().data.add(version.len()), 0);
        assert_eq!(string(deberta_status_name(11)), "BUFFER_TOO_SMALL");
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
        let strings = (string(target), string(message));
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
