//! The log: what was decided and why, per request. For us, not for users.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::report::Report;

/// Starts the log, at `-v` and `-vv` or when there is a file for it.
///
/// Only this program's own events are taken: HTTP crates put headers, and so
/// tokens, into theirs.
pub(crate) fn start(verbose: u8, file: Option<&Path>) -> Result<(), Report> {
    let level = match (verbose, file) {
        (0, None) => return Ok(()),
        (0 | 1, _) => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let only = Targets::new().with_target("apim_migrate", level);
    let layer = fmt::layer().with_target(false).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(only);
    // A second start happens in tests only, and keeps the first log.
    let _ = match file {
        None => {
            let ansi = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
            let layer = layer.with_writer(io::stderr).with_ansi(ansi);
            registry.with(layer).try_init()
        }
        Some(path) => {
            let file = (OpenOptions::new().create(true).append(true).open(path)).map_err(|e| {
                Report::usage(format!("could not open the log file `{}`", path.display())).io(&e)
            })?;
            let layer = layer.with_writer(Mutex::new(file)).with_ansi(false);
            registry.with(layer).try_init()
        }
    };
    Ok(())
}
