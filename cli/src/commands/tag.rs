//! `deberta tag`: names of persons, places and whatever else the model's labels say, and where they stand.

use clap::Args;
use deberta::{Aggregation, Entity, Model, RunOptions, TagOptions, Tagged, TruncatedText};
use serde::Serialize;

use super::coverage::JsonCoverage;
use super::excerpt::excerpt;
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, OutputArguments, RunArguments, Stream, Task, Text, TextArguments, WrittenTask,
};

/// Label the words of texts with the model's token classifier
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model NER-DIR tag 'Marie Curie worked in Paris.'       a line for each entity: label, score, bytes, text
  deberta --model NER-DIR tag --aggregation none 'a text'          a line for each token
  deberta --model NER-DIR tag --json --windows=64 < articles.txt   long texts as a whole
  deberta --model NER-DIR tag --file texts.jsonl --output entities.jsonl --resume")]
pub struct TagArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// What becomes of the tokens of an entity: none (each is one), simple, first, average or max
    #[arg(long, default_value_t = Aggregation::Simple, value_name = "NAME")]
    pub aggregation: Aggregation,
    /// Labels that are left out
    #[arg(long, value_delimiter = ',', default_value = "O", value_name = "LIST")]
    pub ignore_labels: Vec<String>,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &TagArguments) -> Result<(), Failure> {
    let source = arguments.source.source()?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let options = TagOptions {
        aggregation: arguments.aggregation,
        ignored_labels: arguments.ignore_labels.clone(),
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        ..TagOptions::default()
    };
    stream.run(&Tagging { model: &model, options }).map(drop)
}

struct Tagging<'a> {
    model: &'a Model,
    options: TagOptions,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    entities: Vec<JsonEntity<'a>>,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

#[derive(Serialize)]
struct JsonEntity<'a> {
    label: &'a str,
    score: f32,
    word: &'a str,
    bytes: [usize; 2],
    chars: [usize; 2],
    tokens: [usize; 2],
}

impl<'a> From<&'a Entity> for JsonEntity<'a> {
    fn from(entity: &'a Entity) -> Self {
        Self {
            label: &entity.label,
            score: entity.score,
            word: &entity.word,
            bytes: [entity.byte_range.start, entity.byte_range.end],
            chars: [entity.char_range.start, entity.char_range.end],
            tokens: [entity.tokens.start, entity.tokens.end],
        }
    }
}

impl Task for Tagging<'_> {
    type Record = Text;
    type Answer = Tagged;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, texts: &[Text], run: &RunOptions) -> deberta::Result<Vec<Tagged>> {
        let texts: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
        self.model.tag(&texts, &TagOptions { run: run.clone(), ..self.options.clone() })
    }
}

impl WrittenTask for Tagging<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, text: &'a Text, answer: &'a Tagged) -> impl Serialize {
        JsonAnswer {
            text: &text.text,
            entities: answer.entities.iter().map(JsonEntity::from).collect(),
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    /// `label<TAB>score<TAB>start<TAB>end<TAB>text`, with offsets in bytes.
    fn print(&self, text: &Text, answer: &Tagged, printer: &mut Printer) -> Result<(), Failure> {
        for Entity { label, score, byte_range, .. } in &answer.entities {
            let (start, end) = (byte_range.start, byte_range.end);
            let words = excerpt(&text.text[byte_range.clone()]);
            printer.line(format_args!("{label}\t{score:.6}\t{start}\t{end}\t{words}"))?;
        }
        Ok(())
    }

    fn truncated<'a>(&self, answer: &'a Tagged) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
