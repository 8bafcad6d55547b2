//! The readers of files from elsewhere as functions of bytes; for the fuzz targets of this repository only.

use crate::Config;
use crate::checkpoint;
use crate::tokenizer::sentencepiece;

/// Reads a safetensors file.
///
/// # Panics
///
/// If a tensor that was found is not in the file, or an error is not that of a file that is damaged or not supported.
pub fn safetensors(bytes: &[u8]) {
    checkpoint::read_bytes(bytes, checkpoint::SAFETENSORS);
}

/// Reads a `config.json`, of Hugging Face or of Keras.
pub fn config(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        // An error is as good as success.
        let _ = Config::from_json(text, "config.json");
    }
}

/// Reads a file of `torch.save`.
///
/// # Panics
///
/// If a tensor that was found is not in the file, or an error is not that of a file that is damaged or not supported.
pub fn pytorch(bytes: &[u8]) {
    checkpoint::read_bytes(bytes, checkpoint::PYTORCH);
}

/// Reads the weights file of a Keras preset.
#[cfg(feature = "keras")]
pub fn keras_weights(bytes: &[u8]) {
    // An error is as good as success.
    let _ = checkpoint::read_keras_weights(bytes);
}

/// Opens bytes as a SentencePiece model in each mode, and tokenizes with what opens.
pub fn sentencepiece(bytes: &[u8]) {
    sentencepiece::fuzz::open_and_encode(bytes);
}

#[cfg(test)]
mod tests {
    use std::fs;

    /// Reads every file of a target's corpus.
    fn replay(target: &str, read: fn(&[u8])) {
        let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 10, "{folder} has {} files; fuzz/README.md says how to make it", files.len());
        for path in files {
            println!("{}", path.display());
            read(&fs::read(path).unwrap());
        }
    }

    #[test]
    fn safetensors_corpus() {
        replay("safetensors", super::safetensors);
    }

    #[test]
    fn config_corpus() {
        replay("config", super::config);
    }

    #[test]
    fn pytorch_corpus() {
        replay("pytorch", super::pytorch);
    }

    #[test]
    #[cfg(feature = "keras")]
    fn keras_corpus() {
        replay("keras_weights", super::keras_weights);
    }

    #[test]
    fn sentencepiece_corpus() {
        replay("sentencepiece", super::sentencepiece);
    }
}
