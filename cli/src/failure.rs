//! How a command fails: one line on stderr and an exit code.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// The exit code of a program that SIGINT ended, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The command line is wrong: exit code 2.
    Usage(String),
    /// The command line is right, but the work failed: exit code 1.
    Failed(String),
    /// Whoever read the output has gone; nothing is left to say.
    BrokenPipe,
    /// There was a SIGINT, which was answered already.
    Interrupted,
}

impl Failure {
    /// A failure to read, write or rename something named `what`.
    pub fn io(action: &str, what: impl Display, error: &io::Error) -> Self {
        Self::Failed(format!("cannot {action} {what}: {error}"))
    }

    /// Puts `context` in front of the message.
    pub fn within(self, context: impl Display) -> Self {
        match self {
            Self::Usage(message) => Self::Usage(format!("{context}: {message}")),
            Self::Failed(message) => Self::Failed(format!("{context}: {message}")),
            Self::BrokenPipe | Self::Interrupted => self,
        }
    }

    /// Prints the failure and returns its exit code.
    pub fn report(self) -> ExitCode {
        let (message, code) = match self {
            Self::BrokenPipe => return ExitCode::SUCCESS,
            Self::Interrupted => return ExitCode::from(INTERRUPTED),
            Self::Failed(message) => (message, 1),
            Self::Usage(message) => (message, 2),
        };
        say(&message);
        ExitCode::from(code)
    }
}

impl From<deberta::Error> for Failure {
    fn from(error: deberta::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        let rendered = error.render().to_string();
        let message = rendered.split("\n\nUsage:").next().unwrap_or(&rendered);
        let message = message.split("\n\nFor more information").next().unwrap_or(message);
        let message = message.strip_prefix("error: ").unwrap_or(message);
        Self::Usage(format!("{}; see deberta --help", message.trim_end().trim_end_matches('.')))
    }
}

/// Prints a message in one line on stderr.
pub fn say(message: &str) {
    // Nothing can be done about a closed stderr.
    let _ = writeln!(io::stderr(), "deberta: {}", in_one_line(message));
}

/// Messages may quote input: line breaks and control characters must not fake further output.
fn in_one_line(message: &str) -> String {
    let visible: String = message.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
