//! Which files of a repository a model needs.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use glob::Pattern;
use serde_json::Value;

use crate::failure::Failure;

/// The files beside the weights, of those that there are: of the model, its tokenizer, and of Keras presets.
const DESCRIPTIONS: [&str; 9] = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "spm.model",
    "preprocessor.json",
    "task.json",
    "metadata.json",
];
/// The weights in the order of preference, and whether the file is an index that names them.
const WEIGHTS: [(&str, bool); 6] = [
    ("model.safetensors", false),
    ("model.safetensors.index.json", true),
    ("pytorch_model.bin", false),
    ("pytorch_model.bin.index.json", true),
    ("model.weights.h5", false),
    ("model.weights.json", true),
];
/// What else comes with the weights of a Keras preset.
const KERAS_TASK: &str = "task.weights.h5";
const KERAS_ASSETS: &str = "assets/";

/// The files to fetch.
#[derive(Debug, PartialEq, Eq)]
pub struct Selection {
    /// All but what the index names.
    pub files: Vec<String>,
    /// The one among them that names further files.
    pub index: Option<String>,
}

/// Chooses from the files of a repository; `include` adds to what a model needs.
pub fn select(available: &[&str], include: &[Pattern]) -> Result<Selection, Failure> {
    if !available.contains(&"config.json") {
        return Err(Failure::Failed("the repository has no config.json, so it holds no model".into()));
    }
    let Some((weights, is_index)) = WEIGHTS.into_iter().find(|(name, _)| available.contains(name)) else {
        return Err(Failure::Failed(format!(
            "the repository has no weights of a kind that is known: {}",
            WEIGHTS.map(|(name, _)| name).join(", ")
        )));
    };
    let is_keras = weights.starts_with("model.weights");
    let is_wanted = |name: &str| {
        name == weights
            || DESCRIPTIONS.contains(&name)
            || (is_keras && (name == KERAS_TASK || name.starts_with(KERAS_ASSETS)))
            || include.iter().any(|pattern| pattern.matches(name))
    };
    if let Some(pattern) = include.iter().find(|pattern| !available.iter().any(|name| pattern.matches(name)))
    {
        return Err(Failure::Failed(format!("the repository has no file that fits --include {pattern}")));
    }
    Ok(Selection {
        files: available.iter().filter(|name| is_wanted(name)).map(|&name| name.to_owned()).collect(),
        index: is_index.then(|| weights.to_owned()),
    })
}

/// The files that an index of weights names.
pub fn shards(index: &[u8], available: &[&str]) -> Result<Vec<String>, Failure> {
    let index: Value = serde_json::from_slice(index)
        .map_err(|error| Failure::Failed(format!("the index of the weights is not JSON: {error}")))?;
    let map = index["weight_map"].as_object();
    let mut names = BTreeSet::new();
    // Keras has a list of files where a variable is divided.
    for value in map.into_iter().flat_map(|map| map.values()) {
        match value {
            Value::String(name) => drop(names.insert(name.as_str())),
            Value::Array(list) => names.extend(list.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    if names.is_empty() {
        return Err(Failure::Failed(
            "the index of the weights has no \"weight_map\" that names files".into(),
        ));
    }
    match names.iter().find(|name| !available.contains(name)) {
        Some(name) => Err(Failure::Failed(format!(
            "the index of the weights names {name:?}, which the repository does not have"
        ))),
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

/// Refuses names that lead out of the folder that they are for.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let is_inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
        && !name.contains(|character: char| character == '\\' || character.is_control());
    match is_inside {
        true => Ok(()),
        false => Err(Failure::Failed(format!(
            "the repository lists a file named {name:?}, which would lead out of its folder; nothing of it is fetched"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(available: &[&str]) -> (Vec<String>, Option<String>) {
        let Selection { files, index } = select(available, &[]).unwrap();
        (files, index)
    }

    #[test]
    fn the_best_weights_come_with_what_describes_them() {
        let other = ["README.md", "config.json", "spm.model", "tf_model.h5", "rust_model.ot"];
        let with = |weights: &[&'static str]| selected(&[&other[..], weights].concat());
        let files = |names: &[&str]| {
            ["config.json", "spm.model"]
                .iter()
                .chain(names)
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(with(&["pytorch_model.bin", "model.safetensors"]), (files(&["model.safetensors"]), None));
        assert_eq!(with(&["pytorch_model.bin"]), (files(&["pytorch_model.bin"]), None));
        assert_eq!(
            with(&["pytorch_model.bin", "model.safetensors.index.json", "model-00001-of-00001.safetensors"]),
            (files(&["model.safetensors.index.json"]), Some("model.safetensors.index.json".into()))
        );
        let keras = ["assets/tokenizer/vocabulary.spm", "model.weights.h5", "task.json", "task.weights.h5"];
        assert_eq!(with(&keras), (files(&keras), None));
        assert!(select(&other, &[]).is_err());
        assert!(select(&["model.safetensors"], &[]).is_err());
    }

    #[test]
    fn patterns_add_files() {
        let available = ["config.json", "model.safetensors", "README.md", "onnx/model.onnx"];
        let pattern = |text| Pattern::new(text).unwrap();
        assert_eq!(select(&available, &[pattern("*.md"), pattern("onnx/*")]).unwrap().files.len(), 4);
        assert!(select(&available, &[pattern("*.txt")]).is_err());
    }

    #[test]
    fn shards_are_those_of_the_index_and_of_the_repository() {
        let index = br#"{"metadata": {}, "weight_map": {"a": "two", "b": ["one", "two"], "c": "one"}}"#;
        assert_eq!(shards(index, &["one", "two", "three"]).unwrap(), ["one", "two"]);
        assert!(shards(index, &["one"]).is_err());
        for text in ["", "[]", "{}", r#"{"weight_map": {}}"#, r#"{"weight_map": {"a": 1}}"#] {
            assert!(shards(text.as_bytes(), &["one"]).is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["config.json", "assets/tokenizer/vocabulary.spm", "a..b", ".gitattributes"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "..", "../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/", "..\\x", "a\nb"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
