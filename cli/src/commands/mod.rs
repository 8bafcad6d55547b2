//! The commands, one file each.

pub mod answer;
pub mod choose;
pub mod classify;
pub mod convert;
mod coverage;
pub mod encode;
mod excerpt;
pub mod explain;
pub mod fetch;
pub mod fill_mask;
pub mod info;
pub mod pack;
pub mod rank;
pub mod tag;
pub mod tokenize;
pub mod truncation_notice;
pub mod zero_shot;
