//! Records that are a text, or a text and a second one.

use clap::Args;
use deberta::TextInput;
use serde::Deserialize;

use super::{InputArguments, Record, Source};
use crate::failure::Failure;

/// A text, or a pair.
#[derive(Debug, Deserialize)]
pub struct Text {
    pub text: String,
    pub pair: Option<String>,
}

impl Record for Text {
    const FORM: &'static str = "{\"text\": …, \"pair\": …}";
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text, pair: None }
    }
}

impl Text {
    /// As the library takes it.
    pub fn input(&self) -> TextInput<'_> {
        TextInput { text: &self.text, pair: self.pair.as_deref() }
    }
}

/// Texts from the command line, or from lines.
#[derive(Debug, Args)]
pub struct TextArguments {
    /// Texts; without any, and without --file, the lines of stdin
    #[arg(value_name = "TEXT", conflicts_with_all = ["file", "jsonl"])]
    pub texts: Vec<String>,
    #[command(flatten)]
    pub input: InputArguments,
}

impl TextArguments {
    /// Records that need nothing but a text.
    pub fn source<R: Record + From<String> + 'static>(&self) -> Result<Source<R>, Failure> {
        let texts = self.texts.iter().cloned().map(R::from).collect();
        Source::open(texts, &self.input, Some(Box::new(R::from)))
    }
}

/// As [`TextArguments`], with a second text.
#[derive(Debug, Args)]
pub struct PairArguments {
    #[command(flatten)]
    pub texts: TextArguments,
    /// Second text that goes with the one TEXT
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["file", "jsonl"])]
    pub pair: Option<String>,
}

impl PairArguments {
    /// Texts, or pairs.
    pub fn source(&self) -> Result<Source<Text>, Failure> {
        let Some(pair) = &self.pair else {
            return self.texts.source();
        };
        let [text] = &self.texts.texts[..] else {
            return Err(Failure::Usage(format!(
                "--pair goes with one TEXT, but there are {}; use --file with {} lines",
                self.texts.texts.len(),
                Text::FORM
            )));
        };
        let record = Text { text: text.clone(), pair: Some(pair.clone()) };
        Source::open(vec![record], &self.texts.input, None)
    }
}
