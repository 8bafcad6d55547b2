//! The functions behind `dev.deberta.Native`.
//!
//! What Java asks for comes as a message of bytes, and so does what it gets back (see [`message`]): one array each, copied
//! once, so that a call crosses the border between the two a handful of times whatever it is about. Tokens, embeddings and
//! hidden states, which are large, are arrays or direct buffers of their own. Nothing of Java's memory is held while the
//! encoder runs.

mod array;
mod encode;
mod entry;
mod explain;
mod handle;
mod logging;
mod message;
mod model;
mod observer;
mod options;
mod results;
mod tasks;
mod tokenizer;
