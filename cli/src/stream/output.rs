//! Where answers and errors go: to stdout, or to a file that can be resumed.

use std::fs::File;
use std::path::Path;

use deberta::TruncatedText;
use indicatif::ProgressBar;
use serde::Serialize;

use super::resume::{self, Finished};
use super::{OutputArguments, Place, Record, Source, WrittenTask};
use crate::commands::truncation_notice;
use crate::failure::{self, Failure};
use crate::printer::Printer;
use crate::progress;

/// Answers in the order of the records, and a progress bar beside them.
pub struct Output {
    printer: Printer,
    /// Whether answers are written in JSON.
    json: bool,
    can_be_resumed: bool,
    finished: Finished,
    bar: ProgressBar,
}

/// A line of JSON.
#[derive(Serialize)]
struct JsonLine<T> {
    /// First, as it is what a resumed run looks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(flatten)]
    content: T,
}

/// In the place of the answer to a line that has none.
#[derive(Serialize)]
struct JsonError<'a> {
    error: &'a str,
}

impl Output {
    /// Opens the output; where that is resumed, the source goes on behind the last line that is answered there.
    pub fn open<R: Record>(
        json: bool,
        arguments: &OutputArguments,
        source: &mut Source<R>,
    ) -> Result<Self, Failure> {
        let mut finished = Finished::default();
        let printer = match (&arguments.output, &mut *source) {
            (None, _) => Printer::new(),
            (Some(_), Source::Arguments(_)) if arguments.resume => {
                return Err(Failure::Usage("--resume needs lines, from --file or stdin".into()));
            }
            (Some(path), Source::Lines { reader, .. }) if arguments.resume => {
                let file;
                (file, finished) = resume::reopen(path)?;
                reader.skip_to(finished.line)?;
                Printer::to_file(file, path)
            }
            (Some(path), _) => Printer::to_file(create(path)?, path),
        };
        Ok(Self {
            json: json || !printer.is_stdout(),
            can_be_resumed: !printer.is_stdout() && matches!(source, Source::Lines { .. }),
            printer,
            finished,
            bar: ProgressBar::hidden(),
        })
    }

    /// Whether --resume can go on with what is written now.
    pub fn can_be_resumed(&self) -> bool {
        self.can_be_resumed
    }

    /// Whether answers are written in JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// For answers that are written in another way.
    pub fn printer(&mut self) -> &mut Printer {
        &mut self.printer
    }

    /// Shows a bar for an input of so many bytes, if that is known, from byte `start` on.
    pub fn show_progress(&mut self, length: Option<u64>, start: u64) {
        self.bar = progress::stream(length, start, self.printer.is_stdout());
    }

    pub fn advance(&self, bytes: u64, answered: usize) {
        progress::advance(&self.bar, bytes, answered);
    }

    pub fn hide_progress(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes an answer.
    pub fn answer<T: WrittenTask>(
        &mut self,
        task: &T,
        place: Place,
        record: &T::Record,
        answer: &T::Answer,
    ) -> Result<(), Failure> {
        if self.json {
            let content = task.to_json(record, answer);
            self.printer.json(&JsonLine { line: place.line(), content })?;
        } else {
            if T::SEVERAL_LINES && self.finished.answered > 0 {
                self.printer.line("")?;
            }
            task.print(record, answer, &mut self.printer)?;
            self.notice(place, task.truncated(answer))?;
        }
        Ok(())
    }

    /// Counts an answer.
    pub fn count(&mut self) {
        self.finished.answered += 1;
    }

    /// Says on stderr what was cut off, if anything was.
    pub fn notice(&mut self, place: Place, truncated: Option<&TruncatedText>) -> Result<(), Failure> {
        if truncated.is_some() {
            // Where both are the same terminal, the notice follows its answer.
            self.printer.flush()?;
            self.bar.suspend(|| truncation_notice::warn(place, truncated));
        }
        Ok(())
    }

    /// Reports a line that has no answer. What is wrong with an argument is an error of the command.
    pub fn error(&mut self, place: Place, message: &str) -> Result<(), Failure> {
        if place.line().is_none() {
            return Err(Failure::Failed(format!("{place}: {message}")));
        }
        self.printer.flush()?;
        self.bar.suspend(|| failure::say(&format!("{place}: {message}")));
        self.finished.failed += 1;
        match self.json {
            true => {
                self.printer.json(&JsonLine { line: place.line(), content: JsonError { error: message } })
            }
            false => Ok(()),
        }
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        self.printer.flush()
    }

    /// Ends the output. Lines without an answer, those of runs before this one included, make an error of their number.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.printer.flush()?;
        let Finished { answered, failed, .. } = self.finished;
        match failed {
            0 => Ok(()),
            _ => Err(Failure::Failed(format!("{failed} of {} lines have no answer", answered + failed))),
        }
    }
}

/// A file to write from its start.
fn create(path: &Path) -> Result<File, Failure> {
    // Hours of work are not to be lost by a forgotten option; a device or a pipe has nothing to lose.
    if path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0) {
        return Err(Failure::Failed(format!(
            "{} is there already; go on where it ends with --resume, or remove it",
            path.display()
        )));
    }
    File::create(path).map_err(|error| Failure::io("write", path.display(), &error))
}
