//! The suite's interface over the C functions.

use std::ffi::{CStr, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use deberta::capi::*;
use deberta::{
    BackboneConfig, Classification, ClassifyOptions, Encoding, ExplainOptions, HeadKind, InstructionSet,
    LoadMode, OpenOptions, Outputs, Precision, ProblemType, SpecialTokens, TextInput, TokenizeOptions,
    TokenizerMode, TruncatedText, Truncation, WeightType,
};

use crate::api::{Api, Info, Observe, Outcome, Output, OutputLogits, Padded, PaddedEmbeddings, bits};

use crate::c_call::{Handle, array, buffer, c_path, c_text, check, handle, init, string};
use crate::explain::{Explained, explain_in_c};

pub struct CApi;

pub fn c_tokenize_options(options: &TokenizeOptions) -> deberta_tokenize_options {
    // SAFETY: the struct is valid where it is written.
    let mut result = unsafe { init!(deberta_tokenize_options, deberta_tokenize_options_init) };
    result.max_length = options.max_length.unwrap_or(0);
    result.truncation = match options.truncation {
        Truncation::Error => deberta_truncation::Error,
        Truncation::LongestFirst => deberta_truncation::LongestFirst,
        Truncation::OnlyFirst => deberta_truncation::OnlyFirst,
        Truncation::OnlySecond => deberta_truncation::OnlySecond,
        Truncation::RoundRobin => deberta_truncation::RoundRobin,
        Truncation::Waterfall => deberta_truncation::Waterfall,
        _ => unreachable!(),
    } as i32;
    result.omit_special_tokens = (!options.add_special_tokens).into();
    if let Some(windows) = options.windows {
        (result.windows, result.stride) = (1, windows.stride);
    }
    result
}

fn c_encode_options(outputs: Outputs) -> deberta_encode_options {
    // SAFETY: the struct is valid where it is written.
    let mut result = unsafe { init!(deberta_encode_options, deberta_encode_options_init) };
    let bit = |wanted: bool, output: deberta_output| if wanted { output as i32 } else { 0 };
    result.outputs = bit(outputs.hidden_states, deberta_output::HiddenStates)
        | bit(outputs.attentions, deberta_output::Attentions)
        | bit(outputs.logits, deberta_output::Logits);
    result
}

fn instruction_set(number: i32) -> InstructionSet {
    // SAFETY: the name is static.
    unsafe { string(deberta_instruction_set_name(number)) }.parse().unwrap()
}

pub fn head(number: i32) -> Option<HeadKind> {
    match number {
        0 => None,
        1 => Some(HeadKind::SequenceClassification),
        2 => Some(HeadKind::TokenClassification),
        3 => Some(HeadKind::QuestionAnswering),
        4 => Some(HeadKind::MaskedLanguageModeling),
        5 => Some(HeadKind::MultipleChoice),
        _ => panic!("head {number}"),
    }
}

pub fn truncated(
    call: impl FnOnce(*mut deberta_truncated_text, *mut *mut deberta_error) -> deberta_status,
) -> Option<TruncatedText> {
    // SAFETY: the struct is valid where it is written.
    let mut found = unsafe { init!(deberta_truncated_text, deberta_truncated_text_init) };
    check(|error| call(&mut found, error)).unwrap();
    let position = |position: usize| (position != usize::MAX).then_some(position);
    (found.removed_tokens != [0, 0]).then(|| TruncatedText {
        total_tokens: found.total_tokens,
        removed_tokens: found.removed_tokens,
        first_removed_byte: found.first_removed_byte.map(position),
        first_removed_char: found.first_removed_char.map(position),
    })
}

pub unsafe fn encoding(tokens: *const deberta_tokenized) -> Encoding {
    // SAFETY: the caller's handle is live.
    unsafe {
        let length = deberta_tokenized_length(tokens);
        let pairs = |ranges: Vec<deberta_range>| {
            ranges.into_iter().map(|range| (range.start, range.end)).collect::<Vec<_>>()
        };
        let token = |index| {
            let mut token = deberta_string { data: ptr::null(), length: 0 };
            check(|error| deberta_tokenized_token(tokens, index, &mut token, error)).unwrap();
            string(token)
        };
        let result = Encoding {
            ids: array(|v, l, e| deberta_tokenized_ids(tokens, v, l, e)).unwrap(),
            token_type_ids: array(|v, l, e| deberta_tokenized_token_type_ids(tokens, v, l, e)).unwrap(),
            tokens: (0..length).map(token).collect(),
            byte_offsets: pairs(array(|v, l, e| deberta_tokenized_byte_offsets(tokens, v, l, e)).unwrap()),
            char_offsets: pairs(array(|v, l, e| deberta_tokenized_char_offsets(tokens, v, l, e)).unwrap()),
            special_tokens_mask: array(|v, l, e| deberta_tokenized_special_tokens_mask(tokens, v, l, e))
                .unwrap()
                .into_iter()
                .map(|special| special == 1)
                .collect(),
            sequence_ids: array(|v, l, e| deberta_tokenized_sequence_ids(tokens, v, l, e))
                .unwrap()
                .into_iter()
                .map(|id| u8::try_from(id).ok())
                .collect(),
            word_ids: array(|v, l, e| deberta_tokenized_word_ids(tokens, v, l, e))
                .unwrap()
                .into_iter()
                .map(|id| u32::try_from(id).ok())
                .collect(),
            truncated: truncated(|report, error| deberta_tokenized_truncation(tokens, report, error)),
        };
        assert_eq!(result.ids.len(), length);
        result
    }
}

fn output(encoded: Handle<deberta_encoded>, has_texts: bool) -> Output {
    let encoded = encoded.pointer;
    // SAFETY: the handle is live.
    unsafe {
        let mut info = init!(deberta_encoded_info, deberta_encoded_info_init);
        check(|error| deberta_encoded_get_info(encoded, &mut info, error)).unwrap();
        let padded = |layer| {
            buffer(7.0, |v, c, l, e| deberta_encoded_hidden_states_padded(encoded, layer, v, c, l, e))
        };
        let attentions_padded =
            |layer| buffer(7.0, |v, c, l, e| deberta_encoded_attentions_padded(encoded, layer, v, c, l, e));
        let tokenized = |row| {
            let mut tokens = ptr::null();
            check(|error| deberta_encoded_tokenized(encoded, row, &mut tokens, error)).unwrap();
            encoding(tokens)
        };
        let row_offsets = array(|v, l, e| deberta_encoded_row_offsets(encoded, v, l, e)).unwrap();
        assert_eq!((row_offsets.len(), row_offsets[info.rows]), (info.rows + 1, info.tokens));
        Output {
            rows: info.rows,
            length: info.length,
            hidden_size: info.hidden_size,
            row_offsets,
            positions: array(|v, l, e| deberta_encoded_positions(encoded, v, l, e)).unwrap(),
            last_hidden_state: bits(
                &array(|v, l, e| deberta_encoded_last_hidden_state(encoded, v, l, e)).unwrap(),
            ),
            last_hidden_state_padded: bits(
                &buffer(7.0, |v, c, l, e| deberta_encoded_last_hidden_state_padded(encoded, v, c, l, e))
                    .unwrap(),
            ),
            hidden_states: (0..info.hidden_states)
                .map(|layer| {
                    bits(&array(|v, l, e| deberta_encoded_hidden_states(encoded, layer, v, l, e)).unwrap())
                })
                .collect(),
            hidden_states_padded: (0..info.hidden_states)
                .map(|layer| bits(&padded(layer).unwrap()))
                .collect(),
            attentions: (0..info.attentions)
                .map(|layer| {
                    bits(&array(|v, l, e| deberta_encoded_attentions(encoded, layer, v, l, e)).unwrap())
                })
                .collect(),
            attentions_padded: (0..info.attentions)
                .map(|layer| bits(&attentions_padded(layer).unwrap()))
                .collect(),
            logits: head(info.logits_head).map(|head| OutputLogits {
                head,
                labels: info.num_labels,
                values: bits(&array(|v, l, e| deberta_encoded_logits(encoded, v, l, e)).unwrap()),
                padded: bits(
                    &buffer(7.0, |v, c, l, e| deberta_encoded_logits_padded(encoded, v, c, l, e)).unwrap(),
                ),
            }),
            tokenized: if has_texts { (0..info.rows).map(tokenized).collect() } else { Vec::new() },
        }
    }
}

fn pointer<T>(values: Option<&[T]>) -> *const T {
    values.map_or(ptr::null(), <[T]>::as_ptr)
}

/// The result of the function that writes to a buffer is the same as that of the one that returns a handle.
fn same_into(
    output: &Outcome<Output>,
    padded: bool,
    call: impl FnMut(*mut f32, usize, *mut usize, *mut *mut deberta_error) -> deberta_status,
) {
    match (output, buffer(7.0, call)) {
        (Ok(output), Ok(values)) => {
            let expected = if padded { &output.last_hidden_state_padded } else { &output.last_hidden_state };
            assert!(*expected == bits(&values));
        }
        (Err(expected), Err(found)) => assert_eq!(*expected, found),
        (expected, found) => panic!("{expected:?}, but into a buffer {found:?}"),
    }
}

fn tokenizer(model: &Handle<deberta_model>) -> *const deberta_tokenizer {
    // SAFETY: the handle is live.
    unsafe { deberta_model_tokenizer(model.pointer) }
}

unsafe extern "C" fn call_observe(user_data: *mut c_void, stage: i32, bytes: u64, total_bytes: u64) -> i32 {
    // SAFETY: it is what `open` passes.
    let observe = unsafe { &*user_data.cast::<Observe>() };
    i32::from(!observe(stage, bytes, total_bytes))
}

/// Opens a model by a call that takes options.
fn open(
    options: &OpenOptions,
    observe: Option<&Observe>,
    call: impl FnOnce(&deberta_open_options, *mut *mut deberta_model, *mut *mut deberta_error) -> deberta_status,
) -> Outcome<Handle<deberta_model>> {
    // SAFETY: everything is alive during the call.
    unsafe {
        let mut c_options = init!(deberta_open_options, deberta_open_options_init);
        c_options.precision = match options.precision {
            Precision::Highest => deberta_precision::Highest,
            Precision::High => deberta_precision::High,
            Precision::Medium => deberta_precision::Medium,
            Precision::Int8 => deberta_precision::Int8,
            _ => unreachable!(),
        } as i32;
        let instruction_set = options.instruction_set.map_or(deberta_instruction_set::Auto, Into::into);
        c_options.instruction_set = instruction_set as i32;
        c_options.load_mode = match options.load_mode {
            LoadMode::MemoryMap => deberta_load_mode::MemoryMap,
            LoadMode::Copy => deberta_load_mode::Copy,
            _ => unreachable!(),
        } as i32;
        c_options.threads = options.threads.map_or(0, |threads| threads as u32);
        if let Some(prefix) = &options.tensor_prefix {
            c_options.tensor_prefix = prefix.as_ptr().cast();
            c_options.tensor_prefix_length = prefix.len();
        }
        let directory = options.packed_cache.as_deref().map(c_path);
        c_options.packed_cache_directory = directory.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        c_options.tokenizer_mode = match options.tokenizer.mode {
            TokenizerMode::Auto => deberta_tokenizer_mode::Auto,
            TokenizerMode::HuggingFace => deberta_tokenizer_mode::HuggingFace,
            TokenizerMode::SentencePiece => deberta_tokenizer_mode::SentencePiece,
            _ => unreachable!(),
        } as i32;
        if let Some(seed) = options.random_weights {
            c_options.random_weights = 1;
            c_options.random_seed = seed;
        }
        if let Some(observe) = observe {
            c_options.open_callback = Some(call_observe);
            c_options.open_callback_data = std::ptr::from_ref(observe).cast_mut().cast();
        }
        handle(deberta_model_free, |model, error| call(&c_options, model, error))
    }
}

fn open_folder(
    folder: &Path,
    options: &OpenOptions,
    observe: Option<&Observe>,
) -> Outcome<Handle<deberta_model>> {
    let folder = c_path(folder);
    // SAFETY: the folder is alive during the call.
    open(options, observe, |options, model, error| unsafe {
        deberta_model_open(folder.as_ptr(), options, model, error)
    })
}

impl Api for CApi {
    type Model = Handle<deberta_model>;

    fn open(folder: &Path, options: &OpenOptions) -> Outcome<Self::Model> {
        open_folder(folder, options, None)
    }

    fn open_observed(folder: &Path, options: &OpenOptions, observe: Observe) -> Outcome<Self::Model> {
        open_folder(folder, options, Some(&observe))
    }
    fn from_backbone(backbone: &BackboneConfig, seed: u64, options: &OpenOptions) -> Outcome<Self::Model> {
        // SAFETY: everything is alive during the calls.
        unsafe {
            let mut config = init!(deberta_backbone_config, deberta_backbone_config_init);
            config.vocabulary_size = backbone.vocabulary_size as u64;
            config.num_layers = backbone.num_layers as u64;
            config.num_heads = backbone.num_heads as u64;
            config.hidden_dim = backbone.hidden_dim as u64;
            config.intermediate_dim = backbone.intermediate_dim as u64;
            config.max_sequence_length = backbone.max_sequence_length as u64;
            config.bucket_size = backbone.bucket_size as u64;
            config.dtype = match backbone.dtype {
                WeightType::Float32 => deberta_weight_type::Float32,
                WeightType::Float16 => deberta_weight_type::Float16,
                WeightType::Bfloat16 => deberta_weight_type::Bfloat16,
                _ => unreachable!(),
            } as i32;
            let options = OpenOptions { random_weights: Some(seed), ..options.clone() };
            open(&options, None, |options, model, error| {
                deberta_model_from_backbone(&config, options, model, error)
            })
        }
    }

    fn info(model: &Self::Model) -> Info {
        let model = model.pointer;
        // SAFETY: the handle is live.
        unsafe {
            let mut info = init!(deberta_model_info, deberta_model_info_init);
            check(|error| deberta_model_get_info(model, &mut info, error)).unwrap();
            let label = |index| {
                let mut label = deberta_string { data: ptr::null(), length: 0 };
                check(|error| deberta_model_label(model, index, &mut label, error)).unwrap();
                string(label)
            };
            let file = |index| {
                let (mut path, mut bytes) = (ptr::null(), 0);
                check(|error| deberta_model_file(model, index, &mut path, &mut bytes, error)).unwrap();
                (PathBuf::from(OsStr::from_bytes(CStr::from_ptr(path).to_bytes())), bytes)
            };
            let sets = buffer(-7, |values, capacity, length, error| {
                deberta_instruction_sets(values, capacity, length, error)
            });
            Info {
                parameters: info.parameters,
                packed_bytes: info.packed_bytes,
                mapped_bytes: info.mapped_bytes,
                files: (0..info.files).map(file).collect(),
                threads: info.threads,
                vocab_size: info.vocab_size,
                hidden_size: info.hidden_size,
                embedding_size: info.embedding_size,
                num_hidden_layers: info.num_hidden_layers,
                num_attention_heads: info.num_attention_heads,
                intermediate_size: info.intermediate_size,
                max_position_embeddings: info.max_position_embeddings,
                type_vocab_size: info.type_vocab_size,
                labels: (0..info.num_labels).map(label).collect(),
                pad_token_id: info.pad_token_id,
                position_biased_input: info.position_biased_input == 1,
                head: head(info.head),
                problem_type: match info.problem_type {
                    0 => None,
                    1 => Some(ProblemType::Regression),
                    2 => Some(ProblemType::SingleLabel),
                    3 => Some(ProblemType::MultiLabel),
                    other => panic!("problem type {other}"),
                },
                precision: match info.precision {
                    0 => Precision::Highest,
                    1 => Precision::High,
                    2 => Precision::Medium,
                    3 => Precision::Int8,
                    other => panic!("precision {other}"),
                },
                instruction_set: instruction_set(info.instruction_set),
                available_instruction_sets: sets.unwrap().into_iter().map(instruction_set).collect(),
                has_tokenizer: info.has_tokenizer == 1,
                tensor_prefix: string(deberta_model_tensor_prefix(model)),
            }
        }
    }

    fn encode_ids(
        model: &Self::Model,
        ids: &[u32],
        types: Option<&[u32]>,
        row_offsets: &[usize],
        outputs: Outputs,
    ) -> Outcome<Output> {
        let (tokens, rows) = (ids.len(), row_offsets.len() - 1);
        let (ids, types, row_offsets) = (ids.as_ptr(), pointer(types), row_offsets.as_ptr());
        let (model, options) = (model.pointer, c_encode_options(outputs));
        // SAFETY: everything is alive during the calls.
        unsafe {
            let result = handle(deberta_encoded_free, |encoded, error| {
                deberta_model_encode_ids(
                    model,
                    ids,
                    types,
                    tokens,
                    row_offsets,
                    rows,
                    &options,
                    encoded,
                    error,
                )
            });
            let result = result.map(|encoded| output(encoded, false));
            let none = ptr::null();
            same_into(&result, false, |v, c, l, e| {
                deberta_model_encode_ids_into(model, ids, types, tokens, row_offsets, rows, none, v, c, l, e)
            });
            result
        }
    }

    fn encode_padded(model: &Self::Model, batch: Padded<'_>, outputs: Outputs) -> Outcome<Output> {
        let (rows, length) = (batch.rows, batch.length);
        let (ids, mask, types) = (batch.ids.as_ptr(), pointer(batch.mask), pointer(batch.types));
        let (model, options) = (model.pointer, c_encode_options(outputs));
        // SAFETY: everything is alive during the calls.
        unsafe {
            let result = handle(deberta_encoded_free, |encoded, error| {
                deberta_model_encode_padded(model, ids, mask, types, rows, length, &options, encoded, error)
            });
            let result = result.map(|encoded| output(encoded, false));
            let none = ptr::null();
            same_into(&result, true, |v, c, l, e| {
                deberta_model_encode_padded_into(model, ids, mask, types, rows, length, none, v, c, l, e)
            });
            result
        }
    }

    fn encode_embeddings(
        model: &Self::Model,
        batch: PaddedEmbeddings<'_>,
        outputs: Outputs,
    ) -> Outcome<Output> {
        let PaddedEmbeddings { values, size, mask, rows, length } = batch;
        let (values, mask, types) = (values.as_ptr(), pointer(mask), ptr::null());
        let (model, options) = (model.pointer, c_encode_options(outputs));
        // SAFETY: everything is alive during the calls.
        unsafe {
            let result = handle(deberta_encoded_free, |encoded, error| {
                deberta_model_encode_embeddings(
                    model, values, size, mask, types, rows, length, &options, encoded, error,
                )
            });
            let result = result.map(|encoded| output(encoded, false));
            let none = ptr::null();
            same_into(&result, true, |v, c, l, e| {
                deberta_model_encode_embeddings_into(
                    model, values, size, mask, types, rows, length, none, v, c, l, e,
                )
            });
            result
        }
    }

    fn encode_texts(
        model: &Self::Model,
        texts: &[TextInput<'_>],
        options: &TokenizeOptions,
        outputs: Outputs,
    ) -> Outcome<Output> {
        let texts: Vec<deberta_text> = texts.iter().map(|text| c_text(*text)).collect();
        let (tokenize, encode) = (c_tokenize_options(options), c_encode_options(outputs));
        // SAFETY: everything is alive during the calls.
        let result = handle(deberta_encoded_free, |encoded, error| unsafe {
            deberta_model_encode_texts(
                model.pointer,
                texts.as_ptr(),
                texts.len(),
                &tokenize,
                &encode,
                encoded,
                error,
            )
        });
        result.map(|encoded| output(encoded, true))
    }

    fn token_embeddings(model: &Self::Model, ids: &[u32]) -> Outcome<Vec<u32>> {
        // SAFETY: everything is alive during the calls.
        let result = buffer(7.0, |v, c, l, e| unsafe {
            deberta_model_token_embeddings(model.pointer, ids.as_ptr(), ids.len(), v, c, l, e)
        });
        result.map(|values| bits(&values))
    }

    fn classify(
        model: &Self::Model,
        texts: &[TextInput<'_>],
        options: &ClassifyOptions,
    ) -> Outcome<Vec<Classification>> {
        let texts: Vec<deberta_text> = texts.iter().map(|text| c_text(*text)).collect();
        let tokenize = c_tokenize_options(&options.tokenize);
        // SAFETY: everything is alive during the calls.
        unsafe {
            let mut options = init!(deberta_classify_options, deberta_classify_options_init);
            options.tokenize = &tokenize;
            let answers = handle(deberta_classifications_free, |answers, error| {
                deberta_model_classify(model.pointer, texts.as_ptr(), texts.len(), &options, answers, error)
            })?;
            let answers = answers.pointer;
            let answer = |row| Classification {
                logits: array(|v, l, e| deberta_classifications_logits(answers, row, v, l, e)).unwrap(),
                scores: array(|v, l, e| deberta_classifications_scores(answers, row, v, l, e)).unwrap(),
                ranking: array(|v, l, e| deberta_classifications_ranking(answers, row, v, l, e)).unwrap(),
                truncated: truncated(|report, error| {
                    deberta_classifications_truncation(answers, row, report, error)
                }),
                windows: {
                    let mut windows = 0;
                    check(|error| deberta_classifications_windows(answers, row, &mut windows, error))
                        .unwrap();
                    windows
                },
            };
            Ok((0..deberta_classifications_rows(answers)).map(answer).collect())
        }
    }

    fn explain(model: &Self::Model, text: TextInput<'_>, options: &ExplainOptions) -> Outcome<Explained> {
        explain_in_c(model, text, options)
    }

    fn tokenize(model: &Self::Model, text: TextInput<'_>, options: &TokenizeOptions) -> Outcome<Encoding> {
        let options = c_tokenize_options(options);
        // SAFETY: everything is alive during the calls.
        unsafe {
            let tokens = handle(deberta_tokenized_free, |tokens, error| {
                deberta_tokenizer_encode(tokenizer(model), &c_text(text), &options, tokens, error)
            })?;
            Ok(encoding(tokens.pointer))
        }
    }

    fn decode(model: &Self::Model, ids: &[u32], skip_special_tokens: bool) -> Outcome<String> {
        // SAFETY: everything is alive during the calls.
        let text = buffer(7, |text, capacity, length, error| unsafe {
            let (ids, count, skip) = (ids.as_ptr(), ids.len(), skip_special_tokens.into());
            deberta_tokenizer_decode(tokenizer(model), ids, count, skip, text, capacity, length, error)
        })?;
        Ok(utf8(&text))
    }

    fn token(model: &Self::Model, id: u32) -> Option<String> {
        // SAFETY: everything is alive during the calls.
        let token =
            buffer(7, |v, c, l, e| unsafe { deberta_tokenizer_token(tokenizer(model), id, v, c, l, e) });
        token.ok().map(|token| utf8(&token))
    }

    fn id(model: &Self::Model, token: &str) -> Option<u32> {
        let mut id = 0;
        // SAFETY: everything is alive during the call.
        let found = check(|error| unsafe {
            deberta_tokenizer_id(tokenizer(model), token.as_ptr().cast(), token.len(), &mut id, error)
        });
        found.ok().map(|()| id)
    }

    fn vocabulary_size(model: &Self::Model) -> usize {
        // SAFETY: the handle is live.
        unsafe { deberta_tokenizer_vocabulary_size(tokenizer(model)) }
    }

    fn special_tokens(model: &Self::Model) -> SpecialTokens {
        // SAFETY: the handle is live.
        unsafe {
            let mut ids = init!(deberta_special_tokens, deberta_special_tokens_init);
            check(|error| deberta_tokenizer_special_tokens(tokenizer(model), &mut ids, error)).unwrap();
            let id = |id: i64| u32::try_from(id).ok();
            SpecialTokens {
                cls: id(ids.cls),
                sep: id(ids.sep),
                pad: id(ids.pad),
                unk: id(ids.unk),
                mask: id(ids.mask),
            }
        }
    }
}

fn utf8(bytes: &[c_char]) -> String {
    String::from_utf8(bytes.iter().map(|&byte| byte as u8).collect()).unwrap()
}
