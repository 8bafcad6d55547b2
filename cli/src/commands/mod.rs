//! The commands, one file each.

pub mod classify;
pub mod convert;
pub mod encode;
pub mod explain;
pub mod fetch;
pub mod info;
pub mod pack;
pub mod tokenize;
mod truncation_notice;
pub mod zero_shot;
