//! Flags that every command has.

use std::ffi::OsString;
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Args, ValueEnum};

use super::of_flag;
use crate::cli::report::Report;
use crate::cli::ui::logging::{Log, LogFormat};
use crate::cli::ui::{Level, OutputFormat, Progress, Ui};

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    fn choice(self) -> ColorChoice {
        match self {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Form of the result
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t)]
    output: OutputFormat,

    /// The same as `--output json`
    #[arg(long, global = true, conflicts_with = "output")]
    json: bool,

    /// Tell each request and decision on stderr; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// Say nothing but the result and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Show no progress
    #[arg(long, global = true)]
    no_progress: bool,

    /// How progress is shown
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t)]
    progress: Progress,

    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    color: Color,

    /// Write the log to a file, not to stderr; it holds no body, token or secret
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<PathBuf>,

    /// Form of the log: lines for people, or JSON objects with step, attempt and correlation id
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t)]
    log_format: LogFormat,
}

impl Global {
    /// Sets up colours and the log, and makes what is spoken through.
    pub(crate) fn ui(&self) -> Result<Ui, Report> {
        self.color.choice().write_global();
        let log = Log {
            verbose: self.verbose,
            file: self.log_file.as_deref(),
            format: self.log_format,
            quiet: self.quiet,
        };
        let much_on_stderr = log.start()?;
        let level = match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (_, 0) => Level::Normal,
            _ => Level::Verbose,
        };
        let progress = self.shown(much_on_stderr);
        let output = match self.json {
            true => OutputFormat::Json,
            false => self.output,
        };
        Ok(Ui::new(output, level, progress))
    }

    /// How progress is shown beside a log.
    fn shown(&self, much_on_stderr: bool) -> Progress {
        match self.progress {
            _ if self.no_progress || self.quiet => Progress::None,
            // Lines on the same stream would tear bars, and are progress enough.
            Progress::Auto | Progress::Bars if much_on_stderr => Progress::None,
            progress => progress,
        }
    }
}

/// What has to be known before the arguments are parsed, since a complaint
/// about them should follow it already.
#[derive(Debug, Default)]
pub(crate) struct Early {
    /// Whether `--output json` or `--json` is among the arguments.
    pub(crate) json: bool,
    color: Color,
}

impl Early {
    /// Looks through the arguments without judging them.
    pub(crate) fn of(args: &[OsString]) -> Self {
        let set = |flag: &str| std::env::var(of_flag(flag)).ok();
        let yes = |text: String| {
            matches!(
                text.to_lowercase().as_str(),
                "1" | "true" | "yes" | "on" | "y" | "t"
            )
        };
        let color = set("color").and_then(|word| <Color as ValueEnum>::from_str(&word, false).ok());
        let mut early = Self {
            json: set("output").as_deref() == Some("json") || set("json").is_some_and(yes),
            color: color.unwrap_or_default(),
        };
        let words: Vec<&str> = args.iter().filter_map(|a| a.to_str()).collect();
        for (at, word) in words.iter().enumerate() {
            if *word == "--" {
                break;
            }
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, value),
                None => (*word, words.get(at + 1).copied().unwrap_or_default()),
            };
            match flag {
                "--output" => early.json = value == "json",
                "--json" => early.json = true,
                "--color" => {
                    early.color = <Color as ValueEnum>::from_str(value, false).unwrap_or_default()
                }
                _ => {}
            }
        }
        early.color.choice().write_global();
        early
    }

    /// The same choice for clap's own messages.
    pub(crate) fn clap_color(&self) -> clap::ColorChoice {
        match self.color {
            Color::Auto => clap::ColorChoice::Auto,
            Color::Always => clap::ColorChoice::Always,
            Color::Never => clap::ColorChoice::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_log_takes_the_place_of_bars_and_of_nothing_else() {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            global: Global,
        }
        let shown = |args: &[&str], much| {
            let args = ["apim-migrate"].iter().chain(args);
            Alone::parse_from(args).global.shown(much)
        };
        assert_eq!(shown(&[], true), Progress::None);
        assert_eq!(shown(&[], false), Progress::Auto);
        assert_eq!(shown(&["--progress", "bars"], true), Progress::None);
        assert_eq!(shown(&["--progress", "json"], true), Progress::Json);
        assert_eq!(shown(&["--progress", "lines"], true), Progress::Lines);
        assert_eq!(shown(&["--progress", "json", "-q"], true), Progress::None);
    }
}
