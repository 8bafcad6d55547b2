//! A fork-join pool for the hundred or so short parallel regions of a forward pass.
//!
//! The calling thread works too and never waits for a worker that has not started: a region opens a gate, whoever
//! comes takes tasks from a shared counter, and once the counter is used up the caller closes the gate and waits only
//! for the workers inside. A worker that the operating system wakes too late finds the gate closed.
//!
//! In the child of a fork the workers are gone, maybe with a foot in the gate: there the caller works alone.
//!
//! Between regions a worker spins for [`SPIN`] and then sleeps. One region runs at a time; a caller that finds the
//! pool in use runs its tasks alone, which is the better use of the processors when several callers share a model,
//! and cannot deadlock when regions nest.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long a worker without work burns its processor before it sleeps.
const SPIN: Duration = Duration::from_micros(100);
/// The bit of [`Shared::gate`] that is set while no region is open; the bits below count the workers inside.
const CLOSED: u32 = 1 << 31;

/// The tasks of a region: `body(task, thread)`.
type Body = dyn Fn(usize, usize) + Sync + 'static;

/// Threads that wait for work; dropping the pool ends them.
pub(crate) struct ThreadPool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// The process that has the workers.
    process: u32,
}

struct Shared {
    /// [`CLOSED`] and the number of workers inside.
    gate: AtomicU32,
    /// Counts regions, so that a worker notices a new one.
    region: AtomicU32,
    next_task: AtomicUsize,
    /// The region's body and number of tasks; only read by workers inside the gate.
    job: Mutex<Option<Job>>,
    in_use: AtomicBool,
    ending: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    sleepers: Mutex<usize>,
    wake: Condvar,
}

#[derive(Clone, Copy)]
struct Job {
    body: *const Body,
    tasks: usize,
}

// SAFETY: the body is Sync, and `run` does not return before the last worker has left the gate.
unsafe impl Send for Job {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ThreadPool {
    /// A pool in which `threads` threads work: the caller and `threads - 1` workers.
    pub fn new(threads: usize) -> Result<Self> {
        let shared = Arc::new(Shared {
            gate: AtomicU32::new(CLOSED),
            region: AtomicU32::new(0),
            next_task: AtomicUsize::new(0),
            job: Mutex::new(None),
            in_use: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            panic: Mutex::new(None),
            sleepers: Mutex::new(0),
            wake: Condvar::new(),
        });
        let mut pool = Self { shared, workers: Vec::new(), process: std::process::id() };
        for thread in 1..threads {
            let shared = Arc::clone(&pool.shared);
            let worker = std::thread::Builder::new()
                .name(format!("deberta-{thread}"))
                .spawn(move || shared.work(thread))
                .map_err(|error| {
                    Error::new(
                        ErrorKind::OutOfMemory,
                        format!("cannot start thread {thread} of {threads}; ask for fewer threads"),
                    )
                    .with_source(error)
                })?;
            pool.workers.push(worker);
        }
        Ok(pool)
    }

    /// How many threads work in a region, the caller included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Whether the workers are in this process: a fork does not take them along.
    fn has_workers(&self) -> bool {
        self.process == std::process::id()
    }

    /// Calls `body(task, thread)` once for every task below `tasks` and returns when all are done. `thread` is below
    /// [`Self::threads`], and no two calls with the same `thread` run at the same time within this region.
    ///
    /// A panic in `body` is passed on after the region has ended.
    pub fn run(&self, tasks: usize, body: &(dyn Fn(usize, usize) + Sync)) {
        let shared = &*self.shared;
        let alone = tasks <= 1 || self.workers.is_empty() || !self.has_workers();
        if alone || shared.in_use.swap(true, Ordering::Acquire) {
            (0..tasks).for_each(|task| body(task, 0));
            return;
        }
        // SAFETY: only the lifetime changes; `close` below waits until no worker can still use the body.
        let body: *const Body =
            unsafe { std::mem::transmute::<&(dyn Fn(usize, usize) + Sync), &'static Body>(body) };
        shared.open(Job { body, tasks });
        let caller = catch_unwind(AssertUnwindSafe(|| shared.take_tasks(Job { body, tasks }, 0)));
        shared.close();
        let worker_panic = lock(&shared.panic).take();
        shared.in_use.store(false, Ordering::Release);
        if let Some(payload) = caller.err().or(worker_panic) {
            resume_unwind(payload);
        }
    }
}

impl Shared {
    fn open(&self, job: Job) {
        *lock(&self.job) = Some(job);
        self.next_task.store(0, Ordering::Relaxed);
        self.gate.fetch_and(!CLOSED, Ordering::Release);
        self.region.fetch_add(1, Ordering::SeqCst);
        if *lock(&self.sleepers) > 0 {
            self.wake.notify_all();
        }
    }

    fn close(&self) {
        // When the caller itself panicked, tasks are left over that nobody shall start.
        self.next_task.store(usize::MAX / 2, Ordering::Relaxed);
        self.gate.fetch_or(CLOSED, Ordering::AcqRel);
        let mut spins = 0u32;
        while self.gate.load(Ordering::Acquire) != CLOSED {
            spins += 1;
            if spins.is_multiple_of(1024) {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }

    fn take_tasks(&self, job: Job, thread: usize) {
        loop {
            let task = self.next_task.fetch_add(1, Ordering::Relaxed);
            if task >= job.tasks {
                return;
            }
            // SAFETY: this thread is inside the gate, so `run` has not returned and the body lives.
            unsafe { (*job.body)(task, thread) };
        }
    }

    fn work(&self, thread: usize) {
        let mut seen = 0;
        while let Some(region) = self.wait_for_region(seen) {
            seen = region;
            if self.gate.fetch_add(1, Ordering::Acquire) & CLOSED == 0 {
                let job = *lock(&self.job);
                if let Some(job) = job
                    && let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.take_tasks(job, thread)))
                {
                    *lock(&self.panic) = Some(payload);
                }
            }
            self.gate.fetch_sub(1, Ordering::Release);
        }
    }

    /// Waits for a region other than `seen`; `None` when the pool ends.
    fn wait_for_region(&self, seen: u32) -> Option<u32> {
        let start = Instant::now();
        loop {
            for _ in 0..64 {
                let region = self.region.load(Ordering::Acquire);
                if region != seen {
                    return (!self.ending.load(Ordering::Acquire)).then_some(region);
                }
                std::hint::spin_loop();
            }
            if start.elapsed() > SPIN {
                break;
            }
        }
        let mut sleepers = lock(&self.sleepers);
        *sleepers += 1;
        // A region that opens from here on sees this sleeper, or is seen by the loop's first check.
        let region = loop {
            let region = self.region.load(Ordering::SeqCst);
            if region != seen {
                break region;
            }
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        };
        *sleepers -= 1;
        (!self.ending.load(Ordering::Acquire)).then_some(region)
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        if !self.has_workers() {
            // There is nobody to join, and a lock may be held for ever.
            self.workers.drain(..).for_each(std::mem::forget);
            return;
        }
        self.shared.ending.store(true, Ordering::Release);
        self.shared.region.fetch_add(1, Ordering::SeqCst);
        drop(lock(&self.shared.sleepers));
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its tasks, so there is nothing to pass on.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_on_a_thread_of_the_pool() {
        for threads in [1, 2, 3, 8] {
            let pool = ThreadPool::new(threads).unwrap();
            for tasks in [0, 1, 2, 7, 1000] {
                let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                pool.run(tasks, &|task, thread| {
                    assert!(thread < threads);
                    counts[task].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1), "{threads} × {tasks}");
            }
        }
    }

    #[test]
    fn a_thread_runs_one_task_at_a_time() {
        let pool = ThreadPool::new(4).unwrap();
        let busy: Vec<AtomicBool> = (0..4).map(|_| AtomicBool::new(false)).collect();
        for _ in 0..200 {
            pool.run(32, &|_, thread| {
                assert!(!busy[thread].swap(true, Ordering::SeqCst));
                std::hint::spin_loop();
                busy[thread].store(false, Ordering::SeqCst);
            });
        }
    }

    #[test]
    fn many_callers_and_nested_regions_share_a_pool() {
        let pool = ThreadPool::new(3).unwrap();
        let total = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        pool.run(5, &|_, _| {
                            pool.run(3, &|_, _| {
                                total.fetch_add(1, Ordering::Relaxed);
                            });
                        });
                    }
                });
            }
        });
        assert_eq!(total.load(Ordering::Relaxed), 6 * 200 * 15);
    }

    #[test]
    fn workers_that_slept_wake_up() {
        let pool = ThreadPool::new(2).unwrap();
        for _ in 0..5 {
            std::thread::sleep(SPIN * 20);
            let (first, second) = (AtomicBool::new(false), AtomicBool::new(false));
            // Each task waits for the other, so both threads must be there.
            pool.run(2, &|task, _| {
                let (mine, other) = if task == 0 { (&first, &second) } else { (&second, &first) };
                mine.store(true, Ordering::SeqCst);
                while !other.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            });
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let pool = ThreadPool::new(3).unwrap();
        for failing in [0, 57] {
            let result = catch_unwind(AssertUnwindSafe(|| {
                pool.run(100, &|task, _| assert_ne!(task, failing, "task {task} fails"));
            }));
            assert!(result.is_err());
        }
        let count = AtomicUsize::new(0);
        pool.run(10, &|_, _| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.load(Ordering::Relaxed), 10);
    }
}
