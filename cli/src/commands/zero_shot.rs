//! `deberta zero-shot`: scores of any labels.

use deberta::{Model, ZeroShot, ZeroShotOptions};
use serde::Serialize;

use super::truncation_notice::{self, JsonTruncation};
use crate::arguments::{GlobalArguments, ZeroShotArguments};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text_source::{Text, TextSource};
use crate::{model, progress};

pub fn run(global: &GlobalArguments, arguments: &ZeroShotArguments) -> Result<(), Failure> {
    if arguments.source.pair.is_some() {
        return Err(Failure::Usage("zero-shot takes no --pair: the hypotheses are the second texts".into()));
    }
    let mut source = TextSource::open(&arguments.source)?;
    let model = model::open(global)?;
    let options = ZeroShotOptions {
        hypothesis_template: arguments.template.clone(),
        multi_label: arguments.multi_label,
        tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
        ..ZeroShotOptions::default()
    };
    let labels: Vec<&str> = arguments.labels.iter().map(String::as_str).collect();
    let mut printer = Printer::new();
    let progress = progress::bar(0, "texts", true);
    let mut done = 0;
    loop {
        let chunk = source.next_chunk()?;
        if chunk.is_empty() {
            break;
        }
        for text in &chunk {
            done += 1;
            let answer = answer(&model, text, &labels, &options)
                .map_err(|failure| failure.within(text.place(done)))?;
            if global.json {
                printer.json(&to_json(text, &labels, &answer))?;
            } else {
                printer.line(to_line(&labels, &answer))?;
                truncation_notice::warn(&text.place(done), answer.truncated.as_ref());
            }
            progress.inc(1);
        }
        printer.flush()?;
    }
    progress.finish_and_clear();
    printer.flush()
}

fn answer(
    model: &Model,
    text: &Text,
    labels: &[&str],
    options: &ZeroShotOptions,
) -> Result<ZeroShot, Failure> {
    if text.pair.is_some() {
        return Err(Failure::Failed("there is a \"pair\", but the hypotheses are the second texts".into()));
    }
    let mut answers = model.zero_shot(&[&text.text], labels, options)?;
    answers.pop().ok_or_else(|| Failure::Failed("there is no answer".into()))
}

/// `label<TAB>score`, repeated for each label.
fn to_line(labels: &[&str], answer: &ZeroShot) -> String {
    let cells = answer.ranking.iter().map(|&index| format!("{}\t{:.6}", labels[index], answer.scores[index]));
    cells.collect::<Vec<_>>().join("\t")
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    labels: Vec<JsonLabel<'a>>,
    truncated: Option<JsonTruncation>,
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    label: &'a str,
    score: f32,
}

fn to_json<'a>(text: &'a Text, labels: &[&'a str], answer: &ZeroShot) -> JsonAnswer<'a> {
    let to_label = |&index: &usize| JsonLabel { label: labels[index], score: answer.scores[index] };
    JsonAnswer {
        text: &text.text,
        labels: answer.ranking.iter().map(to_label).collect(),
        truncated: truncation_notice::to_json(answer.truncated.as_ref()),
    }
}
