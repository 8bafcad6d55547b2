//! The command line: the commands, and the options that all of them take.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use deberta::{InstructionSet, Precision, TokenizeOptions, TokenizerMode, Truncation, WindowOptions};

use crate::bench::BenchArguments;
use crate::commands::answer::AnswerArguments;
use crate::commands::choose::ChooseArguments;
use crate::commands::classify::ClassifyArguments;
use crate::commands::convert::ConvertArguments;
use crate::commands::encode::EncodeArguments;
use crate::commands::explain::ExplainArguments;
use crate::commands::fetch::FetchArguments;
use crate::commands::fill_mask::FillMaskArguments;
use crate::commands::pack::PackArguments;
use crate::commands::rank::RankArguments;
use crate::commands::tag::TagArguments;
use crate::commands::tokenize::TokenizeArguments;
use crate::commands::zero_shot::ZeroShotArguments;

const EXAMPLES: &str = "\
Examples:
  deberta classify 'fn main() {}'                        label one text with the bundled model
  deberta classify --json < lines.txt                    one JSON object for each line
  deberta --model DIR classify --file pairs.jsonl --all  every label of {\"text\": …, \"pair\": …} objects
  deberta --model NLI-DIR zero-shot --labels politics,sports 'Who won the match?'
  deberta --model NER-DIR tag --aggregation simple 'Marie Curie worked in Paris.'
  deberta --model QA-DIR answer --question 'Where did she work?' --context-file article.txt
  deberta --model DIR rank --query 'how to sort' --top-k 3 < documents.txt
  deberta --model MLM-DIR fill-mask 'Paris is the [MASK] of France.'
  deberta --model DIR choose --prompt 'It rained, so' 'the street is wet.' 'the sun is cold.'
  deberta explain 'fn main() {}' --output report.html    which tokens mattered, as a page for the browser
  deberta --model DIR encode --pool mean --json 'Hello'  an embedding
  deberta --model DIR tokenize --json 'a text' --pair 'another'
  deberta info --model DIR                               what is in a model folder
  deberta fetch microsoft/deberta-v3-base                download a model, for --model microsoft/deberta-v3-base
  deberta pack --model DIR --output PACKED               packed weights, for a fast start with --packed-cache PACKED
  deberta convert --model DIR --to safetensors --output NEW    pytorch_model.bin and spm.model in the Hugging Face format
  deberta bench --preset deberta_v3_base_en --random-weights --shapes 1x128,8x128

Many texts:
  deberta classify --file texts.jsonl --output labels.jsonl            {\"line\": 1, \"text\": …, \"label\": …} for each line
  deberta classify --file texts.jsonl --output labels.jsonl --resume   go on where that was stopped
A line that has no answer is reported with its number and the reason, and the work goes on.

Exit code: 0 done, 1 the work failed or a line has no answer (stderr says why), 2 wrong usage, 130 interrupted.
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
    Classify(ClassifyArguments),
    ZeroShot(ZeroShotArguments),
    Tag(TagArguments),
    Answer(AnswerArguments),
    Rank(RankArguments),
    FillMask(FillMaskArguments),
    Choose(ChooseArguments),
    Encode(EncodeArguments),
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
#[command(next_help_heading = "Options of all commands")]
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
    /// What to do with texts above --max-length: error, longest_first, only_first, only_second, round_robin or
    /// waterfall [default: error; for answer, only_second]
    #[arg(long, global = true, value_name = "STRATEGY")]
    pub truncation: Option<Truncation>,
    /// Most tokens of a text, special tokens included [default: none; with --truncation or --windows, the model's
    /// max_position_embeddings]
    #[arg(long, global = true, value_name = "TOKENS", value_parser = parse_at_least_one)]
    pub max_length: Option<usize>,
    /// Read a text above --max-length in windows that share STRIDE tokens, 128 unless given, instead of cutting off
    /// its end; of a pair, --truncation only_first or only_second says which text is cut
    #[arg(
        long,
        global = true,
        value_name = "STRIDE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "128"
    )]
    pub windows: Option<usize>,
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
    /// Tokenization options; `model_limit` is the length where texts are to be shortened or cut and nothing says to
    /// what.
    pub fn tokenize_options(&self, model_limit: Option<usize>) -> TokenizeOptions {
        self.tokenize_options_over(TokenizeOptions::default(), model_limit)
    }

    /// As [`Self::tokenize_options`], where the command line says nothing the task's own.
    pub fn tokenize_options_over(&self, own: TokenizeOptions, model_limit: Option<usize>) -> TokenizeOptions {
        let truncation = self.truncation.unwrap_or(own.truncation);
        // To be truncated is not to be read in windows.
        let own_windows = own.windows.filter(|_| self.truncation.is_none());
        let windows = self.windows.map(|stride| WindowOptions { stride }).or(own_windows);
        let model_limit = model_limit.filter(|_| truncation != Truncation::Error || windows.is_some());
        TokenizeOptions {
            max_length: self.max_length.or(own.max_length).or(model_limit),
            truncation,
            windows,
            ..own
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

/// A time of more than nothing and at most a year.
pub fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if seconds > 0.0 && seconds <= 31_536_000.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("give a number of seconds above 0".into()),
    }
}
