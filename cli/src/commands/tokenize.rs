//! `deberta tokenize`: what the tokenizer makes of texts.

use clap::Args;
use deberta::{Encoding, RunOptions, TokenizeOptions, Tokenizer, TruncatedText, Window};
use serde::Serialize;

use super::excerpt::in_one_line;
use super::truncation_notice::{self, JsonTruncation};
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::stream::{ChunkLimit, OutputArguments, PairArguments, Stream, Task, Text, WrittenTask};

/// Show the tokens of texts: id, token, token type, and offsets in bytes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta tokenize 'a text'
  deberta tokenize --json 'a text' --pair 'another' --truncation only_second --max-length 16
  deberta tokenize --windows=16 --max-length 64 'a long text'    the tokens of each window")]
pub struct TokenizeArguments {
    #[command(flatten)]
    pub source: PairArguments,
    /// Leave out [CLS] and [SEP]
    #[arg(long)]
    pub no_special_tokens: bool,
    #[command(flatten)]
    pub output: OutputArguments,
}

pub fn run(global: &GlobalArguments, arguments: &TokenizeArguments) -> Result<(), Failure> {
    let stream = Stream::open(global, arguments.source.source()?, &arguments.output, None)?;
    let (tokenizer, limit) = model::open_tokenizer(global)?;
    let options = TokenizeOptions {
        add_special_tokens: !arguments.no_special_tokens,
        ..global.tokenize_options(limit)
    };
    stream.run(&Tokenizing { tokenizer: &tokenizer, options }).map(drop)
}

struct Tokenizing<'a> {
    tokenizer: &'a Tokenizer,
    options: TokenizeOptions,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    #[serde(flatten)]
    tokens: JsonTokens<'a>,
}

/// The tokens of the text, or where windows are asked for, of each of them.
#[derive(Serialize)]
#[serde(untagged)]
enum JsonTokens<'a> {
    Whole(JsonEncoding<'a>),
    Windows { windows: Vec<JsonWindow<'a>> },
}

#[derive(Serialize)]
struct JsonWindow<'a> {
    first_token: usize,
    #[serde(flatten)]
    encoding: JsonEncoding<'a>,
}

#[derive(Serialize)]
struct JsonEncoding<'a> {
    ids: &'a [u32],
    tokens: &'a [String],
    token_type_ids: &'a [u32],
    byte_offsets: &'a [(usize, usize)],
    char_offsets: &'a [(usize, usize)],
    special_tokens_mask: &'a [bool],
    sequence_ids: &'a [Option<u8>],
    truncated: Option<JsonTruncation>,
}

impl<'a> From<&'a Encoding> for JsonEncoding<'a> {
    fn from(encoding: &'a Encoding) -> Self {
        Self {
            ids: &encoding.ids,
            tokens: &encoding.tokens,
            token_type_ids: &encoding.token_type_ids,
            byte_offsets: &encoding.byte_offsets,
            char_offsets: &encoding.char_offsets,
            special_tokens_mask: &encoding.special_tokens_mask,
            sequence_ids: &encoding.sequence_ids,
            truncated: truncation_notice::to_json(encoding.truncated.as_ref()),
        }
    }
}

impl Task for Tokenizing<'_> {
    type Record = Text;
    type Answer = Vec<Window>;

    const CHUNK: ChunkLimit = ChunkLimit::TEXTS;

    fn answer(&self, texts: &[Text], _: &RunOptions) -> deberta::Result<Vec<Vec<Window>>> {
        texts.iter().map(|text| self.tokenizer.windows(text.input(), &self.options)).collect()
    }
}

impl WrittenTask for Tokenizing<'_> {
    const SEVERAL_LINES: bool = true;

    fn to_json<'a>(&'a self, text: &'a Text, windows: &'a Vec<Window>) -> impl Serialize {
        let to_json = |window: &'a Window| JsonWindow {
            first_token: window.first_token,
            encoding: (&window.encoding).into(),
        };
        let tokens = match &windows[..] {
            [window] if self.options.windows.is_none() => JsonTokens::Whole((&window.encoding).into()),
            windows => JsonTokens::Windows { windows: windows.iter().map(to_json).collect() },
        };
        JsonAnswer { text: &text.text, pair: text.pair.as_deref(), tokens }
    }

    /// `id<TAB>token<TAB>type<TAB>start<TAB>end` for each token.
    fn print(&self, _: &Text, windows: &Vec<Window>, printer: &mut Printer) -> Result<(), Failure> {
        for (number, window) in windows.iter().enumerate() {
            if number > 0 {
                printer.line("")?;
            }
            print_tokens(&window.encoding, printer)?;
        }
        Ok(())
    }

    fn truncated<'a>(&self, windows: &'a Vec<Window>) -> Option<&'a TruncatedText> {
        windows.iter().find_map(|window| window.encoding.truncated.as_ref())
    }
}

fn print_tokens(encoding: &Encoding, printer: &mut Printer) -> Result<(), Failure> {
    for index in 0..encoding.len() {
        let (start, end) = encoding.byte_offsets[index];
        let token = in_one_line(&encoding.tokens[index]);
        let (id, token_type) = (encoding.ids[index], encoding.token_type_ids[index]);
        printer.line(format_args!("{id}\t{token}\t{token_type}\t{start}\t{end}"))?;
    }
    Ok(())
}
