//! `deberta bench`: how fast a model runs on this machine.

mod peak;
mod preset;
mod profile;
mod statistics;
mod work;

use std::time::{Duration, Instant};

use clap::Args;
use deberta::{Batch, Model, Outputs};
use serde_json::{Value, json};

use crate::arguments::{GlobalArguments, parse_at_least_one};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{model, progress};
use preset::Preset;
use statistics::{median, percentile};

/// Seed of random weights and random token ids: every run measures the same numbers.
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
    /// Shapes to measure, each ROWSxTOKENS
    #[arg(long, value_delimiter = ',', default_value = "1x16,1x128,1x512,8x128", value_name = "LIST")]
    pub shapes: Vec<Shape>,
    /// A published shape instead of a model folder; needs --random-weights
    #[arg(long, value_enum, value_name = "NAME", requires = "random_weights", conflicts_with = "model")]
    pub preset: Option<Preset>,
    /// Use random weights: speed does not depend on their values
    #[arg(long, requires = "preset")]
    pub random_weights: bool,
    /// Also measure where the time goes, stage by stage
    #[arg(long)]
    pub profile: bool,
    /// Measure each shape this often, however long it takes
    #[arg(long, value_name = "N", value_parser = parse_at_least_one, conflicts_with = "seconds")]
    pub repeat: Option<usize>,
    /// Measure for about this many seconds for each shape
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = parse_seconds)]
    pub seconds: f64,
}

/// Rows and tokens in each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub rows: usize,
    pub tokens: usize,
}

impl std::str::FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const MOST_TOKENS: usize = 1 << 20;
        let number = |text: &str| text.trim().parse::<usize>().ok().filter(|number| *number >= 1);
        let (rows, tokens) = text.split_once('x').unwrap_or(("", ""));
        match (number(rows), number(tokens)) {
            (Some(rows), Some(tokens)) if rows.saturating_mul(tokens) <= MOST_TOKENS => {
                Ok(Self { rows, tokens })
            }
            (Some(_), Some(_)) => Err(format!("at most {MOST_TOKENS} tokens")),
            _ => Err("give ROWSxTOKENS, such as 8x128".into()),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&format!("{}x{}", self.rows, self.tokens))
    }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("give a number of seconds between 0 and 86400".into()),
    }
}

pub fn run(global: &GlobalArguments, arguments: &BenchArguments) -> Result<(), Failure> {
    let (model, name) = match arguments.preset {
        Some(preset) => {
            (Model::random(preset.config()?, SEED, &model::open_options(global))?, preset.name().to_owned())
        }
        None => (model::open(global)?, model::folder(global)?.display().to_string()),
    };
    let threads = model.info().threads;
    let batches = arguments
        .shapes
        .iter()
        .map(|shape| random_batch(*shape, model.config().vocab_size))
        .collect::<Result<Vec<_>, _>>()?;

    let peak_before = peak::gigaflops(threads);
    let times = measure(&model, arguments, &batches)?;
    // The clock may have changed since: the higher of the two is what the machine can do.
    let peak = peak_before.max(peak::gigaflops(threads));

    let results = arguments
        .shapes
        .iter()
        .zip(&batches)
        .zip(times)
        .map(|((shape, batch), times)| {
            let median = median(&times);
            let gigaflops = work::floating_point_operations(model.config(), *shape) / median / 1e9;
            let mut result = json!({
                "shape": shape.to_string(),
                "rows": shape.rows,
                "tokens_per_row": shape.tokens,
                "runs": times.len(),
                "milliseconds": times.iter().map(|seconds| seconds * 1e3).collect::<Vec<_>>(),
                "median_ms": median * 1e3,
                "p95_ms": percentile(&times, 0.95) * 1e3,
                "min_ms": percentile(&times, 0.0) * 1e3,
                "tokens_per_second": (shape.rows * shape.tokens) as f64 / median,
                "gflops": gigaflops,
                "share_of_peak": gigaflops / peak,
            });
            if arguments.profile {
                result["stages"] = profile::measure(&model, batch, *shape, peak)?;
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
fn random_batch(shape: Shape, vocab_size: usize) -> Result<Batch, Failure> {
    let mut state = SEED;
    let mut next = || {
        // Knuth's 64-bit linear congruential generator; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % vocab_size as u64) as u32
    };
    let rows: Vec<Vec<u32>> = (0..shape.rows).map(|_| (0..shape.tokens).map(|_| next()).collect()).collect();
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    Ok(Batch::from_rows(&rows)?)
}

/// Seconds of each run, for each batch.
fn measure(model: &Model, arguments: &BenchArguments, batches: &[Batch]) -> Result<Vec<Vec<f64>>, Failure> {
    // The first run of a shape touches the weights and allocates the workspace.
    for batch in batches {
        model.encode(batch, Outputs::default())?;
    }
    let limit = Duration::from_secs_f64(arguments.seconds * batches.len() as f64);
    let progress = progress::bar(arguments.repeat.unwrap_or(0) as u64, "rounds", false);
    let started = Instant::now();
    let mut times = vec![Vec::new(); batches.len()];
    for round in 0.. {
        let enough = match arguments.repeat {
            Some(repeat) => round >= repeat,
            None => round >= FEWEST_ROUNDS && started.elapsed() >= limit,
        };
        if enough {
            break;
        }
        for (batch, times) in batches.iter().zip(&mut times) {
            let started = Instant::now();
            std::hint::black_box(model.encode(batch, Outputs::default())?);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_rows_by_tokens() {
        assert_eq!("8x128".parse(), Ok(Shape { rows: 8, tokens: 128 }));
        assert_eq!("8x128".parse::<Shape>().unwrap().to_string(), "8x128");
        for wrong in ["", "8", "x", "8x", "0x1", "1x0", "-1x4", "8x128x2", "18446744073709551615x2"] {
            assert!(wrong.parse::<Shape>().is_err(), "{wrong}");
        }
    }
}
