//! Standard output, where a reader that went away is no error, or a file in its place.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use serde::Serialize;

use crate::failure::Failure;

/// Buffered lines on stdout or in a file.
pub struct Printer {
    output: BufWriter<Box<dyn Write>>,
    /// The file, if it is one.
    file: Option<String>,
}

impl Printer {
    pub fn new() -> Self {
        Self { output: BufWriter::new(Box::new(io::stdout().lock())), file: None }
    }

    /// Lines behind what the file already has.
    pub fn to_file(file: File, path: &Path) -> Self {
        Self { output: BufWriter::new(Box::new(file)), file: Some(path.display().to_string()) }
    }

    pub fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    pub fn line(&mut self, line: impl Display) -> Result<(), Failure> {
        writeln!(self.output, "{line}").map_err(|error| self.failure(&error))
    }

    /// One value as JSON on one line.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.output, value).map_err(|error| self.failure(&error.into()))?;
        self.line("")
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        self.output.flush().map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &io::Error) -> Failure {
        match &self.file {
            None if error.kind() == ErrorKind::BrokenPipe => Failure::BrokenPipe,
            file => Failure::io("write to", file.as_deref().unwrap_or("stdout"), error),
        }
    }
}
