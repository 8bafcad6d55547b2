//! Typed access to the keys of a configuration object; every error names the key, the value and the file.

use serde_json::{Map, Value};

use crate::error::{Result, bail};

/// The top-level object of a `config.json`. A JSON `null` counts as absent everywhere.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    origin: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, origin: &'a str) -> Self {
        Self { object, origin }
    }

    /// The name of the file, for messages.
    pub(super) fn origin(&self) -> &'a str {
        self.origin
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// An error about `key`: `file: "key" is value, but must be …`.
    pub(super) fn wrong<T>(&self, key: &str, value: &Value, must_be: &str) -> Result<T> {
        bail!(InvalidConfig, "{}: \"{key}\" is {}, but must be {must_be}", self.origin, shown(value))
    }

    /// A size that may be zero.
    pub(super) fn size(&self, key: &str, default: usize) -> Result<usize> {
        let Some(value) = self.value(key) else { return Ok(default) };
        match value.as_u64().and_then(|number| usize::try_from(number).ok()) {
            Some(number) => Ok(number),
            None => self.wrong(key, value, "a whole number that is not negative"),
        }
    }

    /// A size of at least one.
    pub(super) fn positive_size(&self, key: &str, default: usize) -> Result<usize> {
        match (self.value(key), self.size(key, default)) {
            (Some(value), Ok(0) | Err(_)) => self.wrong(key, value, "a whole number of at least 1"),
            (_, size) => size,
        }
    }

    /// A size for which any value below one means "not there".
    pub(super) fn size_if_positive(&self, key: &str) -> Result<Option<usize>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match (value.as_i64(), value.as_u64()) {
            (Some(number), _) if number < 1 => Ok(None),
            (_, Some(_)) => self.size(key, 0).map(Some),
            _ => self.wrong(key, value, "a whole number"),
        }
    }

    pub(super) fn boolean(&self, key: &str, default: bool) -> Result<bool> {
        match self.value(key) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(value) => self.wrong(key, value, "true or false"),
        }
    }

    pub(super) fn number(&self, key: &str, default: f64) -> Result<f64> {
        let Some(value) = self.value(key) else { return Ok(default) };
        match value.as_f64() {
            Some(number) => Ok(number),
            None => self.wrong(key, value, "a number"),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value) => self.wrong(key, value, "a string"),
        }
    }

    /// A list of strings; empty when absent.
    pub(super) fn text_list(&self, key: &str) -> Result<Vec<&'a str>> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        match value.as_array().map(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>()) {
            Some(Some(texts)) => Ok(texts),
            _ => self.wrong(key, value, "a list of strings"),
        }
    }

    pub(super) fn map(&self, key: &str) -> Result<Option<&'a Map<String, Value>>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(value) => self.wrong(key, value, "an object"),
        }
    }
}

/// The JSON text of a value, cut to a length that fits a message.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
