//! From texts to answers.

mod classification;
mod rank;
mod rows;
mod scores;
mod windows;
mod zero_shot;

pub use classification::{Classification, ClassifyOptions};
pub use rank::{RankOptions, Ranked};
pub use scores::ScoreFunction;
pub use windows::WindowMerge;
pub use zero_shot::{ZeroShot, ZeroShotOptions};
