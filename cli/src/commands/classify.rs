//! `deberta classify`: labels and scores.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use deberta::{Classification, ClassifyOptions, Model, TextInput};
use serde::Serialize;

use super::truncation_notice::{self, JsonTruncation};
use crate::arguments::{ClassifyArguments, GlobalArguments};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text_source::{Text, TextSource};
use crate::{model, progress};

pub fn run(global: &GlobalArguments, arguments: &ClassifyArguments) -> Result<(), Failure> {
    let mut source = TextSource::open(&arguments.source)?;
    let started = Instant::now();
    let model = model::open(global)?;
    let opening = started.elapsed();
    let tokenize = global.tokenize_options(Some(model.config().max_position_embeddings));
    let options = ClassifyOptions { tokenize, ..ClassifyOptions::default() };
    let shown = if arguments.all { usize::MAX } else { arguments.top_k };

    let mut printer = Printer::new();
    let progress = progress::bar(0, "texts", true);
    let mut done = 0;
    let mut working = Duration::ZERO;
    loop {
        let chunk = source.next_chunk()?;
        if chunk.is_empty() {
            break;
        }
        let started = Instant::now();
        let (answers, failure) = classify(&model, &chunk, done, &options);
        working += started.elapsed();
        for (text, answer) in chunk.iter().zip(&answers) {
            done += 1;
            if global.json {
                printer.json(&to_json(&model, text, answer, shown))?;
            } else {
                printer.line(to_line(&model, answer, shown))?;
                truncation_notice::warn(&text.place(done), answer.truncated.as_ref());
            }
        }
        printer.flush()?;
        progress.inc(answers.len() as u64);
        if let Some(failure) = failure {
            return Err(failure);
        }
    }
    progress.finish_and_clear();
    if !global.json {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
        // Nothing can be done about a closed stderr.
        let _ = writeln!(
            io::stderr(),
            "{done} text{} in {:.1} ms, after {:.1} ms to open the model",
            if done == 1 { "" } else { "s" },
            milliseconds(working),
            milliseconds(opening)
        );
    }
    Ok(())
}

/// The answers up to the first text that fails, and that failure with its place.
fn classify(
    model: &Model,
    chunk: &[Text],
    done: usize,
    options: &ClassifyOptions,
) -> (Vec<Classification>, Option<Failure>) {
    let inputs: Vec<TextInput<'_>> = chunk.iter().map(Text::input).collect();
    if let Ok(answers) = model.classify(&inputs, options) {
        return (answers, None);
    }
    // One text spoils its chunk: find it, and answer the ones before it.
    let mut answers = Vec::new();
    for (index, text) in chunk.iter().enumerate() {
        match model.classify(&[text.input()], options) {
            Ok(answer) => answers.extend(answer),
            Err(error) => {
                let place = text.place(done + index + 1);
                // The library names the index within the call, which is always 0 here.
                let message = error.to_string();
                let message = message.strip_prefix("input 0: ").unwrap_or(&message).to_owned();
                return (answers, Some(Failure::Failed(message).within(place)));
            }
        }
    }
    (answers, None)
}

fn label(model: &Model, index: usize) -> String {
    model.config().id2label.get(index).cloned().unwrap_or_else(|| format!("LABEL_{index}"))
}

/// `label<TAB>score`, repeated for each label shown.
fn to_line(model: &Model, answer: &Classification, shown: usize) -> String {
    let cells = answer.ranking.iter().take(shown);
    let cells = cells.map(|&index| format!("{}\t{:.6}", label(model, index), answer.scores[index]));
    cells.collect::<Vec<_>>().join("\t")
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    label: Option<String>,
    score: Option<f32>,
    labels: Vec<JsonLabel>,
    truncated: Option<JsonTruncation>,
}

#[derive(Serialize)]
struct JsonLabel {
    label: String,
    index: usize,
    score: f32,
    logit: f32,
}

fn to_json<'a>(model: &Model, text: &'a Text, answer: &Classification, shown: usize) -> JsonAnswer<'a> {
    let to_label = |&index: &usize| JsonLabel {
        label: label(model, index),
        index,
        score: answer.scores[index],
        logit: answer.logits[index],
    };
    let best = answer.ranking.first();
    JsonAnswer {
        text: &text.text,
        pair: text.pair.as_deref(),
        label: best.map(|&index| label(model, index)),
        score: best.map(|&index| answer.scores[index]),
        labels: answer.ranking.iter().take(shown).map(to_label).collect(),
        truncated: truncation_notice::to_json(answer.truncated.as_ref()),
    }
}
