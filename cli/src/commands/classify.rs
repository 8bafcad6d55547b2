//! `deberta classify`: labels and scores.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::Args;
use deberta::{Classification, ClassifyOptions, Model, RunOptions, ScoreFunction, TextInput, TruncatedText};
use serde::Serialize;

use super::coverage::JsonCoverage;
use crate::arguments::{GlobalArguments, parse_at_least_one};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, OutputArguments, PairArguments, RunArguments, Stream, Task, Text, WrittenTask,
};

/// Label texts with the model's classifier
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta classify 'SELECT 1' 'fn main() {}'   one line for each text: label and score
  deberta classify --all --json < lines.txt    every label, as one JSON object for each line
  deberta classify --model NLI-DIR 'a premise' --pair 'a hypothesis'
  deberta classify --file pairs.jsonl --truncation longest_first --max-length 512
  deberta classify --file long.txt --windows   the mean over windows of what the model can read
  deberta classify --file texts.jsonl --output labels.jsonl --resume")]
pub struct ClassifyArguments {
    #[command(flatten)]
    pub source: PairArguments,
    /// Print the best N labels
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = parse_at_least_one)]
    pub top_k: usize,
    /// Print all labels
    #[arg(long, conflicts_with = "top_k")]
    pub all: bool,
    /// What scores are: softmax, sigmoid or identity (the logits) [default: what the model's configuration says]
    #[arg(long, value_name = "NAME")]
    pub score_function: Option<ScoreFunction>,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &ClassifyArguments) -> Result<(), Failure> {
    let source = arguments.source.source()?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let started = Instant::now();
    let model = model::open(global)?;
    let opening = started.elapsed();
    let task = Classify {
        model: &model,
        options: ClassifyOptions {
            tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
            score_function: arguments.score_function,
            ..ClassifyOptions::default()
        },
        shown: if arguments.all { usize::MAX } else { arguments.top_k },
    };
    let done = stream.run(&task)?;
    if !global.json {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
        // Nothing can be done about a closed stderr.
        let _ = writeln!(
            io::stderr(),
            "{} text{} in {:.1} ms, after {:.1} ms to open the model",
            done.answered,
            if done.answered == 1 { "" } else { "s" },
            milliseconds(done.working),
            milliseconds(opening)
        );
    }
    Ok(())
}

struct Classify<'a> {
    model: &'a Model,
    options: ClassifyOptions,
    shown: usize,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    label: Option<String>,
    score: Option<f32>,
    labels: Vec<JsonLabel>,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

#[derive(Serialize)]
struct JsonLabel {
    label: String,
    index: usize,
    score: f32,
    logit: f32,
}

impl Classify<'_> {
    fn label(&self, index: usize) -> String {
        self.model.config().id2label.get(index).cloned().unwrap_or_else(|| format!("LABEL_{index}"))
    }
}

impl Task for Classify<'_> {
    type Record = Text;
    type Answer = Classification;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, texts: &[Text], run: &RunOptions) -> deberta::Result<Vec<Classification>> {
        let inputs: Vec<TextInput<'_>> = texts.iter().map(Text::input).collect();
        self.model.classify(&inputs, &ClassifyOptions { run: run.clone(), ..self.options.clone() })
    }
}

impl WrittenTask for Classify<'_> {
    fn to_json<'a>(&'a self, text: &'a Text, answer: &'a Classification) -> impl Serialize {
        let to_label = |&index: &usize| JsonLabel {
            label: self.label(index),
            index,
            score: answer.scores[index],
            logit: answer.logits[index],
        };
        let best = answer.ranking.first();
        JsonAnswer {
            text: &text.text,
            pair: text.pair.as_deref(),
            label: best.map(|&index| self.label(index)),
            score: best.map(|&index| answer.scores[index]),
            labels: answer.ranking.iter().take(self.shown).map(to_label).collect(),
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    /// `label<TAB>score`, repeated for each label shown.
    fn print(&self, _: &Text, answer: &Classification, printer: &mut Printer) -> Result<(), Failure> {
        let cells = answer.ranking.iter().take(self.shown);
        let cells = cells.map(|&index| format!("{}\t{:.6}", self.label(index), answer.scores[index]));
        printer.line(cells.collect::<Vec<_>>().join("\t"))
    }

    fn truncated<'a>(&self, answer: &'a Classification) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
