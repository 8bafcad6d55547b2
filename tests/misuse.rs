//! The list of misuse that all languages share, `tests/misuse.json`: each call is refused with its status, and with a
//! message that says why.

use std::path::{Path, PathBuf};

use deberta::{
    AnswerOptions, Batch, ChooseOptions, ClassifyOptions, EmbedOptions, ErrorKind, ExplainOptions,
    FillMaskOptions, Model, OpenOptions, Outputs, RankOptions, Result, RunOptions, TagOptions, TextInput,
    TokenizeOptions, WindowOptions, ZeroShotOptions,
};
use serde::Deserialize;

mod common;

/// One entry: a call, its arguments, and how it is refused.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Case {
    call: String,
    status: String,
    message: String,
    // The model and how it is opened.
    model: Option<String>,
    name: String,
    threads: Option<usize>,
    tensor_prefix: Option<String>,
    with_task_tokenizer: bool,
    // Batches.
    ids: Vec<u32>,
    row_offsets: Vec<usize>,
    input_ids: Vec<i64>,
    attention_mask: Option<Vec<i64>>,
    token_type_ids: Option<Vec<i64>>,
    embedding_size: usize,
    rows: usize,
    length: usize,
    // Texts, which may have a second one, and how they become tokens.
    text: Texts,
    texts: Vec<Texts>,
    max_length: Option<usize>,
    truncation: Option<String>,
    window_stride: Option<usize>,
    add_special_tokens: Option<bool>,
    // Tasks.
    query: String,
    documents: Vec<String>,
    labels: Vec<String>,
    choices: Vec<String>,
    hypothesis_template: Option<String>,
    layer: Option<usize>,
    label: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Texts(Vec<String>);

impl Texts {
    fn input(&self) -> TextInput<'_> {
        TextInput { text: &self.0[0], pair: self.0.get(1).map(String::as_str) }
    }
}

fn slices(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

impl Case {
    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(self.model.as_ref().unwrap())
    }

    fn open(&self) -> Result<Model> {
        let options = OpenOptions {
            threads: Some(self.threads.unwrap_or(1)),
            tensor_prefix: self.tensor_prefix.clone(),
            ..OpenOptions::default()
        };
        if !self.with_task_tokenizer {
            return Model::open(self.folder(), &options);
        }
        let checkpoint = self.folder();
        let copy = common::with_task_tokenizer(checkpoint.file_name().unwrap().to_str().unwrap());
        Model::open(copy.path(), &options)
    }

    fn tokenize(&self) -> TokenizeOptions {
        let usual = TokenizeOptions::default();
        TokenizeOptions {
            max_length: self.max_length,
            truncation: self.truncation.as_ref().map_or(usual.truncation, |name| name.parse().unwrap()),
            windows: self.window_stride.map(|stride| WindowOptions { stride }),
            add_special_tokens: self.add_special_tokens.unwrap_or(usual.add_special_tokens),
        }
    }

    fn inputs(&self) -> Vec<TextInput<'_>> {
        self.texts.iter().map(Texts::input).collect()
    }

    fn single_texts(&self) -> Vec<&str> {
        self.texts.iter().map(|text| text.0[0].as_str()).collect()
    }

    fn ragged(&self) -> Result<Batch> {
        let types = self.token_type_ids.as_ref();
        let types: Option<Vec<u32>> = types.map(|types| types.iter().map(|&id| id as u32).collect());
        Batch::from_ragged(&self.ids, types.as_deref(), &self.row_offsets)
    }

    fn padded(&self) -> Result<Batch> {
        let (mask, types) = (self.attention_mask.as_deref(), self.token_type_ids.as_deref());
        Batch::from_padded(&self.input_ids, mask, types, self.rows, self.length)
    }

    fn embeddings(&self) -> Result<Batch> {
        let values = vec![0.0; self.rows * self.length * self.embedding_size];
        let mask = self.attention_mask.as_deref();
        Batch::from_embeddings(&values, self.embedding_size, mask, None, self.rows, self.length)
    }

    /// What was expected to be refused.
    fn outcome(&self) -> Result<()> {
        match self.call.as_str() {
            "open" => return self.open().map(drop),
            "from_preset" => return Model::from_preset(&self.name, &OpenOptions::default()).map(drop),
            _ => {}
        }
        let model = self.open().unwrap();
        let (tokenize, outputs) = (self.tokenize(), Outputs::default());
        match self.call.as_str() {
            "encode_ragged" => self.ragged().and_then(|batch| model.encode(&batch, outputs)).map(drop),
            "encode_padded" => self.padded().and_then(|batch| model.encode(&batch, outputs)).map(drop),
            "encode_embeddings" => {
                self.embeddings().and_then(|batch| model.encode(&batch, outputs)).map(drop)
            }
            "token_embeddings" => model.token_embeddings(&self.ids).map(drop),
            "encode_texts" => {
                model.encode_texts(&self.inputs(), &tokenize, outputs, &RunOptions::default()).map(drop)
            }
            "tokenize" => model.tokenizer().unwrap().encode(self.text.input(), &tokenize).map(drop),
            "decode" => model.tokenizer().unwrap().decode(&self.ids, false).map(drop),
            "classify" => {
                let options = ClassifyOptions { tokenize, ..ClassifyOptions::default() };
                model.classify(&self.inputs(), &options).map(drop)
            }
            "zero_shot" => {
                let mut options = ZeroShotOptions { tokenize, ..ZeroShotOptions::default() };
                if let Some(template) = &self.hypothesis_template {
                    options.hypothesis_template.clone_from(template);
                }
                model.zero_shot(&self.single_texts(), &slices(&self.labels), &options).map(drop)
            }
            "rank" => model.rank(&self.query, &slices(&self.documents), &RankOptions::default()).map(drop),
            "tag" => model.tag(&self.single_texts(), &TagOptions::default()).map(drop),
            "fill_mask" => model.fill_mask(&self.single_texts(), &FillMaskOptions::default()).map(drop),
            "answer" => model.answer(&self.inputs(), &AnswerOptions::default()).map(drop),
            "choose" => {
                let prompt = self.text.input().text;
                model.choose(prompt, &slices(&self.choices), &ChooseOptions::default()).map(drop)
            }
            "embed" => {
                let options = EmbedOptions { tokenize, layer: self.layer, ..EmbedOptions::default() };
                model.embed(&self.inputs(), &options).map(drop)
            }
            "explain" => {
                let options = ExplainOptions { tokenize, label: self.label, ..ExplainOptions::default() };
                model.explain(self.text.input(), &options).map(drop)
            }
            unknown => panic!("nobody knows how to call {unknown}"),
        }
    }
}

/// The name of a kind of error, as `deberta_status_name` and the list have it.
fn name(kind: ErrorKind) -> String {
    let mut name = String::new();
    for (index, letter) in format!("{kind:?}").char_indices() {
        if index > 0 && letter.is_uppercase() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    name
}

#[test]
fn every_misuse_is_refused() {
    let list =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/misuse.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&list).unwrap();
    assert!(cases.len() >= 65, "the list has shrunk to {}", cases.len());
    for case in cases {
        let Err(error) = case.outcome() else { panic!("accepted: {case:?}") };
        assert_eq!(name(error.kind()), case.status, "{case:?}: {error}");
        assert!(error.message().contains(&case.message), "{case:?}: {error}");
    }
}
