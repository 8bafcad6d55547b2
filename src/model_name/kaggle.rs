//! Models on Kaggle, and the cache of `kagglehub`: `models/OWNER/MODEL/FRAMEWORK/VARIATION/VERSION` has the files.
//!
//! A download is complete when a marker says so: `VERSION.complete` beside the version if all files were downloaded at
//! once, `.complete/VERSION/FILE.complete` for each file if they were downloaded one by one, as KerasHub does.

use std::fmt;
use std::path::{Path, PathBuf};

use super::caches::check_folder;
use crate::error::{Result, bail};

/// Presets have their files at most two folders deep.
const DEEPEST: usize = 4;

/// A variation of a model on Kaggle: `owner/model/framework/variation`, with or without a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KaggleModel {
    owner: String,
    model: String,
    framework: String,
    variation: String,
    version: Option<u32>,
}

impl KaggleModel {
    /// A variation that is known to exist among the models that Keras publishes.
    pub(super) fn keras(model: &str, variation: &str) -> Self {
        Self {
            owner: "keras".into(),
            model: model.into(),
            framework: "keras".into(),
            variation: variation.into(),
            version: None,
        }
    }

    /// Reads `owner/model/framework/variation` or `owner/model/framework/variation/version`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let is_part = |part: &&str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && part.bytes().all(is_allowed) && !part.starts_with('.')
        };
        let parts: Vec<&str> = text.split('/').collect();
        let version = match parts.get(4) {
            None => Some(None),
            Some(version) => version.parse().ok().filter(|version| *version > 0).map(Some),
        };
        match (parts.as_slice(), version) {
            ([owner, model, framework, variation, ..], Some(version))
                if parts.len() <= 5 && parts.iter().all(is_part) =>
            {
                Ok(Self {
                    owner: (*owner).into(),
                    model: (*model).into(),
                    framework: (*framework).into(),
                    variation: (*variation).into(),
                    version,
                })
            }
            _ => bail!(
                InvalidArgument,
                "{text:?} is not a model on Kaggle; give kaggle://OWNER/MODEL/FRAMEWORK/VARIATION, and if wanted \
                 /VERSION behind it"
            ),
        }
    }

    /// The folder of the version in a cache, or of the highest complete one; or why there is none.
    pub(super) fn find(&self, cache: Option<&Path>) -> std::result::Result<PathBuf, String> {
        let Some(cache) = cache else {
            return Err(
                "the cache of kagglehub is unknown: neither KAGGLEHUB_CACHE nor a home directory is set"
                    .into(),
            );
        };
        let parts = [&self.owner, &self.model, &self.framework, &self.variation];
        let variation = parts.iter().fold(cache.join("models"), |path, part| path.join(part));
        let candidates = match self.version {
            Some(version) => vec![version],
            None => versions(&variation),
        };
        let mut reason = format!("there is no {} (KAGGLEHUB_CACHE names another cache)", variation.display());
        for version in candidates {
            match check_version(&variation, version) {
                Ok(folder) => return Ok(folder),
                Err(why) => reason = why,
            }
        }
        Err(reason)
    }
}

impl fmt::Display for KaggleModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, model, framework, variation, version } = self;
        write!(formatter, "{owner}/{model}/{framework}/{variation}")?;
        match version {
            Some(version) => write!(formatter, "/{version}"),
            None => Ok(()),
        }
    }
}

/// The versions of a variation, the highest first.
fn versions(variation: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir(variation).into_iter().flatten().flatten();
    let mut versions: Vec<u32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions
}

fn check_version(variation: &Path, version: u32) -> std::result::Result<PathBuf, String> {
    let folder = variation.join(version.to_string());
    check_folder(&folder)?;
    let markers = variation.join(".complete").join(version.to_string());
    let is_complete =
        variation.join(format!("{version}.complete")).is_file() || all_are_marked(&folder, &markers, DEEPEST);
    match is_complete {
        true => Ok(folder),
        false => Err(format!("the download of {} is not complete", folder.display())),
    }
}

/// Whether each file in the folder has its marker.
fn all_are_marked(folder: &Path, markers: &Path, depth: usize) -> bool {
    let Ok(mut entries) = std::fs::read_dir(folder) else { return false };
    entries.all(|entry| {
        let Ok(entry) = entry else { return false };
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else { return false };
        if kind.is_dir() {
            return depth > 0 && all_are_marked(&entry.path(), &markers.join(&name), depth - 1);
        }
        let mut marker = name;
        marker.push(".complete");
        markers.join(marker).is_file()
    })
}
