//! Answers that stand in a text, word for word (Devlin et al., NAACL 2019, arXiv 1810.04805, section 4.2; reference
//! transformers' `QuestionAnsweringPipeline`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use super::answer_spans::{SpanSearch, WindowSpans};
use super::rows::OfText;
use crate::config::HeadKind;
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::model::Model;
use crate::run::RunOptions;
use crate::tokenizer::{TextInput, TokenizeOptions, TruncatedText, Truncation, WindowOptions};

/// Most tokens of question and context together that the reference has in a window.
const WINDOW_TOKENS: usize = 384;
/// Most tokens of an answer, as in the reference.
const ANSWER_TOKENS: usize = 15;

/// How to answer questions.
#[derive(Clone, Debug)]
pub struct AnswerOptions {
    /// How question and context are tokenized, as a pair, and what becomes of long ones. Windows are cut from the
    /// context whatever the truncation is; the whole question is in each.
    pub tokenize: TokenizeOptions,
    /// Limits of the call.
    pub run: RunOptions,
    /// Most answers to return for each question.
    pub top_k: usize,
    /// Most tokens that an answer may have before it is aligned to words.
    pub max_answer_length: usize,
    /// Whether that there is no answer is one of the answers.
    pub handle_impossible_answer: bool,
    /// Whether answers grow to the borders of words ([`crate::Encoding::word_ids`]).
    pub align_to_words: bool,
}

impl Default for AnswerOptions {
    /// As the reference: the best answer, of at most 15 tokens, aligned to words, out of windows of 384 tokens that
    /// share 128.
    fn default() -> Self {
        Self {
            tokenize: TokenizeOptions {
                max_length: Some(WINDOW_TOKENS),
                truncation: Truncation::OnlySecond,
                windows: Some(WindowOptions::default()),
                ..TokenizeOptions::default()
            },
            run: RunOptions::default(),
            top_k: 1,
            max_answer_length: ANSWER_TOKENS,
            handle_impossible_answer: false,
            align_to_words: true,
        }
    }
}

/// The answers to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// From the highest score to the lowest; fewer than asked for, or none, if the context has no more.
    pub answers: Vec<Answer>,
    /// What was cut off, if the texts were too long and the options say to truncate.
    pub truncated: Option<TruncatedText>,
    /// The number of windows that the context was read in.
    pub windows: usize,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The part of the context that answers the question, with the space before it where the first token has it; empty
    /// if there is no answer.
    pub text: String,
    /// The probability of its start in its window, times that of its end, summed over all places and windows where the
    /// same text, in capitals or not, is among the best; so it may exceed 1.
    pub score: f32,
    /// Where the text is in the context, in UTF-8 bytes: the first of its places.
    pub byte_range: Range<usize>,
    /// The same in Unicode scalar values.
    pub char_range: Range<usize>,
    /// Whether this says that the context does not answer the question.
    pub is_impossible: bool,
}

impl Model {
    /// Finds the answers to questions, each of them given with its context as a pair. The result has the order of the
    /// questions; each is answered the same, bit for bit, as alone.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a question without context, an empty question, a `top_k` or `max_answer_length` of 0, or a
    /// stride that is not smaller than the room that the question leaves in a window; `TooLong` for a question that
    /// leaves none, or texts that are too long for the options; `Unsupported` for a model without a question answering
    /// head; what the options' limits end.
    pub fn answer(&self, questions: &[TextInput<'_>], options: &AnswerOptions) -> Result<Vec<Answers>> {
        if options.top_k == 0 {
            bail!(InvalidArgument, "top_k is 0; ask for at least one answer");
        }
        if options.max_answer_length == 0 {
            bail!(InvalidArgument, "max_answer_length is 0; allow answers of at least one token");
        }
        self.require_head(HeadKind::QuestionAnswering, "question answering")?;
        let contexts = questions.iter().enumerate().map(|(index, question)| context(index, question));
        let contexts = contexts.collect::<Result<Vec<&str>>>()?;
        let tokenize = match options.tokenize.windows {
            Some(_) => TokenizeOptions { truncation: Truncation::OnlySecond, ..options.tokenize },
            None => options.tokenize,
        };
        let search = SpanSearch {
            // As in the reference: spares, as several spans may become one answer.
            most_spans: match options.align_to_words {
                true => options.top_k.saturating_mul(2).saturating_add(10),
                false => options.top_k,
            },
            most_tokens: options.max_answer_length,
            align_to_words: options.align_to_words,
        };
        let outputs = Outputs { logits: true, ..Outputs::default() };
        let of_texts =
            self.answer_texts(questions, &tokenize, &options.run, outputs, |row| Ok(search.run(row)))?;
        let answers = of_texts.into_iter().zip(contexts);
        Ok(answers.map(|(of_text, context)| answers_of(of_text, context, options)).collect())
    }
}

/// The text that a question is about.
fn context<'a>(index: usize, question: &TextInput<'a>) -> Result<&'a str> {
    if question.text.is_empty() {
        bail!(InvalidArgument, "input {index}: the question is empty; ask one");
    }
    match question.pair {
        Some(context) => Ok(context),
        None => bail!(
            InvalidArgument,
            "input {index}: there is no context to find the answer in; give it as the pair of the question"
        ),
    }
}

/// The answers out of all windows: the same text is one answer, wherever it stands.
fn answers_of(of_text: OfText<WindowSpans>, context: &str, options: &AnswerOptions) -> Answers {
    let windows = of_text.windows.len();
    // Nowhere is an answer only if no window has one.
    let null_score = of_text.windows.iter().map(|window| window.null_score).fold(f32::INFINITY, f32::min);
    let mut answers: Vec<Answer> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for span in of_text.windows.into_iter().flat_map(|window| window.spans) {
        let text = context.get(span.byte_range.clone()).unwrap_or_default();
        match places.entry(text.to_lowercase()) {
            Entry::Occupied(place) => answers[*place.get()].score += span.score,
            Entry::Vacant(place) => {
                place.insert(answers.len());
                answers.push(Answer {
                    text: text.to_owned(),
                    score: span.score,
                    byte_range: span.byte_range,
                    char_range: span.char_range,
                    is_impossible: false,
                });
            }
        }
    }
    if options.handle_impossible_answer {
        answers.push(Answer {
            text: String::new(),
            score: null_score,
            byte_range: 0..0,
            char_range: 0..0,
            is_impossible: true,
        });
    }
    answers.sort_by(|left, right| right.score.total_cmp(&left.score));
    answers.truncate(options.top_k);
    Answers { answers, truncated: of_text.truncated, windows }
}

#[cfg(test)]
mod tests {
    use super::super::answer_spans::Span;
    use super::*;

    fn window(spans: &[(f32, Range<usize>)], null_score: f32) -> WindowSpans {
        let span = |(score, range): &(f32, Range<usize>)| Span {
            score: *score,
            byte_range: range.clone(),
            char_range: range.clone(),
        };
        WindowSpans { spans: spans.iter().map(span).collect(), null_score }
    }

    #[test]
    fn the_same_text_is_one_answer_and_no_answer_has_the_least_score_of_the_windows() {
        let windows =
            || vec![window(&[(0.25, 5..8), (0.125, 0..3)], 0.5), window(&[(0.5, 0..3), (0.25, 9..12)], 0.25)];
        let answers = |handle_impossible_answer, top_k| {
            let options = AnswerOptions { top_k, handle_impossible_answer, ..AnswerOptions::default() };
            let of_text = OfText { windows: windows(), truncated: None };
            let found = answers_of(of_text, "Oak, oak elm", &options);
            assert_eq!(found.windows, 2);
            let summary =
                |answer: Answer| (answer.text, answer.score, answer.byte_range, answer.is_impossible);
            found.answers.into_iter().map(summary).collect::<Vec<_>>()
        };
        let (oak, elm) = (("oak".into(), 0.875, 5..8, false), ("elm".into(), 0.25, 9..12, false));
        assert_eq!(answers(false, 9), [oak.clone(), elm.clone()]);
        assert_eq!(answers(true, 9), [oak.clone(), elm, (String::new(), 0.25, 0..0, true)]);
        assert_eq!(answers(true, 1), [oak]);
    }
}
