//! The tests that both interfaces pass.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use deberta::{
    BackboneConfig, ClassifyOptions, ErrorKind, HeadKind, InstructionSet, LoadMode, OpenOptions, Outputs,
    Precision, TextInput, TokenizeOptions, Truncation, WeightType,
};

use crate::api::{Api, Failure, Observe, Outcome, Output, Padded, PaddedEmbeddings, floats};
use crate::common::{bundled_model, cases, goldens, instruction_sets, largest_difference};

pub use crate::explain::{a_text_is_explained, wrong_explanations_are_refused};

pub const ALL: Outputs = Outputs { hidden_states: true, attentions: true, logits: true, layers: None };
const LAST: Outputs = Outputs { hidden_states: false, attentions: false, logits: false, layers: None };

/// How often the error of PyTorch float32 is allowed here; `tests/goldens.rs` has the rule.
const GROSS_TOLERANCE: f64 = 3.0;

pub fn open<A: Api>(checkpoint: &str) -> A::Model {
    A::open(&goldens().join(checkpoint), &OpenOptions { threads: Some(2), ..OpenOptions::default() }).unwrap()
}

pub fn open_bundled<A: Api>() -> A::Model {
    A::open(&bundled_model(), &OpenOptions { threads: Some(2), ..OpenOptions::default() }).unwrap()
}

#[track_caller]
fn refused<T>(outcome: Outcome<T>, kind: ErrorKind, part: &str) {
    match outcome {
        Ok(_) => panic!("accepted, but expected: {part}"),
        Err(Failure { status, message }) => {
            assert_eq!(status, kind as i32, "{message}");
            assert!(message.contains(part), "{message:?} does not contain {part:?}");
        }
    }
}

/// The golden's output in its padded shape; nothing if this version does not compute it.
fn found(output: &Output, name: &str) -> Option<Vec<f32>> {
    let layer = |prefix| name.strip_prefix(prefix).map(|layer| layer.parse::<usize>().unwrap());
    if let Some(layer) = layer("hidden_states.") {
        return Some(floats(&output.hidden_states_padded[layer]));
    }
    if let Some(layer) = layer("attentions.") {
        return Some(floats(&output.attentions_padded[layer]));
    }
    match name {
        "last_hidden_state" => Some(floats(&output.last_hidden_state_padded)),
        "logits" => output.logits.as_ref().map(|logits| floats(&logits.padded)),
        _ => panic!("unknown output {name}"),
    }
}

pub fn golden_list<A: Api>() {
    let cases = cases();
    assert!(cases.len() >= 50, "the golden list has shrunk to {}", cases.len());
    for case in cases {
        let options = OpenOptions {
            threads: Some(2),
            tensor_prefix: case.tensor_prefix.clone(),
            ..OpenOptions::default()
        };
        let model = A::open(&goldens().join(&case.checkpoint), &options).unwrap();
        let golden = case.read();
        let shape = golden.shape("input_ids");
        let ids = golden.integers("input_ids").unwrap();
        let (mask, types) = (golden.integers("attention_mask"), golden.integers("token_type_ids"));
        let batch = Padded {
            ids: &ids,
            mask: mask.as_deref(),
            types: types.as_deref(),
            rows: shape[0],
            length: shape[1],
        };
        let output = A::encode_padded(&model, batch, ALL).unwrap();
        for name in &case.outputs {
            let Some(found) = found(&output, name) else { continue };
            let error = largest_difference(&found, &golden.floats(name));
            let allowed = GROSS_TOLERANCE * golden.largest_reference_error(name);
            assert!(error <= allowed, "{} {name}: {error:e}, allowed is {allowed:e}", case.name());
        }
    }
}

pub fn info_tells_the_configuration<A: Api>() {
    let info = A::info(&open_bundled::<A>());
    assert_eq!(info.head, Some(HeadKind::SequenceClassification));
    assert!(info.has_tokenizer && info.labels.len() > 2 && info.parameters > 0 && info.packed_bytes > 0);
    assert_eq!(info.files.len(), 1);
    assert_eq!(info.files[0].0, bundled_model().join("model.safetensors"));
    assert_eq!(info.files[0].1, std::fs::metadata(&info.files[0].0).unwrap().len());
    assert_eq!((info.threads, info.precision), (2, Precision::Highest));
    assert_eq!(info.available_instruction_sets, InstructionSet::available());
    assert!(info.available_instruction_sets.contains(&info.instruction_set));

    let portable = OpenOptions {
        threads: Some(1),
        instruction_set: Some(InstructionSet::Portable),
        load_mode: LoadMode::Copy,
        precision: Precision::Medium,
        ..OpenOptions::default()
    };
    let info = A::info(&A::open(&goldens().join("v3_shared"), &portable).unwrap());
    assert_eq!((info.threads, info.precision, info.has_tokenizer), (1, Precision::Medium, false));
    if instruction_sets() != [None] {
        assert_eq!(info.instruction_set, InstructionSet::Portable);
    }
}

pub fn padding_makes_no_difference<A: Api>() {
    let model = open::<A>("v3_shared");
    let padded = Padded {
        ids: &[5, 6, 7, 0, 0, 8, 9, 0],
        mask: Some(&[1, 1, 1, 0, 0, 1, 1, 0]),
        types: None,
        rows: 2,
        length: 4,
    };
    let padded = A::encode_padded(&model, padded, ALL).unwrap();
    assert_eq!((padded.rows, padded.length, &padded.row_offsets[..]), (2, 4, &[0, 3, 5][..]));
    assert_eq!(padded.positions, [0, 1, 2, 1, 2]);
    let ragged = A::encode_ids(&model, &[5, 6, 7, 8, 9], None, &[0, 3, 5], ALL).unwrap();
    // The second row starts at position 1 in the one and at 0 in the other, which relative positions do not see.
    assert_eq!((ragged.length, &ragged.positions[..]), (3, &[0, 1, 2, 0, 1][..]));
    assert_eq!(padded.last_hidden_state, ragged.last_hidden_state);
    assert_eq!(padded.hidden_states, ragged.hidden_states);
    assert_eq!(padded.attentions, ragged.attentions);
    assert_eq!(padded.hidden_states.last(), Some(&padded.last_hidden_state));
    let width = padded.hidden_size;
    assert_eq!(padded.last_hidden_state_padded[..3 * width], padded.last_hidden_state[..3 * width]);
    assert!(padded.last_hidden_state_padded[3 * width..5 * width].iter().all(|&bits| bits == 0));

    let only_last = A::encode_ids(&model, &[5, 6, 7, 8, 9], None, &[0, 3, 5], LAST).unwrap();
    assert_eq!(only_last.last_hidden_state, ragged.last_hidden_state);
    assert!(only_last.hidden_states.is_empty() && only_last.attentions.is_empty());
    assert_eq!(only_last.logits, None);
}

pub fn embeddings_stand_for_ids<A: Api>() {
    let model = open::<A>("embedding_projection");
    let size = A::info(&model).embedding_size;
    let embeddings = A::token_embeddings(&model, &[5, 6, 7, 8]).unwrap();
    assert_eq!(embeddings.len(), 4 * size);
    assert!(A::token_embeddings(&model, &[]).unwrap().is_empty());
    let mask = [1, 1, 0, 1];
    let embeddings = floats(&embeddings);
    let batch = PaddedEmbeddings { values: &embeddings, size, mask: Some(&mask), rows: 2, length: 2 };
    let ids = Padded { ids: &[5, 6, 7, 8], mask: Some(&mask), types: None, rows: 2, length: 2 };
    let expected = A::encode_padded(&model, ids, ALL).unwrap();
    assert_eq!(A::encode_embeddings(&model, batch, ALL).unwrap(), expected);

    let wrong_size = PaddedEmbeddings { values: &embeddings, size: size * 2, mask: None, rows: 1, length: 2 };
    refused(
        A::encode_embeddings(&model, wrong_size, LAST),
        ErrorKind::InvalidArgument,
        "embeddings have size",
    );
    let nothing = PaddedEmbeddings { size: 0, ..wrong_size };
    refused(A::encode_embeddings(&model, nothing, LAST), ErrorKind::InvalidArgument, "embedding size is 0");
    let vocabulary = A::info(&model).vocab_size as u32;
    refused(A::token_embeddings(&model, &[0, vocabulary]), ErrorKind::InvalidArgument, "ids[1]");
}

pub fn wrong_models_are_refused<A: Api>() {
    let open = |folder: &std::path::Path| A::open(folder, &OpenOptions::default());
    refused(open(&goldens().join("nowhere")), ErrorKind::NotFound, "nowhere");
    refused(open(&goldens().join("cases.json")), ErrorKind::InvalidArgument, "is not a folder");
    refused(open(&goldens().join("tokenizer")), ErrorKind::NotFound, "config.json");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), "{").unwrap();
    refused(open(folder.path()), ErrorKind::InvalidConfig, "config.json");
    std::fs::copy(goldens().join("v3_shared/config.json"), folder.path().join("config.json")).unwrap();
    std::fs::write(folder.path().join("model.safetensors"), [1; 100]).unwrap();
    refused(open(folder.path()), ErrorKind::InvalidCheckpoint, "model.safetensors");
    std::fs::copy(goldens().join("v3_shared/model.safetensors"), folder.path().join("model.safetensors"))
        .unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    refused(open(folder.path()), ErrorKind::InvalidTokenizer, "tokenizer.json");
}

pub fn wrong_options_are_refused<A: Api>() {
    let open = |options: &OpenOptions| A::open(&goldens().join("v3_shared"), options);
    let options = OpenOptions { threads: Some(5000), ..OpenOptions::default() };
    refused(open(&options), ErrorKind::InvalidArgument, "threads is 5000");
    let options = OpenOptions { tensor_prefix: Some("elsewhere.".into()), ..OpenOptions::default() };
    refused(open(&options), ErrorKind::InvalidCheckpoint, "elsewhere.");
    if instruction_sets() != [None] {
        let elsewhere = [InstructionSet::Neon, InstructionSet::Avx2]
            .into_iter()
            .find(|set| !InstructionSet::available().contains(set));
        if let Some(missing) = elsewhere {
            let options = OpenOptions { instruction_set: Some(missing), ..OpenOptions::default() };
            refused(open(&options), ErrorKind::Unsupported, missing.name());
        }
    }
}

pub fn texts_are_tokenized_and_encoded<A: Api>() {
    let model = open_bundled::<A>();
    let options = TokenizeOptions::default();
    let texts: [TextInput<'_>; 3] = ["fn main() {}".into(), ("first", "second text").into(), "ü".into()];
    let output = A::encode_texts(&model, &texts, &options, ALL).unwrap();
    assert_eq!((output.rows, output.tokenized.len()), (3, 3));
    for (row, text) in texts.iter().enumerate() {
        let tokens = A::tokenize(&model, *text, &options).unwrap();
        assert_eq!(output.tokenized[row], tokens);
        let alone = A::encode_ids(&model, &tokens.ids, Some(&tokens.token_type_ids), &[0, tokens.len()], ALL)
            .unwrap();
        let (start, end) = (output.row_offsets[row], output.row_offsets[row + 1]);
        assert_eq!(end - start, tokens.len());
        let width = output.hidden_size;
        assert!(output.last_hidden_state[start * width..end * width] == alone.last_hidden_state);
    }
    assert!(output.tokenized[1].token_type_ids.contains(&1));
    let bare = TokenizeOptions { add_special_tokens: false, ..options };
    let tokens = A::tokenize(&model, "fn main() {}".into(), &bare).unwrap();
    assert_eq!(tokens.len() + 2, output.tokenized[0].len());
    assert!(!tokens.special_tokens_mask.contains(&true));
    refused(A::encode_texts(&model, &[], &options, LAST), ErrorKind::InvalidArgument, "has no rows");
    let empty = A::encode_texts(&model, &["".into()], &bare, LAST);
    refused(empty, ErrorKind::InvalidArgument, "row 0 of the batch has no valid token");
}

pub fn texts_may_hold_anything<A: Api>() {
    let model = open_bundled::<A>();
    let long = "x ".repeat(20_000);
    for text in ["", "\0", "a\0b", "\u{feff}😀é\u{301}\r\n", &long] {
        for pair in [None, Some(""), Some("b\0")] {
            let options = TokenizeOptions {
                max_length: Some(64),
                truncation: Truncation::LongestFirst,
                ..TokenizeOptions::default()
            };
            let tokens = A::tokenize(&model, TextInput { text, pair }, &options).unwrap();
            assert!(tokens.len() <= 64);
            for (range, sequence) in tokens.byte_offsets.iter().zip(&tokens.sequence_ids) {
                let text = if *sequence == Some(1) { pair.unwrap() } else { text };
                assert!(text.get(range.0..range.1).is_some(), "{range:?}");
            }
        }
    }
}

pub fn truncation_is_reported<A: Api>() {
    let model = open_bundled::<A>();
    let limit =
        |truncation| TokenizeOptions { max_length: Some(8), truncation, ..TokenizeOptions::default() };
    let text = "one two three four five six seven eight nine ten";
    let whole = A::tokenize(&model, text.into(), &TokenizeOptions::default()).unwrap();
    assert_eq!(whole.truncated, None);
    let cut = A::tokenize(&model, text.into(), &limit(Truncation::LongestFirst)).unwrap();
    let report = cut.truncated.clone().unwrap();
    assert_eq!((cut.len(), report.total_tokens), (8, whole.len()));
    assert_eq!(report.removed_tokens, [whole.len() - 8, 0]);
    assert_eq!(report.first_removed_byte, [Some(whole.byte_offsets[7].0), None]);
    let classify = |truncation| ClassifyOptions { tokenize: limit(truncation), ..ClassifyOptions::default() };
    let answers = A::classify(&model, &[text.into()], &classify(Truncation::OnlyFirst)).unwrap();
    assert_eq!(answers[0].truncated.as_ref(), Some(&report));
    let encoded = A::encode_texts(&model, &[text.into()], &limit(Truncation::OnlyFirst), LAST).unwrap();
    assert_eq!(encoded.tokenized[0].truncated.as_ref(), Some(&report));
    refused(A::tokenize(&model, text.into(), &limit(Truncation::Error)), ErrorKind::TooLong, "8");
    refused(A::classify(&model, &[text.into()], &classify(Truncation::Error)), ErrorKind::TooLong, "input 0");
    let second = A::tokenize(&model, text.into(), &limit(Truncation::OnlySecond));
    refused(second, ErrorKind::InvalidArgument, "second");
}

pub fn classification_answers_in_order<A: Api>() {
    let model = open_bundled::<A>();
    let labels = A::info(&model).labels;
    let texts = ["fn main() { println!(\"{}\", 1); }", "def f(x):\n    return x", "a text"];
    let inputs: Vec<TextInput<'_>> = texts.into_iter().map(TextInput::from).collect();
    let answers = A::classify(&model, &inputs, &ClassifyOptions::default()).unwrap();
    assert_eq!(answers.len(), 3);
    for (answer, input) in answers.iter().zip(&inputs) {
        assert_eq!(answer.logits.len(), labels.len());
        assert!((answer.scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(answer.ranking.windows(2).all(|pair| answer.scores[pair[0]] >= answer.scores[pair[1]]));
        let alone = A::classify(&model, &[*input], &ClassifyOptions::default()).unwrap();
        assert_eq!(alone[0], *answer);
    }
    assert!(labels[answers[0].ranking[0]].eq_ignore_ascii_case("rust"));
    assert_eq!(A::classify(&model, &[], &ClassifyOptions::default()).unwrap(), []);
}

pub fn ids_become_text_again<A: Api>() {
    let model = open_bundled::<A>();
    let text = "let x = 5;";
    let tokens = A::tokenize(&model, text.into(), &TokenizeOptions::default()).unwrap();
    let special = A::special_tokens(&model);
    assert_eq!(Some(tokens.ids[0]), special.cls);
    assert_eq!(tokens.ids.last().copied(), special.sep);
    assert_eq!(A::decode(&model, &tokens.ids, true).unwrap(), text);
    assert!(A::decode(&model, &tokens.ids, false).unwrap().contains("[CLS]"));
    assert_eq!(A::decode(&model, &[], true).unwrap(), "");
    let size = A::vocabulary_size(&model) as u32;
    refused(A::decode(&model, &[size + 1000], true), ErrorKind::InvalidArgument, "not in the vocabulary");
    for (&id, token) in tokens.ids.iter().zip(&tokens.tokens) {
        assert_eq!(A::token(&model, id).as_ref(), Some(token));
        assert_eq!(A::id(&model, token), Some(id));
    }
    assert_eq!(A::token(&model, u32::MAX), None);
    assert_eq!(A::id(&model, "no such token"), None);
    assert_eq!(A::id(&model, ""), None);
}

pub fn results_outlive_the_model<A: Api>() {
    let model = open_bundled::<A>();
    let options = TokenizeOptions::default();
    let before = A::encode_texts(&model, &["text".into()], &options, ALL).unwrap();
    let after = {
        let other = open_bundled::<A>();
        let output = A::encode_texts(&other, &["text".into()], &options, ALL);
        drop(other);
        output.unwrap()
    };
    assert_eq!(before, after);
}

pub fn packed_weights_give_the_same_bits<A: Api>() {
    let cache = tempfile::tempdir().unwrap();
    for precision in [Precision::Highest, Precision::Medium, Precision::Int8] {
        let raw = OpenOptions { threads: Some(2), precision, ..OpenOptions::default() };
        let cached = OpenOptions { packed_cache: Some(cache.path().to_owned()), ..raw.clone() };
        let model = A::open(&bundled_model(), &raw).unwrap();
        let texts: [TextInput<'_>; 2] = ["fn main() {}".into(), "text".into()];
        let encode =
            |model: &A::Model| A::encode_texts(model, &texts, &TokenizeOptions::default(), ALL).unwrap();
        let (expected, packed_bytes) = (encode(&model), A::info(&model).packed_bytes);
        assert_eq!(A::info(&model).mapped_bytes, 0);
        for _ in ["written", "found"] {
            let model = A::open(&bundled_model(), &cached).unwrap();
            assert!(encode(&model) == expected, "{precision}");
            let info = A::info(&model);
            assert_eq!((info.packed_bytes, info.mapped_bytes), (0, packed_bytes));
        }
    }
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 3);
    let file = cache.path().join("file");
    std::fs::write(&file, "").unwrap();
    let options = OpenOptions { packed_cache: Some(file), ..OpenOptions::default() };
    refused(A::open(&bundled_model(), &options), ErrorKind::Io, "cannot write packed weights");
    let options = OpenOptions { packed_cache: Some("".into()), ..OpenOptions::default() };
    refused(A::open(&bundled_model(), &options), ErrorKind::InvalidArgument, "empty");
}

pub fn opening_is_observed_and_can_be_stopped<A: Api>() {
    let cache = tempfile::tempdir().unwrap();
    let raw = OpenOptions { threads: Some(1), ..OpenOptions::default() };
    let cached = OpenOptions { packed_cache: Some(cache.path().to_owned()), ..raw.clone() };
    for (options, stages) in [(&raw, &[1, 2, 3][..]), (&cached, &[1, 2, 3, 4]), (&cached, &[1, 2, 4])] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let observe: Observe = Arc::new(move |stage, bytes, total_bytes| {
            sink.lock().unwrap().push((stage, bytes, total_bytes));
            true
        });
        A::open_observed(&bundled_model(), options, observe).unwrap();
        let seen = seen.lock().unwrap();
        let mut seen_stages: Vec<i32> = seen.iter().map(|(stage, ..)| *stage).collect();
        seen_stages.dedup();
        assert_eq!(seen_stages, stages);
        assert!(
            seen.iter().all(|(stage, bytes, total)| bytes <= total && (*total > 0) == (*stage > 2)),
            "{seen:?}"
        );
        let (_, bytes, total_bytes) = *seen.last().unwrap();
        assert!(bytes == total_bytes && seen.is_sorted(), "{seen:?}");
    }

    let cache = tempfile::tempdir().unwrap();
    let cached = OpenOptions { packed_cache: Some(cache.path().to_owned()), ..raw.clone() };
    for (options, last) in [(&raw, 1), (&raw, 2), (&raw, 3), (&cached, 3)] {
        // The first call of the stage, and one in its middle.
        for calls in [1, 2] {
            let count = AtomicUsize::new(0);
            let observe: Observe = Arc::new(move |stage, _, _| {
                stage < last || count.fetch_add(1, Ordering::Relaxed) + 1 < if last < 3 { 1 } else { calls }
            });
            let outcome = A::open_observed(&bundled_model(), options, observe);
            refused(outcome, ErrorKind::Cancelled, "cancelled by its observer");
        }
    }
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0, "a file was left behind");
}

pub fn random_weights_need_no_files<A: Api>() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(goldens().join("v3_shared/config.json"), folder.path().join("config.json")).unwrap();
    let encode = |seed| {
        let options = OpenOptions { threads: Some(1), random_weights: Some(seed), ..OpenOptions::default() };
        let model = A::open(folder.path(), &options).unwrap();
        A::encode_ids(&model, &[1, 5, 9, 2], None, &[0, 4], ALL).unwrap()
    };
    let output = encode(7);
    assert!(output == encode(7) && output != encode(8) && output != encode(u64::MAX));
    refused(A::open(folder.path(), &OpenOptions::default()), ErrorKind::NotFound, "model.safetensors");
    for checkpoint in ["masked_lm", "question_answering", "multiple_choice", "token_classification"] {
        let options = OpenOptions { threads: Some(1), random_weights: Some(1), ..OpenOptions::default() };
        let random = A::open(&goldens().join(checkpoint), &options).unwrap();
        assert_eq!(A::info(&random).head, A::info(&open::<A>(checkpoint)).head);
    }
    let cache = Some(folder.path().join("cache"));
    let options = OpenOptions { random_weights: Some(1), packed_cache: cache, ..OpenOptions::default() };
    refused(A::open(folder.path(), &options), ErrorKind::InvalidArgument, "random weights are not kept");
}

pub fn a_model_of_any_size_has_random_weights<A: Api>() {
    let options = OpenOptions { threads: Some(1), ..OpenOptions::default() };
    let backbone = || BackboneConfig::new(50, 2, 3, 24, 40).max_sequence_length(64).bucket_size(16);
    let encode = |backbone: &BackboneConfig, seed| {
        let model = A::from_backbone(backbone, seed, &options).unwrap();
        (A::encode_ids(&model, &[1, 5, 49, 2], None, &[0, 4], ALL).unwrap(), A::info(&model))
    };
    let (output, info) = encode(&backbone(), 7);
    assert_eq!((info.parameters, info.hidden_size), (11_024, 24));
    assert!(output == encode(&backbone(), 7).0 && output != encode(&backbone(), 8).0);
    for dtype in [WeightType::Float16, WeightType::Bfloat16] {
        assert!(output != encode(&backbone().dtype(dtype), 7).0, "{dtype:?} rounds nothing");
    }
    for (backbone, part) in [
        (BackboneConfig::new(50, 2, 5, 24, 40), "divisible by \"num_heads\", which is 5"),
        (BackboneConfig::new(0, 2, 3, 24, 40), "\"vocabulary_size\" is 0"),
        (
            BackboneConfig::new(50, 2, 3, 24, 40).max_sequence_length(9).bucket_size(16),
            "\"bucket_size\" 16 needs more",
        ),
        (BackboneConfig::new(usize::MAX, 2, 3, 24, 40), "vocabulary_size"),
    ] {
        refused(A::from_backbone(&backbone, 7, &options), ErrorKind::InvalidConfig, part);
    }
    let too_large = BackboneConfig::new(1 << 40, 2, 3, 24, 40);
    refused(A::from_backbone(&too_large, 7, &options), ErrorKind::OutOfMemory, "random weights");
}
