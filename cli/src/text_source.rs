//! Texts from arguments, a file, or stdin, in chunks of bounded size and in order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

use deberta::TextInput;
use serde::Deserialize;

use crate::arguments::TextArguments;
use crate::failure::Failure;

/// Most texts of one chunk: enough to fill a batch of short ones.
const CHUNK_TEXTS: usize = 64;
/// A chunk ends after this many bytes of text.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes to ask the operating system for at a time.
const READ_BYTES: usize = 1 << 18;
/// A longer line is not text.
const LONGEST_LINE: u64 = 64 << 20;

/// One text, or a pair, and where it came from.
#[derive(Debug)]
pub struct Text {
    pub text: String,
    pub pair: Option<String>,
    /// The line of the file or stdin, from 1; `None` for an argument.
    pub line: Option<usize>,
}

impl Text {
    pub fn input(&self) -> TextInput<'_> {
        TextInput { text: &self.text, pair: self.pair.as_deref() }
    }

    /// Names the text in a message, given its number (from 1) among the arguments.
    pub fn place(&self, number: usize) -> String {
        match self.line {
            Some(line) => format!("line {line}"),
            None => format!("text {number}"),
        }
    }
}

/// A line of a JSONL file.
#[derive(Deserialize)]
struct JsonText {
    text: String,
    pair: Option<String>,
}

/// Where texts come from.
pub struct TextSource {
    kind: Kind,
    name: String,
    lines_read: usize,
}

type LineReader = BufReader<Box<dyn Read>>;

enum Kind {
    Arguments(std::vec::IntoIter<Text>),
    Lines { reader: LineReader, json: bool },
}

impl TextSource {
    pub fn open(arguments: &TextArguments) -> Result<Self, Failure> {
        if !arguments.texts.is_empty() {
            if arguments.pair.is_some() && arguments.texts.len() != 1 {
                return Err(Failure::Usage(format!(
                    "--pair goes with one TEXT, but there are {}; use --file with {{\"text\": …, \"pair\": …}} lines",
                    arguments.texts.len()
                )));
            }
            let text = |text: &String| Text { text: text.clone(), pair: arguments.pair.clone(), line: None };
            let texts: Vec<Text> = arguments.texts.iter().map(text).collect();
            return Ok(Self { kind: Kind::Arguments(texts.into_iter()), name: String::new(), lines_read: 0 });
        }
        if arguments.pair.is_some() {
            return Err(Failure::Usage("--pair needs a TEXT that it goes with".into()));
        }
        let file = arguments.file.as_deref().filter(|path| *path != Path::new("-"));
        let json = arguments.jsonl
            || file.is_some_and(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        let (reader, name): (Box<dyn Read>, _) = match file {
            Some(path) => {
                let file = File::open(path).map_err(|error| Failure::io("read", path.display(), &error))?;
                (Box::new(file), path.display().to_string())
            }
            None if io::stdin().is_terminal() && arguments.file.is_none() => {
                return Err(Failure::Usage(
                    "there is no text; give TEXT arguments, --file, or lines on stdin".into(),
                ));
            }
            None => (Box::new(io::stdin()), "stdin".into()),
        };
        Ok(Self { kind: Kind::Lines { reader: line_reader(reader), json }, name, lines_read: 0 })
    }

    /// The next chunk; empty at the end. A chunk of lines also ends where the input pauses, so that the answers for a
    /// slow writer are not held back.
    pub fn next_chunk(&mut self) -> Result<Vec<Text>, Failure> {
        let mut chunk = Vec::new();
        let mut bytes = 0;
        while chunk.len() < CHUNK_TEXTS && bytes < CHUNK_BYTES && (chunk.is_empty() || !self.would_wait()) {
            let next = match &mut self.kind {
                Kind::Arguments(texts) => texts.next(),
                Kind::Lines { reader, json } => next_text(reader, *json, &mut self.lines_read)
                    .map_err(|failure| failure.within(format!("{}, line {}", self.name, self.lines_read)))?,
            };
            let Some(text) = next else { break };
            bytes += text.text.len() + text.pair.as_ref().map_or(0, String::len);
            chunk.push(text);
        }
        Ok(chunk)
    }

    /// Whether the next line is not yet here.
    fn would_wait(&self) -> bool {
        match &self.kind {
            Kind::Arguments(_) => false,
            Kind::Lines { reader, .. } => !reader.buffer().contains(&b'\n'),
        }
    }

    /// All that is left, for outputs that cannot be streamed.
    pub fn read_all(&mut self) -> Result<Vec<Text>, Failure> {
        let mut all = Vec::new();
        loop {
            let chunk = self.next_chunk()?;
            if chunk.is_empty() {
                return Ok(all);
            }
            all.extend(chunk);
        }
    }
}

fn line_reader(reader: Box<dyn Read>) -> LineReader {
    BufReader::with_capacity(READ_BYTES, reader)
}

/// Reads a line. Blank lines are texts, but no JSON objects: those are skipped.
fn next_text(reader: &mut LineReader, json: bool, lines_read: &mut usize) -> Result<Option<Text>, Failure> {
    loop {
        let mut line = Vec::new();
        *lines_read += 1;
        let count = reader
            .take(LONGEST_LINE + 1)
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::Failed(format!("cannot read: {error}")))?;
        if count == 0 {
            return Ok(None);
        }
        if count as u64 > LONGEST_LINE {
            return Err(Failure::Failed(format!(
                "the line is longer than {} MiB; split it",
                LONGEST_LINE >> 20
            )));
        }
        let line = String::from_utf8(line)
            .map_err(|error| Failure::Failed(format!("not UTF-8 ({error}); convert it")))?;
        let text = line.strip_suffix('\n').unwrap_or(&line);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if !json {
            return Ok(Some(Text { text: text.to_owned(), pair: None, line: Some(*lines_read) }));
        }
        if text.trim().is_empty() {
            continue;
        }
        let JsonText { text, pair } = serde_json::from_str(text).map_err(|error| {
            Failure::Failed(format!("not an object {{\"text\": …, \"pair\": …}} in JSON: {error}"))
        })?;
        return Ok(Some(Text { text, pair, line: Some(*lines_read) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(input: &str, json: bool) -> Result<Vec<(String, Option<String>)>, Failure> {
        let reader = line_reader(Box::new(io::Cursor::new(input.to_owned())));
        let mut source =
            TextSource { kind: Kind::Lines { reader, json }, name: "test".into(), lines_read: 0 };
        Ok(source.read_all()?.into_iter().map(|text| (text.text, text.pair)).collect())
    }

    #[test]
    fn lines_keep_blank_lines_and_lose_their_ends() {
        let found = texts("a\r\n\n b \nc", false).unwrap();
        let found: Vec<_> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(found, ["a", "", " b ", "c"]);
    }

    #[test]
    fn chunks_are_bounded_and_keep_the_order() {
        let input: String = (0..200).map(|number| format!("{number}\n")).collect();
        let reader = line_reader(Box::new(io::Cursor::new(input)));
        let kind = Kind::Lines { reader, json: false };
        let mut source = TextSource { kind, name: "test".into(), lines_read: 0 };
        assert_eq!(source.next_chunk().unwrap().len(), CHUNK_TEXTS);
        let rest = source.read_all().unwrap();
        assert_eq!((rest[0].text.as_str(), rest[0].line), ("64", Some(65)));
        assert_eq!(rest.len(), 200 - CHUNK_TEXTS);
    }

    #[test]
    fn json_lines_have_a_text_and_maybe_a_pair() {
        let found = texts("{\"text\":\"a\"}\n\n{\"text\":\"b\",\"pair\":\"c\"}\n", true).unwrap();
        assert_eq!(found, [("a".into(), None), ("b".into(), Some("c".into()))]);
        let Err(Failure::Failed(message)) = texts("{\"text\":\"a\"}\n{\"txt\":1}", true) else {
            panic!("must fail")
        };
        assert!(message.starts_with("test, line 2: "), "{message}");
    }
}
