//! Documents in the order of how well they answer a query, by a cross-encoder; also the reward of answers to a prompt
//! (reference sentence-transformers' `CrossEncoder.rank`).

use super::merged_logits::MergedLogits;
use super::scores::ScoreFunction;
use super::windows::WindowMerge;
use crate::config::HeadKind;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText};

/// How to rank.
#[derive(Clone, Debug)]
pub struct RankOptions {
    /// How query and document are tokenized, as a pair, and what becomes of long ones.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
    /// What is made of the logit; by default what the configuration says
    /// ([`crate::Config::cross_encoder_activation`]), and where it says nothing, the logit itself.
    pub score_function: Option<ScoreFunction>,
    /// How many of the best documents to return; by default all.
    pub top_k: Option<usize>,
    /// How the windows of a long document become one score.
    pub window_merge: WindowMerge,
}

impl Default for RankOptions {
    /// All documents; an error for texts that are too long where there is a limit; the best window's score where windows are
    /// asked for (Dai and Callan, SIGIR 2019, arXiv 1905.09217).
    fn default() -> Self {
        Self {
            tokenize: TokenizeOptions::default(),
            run: RunOptions::default(),
            score_function: None,
            top_k: None,
            window_merge: WindowMerge::Max,
        }
    }
}

/// A document, and how well it answers the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The document's index.
    pub document: usize,
    /// What the score function makes of the logit.
    pub score: f32,
    /// The model's raw score.
    pub logit: f32,
    /// What was cut off of query and document.
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the document was read in.
    pub windows: usize,
}

impl Model {
    /// Ranks documents by their score for the query, the highest first and equal ones in their order, with a model that has one
    /// label: rerankers and reward models. A score is the same, bit for bit, whatever other documents there are.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an empty query, without documents, and for a `top_k` of 0; `Unsupported` for a model without sequence
    /// classification head or with several labels, or if the configuration names an activation that is not known; a text that
    /// is too long for the options; what the options' limits end.
    pub fn rank(&self, query: &str, documents: &[&str], options: &RankOptions) -> Result<Vec<Ranked>> {
        if query.trim().is_empty() {
            bail!(InvalidArgument, "the query is empty; give the text that documents are ranked for");
        }
        if documents.is_empty() {
            bail!(InvalidArgument, "there are no documents to rank; give at least one");
        }
        if options.top_k == Some(0) {
            bail!(InvalidArgument, "top_k is 0; leave it out for all documents");
        }
        self.require_head(HeadKind::SequenceClassification, "ranking")?;
        if self.config().num_labels != 1 {
            bail!(
                Unsupported,
                "ranking needs a model with one label, whose score orders the documents; this one has {}: {:?}",
                self.config().num_labels,
                self.config().id2label
            );
        }
        let function = match options.score_function {
            Some(function) => function,
            None => self.cross_encoder_function()?,
        };
        let pairs: Vec<TextInput<'_>> = documents.iter().map(|document| (query, *document).into()).collect();
        let name = |index| format!("document {index}");
        let RankOptions { tokenize, run, window_merge, .. } = options;
        let merged = self.merged_logits(&pairs, name, tokenize, run, *window_merge)?;
        let ranked = merged.into_iter().enumerate().map(|(document, merged)| {
            let MergedLogits { logits, truncated, windows } = merged;
            Ranked { document, score: function.scores(&logits)[0], logit: logits[0], truncated, windows }
        });
        let mut ranked: Vec<Ranked> = ranked.collect();
        ranked.sort_by(|left, right| right.score.total_cmp(&left.score));
        ranked.truncate(options.top_k.unwrap_or(usize::MAX));
        Ok(ranked)
    }

    fn cross_encoder_function(&self) -> Result<ScoreFunction> {
        let Some(class) = &self.config().cross_encoder_activation else { return Ok(ScoreFunction::Identity) };
        match class.rsplit('.').next() {
            Some("Identity") => Ok(ScoreFunction::Identity),
            Some("Sigmoid") => Ok(ScoreFunction::Sigmoid),
            _ => bail!(
                Unsupported,
                "config.json names the activation {class:?} for ranking, which is not known; choose a score function"
            ),
        }
    }
}
