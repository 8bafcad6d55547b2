//! `deberta pack`: packed weights in a file, written or verified.

use std::path::PathBuf;

use clap::Args;
use deberta::Model;
use serde_json::json;

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;

/// Write a model's packed weights to a directory, for --packed-cache
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta pack --model DIR --output PACKED                      for this machine's fastest instructions
  deberta pack --model DIR --output PACKED --precision int8 --isa avx2
  deberta pack --model DIR --output PACKED --verify             check every byte of what is there
  deberta classify --model DIR --packed-cache PACKED 'a text'   use it

Opening a model never writes to a directory that this command made: if what is there does not fit the model, the
precision and the instruction set, opening fails and says why.")]
pub struct PackArguments {
    /// Directory to write to; made where it does not exist
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write nothing; read the file that is there and compare all its digests
    #[arg(long)]
    pub verify: bool,
}

pub fn run(global: &GlobalArguments, arguments: &PackArguments) -> Result<(), Failure> {
    let folder = model::folder(global)?;
    let options = model::open_options(global);
    let (report, done) = match arguments.verify {
        true => (Model::verify_packed(&folder, &arguments.output, &options)?, "verified"),
        false => (Model::pack(&folder, &arguments.output, &options)?, "wrote"),
    };
    let milliseconds = (report.elapsed.as_secs_f64() * 1e4).round() / 10.0;
    let mut printer = Printer::new();
    if global.json {
        printer.json(&json!({
            "file": report.path.display().to_string(),
            "bytes": report.bytes,
            "tensors": report.tensors,
            "verified": arguments.verify,
            "milliseconds": milliseconds,
        }))?;
    } else {
        printer.line(format_args!(
            "{done} {}: {} bytes, {} tensors, {milliseconds} ms",
            report.path.display(),
            report.bytes,
            report.tensors
        ))?;
    }
    printer.flush()
}
