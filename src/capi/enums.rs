//! Choices, which cross as integers and are checked.

use crate::checkpoint::LoadMode;
use crate::config::{HeadKind, ProblemType, WeightType};
use crate::encoded::Outputs;
use crate::error::{Result, bail};
use crate::linalg::kernels::InstructionSet;
use crate::opening::OpenStage;
use crate::precision::Precision;
use crate::tasks::{Aggregation, Pooling, Relevance, ScoreFunction, WindowMerge};
use crate::tokenizer::{TokenizerMode, Truncation};

/// A promise about the error of results, not about instructions. The names are those of
/// torch.set_float32_matmul_precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_precision {
    /// As good as float32: error against a float64 reference like that of PyTorch float32. The default.
    Highest = 0,
    /// Relative error of about 1e-5.
    High = 1,
    /// The error of bfloat16 products with float32 sums.
    Medium = 2,
    /// The error of 8-bit weights and activations.
    Int8 = 3,
}

/// A family of machine instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_instruction_set {
    /// The fastest there is. The default; never a result.
    Auto = 0,
    /// What every machine of the target architecture has.
    Portable = 1,
    /// x86-64 with AVX2 and FMA.
    Avx2 = 2,
    /// x86-64 with AVX-512 F, BW, DQ and VL.
    Avx512 = 3,
    /// AArch64 with NEON.
    Neon = 4,
    /// DEBERTA_INSTRUCTION_SET_AVX512 with VNNI.
    Avx512Vnni = 5,
    /// DEBERTA_INSTRUCTION_SET_AVX512_VNNI with BF16.
    Avx512Bf16 = 6,
    /// DEBERTA_INSTRUCTION_SET_NEON with dot products of bytes.
    NeonDotprod = 7,
    /// DEBERTA_INSTRUCTION_SET_NEON_DOTPROD with dot products of bfloat16.
    NeonBf16 = 8,
    /// DEBERTA_INSTRUCTION_SET_AVX512_BF16 with AMX tiles of bfloat16 and bytes.
    Amx = 9,
}

/// How weight files get into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_load_mode {
    /// Map the files: pages are read when first used, and shared between processes. The files must not change while the
    /// model is open; replacing one by renaming another over it is safe, truncating it in place is not. The default.
    MemoryMap = 0,
    /// Read the files into memory, so that nothing that happens to them afterwards matters.
    Copy = 1,
}

/// Whose behaviour a tokenizer follows where the two differ: in what no piece of the vocabulary spells, in the
/// normalization of some character sequences, and in special tokens that are written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_tokenizer_mode {
    /// SentencePiece for Keras presets, Hugging Face for all others. The default.
    Auto = 0,
    /// Hugging Face's `tokenizer.json`, or the one that its conversion makes of a SentencePiece model.
    HuggingFace = 1,
    /// SentencePiece itself, whether there is a `tokenizer.json` or not.
    SentencePiece = 2,
}

/// The element type of a model's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_weight_type {
    /// 32-bit IEEE 754. The default.
    Float32 = 0,
    /// 16-bit IEEE 754.
    Float16 = 1,
    /// The upper half of a float32.
    Bfloat16 = 2,
}

/// What to do with an input of more tokens than the limit. Tokens are always cut off at the end of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_truncation {
    /// Refuse it with #DEBERTA_STATUS_TOO_LONG. The default.
    Error = 0,
    /// Shorten the longer text until both are equally long, then both.
    LongestFirst = 1,
    /// Shorten the first text only.
    OnlyFirst = 2,
    /// Shorten the second text only.
    OnlySecond = 3,
    /// Give room to the texts one token at a time in turn, the first text first; what Keras does unless told otherwise.
    RoundRobin = 4,
    /// Give all room to the first text, and what it leaves to the second, as Keras can.
    Waterfall = 5,
}

/// What is made of logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_score_function {
    /// What the configuration says. The default.
    Configured = 0,
    /// A probability for each label, which sum to 1.
    Softmax = 1,
    /// A probability for each label on its own.
    Sigmoid = 2,
    /// The logits themselves.
    Identity = 3,
}

/// How the windows of a long text become one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_window_merge {
    /// What the task does unless told otherwise. The default.
    Usual = 0,
    /// The mean of the windows' logits: what the text says on the whole.
    Mean = 1,
    /// The largest logit of any window: whether the text says it anywhere.
    Max = 2,
}

/// How the hidden states of a text's tokens become one vector. Special tokens count like all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_pooling {
    /// The mean over the tokens. Of a text in windows, a token counts as often as there are windows that it is in. The
    /// default.
    Mean = 0,
    /// The first token; the mean of the first tokens of the windows.
    Cls = 1,
    /// The largest value of any token, for each dimension.
    Max = 2,
}

/// How tokens become entities; the names and rules are those of transformers' token classification pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_aggregation {
    /// Every token on its own, with its label as the model names it. The default.
    None = 0,
    /// Neighbouring tokens whose labels continue each other are one entity.
    Simple = 1,
    /// As #DEBERTA_AGGREGATION_SIMPLE, by words: a word has the label and the score of its first token.
    First = 2,
    /// As #DEBERTA_AGGREGATION_SIMPLE, by words: the scores of a word's tokens are averaged for each label, and the
    /// highest is the word's.
    Average = 3,
    /// As #DEBERTA_AGGREGATION_SIMPLE, by words: a word has the label and the score of the token with the highest
    /// score.
    Max = 4,
}

/// What to return beside the last hidden state: bits to combine with |.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_output {
    /// The hidden states of the embeddings and of every layer.
    HiddenStates = 1,
    /// The attention probabilities of every layer.
    Attentions = 2,
    /// The head's logits, if the model has a head.
    Logits = 4,
}

/// The task head on top of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_head {
    /// The model has no head, or none that this version computes.
    None = 0,
    /// One row of logits for each text: [rows, labels].
    SequenceClassification = 1,
    /// One row of logits for each token: [tokens, labels].
    TokenClassification = 2,
    /// A start and an end logit for each token.
    QuestionAnswering = 3,
    /// One logit for each vocabulary entry, for each token.
    MaskedLanguageModeling = 4,
    /// One logit for each choice.
    MultipleChoice = 5,
}

/// What the configuration says about the logits of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_problem_type {
    /// It says nothing.
    Unspecified = 0,
    /// The logits are the answer.
    Regression = 1,
    /// Exactly one label holds: softmax over the logits.
    SingleLabel = 2,
    /// Every label holds or not on its own: sigmoid of each logit.
    MultiLabel = 3,
}

/// How relevant a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_relevance {
    /// Attention rollout: how much of what reaches the first token comes from each token, through the attention of all layers.
    /// Values are not negative and sum to 1. For every model; knows nothing of labels.
    Rollout = 0,
    /// How much the label's logit falls when the token is replaced by `[MASK]`. For sequence classifiers; reads the text once
    /// more for each of its tokens.
    Occlusion = 1,
}

/// What opening a model is busy with, in this order; a stage may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_open_stage {
    /// Reading the configuration, opening the weight files and finding the tensors.
    Checkpoint = 1,
    /// Reading the tokenizer.
    Tokenizer = 2,
    /// Packing weights for the kernels.
    Packing = 3,
    /// Mapping weights that are packed.
    Mapping = 4,
}

/// How important a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum deberta_log_level {
    /// Nothing is logged.
    Off = 0,
    /// Something failed that no status tells.
    Error = 1,
    /// Something is probably not as intended.
    Warn = 2,
    /// What happened, a line for each model opened.
    Info = 3,
    /// The same in detail.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

/// Finds the value that the caller's number stands for.
fn choose<C: Copy, R: Copy>(
    choices: &[(C, R)],
    number: impl Fn(C) -> i32,
    value: i32,
    field: &str,
    kind: &str,
) -> Result<R> {
    match choices.iter().find(|(known, _)| number(*known) == value) {
        Some((_, meaning)) => Ok(*meaning),
        None => bail!(InvalidArgument, "{field} is {value}, which is no {kind} of this version"),
    }
}

pub(super) fn precision(value: i32) -> Result<Precision> {
    use deberta_precision as C;
    let choices = [
        (C::Highest, Precision::Highest),
        (C::High, Precision::High),
        (C::Medium, Precision::Medium),
        (C::Int8, Precision::Int8),
    ];
    choose(&choices, |known| known as i32, value, "precision", "deberta_precision")
}

pub(super) fn instruction_set(value: i32) -> Result<Option<InstructionSet>> {
    use deberta_instruction_set as C;
    let choices = [
        (C::Auto, None),
        (C::Portable, Some(InstructionSet::Portable)),
        (C::Avx2, Some(InstructionSet::Avx2)),
        (C::Avx512, Some(InstructionSet::Avx512)),
        (C::Neon, Some(InstructionSet::Neon)),
        (C::Avx512Vnni, Some(InstructionSet::Avx512Vnni)),
        (C::Avx512Bf16, Some(InstructionSet::Avx512Bf16)),
        (C::Amx, Some(InstructionSet::Amx)),
        (C::NeonDotprod, Some(InstructionSet::NeonDotprod)),
        (C::NeonBf16, Some(InstructionSet::NeonBf16)),
    ];
    choose(&choices, |known| known as i32, value, "instruction_set", "deberta_instruction_set")
}

pub(super) fn load_mode(value: i32) -> Result<LoadMode> {
    use deberta_load_mode as C;
    let choices = [(C::MemoryMap, LoadMode::MemoryMap), (C::Copy, LoadMode::Copy)];
    choose(&choices, |known| known as i32, value, "load_mode", "deberta_load_mode")
}

pub(super) fn weight_type(value: i32) -> Result<WeightType> {
    use deberta_weight_type as C;
    let choices = [
        (C::Float32, WeightType::Float32),
        (C::Float16, WeightType::Float16),
        (C::Bfloat16, WeightType::Bfloat16),
    ];
    choose(&choices, |known| known as i32, value, "dtype", "deberta_weight_type")
}

pub(super) fn tokenizer_mode(value: i32) -> Result<TokenizerMode> {
    use deberta_tokenizer_mode as C;
    let choices = [
        (C::Auto, TokenizerMode::Auto),
        (C::HuggingFace, TokenizerMode::HuggingFace),
        (C::SentencePiece, TokenizerMode::SentencePiece),
    ];
    choose(&choices, |known| known as i32, value, "tokenizer_mode", "deberta_tokenizer_mode")
}

pub(super) fn truncation(value: i32) -> Result<Truncation> {
    use deberta_truncation as C;
    let choices = [
        (C::Error, Truncation::Error),
        (C::LongestFirst, Truncation::LongestFirst),
        (C::OnlyFirst, Truncation::OnlyFirst),
        (C::OnlySecond, Truncation::OnlySecond),
        (C::RoundRobin, Truncation::RoundRobin),
        (C::Waterfall, Truncation::Waterfall),
    ];
    choose(&choices, |known| known as i32, value, "truncation", "deberta_truncation")
}

pub(super) fn score_function(value: i32) -> Result<Option<ScoreFunction>> {
    use deberta_score_function as C;
    let choices = [
        (C::Configured, None),
        (C::Softmax, Some(ScoreFunction::Softmax)),
        (C::Sigmoid, Some(ScoreFunction::Sigmoid)),
        (C::Identity, Some(ScoreFunction::Identity)),
    ];
    choose(&choices, |known| known as i32, value, "score_function", "deberta_score_function")
}

/// The merge that was chosen, or the task's usual one.
pub(super) fn window_merge(value: i32, usual: WindowMerge) -> Result<WindowMerge> {
    use deberta_window_merge as C;
    let choices = [(C::Usual, usual), (C::Mean, WindowMerge::Mean), (C::Max, WindowMerge::Max)];
    choose(&choices, |known| known as i32, value, "window_merge", "deberta_window_merge")
}

pub(super) fn pooling(value: i32) -> Result<Pooling> {
    use deberta_pooling as C;
    let choices = [(C::Mean, Pooling::Mean), (C::Cls, Pooling::Cls), (C::Max, Pooling::Max)];
    choose(&choices, |known| known as i32, value, "pooling", "deberta_pooling")
}

pub(super) fn aggregation(value: i32) -> Result<Aggregation> {
    use deberta_aggregation as C;
    let choices = [
        (C::None, Aggregation::None),
        (C::Simple, Aggregation::Simple),
        (C::First, Aggregation::First),
        (C::Average, Aggregation::Average),
        (C::Max, Aggregation::Max),
    ];
    choose(&choices, |known| known as i32, value, "aggregation", "deberta_aggregation")
}

pub(super) fn relevance(value: i32) -> Result<Relevance> {
    use deberta_relevance as C;
    let choices = [(C::Rollout, Relevance::Rollout), (C::Occlusion, Relevance::Occlusion)];
    choose(&choices, |known| known as i32, value, "method", "deberta_relevance")
}

pub(super) fn log_level(value: i32) -> Result<log::LevelFilter> {
    use deberta_log_level as C;
    let choices = [
        (C::Off, log::LevelFilter::Off),
        (C::Error, log::LevelFilter::Error),
        (C::Warn, log::LevelFilter::Warn),
        (C::Info, log::LevelFilter::Info),
        (C::Debug, log::LevelFilter::Debug),
        (C::Trace, log::LevelFilter::Trace),
    ];
    choose(&choices, |known| known as i32, value, "level", "deberta_log_level")
}

/// A flag that is 0 or 1.
pub(super) fn flag(value: i32, field: &str) -> Result<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => bail!(InvalidArgument, "{field} is {value}; it must be 0 or 1"),
    }
}

pub(super) fn outputs(bits: i32) -> Result<Outputs> {
    use deberta_output as C;
    let has = |output: C| bits & output as i32 != 0;
    let known = C::HiddenStates as i32 | C::Attentions as i32 | C::Logits as i32;
    if bits & !known != 0 {
        bail!(
            InvalidArgument,
            "outputs is {bits:#x}, which has bits that are no deberta_output of this version"
        );
    }
    Ok(Outputs {
        hidden_states: has(C::HiddenStates),
        attentions: has(C::Attentions),
        logits: has(C::Logits),
        layers: None,
    })
}

impl From<Precision> for deberta_precision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::Highest => Self::Highest,
            Precision::High => Self::High,
            Precision::Medium => Self::Medium,
            Precision::Int8 => Self::Int8,
        }
    }
}

impl From<InstructionSet> for deberta_instruction_set {
    fn from(instruction_set: InstructionSet) -> Self {
        match instruction_set {
            InstructionSet::Portable => Self::Portable,
            InstructionSet::Avx2 => Self::Avx2,
            InstructionSet::Avx512 => Self::Avx512,
            InstructionSet::Avx512Vnni => Self::Avx512Vnni,
            InstructionSet::Avx512Bf16 => Self::Avx512Bf16,
            InstructionSet::Amx => Self::Amx,
            InstructionSet::Neon => Self::Neon,
            InstructionSet::NeonDotprod => Self::NeonDotprod,
            InstructionSet::NeonBf16 => Self::NeonBf16,
        }
    }
}

impl From<Option<HeadKind>> for deberta_head {
    fn from(head: Option<HeadKind>) -> Self {
        match head {
            None => Self::None,
            Some(HeadKind::SequenceClassification) => Self::SequenceClassification,
            Some(HeadKind::TokenClassification) => Self::TokenClassification,
            Some(HeadKind::QuestionAnswering) => Self::QuestionAnswering,
            Some(HeadKind::MaskedLanguageModeling) => Self::MaskedLanguageModeling,
            Some(HeadKind::MultipleChoice) => Self::MultipleChoice,
        }
    }
}

impl From<Option<ProblemType>> for deberta_problem_type {
    fn from(problem_type: Option<ProblemType>) -> Self {
        match problem_type {
            None => Self::Unspecified,
            Some(ProblemType::Regression) => Self::Regression,
            Some(ProblemType::SingleLabel) => Self::SingleLabel,
            Some(ProblemType::MultiLabel) => Self::MultiLabel,
        }
    }
}

impl From<OpenStage> for deberta_open_stage {
    fn from(stage: OpenStage) -> Self {
        match stage {
            OpenStage::Checkpoint => Self::Checkpoint,
            OpenStage::Tokenizer => Self::Tokenizer,
            OpenStage::Packing => Self::Packing,
            OpenStage::Mapping => Self::Mapping,
        }
    }
}

impl From<log::Level> for deberta_log_level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Error => Self::Error,
            log::Level::Warn => Self::Warn,
            log::Level::Info => Self::Info,
            log::Level::Debug => Self::Debug,
            log::Level::Trace => Self::Trace,
        }
    }
}
