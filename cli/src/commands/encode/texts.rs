//! Embeddings of a stream of texts.

use deberta::{Batch, Encoding, Model, Outputs, RunOptions, TokenizeOptions, TruncatedText};
use serde::Serialize;

use super::{EncodeArguments, Pool, pooled};
use crate::arguments::GlobalArguments;
use crate::commands::truncation_notice::{self, JsonTruncation};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{ChunkLimit, Stream, Task, Text, WrittenTask};

pub fn run(global: &GlobalArguments, arguments: &EncodeArguments) -> Result<(), Failure> {
    let source = arguments.source.source()?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    model::tokenizer(&model)?;
    let tokenize = global.tokenize_options(Some(model.config().max_position_embeddings));
    stream.run(&Encode { model: &model, tokenize, pool: arguments.pool }).map(drop)
}

struct Encode<'a> {
    model: &'a Model,
    tokenize: TokenizeOptions,
    pool: Pool,
}

/// A text's tokens and their hidden states [tokens, hidden_size].
struct Encoded {
    encoding: Encoding,
    hidden_states: Vec<f32>,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
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

impl Encode<'_> {
    fn pooled(&self, encoded: &Encoded) -> Option<Vec<f32>> {
        pooled(self.pool, &encoded.hidden_states, self.model.config().hidden_size)
    }
}

impl Task for Encode<'_> {
    type Record = Text;
    type Answer = Encoded;

    /// A token has at least one byte, and the hidden states of all of them are in memory.
    const CHUNK: ChunkLimit = ChunkLimit { records: 64, bytes: 1 << 13 };

    fn answer(&self, texts: &[Text], run: &RunOptions) -> deberta::Result<Vec<Encoded>> {
        let Some(tokenizer) = self.model.tokenizer().filter(|_| !texts.is_empty()) else {
            return Ok(Vec::new());
        };
        let encodings = texts.iter().map(|text| tokenizer.encode(text.input(), &self.tokenize));
        let encodings = encodings.collect::<deberta::Result<Vec<Encoding>>>()?;
        let encoded = self.model.encode_with(&Batch::from_encodings(&encodings)?, Outputs::default(), run)?;
        let rows = encodings.into_iter().enumerate();
        Ok(rows
            .map(|(row, encoding)| Encoded { encoding, hidden_states: encoded.row(row).to_vec() })
            .collect())
    }
}

impl WrittenTask for Encode<'_> {
    const SEVERAL_LINES: bool = false;

    fn to_json<'a>(&'a self, text: &'a Text, encoded: &'a Encoded) -> impl Serialize {
        let embedding = self.pooled(encoded);
        let every_token = embedding.is_none();
        let hidden_size = self.model.config().hidden_size;
        JsonAnswer {
            text: &text.text,
            pair: text.pair.as_deref(),
            embedding,
            tokens: every_token.then_some(encoded.encoding.tokens.as_slice()),
            last_hidden_state: every_token.then(|| encoded.hidden_states.chunks(hidden_size).collect()),
            truncated: truncation_notice::to_json(encoded.encoding.truncated.as_ref()),
        }
    }

    /// The numbers of a vector in one line.
    fn print(&self, _: &Text, encoded: &Encoded, printer: &mut Printer) -> Result<(), Failure> {
        match self.pooled(encoded) {
            Some(embedding) => printer.line(numbers(&embedding)),
            None => encoded
                .hidden_states
                .chunks(self.model.config().hidden_size)
                .try_for_each(|state| printer.line(numbers(state))),
        }
    }

    fn truncated<'a>(&self, encoded: &'a Encoded) -> Option<&'a TruncatedText> {
        encoded.encoding.truncated.as_ref()
    }
}

fn numbers(values: &[f32]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
