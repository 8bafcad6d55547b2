//! A model in a process that forks, and what its threads cost while they have nothing to do.
//!
//! Without the test harness: a fork copies only the thread that calls it, and the processor time is the process's.

#[cfg(unix)]
mod common;

#[cfg(unix)]
mod process {
    use std::time::{Duration, Instant};

    use deberta::{Batch, ClassifyOptions, Model, OpenOptions, Outputs, Precision};

    use crate::common::{PRECISIONS, bundled_model, goldens};

    /// How long a child may take before the system ends it.
    const CHILD_SECONDS: libc::c_uint = 60;

    pub fn open(precision: Precision, threads: usize) -> Model {
        let options = OpenOptions { precision, threads: Some(threads), ..OpenOptions::default() };
        Model::open(goldens().join("v3_shared"), &options).unwrap()
    }

    pub fn bits(model: &Model) -> Vec<u32> {
        let rows: Vec<Vec<u32>> =
            [200, 7, 64].map(|length| (4..4 + length).map(|id| id % 120).collect()).into();
        let batch = Batch::from_rows(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        let encoded = model.encode(&batch, Outputs::default()).unwrap();
        encoded.last_hidden_state().iter().map(|value| value.to_bits()).collect()
    }

    /// Forks, and lets the child do something of which it tells whether it was right.
    ///
    /// The child ends without unwinding into what it shares with its parent.
    fn fork(what: &str, in_child: impl FnOnce() -> bool) {
        // SAFETY: the child touches no lock that another thread of this process may hold: the threads are those of
        // pools, which have nothing to do.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "fork");
        if child == 0 {
            // SAFETY: both only concern this process, which has one thread.
            unsafe {
                libc::alarm(CHILD_SECONDS);
                let is_right =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(in_child)).unwrap_or(false);
                libc::_exit(i32::from(!is_right));
            }
        }
        let mut status = 0;
        // SAFETY: the child is ours, and there is room for its status.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(!libc::WIFSIGNALED(status), "{what}: ended by signal {}", libc::WTERMSIG(status));
        assert_eq!(libc::WEXITSTATUS(status), 0, "{what}");
    }

    fn check_forks(precision: Precision, threads: usize) {
        let model = open(precision, threads);
        let expected = bits(&model);
        let name = |what: &str| format!("{precision}, {threads} threads: {what}");
        fork(&name("the child encodes"), || (0..3).all(|_| bits(&model) == expected));
        // Just after a region the threads are still spinning; after a while they sleep.
        assert!(bits(&model) == expected, "{}", name("the parent after a fork"));
        fork(&name("the child encodes at once"), || bits(&model) == expected);
        std::thread::sleep(Duration::from_millis(20));
        fork(&name("the child encodes later"), || bits(&model) == expected);
        // Many forks, to meet the threads at every place.
        for attempt in 0..30 {
            assert!(bits(&model) == expected);
            let pause = Instant::now();
            while pause.elapsed() < Duration::from_micros(10 * attempt) {}
            fork(&name("the child encodes at some time"), || bits(&model) == expected);
        }
        fork(&name("a grandchild encodes"), || {
            fork("the grandchild", || bits(&model) == expected);
            bits(&model) == expected
        });
        assert!(bits(&model) == expected, "{}", name("the parent after all"));
        let mut model = Some(model);
        fork(&name("the child drops the model"), || model.take().is_some());
        fork(&name("the child opens another model"), || bits(&open(precision, threads)) == expected);
    }

    /// From text to labels, with the tokenizer's parallel batches.
    fn check_texts() {
        let model = Model::open(bundled_model(), &OpenOptions::default()).unwrap();
        let texts = ["fn main() {}", "def main(): pass", "SELECT 1", ""].map(Into::into);
        let classify = || -> Vec<Vec<f32>> {
            let answers = model.classify(&texts, &ClassifyOptions::default()).unwrap();
            answers.into_iter().map(|answer| answer.logits).collect()
        };
        let expected = classify();
        fork("the child classifies", || classify() == expected);
    }

    pub fn forks() {
        check_texts();
        for precision in PRECISIONS {
            for threads in [1, 3] {
                check_forks(precision, threads);
            }
        }
    }

    fn processor_time() -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: there is room for the time.
        assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) }, 0);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }

    /// Threads spin for a tenth of a millisecond after a forward pass, so a fifth of a second costs next to nothing.
    pub fn idle_threads_sleep() {
        const IDLE: Duration = Duration::from_millis(200);
        let model = open(Precision::Highest, 4);
        for attempt in 0..3 {
            bits(&model);
            let before = processor_time();
            std::thread::sleep(IDLE);
            let spent = processor_time() - before;
            println!("pass {attempt}: {spent:?} of processor time in {IDLE:?}");
            // Three threads that spin 0.1 ms each are 0.15 % together; starting and ending a sleep costs as well.
            assert!(spent < IDLE / 50, "idle threads took {spent:?} of {IDLE:?}");
        }
    }
}

fn main() {
    #[cfg(unix)]
    {
        process::idle_threads_sleep();
        process::forks();
    }
}
