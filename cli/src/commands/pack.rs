//! `deberta pack`: packed weights in a file, written or verified.

use deberta::Model;
use serde_json::json;

use crate::arguments::{GlobalArguments, PackArguments};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;

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
