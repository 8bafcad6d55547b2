//! The page that `deberta explain` writes: one file that needs nothing else, neither a network nor a server.
//!
//! `page.html`, `page.css` and `page.js` are fixed; what is shown comes as JSON in a block of its own, out of which no text
//! can break. The script makes the page of it and puts texts in as text only, never as markup.

mod attention;
mod positions;
mod tokens;

use std::fmt::Display;
use std::io::{self, Write};

use deberta::{Explanation, HeadKind, Model, Relevance, TextInput};
use serde::Serialize;

use attention::Attention;
use positions::Positions;
use tokens::Token;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Most characters of the text in the page's title.
const TITLE_LENGTH: usize = 60;

/// What the page shows.
#[derive(Serialize)]
pub struct Report<'a> {
    #[serde(skip)]
    title: String,
    model: &'a str,
    head: Option<&'static str>,
    method: String,
    /// What occlusion explains.
    label: Option<&'a str>,
    /// Whether scores lie between 0 and 1.
    probabilities: bool,
    answer: &'a [Answer<'a>],
    tokens: Vec<Token<'a>>,
    truncated: Option<String>,
    attention: Attention,
    positions: Option<Positions>,
}

/// A label with what the model's classifier says of it.
#[derive(Serialize)]
pub struct Answer<'a> {
    /// The label's name.
    pub label: &'a str,
    /// The label's index.
    pub index: usize,
    /// Its score.
    pub score: f32,
    /// Its raw score.
    pub logit: f32,
}

impl<'a> Report<'a> {
    /// What there is to show of an explanation; `answer` has the labels in the order to show them.
    pub fn new(
        model: &'a Model,
        name: &'a str,
        input: TextInput<'a>,
        explanation: &'a Explanation,
        method: Relevance,
        answer: &'a [Answer<'a>],
    ) -> Self {
        let config = model.config();
        let total: f32 = answer.iter().map(|answer| answer.score).sum();
        let title: String = input.text.chars().take(TITLE_LENGTH).collect();
        Self {
            title: format!("{} – explanation", title.split_whitespace().collect::<Vec<_>>().join(" ")),
            model: name,
            head: model.head().map(HeadKind::name),
            method: method.to_string(),
            label: explanation.label.map(|label| config.id2label[label].as_str()),
            probabilities: answer.iter().all(|answer| (0.0..=1.0).contains(&answer.score)) && total > 0.0,
            answer,
            tokens: tokens::of_text(input, explanation, &config.id2label),
            truncated: explanation.encoding.truncated.as_ref().map(|cut| {
                let removed: usize = cut.removed_tokens.iter().sum();
                format!("The text was cut: its last {removed} of {} tokens are not here.", cut.total_tokens)
            }),
            attention: Attention::new(explanation),
            positions: explanation.relative_positions.as_ref().map(|table| Positions::new(table, config)),
        }
    }

    /// Writes the page.
    pub fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let mut rest = PAGE;
        // In one pass: a text that spells the name of a slot stays a text.
        while let Some((before, after)) = rest.split_once("{{") {
            let (slot, after) = after.split_once("}}").unwrap_or((after, ""));
            output.write_all(before.as_bytes())?;
            match slot {
                "title" => output.write_all(escaped(&self.title).as_bytes())?,
                "style" => output.write_all(STYLE.trim_end().as_bytes())?,
                "script" => output.write_all(SCRIPT.trim_end().as_bytes())?,
                _ => output.write_all(self.data()?.as_bytes())?,
            }
            rest = after;
        }
        output.write_all(rest.as_bytes())
    }

    /// The JSON for a script element, which ends at the first `</script` and takes `<!--` for a comment: without `<`, there is
    /// neither.
    fn data(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)?.replace('<', "\\u003c"))
    }
}

/// Text for HTML, outside of attributes.
fn escaped(text: impl Display) -> String {
    text.to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_slot_for_each_part_and_names_no_other_file() {
        for slot in ["title", "style", "data", "script"] {
            assert_eq!(PAGE.matches(&format!("{{{{{slot}}}}}")).count(), 1, "{slot}");
        }
        for part in [PAGE, STYLE, SCRIPT] {
            for outside in ["http:", "https:", "src=", "href=", "@import", "url(", "fetch(", "innerHTML"] {
                assert!(!part.contains(outside), "{outside}");
            }
        }
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"), "would end the script element");
    }

    #[test]
    fn markup_in_a_title_is_text() {
        assert_eq!(escaped("</title><script>&"), "&lt;/title&gt;&lt;script&gt;&amp;");
    }
}
