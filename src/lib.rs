//! DeBERTa v2/v3 without a framework.

mod error;

pub use error::{Error, ErrorKind, Result};
