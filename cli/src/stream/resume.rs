//! Where an output ends that was not finished: after its last complete line.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::failure::Failure;

/// What every answer to a line starts with.
const START: &[u8] = b"{\"line\":";
/// What follows the number of a line that has no answer.
const ERROR: &[u8] = b",\"error\":";

/// What of an output is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// The last line of the input with an answer or an error; 0 for none.
    pub line: usize,
    /// Lines of the output that are answers.
    pub answered: usize,
    /// Lines of the output that are errors.
    pub failed: usize,
    /// Bytes up to the end of the last complete line.
    bytes: u64,
}

/// Opens an output to write behind its last complete line; what is torn after it is cut off.
pub fn reopen(path: &Path) -> Result<(File, Finished), Failure> {
    let cannot = |error: std::io::Error| Failure::io("resume", path.display(), &error);
    let options = &mut File::options();
    let mut file = match options.read(true).write(true).create(true).truncate(false).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::io("write to the folder of", path.display(), &error));
        }
        opened => opened.map_err(cannot)?,
    };
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err(Failure::Failed(format!("cannot resume {}: it is not a regular file", path.display())));
    }
    let finished = read(BufReader::with_capacity(1 << 18, &mut file)).map_err(cannot)?.ok_or_else(|| {
        Failure::Failed(format!(
            "cannot resume {}: not every line of it is an answer of this command to a line of the input; give the file \
             that --output wrote",
            path.display()
        ))
    })?;
    file.set_len(finished.bytes).map_err(cannot)?;
    file.seek(SeekFrom::Start(finished.bytes)).map_err(cannot)?;
    Ok((file, finished))
}

/// `None` for what is no output of ours. Each line is looked at with its start only: an answer may be long.
fn read(mut output: impl BufRead) -> std::io::Result<Option<Finished>> {
    let mut finished = Finished::default();
    loop {
        let mut start = Vec::new();
        // The digits of the largest number have room.
        (&mut output).take((START.len() + 20 + ERROR.len()) as u64).read_until(b'\n', &mut start)?;
        let mut length = start.len() as u64;
        let mut end = start.last().copied();
        while !matches!(end, Some(b'\n') | None) {
            let buffer = output.fill_buf()?;
            let piece = buffer.iter().position(|&byte| byte == b'\n').map_or(buffer.len(), |index| index + 1);
            if piece == 0 {
                break;
            }
            end = Some(buffer[piece - 1]);
            output.consume(piece);
            length += piece as u64;
        }
        if end != Some(b'\n') {
            let is_torn = start.starts_with(START) || START.starts_with(&start);
            return Ok(is_torn.then_some(finished));
        }
        let Some((line, rest)) = number(&start).filter(|(line, _)| *line > finished.line) else {
            return Ok(None);
        };
        let is_error = rest.starts_with(ERROR);
        finished = Finished {
            line,
            answered: finished.answered + usize::from(!is_error),
            failed: finished.failed + usize::from(is_error),
            bytes: finished.bytes + length,
        };
    }
}

/// The number that an answer starts with, and what follows it.
fn number(start: &[u8]) -> Option<(usize, &[u8])> {
    let rest = start.strip_prefix(START)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let line = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((line, &rest[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(output: &str) -> Option<Finished> {
        // A small buffer: lines lie in several.
        read(BufReader::with_capacity(16, output.as_bytes())).unwrap()
    }

    #[test]
    fn the_last_complete_line_is_found_wherever_the_output_is_torn() {
        let lines = [
            format!("{{\"line\":1,\"text\":\"{}\"}}\n", "x".repeat(100)),
            "{\"line\":3,\"error\":\"why\"}\n".into(),
            "{\"line\":40,\"a\":1}\n".into(),
        ];
        let whole = lines.concat();
        let ends = [0, lines[0].len(), whole.len() - lines[2].len(), whole.len()];
        for length in 0..=whole.len() {
            let complete = ends.iter().filter(|&&end| end <= length).count() - 1;
            let (line, answered, failed) = [(0, 0, 0), (1, 1, 0), (3, 1, 1), (40, 2, 1)][complete];
            let expected = Finished { line, answered, failed, bytes: ends[complete] as u64 };
            assert_eq!(finished(&whole[..length]), Some(expected), "{length}");
        }
    }

    #[test]
    fn other_files_are_told_from_ours() {
        for other in [
            "text",
            "\n",
            "{\"text\":\"a\"}\n",
            "{\"line\":\"1\"}\n",
            "{\"line\":0,\"a\":1}\n",
            "{\"line\":2,\"a\":1}\n{\"line\":2,\"a\":1}\n",
            "{\"line\":1,\"a\":1}\nother",
            "{\"line\":99999999999999999999999,\"a\":1}\n",
        ] {
            assert_eq!(finished(other), None, "{other}");
        }
    }
}
