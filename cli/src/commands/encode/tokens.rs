//! A vector for each token of each text of a stream.

use deberta::{Encoding, Model, Outputs, RunOptions, TextInput, TokenizeOptions, TruncatedText};
use serde::Serialize;

use super::numbers;
use crate::commands::truncation_notice::{self, JsonTruncation};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::stream::{ChunkLimit, Task, Text, WrittenTask};

pub struct EncodeTokens<'a> {
    pub model: &'a Model,
    pub tokenize: TokenizeOptions,
    pub outputs: Outputs,
}

/// A text's tokens and their hidden states [tokens, hidden_size].
pub struct EncodedTokens {
    encoding: Encoding,
    hidden_states: Vec<f32>,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    tokens: &'a [String],
    last_hidden_state: Vec<&'a [f32]>,
    truncated: Option<JsonTruncation>,
}

impl EncodeTokens<'_> {
    fn vectors<'a>(&self, answer: &'a EncodedTokens) -> impl Iterator<Item = &'a [f32]> {
        answer.hidden_states.chunks(self.model.config().hidden_size)
    }
}

impl Task for EncodeTokens<'_> {
    type Record = Text;
    type Answer = EncodedTokens;

    /// A token has at least one byte, and the vectors of all of them are in memory.
    const CHUNK: ChunkLimit = ChunkLimit { records: 64, bytes: 1 << 13 };

    fn answer(&self, texts: &[Text], run: &RunOptions) -> deberta::Result<Vec<EncodedTokens>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let inputs: Vec<TextInput<'_>> = texts.iter().map(Text::input).collect();
        let (encoded, encodings) = self.model.encode_texts(&inputs, &self.tokenize, self.outputs, run)?;
        let rows = encodings.into_iter().enumerate();
        Ok(rows
            .map(|(row, encoding)| EncodedTokens { encoding, hidden_states: encoded.row(row).to_vec() })
            .collect())
    }
}

impl WrittenTask for EncodeTokens<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, text: &'a Text, answer: &'a EncodedTokens) -> impl Serialize {
        JsonAnswer {
            text: &text.text,
            pair: text.pair.as_deref(),
            tokens: &answer.encoding.tokens,
            last_hidden_state: self.vectors(answer).collect(),
            truncated: truncation_notice::to_json(answer.encoding.truncated.as_ref()),
        }
    }

    /// The numbers of each token's vector in one line.
    fn print(&self, _: &Text, answer: &EncodedTokens, printer: &mut Printer) -> Result<(), Failure> {
        self.vectors(answer).try_for_each(|vector| printer.line(numbers(vector)))
    }

    fn truncated<'a>(&self, answer: &'a EncodedTokens) -> Option<&'a TruncatedText> {
        answer.encoding.truncated.as_ref()
    }
}
