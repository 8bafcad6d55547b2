//! The C functions of `include/deberta.h`, and the only `extern "C"` of the library.
//!
//! The header is generated from this folder, doc comments included; `docs/c-api.md` has the conventions. Hidden from
//! the Rust documentation: it is public so that one suite of tests can run through both interfaces.
//!
//! Every function goes through `call::call` and `pointers`, so that no panic leaves and no pointer is used
//! unchecked. What cannot be checked, that a pointer is valid for as much as the caller says, is the contract that
//! the header's introduction states; the SAFETY comments refer to it as "the header's contract".

// Types have the names that C sees. The safety contract is stated once, in the introduction of the header.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]
// The comments are those of the header, where [rows, length] is a shape and no link.
#![allow(rustdoc::broken_intra_doc_links)]

mod answers;
mod backbone;
mod call;
mod cancellation;
mod classifications;
mod classify;
mod embedding;
mod encode;
mod encoded;
mod encoded_info;
mod enums;
mod error;
mod explain;
mod explanation;
mod extensible;
mod fill_mask;
mod logging;
mod model;
mod model_info;
mod multiple_choice;
mod open;
mod pointers;
mod progress;
mod rank;
mod run;
mod string;
mod tagging;
mod tokenized;
mod tokenizer;
mod version;
mod zero_shot;

pub use answers::*;
pub use backbone::*;
pub use cancellation::*;
pub use classifications::*;
pub use classify::*;
pub use embedding::*;
pub use encode::*;
pub use encoded::*;
pub use encoded_info::*;
pub use enums::*;
pub use error::*;
pub use explain::*;
pub use explanation::*;
pub use fill_mask::*;
pub use logging::*;
pub use model::*;
pub use model_info::*;
pub use multiple_choice::*;
pub use open::*;
pub use rank::*;
pub use run::*;
pub use string::*;
pub use tagging::*;
pub use tokenized::*;
pub use tokenizer::*;
pub use version::*;
pub use zero_shot::*;
