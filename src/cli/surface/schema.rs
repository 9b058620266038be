//! `schema`: JSON schemas of what is read and written.

use apim_migrate::exit::Exit;
use apim_migrate::progress;
use apim_migrate::schema;
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::cli::report::Outcome;
use crate::cli::ui::Ui;
use crate::cli::{documents, migration};

/// Whose schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Migration files, for `plan -f`
    Migration,
    /// plan.yaml, and what `show --format json` prints
    Plan,
    /// Every document that `--output json` prints
    Output,
    /// A line of `--progress json`
    Events,
}

impl Which {
    fn schema(self) -> Value {
        match self {
            Which::Migration => migration::schema(),
            Which::Plan => schema::plan(),
            Which::Output => documents::schema(),
            Which::Events => progress::json::schema(),
        }
    }
}

/// Print a JSON schema: of migration files, of plans, of what --output json or --progress json prints
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Whose schema to print
    #[arg(value_enum, value_name = "WHOSE")]
    whose: Which,
}

/// Prints it.
pub(crate) fn run(args: &SchemaArgs, ui: &Ui) -> Outcome {
    ui.print(&format!("{:#}\n", args.whose.schema()))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The schemas as they were released: what is in them stays.
    const RELEASED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/released");

    #[test]
    fn the_schemas_in_the_repository_are_those_of_the_program() {
        let update = std::env::var_os("UPDATE_DOCS").is_some();
        for (name, which) in [
            ("migration", Which::Migration),
            ("plan", Which::Plan),
            ("output", Which::Output),
            ("events", Which::Events),
        ] {
            let path = format!("{}/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let text = format!("{:#}\n", which.schema());
            if update {
                std::fs::write(&path, &text).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == text,
                "{path} is out of date: run the tests with UPDATE_DOCS=1"
            );
        }
    }

    #[test]
    fn nothing_that_was_published_is_lost() {
        for (name, which) in [
            ("migration", Which::Migration),
            ("plan", Which::Plan),
            ("output", Which::Output),
            ("events", Which::Events),
        ] {
            let text = std::fs::read_to_string(format!("{RELEASED}/{name}.json")).unwrap();
            let old: Value = serde_json::from_str(&text).unwrap();
            let lost = schema::lost(
                &old,
                &which.schema(),
                matches!(which, Which::Output | Which::Events),
            );
            assert!(lost.is_empty(), "{name}: {lost:#?}");
        }
    }
}
