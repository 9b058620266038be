//! `show`: a plan to look at.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use apim_migrate::apply::status;
use apim_migrate::exit::Exit;
use apim_migrate::plan::{Plan, Sources, folder};
use apim_migrate::shell::quoted_path;
use apim_migrate::verify::LastLook;
use apim_migrate::view::{self, Detail, Focus, GraphError, Part, Runs, Since};
use clap::{Args, ValueEnum};

use crate::cli::documents::PlanWritten;
use crate::cli::given::number;
use crate::cli::report::{Outcome, Report};
use crate::cli::ui::{Ui, WIDEST, width};

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
    /// A comment for a pull request
    Markdown,
    /// Old names and new ones, for a spreadsheet
    Csv,
    /// What is left to people: URLs, keys, whom to tell, what stays, the way back
    Checklist,
}

/// Show a plan: what is done, why, and what stands in the way
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Plan folder, or its plan.yaml
    plan: PathBuf,

    /// Form to show it in [default: text, or json with `--output json`]
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Format>,

    /// What is rewritten, before and after
    #[arg(long, conflicts_with_all = ["format", "steps", "findings"])]
    diff: bool,

    /// Each step, too
    #[arg(long)]
    steps: bool,

    /// Each finding, and nothing else
    #[arg(long, conflicts_with = "steps")]
    findings: bool,

    /// Only what is of an API or comes along for it
    #[arg(long, value_name = "NAME")]
    api: Option<String>,

    /// Only what is of a kind: `namedValue`, `named values`, `namedValues`
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Only what of the graph is near a thing: an API's name, or a step's id
    #[arg(long, value_name = "NAME")]
    focus: Option<String>,

    /// How many steps away from it [default: any number]
    #[arg(long, value_name = "N", requires = "focus", value_parser = number)]
    depth: Option<u64>,

    /// Write it to a file, not to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Shows the plan.
pub(crate) fn run(args: &ShowArgs, ui: &Ui) -> Outcome {
    let format = match (args.format, ui.is_json()) {
        _ if args.diff => Format::Text,
        (Some(format), _) => format,
        (None, true) => Format::Json,
        (None, false) => Format::Text,
    };
    if ui.is_json() && (args.diff || format != Format::Json) && args.out.is_none() {
        return Err(only_json());
    }
    args.have_effect(format)?;
    let plan = folder::read(&args.plan)?;
    let text = args.rendered(&plan, format)?;
    match &args.out {
        None => ui.print(&text)?,
        Some(path) => {
            save(path, &text)?;
            let done = PlanWritten {
                plan: plan.name.clone(),
                written: path.display().to_string(),
            };
            ui.result(&done, |_| format!("wrote {}\n", path.display()))?;
        }
    }
    Ok(Exit::Done)
}

impl ShowArgs {
    /// Refuses what would change nothing.
    fn have_effect(&self, format: Format) -> Result<(), Report> {
        let parts = matches!(format, Format::Text | Format::Markdown | Format::Csv);
        let graph = matches!(format, Format::Dot | Format::Mermaid);
        let text = format == Format::Text;
        for (flag, given, means) in [
            ("--steps", self.steps, text),
            ("--findings", self.findings, text),
            ("--api", self.api.is_some(), parts && !self.findings),
            ("--kind", self.kind.is_some(), parts && !self.findings),
            ("--focus", self.focus.is_some(), graph),
        ] {
            if given && !means {
                return Err(Report::usage(format!("`{flag}` has no effect here"))
                    .help("`apim-migrate show --help` tells what goes together"));
            }
        }
        Ok(())
    }

    fn rendered(&self, plan: &Plan, format: Format) -> Result<String, Report> {
        let part = Part {
            api: self.api.clone(),
            kind: self.kind.clone(),
        };
        if part.steps(plan).next().is_none() && (self.api.is_some() || self.kind.is_some()) {
            let of = [("API", &self.api), ("kind", &self.kind)];
            let of = of.iter().filter_map(|(what, word)| {
                let word = word.as_ref()?;
                Some(format!("{what} `{word}`"))
            });
            let of: Vec<String> = of.collect();
            let report = format!("no step of the plan is of the {}", of.join(" and the "));
            return Err(Report::usage(report).help(format!(
                "`apim-migrate show {} --steps` lists them",
                quoted_path(&self.plan)
            )));
        }
        let focus = Focus {
            on: self.focus.clone(),
            depth: self
                .depth
                .map(|depth| usize::try_from(depth).unwrap_or(usize::MAX)),
        };
        let failed = |e: &dyn std::error::Error| Report::new(Exit::Failed, e.to_string());
        let refused = |e: &GraphError| Report::usage(e.to_string()).help(e.help());
        Ok(match format {
            _ if self.diff => self.diff(plan, &part)?,
            Format::Text => {
                // A file is no terminal.
                let width = self.out.as_ref().map_or_else(width, |_| WIDEST);
                view::text(plan, &part, self.detail(), width)
            }
            Format::Json => view::json(plan).map_err(|e| failed(&e))?,
            Format::Dot => view::dot(plan, &focus).map_err(|e| refused(&e))?,
            Format::Mermaid => view::mermaid(plan, &focus).map_err(|e| refused(&e))?,
            Format::Html => {
                let since = self.since(plan)?;
                let dir = folder::root(&self.plan);
                let page = view::page(plan, &self.sources(plan)?, since.as_ref(), &dir);
                page.map_err(|e| failed(&e))?
            }
            Format::Markdown => view::markdown(plan, &self.sources(plan)?, &part),
            Format::Checklist => view::checklist(plan, &folder::root(&self.plan)),
            Format::Csv => view::csv(plan, &part).map_err(|e| failed(&e))?,
        })
    }

    fn detail(&self) -> Detail {
        let of_part = self.api.is_some() || self.kind.is_some();
        match (self.findings, self.steps || of_part) {
            (true, _) => Detail::Findings,
            (false, true) => Detail::Steps,
            (false, false) => Detail::Brief,
        }
    }

    fn sources(&self, plan: &Plan) -> Result<Sources, Report> {
        Ok(folder::read_sources(plan, &folder::root(&self.plan))?)
    }

    /// What became of the plan; nothing where it was never applied.
    fn since(&self, plan: &Plan) -> Result<Option<Since>, Report> {
        let dir = folder::root(&self.plan);
        let journal = dir.join(folder::JOURNAL);
        // This refuses a journal that is none, such as a link to elsewhere.
        let status = status(plan, &dir)?;
        if status.runs == 0 {
            return Ok(None);
        }
        let runs = File::open(&journal).and_then(|file| Runs::read(BufReader::new(file)));
        let failed = |e| {
            let message = format!("could not read `{}`", journal.display());
            Report::new(Exit::Failed, message).cause(e)
        };
        let runs = runs.map_err(failed)?;
        Ok(Some(Since {
            status,
            runs,
            verified: LastLook::last(plan, &dir),
        }))
    }

    fn diff(&self, plan: &Plan, part: &Part) -> Result<String, Report> {
        let text = view::diff(plan, &self.sources(plan)?, part);
        Ok(match text.is_empty() {
            true => "no document is rewritten, as far as the plan's folder tells\n".to_owned(),
            false => text,
        })
    }
}

/// A form that is no JSON where JSON was asked for.
pub(crate) fn only_json() -> Report {
    Report::usage("stdout holds one JSON document and nothing else")
        .help("leave `--output json` out, or write to a file with `--out`")
}

/// Writes a result to a file the user named.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), Report> {
    std::fs::write(path, text).map_err(|e| {
        Report::new(
            Exit::Failed,
            format!("could not write `{}`", path.display()),
        )
        .io(&e)
    })
}
