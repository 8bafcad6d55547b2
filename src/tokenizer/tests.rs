use std::path::Path;

use tokenizers::{TruncationParams, TruncationStrategy, truncate_encodings};

use super::engine::Engine;
use super::{SpecialTokens, TextInput, TokenizeOptions, Tokenizer, Truncation, WindowOptions};
use crate::error::ErrorKind;

/// A unigram tokenizer with the pieces and the pipeline of the real ones. `blocks` is put at its top level.
fn tokenizer_json(blocks: &str) -> String {
    let pieces = ["▁", "▁a", "a", "b", "c", "d", "▁cd", "é", "日", "本", "."];
    let special: Vec<String> = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
        .iter()
        .enumerate()
        .map(|(index, token)| {
            let id = if index < 4 { index } else { 4 + pieces.len() };
            format!(
                r#"{{"id":{id},"content":"{token}","single_word":false,"lstrip":false,"rstrip":false,
                "normalized":false,"special":true}}"#
            )
        })
        .collect();
    let mut vocabulary: Vec<String> =
        ["[PAD]", "[CLS]", "[SEP]", "[UNK]"].iter().map(|token| format!(r#"["{token}",0.0]"#)).collect();
    vocabulary.extend(
        pieces.iter().enumerate().map(|(index, piece)| format!(r#"["{piece}",-{}.5]"#, 2 + index % 4)),
    );
    format!(
        r#"{{"version":"1.0",{blocks}
        "added_tokens":[{}],
        "normalizer":{{"type":"Sequence","normalizers":[{{"type":"Strip","strip_left":true,"strip_right":true}},
            {{"type":"NFC"}},{{"type":"Replace","pattern":{{"Regex":" {{2,}}"}},"content":" "}}]}},
        "pre_tokenizer":{{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}},
        "post_processor":{{"type":"TemplateProcessing",
            "single":[{{"SpecialToken":{{"id":"[CLS]","type_id":0}}}},{{"Sequence":{{"id":"A","type_id":0}}}},
                {{"SpecialToken":{{"id":"[SEP]","type_id":0}}}}],
            "pair":[{{"SpecialToken":{{"id":"[CLS]","type_id":0}}}},{{"Sequence":{{"id":"A","type_id":0}}}},
                {{"SpecialToken":{{"id":"[SEP]","type_id":0}}}},{{"Sequence":{{"id":"B","type_id":1}}}},
                {{"SpecialToken":{{"id":"[SEP]","type_id":1}}}}],
            "special_tokens":{{"[CLS]":{{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]}},
                "[SEP]":{{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}}}}},
        "decoder":{{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}},
        "model":{{"type":"Unigram","unk_id":3,"vocab":[{}],"byte_fallback":false}}}}"#,
        special.join(","),
        vocabulary.join(",")
    )
}

fn open(json: &str) -> crate::Result<Tokenizer> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    std::fs::write(&path, json).unwrap();
    Tokenizer::from_file(&path)
}

fn tokenizer() -> Tokenizer {
    open(&tokenizer_json("")).unwrap()
}

fn limit(max_length: usize, truncation: Truncation) -> TokenizeOptions {
    TokenizeOptions { max_length: Some(max_length), truncation, ..TokenizeOptions::default() }
}

#[test]
fn is_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Tokenizer>();
}

#[test]
fn a_pair_has_the_layout_of_the_template() {
    let encoding = tokenizer().encode(("ab", "a").into(), &TokenizeOptions::default()).unwrap();
    assert_eq!(encoding.tokens, ["[CLS]", "▁a", "b", "[SEP]", "▁a", "[SEP]"]);
    assert_eq!(encoding.ids, [1, 5, 7, 2, 5, 2]);
    assert_eq!(encoding.token_type_ids, [0, 0, 0, 0, 1, 1]);
    assert_eq!(encoding.sequence_ids, [None, Some(0), Some(0), None, Some(1), None]);
    assert_eq!(encoding.special_tokens_mask, [true, false, false, true, false, true]);
    assert_eq!(encoding.byte_offsets, [(0, 0), (0, 1), (1, 2), (0, 0), (0, 1), (0, 0)]);
    assert_eq!(encoding.truncated, None);
}

#[test]
fn without_special_tokens_there_are_none() {
    let options = TokenizeOptions { add_special_tokens: false, ..TokenizeOptions::default() };
    let encoding = tokenizer().encode(("ab", "a").into(), &options).unwrap();
    assert_eq!(encoding.ids, [5, 7, 5]);
    assert_eq!(encoding.sequence_ids, [Some(0), Some(0), Some(1)]);
    assert_eq!(encoding.special_tokens_mask, [false; 3]);
}

#[test]
fn offsets_refer_to_the_text_before_normalization() {
    // Stripped, with a decomposed é (two characters, three bytes) and a run of spaces.
    let text = "  ae\u{301}   日本x. ";
    let encoding = tokenizer().encode(text.into(), &TokenizeOptions::default()).unwrap();
    assert_eq!(encoding.tokens[1..3], ["▁a", "é"]);
    assert_eq!((encoding.byte_offsets[2].0, encoding.char_offsets[2].0), (3, 3));
    let unknown = encoding.tokens.iter().position(|token| token == "x").unwrap();
    assert_eq!(encoding.ids[unknown], 3);
    let (start, end) = encoding.byte_offsets[unknown];
    assert_eq!(&text[start..end], "x");
    for (bytes, chars) in encoding.byte_offsets.iter().zip(&encoding.char_offsets) {
        assert_eq!(text[..bytes.0].chars().count(), chars.0);
        assert_eq!(text[..bytes.1].chars().count(), chars.1);
    }
}

#[test]
fn words_start_at_spaces_and_special_tokens_are_words() {
    let encoding = tokenizer().encode(("ab  cd", "a.[MASK]b").into(), &TokenizeOptions::default()).unwrap();
    assert_eq!(encoding.tokens[1..4], ["▁a", "b", "▁cd"]);
    assert_eq!(encoding.word_ids[..5], [None, Some(0), Some(0), Some(1), None]);
    assert_eq!(encoding.tokens[5..], ["▁a", ".", "[MASK]", "▁", "b", "[SEP]"]);
    assert_eq!(encoding.word_ids[5..], [Some(0), Some(0), Some(1), Some(2), Some(2), None]);
}

#[test]
fn special_tokens_in_the_text_count_as_text() {
    let encoding = tokenizer().encode("a[MASK]b".into(), &TokenizeOptions::default()).unwrap();
    assert_eq!(encoding.ids[2], 15);
    assert!(!encoding.special_tokens_mask[2]);
    assert_eq!(encoding.byte_offsets[2], (1, 7));
}

#[test]
fn empty_text_is_the_special_tokens_alone() {
    let tokenizer = tokenizer();
    assert_eq!(tokenizer.encode("".into(), &TokenizeOptions::default()).unwrap().ids, [1, 2]);
    assert_eq!(tokenizer.encode(("", "").into(), &TokenizeOptions::default()).unwrap().ids, [1, 2, 2]);
}

#[test]
fn truncation_equals_the_library_and_says_what_it_removed() {
    let tokenizer = tokenizer();
    let Engine::Pipeline(pipeline) = &tokenizer.engine else { unreachable!() };
    let texts = ["", "a", "ab", "abcdab", "abcabcabcab.", "dcbadcba é日本日本 abc abc"];
    let strategies = [
        (Truncation::LongestFirst, TruncationStrategy::LongestFirst),
        (Truncation::OnlyFirst, TruncationStrategy::OnlyFirst),
        (Truncation::OnlySecond, TruncationStrategy::OnlySecond),
    ];
    let mut inputs: Vec<TextInput<'_>> = texts.iter().map(|&text| text.into()).collect();
    for first in texts {
        inputs.extend(texts.iter().map(|&second| TextInput::from((first, second))));
    }
    for input in inputs {
        let special = if input.pair.is_some() { 3 } else { 2 };
        let whole = tokenizer.encode(input, &TokenizeOptions::default()).unwrap();
        for max_length in special..40 {
            for (ours, theirs) in strategies {
                let params = TruncationParams {
                    max_length: max_length - special,
                    strategy: theirs,
                    ..TruncationParams::default()
                };
                let first = pipeline.encode(input.text, false).unwrap();
                let second = input.pair.map(|pair| pipeline.encode(pair, false).unwrap());
                let expected = truncate_encodings(first, second, &params)
                    .map(|(first, second)| pipeline.post_process(first, second, true).unwrap());
                let found = tokenizer.encode(input, &limit(max_length, ours));
                let label = format!("{input:?} {max_length} {ours}");
                match (expected, found) {
                    (Err(_), Err(error)) => {
                        assert!(
                            matches!(error.kind(), ErrorKind::TooLong | ErrorKind::InvalidArgument),
                            "{label}"
                        );
                    }
                    (Ok(expected), Ok(found)) => {
                        assert_eq!(expected.get_ids(), found.ids, "{label}");
                        assert_eq!(expected.get_type_ids(), found.token_type_ids, "{label}");
                        assert_eq!(expected.get_offsets(), found.byte_offsets, "{label}");
                        assert!(found.len() <= max_length, "{label}");
                        match &found.truncated {
                            None => assert_eq!(found.ids, whole.ids, "{label}"),
                            Some(truncated) => {
                                let removed = truncated.removed_tokens;
                                assert_eq!(truncated.total_tokens, whole.len(), "{label}");
                                assert_eq!(
                                    found.len() + removed[0] + removed[1],
                                    truncated.total_tokens,
                                    "{label}"
                                );
                                for (count, first) in removed.iter().zip(truncated.first_removed_byte) {
                                    assert_eq!(first.is_some(), *count > 0, "{label}");
                                }
                            }
                        }
                    }
                    (expected, found) => {
                        panic!(
                            "{label}: library {:?}, ours {found:?}",
                            expected.map(|e| e.get_ids().to_vec())
                        )
                    }
                }
            }
        }
    }
}

#[test]
fn a_cut_text_names_where_the_cut_is() {
    let encoding = tokenizer().encode("aéb".into(), &limit(4, Truncation::LongestFirst)).unwrap();
    let truncated = encoding.truncated.unwrap();
    assert_eq!(truncated.removed_tokens, [1, 0]);
    assert_eq!(truncated.first_removed_byte, [Some(3), None]);
    assert_eq!(truncated.first_removed_char, [Some(2), None]);
}

#[test]
fn truncation_errors_name_the_lengths_and_the_remedy() {
    let tokenizer = tokenizer();
    let check = |input: TextInput<'_>, options: TokenizeOptions, kind: ErrorKind, parts: &[&str]| {
        let error = tokenizer.encode(input, &options).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        for part in parts {
            assert!(error.message().contains(part), "{part:?} in {error}");
        }
    };
    let pair = TextInput::from(("abcd", "abcd"));
    check("abcd".into(), limit(5, Truncation::Error), ErrorKind::TooLong, &["6", "5", "longest_first"]);
    check("abcd".into(), limit(1, Truncation::Error), ErrorKind::InvalidArgument, &["max_length 1", "2"]);
    check(pair, limit(2, Truncation::LongestFirst), ErrorKind::InvalidArgument, &["max_length 2", "3"]);
    check("abcd".into(), limit(3, Truncation::OnlySecond), ErrorKind::InvalidArgument, &["pair"]);
    check(pair, limit(7, Truncation::OnlyFirst), ErrorKind::TooLong, &["second", "4", "7"]);
    check(pair, limit(7, Truncation::OnlySecond), ErrorKind::TooLong, &["first", "4", "7"]);
}

#[test]
fn truncation_and_padding_of_the_file_are_ignored() {
    let blocks = r#""truncation":{"direction":"Right","max_length":1,"strategy":"LongestFirst","stride":0},
        "padding":{"strategy":{"Fixed":32},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,
        "pad_type_id":0,"pad_token":"[PAD]"},"#;
    let encoding =
        open(&tokenizer_json(blocks)).unwrap().encode("abcd".into(), &TokenizeOptions::default()).unwrap();
    assert_eq!(encoding.ids, [1, 5, 7, 8, 9, 2]);
}

#[test]
fn a_batch_keeps_its_order_and_names_the_first_bad_input() {
    let tokenizer = tokenizer();
    let texts: Vec<String> = (0..200).map(|count| "ab".repeat(count % 7)).collect();
    let inputs: Vec<TextInput<'_>> = texts.iter().map(TextInput::from).collect();
    let batch = tokenizer.encode_batch(&inputs, &TokenizeOptions::default()).unwrap();
    for (input, encoding) in inputs.iter().zip(&batch) {
        assert_eq!(*encoding, tokenizer.encode(*input, &TokenizeOptions::default()).unwrap());
    }
    let error = tokenizer.encode_batch(&inputs, &limit(10, Truncation::Error)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLong);
    assert!(error.message().starts_with("input 5: "), "{error}");
}

#[test]
fn ids_and_tokens_look_each_other_up() {
    let tokenizer = tokenizer();
    assert_eq!(tokenizer.vocabulary_size(), 16);
    assert_eq!(tokenizer.id("▁cd"), Some(10));
    assert_eq!(tokenizer.token(10).as_deref(), Some("▁cd"));
    assert_eq!((tokenizer.id("nothing"), tokenizer.token(16)), (None, None));
    let expected = SpecialTokens { cls: Some(1), sep: Some(2), pad: Some(0), unk: Some(3), mask: Some(15) };
    assert_eq!(tokenizer.special_tokens(), expected);
}

#[test]
fn decoding_reverses_encoding() {
    let tokenizer = tokenizer();
    let ids = tokenizer.encode("ab cd".into(), &TokenizeOptions::default()).unwrap().ids;
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), "ab cd");
    assert!(tokenizer.decode(&ids, false).unwrap().contains("[CLS]"));
    let error = tokenizer.decode(&[1, 99], true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("99") && error.message().contains("index 1"), "{error}");
}

#[test]
fn bad_files_have_named_errors() {
    let cases = [
        ("", ErrorKind::InvalidTokenizer, "not a JSON object"),
        ("[1, 2]", ErrorKind::InvalidTokenizer, "not a JSON object"),
        ("{}", ErrorKind::InvalidTokenizer, "model"),
        (r#"{"version":"1.0","model":{"type":"Nonsense"}}"#, ErrorKind::InvalidTokenizer, "cannot read"),
        (
            r#"{"module":"keras_hub.src","class_name":"DebertaV3Tokenizer",
                "registered_name":"keras_hub>DebertaV3Tokenizer","config":{"proto":null}}"#,
            ErrorKind::Unsupported,
            "Keras",
        ),
    ];
    for (json, kind, part) in cases {
        let error = open(json).unwrap_err();
        assert_eq!(error.kind(), kind, "{json}: {error}");
        assert!(error.message().contains(part), "{json}: {error}");
        assert!(error.message().contains("tokenizer.json"), "{json}: {error}");
    }
    let error = Tokenizer::from_file(Path::new("/nowhere/tokenizer.json")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_truncated_or_bent_file_is_an_error_and_never_a_panic() {
    let json = tokenizer_json("");
    for end in (0..json.len()).step_by(7) {
        if json.is_char_boundary(end) {
            assert!(open(&json[..end]).is_err());
        }
    }
    // A character map that is not one makes the library panic; an unknown id out of range it refuses itself.
    let broken_map =
        json.replace(r#"{"type":"NFC"}"#, r#"{"type":"Precompiled","precompiled_charsmap":"/////w=="}"#);
    for json in [json.replace(r#""unk_id":3"#, r#""unk_id":99"#), broken_map] {
        let outcome =
            open(&json).and_then(|t| t.encode("ab".into(), &TokenizeOptions::default()).map(|_| ()));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidTokenizer);
    }
}

#[test]
fn a_folder_may_have_no_tokenizer_but_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Tokenizer::from_folder(folder.path()).unwrap().is_none());
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer_json("")).unwrap();
    assert!(Tokenizer::from_folder(folder.path()).unwrap().is_some());
    std::fs::write(folder.path().join("tokenizer.json"), "{").unwrap();
    assert_eq!(Tokenizer::from_folder(folder.path()).unwrap_err().kind(), ErrorKind::InvalidTokenizer);
    let missing = folder.path().join("missing");
    assert_eq!(Tokenizer::from_folder(&missing).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn truncation_names_round_trip() {
    for name in ["error", "longest_first", "only_first", "only_second", "round_robin", "waterfall"] {
        assert_eq!(name.parse::<Truncation>().unwrap().to_string(), name);
    }
    assert!("longest".parse::<Truncation>().unwrap_err().message().contains("longest_first"));
}

#[test]
fn windows_are_those_of_the_library() {
    let tokenizer = tokenizer();
    let Engine::Pipeline(pipeline) = &tokenizer.engine else { panic!("a pipeline") };
    let (long, short) = ("a b cd ab.日本 ".repeat(9), "ab é");
    for (input, truncation, strategy, special) in [
        (TextInput::from(&long), Truncation::Error, TruncationStrategy::OnlyFirst, 2),
        ((long.as_str(), short).into(), Truncation::OnlyFirst, TruncationStrategy::OnlyFirst, 3),
        ((long.as_str(), short).into(), Truncation::LongestFirst, TruncationStrategy::OnlyFirst, 3),
        ((short, long.as_str()).into(), Truncation::OnlySecond, TruncationStrategy::OnlySecond, 3),
        ((short, long.as_str()).into(), Truncation::Error, TruncationStrategy::OnlySecond, 3),
    ] {
        for (max_length, stride) in [(12, 0), (12, 1), (17, 5), (40, 30), (1000, 10)] {
            let options =
                TokenizeOptions { windows: Some(WindowOptions { stride }), ..limit(max_length, truncation) };
            let found = tokenizer.windows(input, &options).unwrap();
            let params = TruncationParams {
                max_length: max_length - special,
                stride,
                strategy,
                ..TruncationParams::default()
            };
            let first = pipeline.encode(input.text, false).unwrap();
            let second = input.pair.map(|pair| pipeline.encode(pair, false).unwrap());
            let (first, second) = truncate_encodings(first, second, &params).unwrap();
            let expected = pipeline.post_process(first, second, true).unwrap();
            let expected: Vec<_> = std::iter::once(&expected).chain(expected.get_overflowing()).collect();
            assert_eq!(found.len(), expected.len(), "{input:?} {max_length} {stride}");
            for (window, expected) in found.iter().zip(expected) {
                assert_eq!(window.encoding.ids, expected.get_ids(), "{input:?} {max_length} {stride}");
                assert_eq!(window.encoding.byte_offsets, expected.get_offsets());
                let types = window.encoding.token_type_ids.iter().zip(&window.encoding.sequence_ids);
                assert!(
                    types
                        .into_iter()
                        .all(|(&kind, sequence)| sequence.is_none_or(|id| u32::from(id) == kind))
                );
                assert!(window.encoding.len() <= max_length && window.encoding.truncated.is_none());
            }
            let cut = Some(u8::from(strategy == TruncationStrategy::OnlySecond));
            let room = found[0].encoding.sequence_ids.iter().filter(|&&sequence| sequence == cut).count();
            for (index, window) in found.iter().enumerate() {
                assert_eq!(window.first_token, index * (room - stride));
            }
        }
    }
}
