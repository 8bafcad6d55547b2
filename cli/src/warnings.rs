//! Warnings of the library on stderr.

struct ToStderr;

impl log::Log for ToStderr {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record) {
        if self.enabled(record.metadata()) {
            eprintln!("deberta: warning: {}", record.args());
        }
    }

    fn flush(&self) {}
}

/// Shows warnings from now on.
pub fn install() {
    if log::set_logger(&ToStderr).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
}
