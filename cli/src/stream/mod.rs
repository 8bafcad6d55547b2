//! What every command does that answers texts: records in, answers out, in order, however many there are.
//!
//! A line that cannot be answered is reported and the work goes on; what concerns every line ends it.

mod arguments;
mod interruption;
mod lines;
mod output;
mod resume;
mod source;
mod texts;

use std::time::{Duration, Instant};

use deberta::{ErrorKind, RunOptions, TruncatedText};
use serde::Serialize;

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::printer::Printer;
pub use arguments::{InputArguments, OutputArguments, RunArguments, is_jsonl};
use interruption::Interruption;
pub use output::Output;
use source::Chunk;
pub use source::{ChunkLimit, FromLine, Place, Record, Source};
pub use texts::{PairArguments, Text, TextArguments};

/// What a command makes of records.
pub trait Task {
    type Record: Record;
    type Answer;

    /// How much to answer together.
    const CHUNK: ChunkLimit;
    /// How the library's errors name the first record of a call.
    const FIRST: &'static str = "input 0";

    /// Answers records, in their order. Without records it looks for what would be wrong with any of them.
    fn answer(&self, records: &[Self::Record], run: &RunOptions) -> deberta::Result<Vec<Self::Answer>>;
}

/// How the answers of a task are written, each on its own.
pub trait WrittenTask: Task {
    /// Whether an answer may be printed in several lines.
    const SEVERAL_LINES: bool = false;

    /// The answer as an object of JSON.
    fn to_json<'a>(&'a self, record: &'a Self::Record, answer: &'a Self::Answer) -> impl Serialize;

    /// Prints the answer for a reader.
    fn print(
        &self,
        record: &Self::Record,
        answer: &Self::Answer,
        printer: &mut Printer,
    ) -> Result<(), Failure>;

    /// What was cut off, for a notice beside a printed answer.
    fn truncated<'a>(&self, answer: &'a Self::Answer) -> Option<&'a TruncatedText>;
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Records that were answered.
    pub answered: usize,
    /// How long that took, without waiting for input.
    pub working: Duration,
}

/// Records on their way to answers.
pub struct Stream<R> {
    source: Source<R>,
    output: Output,
    timeout: Option<Duration>,
}

impl<R: Record> Stream<R> {
    /// Opens the output, before anything expensive is done.
    pub fn open(
        global: &GlobalArguments,
        mut source: Source<R>,
        output: &OutputArguments,
        run: Option<&RunArguments>,
    ) -> Result<Self, Failure> {
        let output = Output::open(global.json, output, &mut source)?;
        Ok(Self { source, output, timeout: run.and_then(|run| run.timeout) })
    }

    /// Answers all records and writes each answer.
    pub fn run<T: WrittenTask<Record = R>>(self, task: &T) -> Result<Summary, Failure> {
        let (summary, output) =
            self.visit(task, |output, place, record, answer| output.answer(task, place, record, &answer))?;
        output.finish().map(|()| summary)
    }

    /// Answers all records and gives each answer to `write`.
    pub fn visit<T: Task<Record = R>>(
        mut self,
        task: &T,
        mut write: impl FnMut(&mut Output, Place, &R, T::Answer) -> Result<(), Failure>,
    ) -> Result<(Summary, Output), Failure> {
        task.answer(&[], &RunOptions::default())?;
        let interruption = Interruption::watch(self.output.can_be_resumed())?;
        self.output.show_progress(self.source.length(), self.source.bytes());
        let mut summary = Summary::default();
        loop {
            let chunk = self.source.next_chunk(T::CHUNK)?;
            if chunk.places.is_empty() {
                self.output.hide_progress();
                return Ok((summary, self.output));
            }
            let started = Instant::now();
            let work = interruption.work();
            summary.answered += self.answer_chunk(task, chunk, &interruption, &mut write)?;
            self.output.flush()?;
            drop(work);
            interruption.check()?;
            summary.working += started.elapsed();
            self.output.advance(self.source.bytes(), summary.answered);
        }
    }

    /// Returns the number of answers.
    fn answer_chunk<T: Task<Record = R>>(
        &mut self,
        task: &T,
        chunk: Chunk<R>,
        interruption: &Interruption,
        mut write: impl FnMut(&mut Output, Place, &R, T::Answer) -> Result<(), Failure>,
    ) -> Result<usize, Failure> {
        let mut answers = Vec::with_capacity(chunk.records.len());
        let ended = self.answer_records(task, &chunk.records, interruption, &mut answers);
        let mut answered = 0;
        let mut answers = chunk.records.iter().zip(answers);
        for (place, line) in chunk.places {
            let error = match line {
                Err(message) => message,
                Ok(()) => match answers.next() {
                    Some((record, Ok(answer))) => {
                        write(&mut self.output, place, record, answer)?;
                        self.output.count();
                        answered += 1;
                        continue;
                    }
                    Some((_, Err(message))) => message,
                    // The rest was not reached.
                    None => break,
                },
            };
            self.output.error(place, &error)?;
        }
        ended.map(|()| answered)
    }

    /// Answers records together if that works, else in halves, down to the ones that fail. An error that is not a
    /// record's own ends it.
    fn answer_records<T: Task<Record = R>>(
        &self,
        task: &T,
        records: &[R],
        interruption: &Interruption,
        answers: &mut Vec<Result<T::Answer, String>>,
    ) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let time = self.timeout.and_then(|timeout| timeout.checked_mul(records.len() as u32));
        let run = RunOptions {
            deadline: time.and_then(|time| Instant::now().checked_add(time)),
            cancellation: Some(interruption.cancellation().clone()),
            ..RunOptions::default()
        };
        let error = match task.answer(records, &run) {
            Ok(answered) => {
                answers.extend(answered.into_iter().map(Ok));
                return Ok(());
            }
            Err(error) => error,
        };
        interruption.check()?;
        if !concerns_the_input(error.kind()) {
            return Err(error.into());
        }
        if records.len() > 1 {
            let (first, second) = records.split_at(records.len() / 2);
            self.answer_records(task, first, interruption, answers)?;
            return self.answer_records(task, second, interruption, answers);
        }
        // Its place in the call says nothing here; that in the input does.
        let message = error.to_string();
        let message = message.strip_prefix(T::FIRST).unwrap_or(&message);
        answers.push(Err(message.trim_start_matches([':', ' ']).to_owned()));
        Ok(())
    }
}

/// Whether other records may do better; otherwise the model or the machine is at fault.
fn concerns_the_input(kind: ErrorKind) -> bool {
    use ErrorKind::{DeadlineExceeded, InvalidArgument, OutOfMemory, TooLong};
    matches!(kind, InvalidArgument | TooLong | OutOfMemory | DeadlineExceeded)
}
