//! Where the Hugging Face and Kaggle libraries keep what they downloaded.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::ModelName;
use crate::error::{Error, ErrorKind, Result, bail};

/// The folders in which models are looked for by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caches {
    /// The folder of Hugging Face's programs, which holds their token and, unless another is named, their cache.
    pub hugging_face_home: Option<PathBuf>,
    /// The cache of Hugging Face, the folder named `hub`; `None` where no variable and no home directory names it.
    pub hugging_face: Option<PathBuf>,
    /// The cache of kagglehub.
    pub kaggle: Option<PathBuf>,
}

impl Caches {
    /// The caches that the other programs of this process' environment use: `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`,
    /// `HF_HOME`, `XDG_CACHE_HOME` and `KAGGLEHUB_CACHE`, or else those below the home directory.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| std::env::var_os(name), std::env::home_dir())
    }

    /// As [`Self::from_environment`], for the environment that is passed in.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Self {
        let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let folder = |name: &str| {
            let path = PathBuf::from(variable(name).filter(|value| !value.is_empty())?);
            match (path.strip_prefix("~"), &home) {
                (Ok(rest), Some(home)) => Some(home.join(rest)),
                _ => Some(path),
            }
        };
        let hugging_face_home = folder("HF_HOME")
            .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("huggingface")))
            .or_else(|| below_home(".cache/huggingface"));
        Self {
            hugging_face: folder("HF_HUB_CACHE")
                .or_else(|| folder("HUGGINGFACE_HUB_CACHE"))
                .or_else(|| hugging_face_home.as_ref().map(|home| home.join("hub"))),
            hugging_face_home,
            kaggle: folder("KAGGLEHUB_CACHE").or_else(|| below_home(".cache/kagglehub")),
        }
    }

    /// The folder of a model: the folder itself, if there is one of that path, or else what [`ModelName`] finds.
    ///
    /// # Errors
    ///
    /// `NotFound` if neither is there; the message says where it was looked for, and how to get it.
    /// `InvalidArgument` if it is neither a folder nor the name of a model.
    pub fn locate(&self, folder_or_name: impl AsRef<Path>) -> Result<PathBuf> {
        let path = folder_or_name.as_ref();
        if path.is_dir() {
            return Ok(path.to_path_buf());
        }
        if path.exists() {
            bail!(InvalidArgument, "{} is not a folder; give the folder of a model", path.display());
        }
        match path.to_str().filter(|text| !is_surely_a_path(Path::new(text))) {
            Some(text) => {
                let name: ModelName = text.parse().map_err(|error: Error| {
                    Error::new(ErrorKind::InvalidArgument, format!("there is no folder {text}, and {error}"))
                })?;
                name.resolve(self)
            }
            None => {
                bail!(
                    NotFound,
                    "there is no folder {}; give the folder or the name of a model",
                    path.display()
                )
            }
        }
    }
}

/// No name starts like that.
fn is_surely_a_path(path: &Path) -> bool {
    path.has_root() || path.starts_with("~") || path.starts_with(".") || path.starts_with("..")
}

/// Whether a folder of a cache can be opened as a model; else what it lacks.
pub(super) fn check_folder(folder: &Path) -> std::result::Result<(), String> {
    /// Files of which each is the weights, or says where they are.
    const WEIGHTS: [&str; 6] = [
        "model.safetensors",
        "model.safetensors.index.json",
        "pytorch_model.bin",
        "pytorch_model.bin.index.json",
        "model.weights.h5",
        "model.weights.json",
    ];
    let has = |name: &str| folder.join(name).is_file();
    if !has("config.json") {
        return Err(format!("{} has no config.json", folder.display()));
    }
    if !WEIGHTS.into_iter().any(has) {
        return Err(format!("{} has no weights", folder.display()));
    }
    Ok(())
}
