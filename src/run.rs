//! How a call that computes is watched, limited and stopped.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::error::{Result, bail};

/// Limits of one call. They are looked at before each layer of the encoder; a call that ends early returns an error and
/// leaves nothing behind.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// When to end with [`crate::ErrorKind::DeadlineExceeded`] if there is no answer yet.
    pub deadline: Option<Instant>,
    /// Ends the call with [`crate::ErrorKind::Cancelled`], from any thread.
    pub cancellation: Option<Cancellation>,
    /// Receives the progress of calls with many texts, and can stop them.
    pub progress: RunObserver,
    /// Most tokens to encode together, by default 4,096. More use more memory, fewer may leave threads without work. A
    /// text of more tokens is encoded alone. Results do not depend on it.
    pub batch_tokens: Option<usize>,
}

/// Stops calls that were given it, or a clone of it, once and for all.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunProgress {
    /// Texts that are answered.
    pub texts: usize,
    /// Texts that will be.
    pub total_texts: usize,
}

/// Receives progress on the calling thread, after each batch. [`ControlFlow::Break`] ends the call with
/// [`crate::ErrorKind::Cancelled`].
#[derive(Clone, Default)]
pub struct RunObserver(Option<Arc<Observe>>);

type Observe = dyn Fn(RunProgress) -> ControlFlow<()> + Send + Sync;

impl RunOptions {
    /// Whether the call may go on.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancellation.as_ref().is_some_and(Cancellation::is_cancelled) {
            bail!(Cancelled, "the call was cancelled");
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            bail!(
                DeadlineExceeded,
                "the deadline of the call has passed; allow more time, or give it less to do"
            );
        }
        Ok(())
    }

    /// Tells the observer, which may end the call.
    pub(crate) fn report(&self, texts: usize, total_texts: usize) -> Result<()> {
        if let Some(observe) = &self.progress.0
            && observe(RunProgress { texts, total_texts }).is_break()
        {
            bail!(Cancelled, "the call was cancelled by its observer after {texts} of {total_texts} texts");
        }
        Ok(())
    }
}

impl Cancellation {
    /// Not cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the calls that have it, and those that will be given it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl RunObserver {
    /// An observer that calls a function.
    pub fn new(observe: impl Fn(RunProgress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }
}

impl fmt::Debug for RunObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RunObserver")
    }
}
