//! `deberta fetch`: a model from Hugging Face into the cache.

use clap::Args;
use deberta::ModelName;
use glob::Pattern;
use serde_json::json;

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::fetch::fetch;
use crate::printer::Printer;

/// Download a model from Hugging Face into the cache that its own programs use, and print the folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta fetch deberta_v3_base_en
  deberta fetch microsoft/deberta-v3-base --revision main --json
  deberta fetch user/name@v1.0 --include 'README.md' --include 'onnx/*'
  deberta info --model user/name@v1.0            use it, without a network from now on

Fetched are config.json, the tokenizer, and the weights: model.safetensors, else pytorch_model.bin, else those of a
Keras preset, each also in shards. Every file is checked against the checksum that the hub has for it. Fetching again
goes on where it ended, and fetches only what is new.
Environment: HF_HUB_CACHE or HF_HOME say where to, HF_TOKEN (or the file of huggingface-cli login) is for repositories
that are not for everyone, HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 refuses; ALL_PROXY, HTTPS_PROXY or HTTP_PROXY,
the first that is set, and NO_PROXY are for proxies.")]
pub struct FetchArguments {
    /// A repository (user/name, hf://user/name, with @revision behind it if wanted), or a preset such as
    /// deberta_v3_base_en
    #[arg(value_name = "NAME")]
    pub name: ModelName,
    /// Branch, tag or commit [default: that of the name, or main]
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// Also fetch the files whose names fit this pattern, such as '*.md'
    #[arg(long, value_name = "PATTERN")]
    pub include: Vec<Pattern>,
}

pub fn run(global: &GlobalArguments, arguments: &FetchArguments) -> Result<(), Failure> {
    let model = match &arguments.name {
        ModelName::Preset(preset) => preset.hugging_face(),
        ModelName::HuggingFace(model) => model.clone(),
        name => {
            let handle = name.to_string();
            let handle = handle.trim_start_matches("kaggle://");
            return Err(Failure::Failed(format!(
                "{name} cannot be fetched, since Kaggle asks for an account; download it with Python, import kagglehub; \
                 kagglehub.model_download({handle:?}), and --model {name} finds it"
            )));
        }
    };
    let model = match &arguments.revision {
        Some(revision) => model.with_revision(revision).map_err(|error| Failure::Usage(error.to_string()))?,
        None => model,
    };
    let fetched = fetch(&model, &arguments.include)?;
    let folder = fetched.folder.display().to_string();
    let mut printer = Printer::new();
    match global.json {
        true => printer.json(&json!({
            "folder": folder,
            "repository": model.repository(),
            "revision": model.revision(),
            "commit": fetched.commit,
            "files": fetched.files,
            "received_bytes": fetched.received,
        }))?,
        false => printer.line(folder)?,
    }
    printer.flush()
}
