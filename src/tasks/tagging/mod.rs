//! Entities in texts: names, places, whatever the model marks (reference transformers' `TokenClassificationPipeline`).

mod aggregation;
mod label;
mod scheme;
mod token;

use std::ops::Range;

use crate::config::HeadKind;
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, Tokenizer, TruncatedText};
pub use aggregation::Aggregation;
use label::{Labelled, label};
use scheme::{Tag, tags};
use token::{Token, merge};

/// How to tag.
#[derive(Clone, Debug)]
pub struct TagOptions {
    /// How texts are tokenized, and what becomes of long ones.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
    /// How tokens become entities.
    pub aggregation: Aggregation,
    /// What is left out: names of labels for [`Aggregation::None`], names of entities, which have no prefix, for all
    /// others.
    pub ignored_labels: Vec<String>,
}

impl Default for TagOptions {
    /// Every token on its own, without those labelled "O"; an error for texts that are too long where there is a limit.
    fn default() -> Self {
        Self {
            tokenize: TokenizeOptions::default(),
            run: RunOptions::default(),
            aggregation: Aggregation::None,
            ignored_labels: vec!["O".into()],
        }
    }
}

/// The answer for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// The entities in the order of the text.
    pub entities: Vec<Entity>,
    /// What was cut off, if the text was too long and the options say to truncate.
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the text was read in.
    pub windows: usize,
}

/// One token, or several that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// The kind of entity, without the prefix of a scheme ("PER" for "B-PER"); the label as it is for
    /// [`Aggregation::None`].
    pub label: String,
    /// The label's probability: the mean over the entity's tokens, or over its words where the aggregation is by words.
    pub score: f32,
    /// Where it is in the text, in UTF-8 bytes. It starts with the white space in front of it where its first token
    /// does.
    pub byte_range: Range<usize>,
    /// The same in Unicode scalar values.
    pub char_range: Range<usize>,
    /// Its tokens, as [`Tokenizer::encode`] counts those of the whole text, special tokens included.
    pub tokens: Range<usize>,
    /// Its tokens as text, after the tokenizer's normalization; for [`Aggregation::None`] the token as the vocabulary
    /// spells it.
    pub word: String,
}

impl Model {
    /// Finds entities with the model's token classification head. Windows of a long text overlap, and are read as one:
    /// a token has its scores from the window in which its nearer side has most context, and entities are made of the
    /// tokens of the whole text. Answers have the order of the texts and are the same, bit for bit, as for each text
    /// alone.
    ///
    /// # Errors
    ///
    /// A model without tokenizer, without this head or without labels, a text that is too long for the options or the
    /// model, and what the options' limits end.
    pub fn tag(&self, texts: &[&str], options: &TagOptions) -> Result<Vec<Tagged>> {
        self.require_head(HeadKind::TokenClassification, "token classification")?;
        let labels = &self.config().id2label;
        if labels.is_empty() {
            bail!(Unsupported, "the model's configuration has no labels; give it \"id2label\"");
        }
        let tokenizer = self.required_tokenizer()?;
        let unknown_id = tokenizer.special_tokens().unk;
        let inputs: Vec<TextInput<'_>> = texts.iter().map(|&text| text.into()).collect();
        let outputs = Outputs { logits: true, ..Outputs::default() };
        let of_texts = self.answer_texts(&inputs, &options.tokenize, &options.run, outputs, |row| {
            Ok(Token::of_window(row, unknown_id))
        })?;
        let tags = tags(labels);
        let answers = texts.iter().zip(of_texts).map(|(text, of_text)| {
            let windows = of_text.windows.len();
            let document = Document { text, tokens: merge(of_text.windows), tokenizer };
            let entities = match options.aggregation {
                Aggregation::None => document.labelled_tokens(labels, options),
                _ => document.entities(&tags, options),
            };
            Ok(Tagged { entities: entities?, truncated: of_text.truncated, windows })
        });
        answers.collect()
    }
}

/// A text that was read.
struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    tokenizer: &'a Tokenizer,
}

impl Document<'_> {
    fn labelled_tokens(&self, labels: &[String], options: &TagOptions) -> Result<Vec<Entity>> {
        let labelled = label(&self.tokens, self.text, options.aggregation);
        let kept = labelled.iter().filter(|token| !options.ignored_labels.contains(&labels[token.label]));
        let entities = kept.map(|token| {
            let word = self.tokens[token.tokens.start].spelling(self.text).to_owned();
            self.entity(&labels[token.label], std::slice::from_ref(token), word)
        });
        Ok(entities.collect())
    }

    fn entities(&self, tags: &[Tag<'_>], options: &TagOptions) -> Result<Vec<Entity>> {
        let labelled = label(&self.tokens, self.text, options.aggregation);
        let groups = labelled.chunk_by(|previous, next| tags[next.label].continues(&tags[previous.label]));
        let name = |group: &[Labelled]| tags[group[0].label].entity;
        let kept = groups.filter(|group| !options.ignored_labels.iter().any(|label| label == name(group)));
        let entities = kept.map(|group| {
            let tokens = &self.tokens[group[0].tokens.start..group[group.len() - 1].tokens.end];
            let pieces = tokens.iter().map(|token| token.spelling(self.text).to_owned()).collect();
            Ok(self.entity(name(group), group, self.tokenizer.join(pieces)?))
        });
        entities.collect()
    }

    /// The entity that a group is, which has at least one token.
    fn entity(&self, label: &str, group: &[Labelled], word: String) -> Entity {
        let first = &self.tokens[group[0].tokens.start];
        let last = &self.tokens[group[group.len() - 1].tokens.end - 1];
        let sum: f32 = group.iter().map(|part| part.score).sum();
        Entity {
            label: label.to_owned(),
            score: sum / group.len() as f32,
            byte_range: first.byte_range.start..last.byte_range.end,
            char_range: first.char_range.start..last.char_range.end,
            tokens: first.index..last.index + 1,
            word,
        }
    }
}
