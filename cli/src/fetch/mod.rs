//! Models from Hugging Face into the cache that its own programs use.
//!
//! The crate `hf-hub` brings an asynchronous runtime and two HTTP stacks, and neither resumes downloads nor checks
//! them; the protocol is small.

mod checksum;
mod client;
mod download;
mod hub;
mod repository_cache;
mod selection;

use std::path::PathBuf;

use deberta::{Caches, HuggingFaceModel};
use glob::Pattern;
use indicatif::ProgressBar;

use crate::failure::Failure;
use crate::progress;
use hub::Hub;
use repository_cache::RepositoryCache;

/// What was fetched, or was there already.
pub struct Fetched {
    /// The folder to open.
    pub folder: PathBuf,
    pub commit: String,
    pub files: Vec<String>,
    /// Bytes that came over the network.
    pub received: u64,
}

/// Fetches what a model needs, and the files that fit one of the patterns. Until all are there, the revision stays what it
/// was.
pub fn fetch(model: &HuggingFaceModel, include: &[Pattern]) -> Result<Fetched, Failure> {
    let caches = Caches::from_environment();
    let hub = Hub::from_environment(&caches)?;
    let cache = caches.hugging_face.ok_or_else(|| {
        Failure::Failed("there is no home directory to fetch to; set HF_HUB_CACHE to a folder".into())
    })?;
    let revision = hub.revision(model)?;
    let available = revision.files();
    let selection = selection::select(&available, include)?;
    let mut fetch = Fetch {
        cache: RepositoryCache::new(&cache, model),
        hub,
        model,
        commit: revision.commit.clone(),
        bar: progress::bytes("fetching"),
        received: 0,
    };
    let mut files = selection.files;
    fetch.files(&files)?;
    let folder = fetch.cache.snapshot(&fetch.commit);
    if let Some(index) = selection.index {
        let path = folder.join(index);
        let index = std::fs::read(&path).map_err(|error| Failure::io("read", path.display(), &error))?;
        let mut shards = selection::shards(&index, &available)?;
        shards.retain(|shard| !files.contains(shard));
        fetch.files(&shards)?;
        files.append(&mut shards);
    }
    fetch.cache.set_reference(model.revision(), &fetch.commit)?;
    fetch.bar.finish_and_clear();
    Ok(Fetched { folder, commit: fetch.commit, files, received: fetch.received })
}

/// The fetching of one commit.
struct Fetch<'a> {
    hub: Hub,
    cache: RepositoryCache,
    model: &'a HuggingFaceModel,
    commit: String,
    bar: ProgressBar,
    received: u64,
}

impl Fetch<'_> {
    fn files(&mut self, names: &[String]) -> Result<(), Failure> {
        let files = names.iter().map(|name| self.hub.file(self.model, &self.commit, name));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        self.bar.inc_length(files.iter().map(|file| file.size).sum());
        for file in &files {
            self.bar.set_message(file.name.clone());
            self.received += download::download(&self.hub, &self.cache, file, &self.bar)?;
            self.cache.link(&self.commit, &file.name, &file.checksum)?;
        }
        Ok(())
    }
}
