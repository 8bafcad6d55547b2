//! `deberta explain`: the relevance of each token, and a page that shows it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use deberta::{ExplainOptions, Explanation, HeadKind, Model, Relevance, RunOptions, TextInput};
use serde::Serialize;

use super::truncation_notice::{self, JsonTruncation};
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::output_file::OutputFile;
use crate::printer::Printer;
use crate::report::{Answer, Report};

/// Width of the longest bar on the terminal.
const BAR: f32 = 24.0;

/// Show how relevant each token is for what a model makes of a text
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta explain 'fn main() {}'                                each token with its relevance
  deberta explain 'fn main() {}' --output report.html           a page for the browser: tokens, attention of every head
  deberta explain 'SELECT 1' --method occlusion --label sql     what speaks for a label, and what against it
  deberta --model NLI-DIR explain 'a premise' --pair 'a hypothesis' --json

rollout follows the attention of all layers to the first token. occlusion replaces each token by [MASK] and shows how much
the label's logit falls. The page is one file, and needs neither a network nor a server.")]
pub struct ExplainArguments {
    /// The text
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// Second text that goes with it
    #[arg(long, value_name = "TEXT")]
    pub pair: Option<String>,
    /// What says how relevant a token is: rollout or occlusion
    #[arg(long, default_value_t = Relevance::Rollout, value_name = "METHOD")]
    pub method: Relevance,
    /// The label that occlusion explains [default: the best one]
    #[arg(long, value_name = "LABEL")]
    pub label: Option<String>,
    /// Write a page for the browser instead of printing
    #[arg(long, value_name = "HTML")]
    pub output: Option<PathBuf>,
}

pub fn run(global: &GlobalArguments, arguments: &ExplainArguments) -> Result<(), Failure> {
    let model = model::open(global)?;
    let options = ExplainOptions {
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        run: RunOptions::default(),
        method: arguments.method,
        label: arguments.label.as_deref().map(|label| label_index(&model, label)).transpose()?,
        attentions: arguments.output.is_some(),
    };
    let output = arguments.output.as_deref().map(OutputFile::create).transpose()?;
    let input = TextInput { text: &arguments.text, pair: arguments.pair.as_deref() };
    let explanation = model.explain(input, &options)?;
    let answer = answer(&model, &explanation);
    let prints_tokens = output.is_none() && !global.json;
    if let Some(output) = output {
        let name = model::label(global)?;
        let report = Report::new(&model, &name, input, &explanation, arguments.method, &answer);
        write(&report, &output).map_err(|error| Failure::io("write", output.path().display(), &error))?;
        output.commit()?;
    }
    let mut printer = Printer::new();
    if global.json {
        printer.json(&to_json(&model, arguments, &explanation, &answer))?;
    } else {
        truncation_notice::warn("the text", explanation.encoding.truncated.as_ref());
    }
    if prints_tokens {
        print(&mut printer, &explanation, &answer)?;
    }
    printer.flush()
}

fn label_index(model: &Model, name: &str) -> Result<usize, Failure> {
    let labels = &model.config().id2label;
    labels.iter().position(|label| label == name).ok_or_else(|| {
        Failure::Failed(format!("the model has no label {name:?}; its labels are {}", labels.join(", ")))
    })
}

/// The labels of a sequence classifier, the highest score first.
fn answer<'a>(model: &'a Model, explanation: &Explanation) -> Vec<Answer<'a>> {
    let is_sequence = |head| head == HeadKind::SequenceClassification;
    let Some(logits) = explanation.logits.as_ref().filter(|logits| is_sequence(logits.head)) else {
        return Vec::new();
    };
    let scores = explanation.scores.iter().zip(&logits.values).zip(&model.config().id2label);
    let mut answer: Vec<Answer<'_>> = scores
        .enumerate()
        .map(|(index, ((&score, &logit), label))| Answer { label, index, score, logit })
        .collect();
    answer.sort_by(|left, right| right.score.total_cmp(&left.score));
    answer
}

fn write(report: &Report<'_>, output: &OutputFile) -> std::io::Result<()> {
    let mut writer = BufWriter::new(File::create(output.path())?);
    report.write(&mut writer)?;
    writer.flush()
}

/// The best label, or the one that was explained, then `relevance<TAB>token<TAB>bar` for each token.
fn print(printer: &mut Printer, explanation: &Explanation, answer: &[Answer<'_>]) -> Result<(), Failure> {
    let explained = explanation.label.and_then(|label| answer.iter().find(|answer| answer.index == label));
    if let Some(answer) = explained.or(answer.first()) {
        printer.line(format_args!("{}\t{:.6}", answer.label, answer.score))?;
    }
    let largest =
        explanation.relevance.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    for (token, relevance) in explanation.encoding.tokens.iter().zip(&explanation.relevance) {
        // A token may hold a line break; its escape keeps one token on one line.
        let token = token.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
        let mark = if *relevance < 0.0 { "-" } else { "+" };
        let bar = mark.repeat((relevance.abs() / largest * BAR).round() as usize);
        printer.line(format_args!("{relevance:.6}\t{token}\t{bar}"))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct JsonExplanation<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    method: String,
    /// What occlusion explains.
    label: Option<&'a str>,
    labels: &'a [Answer<'a>],
    tokens: &'a [String],
    ids: &'a [u32],
    byte_offsets: &'a [(usize, usize)],
    char_offsets: &'a [(usize, usize)],
    sequence_ids: &'a [Option<u8>],
    relevance: &'a [f32],
    truncated: Option<JsonTruncation>,
}

fn to_json<'a>(
    model: &'a Model,
    arguments: &'a ExplainArguments,
    explanation: &'a Explanation,
    answer: &'a [Answer<'a>],
) -> JsonExplanation<'a> {
    let encoding = &explanation.encoding;
    JsonExplanation {
        text: &arguments.text,
        pair: arguments.pair.as_deref(),
        method: arguments.method.to_string(),
        label: explanation.label.map(|label| model.config().id2label[label].as_str()),
        labels: answer,
        tokens: &encoding.tokens,
        ids: &encoding.ids,
        byte_offsets: &encoding.byte_offsets,
        char_offsets: &encoding.char_offsets,
        sequence_ids: &encoding.sequence_ids,
        relevance: &explanation.relevance,
        truncated: truncation_notice::to_json(encoding.truncated.as_ref()),
    }
}
