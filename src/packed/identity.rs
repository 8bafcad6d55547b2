//! What packed weights were packed of and for.

use std::collections::HashMap;

use crate::linalg::Compute;

/// Raised whenever the layout of packed weights changes, or the numbers in them.
pub(super) const LAYOUT_VERSION: &str = "1";
/// What the metadata says that the file is.
const FORMAT: &str = "libdeberta packed weights";
/// Digits of the digest in a file's name; the metadata has all of it.
const DIGITS_IN_NAME: usize = 32;

/// Everything that decides whether packed weights fit.
pub(crate) struct Identity {
    source: String,
    precision: &'static str,
    instruction_set: &'static str,
    panel_width: String,
    dense: &'static str,
    attention: &'static str,
}

impl Identity {
    /// The weights of a source, packed for these kernels and formats.
    pub fn new(source: String, compute: &Compute) -> Self {
        Self {
            source,
            precision: compute.precision.name(),
            instruction_set: compute.kernels.instruction_set.name(),
            panel_width: compute.kernels.panel_width.to_string(),
            dense: compute.formats.dense.name(),
            attention: compute.formats.attention.name(),
        }
    }

    /// `<digest>-<precision>-<instruction set>-v<layout version>.safetensors`
    pub fn file_name(&self) -> String {
        let digest = &self.source[..DIGITS_IN_NAME.min(self.source.len())];
        format!("{digest}-{}-{}-v{LAYOUT_VERSION}.safetensors", self.precision, self.instruction_set)
    }

    /// The metadata that identify the file, in the order in which they are compared.
    pub(super) fn metadata(&self) -> [(&'static str, &str); 8] {
        [
            ("format", FORMAT),
            ("layout_version", LAYOUT_VERSION),
            ("precision", self.precision),
            ("instruction_set", self.instruction_set),
            ("panel_width", &self.panel_width),
            ("dense_format", self.dense),
            ("attention_format", self.attention),
            ("source_sha256", &self.source),
        ]
    }

    /// Why a file with these metadata does not fit, if it does not.
    pub(super) fn difference(&self, metadata: &HashMap<String, String>) -> Option<String> {
        self.metadata().into_iter().find_map(|(key, expected)| {
            let found = metadata.get(key).map(String::as_str);
            match (key, found) {
                (_, Some(found)) if found == expected => None,
                ("format", _) => Some("it holds no packed weights of this library".to_owned()),
                ("source_sha256", Some(_)) => Some(
                    "it was made of another model, or config.json or the weights have changed since"
                        .to_owned(),
                ),
                (_, Some(found)) => {
                    Some(format!("it was made for {key} {found:?}, and {expected:?} is needed"))
                }
                (_, None) => Some(format!("its metadata lack {key}")),
            }
        })
    }
}
