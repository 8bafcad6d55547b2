//! `deberta tokenize`: what the tokenizer makes of texts.

use deberta::{Encoding, TokenizeOptions};
use serde::Serialize;

use super::truncation_notice::{self, JsonTruncation};
use crate::arguments::{GlobalArguments, TokenizeArguments};
use crate::failure::Failure;
use crate::model;
use crate::printer::Printer;
use crate::text_source::{Text, TextSource};

pub fn run(global: &GlobalArguments, arguments: &TokenizeArguments) -> Result<(), Failure> {
    let mut source = TextSource::open(&arguments.source)?;
    let (tokenizer, limit) = model::open_tokenizer(global)?;
    let options = TokenizeOptions {
        add_special_tokens: !arguments.no_special_tokens,
        ..global.tokenize_options(limit)
    };
    let mut printer = Printer::new();
    let mut done = 0;
    loop {
        let chunk = source.next_chunk()?;
        if chunk.is_empty() {
            return Ok(());
        }
        for text in &chunk {
            let place = text.place(done + 1);
            let encoding = tokenizer
                .encode(text.input(), &options)
                .map_err(|error| Failure::from(error).within(&place))?;
            if global.json {
                printer.json(&to_json(text, &encoding))?;
            } else {
                if done > 0 {
                    printer.line("")?;
                }
                print_table(&mut printer, &encoding)?;
                printer.flush()?;
                truncation_notice::warn(&place, encoding.truncated.as_ref());
            }
            done += 1;
        }
        printer.flush()?;
    }
}

fn print_table(printer: &mut Printer, encoding: &Encoding) -> Result<(), Failure> {
    for index in 0..encoding.len() {
        let (start, end) = encoding.byte_offsets[index];
        // A token may hold a line break; its escape keeps one token on one line.
        let token = encoding.tokens[index].replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
        let (id, token_type) = (encoding.ids[index], encoding.token_type_ids[index]);
        printer.line(format_args!("{id}\t{token}\t{token_type}\t{start}\t{end}"))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct JsonEncoding<'a> {
    text: &'a str,
    pair: Option<&'a str>,
    ids: &'a [u32],
    tokens: &'a [String],
    token_type_ids: &'a [u32],
    byte_offsets: &'a [(usize, usize)],
    char_offsets: &'a [(usize, usize)],
    special_tokens_mask: &'a [bool],
    sequence_ids: &'a [Option<u8>],
    truncated: Option<JsonTruncation>,
}

fn to_json<'a>(text: &'a Text, encoding: &'a Encoding) -> JsonEncoding<'a> {
    JsonEncoding {
        text: &text.text,
        pair: text.pair.as_deref(),
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
