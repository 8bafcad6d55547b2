//! A SentencePiece model as read from its file, checked.

use std::collections::HashMap;

use prost::Message;

use super::charsmap::Charsmap;
use super::proto::{ModelProto, PieceProto, TrainerSpec};
use crate::error::{Error, ErrorKind, Result, bail};

/// SentencePiece opens no model with a piece of as many bytes.
const TOO_MANY_BYTES: usize = 8000;

/// What a piece of the vocabulary is for. The numbers are those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// Found in texts.
    Normal = 1,
    /// Stands for what no piece spells.
    Unknown = 2,
    /// Frames texts, and is never found in them: `[CLS]`.
    Control = 3,
    /// Found in texts before anything else, whatever the scores.
    UserDefined = 4,
    /// Never found in texts.
    Unused = 5,
    /// One byte of a character that no piece spells: `<0xE2>`.
    Byte = 6,
}

impl PieceKind {
    fn from_number(number: i32) -> Option<Self> {
        [Self::Normal, Self::Unknown, Self::Control, Self::UserDefined, Self::Unused, Self::Byte]
            .into_iter()
            .find(|&kind| kind as i32 == number)
    }
}

/// A piece of the vocabulary.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// As the vocabulary spells it, with `▁` for a space.
    pub text: String,
    /// Logarithm of its probability; for some kinds without meaning.
    pub score: f32,
    /// What it is for.
    pub kind: PieceKind,
}

/// A unigram model of SentencePiece. A piece's id is its place in the list, and fits in 31 bits.
#[derive(Debug)]
pub(super) struct SentencePieceModel {
    /// The vocabulary; no spelling is there twice.
    pub pieces: Vec<Piece>,
    /// The ids of the spellings.
    pub ids: HashMap<String, u32>,
    /// The one piece of kind [`PieceKind::Unknown`].
    pub unknown_id: u32,
    /// What the training parameters call the unknown piece. The conversion of Hugging Face goes by this one.
    pub trainer_unknown_id: u32,
    /// The id of each byte's piece, where the model has these pieces.
    pub byte_ids: Option<Vec<u32>>,
    /// Replacements of characters; `None` for a model that makes none.
    pub charsmap: Option<Charsmap>,
    /// Whether a text gets a space in front.
    pub add_dummy_prefix: bool,
    /// Whether spaces at the ends and doubled ones are dropped.
    pub remove_extra_whitespaces: bool,
    /// Whether the vocabulary spells a space `▁`.
    pub escape_whitespaces: bool,
}

impl SentencePieceModel {
    /// Reads the contents of the file `name`.
    pub(super) fn from_bytes(bytes: &[u8], name: &str) -> Result<Self> {
        let proto = ModelProto::decode(bytes).map_err(|source| {
            Error::new(
                ErrorKind::InvalidTokenizer,
                format!("{name} is not a SentencePiece model ({source}); copy it again from the checkpoint"),
            )
            .with_source(source)
        })?;
        // Both stand behind the pieces: a file that was cut off lacks at least one of them.
        let (Some(trainer), Some(normalizer)) = (&proto.trainer_spec, &proto.normalizer_spec) else {
            bail!(
                InvalidTokenizer,
                "{name} is not a whole SentencePiece model: it has no trainer_spec or no normalizer_spec; copy it again \
                 from the checkpoint"
            );
        };
        check_trainer(trainer, name)?;
        let charsmap = match normalizer.precompiled_charsmap.as_deref() {
            None | Some([]) => None,
            Some(bytes) => Some(Charsmap::from_bytes(bytes, name)?),
        };
        let [add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces] = [
            normalizer.add_dummy_prefix(),
            normalizer.remove_extra_whitespaces(),
            normalizer.escape_whitespaces(),
        ];
        let (byte_fallback, trainer_unknown_id) = (trainer.byte_fallback(), trainer.unk_id());

        let (pieces, ids) = pieces(proto.pieces, name)?;
        let Some(trainer_unknown_id) =
            u32::try_from(trainer_unknown_id).ok().filter(|&id| (id as usize) < pieces.len())
        else {
            bail!(
                InvalidTokenizer,
                "{name}: trainer_spec.unk_id is {trainer_unknown_id}, but there are {} pieces; copy it again from the \
                 checkpoint",
                pieces.len()
            );
        };
        Ok(Self {
            unknown_id: unknown_id(&pieces, name)?,
            byte_ids: byte_ids(&pieces, &ids, byte_fallback, name)?,
            pieces,
            ids,
            trainer_unknown_id,
            charsmap,
            add_dummy_prefix,
            remove_extra_whitespaces,
            escape_whitespaces,
        })
    }

    /// The id of a special token that every DeBERTa model has.
    pub(super) fn special_id(&self, token: &str, name: &str) -> Result<u32> {
        match self.ids.get(token) {
            Some(&id) => Ok(id),
            None => bail!(
                InvalidTokenizer,
                "{name} has no piece {token}, so it is not the tokenizer of a DeBERTa v2 or v3 model; use the \
                 checkpoint's own"
            ),
        }
    }
}

fn check_trainer(trainer: &TrainerSpec, name: &str) -> Result<()> {
    let other = match trainer.model_type() {
        1 => None,
        2 => Some("BPE".to_owned()),
        3 => Some("WORD".to_owned()),
        4 => Some("CHAR".to_owned()),
        number => Some(format!("number {number}")),
    };
    if let Some(other) = other {
        bail!(
            Unsupported,
            "{name} is a SentencePiece model of type {other}; DeBERTa uses UNIGRAM, and no other is supported"
        );
    }
    if trainer.treat_whitespace_as_suffix() {
        bail!(
            Unsupported,
            "{name} sets treat_whitespace_as_suffix, which no DeBERTa model does and which is not supported"
        );
    }
    Ok(())
}

fn pieces(protos: Vec<PieceProto>, name: &str) -> Result<(Vec<Piece>, HashMap<String, u32>)> {
    if i32::try_from(protos.len()).is_err() {
        bail!(InvalidTokenizer, "{name} has {} pieces, too many for 31-bit ids", protos.len());
    }
    let mut pieces = Vec::with_capacity(protos.len());
    let mut ids = HashMap::with_capacity(protos.len());
    for (id, proto) in (0u32..).zip(protos) {
        let Some(kind) = PieceKind::from_number(proto.kind()) else {
            bail!(InvalidTokenizer, "{name}: piece {id} has the unknown type {}", proto.kind());
        };
        let score = proto.score();
        if !score.is_finite() {
            bail!(InvalidTokenizer, "{name}: piece {id} has the score {score}; it must be a finite number");
        }
        let text = proto.piece.unwrap_or_default();
        if text.is_empty() || text.contains('\0') {
            bail!(InvalidTokenizer, "{name}: piece {id} is {text:?}; it must have characters, and no NUL");
        }
        if text.len() >= TOO_MANY_BYTES {
            bail!(
                InvalidTokenizer,
                "{name}: piece {id} has {} bytes; a piece has fewer than {TOO_MANY_BYTES}",
                text.len()
            );
        }
        if let Some(first) = ids.insert(text.clone(), id) {
            bail!(InvalidTokenizer, "{name}: pieces {first} and {id} are both {text:?}");
        }
        pieces.push(Piece { text, score, kind });
    }
    Ok((pieces, ids))
}

fn unknown_id(pieces: &[Piece], name: &str) -> Result<u32> {
    let mut unknown = (0u32..).zip(pieces).filter(|(_, piece)| piece.kind == PieceKind::Unknown);
    match (unknown.next(), unknown.next()) {
        (Some((id, _)), None) => Ok(id),
        (None, _) => bail!(
            InvalidTokenizer,
            "{name} has no piece for unknown text ([UNK]); copy it again from the checkpoint"
        ),
        (Some((first, _)), Some((second, _))) => bail!(
            InvalidTokenizer,
            "{name} has two pieces for unknown text, {first} and {second}; copy it again from the checkpoint"
        ),
    }
}

fn byte_ids(
    pieces: &[Piece],
    ids: &HashMap<String, u32>,
    byte_fallback: bool,
    name: &str,
) -> Result<Option<Vec<u32>>> {
    let count = pieces.iter().filter(|piece| piece.kind == PieceKind::Byte).count();
    if !byte_fallback && count == 0 {
        return Ok(None);
    }
    let id_of = |byte: u8| {
        ids.get(&format!("<0x{byte:02X}>")).copied().filter(|&id| pieces[id as usize].kind == PieceKind::Byte)
    };
    let byte_ids: Option<Vec<u32>> = (0..=u8::MAX).map(id_of).collect();
    match byte_ids {
        Some(byte_ids) if byte_fallback && count == byte_ids.len() => Ok(Some(byte_ids)),
        _ => bail!(
            InvalidTokenizer,
            "{name} has {count} byte pieces and byte_fallback {byte_fallback}; a model has <0x00> to <0xFF> and \
             byte_fallback true, or neither"
        ),
    }
}
