//! Where a migration file says what is wrong, and what was probably meant.

use std::path::{Path, PathBuf};

use apim_migrate::misread::Misread;
use apim_migrate::yaml::{Spot, spot};

use crate::cli::given::OBJECT_ID;
use crate::cli::report::Report;

/// What to do where nothing better is known.
pub(super) const KEYS: &str = "docs/migration-file.md has every key, with an example";

/// How much of a line is shown on either side of the place.
const AROUND: usize = 40;

/// A file as somebody wrote it.
#[derive(Debug, Default)]
pub(crate) struct Written {
    path: PathBuf,
    text: String,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Trouble {
    /// What is wrong, and the line with a mark below the place.
    pub(super) lines: Vec<String>,
    /// What to write.
    pub(super) help: Option<String>,
}

impl Trouble {
    pub(super) fn added_to(self, report: Report) -> Report {
        let report = self.lines.into_iter().fold(report, Report::cause);
        match self.help {
            Some(help) => report.help(help),
            None => report,
        }
    }
}

impl Written {
    pub(super) fn new(path: &Path, text: String) -> Self {
        Self {
            path: path.to_owned(),
            text,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Where the file says something: `m.yaml:3:9: why`, the line, and a mark
    /// below the place.
    pub(crate) fn lines_at(&self, way: &[String], why: &str) -> Option<Vec<String>> {
        let way: Vec<&str> = way.iter().map(String::as_str).collect();
        Some(self.lines(spot(self.bytes(), &way)?, why))
    }

    fn lines(&self, spot: Spot, why: &str) -> Vec<String> {
        let Spot { line, column } = spot;
        let path = self.path.display();
        let mut lines = vec![format!("{path}:{line}:{column}: {why}")];
        let at = column.saturating_sub(1);
        let line = self.text.lines().nth(line.saturating_sub(1));
        if let Some(line) = line.map(|line| line.trim_start_matches('\u{feff}')) {
            let from = at.saturating_sub(AROUND);
            let part: String = line.chars().skip(from).take(2 * AROUND).collect();
            lines.push(format!("  | {}", part.replace('\t', " ")));
            lines.push(format!("  | {:width$}^", "", width = at - from));
        }
        lines
    }

    /// What a reader's complaint means to the person who wrote the file.
    pub(super) fn misread(&self, error: serde_yaml::Error) -> Trouble {
        let error = Misread::from(error);
        let why = error.to_string();
        let help = error.help().map_or_else(|| expected(&why), str::to_owned);
        let lines = match error.spot() {
            Some(spot) => self.lines(spot, &why),
            None => vec![why],
        };
        Trouble {
            lines,
            help: Some(help),
        }
    }
}

/// What to write in place of what could not be read.
fn expected(message: &str) -> String {
    match message.contains("UUID") {
        true => OBJECT_ID.to_owned(),
        false => KEYS.to_owned(),
    }
}
