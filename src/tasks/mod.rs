//! From texts to answers.

mod answer_spans;
mod classification;
mod embedding;
mod explain;
mod fill_mask;
mod merged_logits;
mod multiple_choice;
mod question_answering;
mod rank;
mod rows;
mod scores;
mod tagging;
mod windows;
mod zero_shot;

pub use classification::{Classification, ClassifyOptions};
pub use embedding::{EmbedOptions, Embedding, Pooling};
pub use explain::{ExplainOptions, Explanation, Relevance};
pub use fill_mask::{Fill, FillMaskOptions, FilledMask, FilledMasks};
pub use multiple_choice::{Choice, ChooseOptions};
pub use question_answering::{Answer, AnswerOptions, Answers};
pub use rank::{RankOptions, Ranked};
pub use scores::ScoreFunction;
pub use tagging::{Aggregation, Entity, TagOptions, Tagged};
pub use windows::WindowMerge;
pub use zero_shot::{ZeroShot, ZeroShotOptions};
