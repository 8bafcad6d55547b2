//! `deberta encode`: hidden states of token tensors, or embeddings of texts.

use std::path::Path;

use deberta::{Batch, Encoded, Encoding, Model, Outputs, TokenizeOptions};
use serde::Serialize;

use super::truncation_notice::{self, JsonTruncation};
use crate::arguments::{EncodeArguments, GlobalArguments, Pool};
use crate::failure::Failure;
use crate::output_file::OutputFile;
use crate::printer::Printer;
use crate::tensor_file::{self, ResultTensor, TokenTensors};
use crate::text_source::{Text, TextSource};
use crate::{model, progress};

/// Padded tokens that are encoded in one call: bounds scratch memory, and lets the progress bar move.
const TOKENS_PER_CALL: usize = 4096;

pub fn run(global: &GlobalArguments, arguments: &EncodeArguments) -> Result<(), Failure> {
    match (&arguments.tensors, &arguments.output) {
        (Some(input), Some(output)) => encode_tensors(global, arguments, input, output),
        (Some(_), None) => Err(Failure::Usage("--tensors needs --output OUT.safetensors".into())),
        (None, Some(output)) => encode_texts_to_file(global, arguments, output),
        (None, None) => print_embeddings(global, arguments),
    }
}

fn encode_tensors(
    global: &GlobalArguments,
    arguments: &EncodeArguments,
    input: &Path,
    output: &Path,
) -> Result<(), Failure> {
    let tokens = TokenTensors::read(input)?;
    let output = OutputFile::create(output)?;
    let model = model::open(global)?;
    let results =
        encode_padded(&model, &tokens, arguments, None).map_err(|failure| failure.within(input.display()))?;
    tensor_file::write(output, &results)
}

fn encode_texts_to_file(
    global: &GlobalArguments,
    arguments: &EncodeArguments,
    output: &Path,
) -> Result<(), Failure> {
    let texts = TextSource::open(&arguments.source)?.read_all()?;
    if texts.is_empty() {
        return Err(Failure::Failed("there is no text to encode; the input is empty".into()));
    }
    let output = OutputFile::create(output)?;
    let model = model::open(global)?;
    let options = global.tokenize_options(Some(model.config().max_position_embeddings));
    let encodings = tokenize(&model, &texts, 0, &options)?;
    let tokens = padded(&encodings, model.config().pad_token_id);
    let mut results = encode_padded(&model, &tokens, arguments, Some(arguments.pool))?;
    if arguments.pool == Pool::None {
        let shape = [tokens.rows, tokens.length];
        results.push(ResultTensor::int64("input_ids", &shape, &tokens.input_ids));
        let mask = tokens.attention_mask.as_deref().unwrap_or_default();
        results.push(ResultTensor::int64("attention_mask", &shape, mask));
    }
    tensor_file::write(output, &results)
}

fn print_embeddings(global: &GlobalArguments, arguments: &EncodeArguments) -> Result<(), Failure> {
    let mut source = TextSource::open(&arguments.source)?;
    let model = model::open(global)?;
    let options = global.tokenize_options(Some(model.config().max_position_embeddings));
    let mut printer = Printer::new();
    let mut done = 0;
    loop {
        let texts = source.next_chunk()?;
        if texts.is_empty() {
            return Ok(());
        }
        let encodings = tokenize(&model, &texts, done, &options)?;
        let mut rest = (texts.as_slice(), encodings.as_slice());
        while !rest.0.is_empty() {
            let count = rows_of_next_call(rest.1.iter().map(Encoding::len));
            let encoded = model.encode(&Batch::from_encodings(&rest.1[..count])?, Outputs::default())?;
            for row in 0..count {
                print_row(
                    &mut printer,
                    global.json,
                    arguments.pool,
                    &rest.0[row],
                    &rest.1[row],
                    &encoded,
                    row,
                )?;
            }
            rest = (&rest.0[count..], &rest.1[count..]);
        }
        printer.flush()?;
        done += texts.len();
    }
}

#[derive(Serialize)]
struct JsonEmbedding<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<Vec<f32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_hidden_state: Option<Vec<&'a [f32]>>,
    truncated: Option<JsonTruncation>,
}

fn print_row(
    printer: &mut Printer,
    as_json: bool,
    pool: Pool,
    text: &Text,
    encoding: &Encoding,
    encoded: &Encoded,
    row: usize,
) -> Result<(), Failure> {
    let hidden_size = encoded.hidden_size();
    let hidden_states = encoded.row(row);
    let embedding = pooled(pool, hidden_states, hidden_size);
    if as_json {
        let every_token = embedding.is_none();
        return printer.json(&JsonEmbedding {
            text: &text.text,
            pair: text.pair.as_deref(),
            embedding,
            tokens: every_token.then_some(encoding.tokens.as_slice()),
            last_hidden_state: every_token.then(|| hidden_states.chunks(hidden_size).collect()),
            truncated: truncation_notice::to_json(encoding.truncated.as_ref()),
        });
    }
    match embedding {
        Some(embedding) => printer.line(numbers(&embedding)),
        None => hidden_states.chunks(hidden_size).try_for_each(|state| printer.line(numbers(state))),
    }
}

fn numbers(values: &[f32]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The vector of one row's valid tokens, `hidden_states` [tokens, hidden_size]; `None` without pooling.
fn pooled(pool: Pool, hidden_states: &[f32], hidden_size: usize) -> Option<Vec<f32>> {
    match pool {
        Pool::None => None,
        Pool::Cls => Some(hidden_states[..hidden_size].to_vec()),
        Pool::Mean => {
            let mut sums = vec![0.0_f64; hidden_size];
            for state in hidden_states.chunks_exact(hidden_size) {
                for (sum, value) in sums.iter_mut().zip(state) {
                    *sum += f64::from(*value);
                }
            }
            let tokens = (hidden_states.len() / hidden_size) as f64;
            Some(sums.into_iter().map(|sum| (sum / tokens) as f32).collect())
        }
    }
}

fn tokenize(
    model: &Model,
    texts: &[Text],
    done: usize,
    options: &TokenizeOptions,
) -> Result<Vec<Encoding>, Failure> {
    let tokenizer = model::tokenizer(model)?;
    let mut encodings = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let place = text.place(done + index + 1);
        let encoding =
            tokenizer.encode(text.input(), options).map_err(|error| Failure::from(error).within(&place))?;
        truncation_notice::warn(&place, encoding.truncated.as_ref());
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

/// How many rows of these lengths to encode in one call: at least one.
fn rows_of_next_call(lengths: impl Iterator<Item = usize>) -> usize {
    let mut tokens = 0;
    let fitting = lengths.take_while(|length| {
        tokens += length;
        tokens <= TOKENS_PER_CALL
    });
    fitting.count().max(1)
}

/// Encodes padded tokens some rows at a time; the results do not depend on how many. With a pool other than none,
/// `embeddings` [rows, hidden_size] takes the place of `last_hidden_state`.
fn encode_padded(
    model: &Model,
    tokens: &TokenTensors,
    arguments: &EncodeArguments,
    pool: Option<Pool>,
) -> Result<Vec<ResultTensor>, Failure> {
    let TokenTensors { rows, length, .. } = *tokens;
    let mask = tokens.attention_mask.as_deref();
    let types = tokens.token_type_ids.as_deref();
    // Checks the whole input first, so that messages count rows from its start and nothing is computed in vain.
    Batch::from_padded(&tokens.input_ids, mask, types, rows, length)?;

    let outputs = Outputs {
        hidden_states: arguments.all_layers,
        attentions: arguments.attentions,
        logits: model.head().is_some(),
        layers: None,
    };
    let rows_per_call = (TOKENS_PER_CALL / length).clamp(1, rows);
    let progress = progress::bar(rows as u64, "rows", false);
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
        let parts = to_tensors(model, &encoded, pool);
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

fn to_tensors(model: &Model, encoded: &Encoded, pool: Option<Pool>) -> Vec<ResultTensor> {
    let (rows, length, hidden_size) = (encoded.rows(), encoded.length(), encoded.hidden_size());
    let shape = [rows, length, hidden_size];
    let padded =
        |name: String, values: &[f32]| ResultTensor::float32(name, &shape, &encoded.to_padded(values));
    let mut tensors = Vec::new();
    match pool {
        Some(pool @ (Pool::Cls | Pool::Mean)) => {
            let embeddings: Vec<f32> =
                (0..rows).filter_map(|row| pooled(pool, encoded.row(row), hidden_size)).flatten().collect();
            tensors.push(ResultTensor::float32("embeddings", &[rows, hidden_size], &embeddings));
        }
        _ => tensors.push(padded("last_hidden_state".into(), encoded.last_hidden_state())),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling() {
        let states = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(pooled(Pool::Cls, &states, 2), Some(vec![1.0, 2.0]));
        assert_eq!(pooled(Pool::Mean, &states, 2), Some(vec![2.0, 4.0]));
        assert_eq!(pooled(Pool::None, &states, 2), None);
    }

    #[test]
    fn calls_are_bounded_and_never_empty() {
        assert_eq!(rows_of_next_call([TOKENS_PER_CALL + 1, 1].into_iter()), 1);
        assert_eq!(rows_of_next_call([TOKENS_PER_CALL / 2; 5].into_iter()), 2);
        assert_eq!(rows_of_next_call([1; 5].into_iter()), 5);
    }
}
