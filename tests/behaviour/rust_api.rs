//! The suite's interface over the Rust types.

use std::ops::ControlFlow;
use std::path::Path;

use deberta::{
    BackboneConfig, Batch, Classification, ClassifyOptions, Encoded, Encoding, Error, ExplainOptions, Model,
    OpenObserver, OpenOptions, OpenStage, Outputs, RunOptions, SpecialTokens, TextInput, TokenizeOptions,
    Tokenizer,
};

use crate::api::{
    Api, Failure, Info, Observe, Outcome, Output, OutputLogits, Padded, PaddedEmbeddings, bits,
};
use crate::explain::{Explained, explain_in_rust};

pub struct RustApi;

pub fn failure(error: Error) -> Failure {
    Failure { status: error.kind() as i32, message: error.message().to_owned() }
}

fn tokenizer(model: &Model) -> &Tokenizer {
    model.tokenizer().expect("the model has a tokenizer")
}

fn output(encoded: &Encoded, tokenized: Vec<Encoding>) -> Output {
    let layers = |layers: &[Vec<f32>]| layers.iter().map(|values| bits(values)).collect();
    Output {
        rows: encoded.rows(),
        length: encoded.length(),
        hidden_size: encoded.hidden_size(),
        row_offsets: encoded.row_offsets().to_vec(),
        positions: encoded.positions().to_vec(),
        last_hidden_state: bits(encoded.last_hidden_state()),
        last_hidden_state_padded: bits(&encoded.to_padded(encoded.last_hidden_state())),
        hidden_states: layers(encoded.hidden_states()),
        hidden_states_padded: encoded
            .hidden_states()
            .iter()
            .map(|values| bits(&encoded.to_padded(values)))
            .collect(),
        attentions: layers(encoded.attentions()),
        attentions_padded: (0..encoded.attentions().len())
            .map(|layer| bits(&encoded.padded_attentions(layer)))
            .collect(),
        logits: encoded.logits().map(|logits| OutputLogits {
            head: logits.head,
            labels: logits.labels,
            values: bits(&logits.values),
            padded: match logits.head.is_pooled() {
                true => bits(&logits.values),
                false => bits(&encoded.to_padded(&logits.values)),
            },
        }),
        tokenized,
    }
}

fn encode(model: &Model, batch: deberta::Result<Batch>, outputs: Outputs) -> Outcome<Output> {
    let encoded = batch.and_then(|batch| model.encode(&batch, outputs)).map_err(failure)?;
    Ok(output(&encoded, Vec::new()))
}

impl Api for RustApi {
    type Model = Model;

    fn open(folder: &Path, options: &OpenOptions) -> Outcome<Model> {
        Model::open(folder, options).map_err(failure)
    }

    fn open_observed(folder: &Path, options: &OpenOptions, observe: Observe) -> Outcome<Model> {
        let observer = OpenObserver::new(move |progress| {
            let stage = match progress.stage {
                OpenStage::Checkpoint => 1,
                OpenStage::Tokenizer => 2,
                OpenStage::Packing => 3,
                OpenStage::Mapping => 4,
                _ => unreachable!(),
            };
            match observe(stage, progress.bytes, progress.total_bytes) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        Self::open(folder, &OpenOptions { observer, ..options.clone() })
    }

    fn from_backbone(backbone: &BackboneConfig, seed: u64, options: &OpenOptions) -> Outcome<Model> {
        Model::from_backbone(backbone, seed, options).map_err(failure)
    }

    fn info(model: &Model) -> Info {
        let (info, config) = (model.info(), model.config());
        Info {
            parameters: info.parameters,
            packed_bytes: info.packed_bytes,
            mapped_bytes: info.mapped_bytes,
            files: info.files,
            threads: info.threads,
            vocab_size: config.vocab_size,
            hidden_size: config.hidden_size,
            embedding_size: config.embedding_size,
            num_hidden_layers: config.num_hidden_layers,
            num_attention_heads: config.num_attention_heads,
            intermediate_size: config.intermediate_size,
            max_position_embeddings: config.max_position_embeddings,
            type_vocab_size: config.type_vocab_size,
            labels: config.id2label.clone(),
            pad_token_id: config.pad_token_id,
            position_biased_input: config.position_biased_input,
            head: info.head,
            problem_type: config.problem_type,
            precision: info.precision,
            instruction_set: info.instruction_set,
            available_instruction_sets: info.available_instruction_sets,
            has_tokenizer: model.tokenizer().is_some(),
            tensor_prefix: info.tensor_prefix,
        }
    }

    fn encode_ids(
        model: &Model,
        ids: &[u32],
        types: Option<&[u32]>,
        row_offsets: &[usize],
        outputs: Outputs,
    ) -> Outcome<Output> {
        encode(model, Batch::from_ragged(ids, types, row_offsets), outputs)
    }

    fn encode_padded(model: &Model, batch: Padded<'_>, outputs: Outputs) -> Outcome<Output> {
        let Padded { ids, mask, types, rows, length } = batch;
        encode(model, Batch::from_padded(ids, mask, types, rows, length), outputs)
    }

    fn encode_embeddings(model: &Model, batch: PaddedEmbeddings<'_>, outputs: Outputs) -> Outcome<Output> {
        let PaddedEmbeddings { values, size, mask, rows, length } = batch;
        encode(model, Batch::from_embeddings(values, size, mask, None, rows, length), outputs)
    }

    fn encode_texts(
        model: &Model,
        texts: &[TextInput<'_>],
        options: &TokenizeOptions,
        outputs: Outputs,
    ) -> Outcome<Output> {
        let encoded = model.encode_texts(texts, options, outputs, &RunOptions::default());
        encoded.map(|(encoded, encodings)| output(&encoded, encodings)).map_err(failure)
    }

    fn token_embeddings(model: &Model, ids: &[u32]) -> Outcome<Vec<u32>> {
        model.token_embeddings(ids).map(|values| bits(&values)).map_err(failure)
    }

    fn classify(
        model: &Model,
        texts: &[TextInput<'_>],
        options: &ClassifyOptions,
    ) -> Outcome<Vec<Classification>> {
        model.classify(texts, options).map_err(failure)
    }

    fn explain(model: &Model, text: TextInput<'_>, options: &ExplainOptions) -> Outcome<Explained> {
        explain_in_rust(model, text, options).map_err(failure)
    }

    fn tokenize(model: &Model, text: TextInput<'_>, options: &TokenizeOptions) -> Outcome<Encoding> {
        tokenizer(model).encode(text, options).map_err(failure)
    }

    fn decode(model: &Model, ids: &[u32], skip_special_tokens: bool) -> Outcome<String> {
        tokenizer(model).decode(ids, skip_special_tokens).map_err(failure)
    }

    fn token(model: &Model, id: u32) -> Option<String> {
        tokenizer(model).token(id)
    }

    fn id(model: &Model, token: &str) -> Option<u32> {
        tokenizer(model).id(token)
    }

    fn vocabulary_size(model: &Model) -> usize {
        tokenizer(model).vocabulary_size()
    }

    fn special_tokens(model: &Model) -> SpecialTokens {
        tokenizer(model).special_tokens()
    }
}
