//! Where the time of a forward pass goes: a table of its stages.

use deberta::{Batch, Config, Model, Outputs, Profile, Stage};
use serde_json::{Value, json};

use super::Shape;
use super::work::operations_of;
use crate::failure::Failure;
use crate::printer::Printer;

/// Profiled runs of a shape; the one with the median total counts.
const RUNS: usize = 9;

/// The stages of a typical run: milliseconds, share of the time, GFLOP/s, share of the peak.
pub fn measure(model: &Model, batch: &Batch, shape: Shape, peak: f64) -> Result<Value, Failure> {
    let mut profiles = (0..RUNS)
        .map(|_| Ok(model.encode_profiled(batch, Outputs::default())?.1))
        .collect::<Result<Vec<_>, Failure>>()?;
    profiles.sort_by(|left, right| left.total().total_cmp(&right.total()));
    Ok(stages(&profiles[RUNS / 2], model.config(), shape, peak))
}

fn stages(profile: &Profile, config: &Config, shape: Shape, peak: f64) -> Value {
    let row = |name: &str, seconds: f64, operations: f64| {
        json!({
            "stage": name,
            "milliseconds": seconds * 1e3,
            "share_of_time": seconds / profile.total(),
            "gflops": operations / seconds / 1e9,
            "share_of_peak": operations / seconds / 1e9 / peak,
        })
    };
    let stages = Stage::ALL.into_iter().filter(|&stage| profile.seconds(stage) > 0.0);
    let mut rows: Vec<Value> = stages
        .clone()
        .map(|stage| row(stage.name(), profile.seconds(stage), operations_of(stage, config, shape)))
        .collect();
    let attention = stages.filter(|stage| stage.is_attention());
    let seconds = attention.clone().map(|stage| profile.seconds(stage)).sum();
    let operations = attention.map(|stage| operations_of(stage, config, shape)).sum();
    rows.push(row("attention, all parts", seconds, operations));
    Value::Array(rows)
}

/// Prints the stages of one shape.
pub fn print(printer: &mut Printer, shape: &str, stages: &Value) -> Result<(), Failure> {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    printer.line(format_args!(""))?;
    printer
        .line(format_args!("{shape:<32} {:>10} {:>8} {:>9} {:>8}", "ms", "of time", "GFLOP/s", "of peak"))?;
    for stage in stages.as_array().into_iter().flatten() {
        let name = stage["stage"].as_str().unwrap_or_default();
        let (time, share) = (number(&stage["milliseconds"]), number(&stage["share_of_time"]) * 100.0);
        if number(&stage["gflops"]) > 0.0 {
            let (speed, peak) = (number(&stage["gflops"]), number(&stage["share_of_peak"]) * 100.0);
            printer
                .line(format_args!("  {name:<30} {time:>10.3} {share:>7.1}% {speed:>9.1} {peak:>7.1}%"))?;
        } else {
            printer.line(format_args!("  {name:<30} {time:>10.3} {share:>7.1}%"))?;
        }
    }
    Ok(())
}
