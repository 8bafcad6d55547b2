//! `preprocessor.json` of a Keras preset: how long texts are, and how they are cut.

use std::path::Path;

use super::fields::Fields;
use super::{keras, read_object_if_there};
use crate::error::{Result, bail};

/// How texts that are too long together are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KerasTruncation {
    /// The texts take turns to have one more token until there is no more room.
    #[default]
    RoundRobin,
    /// The first text has all the room that it needs, the next what is left.
    Waterfall,
}

impl KerasTruncation {
    const NAMES: [(&str, Self); 2] = [("round_robin", Self::RoundRobin), ("waterfall", Self::Waterfall)];
}

/// What a preset's preprocessor does to texts after it has split them into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KerasPreprocessor {
    /// Most tokens of a text or a pair, special tokens included.
    pub sequence_length: usize,
    /// How longer texts are cut.
    pub truncation: KerasTruncation,
}

impl KerasPreprocessor {
    /// Reads `preprocessor.json` in a preset's folder; `None` if there is none, or if it was not written by Keras.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidConfig`] if it is damaged, [`crate::ErrorKind::Io`] if it cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join("preprocessor.json");
        let Some(object) = read_object_if_there(&path)?.filter(keras::is_keras) else { return Ok(None) };
        let origin = path.display().to_string();
        let settings = Fields::new(keras::settings(&Fields::new(&object, &origin))?, &origin);
        let truncation = match settings.text("truncate")? {
            None => KerasTruncation::default(),
            Some(name) => match KerasTruncation::NAMES.iter().find(|(known, _)| *known == name) {
                Some((_, truncation)) => *truncation,
                None => bail!(
                    InvalidConfig,
                    "{origin}: \"truncate\" is {name:?}, but must be \"round_robin\" or \"waterfall\""
                ),
            },
        };
        Ok(Some(Self { sequence_length: settings.positive_size("sequence_length", 512)?, truncation }))
    }
}
