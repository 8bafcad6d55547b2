//! A progress bar on a terminal, nothing in a pipe.

use std::io::{IsTerminal, stderr, stdout};
use std::ops::ControlFlow;

use deberta::OpenObserver;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on stderr. Hidden unless stderr is a terminal, and `prints` says that results go to stdout meanwhile and
/// stdout is that same terminal, where they would mix.
pub fn bar(length: u64, what: &str, prints: bool) -> ProgressBar {
    let hidden = !stderr().is_terminal() || (prints && stdout().is_terminal());
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let template =
        if length > 0 { "{msg} {wide_bar} {pos}/{len} {eta}" } else { "{spinner} {msg} {pos} {elapsed}" };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target((length > 0).then_some(length), target)
        .with_style(style)
        .with_message(what.to_owned())
}

/// A bar of bytes on stderr, if that is a terminal; hidden otherwise.
pub fn bytes(what: &str) -> ProgressBar {
    let terminal = stderr().is_terminal();
    let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
    ProgressBar::with_draw_target(Some(0), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(what.to_owned())
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
