//! `show`: a plan to look at.

use std::path::{Path, PathBuf};

use apim_migrate::exit::Exit;
use apim_migrate::plan::{Plan, folder, render};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::Outcome;
use super::ui::Ui;
use crate::report::Report;

/// The form a plan is shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// What, why, and what stands in the way
    Text,
    /// The plan as one document
    Json,
    /// The graph for Graphviz
    Dot,
    /// The graph for Mermaid
    Mermaid,
    /// One page for a browser
    Html,
}

/// Show a plan: what is done, why, and what stands in the way
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Plan folder, or its plan.yaml
    plan: PathBuf,

    /// Form to show it in [default: text, or json with `--output json`]
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Format>,

    /// Write it to a file, not to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Shows the plan.
pub(crate) fn run(args: &ShowArgs, ui: &Ui) -> Outcome {
    let format = match (args.format, ui.is_json()) {
        (Some(format), true) if format != Format::Json && args.out.is_none() => {
            return Err(
                Report::usage("stdout holds one JSON document and nothing else")
                    .help("leave `--output json` out, or write the graph to a file with `--out`"),
            );
        }
        (Some(format), _) => format,
        (None, true) => Format::Json,
        (None, false) => Format::Text,
    };
    let plan = folder::read(&args.plan)?;
    let text = rendered(&plan, format)?;
    match &args.out {
        None => ui.print(&text)?,
        Some(path) => {
            save(path, &text)?;
            let done = json!({"plan": plan.name, "written": path});
            ui.result(&done, |_| format!("wrote {}\n", path.display()))?;
        }
    }
    Ok(Exit::Done)
}

fn rendered(plan: &Plan, format: Format) -> Result<String, Report> {
    Ok(match format {
        Format::Text => render::text(plan),
        Format::Json => render::json(plan).map_err(|e| Report::of(Exit::Failed, &e))?,
        Format::Dot => render::dot(plan),
        Format::Mermaid => render::mermaid(plan),
        Format::Html => render::html(plan),
    })
}

/// Writes a result to a file the user named.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), Report> {
    std::fs::write(path, text).map_err(|e| {
        Report::new(
            Exit::Failed,
            format!("could not write `{}`", path.display()),
        )
        .cause(e)
    })
}
