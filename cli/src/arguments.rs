//! The command line: every option and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use deberta::{
    ConversionTarget, InstructionSet, ModelName, Precision, TokenizeOptions, TokenizerMode, Truncation,
};
use glob::Pattern;

use crate::bench::BenchArguments;
use crate::commands::explain::ExplainArguments;

const EXAMPLES: &str = "\
Examples:
  deberta classify 'fn main() {}'                        label one text with the bundled model
  deberta classify --json < lines.txt                    one JSON object for each line
  deberta --model DIR classify --file pairs.jsonl --all  every label of {\"text\": …, \"pair\": …} objects
  deberta --model NLI-DIR zero-shot --labels politics,sports 'Who won the match?'
  deberta explain 'fn main() {}' --output report.html    which tokens mattered, as a page for the browser
  deberta --model DIR encode --pool mean --json 'Hello'  an embedding
  deberta --model DIR encode --tensors in.safetensors --output out.safetensors
  deberta --model DIR tokenize --json 'a text' --pair 'another'
  deberta info --model DIR                               what is in a model folder
  deberta fetch microsoft/deberta-v3-base                download a model, for --model microsoft/deberta-v3-base
  deberta pack --model DIR --output PACKED               packed weights, for a fast start with --packed-cache PACKED
  deberta convert --model DIR --to safetensors --output NEW    pytorch_model.bin and spm.model in the Hugging Face format
  deberta bench --preset deberta_v3_base_en --random-weights --shapes 1x128,8x128

Exit code: 0 done, 1 the work failed (one line on stderr says why), 2 wrong usage.
Environment: DEBERTA_MODEL is the default of --model, DEBERTA_ISA forces an instruction set.";

/// DeBERTa v2 and v3 models: encode, classify, tokenize, inspect, measure.
#[derive(Debug, Parser)]
#[command(name = "deberta", version, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    pub global: GlobalArguments,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Encode(EncodeArguments),
    Classify(ClassifyArguments),
    ZeroShot(ZeroShotArguments),
    Explain(ExplainArguments),
    Tokenize(TokenizeArguments),
    /// Show a model's configuration, head, files, and what it runs with
    #[command(after_help = "Example:\n  deberta info --model DIR --json")]
    Info,
    Fetch(FetchArguments),
    Pack(PackArguments),
    Convert(ConvertArguments),
    Bench(BenchArguments),
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub struct GlobalArguments {
    /// Model: a folder with config.json, weights and, for texts, tokenizer.json; or the name of a model in the caches
    /// of Hugging Face or Kaggle, such as microsoft/deberta-v3-base [default: the bundled code-language model]
    #[arg(long, global = true, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// How exact the results are: highest, high, medium or int8
    #[arg(long, global = true, default_value_t = Precision::Highest, value_name = "NAME")]
    pub precision: Precision,
    /// Threads for one forward pass [default: one for each processor]
    #[arg(long, global = true, value_name = "N", value_parser = parse_at_least_one)]
    pub threads: Option<usize>,
    /// Instruction set: portable, avx2, avx512, avx512_vnni, avx512_bf16, amx, neon, neon_dotprod or neon_bf16 [default: the fastest
    /// that is there]
    #[arg(long, global = true, value_name = "NAME")]
    pub isa: Option<InstructionSet>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// How weight files are read
    #[arg(long, global = true, value_enum, default_value_t = LoadMode::Map)]
    pub load_mode: LoadMode,
    /// What the names of the encoder's tensors start with [default: found out]
    #[arg(long, global = true, value_name = "PREFIX")]
    pub tensor_prefix: Option<String>,
    /// Directory for packed weights: mapped from there, and written there first unless they are there and fit [default:
    /// weights are packed at every start]
    #[arg(long, global = true, value_name = "DIR")]
    pub packed_cache: Option<PathBuf>,
    /// Use random weights in place of the model's, of which only the configuration is read: for speed and memory
    #[arg(long, global = true)]
    pub random_weights: bool,
    /// What random weights depend on
    #[arg(long, global = true, default_value_t = 1, requires = "random_weights", value_name = "N")]
    pub seed: u64,
    /// Whose behaviour the tokenizer follows: auto (SentencePiece for Keras presets), hugging_face or sentencepiece
    #[arg(long, global = true, default_value_t = TokenizerMode::Auto, value_name = "MODE")]
    pub tokenizer_mode: TokenizerMode,
    /// What to do with texts above --max-length: error, longest_first, only_first, only_second, round_robin or waterfall
    #[arg(long, global = true, default_value_t = Truncation::Error, value_name = "STRATEGY")]
    pub truncation: Truncation,
    /// Most tokens of a text, special tokens included [default: none; with --truncation, the model's
    /// max_position_embeddings]
    #[arg(long, global = true, value_name = "TOKENS", value_parser = parse_at_least_one)]
    pub max_length: Option<usize>,
}

/// How weight files get into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LoadMode {
    /// Mapped: fast to open, shared between processes
    Map,
    /// Copied: safe against files that change while in use
    Copy,
}

impl GlobalArguments {
    /// Tokenization options; `model_limit` is the length to cut to where only a strategy is given.
    pub fn tokenize_options(&self, model_limit: Option<usize>) -> TokenizeOptions {
        let model_limit = model_limit.filter(|_| self.truncation != Truncation::Error);
        TokenizeOptions {
            max_length: self.max_length.or(model_limit),
            truncation: self.truncation,
            ..TokenizeOptions::default()
        }
    }
}

/// Where texts come from: arguments, a file, or stdin.
#[derive(Debug, Args)]
pub struct TextArguments {
    /// Texts; without any, and without --file, the lines of stdin
    #[arg(value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Second text that goes with the one TEXT
    #[arg(long, value_name = "TEXT")]
    pub pair: Option<String>,
    /// File with one text on each line, or for *.jsonl one {"text": …, "pair": …} object; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["texts", "pair"])]
    pub file: Option<PathBuf>,
    /// Lines are JSON objects, whatever the file is called
    #[arg(long, conflicts_with_all = ["texts", "pair"])]
    pub jsonl: bool,
}

/// Hidden states of token tensors, or embeddings of texts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta encode --model DIR --tensors in.safetensors --output out.safetensors --all-layers
      in:  input_ids [B, S] and optionally attention_mask, token_type_ids [B, S]; int32 or int64
      out: last_hidden_state [B, S, H]; --all-layers adds hidden_states.N, --attentions adds attentions.N
           [B, heads, S, S]; logits where the model has a head; padding is zero
  deberta encode --model DIR --pool mean 'first text' 'second text'
  deberta encode --model DIR --pool cls --output vectors.safetensors < lines.txt")]
pub struct EncodeArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// Encode the token ids in this safetensors file instead of texts
    #[arg(long, value_name = "IN", requires = "output", conflicts_with_all = ["texts", "pair", "file", "jsonl", "pool"])]
    pub tensors: Option<PathBuf>,
    /// Write a safetensors file instead of printing
    #[arg(long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// One vector for each text: its first token's, the mean of its tokens', or none: every token's
    #[arg(long, value_enum, default_value_t = Pool::Cls)]
    pub pool: Pool,
    /// Also write the hidden states of the embeddings and of every layer
    #[arg(long, requires = "output")]
    pub all_layers: bool,
    /// Also write the attention probabilities of every layer
    #[arg(long, requires = "output")]
    pub attentions: bool,
}

/// How the tokens of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pool {
    Cls,
    Mean,
    None,
}

/// Label texts with the model's classifier
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta classify 'SELECT 1' 'fn main() {}'   one line for each text: label and score
  deberta classify --all --json < lines.txt    every label, as one JSON object for each line
  deberta classify --model NLI-DIR 'a premise' --pair 'a hypothesis'
  deberta classify --file pairs.jsonl --truncation longest_first --max-length 512")]
pub struct ClassifyArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// Print the best N labels
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = parse_at_least_one)]
    pub top_k: usize,
    /// Print all labels
    #[arg(long, conflicts_with = "top_k")]
    pub all: bool,
}

/// Label texts with any labels, by a model of natural language inference
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta --model NLI-DIR zero-shot --labels politics,sports,cooking 'Who won the match?'
  deberta --model NLI-DIR zero-shot --labels urgent,friendly --multi-label --json < lines.txt
  deberta --model NLI-DIR zero-shot --labels A,B --template 'This text is about {}.' --file texts.jsonl

For each text every label with its score, the highest first. Each label makes a hypothesis of the template; its score is how
surely the text entails it.")]
pub struct ZeroShotArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// The labels to choose from
    #[arg(long, value_delimiter = ',', required = true, value_name = "LIST")]
    pub labels: Vec<String>,
    /// The hypothesis, with {} where the label goes
    #[arg(long, default_value = "This example is {}.", value_name = "TEXT")]
    pub template: String,
    /// Each label holds or not on its own; otherwise exactly one does
    #[arg(long)]
    pub multi_label: bool,
}

/// Show the tokens of texts: id, token, token type, and offsets in bytes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta tokenize 'a text'
  deberta tokenize --json 'a text' --pair 'another' --truncation only_second --max-length 16")]
pub struct TokenizeArguments {
    #[command(flatten)]
    pub source: TextArguments,
    /// Leave out [CLS] and [SEP]
    #[arg(long)]
    pub no_special_tokens: bool,
}

/// Download a model from Hugging Face into the cache that its own programs use, and print the folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta fetch deberta_v3_base_en
  deberta fetch microsoft/deberta-v3-base --revision main --json
  deberta fetch user/name@v1.0 --include 'README.md' --include 'onnx/*'
  deberta info --model user/name@v1.0            use it, without a network from now on

Fetched are config.json, the tokenizer, and the weights: model.safetensors, else pytorch_model.bin, else those of a
Keras preset, each also in shards. Every file is checked against the checksum that the hub has for it. Fetching again
goes on where it ended, and fetches only what is new.
Environment: HF_HUB_CACHE or HF_HOME say where to, HF_TOKEN (or the file of huggingface-cli login) is for repositories
that are not for everyone, HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 refuses; ALL_PROXY, HTTPS_PROXY or HTTP_PROXY,
the first that is set, and NO_PROXY are for proxies.")]
pub struct FetchArguments {
    /// A repository (user/name, hf://user/name, with @revision behind it if wanted), or a preset such as
    /// deberta_v3_base_en
    #[arg(value_name = "NAME")]
    pub name: ModelName,
    /// Branch, tag or commit [default: that of the name, or main]
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// Also fetch the files whose names fit this pattern, such as '*.md'
    #[arg(long, value_name = "PATTERN")]
    pub include: Vec<Pattern>,
}

/// Write a model's packed weights to a directory, for --packed-cache
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta pack --model DIR --output PACKED                      for this machine's fastest instructions
  deberta pack --model DIR --output PACKED --precision int8 --isa avx2
  deberta pack --model DIR --output PACKED --verify             check every byte of what is there
  deberta classify --model DIR --packed-cache PACKED 'a text'   use it

Opening a model never writes to a directory that this command made: if what is there does not fit the model, the
precision and the instruction set, opening fails and says why.")]
pub struct PackArguments {
    /// Directory to write to; made where it does not exist
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write nothing; read the file that is there and compare all its digests
    #[arg(long)]
    pub verify: bool,
}

/// Write a model folder anew in another format
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta convert --model DIR --to safetensors --output NEW      config.json, model.safetensors, tokenizer.json
  deberta convert --model DIR --to keras --output NEW            a preset for keras_hub's from_preset
  deberta convert --model DIR --to tokenizer-json --output NEW   the tokenizer alone, from spm.model

To safetensors, tensors keep their names, element types and values. The new folder appears complete or not at all.")]
pub struct ConvertArguments {
    /// What to write
    #[arg(long, value_enum)]
    pub to: ConvertTo,
    /// Folder to write; must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
}

/// What `deberta convert` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConvertTo {
    /// A Hugging Face folder with model.safetensors and tokenizer.json
    Safetensors,
    /// A preset that KerasHub loads
    Keras,
    /// tokenizer.json and its companions
    TokenizerJson,
}

impl ConvertTo {
    /// The target in the library's terms.
    pub fn target(self) -> ConversionTarget {
        match self {
            Self::Safetensors => ConversionTarget::Safetensors,
            Self::Keras => ConversionTarget::Keras,
            Self::TokenizerJson => ConversionTarget::TokenizerJson,
        }
    }
}

/// A whole number of at least 1.
pub fn parse_at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number >= 1 => Ok(number),
        _ => Err("give a whole number of at least 1".into()),
    }
}
