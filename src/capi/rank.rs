//! Documents in the order of how well they answer a query.

use std::ffi::c_char;

use super::call::{self, call};
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::model::deberta_model;
use super::pointers::{self, Output, OutputSlice};
use super::run::{self, deberta_run_options};
use super::string::deberta_text;
use super::tokenized::deberta_truncated_text;
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::tasks::{RankOptions, Ranked, WindowMerge};

/// How to rank. Set it up with deberta_rank_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_rank_options {
    /// sizeof(deberta_rank_options)
    pub struct_size: usize,
    /// How to tokenize query and document, as a pair, and what becomes of long ones; NULL for the defaults.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// How many of the best documents to return; 0 for all.
    pub top_k: usize,
    /// A deberta_score_function: what is made of the logit. The configuration's is that which sentence-transformers left
    /// there, and where there is none, the logit itself.
    pub score_function: i32,
    /// A deberta_window_merge: how the windows of a long document become one score; usually by their largest.
    pub window_merge: i32,
}

extensible!(deberta_rank_options, size: 40, {
    struct_size: 0, tokenize: 8, run: 16, top_k: 24, score_function: 32, window_merge: 36,
});

/// Documents from the highest score to the lowest. Owned by the caller, immutable and independent of the model: every
/// function that takes a `const deberta_ranking *` may be called from several threads at once on one of them.
pub struct deberta_ranking {
    documents: Vec<usize>,
    scores: Vec<f32>,
    logits: Vec<f32>,
    ranked: Vec<Ranked>,
}

impl deberta_ranking {
    fn new(ranked: Vec<Ranked>) -> Self {
        Self {
            documents: ranked.iter().map(|ranked| ranked.document).collect(),
            scores: ranked.iter().map(|ranked| ranked.score).collect(),
            logits: ranked.iter().map(|ranked| ranked.logit).collect(),
            ranked,
        }
    }

    fn place(&self, place: usize) -> Result<&Ranked> {
        match self.ranked.get(place) {
            Some(ranked) => Ok(ranked),
            None => bail!(InvalidArgument, "place is {place}, but the ranking has {}", self.ranked.len()),
        }
    }
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_rank_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_rank_options_init(
    options: *mut deberta_rank_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_rank_options) -> Result<RankOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        Ok(RankOptions {
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
            score_function: enums::score_function(options.score_function)?,
            top_k: (options.top_k != 0).then_some(options.top_k),
            window_merge: enums::window_merge(options.window_merge, WindowMerge::Max)?,
        })
    }
}

/// Ranks documents by their score for a query, the highest first and equal ones in their order, with a model that has one label:
/// rerankers, and reward models, which score answers to a prompt. A score is the same, bit for bit, whatever other documents
/// there are.
///
/// @param model         The model. Not NULL.
/// @param query         The query, in UTF-8. Not NULL.
/// @param query_length  Number of bytes of `query`.
/// @param documents     The documents, without pairs. Not NULL.
/// @param count         Number of documents, at least 1.
/// @param options       How to rank; NULL for the defaults.
/// @param ranking       Where the ranking goes. Not NULL.
/// @param error         Where an error goes; or NULL.
/// @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT for an empty query or without documents;
///   #DEBERTA_STATUS_UNSUPPORTED for a model with several labels.
/// @par Ownership
///   The caller owns the ranking and frees it with deberta_ranking_free(). It does not depend on the model. The arguments are
///   only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_rank(
    model: *const deberta_model,
    query: *const c_char,
    query_length: usize,
    documents: *const deberta_text,
    count: usize,
    options: *const deberta_rank_options,
    ranking: *mut *mut deberta_ranking,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(ranking, "ranking")?;
            let options = resolve(options)?;
            let query = pointers::text(query, query_length, "query")?;
            let documents = tokenizer::single_texts(documents, count, "documents")?;
            let ranked = model.rank(query, &documents, &options)?;
            output.set(call::hand_over(deberta_ranking::new(ranked)));
            Ok(())
        })
    }
}

/// The documents by their index, the best first.
///
/// @param ranking  The ranking. Not NULL.
/// @param documents  Where the address of the indices goes, one for each place. It lives as long as the ranking. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one ranking.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_ranking_documents(
    ranking: *const deberta_ranking,
    documents: *mut *const usize,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let ranking = pointers::reference(ranking, "ranking")?;
            OutputSlice::new(documents, "documents", length)?.set(&ranking.documents);
            Ok(())
        })
    }
}

/// The score of the document at each place: what the score function made of its logit.
///
/// @param ranking  The ranking. Not NULL.
/// @param scores   Where the address of the scores goes, one for each place. It lives as long as the ranking. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one ranking.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_ranking_scores(
    ranking: *const deberta_ranking,
    scores: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let ranking = pointers::reference(ranking, "ranking")?;
            OutputSlice::new(scores, "scores", length)?.set(&ranking.scores);
            Ok(())
        })
    }
}

/// The model's raw score of the document at each place.
///
/// @param ranking  The ranking. Not NULL.
/// @param logits   Where the address of the logits goes, one for each place. It lives as long as the ranking. Not NULL.
/// @param length   Where their number goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one ranking.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_ranking_logits(
    ranking: *const deberta_ranking,
    logits: *mut *const f32,
    length: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let ranking = pointers::reference(ranking, "ranking")?;
            OutputSlice::new(logits, "logits", length)?.set(&ranking.logits);
            Ok(())
        })
    }
}

/// What was cut off of query and document, if the options say to truncate.
///
/// @param ranking    The ranking. Not NULL.
/// @param place      The place in the ranking, 0 for the best.
/// @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all others
///   set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one ranking.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_ranking_truncation(
    ranking: *const deberta_ranking,
    place: usize,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let ranked = pointers::reference(ranking, "ranking")?.place(place)?;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(ranked.truncated.as_ref(), 0));
            Ok(())
        })
    }
}

/// The number of windows that a document was read in.
///
/// @param ranking  The ranking. Not NULL.
/// @param place    The place in the ranking, 0 for the best.
/// @param windows  Where their number goes; at least 1. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one ranking.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_ranking_windows(
    ranking: *const deberta_ranking,
    place: usize,
    windows: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let ranked = pointers::reference(ranking, "ranking")?.place(place)?;
            Output::new(windows, "windows")?.set(ranked.windows);
            Ok(())
        })
    }
}

/// Frees a ranking.
///
/// @param ranking  The ranking, which must not be used afterwards, nor anything got from it. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the ranking at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_ranking_free(ranking: *mut deberta_ranking) {
    // SAFETY: the header's contract.
    unsafe { call::release(ranking) }
}
