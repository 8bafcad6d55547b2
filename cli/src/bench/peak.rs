//! The float32 FMA peak of this machine, measured.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

/// Independent chains: enough to cover the latency of two FMA units, few enough for the registers.
const CHAINS: usize = 12;
/// FMA steps of each chain in one timed run, about a millisecond.
const STEPS: usize = 200_000;
/// Timed runs; the fastest counts.
const RUNS: usize = 30;

/// GFLOP/s of fused multiply-adds on `threads` threads together.
pub fn gigaflops(threads: usize) -> f64 {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let measure = || {
            barrier.wait();
            one_thread()
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(measure)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).sum()
    })
}

fn one_thread() -> f64 {
    let arch = Arch::new();
    (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            let operations = arch.dispatch(Chains);
            operations / started.elapsed().as_secs_f64() / 1e9
        })
        .fold(0.0, f64::max)
}

/// Runs the chains and returns the number of floating-point operations.
struct Chains;

impl WithSimd for Chains {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let factor = simd.splat_f32s(black_box(0.999_999));
        let term = simd.splat_f32s(black_box(1e-6));
        let mut chains = [simd.splat_f32s(black_box(1.0)); CHAINS];
        for _ in 0..STEPS {
            for chain in &mut chains {
                *chain = simd.mul_add_f32s(*chain, factor, term);
            }
        }
        for chain in chains {
            black_box(simd.reduce_sum_f32s(chain));
        }
        (2 * CHAINS * STEPS * S::F32_LANES) as f64
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_peak_is_a_speed() {
        let peak = super::gigaflops(1);
        assert!(peak.is_finite() && peak > 0.0, "{peak}");
    }
}
