//! `deberta fetch`: a model from Hugging Face into the cache.

use deberta::ModelName;
use serde_json::json;

use crate::arguments::{FetchArguments, GlobalArguments};
use crate::failure::Failure;
use crate::fetch::fetch;
use crate::printer::Printer;

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
