//! Where the time of a forward pass goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A part of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Table look-up, sum, projection, layer norm.
    Embeddings,
    /// The fused projection to queries, keys and values.
    QueriesKeysValues,
    /// Packing keys and values as operands of products.
    AttentionPacking,
    /// Queries times position keys.
    ContentToPosition,
    /// Queries times keys.
    ContentToContent,
    /// Position queries times keys.
    PositionToContent,
    /// Position terms, online softmax.
    Softmax,
    /// Attention weights times values.
    WeightedValues,
    /// Everything else in the attention: the context's division and conversion.
    AttentionContext,
    /// The projection of the context, with the residual.
    AttentionOutput,
    /// Layer norm after the attention.
    AttentionNorm,
    /// The first layer of the feed-forward network, with its activation.
    Intermediate,
    /// The second layer of the feed-forward network, with the residual.
    Output,
    /// Layer norm after the feed-forward network.
    OutputNorm,
    /// The convolution of a v2 model.
    Convolution,
}

impl Stage {
    /// All stages, in the order of the forward pass.
    pub const ALL: [Self; 15] = [
        Self::Embeddings,
        Self::QueriesKeysValues,
        Self::AttentionPacking,
        Self::ContentToPosition,
        Self::ContentToContent,
        Self::PositionToContent,
        Self::Softmax,
        Self::WeightedValues,
        Self::AttentionContext,
        Self::AttentionOutput,
        Self::AttentionNorm,
        Self::Intermediate,
        Self::Output,
        Self::OutputNorm,
        Self::Convolution,
    ];

    /// A name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embeddings => "embeddings",
            Self::QueriesKeysValues => "queries, keys, values",
            Self::AttentionPacking => "attention: packing",
            Self::ContentToPosition => "attention: content to position",
            Self::ContentToContent => "attention: content to content",
            Self::PositionToContent => "attention: position to content",
            Self::Softmax => "attention: softmax",
            Self::WeightedValues => "attention: weighted values",
            Self::AttentionContext => "attention: context",
            Self::AttentionOutput => "attention output",
            Self::AttentionNorm => "attention norm",
            Self::Intermediate => "intermediate",
            Self::Output => "output",
            Self::OutputNorm => "output norm",
            Self::Convolution => "convolution",
        }
    }

    /// Whether this is a part of the attention between its projections.
    pub fn is_attention(self) -> bool {
        matches!(
            self,
            Self::AttentionPacking
                | Self::ContentToPosition
                | Self::ContentToContent
                | Self::PositionToContent
                | Self::Softmax
                | Self::WeightedValues
                | Self::AttentionContext
        )
    }
}

/// Seconds of each stage of one or more forward passes.
///
/// Stages other than the attention's are wall time. The attention's parts run in parallel tasks; their processor time is
/// scaled to the attention's wall time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    seconds: [f64; Stage::ALL.len()],
}

impl Profile {
    /// Seconds of a stage.
    pub fn seconds(&self, stage: Stage) -> f64 {
        self.seconds[stage as usize]
    }

    /// Seconds of all stages.
    pub fn total(&self) -> f64 {
        self.seconds.iter().sum()
    }
}

/// Measures stages, in a forward pass that is profiled; in others it costs a comparison.
#[derive(Default)]
pub(crate) struct Stopwatch {
    running: bool,
    nanoseconds: [AtomicU64; Stage::ALL.len()],
    attention: AtomicU64,
}

impl Stopwatch {
    /// Starts from zero.
    pub fn start(&mut self) {
        *self = Self { running: true, ..Self::default() };
    }

    /// Stops, and returns what was measured if it ran.
    pub fn stop(&mut self) -> Option<Profile> {
        let measured = std::mem::take(self);
        if !measured.running {
            return None;
        }
        let mut profile = Profile::default();
        for stage in Stage::ALL {
            profile.seconds[stage as usize] =
                measured.nanoseconds[stage as usize].load(Ordering::Relaxed) as f64 / 1e9;
        }
        let parts = Stage::ALL.into_iter().filter(|stage| stage.is_attention());
        let processor_seconds: f64 = parts.clone().map(|stage| profile.seconds(stage)).sum();
        if processor_seconds > 0.0 {
            let wall_seconds = measured.attention.load(Ordering::Relaxed) as f64 / 1e9;
            parts.for_each(|stage| profile.seconds[stage as usize] *= wall_seconds / processor_seconds);
        }
        Some(profile)
    }

    /// Counts the time of `work` to a stage.
    #[inline(always)]
    pub fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        self.time_in(&self.nanoseconds[stage as usize], work)
    }

    /// Counts the wall time of `work`, which is the whole attention.
    pub fn time_attention<T>(&self, work: impl FnOnce() -> T) -> T {
        self.time_in(&self.attention, work)
    }

    #[inline(always)]
    fn time_in<T>(&self, counter: &AtomicU64, work: impl FnOnce() -> T) -> T {
        if !self.running {
            return work();
        }
        let started = Instant::now();
        let result = work();
        counter.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_numbered_in_their_order() {
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, index);
        }
    }

    #[test]
    fn a_stopwatch_counts_only_while_it_runs_and_scales_the_attention() {
        let mut stopwatch = Stopwatch::default();
        assert_eq!(stopwatch.time(Stage::Output, || 5), 5);
        assert!(stopwatch.stop().is_none());
        stopwatch.start();
        stopwatch.time_attention(|| {
            for stage in [Stage::Softmax, Stage::WeightedValues] {
                stopwatch.time(stage, || std::thread::sleep(std::time::Duration::from_millis(5)));
            }
        });
        let wall = stopwatch.attention.load(Ordering::Relaxed) as f64 / 1e9;
        let profile = stopwatch.stop().unwrap();
        assert!((profile.total() - wall).abs() < 1e-9);
        assert!(profile.seconds(Stage::Softmax) > 0.0 && profile.seconds(Stage::Output) == 0.0);
        assert!(stopwatch.stop().is_none());
    }
}
