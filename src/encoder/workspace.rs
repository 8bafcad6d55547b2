//! Scratch memory of a forward pass, kept from one to the next.

use super::attention::AttentionWorkspace;
use crate::linalg::{Activations, Matrix};
use crate::profile::Stopwatch;

/// All buffers that a forward pass writes. They grow to the largest batch seen; then nothing is allocated any more.
#[derive(Default)]
pub(crate) struct Workspace {
    /// [tokens, hidden_size]: what each layer reads and replaces.
    pub hidden_states: Activations,
    /// [tokens, hidden_size] for the convolution, and before it the unprojected embeddings.
    pub embedding_output: Matrix,
    pub attention: AttentionWorkspace,
    /// [tokens, intermediate_size]
    pub feed_forward: Activations,
    /// Windows of embeddings and their convolution.
    pub conv: [Matrix; 2],
    /// Runs while a forward pass is profiled.
    pub stopwatch: Stopwatch,
}
