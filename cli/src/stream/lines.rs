//! Lines of a file or of stdin, one at a time, so that the size of the input does not matter.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

use crate::failure::Failure;

/// Bytes to ask the operating system for at a time.
const READ_BYTES: usize = 1 << 18;
/// A longer line is not text.
const LONGEST_LINE: u64 = 64 << 20;

/// What a line gives, or why it gives nothing.
pub type Line<T> = Result<T, String>;

/// Reads lines and counts them.
pub struct LineReader {
    reader: BufReader<Box<dyn Read>>,
    name: String,
    length: Option<u64>,
    lines: usize,
    bytes: u64,
}

impl LineReader {
    /// A file, or stdin for `None` and for `-`.
    pub fn open(file: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = file.filter(|path| *path != Path::new("-")) {
            let file = File::open(path).map_err(|error| Failure::io("read", path.display(), &error))?;
            let length = file_length(&file);
            return Ok(Self::new(file, path.display().to_string(), length));
        }
        if file.is_none() && io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "there is nothing to work on; give it as arguments, with --file, or as lines on stdin".into(),
            ));
        }
        Ok(Self::new(io::stdin(), "stdin".into(), stdin_length()))
    }

    pub(super) fn new(reader: impl Read + 'static, name: String, length: Option<u64>) -> Self {
        let reader = BufReader::with_capacity(READ_BYTES, Box::new(reader) as Box<dyn Read>);
        Self { reader, name, length, lines: 0, bytes: 0 }
    }

    /// The next line without its end, or `None` at the end of the input. A line that is no text does not end the input.
    pub fn next_line(&mut self) -> Result<Option<Line<String>>, Failure> {
        let mut line = Vec::new();
        let read = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut line);
        let count = read.map_err(|error| self.cannot_read(&error))? as u64;
        if count == 0 {
            return Ok(None);
        }
        self.lines += 1;
        self.bytes += count;
        if count == LONGEST_LINE && line.last() != Some(&b'\n') {
            drop(line);
            self.skip_to_line_end()?;
            return Ok(Some(Err(format!("the line is longer than {} MiB; split it", LONGEST_LINE >> 20))));
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            line.pop_if(|byte| *byte == b'\r');
        }
        let text = String::from_utf8(line).map_err(|error| {
            let start = error.utf8_error().valid_up_to();
            format!("not UTF-8 from byte {start} of the line on; convert it")
        });
        Ok(Some(text))
    }

    /// Reads on to the end of a line.
    pub fn skip_to(&mut self, line: usize) -> Result<(), Failure> {
        while self.lines < line {
            if self.skip_to_line_end()? == 0 {
                return Err(Failure::Failed(format!(
                    "{} ends after line {}, but the output is of {line} lines or more; give the input that it was made \
                     from",
                    self.name, self.lines
                )));
            }
            self.lines += 1;
        }
        Ok(())
    }

    fn skip_to_line_end(&mut self) -> Result<usize, Failure> {
        let count = self.reader.skip_until(b'\n').map_err(|error| self.cannot_read(&error))?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn cannot_read(&self, error: &io::Error) -> Failure {
        Failure::io("read", &self.name, error)
    }

    /// Whether the next line is here without waiting for whoever writes it.
    pub fn is_ready(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }

    /// Lines read so far: the number of the last one, from 1.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes in all, where the input is a file.
    pub fn length(&self) -> Option<u64> {
        self.length
    }
}

fn file_length(file: &File) -> Option<u64> {
    file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
}

/// How long the file is that stdin is redirected from.
#[cfg(unix)]
fn stdin_length() -> Option<u64> {
    use std::os::fd::AsFd;
    let stdin = io::stdin().as_fd().try_clone_to_owned().ok()?;
    file_length(&File::from(stdin))
}

#[cfg(not(unix))]
fn stdin_length() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(input: &[u8]) -> LineReader {
        LineReader::new(io::Cursor::new(input.to_vec()), "test".into(), None)
    }

    fn lines(input: &[u8]) -> Vec<Line<String>> {
        let mut reader = reader(input);
        std::iter::from_fn(|| reader.next_line().unwrap()).collect()
    }

    #[test]
    fn lines_keep_blank_lines_and_lose_their_ends() {
        let expected: Vec<Line<String>> = ["a", "", " b ", "c\r"].map(|line| Ok(line.to_owned())).into();
        assert_eq!(lines(b"a\r\n\n b \nc\r"), expected);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn what_is_no_text_does_not_end_the_input() {
        let found = lines(b"a\nb\xff\nc\n");
        assert_eq!((&found[0], &found[2]), (&Ok("a".into()), &Ok("c".into())));
        assert!(found[1].as_ref().unwrap_err().contains("from byte 1 "), "{found:?}");

        let mut long = vec![b'x'; LONGEST_LINE as usize + 10];
        long.extend(b"\nshort\n");
        let mut reader = reader(&long);
        assert!(reader.next_line().unwrap().unwrap().unwrap_err().contains("longer than 64 MiB"));
        assert_eq!(reader.next_line().unwrap(), Some(Ok("short".into())));
        assert_eq!((reader.lines(), reader.bytes()), (2, long.len() as u64));
    }

    #[test]
    fn lines_are_skipped() {
        let mut reader = reader(b"a\nb\nc\nd");
        reader.skip_to(2).unwrap();
        assert_eq!(
            (reader.next_line().unwrap(), reader.lines(), reader.bytes()),
            (Some(Ok("c".into())), 3, 6)
        );
        reader.skip_to(4).unwrap();
        let Err(Failure::Failed(message)) = reader.skip_to(5) else { panic!("must fail") };
        assert!(message.contains("test ends after line 4,"), "{message}");
    }
}
