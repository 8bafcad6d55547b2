//! Standard output, where a reader that went away is no error.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Buffered lines on stdout.
pub struct Printer {
    stdout: BufWriter<StdoutLock<'static>>,
}

impl Printer {
    pub fn new() -> Self {
        Self { stdout: BufWriter::new(io::stdout().lock()) }
    }

    pub fn line(&mut self, line: impl Display) -> Result<(), Failure> {
        writeln!(self.stdout, "{line}").map_err(|error| failure(&error))
    }

    /// One value as JSON on one line.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.stdout, value).map_err(|error| failure(&error.into()))?;
        self.line("")
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(|error| failure(&error))
    }
}

fn failure(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::io("write to", "stdout", error),
    }
}
