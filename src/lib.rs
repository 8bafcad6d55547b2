//! DeBERTa v2/v3 without a framework: a model folder and text in, the reference's numbers out.
//!
//! ```no_run
//! use deberta::{ClassifyOptions, Model, OpenOptions};
//!
//! let model = Model::open("models/code-language", &OpenOptions::default())?;
//! let answers = model.classify(&["fn main() { println!(\"hello\"); }".into()], &ClassifyOptions::default())?;
//! println!("{}", model.config().id2label[answers[0].ranking[0]]);
//! # Ok::<(), deberta::Error>(())
//! ```
//!
//! The way of the data is one line: text → [`Tokenizer`] → [`Batch`] → [`Model::encode`] → hidden states → head → answer.

mod batch;
#[cfg(feature = "benchmark")]
#[doc(hidden)]
pub mod benchmark;
#[doc(hidden)]
pub mod capi;
mod checkpoint;
mod config;
mod convert;
mod encoded;
mod encoder;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod heads;
mod linalg;
mod model;
mod model_name;
mod opening;
mod packed;
mod precision;
mod profile;
mod run;
mod runtime;
mod tasks;
mod tokenizer;

pub use batch::Batch;
pub use checkpoint::LoadMode;
pub use config::{
    Activation, BackboneConfig, Config, ConvConfig, HeadKind, KerasPreprocessor, KerasTruncation, PosAttType,
    ProblemType, WeightType,
};
pub use convert::{ConversionProgress, ConversionReport, ConversionTarget, convert};
pub use encoded::{Encoded, Outputs};
pub use encoder::RelativePositionTable;
pub use error::{Error, ErrorKind, Result};
pub use heads::Logits;
pub use linalg::kernels::InstructionSet;
pub use model::{Model, ModelInfo, OpenOptions};
pub use model_name::{Caches, HuggingFaceModel, KaggleModel, ModelName, Preset};
pub use opening::{OpenObserver, OpenProgress, OpenStage};
pub use packed::PackedReport;
pub use precision::Precision;
pub use profile::{Profile, Stage};
pub use run::{Cancellation, RunObserver, RunOptions, RunProgress};
pub use tasks::{
    Aggregation, Answer, AnswerOptions, Answers, Choice, ChooseOptions, Classification, ClassifyOptions,
    EmbedOptions, Embedding, Entity, ExplainOptions, Explanation, Fill, FillMaskOptions, FilledMask,
    FilledMasks, Pooling, RankOptions, Ranked, Relevance, ScoreFunction, TagOptions, Tagged, WindowMerge,
    ZeroShot, ZeroShotOptions,
};
pub use tokenizer::{
    Encoding, SpecialTokens, TextInput, TokenizeOptions, Tokenizer, TokenizerMode, TokenizerOptions,
    TruncatedText, Truncation, Window, WindowOptions,
};
