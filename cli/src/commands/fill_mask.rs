//! `deberta fill-mask`: what may stand in the place of `[MASK]`.

use clap::Args;
use deberta::{Fill, FillMaskOptions, FilledMask, FilledMasks, Model, RunOptions, TruncatedText};
use serde::Serialize;

use super::coverage::JsonCoverage;
use super::excerpt::in_one_line;
use crate::arguments::{GlobalArguments, parse_at_least_one};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, OutputArguments, RunArguments, Stream, Task, Text, TextArguments, WrittenTask,
};

/// Fill [MASK] in texts with the tokens that the model finds most probable
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model MLM-DIR fill-mask 'Paris is the [MASK] of France.'   a line for each mask: token and score, repeated
  deberta --model MLM-DIR fill-mask --candidates good,bad 'It was [MASK].'
  deberta --model MLM-DIR fill-mask --top-k 10 --json < lines.txt")]
pub struct FillMaskArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// Give the best N tokens for each mask [default: 5, or all --candidates]
    #[arg(long, value_name = "N", value_parser = parse_at_least_one)]
    pub top_k: Option<usize>,
    /// The tokens to choose from, each as the vocabulary spells it or as a text that is one token [default: all]
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub candidates: Vec<String>,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &FillMaskArguments) -> Result<(), Failure> {
    let source = arguments.source.source()?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let options = FillMaskOptions {
        top_k: arguments.top_k,
        candidates: arguments.candidates.clone(),
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        ..FillMaskOptions::default()
    };
    stream.run(&Filling { model: &model, options }).map(drop)
}

struct Filling<'a> {
    model: &'a Model,
    options: FillMaskOptions,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    masks: Vec<JsonMask<'a>>,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

#[derive(Serialize)]
struct JsonMask<'a> {
    token: usize,
    bytes: [usize; 2],
    chars: [usize; 2],
    fills: Vec<JsonFill<'a>>,
}

#[derive(Serialize)]
struct JsonFill<'a> {
    token: &'a str,
    id: u32,
    score: f32,
    logit: f32,
}

impl<'a> From<&'a FilledMask> for JsonMask<'a> {
    fn from(mask: &'a FilledMask) -> Self {
        let to_json = |fill: &'a Fill| JsonFill {
            token: &fill.token,
            id: fill.id,
            score: fill.score,
            logit: fill.logit,
        };
        Self {
            token: mask.token,
            bytes: [mask.byte_range.start, mask.byte_range.end],
            chars: [mask.char_range.start, mask.char_range.end],
            fills: mask.fills.iter().map(to_json).collect(),
        }
    }
}

impl Task for Filling<'_> {
    type Record = Text;
    type Answer = FilledMasks;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, texts: &[Text], run: &RunOptions) -> deberta::Result<Vec<FilledMasks>> {
        let texts: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
        self.model.fill_mask(&texts, &FillMaskOptions { run: run.clone(), ..self.options.clone() })
    }
}

impl WrittenTask for Filling<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, text: &'a Text, answer: &'a FilledMasks) -> impl Serialize {
        JsonAnswer {
            text: &text.text,
            masks: answer.masks.iter().map(JsonMask::from).collect(),
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    /// A line for each mask: `token<TAB>score`, repeated for each token.
    fn print(&self, _: &Text, answer: &FilledMasks, printer: &mut Printer) -> Result<(), Failure> {
        for mask in &answer.masks {
            let cells =
                mask.fills.iter().map(|fill| format!("{}\t{:.6}", in_one_line(&fill.token), fill.score));
            printer.line(cells.collect::<Vec<_>>().join("\t"))?;
        }
        Ok(())
    }

    fn truncated<'a>(&self, answer: &'a FilledMasks) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
