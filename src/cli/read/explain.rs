//! `explain`: why a thing is in a plan, or what a finding means.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use apim_migrate::exit::Exit;
use apim_migrate::nearest::nearest;
use apim_migrate::plan::codes::{CODES, Code, code};
use apim_migrate::plan::folder;
use apim_migrate::shell::quoted;
use apim_migrate::view::{explain, explained};
use clap::Args;

use crate::cli::documents::CodeExplained;
use crate::cli::report::{Outcome, Report};
use crate::cli::ui::{BOLD, HELP, Ui, painted, width};

/// Explain why a resource comes along, who needs it and who else uses it; or what a finding means
#[derive(Debug, Args)]
#[command(
    override_usage = "apim-migrate explain [OPTIONS] <PLAN> <RESOURCE>\n       \
                            apim-migrate explain [OPTIONS] <CODE>"
)]
pub(crate) struct ExplainArgs {
    /// Plan folder, or its plan.yaml; alone, the code of a finding
    #[arg(value_name = "PLAN|CODE")]
    first: OsString,

    /// A step's id, a path at the source or in the workspace, or a name
    resource: Option<String>,
}

/// Explains it.
pub(crate) fn run(args: &ExplainArgs, ui: &Ui) -> Outcome {
    match &args.resource {
        Some(resource) => {
            let plan = folder::read(Path::new(&args.first))?;
            let found = explain(&plan, resource)
                .map_err(|error| Report::usage(&error).help(error.help()))?;
            ui.result(&found, |found| explained(found, width()))?;
        }
        None => {
            let found = meant(&args.first)?;
            let severity = found.severity.as_str();
            let (meaning, help) = (found.meaning, found.help);
            let document = CodeExplained {
                code: found.code,
                severity,
                meaning,
                help,
            };
            ui.result(&document, |_| {
                let mut out = format!("{} ({severity})\n", painted(BOLD, found.code));
                let _ = writeln!(out, "  {meaning}");
                let _ = writeln!(out, "{} {help}", painted(HELP, "help:"));
                out
            })?;
        }
    }
    Ok(Exit::Done)
}

fn meant(word: &OsString) -> Result<&'static Code, Report> {
    let name = word.to_string_lossy();
    if let Some(found) = code(&name) {
        return Ok(found);
    }
    if Path::new(word).exists() {
        return Err(Report::usage("explain what of this plan?").help(format!(
            "`apim-migrate explain {} RESOURCE` takes a step's id, a path, or a name",
            quoted(&name)
        )));
    }
    let report = Report::usage(format!("`{name}` is not the code of a finding"));
    Err(match nearest(&name, CODES.iter().map(|c| c.code)) {
        Some(like) => report.help(format!("did you mean `{like}`?")),
        None => report.help("docs/findings.md lists them"),
    })
}
