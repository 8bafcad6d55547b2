//! Records from the command line, or one from each line of the input, in chunks of bounded size.

use std::fmt;
use std::vec;

use serde::de::DeserializeOwned;

use super::arguments::InputArguments;
use super::lines::{Line, LineReader};
use crate::failure::Failure;

/// What a command answers one of at a time.
pub trait Record: DeserializeOwned {
    /// How it looks in JSON, for messages.
    const FORM: &'static str;
}

/// Where a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The command line: the number among the arguments, from 1.
    Argument(usize),
    /// The number of the line, from 1.
    Line(usize),
}

impl Place {
    /// The line, where there is one.
    pub fn line(self) -> Option<usize> {
        match self {
            Self::Argument(_) => None,
            Self::Line(line) => Some(line),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(number) => write!(formatter, "text {number}"),
            Self::Line(line) => write!(formatter, "line {line}"),
        }
    }
}

/// Records that are answered together, and the lines among them that are none.
#[derive(Debug)]
pub struct Chunk<R> {
    /// The records.
    pub records: Vec<R>,
    /// Every place in order, with what is wrong with it if it gave no record.
    pub places: Vec<(Place, Line<()>)>,
}

/// Where a chunk ends, unless the input pauses before.
#[derive(Clone, Copy, Debug)]
pub struct ChunkLimit {
    /// Most records.
    pub records: usize,
    /// No further record after so many bytes of input.
    pub bytes: u64,
}

impl ChunkLimit {
    /// For texts of usual lengths: enough for a batch of short ones, and little enough to keep.
    pub const TEXTS: Self = Self { records: 256, bytes: 1 << 20 };
    /// For records that each are a call.
    pub const ONE: Self = Self { records: 1, bytes: u64::MAX };
}

/// How a line that is not JSON becomes a record.
pub type FromLine<R> = Box<dyn Fn(String) -> R>;

/// Where records come from.
pub enum Source<R> {
    /// The command line.
    Arguments(std::iter::Enumerate<vec::IntoIter<R>>),
    /// A file or stdin: lines of text, or of JSON where there is no other form.
    Lines { reader: LineReader, from_line: Option<FromLine<R>> },
}

impl<R: Record> Source<R> {
    /// The records of the command line, or without any the lines of the input. `from_line` is `None` where only JSON
    /// says all that a record needs.
    pub fn open(
        arguments: Vec<R>,
        input: &InputArguments,
        from_line: Option<FromLine<R>>,
    ) -> Result<Self, Failure> {
        if !arguments.is_empty() {
            return Ok(Self::Arguments(arguments.into_iter().enumerate()));
        }
        let reader = LineReader::open(input.file.as_deref())?;
        Ok(Self::Lines { reader, from_line: from_line.filter(|_| !input.is_json()) })
    }

    /// The next chunk; without places at the end. A chunk of lines also ends where the input pauses, so that the
    /// answers for a slow writer are not held back.
    pub fn next_chunk(&mut self, limit: ChunkLimit) -> Result<Chunk<R>, Failure> {
        let mut chunk = Chunk { records: Vec::new(), places: Vec::new() };
        let end = self.bytes().saturating_add(limit.bytes);
        while chunk.places.len() < limit.records
            && self.bytes() < end
            && (chunk.places.is_empty() || self.is_ready())
        {
            let Some((place, record)) = self.next_record()? else { break };
            chunk.places.push((place, record.map(|record| chunk.records.push(record))));
        }
        Ok(chunk)
    }

    /// All records, for outputs of which every line is a part; what is no record is an error.
    pub fn read_all(&mut self) -> Result<Vec<(Place, R)>, Failure> {
        let mut records = Vec::new();
        while let Some((place, record)) = self.next_record()? {
            let record = record.map_err(|message| Failure::Failed(message).within(place))?;
            records.push((place, record));
        }
        Ok(records)
    }

    fn next_record(&mut self) -> Result<Option<(Place, Line<R>)>, Failure> {
        let (reader, from_line) = match self {
            Self::Arguments(records) => {
                return Ok(records.next().map(|(index, record)| (Place::Argument(index + 1), Ok(record))));
            }
            Self::Lines { reader, from_line } => (reader, from_line),
        };
        while let Some(line) = reader.next_line()? {
            let record = match (line, &from_line) {
                (Err(message), _) => Err(message),
                (Ok(line), Some(from_line)) => Ok(from_line(line)),
                // A blank line is a text, but no JSON.
                (Ok(line), None) if line.trim().is_empty() => continue,
                (Ok(line), None) => serde_json::from_str(&line)
                    .map_err(|error| format!("not an object {} in JSON: {error}", R::FORM)),
            };
            return Ok(Some((Place::Line(reader.lines()), record)));
        }
        Ok(None)
    }

    fn is_ready(&self) -> bool {
        match self {
            Self::Arguments(_) => true,
            Self::Lines { reader, .. } => reader.is_ready(),
        }
    }

    /// Bytes of lines read so far.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Arguments(_) => 0,
            Self::Lines { reader, .. } => reader.bytes(),
        }
    }

    /// Bytes of all lines, where the input is a file.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Arguments(_) => None,
            Self::Lines { reader, .. } => reader.length(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::Text;
    use super::*;

    fn source(input: String, json: bool) -> Source<Text> {
        let reader = LineReader::new(Cursor::new(input), "test".into(), None);
        let from_line: Option<FromLine<Text>> = if json { None } else { Some(Box::new(Text::from)) };
        Source::Lines { reader, from_line }
    }

    #[test]
    fn chunks_are_bounded_and_keep_the_order() {
        let input: String = (1..=200).map(|number| format!("{number}\n")).collect();
        for limit in [
            ChunkLimit::ONE,
            ChunkLimit { records: 64, bytes: u64::MAX },
            ChunkLimit { records: 1000, bytes: 10 },
        ] {
            let mut source = source(input.clone(), false);
            let mut seen = 0;
            loop {
                let start = source.bytes();
                let chunk = source.next_chunk(limit).unwrap();
                if chunk.places.is_empty() {
                    break;
                }
                assert!(chunk.records.len() <= limit.records);
                // The last line may lie across the limit.
                assert!(source.bytes() - start < limit.bytes.saturating_add(4));
                for ((place, line), record) in chunk.places.into_iter().zip(chunk.records) {
                    seen += 1;
                    assert_eq!((place, line, record.text), (Place::Line(seen), Ok(()), seen.to_string()));
                }
            }
            assert_eq!(seen, 200);
        }
    }

    #[test]
    fn lines_of_json_are_records_blank_or_wrong() {
        let input = "{\"text\":\"a\",\"id\":7}\n\n{\"text\":\"b\",\"pair\":\"c\"}\n{\"txt\":1}\n[]\n";
        let chunk = source(input.into(), true).next_chunk(ChunkLimit::TEXTS).unwrap();
        let pairs: Vec<_> =
            chunk.records.iter().map(|text| (text.text.as_str(), text.pair.as_deref())).collect();
        assert_eq!(pairs, [("a", None), ("b", Some("c"))]);
        let lines: Vec<_> = chunk.places.iter().map(|(place, line)| (place.line(), line.is_ok())).collect();
        assert_eq!(lines, [(Some(1), true), (Some(3), true), (Some(4), false), (Some(5), false)]);
        assert!(chunk.places[2].1.as_ref().unwrap_err().contains("missing field `text`"));
    }

    #[test]
    fn what_is_no_record_ends_reading_all() {
        assert_eq!(source("a\nb".into(), false).read_all().unwrap().len(), 2);
        let Err(Failure::Failed(message)) = source("{\"text\":\"a\"}\n{".into(), true).read_all() else {
            panic!("must fail")
        };
        assert!(message.starts_with("line 2: "), "{message}");
    }
}
