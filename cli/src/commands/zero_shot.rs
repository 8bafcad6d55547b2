//! `deberta zero-shot`: scores of any labels.

use clap::Args;
use deberta::{Model, RunOptions, TruncatedText, ZeroShot, ZeroShotOptions};
use serde::{Deserialize, Serialize};

use super::coverage::JsonCoverage;
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, OutputArguments, Record, RunArguments, Stream, Task, TextArguments, WrittenTask,
};

/// Label texts with any labels, by a model of natural language inference
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model NLI-DIR zero-shot --labels politics,sports,cooking 'Who won the match?'
  deberta --model NLI-DIR zero-shot --labels urgent,friendly --multi-label --json < lines.txt
  deberta --model NLI-DIR zero-shot --labels A,B --template 'This text is about {}.' --file texts.jsonl
  deberta --model NLI-DIR zero-shot --file texts.jsonl    with {\"text\": …, \"labels\": [\"A\", \"B\"]} lines

For each text every label with its score, the highest first. Each label makes a hypothesis of the template; its score is
how surely the text entails it.")]
pub struct ZeroShotArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// The labels to choose from, where a line has none of its own
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub labels: Vec<String>,
    /// The hypothesis, with {} where the label goes
    #[arg(long, default_value = "This example is {}.", value_name = "TEXT")]
    pub template: String,
    /// Each label holds or not on its own; otherwise exactly one does
    #[arg(long)]
    pub multi_label: bool,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &ZeroShotArguments) -> Result<(), Failure> {
    if arguments.labels.is_empty()
        && (!arguments.source.texts.is_empty() || !arguments.source.input.is_json())
    {
        return Err(Failure::Usage("--labels are needed, but for lines of JSON that have \"labels\"".into()));
    }
    let source = arguments.source.source()?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let options = ZeroShotOptions {
        hypothesis_template: arguments.template.clone(),
        multi_label: arguments.multi_label,
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        ..ZeroShotOptions::default()
    };
    // A wrong template is found before any line is read.
    model.zero_shot(&[], &["label"], &options)?;
    stream.run(&Labelling { model: &model, options, labels: &arguments.labels }).map(drop)
}

/// A text, and labels of its own.
#[derive(Debug, Deserialize)]
struct LabelledText {
    text: String,
    #[serde(default)]
    labels: Vec<String>,
}

impl Record for LabelledText {
    const FORM: &'static str = "{\"text\": …, \"labels\": […]}";
}

impl From<String> for LabelledText {
    fn from(text: String) -> Self {
        Self { text, labels: Vec::new() }
    }
}

struct Labelling<'a> {
    model: &'a Model,
    options: ZeroShotOptions,
    labels: &'a [String],
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    labels: Vec<JsonLabel<'a>>,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    label: &'a str,
    score: f32,
}

impl Labelling<'_> {
    fn labels<'b>(&'b self, text: &'b LabelledText) -> &'b [String] {
        if text.labels.is_empty() { self.labels } else { &text.labels }
    }

    fn ranked<'b>(
        &'b self,
        text: &'b LabelledText,
        answer: &'b ZeroShot,
    ) -> impl Iterator<Item = JsonLabel<'b>> {
        let labels = self.labels(text);
        answer.ranking.iter().map(|&index| JsonLabel { label: &labels[index], score: answer.scores[index] })
    }
}

impl Task for Labelling<'_> {
    type Record = LabelledText;
    type Answer = ZeroShot;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, texts: &[LabelledText], run: &RunOptions) -> deberta::Result<Vec<ZeroShot>> {
        let options = ZeroShotOptions { run: run.clone(), ..self.options.clone() };
        let mut answers = Vec::with_capacity(texts.len());
        for texts in texts.chunk_by(|text, next| self.labels(text) == self.labels(next)) {
            let labels: Vec<&str> = self.labels(&texts[0]).iter().map(String::as_str).collect();
            let texts: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
            answers.extend(self.model.zero_shot(&texts, &labels, &options)?);
        }
        Ok(answers)
    }
}

impl WrittenTask for Labelling<'_> {
    fn to_json<'a>(&'a self, text: &'a LabelledText, answer: &'a ZeroShot) -> impl Serialize {
        JsonAnswer {
            text: &text.text,
            labels: self.ranked(text, answer).collect(),
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    /// `label<TAB>score`, repeated for each label.
    fn print(&self, text: &LabelledText, answer: &ZeroShot, printer: &mut Printer) -> Result<(), Failure> {
        let cells = self.ranked(text, answer).map(|label| format!("{}\t{:.6}", label.label, label.score));
        printer.line(cells.collect::<Vec<_>>().join("\t"))
    }

    fn truncated<'a>(&self, answer: &'a ZeroShot) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
