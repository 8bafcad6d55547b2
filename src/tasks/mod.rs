//! From texts to answers.

mod batches;
mod classification;
mod scores;
mod zero_shot;

pub use classification::Classification;
pub use zero_shot::{ZeroShot, ZeroShotOptions};
