//! What is done with arbitrary bytes that are given out as a SentencePiece model.

use super::{FolderConfig, Processor, SentencePieceModel, conversion};
use crate::error::{ErrorKind, Result};
use crate::tokenizer::engine::Engine;
use crate::tokenizer::{TokenizeOptions, Tokenizer};

const NAME: &str = "fuzzed model";
const TEXTS: [&str; 6] = [
    "",
    " a  b\t",
    "aAbBcC [MASK]<br>[CLS]",
    "e\u{301}\0\u{fffd} Ａ①",
    "日本語 👨\u{200d}👩 ▁▁x",
    "<0x41>ab",
];

/// Opens the bytes in both modes, and where that works, encodes some texts and decodes them.
pub(crate) fn open_and_encode(bytes: &[u8]) {
    let engines = match open(bytes) {
        Ok(engines) => engines,
        Err(error) => {
            let kinds = [ErrorKind::InvalidTokenizer, ErrorKind::Unsupported];
            assert!(kinds.contains(&error.kind()), "{error}");
            return;
        }
    };
    for tokenizer in engines.map(Tokenizer::new) {
        for text in TEXTS {
            let encoding = tokenizer
                .encode((text, "pair").into(), &TokenizeOptions::default())
                .expect("any text is encoded");
            assert!(encoding.ids.iter().all(|&id| (id as usize) < tokenizer.vocabulary_size()));
            tokenizer.decode(&encoding.ids, false).expect("what was encoded is decoded");
        }
    }
}

fn open(bytes: &[u8]) -> Result<[Engine; 2]> {
    let model = SentencePieceModel::from_bytes(bytes, NAME)?;
    let converted = conversion::convert(&model, &FolderConfig::default(), NAME)?;
    let native = Processor::new(model, NAME)?;
    Ok([Engine::Pipeline(Box::new(converted)), Engine::SentencePiece(Box::new(native))])
}
