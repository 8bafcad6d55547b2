//! The options of commands that answer a stream of records.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::arguments::parse_seconds;

/// Where records come from, if not from the command line.
#[derive(Debug, Args)]
pub struct InputArguments {
    /// File to read instead of stdin, line by line; lines of *.jsonl are JSON objects; - for stdin
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Lines are JSON objects, whatever the file is called
    #[arg(long)]
    pub jsonl: bool,
}

impl InputArguments {
    /// Whether lines are JSON objects.
    pub fn is_json(&self) -> bool {
        self.jsonl || self.file.as_deref().is_some_and(is_jsonl)
    }
}

/// Where answers go.
#[derive(Debug, Args)]
pub struct OutputArguments {
    /// Write the answers to this file, one JSON object on each line, instead of printing them
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Go on where --output ends, from the line of the input after the last one that is answered there
    #[arg(long, requires = "output")]
    pub resume: bool,
}

/// What limits the work.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Give up a text that takes longer, and go on with the next one [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub timeout: Option<Duration>,
}

/// Whether a file is called *.jsonl.
pub fn is_jsonl(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}
