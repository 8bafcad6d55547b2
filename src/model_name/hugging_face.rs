//! Models on Hugging Face, and the cache of `huggingface_hub`:
//! `models--USER--NAME/refs/REVISION` has the commit of a branch or tag, `snapshots/COMMIT` the files.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::caches::check_folder;
use crate::error::{Result, bail};

/// The length of the name of a commit, in hexadecimal digits.
const COMMIT_LENGTH: usize = 40;
/// The longest name of a repository that there can be.
const LONGEST_REPOSITORY: usize = 96;

/// A revision of a model repository on Hugging Face: `user/name`, `user/name@revision`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HuggingFaceModel {
    repository: String,
    revision: String,
}

impl HuggingFaceModel {
    /// The branch `main` of a repository that is known to exist.
    pub(super) fn main(repository: &str) -> Self {
        Self { repository: repository.to_owned(), revision: "main".to_owned() }
    }

    /// Reads `user/name` or `user/name@revision`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (repository, revision) = text.split_once('@').unwrap_or((text, "main"));
        let is_part = |part: &str| {
            let is_end = |character: char| matches!(character, '-' | '.');
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty()
                && part.bytes().all(is_allowed)
                && !part.starts_with(is_end)
                && !part.ends_with(is_end)
        };
        let is_name = repository.split_once('/').is_some_and(|(user, name)| is_part(user) && is_part(name))
            && repository.len() <= LONGEST_REPOSITORY
            && !["--", ".."].iter().any(|forbidden| repository.contains(forbidden))
            && !repository.ends_with(".git");
        if !is_name {
            bail!(InvalidArgument, "{repository:?} is not USER/NAME of a repository on Hugging Face");
        }
        Self::main(repository).with_revision(revision)
    }

    /// Another revision of the repository: a branch, a tag, or the 40 digits of a commit.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there cannot be a revision of that name.
    pub fn with_revision(self, revision: &str) -> Result<Self> {
        // The rules of git, which also keep a path made of it inside of the cache.
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
        let is_allowed = |character: char| {
            !character.is_control() && !character.is_whitespace() && !"\\:?*[~^\"<>|".contains(character)
        };
        let is_name = revision.split('/').all(is_part)
            && revision.chars().all(is_allowed)
            && revision.len() <= 200
            && !revision.contains("..")
            && !revision.ends_with('.');
        if !is_name {
            bail!(
                InvalidArgument,
                "{revision:?} cannot be a revision; give a branch, a tag, or the {COMMIT_LENGTH} digits of a commit"
            );
        }
        Ok(Self { revision: revision.to_owned(), ..self })
    }

    /// `user/name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The branch, tag or commit.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The name of the repository's folder in the cache.
    pub fn cache_folder(&self) -> String {
        format!("models--{}", self.repository.replace('/', "--"))
    }

    /// The folder of the revision in a cache, or why there is none.
    pub(super) fn find(&self, cache: Option<&Path>) -> std::result::Result<PathBuf, String> {
        let Some(cache) = cache else {
            return Err(
                "the cache of Hugging Face is unknown: neither HF_HUB_CACHE nor a home directory is set"
                    .into(),
            );
        };
        let repository = cache.join(self.cache_folder());
        if !repository.is_dir() {
            return Err(format!(
                "there is no {} (HF_HUB_CACHE and HF_HOME name other caches)",
                repository.display()
            ));
        }
        let commit = match is_commit(&self.revision) {
            true => self.revision.clone(),
            false => read_commit(&repository.join("refs").join(&self.revision))
                .ok_or_else(|| format!("{} has no revision {:?}", repository.display(), self.revision))?,
        };
        let snapshot = repository.join("snapshots").join(commit);
        check_folder(&snapshot)?;
        Ok(snapshot)
    }
}

impl fmt::Display for HuggingFaceModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision.as_str() {
            "main" => formatter.write_str(&self.repository),
            revision => write!(formatter, "{}@{revision}", self.repository),
        }
    }
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit that a file of references names; `None` for anything else, which could lead out of the cache.
fn read_commit(path: &Path) -> Option<String> {
    let mut text = String::new();
    let longest = COMMIT_LENGTH as u64 + 2;
    File::open(path).ok()?.take(longest).read_to_string(&mut text).ok()?;
    let commit = text.trim();
    is_commit(commit).then(|| commit.to_owned())
}
