//! A vector for each text of a stream.

use deberta::{EmbedOptions, Embedding, Model, RunOptions, TextInput, TruncatedText};
use serde::Serialize;

use super::numbers;
use crate::commands::coverage::JsonCoverage;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::stream::{ChunkLimit, Task, Text, WrittenTask};

pub struct Embed<'a> {
    pub model: &'a Model,
    pub options: EmbedOptions,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    embedding: &'a [f32],
    #[serde(flatten)]
    coverage: JsonCoverage,
}

impl Task for Embed<'_> {
    type Record = Text;
    type Answer = Embedding;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, texts: &[Text], run: &RunOptions) -> deberta::Result<Vec<Embedding>> {
        let inputs: Vec<TextInput<'_>> = texts.iter().map(Text::input).collect();
        self.model.embed(&inputs, &EmbedOptions { run: run.clone(), ..self.options.clone() })
    }
}

impl WrittenTask for Embed<'_> {
    fn to_json<'a>(&'a self, text: &'a Text, answer: &'a Embedding) -> impl Serialize {
        JsonAnswer {
            text: &text.text,
            pair: text.pair.as_deref(),
            embedding: &answer.vector,
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    fn print(&self, _: &Text, answer: &Embedding, printer: &mut Printer) -> Result<(), Failure> {
        printer.line(numbers(&answer.vector))
    }

    fn truncated<'a>(&self, answer: &'a Embedding) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
