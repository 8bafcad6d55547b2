//! Every kernel on every instruction set of this machine, on one thread, with the products' share of their peak.
//!
//!     cargo bench --features benchmark -- products
//!
//! `Gelem/s` counts floating-point (or integer) operations, two for each multiplication.

use std::time::{Duration, Instant};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use deberta::Activation;
use deberta::benchmark::{Attention, Measurable, Product, Row};

/// The dense layers of the published shapes, as rows, depth and columns.
const SHAPES: &str = include_str!("shapes.txt");

fn shapes() -> impl Iterator<Item = (String, [usize; 3])> {
    SHAPES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| {
        let (name, sizes) = line.split_once(':').expect("a name and three sizes");
        let sizes: Vec<usize> = sizes.split_whitespace().map(|size| size.parse().expect("a size")).collect();
        (name.to_owned(), sizes.try_into().expect("three sizes"))
    })
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, kernel: &mut dyn Measurable) {
    group.bench_function(kernel.name(), |bencher| bencher.iter(|| kernel.run()));
}

fn products(criterion: &mut Criterion) {
    for (name, [rows, depth, columns]) in shapes() {
        let operations = 2 * rows * depth * columns;
        let mut group = criterion.benchmark_group(format!("products/{name}"));
        group.throughput(Throughput::Elements(operations as u64));
        for mut product in Product::all(rows, depth, columns).expect("memory for the operands") {
            measure(&mut group, &mut product);
            let peak = product.peak_gflops().expect("memory for a tile");
            let fastest = (0..20)
                .map(|_| {
                    let started = Instant::now();
                    product.run();
                    started.elapsed()
                })
                .min()
                .unwrap_or(Duration::MAX);
            let speed = operations as f64 / fastest.as_secs_f64() / 1e9;
            println!(
                "{name} {}: {speed:.0} GFLOP/s, {:.0} % of {peak:.0}",
                product.name(),
                100.0 * speed / peak
            );
        }
    }
}

fn attention(criterion: &mut Criterion) {
    const HEADS: usize = 12;
    for tokens in [16, 128, 512] {
        let mut group = criterion.benchmark_group(format!("attention/{tokens}"));
        group.throughput(Throughput::Elements((4 * 2 * HEADS * 64 * tokens * tokens) as u64));
        for mut kernel in Attention::all(HEADS, tokens).expect("memory for the operands") {
            measure(&mut group, &mut kernel);
        }
    }
}

fn rows(criterion: &mut Criterion) {
    for (name, activation) in [("layer_norm", None), ("gelu", Some(Activation::Gelu))] {
        let mut group = criterion.benchmark_group(format!("rows/{name}"));
        group.throughput(Throughput::Elements(768));
        for mut kernel in Row::all(768, activation) {
            measure(&mut group, &mut kernel);
        }
    }
}

criterion_group! {
    name = kernels;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    targets = products, attention, rows
}
criterion_main!(kernels);
