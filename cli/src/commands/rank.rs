//! `deberta rank`: documents in the order of how well they answer a query.

use clap::Args;
use deberta::{Model, RankOptions, Ranked, RunOptions, ScoreFunction, TruncatedText};
use serde::{Deserialize, Serialize};

use super::coverage::JsonCoverage;
use super::excerpt::excerpt;
use crate::arguments::{GlobalArguments, parse_at_least_one};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{
    ChunkLimit, InputArguments, OutputArguments, Record, RunArguments, Source, Stream, Task, Text,
    WrittenTask,
};

/// Rank documents by how well they answer a query, with a cross-encoder or a reward model
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model DIR rank --query 'how to sort a list' 'Call sort().' 'Lists are sequences.'
  deberta --model DIR rank --query 'how to sort a list' --top-k 10 < documents.txt     each line is a document
  deberta --model DIR rank --query 'how to sort a list' --file documents.jsonl         {\"text\": …} lines
  deberta --model DIR rank --json --file queries.jsonl    {\"query\": …, \"documents\": […]} lines

A line for each document, the best first: score, number of the document from 0 (or its line from 1), text.")]
pub struct RankArguments {
    /// Documents; without any, the lines of --file or stdin
    #[arg(value_name = "DOCUMENT", requires = "query", conflicts_with_all = ["file", "jsonl"])]
    pub documents: Vec<String>,
    /// What the documents are ranked for; without it, lines are JSON objects that have a query and documents
    #[arg(long, value_name = "TEXT")]
    pub query: Option<String>,
    #[command(flatten)]
    pub input: InputArguments,
    /// Give the best N documents only
    #[arg(long, value_name = "N", value_parser = parse_at_least_one)]
    pub top_k: Option<usize>,
    /// What scores are: softmax, sigmoid or identity (the logits) [default: what the model's configuration says]
    #[arg(long, value_name = "NAME")]
    pub score_function: Option<ScoreFunction>,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub run: RunArguments,
}

pub fn run(global: &GlobalArguments, arguments: &RankArguments) -> Result<(), Failure> {
    match &arguments.query {
        Some(query) if arguments.documents.is_empty() => rank_lines(global, arguments, query),
        _ => rank_queries(global, arguments),
    }
}

fn options(global: &GlobalArguments, arguments: &RankArguments, model: &Model) -> RankOptions {
    RankOptions {
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        score_function: arguments.score_function,
        top_k: arguments.top_k,
        ..RankOptions::default()
    }
}

/// Each record is a query with its documents.
fn rank_queries(global: &GlobalArguments, arguments: &RankArguments) -> Result<(), Failure> {
    let record = |query: &String| Query { query: query.clone(), documents: arguments.documents.clone() };
    let source = Source::open(arguments.query.iter().map(record).collect(), &arguments.input, None)?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let options = options(global, arguments, &model);
    stream.run(&RankQueries { model: &model, options }).map(drop)
}

/// Each record is a document for the same query. Only the best are kept in memory.
fn rank_lines(global: &GlobalArguments, arguments: &RankArguments, query: &str) -> Result<(), Failure> {
    if query.trim().is_empty() {
        return Err(Failure::Usage("--query is empty; give the text that documents are ranked for".into()));
    }
    if arguments.output.resume {
        return Err(Failure::Usage(
            "the lines of one --query have one answer, which cannot be resumed; leave out --resume".into(),
        ));
    }
    let source = Source::open(Vec::new(), &arguments.input, Some(Box::new(Text::from)))?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let options = RankOptions { top_k: None, ..options(global, arguments, &model) };
    let mut best = Best { documents: Vec::new(), most: arguments.top_k.unwrap_or(usize::MAX) };
    let task = RankDocuments { model: &model, options, query };
    let (_, mut output) = stream.visit(&task, |output, place, document, answer| {
        if !output.is_json() {
            output.notice(place, answer.truncated.as_ref())?;
        }
        best.push(place.line().unwrap_or_default(), document, answer);
        Ok(())
    })?;
    let documents = best.ranked();
    let lines = documents
        .iter()
        .map(|(line, text, ranked)| JsonDocument { line: Some(*line), ..JsonDocument::new(text, ranked) });
    if output.is_json() {
        let documents = lines.collect();
        output.printer().json(&JsonAnswer { query, documents })?;
    } else {
        for document in lines {
            print_document(&document, output.printer())?;
        }
    }
    output.finish()
}

/// A query, and the documents that are ranked for it.
#[derive(Debug, Deserialize)]
struct Query {
    query: String,
    documents: Vec<String>,
}

impl Record for Query {
    const FORM: &'static str = "{\"query\": …, \"documents\": […]}";
}

/// The best documents so far, with their lines.
struct Best {
    documents: Vec<(usize, String, Ranked)>,
    most: usize,
}

impl Best {
    fn push(&mut self, line: usize, document: &Text, ranked: Ranked) {
        self.documents.push((line, document.text.clone(), ranked));
        // Seldom enough that sorting costs little.
        if self.documents.len() / 2 > self.most {
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.documents.sort_by(|(.., left), (.., right)| right.score.total_cmp(&left.score));
        self.documents.truncate(self.most);
    }

    fn ranked(mut self) -> Vec<(usize, String, Ranked)> {
        self.sort();
        self.documents
    }
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    query: &'a str,
    documents: Vec<JsonDocument<'a>>,
}

#[derive(Serialize)]
struct JsonDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    text: &'a str,
    score: f32,
    logit: f32,
    #[serde(flatten)]
    coverage: JsonCoverage,
}

impl<'a> JsonDocument<'a> {
    fn new(text: &'a str, ranked: &Ranked) -> Self {
        Self {
            line: None,
            index: None,
            text,
            score: ranked.score,
            logit: ranked.logit,
            coverage: JsonCoverage::new(ranked.windows, ranked.truncated.as_ref()),
        }
    }
}

/// `score<TAB>index or line<TAB>text`
fn print_document(document: &JsonDocument<'_>, printer: &mut Printer) -> Result<(), Failure> {
    let number = document.line.or(document.index).unwrap_or_default();
    printer.line(format_args!("{:.6}\t{number}\t{}", document.score, excerpt(document.text)))
}

struct RankQueries<'a> {
    model: &'a Model,
    options: RankOptions,
}

impl RankQueries<'_> {
    fn documents<'a>(
        &self,
        query: &'a Query,
        answer: &'a [Ranked],
    ) -> impl Iterator<Item = JsonDocument<'a>> {
        answer.iter().map(|ranked| JsonDocument {
            index: Some(ranked.document),
            ..JsonDocument::new(&query.documents[ranked.document], ranked)
        })
    }
}

impl Task for RankQueries<'_> {
    type Record = Query;
    type Answer = Vec<Ranked>;

    const CHUNK: ChunkLimit = ChunkLimit::ONE;

    fn answer(&self, queries: &[Query], run: &RunOptions) -> deberta::Result<Vec<Vec<Ranked>>> {
        let options = RankOptions { run: run.clone(), ..self.options.clone() };
        let rank = |query: &Query| {
            let documents: Vec<&str> = query.documents.iter().map(String::as_str).collect();
            self.model.rank(&query.query, &documents, &options)
        };
        queries.iter().map(rank).collect()
    }
}

impl WrittenTask for RankQueries<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, query: &'a Query, answer: &'a Vec<Ranked>) -> impl Serialize {
        JsonAnswer { query: &query.query, documents: self.documents(query, answer).collect() }
    }

    fn print(&self, query: &Query, answer: &Vec<Ranked>, printer: &mut Printer) -> Result<(), Failure> {
        self.documents(query, answer).try_for_each(|document| print_document(&document, printer))
    }

    fn truncated<'a>(&self, answer: &'a Vec<Ranked>) -> Option<&'a TruncatedText> {
        answer.iter().find_map(|ranked| ranked.truncated.as_ref())
    }
}

struct RankDocuments<'a> {
    model: &'a Model,
    options: RankOptions,
    query: &'a str,
}

impl Task for RankDocuments<'_> {
    type Record = Text;
    type Answer = Ranked;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;
    const FIRST: &'static str = "document 0";

    fn answer(&self, documents: &[Text], run: &RunOptions) -> deberta::Result<Vec<Ranked>> {
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let options = RankOptions { run: run.clone(), ..self.options.clone() };
        let documents: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
        let mut ranked = self.model.rank(self.query, &documents, &options)?;
        ranked.sort_by_key(|ranked| ranked.document);
        Ok(ranked)
    }
}
