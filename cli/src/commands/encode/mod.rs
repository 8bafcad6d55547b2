//! `deberta encode`: hidden states of token tensors, or embeddings of texts.

mod tensors;
mod texts;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::stream::{OutputArguments, PairArguments, RunArguments, is_jsonl};

/// Hidden states of token tensors, or embeddings of texts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta encode --model DIR --tensors in.safetensors --output out.safetensors --all-layers
      in:  input_ids [B, S] and optionally attention_mask, token_type_ids [B, S]; int32 or int64
      out: last_hidden_state [B, S, H]; --all-layers adds hidden_states.N, --attentions adds attentions.N
           [B, heads, S, S]; logits where the model has a head; padding is zero
  deberta encode --model DIR --pool mean 'first text' 'second text'
  deberta encode --model DIR --pool cls --output vectors.safetensors < lines.txt
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
        conflicts_with_all = ["texts", "pair", "file", "jsonl", "pool", "resume", "timeout"]
    )]
    tensors: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
    /// One vector for each text: its first token's, the mean of its tokens', or none: every token's
    #[arg(long, value_enum, default_value_t = Pool::Cls)]
    pool: Pool,
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
    None,
}

pub fn run(global: &GlobalArguments, arguments: &EncodeArguments) -> Result<(), Failure> {
    match (&arguments.tensors, &arguments.output.output) {
        (Some(input), Some(output)) => tensors::encode_tensors(global, arguments, input, output),
        (Some(_), None) => Err(Failure::Usage("--tensors needs --output OUT.safetensors".into())),
        (None, Some(output)) if !is_jsonl(output) => tensors::encode_texts(global, arguments, output),
        (None, _) if arguments.all_layers || arguments.attentions => Err(Failure::Usage(
            "--all-layers and --attentions are for safetensors files; name one with --output".into(),
        )),
        (None, _) => texts::run(global, arguments),
    }
}

/// The vector of one row's valid tokens, `hidden_states` [tokens, hidden_size]; `None` without pooling.
fn pooled(pool: Pool, hidden_states: &[f32], hidden_size: usize) -> Option<Vec<f32>> {
    match pool {
        Pool::None => None,
        Pool::Cls => Some(hidden_states[..hidden_size].to_vec()),
        Pool::Mean => {
            let mut sums = vec![0.0_f64; hidden_size];
            for state in hidden_states.chunks_exact(hidden_size) {
                for (sum, value) in sums.iter_mut().zip(state) {
                    *sum += f64::from(*value);
                }
            }
            let tokens = (hidden_states.len() / hidden_size) as f64;
            Some(sums.into_iter().map(|sum| (sum / tokens) as f32).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling() {
        let states = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(pooled(Pool::Cls, &states, 2), Some(vec![1.0, 2.0]));
        assert_eq!(pooled(Pool::Mean, &states, 2), Some(vec![2.0, 4.0]));
        assert_eq!(pooled(Pool::None, &states, 2), None);
    }
}
