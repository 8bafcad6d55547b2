//! Hidden states and embeddings in safetensors files.

use std::ops::ControlFlow;
use std::path::Path;

use deberta::{
    Batch, EmbedOptions, Encoded, Encoding, Model, Outputs, RunObserver, RunOptions, TextInput,
    TokenizeOptions,
};

use super::EncodeArguments;
use crate::arguments::GlobalArguments;
use crate::commands::truncation_notice;
use crate::failure::Failure;
use crate::output_file::OutputFile;
use crate::stream::{Place, Text};
use crate::tensor_file::{self, ResultTensor, TokenTensors};
use crate::{model, progress};

/// Padded tokens that are encoded in one call: bounds scratch memory, and lets the progress bar move.
const TOKENS_PER_CALL: usize = 4096;

/// Encodes the tokens of a safetensors file.
pub fn encode_tensors(
    global: &GlobalArguments,
    arguments: &EncodeArguments,
    input: &Path,
    output: &Path,
) -> Result<(), Failure> {
    let tokens = TokenTensors::read(input)?;
    let output = OutputFile::create(output)?;
    let model = model::open(global)?;
    let results =
        encode_padded(&model, &tokens, arguments).map_err(|failure| failure.within(input.display()))?;
    tensor_file::write(output, &results)
}

/// Encodes texts into one file, of which they are the rows.
pub fn encode_texts(
    global: &GlobalArguments,
    arguments: &EncodeArguments,
    output: &Path,
) -> Result<(), Failure> {
    if arguments.output.resume || arguments.run.timeout.is_some() {
        return Err(Failure::Usage("--resume and --timeout need an --output called *.jsonl".into()));
    }
    let texts = arguments.source.source()?.read_all()?;
    if texts.is_empty() {
        return Err(Failure::Failed("there is no text to encode; the input is empty".into()));
    }
    let output = OutputFile::create(output)?;
    let model = model::open(global)?;
    let mut results = Vec::new();
    let embed = arguments.embed_options(global, &model);
    let every_token = embed.is_none() || arguments.all_layers || arguments.attentions;
    if let Some(options) = embed {
        results.push(embeddings(&model, &texts, options)?);
    }
    if every_token {
        let options = global.tokenize_options(Some(model.config().max_position_embeddings));
        let tokens = padded(&tokenize(&model, &texts, &options)?, model.config().pad_token_id);
        results.extend(encode_padded(&model, &tokens, arguments)?);
        let shape = [tokens.rows, tokens.length];
        results.push(ResultTensor::int64("input_ids", &shape, &tokens.input_ids));
        let mask = tokens.attention_mask.as_deref().unwrap_or_default();
        results.push(ResultTensor::int64("attention_mask", &shape, mask));
    }
    tensor_file::write(output, &results)
}

/// `embeddings` [texts, hidden_size]
fn embeddings(
    model: &Model,
    texts: &[(Place, Text)],
    options: EmbedOptions,
) -> Result<ResultTensor, Failure> {
    let inputs: Vec<TextInput<'_>> = texts.iter().map(|(_, text)| text.input()).collect();
    let progress = progress::counted("texts", Some(texts.len()));
    let bar = progress.clone();
    let observer = RunObserver::new(move |run| {
        bar.set_position(run.texts as u64);
        ControlFlow::Continue(())
    });
    let run = RunOptions { progress: observer, ..RunOptions::default() };
    let embeddings = model.embed(&inputs, &EmbedOptions { run, ..options })?;
    progress.finish_and_clear();
    for ((place, _), embedding) in texts.iter().zip(&embeddings) {
        truncation_notice::warn(place, embedding.truncated.as_ref());
    }
    let values: Vec<f32> = embeddings.into_iter().flat_map(|embedding| embedding.vector).collect();
    Ok(ResultTensor::float32("embeddings", &[texts.len(), values.len() / texts.len()], &values))
}

fn tokenize(
    model: &Model,
    texts: &[(Place, Text)],
    options: &TokenizeOptions,
) -> Result<Vec<Encoding>, Failure> {
    let tokenizer = model::tokenizer(model)?;
    let mut encodings = Vec::with_capacity(texts.len());
    for (place, text) in texts {
        let encoding =
            tokenizer.encode(text.input(), options).map_err(|error| Failure::from(error).within(place))?;
        truncation_notice::warn(place, encoding.truncated.as_ref());
        encodings.push(encoding);
    }
    Ok(encodings)
}

/// Encodings as rows padded on the right.
fn padded(encodings: &[Encoding], pad_token_id: u32) -> TokenTensors {
    let length = encodings.iter().map(Encoding::len).max().unwrap_or(0);
    let pad = |values: &[u32], padding: u32| {
        let padding = std::iter::repeat_n(i64::from(padding), length - values.len());
        values.iter().map(|&value| i64::from(value)).chain(padding).collect::<Vec<_>>()
    };
    TokenTensors {
        rows: encodings.len(),
        length,
        input_ids: encodings.iter().flat_map(|encoding| pad(&encoding.ids, pad_token_id)).collect(),
        attention_mask: Some(
            encodings.iter().flat_map(|encoding| pad(&vec![1; encoding.len()], 0)).collect(),
        ),
        token_type_ids: Some(
            encodings.iter().flat_map(|encoding| pad(&encoding.token_type_ids, 0)).collect(),
        ),
    }
}

/// Encodes padded tokens some rows at a time; the results do not depend on how many.
fn encode_padded(
    model: &Model,
    tokens: &TokenTensors,
    arguments: &EncodeArguments,
) -> Result<Vec<ResultTensor>, Failure> {
    let TokenTensors { rows, length, .. } = *tokens;
    let mask = tokens.attention_mask.as_deref();
    let types = tokens.token_type_ids.as_deref();
    // Checks the whole input first, so that messages count rows from its start and nothing is computed in vain.
    Batch::from_padded(&tokens.input_ids, mask, types, rows, length)?;

    let outputs = Outputs {
        hidden_states: arguments.all_layers,
        attentions: arguments.attentions,
        logits: model.head().is_some() && arguments.layer.is_none(),
        layers: arguments.layer,
    };
    let rows_per_call = (TOKENS_PER_CALL / length).clamp(1, rows);
    let progress = progress::counted("rows", Some(rows));
    let mut results: Vec<ResultTensor> = Vec::new();
    for start in (0..rows).step_by(rows_per_call) {
        let end = (start + rows_per_call).min(rows);
        let range = start * length..end * length;
        let batch = Batch::from_padded(
            &tokens.input_ids[range.clone()],
            mask.map(|mask| &mask[range.clone()]),
            types.map(|types| &types[range.clone()]),
            end - start,
            length,
        )?;
        let encoded = model.encode(&batch, outputs).map_err(|error| {
            let failure = Failure::from(error);
            match start {
                0 => failure,
                _ => failure.within(format!("counting rows from row {start}")),
            }
        })?;
        let parts = to_tensors(model, &encoded);
        if results.is_empty() {
            results = parts;
        } else {
            results.iter_mut().zip(parts).for_each(|(result, part)| result.append(part));
        }
        progress.inc((end - start) as u64);
    }
    progress.finish_and_clear();
    Ok(results)
}

fn to_tensors(model: &Model, encoded: &Encoded) -> Vec<ResultTensor> {
    let (rows, length, hidden_size) = (encoded.rows(), encoded.length(), encoded.hidden_size());
    let shape = [rows, length, hidden_size];
    let padded =
        |name: String, values: &[f32]| ResultTensor::float32(name, &shape, &encoded.to_padded(values));
    let mut tensors = vec![padded("last_hidden_state".into(), encoded.last_hidden_state())];
    for (layer, values) in encoded.hidden_states().iter().enumerate() {
        tensors.push(padded(format!("hidden_states.{layer}"), values));
    }
    let heads = model.config().num_attention_heads;
    for layer in 0..encoded.attentions().len() {
        let values = encoded.padded_attentions(layer);
        let shape = [rows, heads, length, length];
        tensors.push(ResultTensor::float32(format!("attentions.{layer}"), &shape, &values));
    }
    if let Some(logits) = encoded.logits() {
        tensors.push(if logits.head.is_pooled() {
            ResultTensor::float32("logits", &[rows, logits.labels], &logits.values)
        } else {
            let shape = [rows, length, logits.labels];
            ResultTensor::float32("logits", &shape, &encoded.to_padded(&logits.values))
        });
    }
    tensors
}
