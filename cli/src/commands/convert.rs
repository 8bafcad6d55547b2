//! `deberta convert`: a model folder in the format of other programs.

use std::ops::ControlFlow;

use serde_json::json;

use crate::arguments::{ConvertArguments, GlobalArguments};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{model, progress};

pub fn run(global: &GlobalArguments, arguments: &ConvertArguments) -> Result<(), Failure> {
    let folder = model::folder(global)?;
    let bar = progress::bytes("writing");
    let report =
        deberta::convert(&folder, arguments.to.target(), &arguments.output, &|bytes, total_bytes| {
            bar.set_length(total_bytes);
            bar.set_position(bytes);
            ControlFlow::Continue(())
        })?;
    bar.finish_and_clear();
    let mut printer = Printer::new();
    if global.json {
        let files = report.files.iter();
        let files: Vec<_> =
            files.map(|(path, bytes)| json!({"path": path.display().to_string(), "bytes": bytes})).collect();
        printer.json(&json!({"folder": arguments.output.display().to_string(), "files": files, "tensors": report.tensors, "notes": report.notes}))?;
    } else {
        for (path, bytes) in &report.files {
            printer.line(format_args!("wrote {}: {bytes} bytes", path.display()))?;
        }
        for note in &report.notes {
            printer.line(format_args!("note: {note}"))?;
        }
    }
    printer.flush()
}
