//! SIGINT (Ctrl-C): ends the work where nothing is lost.

use std::process::exit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deberta::Cancellation;

use crate::failure::{self, Failure, INTERRUPTED};

/// Ends the process at once while it waits for input, and otherwise after the call that computes, which it cancels. The
/// second SIGINT does not wait.
pub struct Interruption {
    cancellation: Cancellation,
    /// Held while there is something that was read and not yet written.
    work: Arc<Mutex<()>>,
}

impl Interruption {
    /// Watches from now on.
    pub fn watch(can_be_resumed: bool) -> Result<Self, Failure> {
        let message = if can_be_resumed { "interrupted; --resume goes on" } else { "interrupted" };
        let this = Self { cancellation: Cancellation::new(), work: Arc::default() };
        let (cancellation, work) = (this.cancellation.clone(), Arc::clone(&this.work));
        let watching = ctrlc::set_handler(move || {
            if cancellation.is_cancelled() {
                exit(INTERRUPTED.into());
            }
            failure::say(message);
            cancellation.cancel();
            let idle = work.try_lock();
            if idle.is_ok() {
                exit(INTERRUPTED.into());
            }
        });
        watching.map_err(|error| Failure::Failed(format!("cannot watch for SIGINT: {error}")))?;
        Ok(this)
    }

    /// Says that there is work, until the guard is dropped.
    pub fn work(&self) -> MutexGuard<'_, ()> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the calls that compute.
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// An error if there was a SIGINT.
    pub fn check(&self) -> Result<(), Failure> {
        match self.cancellation.is_cancelled() {
            true => Err(Failure::Interrupted),
            false => Ok(()),
        }
    }
}
