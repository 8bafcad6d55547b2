//! The options of calls, read from messages in the order in which Java's records write them.

use std::time::{Duration, Instant};

use deberta::{
    AnswerOptions, BackboneConfig, Cancellation, ChooseOptions, ClassifyOptions, EmbedOptions,
    ExplainOptions, FillMaskOptions, LoadMode, OpenOptions, Outputs, RankOptions, RunOptions, TagOptions,
    TextInput, TokenizeOptions, TokenizerOptions, WeightType, WindowMerge, WindowOptions, ZeroShotOptions,
};

use crate::entry::{Failure, Result};
use crate::handle;
use crate::message::Reader;
use crate::observer::Observer;

pub fn open(reader: &mut Reader<'_>, observer: &Observer) -> Result<OpenOptions> {
    Ok(OpenOptions {
        precision: reader.choice()?,
        threads: reader.optional(|reader| reader.size("threads"))?,
        instruction_set: reader.optional(Reader::choice)?,
        load_mode: match reader.text()? {
            "copy" => LoadMode::Copy,
            _ => LoadMode::MemoryMap,
        },
        tensor_prefix: reader.optional(Reader::text)?.map(str::to_owned),
        packed_cache: reader.optional(Reader::text)?.map(Into::into),
        random_weights: reader.optional(Reader::long)?.map(i64::cast_unsigned),
        tokenizer: TokenizerOptions { mode: reader.choice()? },
        observer: observer.of_opening(),
    })
}

pub fn backbone(reader: &mut Reader<'_>) -> Result<BackboneConfig> {
    Ok(BackboneConfig::new(
        reader.size("vocabulary_size")?,
        reader.size("num_layers")?,
        reader.size("num_heads")?,
        reader.size("hidden_dim")?,
        reader.size("intermediate_dim")?,
    )
    .max_sequence_length(reader.size("max_sequence_length")?)
    .bucket_size(reader.size("bucket_size")?)
    .dtype(match reader.text()? {
        "float16" => WeightType::Float16,
        "bfloat16" => WeightType::Bfloat16,
        _ => WeightType::Float32,
    }))
}

pub fn input<'a>(reader: &mut Reader<'a>) -> Result<TextInput<'a>> {
    Ok(TextInput { text: reader.text()?, pair: reader.optional(Reader::text)? })
}

pub fn inputs<'a>(reader: &mut Reader<'a>) -> Result<Vec<TextInput<'a>>> {
    reader.list(input)
}

pub fn tokenize(reader: &mut Reader<'_>) -> Result<TokenizeOptions> {
    Ok(TokenizeOptions {
        max_length: reader.optional(|reader| reader.size("max_length"))?,
        truncation: reader.choice()?,
        add_special_tokens: reader.boolean()?,
        windows: reader.optional(|reader| Ok(WindowOptions { stride: reader.size("stride")? }))?,
    })
}

/// The limits of a call that begins now.
pub fn run(reader: &mut Reader<'_>, observer: &Observer) -> Result<RunOptions> {
    let timeout = reader.optional(Reader::long)?;
    let cancellation = reader.optional(Reader::long)?;
    Ok(RunOptions {
        // A deadline that the clock cannot express never comes.
        deadline: timeout.and_then(|nanoseconds| {
            Instant::now().checked_add(Duration::from_nanos(nanoseconds.try_into().unwrap_or(0)))
        }),
        // SAFETY: Java keeps the cancellation, whose handle this is, until the call has ended.
        cancellation: cancellation.map(|handle| unsafe { handle::borrow::<Cancellation>(handle) }.clone()),
        progress: observer.of_run(),
        batch_tokens: reader.optional(|reader| reader.size("batch_tokens"))?,
    })
}

pub fn outputs(reader: &mut Reader<'_>) -> Result<Outputs> {
    Ok(Outputs {
        hidden_states: reader.boolean()?,
        attentions: reader.boolean()?,
        logits: reader.boolean()?,
        layers: reader.optional(|reader| reader.size("layers"))?,
    })
}

fn window_merge(reader: &mut Reader<'_>) -> Result<WindowMerge> {
    match reader.text()? {
        "mean" => Ok(WindowMerge::Mean),
        "max" => Ok(WindowMerge::Max),
        _ => Err(Failure::malformed_message()),
    }
}

pub fn classify(reader: &mut Reader<'_>, observer: &Observer) -> Result<ClassifyOptions> {
    Ok(ClassifyOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        score_function: reader.optional(Reader::choice)?,
        window_merge: window_merge(reader)?,
    })
}

pub fn zero_shot(reader: &mut Reader<'_>, observer: &Observer) -> Result<ZeroShotOptions> {
    Ok(ZeroShotOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        hypothesis_template: reader.text()?.to_owned(),
        multi_label: reader.boolean()?,
        window_merge: window_merge(reader)?,
    })
}

pub fn rank(reader: &mut Reader<'_>, observer: &Observer) -> Result<RankOptions> {
    Ok(RankOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        score_function: reader.optional(Reader::choice)?,
        top_k: reader.optional(|reader| reader.size("top_k"))?,
        window_merge: window_merge(reader)?,
    })
}

pub fn tag(reader: &mut Reader<'_>, observer: &Observer) -> Result<TagOptions> {
    Ok(TagOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        aggregation: reader.choice()?,
        ignored_labels: reader.list(|reader| Ok(reader.text()?.to_owned()))?,
    })
}

pub fn answer(reader: &mut Reader<'_>, observer: &Observer) -> Result<AnswerOptions> {
    Ok(AnswerOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        top_k: reader.size("top_k")?,
        max_answer_length: reader.size("max_answer_length")?,
        handle_impossible_answer: reader.boolean()?,
        align_to_words: reader.boolean()?,
    })
}

pub fn fill_mask(reader: &mut Reader<'_>, observer: &Observer) -> Result<FillMaskOptions> {
    Ok(FillMaskOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        top_k: reader.optional(|reader| reader.size("top_k"))?,
        candidates: reader.list(|reader| Ok(reader.text()?.to_owned()))?,
    })
}

pub fn choose(reader: &mut Reader<'_>, observer: &Observer) -> Result<ChooseOptions> {
    Ok(ChooseOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        window_merge: window_merge(reader)?,
    })
}

pub fn embed(reader: &mut Reader<'_>, observer: &Observer) -> Result<EmbedOptions> {
    Ok(EmbedOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        pooling: reader.choice()?,
        normalize: reader.boolean()?,
        layer: reader.optional(|reader| reader.size("layer"))?,
    })
}

pub fn explain(reader: &mut Reader<'_>, observer: &Observer) -> Result<ExplainOptions> {
    Ok(ExplainOptions {
        tokenize: tokenize(reader)?,
        run: run(reader, observer)?,
        method: reader.choice()?,
        label: reader.optional(|reader| reader.size("label"))?,
        attentions: reader.boolean()?,
    })
}
