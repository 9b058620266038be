//! The log: what was decided and why, per request. For us, not for users.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::report::Report;

/// What events this program's own names begin with.
const OWN: &str = "apim_migrate";

/// The form of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for each event
    #[default]
    Text,
    /// A JSON object for each event
    Json,
}

/// What is to be logged, and where.
pub(crate) struct Log<'a> {
    pub(crate) verbose: u8,
    pub(crate) file: Option<&'a Path>,
    pub(crate) format: LogFormat,
    /// Whether nothing but results and errors may go to stderr.
    pub(crate) quiet: bool,
}

impl Log<'_> {
    /// Starts the log at `-v` and `-vv`, when there is a file for it, or when
    /// `RUST_LOG` asks for it. Returns whether many lines of it go to stderr.
    ///
    /// Only this program's own events are taken: HTTP crates put headers, and so
    /// tokens, into theirs.
    pub(crate) fn start(&self) -> Result<bool, Report> {
        let Some(only) = self.only(&std::env::var("RUST_LOG").unwrap_or_default()) else {
            return Ok(false);
        };
        let is_much = self.file.is_none() && is_much(&only);
        let (writer, ansi) = match self.file {
            None => {
                let choice = anstream::AutoStream::choice(&io::stderr());
                (
                    BoxMakeWriter::new(io::stderr),
                    choice != anstream::ColorChoice::Never,
                )
            }
            Some(path) => {
                let file =
                    (OpenOptions::new().create(true).append(true).open(path)).map_err(|e| {
                        Report::usage(format!("could not open the log file `{}`", path.display()))
                            .io(&e)
                    })?;
                (BoxMakeWriter::new(Mutex::new(file)), false)
            }
        };
        let layer = fmt::layer()
            .with_target(false)
            .log_internal_errors(false)
            .with_writer(writer);
        let layer = match self.format {
            LogFormat::Text => layer.with_ansi(ansi).boxed(),
            LogFormat::Json => layer
                .json()
                .flatten_event(true)
                .with_span_list(false)
                .boxed(),
        };
        // A second start happens in tests only, and keeps the first log.
        let _ = tracing_subscriber::registry()
            .with(layer.with_filter(only))
            .try_init();
        Ok(is_much)
    }

    /// What is logged, by the flags and what `RUST_LOG` asks for.
    fn only(&self, variable: &str) -> Option<Targets> {
        match (self.verbose, self.file, asked(variable)) {
            (0, None, _) if self.quiet => None,
            (0, None, None) => None,
            (0, _, Some(asked)) => Some(asked),
            (0 | 1, ..) => Some(Targets::new().with_target(OWN, LevelFilter::DEBUG)),
            _ => Some(Targets::new().with_target(OWN, LevelFilter::TRACE)),
        }
    }
}

/// Whether more is logged than what went wrong.
fn is_much(only: &Targets) -> bool {
    only.iter().any(|(_, level)| level >= LevelFilter::INFO)
}

/// What `RUST_LOG` asks for of this program's own events. It is other programs'
/// variable as well: what is not understood is passed over.
fn asked(text: &str) -> Option<Targets> {
    let mut found = Vec::new();
    for directive in text.split(',') {
        let (target, level) = match directive.trim().split_once('=') {
            Some((target, level)) => (target.trim(), level.trim()),
            None => match directive.trim() {
                own if own.starts_with(OWN) => (own, "trace"),
                level => (OWN, level),
            },
        };
        let own = target.starts_with(OWN) && !level.is_empty();
        if let (true, Ok(level)) = (own, level.parse::<LevelFilter>()) {
            found.push((target.to_owned(), level));
        }
    }
    let any = found.iter().any(|(_, level)| *level != LevelFilter::OFF);
    any.then(|| found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn only_a_log_of_many_lines_takes_the_place_of_progress() {
        let log = |verbose, quiet| Log {
            verbose,
            quiet,
            file: None,
            format: LogFormat::Text,
        };
        let much = |log: Log<'_>, variable| log.only(variable).map(|only| is_much(&only));
        assert_eq!(much(log(0, false), ""), None);
        assert_eq!(much(log(0, false), "error"), Some(false));
        assert_eq!(
            much(log(0, false), "warn,apim_migrate::arm=info"),
            Some(true)
        );
        assert_eq!(much(log(1, false), ""), Some(true));
        // Who wants to hear nothing does not hear what a variable asks for.
        assert_eq!(much(log(0, true), "debug"), None);
        let file = Log {
            file: Some(Path::new("log")),
            ..log(0, true)
        };
        assert_eq!(much(file, "debug"), Some(true));
    }

    #[test]
    fn rust_log_says_what_is_logged_of_this_program_and_of_no_other() {
        let enabled =
            |text, target, level| asked(text).is_some_and(|t| t.would_enable(target, &level));
        assert!(enabled("debug", "apim_migrate::arm", Level::DEBUG));
        assert!(!enabled("debug", "hyper", Level::ERROR));
        assert!(!enabled("trace,hyper=trace", "hyper", Level::ERROR));
        assert!(enabled(
            "info,apim_migrate::arm=trace",
            "apim_migrate::arm",
            Level::TRACE
        ));
        assert!(!enabled(
            "info,apim_migrate::arm=trace",
            "apim_migrate::crawl",
            Level::DEBUG
        ));
        assert!(enabled("apim_migrate", "apim_migrate::arm", Level::TRACE));
        for none in ["", "off", "hyper=debug", "[span{x}]=debug,nonsense", "="] {
            assert!(asked(none).is_none(), "{none}");
        }
    }
}
