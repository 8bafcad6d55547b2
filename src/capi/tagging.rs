//! From texts to entities.

use super::call::{self, call};
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::model::deberta_model;
use super::pointers::{self, Output};
use super::run::{self, deberta_run_options};
use super::string::{deberta_string, deberta_text};
use super::tokenized::{deberta_range, deberta_truncated_text};
use super::tokenizer::{self, deberta_tokenize_options};
use crate::error::{Result, bail};
use crate::tasks::{Entity, TagOptions, Tagged};

/// How tokens become entities. Set it up with deberta_tag_options_init(); a field of 0 is the default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_tag_options {
    /// sizeof(deberta_tag_options)
    pub struct_size: usize,
    /// How to tokenize, and what becomes of long texts; NULL for the defaults.
    pub tokenize: *const deberta_tokenize_options,
    /// Limits of the call; NULL for none.
    pub run: *const deberta_run_options,
    /// What is left out, without pairs: names of labels for #DEBERTA_AGGREGATION_NONE, names of entities, which have no
    /// prefix, for all others. NULL for "O" alone; to leave out nothing, any other pointer with a count of 0.
    pub ignored_labels: *const deberta_text,
    /// Number of names in `ignored_labels`.
    pub ignored_label_count: usize,
    /// A deberta_aggregation.
    pub aggregation: i32,
    /// 0.
    pub reserved: i32,
}

extensible!(deberta_tag_options, size: 48, {
    struct_size: 0, tokenize: 8, run: 16, ignored_labels: 24, ignored_label_count: 32, aggregation: 40, reserved: 44,
});

/// One token of a text, or several that belong together. Its strings live as long as the answers that it was got from.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_entity {
    /// sizeof(deberta_entity)
    pub struct_size: usize,
    /// The kind of entity, without the prefix of a scheme ("PER" for "B-PER"); the label as it is for
    /// #DEBERTA_AGGREGATION_NONE.
    pub label: deberta_string,
    /// Its tokens as text, after the tokenizer's normalization; the token as the vocabulary spells it for
    /// #DEBERTA_AGGREGATION_NONE.
    pub word: deberta_string,
    /// The label's probability: the mean over the entity's tokens, or over its words where the aggregation is by words.
    pub score: f32,
    /// 0.
    pub reserved: i32,
    /// Where it is in the text, in bytes of UTF-8. It starts with the white space in front of it where its first token
    /// does.
    pub byte_range: deberta_range,
    /// The same in Unicode scalar values.
    pub char_range: deberta_range,
    /// Its tokens, as deberta_tokenizer_encode() counts those of the whole text, special tokens included.
    pub tokens: deberta_range,
}

extensible!(deberta_entity, size: 96, {
    struct_size: 0, label: 8, word: 24, score: 40, reserved: 44, byte_range: 48, char_range: 64, tokens: 80,
});

impl From<&Entity> for deberta_entity {
    fn from(entity: &Entity) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            label: deberta_string::new(&entity.label),
            word: deberta_string::new(&entity.word),
            score: entity.score,
            reserved: 0,
            byte_range: deberta_range { start: entity.byte_range.start, end: entity.byte_range.end },
            char_range: deberta_range { start: entity.char_range.start, end: entity.char_range.end },
            tokens: deberta_range { start: entity.tokens.start, end: entity.tokens.end },
        }
    }
}

/// The entities of texts. Owned by the caller, immutable and independent of the model: every function that takes a
/// `const deberta_tagged *` may be called from several threads at once on one of them.
pub struct deberta_tagged {
    answers: Vec<Tagged>,
}

impl deberta_tagged {
    fn answer(&self, row: usize) -> Result<&Tagged> {
        match self.answers.get(row) {
            Some(answer) => Ok(answer),
            None => bail!(InvalidArgument, "row is {row}, but {} texts were tagged", self.answers.len()),
        }
    }
}

/// Sets every field to its default.
///
/// @param options      The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_tag_options), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tag_options_init(
    options: *mut deberta_tag_options,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(options, struct_size, "options")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn resolve(options: *const deberta_tag_options) -> Result<TagOptions> {
    // SAFETY: the caller's promise.
    unsafe {
        let options = extensible::read(options, "options")?;
        if options.reserved != 0 {
            bail!(InvalidArgument, "reserved of options is {}; it must be 0", options.reserved);
        }
        let (labels, count) = (options.ignored_labels, options.ignored_label_count);
        let ignored_labels = match labels.is_null() && count == 0 {
            true => TagOptions::default().ignored_labels,
            false => {
                let labels = tokenizer::single_texts(labels, count, "ignored_labels")?;
                labels.into_iter().map(str::to_owned).collect()
            }
        };
        Ok(TagOptions {
            tokenize: tokenizer::resolve(options.tokenize)?,
            run: run::resolve(options.run)?,
            aggregation: enums::aggregation(options.aggregation)?,
            ignored_labels,
        })
    }
}

/// Finds entities with the model's token classification head. Windows of a long text are read as one: a token has its
/// scores from the window in which its nearer side has most context, and entities are made of the tokens of the whole
/// text. An answer is the same, bit for bit, as for the text alone.
///
/// @param model    The model. Not NULL.
/// @param texts    The texts, without pairs. Not NULL unless `count` is 0.
/// @param count    Number of texts.
/// @param options  How to tag; NULL for the defaults.
/// @param tagged   Where the answers go. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return As deberta_model_classify().
/// @par Ownership
///   The caller owns the answers and frees them with deberta_tagged_free(). They do not depend on the model. The
///   arguments are only used during the call.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_tag(
    model: *const deberta_model,
    texts: *const deberta_text,
    count: usize,
    options: *const deberta_tag_options,
    tagged: *mut *mut deberta_tagged,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = &pointers::reference(model, "model")?.model;
            let output = Output::new(tagged, "tagged")?;
            let options = resolve(options)?;
            let texts = tokenizer::single_texts(texts, count, "texts")?;
            let answers = model.tag(&texts, &options)?;
            output.set(call::hand_over(deberta_tagged { answers }));
            Ok(())
        })
    }
}

/// Number of answers.
///
/// @param tagged  The answers, or NULL.
/// @return Their number; 0 for NULL.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tagged_rows(tagged: *const deberta_tagged) -> usize {
    // SAFETY: the header's contract.
    unsafe { tagged.as_ref() }.map_or(0, |tagged| tagged.answers.len())
}

/// The number of entities of a text.
///
/// @param tagged  The answers. Not NULL.
/// @param row     The text's index.
/// @param count   Where their number goes. Not NULL.
/// @param error   Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tagged_entity_count(
    tagged: *const deberta_tagged,
    row: usize,
    count: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(tagged, "tagged")?.answer(row)?;
            Output::new(count, "count")?.set(answer.entities.len());
            Ok(())
        })
    }
}

/// Sets up the struct for deberta_tagged_entity(): every field 0 but `struct_size`.
///
/// @param entity       The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_entity), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_entity_init(
    entity: *mut deberta_entity,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(entity, struct_size, "entity")) }
}

/// One entity of a text; they have the order of the text.
///
/// @param tagged  The answers. Not NULL.
/// @param row     The text's index.
/// @param index   The entity's index.
/// @param entity  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. Its strings live as long as the answers. Not NULL.
/// @param error   Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tagged_entity(
    tagged: *const deberta_tagged,
    row: usize,
    index: usize,
    entity: *mut deberta_entity,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let entities = &pointers::reference(tagged, "tagged")?.answer(row)?.entities;
            let output = OutputStruct::new(entity, "entity")?;
            let Some(entity) = entities.get(index) else {
                bail!(InvalidArgument, "index is {index}, but the text has {} entities", entities.len());
            };
            output.set(&entity.into());
            Ok(())
        })
    }
}

/// The number of windows that a text was read in.
///
/// @param tagged   The answers. Not NULL.
/// @param row      The text's index.
/// @param windows  Where their number goes; at least 1. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tagged_windows(
    tagged: *const deberta_tagged,
    row: usize,
    windows: *mut usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(tagged, "tagged")?.answer(row)?;
            Output::new(windows, "windows")?.set(answer.windows);
            Ok(())
        })
    }
}

/// What was cut off of a text that was too long, if the options say to truncate.
///
/// @param tagged     The answers. Not NULL.
/// @param row        The text's index.
/// @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
/// @param error      Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on the same answers.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tagged_truncation(
    tagged: *const deberta_tagged,
    row: usize,
    truncated: *mut deberta_truncated_text,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let answer = pointers::reference(tagged, "tagged")?.answer(row)?;
            let output = OutputStruct::new(truncated, "truncated")?;
            output.set(&deberta_truncated_text::new(answer.truncated.as_ref(), 0));
            Ok(())
        })
    }
}

/// Frees answers.
///
/// @param tagged  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
/// @par Thread safety
///   From any thread; no other call may use the answers at the time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_tagged_free(tagged: *mut deberta_tagged) {
    // SAFETY: the header's contract.
    unsafe { call::release(tagged) }
}
