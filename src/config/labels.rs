//! Label names from `id2label`, `label2id` and `num_labels`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::error::{Result, bail};

/// Names are made up for a bare `num_labels`, so its value must not decide how much memory that takes.
pub(super) const MOST_LABELS: usize = 1_000_000;

/// The label names in order of their ids, from `id2label`, or else `label2id`, or else as many `LABEL_n` as `num_labels`
/// says, or two. An empty map counts as absent. A `num_labels` that contradicts the names is refused, where transformers
/// would drop the names and make up others.
pub(super) fn read(fields: &Fields) -> Result<Vec<String>> {
    let named = match non_empty_map(fields, "id2label")? {
        Some(map) => Some(("id2label", from_id2label(fields, map)?)),
        None => match non_empty_map(fields, "label2id")? {
            Some(map) => Some(("label2id", from_label2id(fields, map)?)),
            None => None,
        },
    };
    let Some((key, pairs)) = named else {
        let count = fields.size("num_labels", 2)?;
        if count > MOST_LABELS {
            bail!(
                InvalidConfig,
                "{}: \"num_labels\" is {count}, but must be at most {MOST_LABELS}",
                fields.origin()
            );
        }
        return Ok(numbered(count));
    };
    let labels = in_order(fields, key, pairs)?;
    if fields.value("num_labels").is_some() {
        let count = fields.size("num_labels", 2)?;
        if count != labels.len() {
            bail!(
                InvalidConfig,
                "{}: \"num_labels\" is {count}, but \"{key}\" names {} labels; correct one of them",
                fields.origin(),
                labels.len()
            );
        }
    }
    Ok(labels)
}

/// `LABEL_0`, `LABEL_1`, …
pub(super) fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|id| format!("LABEL_{id}")).collect()
}

fn non_empty_map<'a>(fields: &Fields<'a>, key: &str) -> Result<Option<&'a Map<String, Value>>> {
    Ok(fields.map(key)?.filter(|map| !map.is_empty()))
}

fn from_id2label(fields: &Fields, map: &Map<String, Value>) -> Result<Vec<(usize, String)>> {
    map.iter()
        .map(|(id, name)| match (id.trim().parse::<usize>(), name) {
            (Ok(id), Value::String(name)) => Ok((id, name.clone())),
            // Seen in the wild: {"0": 0, "1": 1}.
            (Ok(id), Value::Number(name)) => Ok((id, name.to_string())),
            (Ok(_), _) => fields.wrong(&format!("id2label.{id}"), name, "a string"),
            (Err(_), _) => bail!(
                InvalidConfig,
                "{}: \"id2label\" has the key {id:?}, but its keys must be whole numbers from \"0\"",
                fields.origin()
            ),
        })
        .collect()
}

fn from_label2id(fields: &Fields, map: &Map<String, Value>) -> Result<Vec<(usize, String)>> {
    map.iter()
        .map(|(name, id)| {
            let number = match id {
                Value::String(text) => text.trim().parse::<usize>().ok(),
                _ => id.as_u64().and_then(|number| usize::try_from(number).ok()),
            };
            match number {
                Some(number) => Ok((number, name.clone())),
                None => fields.wrong(&format!("label2id.{name}"), id, "a whole number that is not negative"),
            }
        })
        .collect()
}

fn in_order(fields: &Fields, key: &str, mut pairs: Vec<(usize, String)>) -> Result<Vec<String>> {
    pairs.sort_by_key(|(id, _)| *id);
    for (expected, (id, name)) in pairs.iter().enumerate() {
        if *id < expected {
            bail!(
                InvalidConfig,
                "{}: \"{key}\" gives the id {id} twice (once as {name:?}); each label needs its own id",
                fields.origin()
            );
        }
        if *id > expected {
            bail!(
                InvalidConfig,
                "{}: \"{key}\" has no label {expected}, but has {id} ({name:?}); the ids must be 0 to {} without a gap",
                fields.origin(),
                pairs.len() - 1
            );
        }
    }
    let mut seen = HashSet::new();
    for (id, name) in &pairs {
        if !seen.insert(name.as_str()) {
            bail!(
                InvalidConfig,
                "{}: \"{key}\" names two labels {name:?} (one of them is {id}); give each label its own name",
                fields.origin()
            );
        }
    }
    Ok(pairs.into_iter().map(|(_, name)| name).collect())
}
