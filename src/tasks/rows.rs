//! What every task stands on: texts to windows, windows to batches, and each window's outputs back in the order of the
//! texts.

use std::cmp::Reverse;
use std::ops::Range;

use crate::batch::Batch;
use crate::config::HeadKind;
use crate::encoded::{Encoded, Outputs};
use crate::error::{Error, Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, Tokenizer, TruncatedText, Window};

/// Tokens to encode together unless the caller says otherwise: enough to use all threads well, few enough to keep memory
/// small.
const BATCH_TOKENS: usize = 4096;
/// Texts are tokenized ahead for about so many batches, among which windows are sorted by length.
const BATCHES_AHEAD: usize = 8;

/// One window of a text, encoded.
pub(super) struct Row<'a> {
    /// Its tokens.
    pub window: &'a Window,
    /// [tokens, hidden_size] of the last layer that was computed.
    pub hidden_states: &'a [f32],
    /// [labels] from a head with a pooler, [tokens, labels] from any other; empty unless asked for.
    pub logits: &'a [f32],
    /// Number of labels; 0 without logits.
    pub labels: usize,
}

/// What was made of the windows of one text, and what truncation cut off of it.
pub(super) struct OfText<T> {
    /// At least one.
    pub windows: Vec<T>,
    pub truncated: Option<TruncatedText>,
}

impl Model {
    /// Encodes texts in batches and gives each window to `answer`, which keeps of it what the task needs. Whatever the
    /// number of texts, only some batches' tokens are in memory at a time. Windows are the same, bit for bit, as alone.
    pub(super) fn answer_texts<T>(
        &self,
        texts: &[TextInput<'_>],
        tokenize: &TokenizeOptions,
        run: &RunOptions,
        outputs: Outputs,
        answer: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<OfText<T>>> {
        self.answer_named(texts, |index| format!("input {index}"), tokenize, run, outputs, answer)
    }

    /// [`Self::answer_texts`] with names for the texts in errors.
    pub(super) fn answer_named<T>(
        &self,
        texts: &[TextInput<'_>],
        name: impl Fn(usize) -> String,
        tokenize: &TokenizeOptions,
        run: &RunOptions,
        outputs: Outputs,
        mut answer: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<OfText<T>>> {
        let tokenizer = self.required_tokenizer()?;
        let tokenize = self.limited(tokenize);
        let batch_tokens = batch_tokens(run)?;
        let mut answers = Vec::with_capacity(texts.len());
        while answers.len() < texts.len() {
            run.check()?;
            let done = answers.len();
            let group = &texts[group(texts, done, batch_tokens.saturating_mul(BATCHES_AHEAD))];
            let windows = tokenizer.windows_batch(group, &tokenize).map_err(|(index, error)| {
                let message = format!("{}: {error}", name(done + index));
                Error::new(error.kind(), message).with_source(error)
            })?;
            let report = |texts_of_group| run.report(done + texts_of_group, texts.len());
            answers.extend(self.answer_group(&windows, batch_tokens, run, outputs, report, &mut answer)?);
        }
        Ok(answers)
    }

    fn answer_group<T>(
        &self,
        texts: &[Vec<Window>],
        batch_tokens: usize,
        run: &RunOptions,
        outputs: Outputs,
        report: impl Fn(usize) -> Result<()>,
        answer: &mut impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<OfText<T>>> {
        let mut order: Vec<(usize, usize)> = texts
            .iter()
            .enumerate()
            .flat_map(|(text, windows)| (0..windows.len()).map(move |window| (text, window)))
            .collect();
        // The longest first: what needs most memory fails before work was done.
        order.sort_by_key(|&(text, window)| Reverse(texts[text][window].encoding.len()));
        let mut answers: Vec<Vec<Option<T>>> =
            texts.iter().map(|windows| windows.iter().map(|_| None).collect()).collect();
        let mut missing: Vec<usize> = texts.iter().map(Vec::len).collect();
        let mut complete = 0;
        let mut rest = &order[..];
        while !rest.is_empty() {
            let window_of = |&(text, window): &(usize, usize)| &texts[text][window];
            let (batch, after) = rest.split_at(rows_of_next_batch(rest.iter().map(window_of), batch_tokens));
            rest = after;
            let encodings = batch.iter().map(|place| &window_of(place).encoding);
            let encoded = self.encode_with(&Batch::from_encodings(encodings)?, outputs, run)?;
            for (row, place) in batch.iter().enumerate() {
                answers[place.0][place.1] = Some(answer(&row_of(&encoded, row, window_of(place)))?);
                missing[place.0] -= 1;
                complete += usize::from(missing[place.0] == 0);
            }
            report(complete)?;
        }
        let of_text = |(answers, windows): (Vec<Option<T>>, &Vec<Window>)| OfText {
            windows: answers.into_iter().flatten().collect(),
            truncated: windows.first().and_then(|window| window.encoding.truncated.clone()),
        };
        Ok(answers.into_iter().zip(texts).map(of_text).collect())
    }

    /// Windows have the model's length where the caller gives none.
    fn limited(&self, options: &TokenizeOptions) -> TokenizeOptions {
        let limit = options.windows.map(|_| self.config().max_position_embeddings);
        TokenizeOptions { max_length: options.max_length.or(limit), ..*options }
    }

    /// The tokenizer, or an error for a model without one.
    pub(crate) fn required_tokenizer(&self) -> Result<&Tokenizer> {
        match self.tokenizer() {
            Some(tokenizer) => Ok(tokenizer),
            None => bail!(
                NotFound,
                "the model folder has no tokenizer.json or spm.model; add one, or pass token ids to encode"
            ),
        }
    }

    /// An error for a model without the head that a task needs.
    pub(super) fn require_head(&self, head: HeadKind, task: &str) -> Result<()> {
        let found = self.head();
        if found != Some(head) {
            bail!(
                Unsupported,
                "{task} needs a model with a {} head, but this model has {}",
                head.name(),
                found.map_or("none".into(), |found| format!("a {} head", found.name()))
            );
        }
        Ok(())
    }
}

/// Most tokens to encode together.
pub(super) fn batch_tokens(run: &RunOptions) -> Result<usize> {
    match run.batch_tokens {
        Some(0) => bail!(InvalidArgument, "batch_tokens is 0; leave it out, or allow some tokens"),
        tokens => Ok(tokens.unwrap_or(BATCH_TOKENS)),
    }
}

/// The texts from `first` on that are tokenized together. A token has at least one byte, so bytes bound the tokens.
fn group(texts: &[TextInput<'_>], first: usize, most_tokens: usize) -> Range<usize> {
    let mut size = 0usize;
    let fitting = texts[first..].iter().take_while(|text| {
        size = size.saturating_add(text.text.len() + text.pair.map_or(0, str::len) + 3);
        size <= most_tokens
    });
    first..first + fitting.count().max(1)
}

/// How many windows to take from the front: as many as fit the token budget, but at least one.
fn rows_of_next_batch<'a>(windows: impl Iterator<Item = &'a Window>, batch_tokens: usize) -> usize {
    let mut tokens = 0;
    let fitting = windows.take_while(|window| {
        tokens += window.encoding.len();
        tokens <= batch_tokens
    });
    fitting.count().max(1)
}

fn row_of<'a>(encoded: &'a Encoded, row: usize, window: &'a Window) -> Row<'a> {
    let (logits, labels) = match encoded.logits() {
        None => (&[][..], 0),
        Some(logits) => {
            let offsets = encoded.row_offsets();
            let rows = if logits.head.is_pooled() { row..row + 1 } else { offsets[row]..offsets[row + 1] };
            (&logits.values[rows.start * logits.labels..rows.end * logits.labels], logits.labels)
        }
    };
    Row { window, hidden_states: encoded.row(row), logits, labels }
}
