//! The `deberta` command.

mod arguments;
mod bench;
mod commands;
mod failure;
mod fetch;
mod model;
mod output_file;
mod printer;
mod progress;
mod report;
mod stream;
mod tensor_file;
mod warnings;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use failure::Failure;

fn main() -> ExitCode {
    warnings::install();
    let result = match Arguments::try_parse() {
        Ok(arguments) => run(&arguments),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
            _ => Err(Failure::from(error)),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Classify(arguments) => commands::classify::run(global, arguments),
        Command::ZeroShot(arguments) => commands::zero_shot::run(global, arguments),
        Command::Tag(arguments) => commands::tag::run(global, arguments),
        Command::Answer(arguments) => commands::answer::run(global, arguments),
        Command::Rank(arguments) => commands::rank::run(global, arguments),
        Command::FillMask(arguments) => commands::fill_mask::run(global, arguments),
        Command::Choose(arguments) => commands::choose::run(global, arguments),
        Command::Encode(arguments) => commands::encode::run(global, arguments),
        Command::Explain(arguments) => commands::explain::run(global, arguments),
        Command::Tokenize(arguments) => commands::tokenize::run(global, arguments),
        Command::Info => commands::info::run(global),
        Command::Fetch(arguments) => commands::fetch::run(global, arguments),
        Command::Pack(arguments) => commands::pack::run(global, arguments),
        Command::Convert(arguments) => commands::convert::run(global, arguments),
        Command::Bench(arguments) => bench::run(global, arguments),
    }
}
