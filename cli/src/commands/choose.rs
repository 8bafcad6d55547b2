//! `deberta choose`: which of several texts goes on from a prompt best.

use clap::Args;
use deberta::{Choice, ChooseOptions, Model, RunOptions, TruncatedText};
use serde::{Deserialize, Serialize};

use super::coverage::JsonCoverage;
use super::excerpt::excerpt;
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, InputArguments, OutputArguments, Record, RunArguments, Source, Stream, Task, WrittenTask,
};

/// Choose the text that goes on from a prompt best, by a multiple choice model
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model DIR choose --prompt 'It rained, so' 'the street is wet.' 'the sun is cold.'
  deberta --model DIR choose --json --file exam.jsonl    {\"prompt\": …, \"choices\": […]} lines

A line for each choice, the best first: score, number of the choice from 0, text.")]
pub struct ChooseArguments {
    /// The texts to choose from; without them, lines are JSON objects that have a prompt and choices
    #[arg(value_name = "CHOICE", requires = "prompt", conflicts_with_all = ["file", "jsonl"])]
    pub choices: Vec<String>,
    /// What a choice follows
    #[arg(long, value_name = "TEXT", requires = "choices", conflicts_with_all = ["file", "jsonl"])]
    pub prompt: Option<String>,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &ChooseArguments) -> Result<(), Failure> {
    let record = |prompt: &String| Question { prompt: prompt.clone(), choices: arguments.choices.clone() };
    let records = arguments.prompt.iter().map(record).collect();
    let source = Source::open(records, &arguments.input, None)?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let options = ChooseOptions {
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        ..ChooseOptions::default()
    };
    stream.run(&Choosing { model: &model, options }).map(drop)
}

/// A prompt, and what may follow.
#[derive(Debug, Deserialize)]
struct Question {
    prompt: String,
    choices: Vec<String>,
}

impl Record for Question {
    const FORM: &'static str = "{\"prompt\": …, \"choices\": […]}";
}

struct Choosing<'a> {
    model: &'a Model,
    options: ChooseOptions,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    prompt: &'a str,
    choices: Vec<JsonChoice<'a>>,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

#[derive(Serialize)]
struct JsonChoice<'a> {
    index: usize,
    text: &'a str,
    score: f32,
    logit: f32,
}

fn ranked<'a>(question: &'a Question, answer: &'a Choice) -> impl Iterator<Item = JsonChoice<'a>> {
    answer.ranking.iter().map(|&index| JsonChoice {
        index,
        text: &question.choices[index],
        score: answer.scores[index],
        logit: answer.logits[index],
    })
}

impl Task for Choosing<'_> {
    type Record = Question;
    type Answer = Choice;

    const CHUNK: ChunkLimit = ChunkLimit::ONE;

    fn answer(&self, questions: &[Question], run: &RunOptions) -> deberta::Result<Vec<Choice>> {
        let options = ChooseOptions { run: run.clone(), ..self.options.clone() };
        let choose = |question: &Question| {
            let choices: Vec<&str> = question.choices.iter().map(String::as_str).collect();
            self.model.choose(&question.prompt, &choices, &options)
        };
        questions.iter().map(choose).collect()
    }
}

impl WrittenTask for Choosing<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, question: &'a Question, answer: &'a Choice) -> impl Serialize {
        JsonAnswer {
            prompt: &question.prompt,
            choices: ranked(question, answer).collect(),
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    /// `score<TAB>index<TAB>text` for each choice.
    fn print(&self, question: &Question, answer: &Choice, printer: &mut Printer) -> Result<(), Failure> {
        ranked(question, answer).try_for_each(|choice| {
            printer.line(format_args!("{:.6}\t{}\t{}", choice.score, choice.index, excerpt(choice.text)))
        })
    }

    fn truncated<'a>(&self, answer: &'a Choice) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
