//! What a caller sees of a model's opening, and how it is stopped.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Result, bail};

/// What opening a model is busy with, in this order; a stage may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenStage {
    /// Reading the configuration, opening the weight files and finding the tensors.
    Checkpoint,
    /// Reading the tokenizer.
    Tokenizer,
    /// Packing weights for the kernels.
    Packing,
    /// Mapping weights that are packed.
    Mapping,
}

impl OpenStage {
    /// The stage as a word for messages and progress bars.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::Tokenizer => "tokenizer",
            Self::Packing => "packing",
            Self::Mapping => "mapping",
        }
    }
}

impl fmt::Display for OpenStage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How far opening is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenProgress {
    /// What it is busy with.
    pub stage: OpenStage,
    /// Bytes of stored weights that the stage is done with; 0 in the stages before weights are read.
    pub bytes: u64,
    /// Bytes of stored weights that the stage will be done with at its end; 0 in the stages before.
    pub total_bytes: u64,
}

/// Receives the progress of an opening on the thread that opens, at the start of each stage and after each layer's
/// weights. Returning [`ControlFlow::Break`] makes the opening end with [`crate::ErrorKind::Cancelled`]; nothing of it
/// stays, neither memory nor files.
#[derive(Clone)]
pub struct OpenObserver(Arc<dyn Fn(OpenProgress) -> ControlFlow<()> + Send + Sync>);

impl OpenObserver {
    /// An observer that calls a function.
    pub fn new(observe: impl Fn(OpenProgress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Reports progress.
    ///
    /// # Errors
    ///
    /// `Cancelled` if the observer wants no more.
    pub(crate) fn report(&self, stage: OpenStage, bytes: u64, total_bytes: u64) -> Result<()> {
        if (self.0)(OpenProgress { stage, bytes, total_bytes }).is_break() {
            bail!(Cancelled, "opening the model was cancelled by its observer in the stage \"{stage}\"");
        }
        Ok(())
    }
}

impl Default for OpenObserver {
    /// An observer that looks away.
    fn default() -> Self {
        Self::new(|_| ControlFlow::Continue(()))
    }
}

impl fmt::Debug for OpenObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OpenObserver")
    }
}
