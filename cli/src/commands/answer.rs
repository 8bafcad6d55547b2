//! `deberta answer`: the place in a text that answers a question.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use deberta::{Answer, AnswerOptions, Answers, Model, RunOptions, TextInput, TruncatedText};
use serde::{Deserialize, Serialize};

use super::coverage::JsonCoverage;
use super::excerpt::excerpt;
use crate::arguments::{GlobalArguments, parse_at_least_one};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, FromLine, InputArguments, OutputArguments, Record, RunArguments, Source, Stream, Task,
    WrittenTask,
};

/// Answer questions with a part of a text
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model QA-DIR answer --question 'Where did she work?' 'Marie Curie worked in Paris.'
  deberta --model QA-DIR answer --question 'Who wrote it?' --context-file book.txt --top-k 3
  deberta --model QA-DIR answer --question 'Who wrote it?' < books.txt           each line is a context
  deberta --model QA-DIR answer --file questions.jsonl --output answers.jsonl    {\"question\": …, \"context\": …} lines

A line for each answer: score, first byte, end, text. Long contexts are read in windows of up to 384 tokens that share
128, unless --max-length, --windows or --truncation say otherwise.")]
pub struct AnswerArguments {
    /// Texts to find the answer in; without any, the lines of stdin
    #[arg(value_name = "CONTEXT", requires = "question", conflicts_with_all = ["context_file", "file", "jsonl"])]
    pub contexts: Vec<String>,
    /// The question; without it, lines are JSON objects that have both
    #[arg(long, value_name = "TEXT", conflicts_with = "jsonl")]
    pub question: Option<String>,
    /// File that is one context as a whole
    #[arg(long, value_name = "FILE", requires = "question", conflicts_with_all = ["file", "jsonl"])]
    pub context_file: Option<PathBuf>,
    #[command(flatten)]
    pub input: InputArguments,
    /// Give the best N answers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = parse_at_least_one)]
    pub top_k: usize,
    /// Let the model say that there is no answer, which is an empty one
    #[arg(long)]
    pub impossible: bool,
    /// Most tokens of an answer
    #[arg(long, value_name = "TOKENS", default_value_t = 15, value_parser = parse_at_least_one)]
    pub max_answer_length: usize,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &AnswerArguments) -> Result<(), Failure> {
    let stream = Stream::open(global, source(arguments)?, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let own = AnswerOptions::default();
    let options = AnswerOptions {
        tokenize: global.tokenize_options_over(own.tokenize, Some(model.config().max_position_embeddings)),
        top_k: arguments.top_k,
        handle_impossible_answer: arguments.impossible,
        max_answer_length: arguments.max_answer_length,
        ..own
    };
    stream.run(&Answering { model: &model, options }).map(drop)
}

fn source(arguments: &AnswerArguments) -> Result<Source<Question>, Failure> {
    let Some(question) = &arguments.question else {
        return Source::open(Vec::new(), &arguments.input, None);
    };
    if arguments.input.is_json() {
        return Err(Failure::Usage("lines of JSON have a question each; leave out --question".into()));
    }
    let question = question.clone();
    let from_context: FromLine<Question> =
        Box::new(move |context| Question { question: question.clone(), context });
    let contexts = match &arguments.context_file {
        Some(path) => {
            let text = fs::read_to_string(path);
            vec![text.map_err(|error| Failure::io("read", path.display(), &error))?]
        }
        None => arguments.contexts.clone(),
    };
    let records = contexts.into_iter().map(&from_context).collect();
    Source::open(records, &arguments.input, Some(from_context))
}

/// A question, and the text with its answer.
#[derive(Debug, Deserialize)]
struct Question {
    question: String,
    context: String,
}

impl Record for Question {
    const FORM: &'static str = "{\"question\": …, \"context\": …}";
}

struct Answering<'a> {
    model: &'a Model,
    options: AnswerOptions,
}

#[derive(Serialize)]
struct JsonAnswers<'a> {
    question: &'a str,
    answers: Vec<JsonAnswer<'a>>,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    score: f32,
    impossible: bool,
    bytes: [usize; 2],
    chars: [usize; 2],
}

impl<'a> From<&'a Answer> for JsonAnswer<'a> {
    fn from(answer: &'a Answer) -> Self {
        Self {
            text: &answer.text,
            score: answer.score,
            impossible: answer.is_impossible,
            bytes: [answer.byte_range.start, answer.byte_range.end],
            chars: [answer.char_range.start, answer.char_range.end],
        }
    }
}

impl Task for Answering<'_> {
    type Record = Question;
    type Answer = Answers;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, questions: &[Question], run: &RunOptions) -> deberta::Result<Vec<Answers>> {
        let inputs: Vec<TextInput<'_>> = questions
            .iter()
            .map(|Question { question, context }| (question.as_str(), context.as_str()).into())
            .collect();
        self.model.answer(&inputs, &AnswerOptions { run: run.clone(), ..self.options.clone() })
    }
}

impl WrittenTask for Answering<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, question: &'a Question, answer: &'a Answers) -> impl Serialize {
        JsonAnswers {
            question: &question.question,
            answers: answer.answers.iter().map(JsonAnswer::from).collect(),
            coverage: JsonCoverage::new(answer.windows, answer.truncated.as_ref()),
        }
    }

    /// `score<TAB>start<TAB>end<TAB>text`, with offsets in bytes.
    fn print(&self, _: &Question, answer: &Answers, printer: &mut Printer) -> Result<(), Failure> {
        for Answer { text, score, byte_range, .. } in &answer.answers {
            let (start, end) = (byte_range.start, byte_range.end);
            printer.line(format_args!("{score:.6}\t{start}\t{end}\t{}", excerpt(text)))?;
        }
        Ok(())
    }

    fn truncated<'a>(&self, answer: &'a Answers) -> Option<&'a TruncatedText> {
        answer.truncated.as_ref()
    }
}
