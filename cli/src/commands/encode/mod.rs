//! `deberta encode`: hidden states of token tensors, or embeddings of texts.

mod embeddings;
mod tensors;
mod tokens;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use deberta::{EmbedOptions, Model, Outputs, Pooling};

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::stream::{OutputArguments, PairArguments, RunArguments, Stream, is_jsonl};
use embeddings::Embed;
use tokens::EncodeTokens;

/// Hidden states of token tensors, or embeddings of texts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta encode --model DIR --tensors in.safetensors --output out.safetensors --all-layers
      in:  input_ids [B, S] and optionally attention_mask, token_type_ids [B, S]; int32 or int64
      out: last_hidden_state [B, S, H]; --all-layers adds hidden_states.N, --attentions adds attentions.N
           [B, heads, S, S]; logits where the model has a head; padding is zero
  deberta encode --model DIR --pool mean 'first text' 'second text'
  deberta encode --model DIR --pool mean --normalize --windows --file long.txt
  deberta encode --model DIR --pool cls --layer 6 --output vectors.safetensors < lines.txt
  deberta encode --model DIR --file texts.jsonl --output vectors.jsonl --resume")]
#[command(mut_arg("output", |argument| {
    argument.help("Write a safetensors file instead of printing, or for *.jsonl one JSON object for each text")
}))]
pub struct EncodeArguments {
    #[command(flatten)]
    source: PairArguments,
    /// Encode the token ids in this safetensors file instead of texts
    #[arg(
        long,
        value_name = "IN",
        requires = "output",
        conflicts_with_all = ["texts", "pair", "file", "jsonl", "pool", "normalize", "resume", "timeout"]
    )]
    tensors: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
    /// One vector for each text: its first token's, or the mean or the largest values of its tokens'; or none: every
    /// token's
    #[arg(long, value_enum, default_value_t = Pool::Cls)]
    pool: Pool,
    /// Give vectors the length 1
    #[arg(long)]
    normalize: bool,
    /// Take the hidden states of this layer, where 0 is the output of the embeddings [default: the last]
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// Also write the hidden states of the embeddings and of every layer
    #[arg(long, requires = "output")]
    all_layers: bool,
    /// Also write the attention probabilities of every layer
    #[arg(long, requires = "output")]
    attentions: bool,
    #[command(flatten)]
    run: RunArguments,
}

/// How the tokens of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pool {
    Cls,
    Mean,
    Max,
    None,
}

impl EncodeArguments {
    /// How to embed; `None` where every token is to have a vector.
    fn embed_options(&self, global: &GlobalArguments, model: &Model) -> Option<EmbedOptions> {
        let pooling = match self.pool {
            Pool::Cls => Pooling::Cls,
            Pool::Mean => Pooling::Mean,
            Pool::Max => Pooling::Max,
            Pool::None => return None,
        };
        Some(EmbedOptions {
            pooling,
            normalize: self.normalize,
            layer: self.layer,
            tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
            ..EmbedOptions::default()
        })
    }
}

pub fn run(global: &GlobalArguments, arguments: &EncodeArguments) -> Result<(), Failure> {
    if arguments.normalize && arguments.pool == Pool::None {
        return Err(Failure::Usage(
            "--normalize needs a --pool: it is for the vectors of whole texts".into(),
        ));
    }
    match (&arguments.tensors, &arguments.output.output) {
        (Some(input), Some(output)) => tensors::encode_tensors(global, arguments, input, output),
        (Some(_), None) => Err(Failure::Usage("--tensors needs --output OUT.safetensors".into())),
        (None, Some(output)) if !is_jsonl(output) => tensors::encode_texts(global, arguments, output),
        (None, _) if arguments.all_layers || arguments.attentions => Err(Failure::Usage(
            "--all-layers and --attentions are for safetensors files; name one with --output".into(),
        )),
        (None, _) => stream_texts(global, arguments),
    }
}

fn stream_texts(global: &GlobalArguments, arguments: &EncodeArguments) -> Result<(), Failure> {
    let source = arguments.source.source()?;
    let stream = Stream::open(global, source, &arguments.output, Some(&arguments.run))?;
    let model = model::open(global)?;
    let done = match arguments.embed_options(global, &model) {
        Some(options) => stream.run(&Embed { model: &model, options }),
        None => stream.run(&EncodeTokens {
            model: &model,
            tokenize: global.tokenize_options(Some(model.config().max_position_embeddings)),
            outputs: Outputs { layers: arguments.layer, ..Outputs::default() },
        }),
    };
    done.map(drop)
}

/// The numbers of a vector in one line.
fn numbers(values: &[f32]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
