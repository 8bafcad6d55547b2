//! A progress bar on a terminal, nothing in a pipe.

use std::io::{IsTerminal, stderr, stdout};
use std::ops::ControlFlow;

use deberta::OpenObserver;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of things that are counted, as many as there will be if that is known.
pub fn counted(what: &str, count: Option<usize>) -> ProgressBar {
    let template = match count {
        Some(_) => "{msg} {wide_bar} {pos}/{len} {eta}",
        None => "{spinner} {msg} {pos} {elapsed}",
    };
    bar(count.map(|count| count as u64), template, stderr().is_terminal()).with_message(what.to_owned())
}

/// A bar of bytes on stderr.
pub fn bytes(what: &str) -> ProgressBar {
    bar(Some(0), "{msg} {wide_bar} {bytes}/{total_bytes} {eta}", stderr().is_terminal())
        .with_message(what.to_owned())
}

/// A bar of what was read of an input, of `length` bytes if that is known, from byte `start` on. It is hidden where
/// results are printed to the same terminal meanwhile, as they would mix.
pub fn stream(length: Option<u64>, start: u64, prints: bool) -> ProgressBar {
    let shown = stderr().is_terminal() && !(prints && stdout().is_terminal());
    let template = match length {
        Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "{spinner} {msg} {bytes} {bytes_per_sec} {elapsed}",
    };
    let bar = bar(length, template, shown);
    bar.set_position(start);
    bar.reset_eta();
    bar
}

/// Moves the bar of a stream, which also says how many texts are answered and how fast.
pub fn advance(bar: &ProgressBar, bytes: u64, texts: usize) {
    let rate = texts as f64 / bar.elapsed().as_secs_f64().max(1e-9);
    bar.set_message(format!("{texts} answered, {rate:.1}/s"));
    bar.set_position(bytes);
}

fn bar(length: Option<u64>, template: &str, shown: bool) -> ProgressBar {
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(length, target).with_style(style)
}

/// Shows the opening of a model as a bar of bytes, which goes away at its end.
pub fn opening() -> OpenObserver {
    let bar = bytes("opening");
    OpenObserver::new(move |progress| {
        bar.set_message(progress.stage.name());
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.bytes);
        if progress.total_bytes > 0 && progress.bytes == progress.total_bytes {
            bar.finish_and_clear();
        }
        ControlFlow::Continue(())
    })
}
