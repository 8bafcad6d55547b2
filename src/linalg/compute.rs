//! What a model computes with: its kernels and its threads.

use super::kernels::Kernels;
use crate::precision::Precision;
use crate::runtime::ThreadPool;

/// Kernels, threads and the precision they keep; shared by all layers of a model.
pub(crate) struct Compute {
    pub kernels: &'static Kernels,
    pub pool: ThreadPool,
    pub precision: Precision,
}
