//! Finds and opens the model that the options name.

use std::path::{Path, PathBuf};

use deberta::{Caches, Config, Model, OpenOptions, Tokenizer, TokenizerOptions};

use crate::arguments::{GlobalArguments, LoadMode};
use crate::failure::Failure;
use crate::progress;

/// The bundled model, below the repository or an installation prefix.
const BUNDLED: [&str; 2] = ["models/code-language", "share/deberta/models/code-language"];

/// The folder of the model that --model or DEBERTA_MODEL names, or of the bundled model.
pub fn folder(global: &GlobalArguments) -> Result<PathBuf, Failure> {
    match named(global) {
        Some((name, origin)) => {
            Caches::from_environment().locate(&name).map_err(|error| Failure::from(error).within(origin))
        }
        None => bundled(),
    }
}

/// The name or folder of --model, or of DEBERTA_MODEL, and which of them it is.
fn named(global: &GlobalArguments) -> Option<(PathBuf, &'static str)> {
    let from_environment = || std::env::var_os("DEBERTA_MODEL").filter(|name| !name.is_empty());
    match &global.model {
        Some(name) => Some((name.clone(), "--model")),
        None => from_environment().map(|name| (name.into(), "DEBERTA_MODEL")),
    }
}

/// The folder of the sources, but for a distribution, whose models are beside it.
const SOURCE: Option<&str> =
    if option_env!("DEBERTA_DISTRIBUTION").is_some() { None } else { Some(env!("CARGO_MANIFEST_DIR")) };

fn bundled() -> Result<PathBuf, Failure> {
    let executable = std::env::current_exe().and_then(|path| path.canonicalize()).unwrap_or_default();
    let source = SOURCE.and_then(|folder| Path::new(folder).parent());
    let found = executable
        .ancestors()
        .skip(1)
        .chain(source)
        .flat_map(|base| BUNDLED.map(|folder| base.join(folder)))
        .find(|folder| folder.join("config.json").is_file());
    found.ok_or_else(|| {
        Failure::Failed(
            "the bundled model models/code-language was not found; give a model with --model or DEBERTA_MODEL"
                .into(),
        )
    })
}

/// What to call the model in reports: its folder, or with random weights what it was asked for by.
pub fn label(global: &GlobalArguments) -> Result<String, Failure> {
    match named(global) {
        Some((name, _)) if global.random_weights => Ok(name.display().to_string()),
        _ => Ok(folder(global)?.display().to_string()),
    }
}

/// How to open a model.
pub fn open_options(global: &GlobalArguments) -> OpenOptions {
    OpenOptions {
        precision: global.precision,
        threads: global.threads,
        instruction_set: global.isa,
        load_mode: match global.load_mode {
            LoadMode::Map => deberta::LoadMode::MemoryMap,
            LoadMode::Copy => deberta::LoadMode::Copy,
        },
        tensor_prefix: global.tensor_prefix.clone(),
        packed_cache: global.packed_cache.clone(),
        random_weights: global.random_weights.then_some(global.seed),
        tokenizer: tokenizer_options(global),
        observer: progress::opening(),
    }
}

fn tokenizer_options(global: &GlobalArguments) -> TokenizerOptions {
    TokenizerOptions { mode: global.tokenizer_mode }
}

/// Opens the model.
pub fn open(global: &GlobalArguments) -> Result<Model, Failure> {
    let options = open_options(global);
    match named(global) {
        // Of a preset that is not on this machine, the configuration is known.
        Some((name, origin)) if global.random_weights => {
            Model::from_preset(&name, &options).map_err(|error| Failure::from(error).within(origin))
        }
        _ => Ok(Model::open(folder(global)?, &options)?),
    }
}

/// The tokenizer of an open model.
pub fn tokenizer(model: &Model) -> Result<&Tokenizer, Failure> {
    model.tokenizer().ok_or_else(|| {
        Failure::Failed(
            "the model folder has no tokenizer.json or spm.model; add one, or encode token ids with --tensors"
                .into(),
        )
    })
}

/// The tokenizer alone, without reading weights, and the length that the model's configuration names.
pub fn open_tokenizer(global: &GlobalArguments) -> Result<(Tokenizer, Option<usize>), Failure> {
    let folder = folder(global)?;
    let Some(tokenizer) = Tokenizer::open(&folder, &tokenizer_options(global))? else {
        return Err(Failure::Failed(format!(
            "there is no tokenizer.json or spm.model in {}; add one of the same checkpoint",
            folder.display()
        )));
    };
    // A tokenizer can be tried without a model; then there is no limit to take from it.
    let limit = match folder.join("config.json").is_file() {
        true => Some(Config::from_folder(&folder)?.max_position_embeddings),
        false => None,
    };
    Ok((tokenizer, limit))
}
