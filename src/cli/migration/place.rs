//! Where a migration file says what is wrong, and what was probably meant.

use std::path::{Path, PathBuf};

use apim_migrate::nearest::nearest;
use apim_migrate::yaml::{Spot, spot};

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
    pub(super) fn misread(&self, error: &serde_yaml::Error) -> Trouble {
        let message = error.to_string();
        let spot = error.location().map(|location| Spot {
            line: location.line(),
            column: location.column(),
        });
        let message = match message.find(" at line ") {
            Some(at) => &message[..at],
            None => &message,
        };
        let (why, help) = match unknown_key(message) {
            Some((key, known)) => {
                let help = match nearest(key, known.iter().copied()) {
                    Some(like) => format!("did you mean `{like}`?"),
                    None => format!("keys that there can be: {}", known.join(", ")),
                };
                (format!("there is no key `{key}`"), Some(help))
            }
            None => (in_words(message), Some(expected(message))),
        };
        let lines = match spot {
            Some(spot) => self.lines(spot, &why),
            None => vec![why],
        };
        Trouble { lines, help }
    }
}

/// serde's words about a value, in those of people who write such files.
fn in_words(message: &str) -> String {
    let told = message.split_once("invalid type: ");
    let Some((place, (found, wanted))) =
        told.and_then(|(place, rest)| Some((place, rest.split_once(", expected ")?)))
    else {
        return message.to_owned();
    };
    let found = match found {
        "map" => "keys with values".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit value" => "nothing".to_owned(),
        other => match other.split_once(' ') {
            Some(("string", text)) => format!("the text {text}"),
            Some(("integer" | "boolean", value)) => value.to_owned(),
            Some(("floating", value)) => value.trim_start_matches("point ").to_owned(),
            _ => other.to_owned(),
        },
    };
    let wanted = match wanted {
        "a string" => "a text",
        other => other,
    };
    format!("{place}it should be {wanted}, and is {found}")
}

/// What to write in place of what could not be read.
fn expected(message: &str) -> String {
    match message.contains("UUID") {
        true => "give the object id; `az ad user show --id NAME --query id` and `az ad group show \
                 --group NAME --query id` tell it"
            .to_owned(),
        false => KEYS.to_owned(),
    }
}

/// The key that is not known, and those that are.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let (_, rest) = message.split_once("unknown field `")?;
    let (key, known) = rest.split_once('`')?;
    // Every other piece between marks is a name.
    let known = known.split('`').skip(1).step_by(2).collect();
    Some((key, known))
}
