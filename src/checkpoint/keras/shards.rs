//! `model.weights.json`: which files the backbone's weights are in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::checkpoint::stored::{is_plain_file_name, read_weight_map};
use crate::error::{Result, bail};

/// The shards that the index names, which are in its folder. Keras has one entry for each layer: the file that holds its
/// variables, or a list of files.
pub(super) fn read_shard_paths(index: &Path) -> Result<Vec<PathBuf>> {
    let mut names = BTreeSet::new();
    for (layer, files) in read_weight_map(index)? {
        let files = match files {
            Value::Array(files) => files,
            file => vec![file],
        };
        for file in files {
            match file.as_str().filter(|name| is_plain_file_name(name)) {
                Some(name) => _ = names.insert(name.to_owned()),
                None => bail!(
                    InvalidCheckpoint,
                    "{}: \"weight_map\" puts {layer:?} into {file}, which is not the plain name of a file in this \
                     folder",
                    index.display()
                ),
            }
        }
    }
    let folder = index.parent().unwrap_or(Path::new("."));
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}
