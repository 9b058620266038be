//! The one way to the terminal: results to stdout, everything human to stderr.

pub(crate) mod logging;
pub(crate) mod table;
pub(crate) mod wrap;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anstream::AutoStream;
use apim_migrate::exit::Exit;
use apim_migrate::progress::{Listener, bars::Bars, json::JsonLines, lines::Lines};
use apim_migrate::secret::{seen_json, seen_text};
use clap::ValueEnum;
use console::Term;
use serde::Serialize;
use serde_json::Value;

use self::wrap::wrapped;
use super::documents::{Document, enveloped};
use super::report::Report;
pub(crate) use super::style::{BOLD, ERROR, GOOD, HELP, WARNING, painted};

/// What is wider is hard to read.
pub(crate) const WIDEST: usize = 100;

/// How wide a result may be: as the terminal, where it goes to one.
pub(crate) fn width() -> usize {
    match io::stdout().is_terminal() {
        true => columns(&Term::stdout()).clamp(40, WIDEST),
        false => WIDEST,
    }
}

/// How wide a table may be: as the terminal, where it goes to one.
pub(crate) fn table_width() -> Option<usize> {
    (io::stdout().is_terminal()).then(|| columns(&Term::stdout()))
}

fn columns(term: &Term) -> usize {
    usize::from(term.size().1)
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Results and errors.
    Quiet,
    /// The usual.
    Normal,
    /// With the log.
    Verbose,
}

/// The form of the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document on stdout; everything else goes to stderr
    Json,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// Bars on a terminal, lines elsewhere
    #[default]
    Auto,
    /// A bar
    Bars,
    /// Plain lines, some seconds apart
    Lines,
    /// One JSON object a line for each event
    Json,
    /// Not at all
    None,
}

/// What commands speak through.
#[derive(Debug)]
pub(crate) struct Ui {
    output: OutputFormat,
    level: Level,
    progress: Progress,
}

impl Ui {
    /// Decides once what the streams and bars do.
    pub(crate) fn new(output: OutputFormat, level: Level, progress: Progress) -> Self {
        let progress = match progress {
            Progress::Auto if io::stderr().is_terminal() => Progress::Bars,
            Progress::Auto => Progress::Lines,
            other => other,
        };
        Self {
            output,
            level,
            progress,
        }
    }

    /// For complaints before the arguments are known.
    pub(crate) fn early(json: bool) -> Self {
        let output = match json {
            true => OutputFormat::Json,
            false => OutputFormat::Text,
        };
        Self::new(output, Level::Normal, Progress::None)
    }

    /// Whether the result is to be JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.output == OutputFormat::Json
    }

    /// Whether someone is there to be asked.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Writes the result: the value as JSON, or its text.
    pub(crate) fn result<T: Document>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Report> {
        match self.output {
            OutputFormat::Text => self.shown(&text(value)),
            OutputFormat::Json => self.json(enveloped(value)),
        }
    }

    /// Writes a result that is a list.
    pub(crate) fn list<T: Serialize>(
        &self,
        value: &[T],
        text: impl FnOnce(&[T]) -> String,
    ) -> Result<(), Report> {
        match self.output {
            OutputFormat::Text => self.shown(&text(value)),
            OutputFormat::Json => self.json(serde_json::to_value(value)),
        }
    }

    fn shown(&self, text: &str) -> Result<(), Report> {
        let text = seen_text(text);
        match io::stdout().is_terminal() {
            true => self.print(&wrapped(&text, columns(&Term::stdout()))),
            false => self.print(&text),
        }
    }

    fn json(&self, value: Result<Value, serde_json::Error>) -> Result<(), Report> {
        let value = value.map_err(|e| Report::of(Exit::Failed, &e))?;
        self.print(&seen_json(format!("{value:#}\n")))
    }

    /// Writes text to stdout as it is. A reader that went away is no error.
    pub(crate) fn print(&self, text: &str) -> Result<(), Report> {
        let mut out = AutoStream::auto(io::stdout().lock());
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                let report = Report::new(Exit::Failed, "could not write the result").cause(e);
                Err(report.help("check where stdout leads, and that there is room"))
            }
            _ => Ok(()),
        }
    }

    /// Tells what has to be known to answer a question.
    pub(crate) fn tell(&self, text: &str) {
        self.complain(&format!("{text}\n"));
    }

    /// Empties the screen, where there is one.
    pub(crate) fn clear(&self) -> Result<(), Report> {
        match io::stdout().is_terminal() {
            true => self.print("\x1b[2J\x1b[H"),
            false => Ok(()),
        }
    }

    /// Tells what is going on, unless that is not wanted.
    pub(crate) fn status(&self, text: &str) {
        if self.level != Level::Quiet {
            self.tell(text);
        }
    }

    /// Tells of something that should be looked at, unless that is not wanted.
    pub(crate) fn warn(&self, text: &str) {
        self.status(&format!("{} {text}", painted(WARNING, "warning:")));
    }

    /// Reports an error and returns how the program ends with it.
    pub(crate) fn fail(&self, report: &Report) -> Exit {
        self.complain(&report.text());
        if self.is_json() {
            // There is nowhere left to complain to when this fails as well.
            let _ = self.json(enveloped(&report.document()));
        }
        report.exit()
    }

    fn complain(&self, text: &str) {
        let mut err = AutoStream::auto(io::stderr().lock());
        let mut text = seen_text(text);
        if io::stderr().is_terminal() {
            text = wrapped(&text, columns(&Term::stderr()));
        }
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// What shows progress; it clears up after itself when dropped.
    pub(crate) fn listener(&self) -> Arc<dyn Listener> {
        match self.progress {
            Progress::Auto | Progress::None => Arc::new(()),
            Progress::Bars => Arc::new(Bars::new()),
            Progress::Lines => Arc::new(Lines::new(io::stderr())),
            Progress::Json => Arc::new(JsonLines::new(io::stderr())),
        }
    }
}
