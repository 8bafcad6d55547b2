//! What both interfaces can do, in values that compare bit for bit.

use std::path::Path;
use std::sync::Arc;

use deberta::{
    BackboneConfig, Classification, ClassifyOptions, Encoding, ExplainOptions, HeadKind, InstructionSet,
    OpenOptions, Outputs, Precision, SpecialTokens, TextInput, TokenizeOptions,
};

use crate::explain::Explained;

/// Why something failed: the status number and the message.
#[derive(Debug, PartialEq)]
pub struct Failure {
    pub status: i32,
    pub message: String,
}

pub type Outcome<T> = Result<T, Failure>;

/// What a model tells about itself.
#[derive(Debug, PartialEq)]
pub struct Info {
    pub parameters: u64,
    pub packed_bytes: u64,
    pub mapped_bytes: u64,
    pub files: Vec<(std::path::PathBuf, u64)>,
    pub threads: usize,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub embedding_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub labels: Vec<String>,
    pub pad_token_id: u32,
    pub position_biased_input: bool,
    pub head: Option<HeadKind>,
    pub problem_type: Option<deberta::ProblemType>,
    pub precision: Precision,
    pub instruction_set: InstructionSet,
    pub available_instruction_sets: Vec<InstructionSet>,
    pub has_tokenizer: bool,
    pub tensor_prefix: String,
}

/// Everything about a result. Floats are kept as their bits.
#[derive(Debug, PartialEq)]
pub struct Output {
    pub rows: usize,
    pub length: usize,
    pub hidden_size: usize,
    pub row_offsets: Vec<usize>,
    pub positions: Vec<u32>,
    pub last_hidden_state: Vec<u32>,
    pub last_hidden_state_padded: Vec<u32>,
    pub hidden_states: Vec<Vec<u32>>,
    pub hidden_states_padded: Vec<Vec<u32>>,
    pub attentions: Vec<Vec<u32>>,
    pub attentions_padded: Vec<Vec<u32>>,
    pub logits: Option<OutputLogits>,
    pub tokenized: Vec<Encoding>,
}

#[derive(Debug, PartialEq)]
pub struct OutputLogits {
    pub head: HeadKind,
    pub labels: usize,
    pub values: Vec<u32>,
    pub padded: Vec<u32>,
}

pub fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

pub fn floats(bits: &[u32]) -> Vec<f32> {
    bits.iter().map(|&bits| f32::from_bits(bits)).collect()
}

/// A padded batch.
#[derive(Clone, Copy)]
pub struct Padded<'a> {
    pub ids: &'a [i64],
    pub mask: Option<&'a [i64]>,
    pub types: Option<&'a [i64]>,
    pub rows: usize,
    pub length: usize,
}

/// A padded batch of embeddings.
#[derive(Clone, Copy)]
pub struct PaddedEmbeddings<'a> {
    pub values: &'a [f32],
    pub size: usize,
    pub mask: Option<&'a [i64]>,
    pub rows: usize,
    pub length: usize,
}

/// Receives the stage, by its number in C, bytes and total bytes of an opening; says whether to go on.
pub type Observe = Arc<dyn Fn(i32, u64, u64) -> bool + Send + Sync>;

pub trait Api {
    type Model;

    fn open(folder: &Path, options: &OpenOptions) -> Outcome<Self::Model>;
    fn open_observed(folder: &Path, options: &OpenOptions, observe: Observe) -> Outcome<Self::Model>;
    fn from_backbone(backbone: &BackboneConfig, seed: u64, options: &OpenOptions) -> Outcome<Self::Model>;
    fn info(model: &Self::Model) -> Info;
    fn encode_ids(
        model: &Self::Model,
        ids: &[u32],
        types: Option<&[u32]>,
        row_offsets: &[usize],
        outputs: Outputs,
    ) -> Outcome<Output>;
    fn encode_padded(model: &Self::Model, batch: Padded<'_>, outputs: Outputs) -> Outcome<Output>;
    fn encode_embeddings(
        model: &Self::Model,
        batch: PaddedEmbeddings<'_>,
        outputs: Outputs,
    ) -> Outcome<Output>;
    fn encode_texts(
        model: &Self::Model,
        texts: &[TextInput<'_>],
        options: &TokenizeOptions,
        outputs: Outputs,
    ) -> Outcome<Output>;
    fn token_embeddings(model: &Self::Model, ids: &[u32]) -> Outcome<Vec<u32>>;
    fn classify(
        model: &Self::Model,
        texts: &[TextInput<'_>],
        options: &ClassifyOptions,
    ) -> Outcome<Vec<Classification>>;
    fn explain(model: &Self::Model, text: TextInput<'_>, options: &ExplainOptions) -> Outcome<Explained>;
    fn tokenize(model: &Self::Model, text: TextInput<'_>, options: &TokenizeOptions) -> Outcome<Encoding>;
    fn decode(model: &Self::Model, ids: &[u32], skip_special_tokens: bool) -> Outcome<String>;
    fn token(model: &Self::Model, id: u32) -> Option<String>;
    fn id(model: &Self::Model, token: &str) -> Option<u32>;
    fn vocabulary_size(model: &Self::Model) -> usize;
    fn special_tokens(model: &Self::Model) -> SpecialTokens;
}
