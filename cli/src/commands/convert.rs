//! `deberta convert`: a model folder in the format of other programs.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use deberta::ConversionTarget;
use serde_json::json;

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{model, progress};

/// Write a model folder anew in another format
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta convert --model DIR --to safetensors --output NEW      config.json, model.safetensors, tokenizer.json
  deberta convert --model DIR --to keras --output NEW            a preset for keras_hub's from_preset
  deberta convert --model DIR --to tokenizer-json --output NEW   the tokenizer alone, from spm.model

To safetensors, tensors keep their names, element types and values. The new folder appears complete or not at all.")]
pub struct ConvertArguments {
    /// What to write
    #[arg(long, value_enum)]
    pub to: ConvertTo,
    /// Folder to write; must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
}

/// What `deberta convert` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConvertTo {
    /// A Hugging Face folder with model.safetensors and tokenizer.json
    Safetensors,
    /// A preset that KerasHub loads
    Keras,
    /// tokenizer.json and its companions
    TokenizerJson,
}

impl ConvertTo {
    /// The target in the library's terms.
    pub fn target(self) -> ConversionTarget {
        match self {
            Self::Safetensors => ConversionTarget::Safetensors,
            Self::Keras => ConversionTarget::Keras,
            Self::TokenizerJson => ConversionTarget::TokenizerJson,
        }
    }
}

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
