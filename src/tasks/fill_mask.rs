//! What may stand behind a mask (reference transformers' `FillMaskPipeline`).

use std::cmp::Reverse;
use std::ops::Range;

use super::rows::Row;
use crate::config::HeadKind;
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, Tokenizer, TruncatedText};

/// Answers for each mask unless the caller says otherwise.
const TOP_K: usize = 5;
/// Masks that go through the head together: each takes the memory of a vocabulary of logits.
const MASKS_TOGETHER: usize = 64;

/// How to fill masks.
#[derive(Clone, Debug, Default)]
pub struct FillMaskOptions {
    /// Most answers for each mask; by default 5, or where there are candidates, all of them.
    pub top_k: Option<usize>,
    /// The tokens to choose from, each as the vocabulary spells it (`"▁word"`) or as a text that is one token. None
    /// stands for the whole vocabulary, which scores are always taken over.
    pub candidates: Vec<String>,
    /// How texts are tokenized, and what becomes of long ones.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
}

/// The masks of one text, filled.
#[derive(Clone, Debug, PartialEq)]
pub struct FilledMasks {
    /// The masks in the order of the text, of which there is at least one.
    pub masks: Vec<FilledMask>,
    /// What was cut off, if the text was too long and the options say to truncate.
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the text was read in.
    pub windows: usize,
}

/// One mask, filled as if it were the only one: the other masks of the text stay masks.
#[derive(Clone, Debug, PartialEq)]
pub struct FilledMask {
    /// The mask's index among the tokens of the text, special tokens that are added around it not counted.
    pub token: usize,
    /// Where the mask stands in the text, in UTF-8 bytes.
    pub byte_range: Range<usize>,
    /// Where the mask stands in the text, in Unicode scalar values.
    pub char_range: Range<usize>,
    /// What may stand there, from the highest score to the lowest.
    pub fills: Vec<Fill>,
}

/// A token in the place of a mask.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    /// The token's id.
    pub id: u32,
    /// The token as the vocabulary spells it; empty for an id that the model has and the tokenizer has not.
    pub token: String,
    /// The token's probability: softmax over the whole vocabulary.
    pub score: f32,
    /// The raw score.
    pub logit: f32,
}

/// A mask in one of the windows that it is in.
struct MaskedToken {
    token: usize,
    /// The lesser of the numbers of tokens before and after it in the window.
    context: usize,
    byte_range: Range<usize>,
    char_range: Range<usize>,
    hidden_state: Vec<f32>,
}

impl Model {
    /// Fills each `[MASK]` of the texts with the tokens that the model finds most probable. The answers have the order
    /// of the texts and are the same, bit for bit, as for each text alone. In windows, a mask is filled where it has
    /// most context.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a model without a masked language modelling head or a tokenizer without `[MASK]`;
    /// `InvalidArgument` for a text without mask, for a candidate that is not one token and for a `top_k` of 0; a text
    /// that is too long for the options or the model, and what the options' limits end.
    pub fn fill_mask(&self, texts: &[&str], options: &FillMaskOptions) -> Result<Vec<FilledMasks>> {
        if options.top_k == Some(0) {
            bail!(InvalidArgument, "top_k is 0; leave it out for the {TOP_K} best");
        }
        self.require_head(HeadKind::MaskedLanguageModeling, "filling masks")?;
        let tokenizer = self.required_tokenizer()?;
        let Some(mask_id) = tokenizer.special_tokens().mask else {
            bail!(Unsupported, "filling masks needs a tokenizer with [MASK], which this one has not");
        };
        let candidates = self.candidate_ids(tokenizer, &options.candidates)?;
        let inputs: Vec<TextInput<'_>> = texts.iter().map(|&text| text.into()).collect();
        let of_texts =
            self.answer_texts(&inputs, &options.tokenize, &options.run, Outputs::default(), |row| {
                Ok(masked_tokens(row, mask_id))
            })?;
        let mut answers = Vec::with_capacity(texts.len());
        let mut masks = Vec::new();
        for (index, of_text) in of_texts.into_iter().enumerate() {
            let windows = of_text.windows.len();
            let of_text_masks = with_most_context(of_text.windows);
            if of_text_masks.is_empty() {
                bail!(
                    InvalidArgument,
                    "input {index} {}",
                    why_no_mask(texts[index], of_text.truncated.is_some())
                );
            }
            let count = of_text_masks.len();
            answers.push((count, of_text.truncated, windows));
            masks.extend(of_text_masks);
        }
        let mut filled = self.fill(tokenizer, masks, candidates.as_deref(), options)?.into_iter();
        let finish = |(count, truncated, windows)| FilledMasks {
            masks: filled.by_ref().take(count).collect(),
            truncated,
            windows,
        };
        Ok(answers.into_iter().map(finish).collect())
    }

    /// The ids of the candidates, each once; `None` without candidates.
    fn candidate_ids(&self, tokenizer: &Tokenizer, candidates: &[String]) -> Result<Option<Vec<u32>>> {
        if candidates.is_empty() {
            return Ok(None);
        }
        let mut ids = candidates
            .iter()
            .map(|candidate| {
                let id = candidate_id(tokenizer, candidate)?;
                let vocabulary = self.config().vocab_size;
                if id as usize >= vocabulary {
                    bail!(
                        InvalidArgument,
                        "candidate {candidate:?} has the id {id}, but the model's vocabulary has {vocabulary} entries"
                    );
                }
                Ok(id)
            })
            .collect::<Result<Vec<u32>>>()?;
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(ids))
    }

    fn fill(
        &self,
        tokenizer: &Tokenizer,
        masks: Vec<MaskedToken>,
        candidates: Option<&[u32]>,
        options: &FillMaskOptions,
    ) -> Result<Vec<FilledMask>> {
        let top_k = options.top_k.unwrap_or_else(|| candidates.map_or(TOP_K, <[u32]>::len));
        let mut filled = Vec::with_capacity(masks.len());
        for masks in masks.chunks(MASKS_TOGETHER) {
            options.run.check()?;
            let hidden_states: Vec<&[f32]> = masks.iter().map(|mask| mask.hidden_state.as_slice()).collect();
            let logits = self.vocabulary_logits(&hidden_states)?;
            let rows = logits.values.chunks_exact(logits.labels);
            filled.extend(masks.iter().zip(rows).map(|(mask, logits)| FilledMask {
                token: mask.token,
                byte_range: mask.byte_range.clone(),
                char_range: mask.char_range.clone(),
                fills: best_fills(tokenizer, logits, candidates, top_k),
            }));
        }
        Ok(filled)
    }
}

/// Why a text has no mask, and what to do.
fn why_no_mask(text: &str, is_truncated: bool) -> &'static str {
    if is_truncated {
        "has no [MASK] in what truncation left of it; raise max_length, or read it in windows"
    } else if text.contains("[MASK]") {
        "has a [MASK] that this tokenizer reads as text; open the model with the tokenizer mode of Hugging Face"
    } else {
        "has no [MASK]; write [MASK] where a token is to be found"
    }
}

/// The id of a candidate: that of the vocabulary's spelling, else of the one token that the text is.
fn candidate_id(tokenizer: &Tokenizer, candidate: &str) -> Result<u32> {
    if let Some(id) = tokenizer.id(candidate) {
        return Ok(id);
    }
    let options = TokenizeOptions { add_special_tokens: false, ..TokenizeOptions::default() };
    let encoding = tokenizer.encode(candidate.into(), &options)?;
    match encoding.ids[..] {
        [id] if Some(id) != tokenizer.special_tokens().unk => Ok(id),
        _ => bail!(
            InvalidArgument,
            "candidate {candidate:?} is not one token of the vocabulary: it is tokenized as {:?}",
            encoding.tokens
        ),
    }
}

/// The masks of one window.
fn masked_tokens(row: &Row<'_>, mask_id: u32) -> Vec<MaskedToken> {
    let encoding = &row.window.encoding;
    let hidden_size = row.hidden_states.len() / encoding.len();
    let of_text = (0..encoding.len()).filter(|&index| encoding.sequence_ids[index].is_some());
    let is_mask = |&(_, index): &(usize, usize)| encoding.ids[index] == mask_id;
    let masked_token = |(count, index): (usize, usize)| {
        let range = |(start, end)| start..end;
        MaskedToken {
            token: row.window.first_token + count,
            context: index.min(encoding.len() - 1 - index),
            byte_range: range(encoding.byte_offsets[index]),
            char_range: range(encoding.char_offsets[index]),
            hidden_state: row.hidden_states[index * hidden_size..][..hidden_size].to_vec(),
        }
    };
    of_text.enumerate().filter(is_mask).map(masked_token).collect()
}

/// The masks of a text in its order, each from the window where it has most context.
fn with_most_context(windows: Vec<Vec<MaskedToken>>) -> Vec<MaskedToken> {
    let mut masks: Vec<MaskedToken> = windows.into_iter().flatten().collect();
    masks.sort_by_key(|mask| (mask.token, Reverse(mask.context)));
    masks.dedup_by_key(|mask| mask.token);
    masks
}

/// The best of the candidates, or of the vocabulary; of equal ones those with the lesser id.
fn best_fills(tokenizer: &Tokenizer, logits: &[f32], candidates: Option<&[u32]>, top_k: usize) -> Vec<Fill> {
    let logit = |id: u32| logits[id as usize];
    let by_logit = |left: &u32, right: &u32| logit(*right).total_cmp(&logit(*left)).then(left.cmp(right));
    let mut ids = candidates.map_or_else(|| (0..logits.len() as u32).collect(), <[u32]>::to_vec);
    if top_k < ids.len() {
        ids.select_nth_unstable_by(top_k, by_logit);
        ids.truncate(top_k);
    }
    ids.sort_unstable_by(by_logit);
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: f32| f64::from(logit - largest).exp();
    let sum: f64 = logits.iter().map(|&logit| weight(logit)).sum();
    let fill = |id: u32| Fill {
        id,
        token: tokenizer.token(id).unwrap_or_default(),
        score: (weight(logit(id)) / sum) as f32,
        logit: logit(id),
    };
    ids.into_iter().map(fill).collect()
}
