//! The tokenizer that Hugging Face's conversion makes of a SentencePiece model, as `tokenizer.json` files in circulation
//! hold it.

use tokenizers::decoders::metaspace::Metaspace;
use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::{Lowercase, Precompiled, Replace, Sequence as Normalizers, Strip};
use tokenizers::pre_tokenizers::metaspace::PrependScheme;
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{
    AddedToken, NormalizerWrapper, PreTokenizerWrapper, SplitDelimiterBehavior,
    normalizers::replace::ReplacePattern,
};

use super::folder_config::FolderConfig;
use super::model::{Piece, PieceKind, SentencePieceModel};
use crate::error::{Result, bail};
use crate::tokenizer::shield;

/// Converts the model in the file `name`.
pub(super) fn convert(
    model: &SentencePieceModel,
    config: &FolderConfig,
    name: &str,
) -> Result<tokenizers::Tokenizer> {
    let template = [model.special_id("[CLS]", name)?, model.special_id("[SEP]", name)?];
    let mut tokenizer = shield(&format!("convert {name}"), || assemble(model, config, template))?;

    let own: Vec<AddedToken> = model.pieces.iter().filter_map(added_piece).collect();
    let further: Vec<AddedToken> = config.added_tokens.iter().map(|added| added.token.clone()).collect();
    for tokens in [own, further] {
        shield(&format!("add special tokens to {name}"), || tokenizer.add_tokens(tokens).map(|_| ()))?;
    }
    for added in &config.added_tokens {
        let Some((expected, file)) = added.id else { continue };
        let found = tokenizer.token_to_id(&added.token.content);
        if found != Some(expected) {
            bail!(
                InvalidTokenizer,
                "{file} gives {:?} the id {expected}, but with the {} pieces of {name} it is {}; copy both files from the \
                 same checkpoint",
                added.token.content,
                model.pieces.len(),
                found.map_or_else(|| "none".to_owned(), |id| id.to_string())
            );
        }
    }
    Ok(tokenizer)
}

fn assemble(
    model: &SentencePieceModel,
    config: &FolderConfig,
    [cls, sep]: [u32; 2],
) -> tokenizers::Result<tokenizers::Tokenizer> {
    let pieces = model.pieces.iter().map(|piece| (piece.text.clone(), f64::from(piece.score))).collect();
    let unigram = Unigram::from(pieces, Some(model.trainer_unknown_id as usize), false)?;

    let mut normalizers: Vec<NormalizerWrapper> = Vec::new();
    if config.do_lower_case {
        normalizers.push(Lowercase.into());
    }
    normalizers.push(Strip::new(true, true).into());
    if let Some(charsmap) = &model.charsmap {
        normalizers.push(Precompiled::from(charsmap.bytes())?.into());
    }
    normalizers.push(Replace::new(ReplacePattern::Regex(" {2,}".to_owned()), " ")?.into());

    let metaspace = Metaspace::new('▁', PrependScheme::Always, true);
    let mut pre_tokenizers: Vec<PreTokenizerWrapper> = Vec::new();
    if config.split_by_punct {
        pre_tokenizers.push(Punctuation::new(SplitDelimiterBehavior::Isolated).into());
    }
    pre_tokenizers.push(metaspace.clone().into());

    let template = TemplateProcessing::builder()
        .try_single("[CLS]:0 $A:0 [SEP]:0")?
        .try_pair("[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1")?
        .special_tokens(vec![("[CLS]", cls), ("[SEP]", sep)])
        .build()?;

    let mut tokenizer = tokenizers::Tokenizer::new(unigram);
    tokenizer
        .with_normalizer(Some(Normalizers::new(normalizers)))?
        .with_pre_tokenizer(Some(PreTokenizers::new(pre_tokenizers)))
        .with_decoder(Some(metaspace))
        .with_post_processor(Some(template));
    Ok(tokenizer)
}

/// Pieces that are looked for in the text before anything else.
fn added_piece(piece: &Piece) -> Option<AddedToken> {
    let is_special = match piece.kind {
        PieceKind::Control => true,
        PieceKind::UserDefined => false,
        _ => return None,
    };
    Some(AddedToken::from(piece.text.clone(), is_special).normalized(false))
}
