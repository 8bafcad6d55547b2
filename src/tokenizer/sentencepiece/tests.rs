use prost::Message;

use super::fuzz::open_and_encode;
use super::model::SentencePieceModel;
use super::proto::{ModelProto, NormalizerSpec, PieceProto, TrainerSpec};
use super::{FolderConfig, Processor, conversion};
use crate::error::{ErrorKind, Result};
use crate::tokenizer::TextInput;

const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;
const BYTE: i32 = 6;

fn piece(text: &str, score: f32, kind: i32) -> PieceProto {
    PieceProto { piece: Some(text.to_owned()), score: Some(score), kind: Some(kind) }
}

/// A table that replaces `A` by `bb`, as its length, units and replacements.
fn charsmap() -> Vec<u8> {
    let mut units = vec![0u32; 512];
    let upper = 256 ^ usize::from(b'A');
    units[0] = 256 << 10;
    // Its children are around unit 1, which is the leaf.
    units[upper] = u32::from(b'A') | 1 << 8 | ((upper ^ 1) as u32) << 10;
    units[1] = 1 << 31;
    let mut bytes = 2048u32.to_le_bytes().to_vec();
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes.extend(b"bb\0");
    bytes
}

/// A model with every kind of piece but those for bytes.
fn proto() -> ModelProto {
    ModelProto {
        pieces: vec![
            piece("[PAD]", 0.0, CONTROL),
            piece("[CLS]", 0.0, CONTROL),
            piece("[SEP]", 0.0, CONTROL),
            piece("[UNK]", 0.0, UNKNOWN),
            piece("▁", -2.0, NORMAL),
            piece("▁a", -3.0, NORMAL),
            piece("a", -4.0, NORMAL),
            piece("b", -4.5, NORMAL),
            piece("bb", -5.0, NORMAL),
            piece("ab", -1.0, UNUSED),
            piece("<br>", 0.0, USER_DEFINED),
        ],
        trainer_spec: Some(TrainerSpec { unk_id: Some(3), ..TrainerSpec::default() }),
        normalizer_spec: Some(NormalizerSpec {
            precompiled_charsmap: Some(charsmap()),
            ..NormalizerSpec::default()
        }),
    }
}

fn with_bytes() -> ModelProto {
    let mut proto = proto();
    proto.pieces.extend((0..=255).map(|byte| piece(&format!("<0x{byte:02X}>"), 0.0, BYTE)));
    proto.trainer_spec.as_mut().unwrap().byte_fallback = Some(true);
    proto
}

fn open(proto: &ModelProto) -> Result<Processor> {
    let name = "spm.model";
    let model = SentencePieceModel::from_bytes(&proto.encode_to_vec(), name)?;
    conversion::convert(&model, &FolderConfig::default(), name)?;
    Processor::new(model, name)
}

fn tokens(proto: &ModelProto, text: &str) -> Vec<String> {
    open(proto).unwrap().encode(TextInput::from(text), false).tokens
}

fn refused(proto: &ModelProto, kind: ErrorKind, part: &str) {
    let error = open(proto).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains("spm.model") && error.message().contains(part), "{error}");
}

#[test]
fn settings_of_the_normalizer_act() {
    assert_eq!(tokens(&proto(), "  a  b A "), ["▁a", "▁", "b", "▁", "bb"]);
    assert_eq!(tokens(&proto(), "   "), [""; 0]);
    let with = |change: fn(&mut NormalizerSpec)| {
        let mut proto = proto();
        change(proto.normalizer_spec.as_mut().unwrap());
        proto
    };
    let no_prefix = with(|spec| spec.add_dummy_prefix = Some(false));
    assert_eq!(tokens(&no_prefix, "  a a "), ["a", "▁a"]);
    let all_spaces = with(|spec| spec.remove_extra_whitespaces = Some(false));
    assert_eq!(tokens(&all_spaces, " a  a "), ["▁", "▁a", "▁", "▁a", "▁"]);
    let plain_spaces = with(|spec| spec.escape_whitespaces = Some(false));
    assert_eq!(tokens(&plain_spaces, "a a"), [" ", "a", " ", "a"]);
    let no_charsmap = with(|spec| spec.precompiled_charsmap = None);
    assert_eq!(tokens(&no_charsmap, "aA"), ["▁a", "A"]);
}

#[test]
fn words_start_at_spaces() {
    let words = |text| open(&proto()).unwrap().encode(text, true).word_ids;
    assert_eq!(tokens(&proto(), "ab  bb"), ["▁a", "b", "▁", "bb"]);
    assert_eq!(words("ab  bb".into()), [None, Some(0), Some(0), Some(1), Some(1), None]);
    assert_eq!(words(("a a", "a").into()), [None, Some(0), Some(1), None, Some(0), None]);
}

#[test]
fn pieces_are_found_by_their_kind() {
    assert_eq!(tokens(&proto(), "[CLS]"), ["▁", "[CLS]"]);
    assert_eq!(open(&proto()).unwrap().encode("[CLS]".into(), false).ids, [4, 3]);
    // Unused pieces never are; user-defined ones are, and their characters are not replaced.
    assert_eq!(tokens(&proto(), "ab"), ["▁a", "b"]);
    assert_eq!(tokens(&proto(), "a<br>a"), ["▁a", "<br>", "a"]);
    assert_eq!(
        tokens(&with_bytes(), "a\u{e9}<0x41>"),
        ["▁a", "<0xC3>", "<0xA9>", "<0x3C>", "<0x30>", "<0x78>", "<0x34>", "<0x31>", "<0x3E>"]
    );
}

#[test]
fn other_kinds_of_models_are_refused_by_name() {
    for (number, name) in [(2, "BPE"), (3, "WORD"), (4, "CHAR"), (9, "number 9"), (-1, "number -1")] {
        let mut proto = proto();
        proto.trainer_spec.as_mut().unwrap().model_type = Some(number);
        refused(&proto, ErrorKind::Unsupported, name);
    }
    let mut proto = proto();
    proto.trainer_spec.as_mut().unwrap().treat_whitespace_as_suffix = Some(true);
    refused(&proto, ErrorKind::Unsupported, "treat_whitespace_as_suffix");
}

#[test]
fn inconsistent_models_are_errors_that_say_why() {
    let refused_with = |change: fn(&mut ModelProto), part: &str| {
        let mut proto = with_bytes();
        change(&mut proto);
        refused(&proto, ErrorKind::InvalidTokenizer, part);
    };
    refused_with(|proto| proto.pieces.clear(), "pieces");
    refused_with(|proto| proto.trainer_spec = None, "trainer_spec");
    refused_with(|proto| proto.normalizer_spec = None, "normalizer_spec");
    refused_with(|proto| drop(proto.pieces.remove(1)), "[CLS]");
    refused_with(|proto| drop(proto.pieces.remove(2)), "[SEP]");
    refused_with(|proto| proto.pieces[3].kind = Some(NORMAL), "unknown");
    refused_with(|proto| proto.pieces[4].kind = Some(UNKNOWN), "3 and 4");
    refused_with(|proto| proto.pieces[6] = proto.pieces[7].clone(), "6 and 7");
    refused_with(|proto| proto.pieces[6].score = Some(f32::NAN), "piece 6");
    refused_with(|proto| proto.pieces[6].score = Some(f32::NEG_INFINITY), "piece 6");
    refused_with(|proto| proto.pieces[6].piece = None, "piece 6");
    refused_with(|proto| proto.pieces[6].piece = Some("a\0".to_owned()), "piece 6");
    refused_with(|proto| proto.pieces[6].piece = Some("a".repeat(8000)), "8000 bytes");
    refused_with(|proto| proto.pieces[6].kind = Some(0), "piece 6");
    refused_with(|proto| drop(proto.pieces.pop()), "255 byte pieces");
    refused_with(|proto| proto.pieces[20].piece = Some("<0xZZ>".to_owned()), "256 byte pieces");
    refused_with(|proto| proto.trainer_spec.as_mut().unwrap().byte_fallback = None, "byte_fallback");
    for unknown in [-1, 267, i32::MAX] {
        let mut proto = with_bytes();
        proto.trainer_spec.as_mut().unwrap().unk_id = Some(unknown);
        refused(&proto, ErrorKind::InvalidTokenizer, "unk_id");
    }
}

#[test]
fn a_broken_charsmap_is_refused() {
    let refused_with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut proto = proto();
        change(proto.normalizer_spec.as_mut().unwrap().precompiled_charsmap.as_mut().unwrap());
        refused(&proto, ErrorKind::InvalidTokenizer, "precompiled_charsmap");
    };
    for length in [1, 2, 3, 4, 100, 2051] {
        refused_with(&|bytes| bytes.truncate(length));
    }
    for length in [0, 4, 2047, 2056, 1 << 31, u32::MAX] {
        refused_with(&|bytes| bytes[..4].copy_from_slice(&length.to_le_bytes()));
    }
    let unit = |index: usize| 4 + 4 * index..8 + 4 * index;
    let upper = 256 ^ usize::from(b'A');
    for (index, value) in [
        (0, u32::MAX),
        (0, 512 << 10),
        (7, 2 << 10 | 1 << 9),
        // A leaf that is none, and one beyond the replacements.
        (1, 0),
        (1, 1 << 31 | 4),
        (upper, u32::from(b'A') | 1 << 8),
    ] {
        refused_with(&|bytes| bytes[unit(index)].copy_from_slice(&value.to_le_bytes()));
    }
    refused_with(&|bytes| bytes.push(0xFF));
    refused_with(&|bytes| bytes.extend([b'b'; 257]));
}

#[test]
fn damaged_bytes_are_errors_or_other_models_but_never_a_panic() {
    let bytes = proto().encode_to_vec();
    for end in 0..bytes.len() {
        let error = SentencePieceModel::from_bytes(&bytes[..end], "spm.model").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTokenizer, "{end}: {error}");
    }
    for index in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[index] ^= flip;
            open_and_encode(&damaged);
        }
    }
    // Lengths of up to 2^64 bytes, a number that does not end, and a group in a group in a group.
    for field in [0x0A, 0x12, 0x1A] {
        for length in [&[0x7F][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], &[0xFF; 9], &[0xFF; 100]] {
            open_and_encode(&[&[field], length].concat());
        }
    }
    open_and_encode(&[0xFB; 1 << 20]);
    open_and_encode(&[0x0A, 0x00].repeat(1 << 16));
}

#[test]
fn a_cut_off_model_of_sentencepiece_is_an_error() {
    let bytes = std::fs::read("tests/goldens/sentencepiece/folded_1k/spm.model").unwrap();
    // Behind the normalizer_spec, which has the table of characters, is nothing that matters.
    let table_end = bytes.len() - 1000;
    for end in (0..table_end).step_by(487) {
        let error = SentencePieceModel::from_bytes(&bytes[..end], "spm.model").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTokenizer, "{end}: {error}");
    }
}

#[test]
fn a_text_of_ten_megabytes_is_no_exception() {
    let text = "a bA\u{e9} ".repeat(10_000_000 / 7);
    let encoding = open(&with_bytes()).unwrap().encode(TextInput::from(text.as_str()), false);
    let (bytes, chars) = (encoding.byte_offsets.last().unwrap(), encoding.char_offsets.last().unwrap());
    assert_eq!((bytes.1, chars.1), (text.trim_end().len(), text.trim_end().chars().count()));
}
