//! `deberta bench`: how fast a model runs on this machine.

mod peak;
mod profile;
mod shape;
mod statistics;
mod work;

use std::hint::black_box;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use deberta::{Batch, Model, Outputs, Preset};
use serde_json::{Value, json};

use crate::arguments::{GlobalArguments, parse_at_least_one};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{model, progress};
use shape::Shape;
use statistics::{median, percentile};

/// Seed of random token ids: every run measures the same numbers.
const SEED: u64 = 1;
/// Fewer runs than this have no median worth the name.
const FEWEST_ROUNDS: usize = 3;

/// Measure forward passes: median, 95th percentile, tokens/s, GFLOP/s and the share of this machine's FMA peak
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deberta bench --model DIR --shapes 1x128,8x128 --json
  deberta bench --preset deberta_v3_base_en --random-weights --threads 2 --seconds 5
  deberta bench --model DIR --shapes 1x512 --precision int8 --profile

The shapes take turns, so that a machine that gets faster or slower meanwhile does so for all of them.
The peak is that of float32 FMA with the widest vectors of this machine, on as many threads as the model uses; kernels
for other number types can exceed it.")]
pub struct BenchArguments {
    /// Shapes to measure, each ROWSxTOKENS, or ROWSxSHORTEST-LONGEST for rows of different lengths
    #[arg(long, value_delimiter = ',', default_value = "1x16,1x128,1x512,8x128", value_name = "LIST")]
    pub shapes: Vec<Shape>,
    /// A published shape instead of a model folder; needs --random-weights
    #[arg(long, value_name = "NAME", value_parser = preset_parser(), requires = "random_weights", conflicts_with = "model")]
    pub preset: Option<Preset>,
    /// Also measure where the time goes, stage by stage
    #[arg(long)]
    pub profile: bool,
    /// Let as many threads as a shape has rows call at once, each with one row, in place of one call with all rows
    #[arg(long, conflicts_with = "profile")]
    pub callers: bool,
    /// Measure each shape this often, however long it takes
    #[arg(long, value_name = "N", value_parser = parse_at_least_one, conflicts_with = "seconds")]
    pub repeat: Option<usize>,
    /// Measure for about this many seconds for each shape
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = parse_seconds)]
    pub seconds: f64,
}

/// Reads the name of a preset, and lists the names in the help.
fn preset_parser() -> impl TypedValueParser<Value = Preset> {
    PossibleValuesParser::new(Preset::ALL.map(Preset::name)).try_map(|name| name.parse::<Preset>())
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("give a number of seconds between 0 and 86400".into()),
    }
}

pub fn run(global: &GlobalArguments, arguments: &BenchArguments) -> Result<(), Failure> {
    let (model, name) = match arguments.preset {
        Some(preset) => (
            Model::random(preset.config()?, global.seed, &model::open_options(global))?,
            preset.name().to_owned(),
        ),
        None => (model::open(global)?, model::label(global)?),
    };
    let threads = model.info().threads;
    let calls = arguments
        .shapes
        .iter()
        .map(|shape| calls(&random_rows(*shape, model.config().vocab_size), arguments.callers))
        .collect::<Result<Vec<_>, _>>()?;

    let peak_before = peak::gigaflops(threads);
    let times = measure(&model, arguments, &calls)?;
    // The clock may have changed since: the higher of the two is what the machine can do.
    let peak = peak_before.max(peak::gigaflops(threads));

    let results = arguments
        .shapes
        .iter()
        .zip(&calls)
        .zip(times)
        .map(|((shape, calls), times)| {
            let median = median(&times);
            let gigaflops = work::floating_point_operations(model.config(), *shape) / median / 1e9;
            let mut result = json!({
                "shape": shape.to_string(),
                "rows": shape.rows,
                "tokens": shape.tokens(),
                "runs": times.len(),
                "milliseconds": times.iter().map(|seconds| seconds * 1e3).collect::<Vec<_>>(),
                "median_ms": median * 1e3,
                "p95_ms": percentile(&times, 0.95) * 1e3,
                "min_ms": percentile(&times, 0.0) * 1e3,
                "tokens_per_second": shape.tokens() as f64 / median,
                "gflops": gigaflops,
                "share_of_peak": gigaflops / peak,
            });
            if arguments.profile {
                result["stages"] = profile::measure(&model, &calls[0], *shape, peak)?;
            }
            Ok(result)
        })
        .collect::<Result<Vec<Value>, Failure>>()?;
    let info = model.info();
    print(
        global.json,
        &json!({
            "model": name,
            "precision": info.precision.to_string(),
            "instruction_set": info.instruction_set.to_string(),
            "threads": threads,
            "parameters": info.parameters,
            "peak_gflops": peak,
            "shapes": results,
        }),
    )
}

/// Rows of random ids.
fn random_rows(shape: Shape, vocab_size: usize) -> Vec<Vec<u32>> {
    let mut state = SEED;
    let mut next = || {
        // Knuth's 64-bit linear congruential generator; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % vocab_size as u64) as u32
    };
    shape.lengths().map(|tokens| (0..tokens).map(|_| next()).collect()).collect()
}

/// The batches that are encoded at the same time: one with all rows, or one for each row.
fn calls(rows: &[Vec<u32>], one_for_each_row: bool) -> Result<Vec<Batch>, Failure> {
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    let size = if one_for_each_row { 1 } else { rows.len() };
    Ok(rows.chunks(size).map(Batch::from_rows).collect::<Result<_, _>>()?)
}

/// Encodes each batch, all of them at once.
fn encode(model: &Model, calls: &[Batch]) -> Result<(), Failure> {
    let encode = |batch| model.encode(batch, Outputs::default()).map(|encoded| drop(black_box(encoded)));
    match calls {
        [batch] => encode(batch)?,
        several => std::thread::scope(|scope| {
            let threads: Vec<_> = several.iter().map(|batch| scope.spawn(move || encode(batch))).collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })?,
    }
    Ok(())
}

/// Seconds of each run, for each shape.
fn measure(
    model: &Model,
    arguments: &BenchArguments,
    calls: &[Vec<Batch>],
) -> Result<Vec<Vec<f64>>, Failure> {
    // The first run of a shape touches the weights and allocates the workspace.
    for calls in calls {
        encode(model, calls)?;
    }
    let limit = Duration::from_secs_f64(arguments.seconds * calls.len() as f64);
    let progress = progress::counted("rounds", arguments.repeat);
    let started = Instant::now();
    let mut times = vec![Vec::new(); calls.len()];
    for round in 0.. {
        let enough = match arguments.repeat {
            Some(repeat) => round >= repeat,
            None => round >= FEWEST_ROUNDS && started.elapsed() >= limit,
        };
        if enough {
            break;
        }
        for (calls, times) in calls.iter().zip(&mut times) {
            let started = Instant::now();
            encode(model, calls)?;
            times.push(started.elapsed().as_secs_f64());
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(times)
}

fn print(as_json: bool, report: &Value) -> Result<(), Failure> {
    let mut printer = Printer::new();
    if as_json {
        printer.json(report)?;
        return printer.flush();
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    printer.line(format_args!(
        "{}: precision {}, {}, {} threads, FMA peak {:.0} GFLOP/s",
        text(&report["model"]),
        text(&report["precision"]),
        text(&report["instruction_set"]),
        report["threads"],
        number(&report["peak_gflops"])
    ))?;
    printer.line(format_args!(
        "{:>10} {:>6} {:>11} {:>11} {:>12} {:>9} {:>8}",
        "shape", "runs", "median ms", "p95 ms", "tokens/s", "GFLOP/s", "of peak"
    ))?;
    for shape in report["shapes"].as_array().into_iter().flatten() {
        printer.line(format_args!(
            "{:>10} {:>6} {:>11.3} {:>11.3} {:>12.0} {:>9.1} {:>7.1}%",
            text(&shape["shape"]),
            text(&shape["runs"]),
            number(&shape["median_ms"]),
            number(&shape["p95_ms"]),
            number(&shape["tokens_per_second"]),
            number(&shape["gflops"]),
            number(&shape["share_of_peak"]) * 100.0
        ))?;
    }
    for shape in report["shapes"].as_array().into_iter().flatten() {
        if !shape["stages"].is_null() {
            profile::print(&mut printer, &text(&shape["shape"]), &shape["stages"])?;
        }
    }
    printer.flush()
}
