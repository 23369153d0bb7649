//! Logs, to the journal when systemd started us, else to stderr.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// To journald with fields when stderr is connected to it, else as text.
    #[default]
    Auto,
    /// One JSON object a line, on stderr.
    Json,
}

/// Starts logging at `level` (`info`, `debug`, or a filter like `gazetted=debug`). What comes later is dropped silently
/// when logging was started before.
pub fn start_logging(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => stderr.json().boxed(),
        LogFormat::Auto => match journal() {
            Some(journal) => journal.boxed(),
            None => stderr.with_ansi(std::io::stderr().is_terminal()).boxed(),
        },
    };
    // Fails only when a subscriber is set already, as in tests.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
}

/// The journal, when stderr is connected to it (systemd.exec(5), `$JOURNAL_STREAM`).
fn journal() -> Option<tracing_journald::Layer> {
    use std::os::linux::fs::MetadataExt;
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    let stderr = std::fs::metadata("/proc/self/fd/2").ok()?;
    (stream == format!("{}:{}", stderr.st_dev(), stderr.st_ino()))
        .then(|| tracing_journald::layer().ok())
        .flatten()
}
