//! `assess`: a whole service, before anything is chosen.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use apim_migrate::arm::Reader;
use apim_migrate::assess::{Assessment, By, Options, State, Workspace, assess};
use apim_migrate::crawl::{CrawlOptions, crawl};
use apim_migrate::exit::Exit;
use apim_migrate::inventory::Inventory;
use apim_migrate::progress::summary::Summary;
use apim_migrate::secret::plain;
use apim_migrate::select::Select;
use apim_migrate::shell::quoted_path;
use apim_migrate::view::assessed;
use clap::{Args, ValueEnum};

use super::show::{only_json, save};
use crate::cli::documents::Assessed;
use crate::cli::migration::{Form, SelectForm, TargetForm, WorkspaceForm};
use crate::cli::plan::brief::many;
use crate::cli::plan::offline;
use crate::cli::report::{Outcome, Report};
use crate::cli::service::connection::{AccessArgs, ReadArgs, ServiceArgs};
use crate::cli::service::requests::{block_on_at, connection_error};
use crate::cli::ui::{BOLD, ERROR, GOOD, Ui, WARNING, painted};

/// How many names a line of text has.
const NAMES: usize = 8;
/// How many lines a list of the text has.
const LINES: usize = 20;

/// What puts APIs together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ByArg {
    /// What they share: products, named values, backends, fragments, versions
    #[default]
    Sharing,
    /// The product they are in, the first by name of several
    Product,
    /// The tag they have, the first by name of several
    Tag,
    /// The first word of their names
    Prefix,
}

/// The form it is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What can move, what is proposed and what that costs
    Text,
    /// One page for a browser
    Html,
}

/// Look at a whole service: which APIs can move, which belong together, and
/// how they could be spread over workspaces
///
/// Only reads.
#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// Assess a snapshot (`snapshot --all`), without requests
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = [
        "service", "subscription", "resource_group", "service_name", "arm_endpoint", "auth", "read_version",
    ])]
    from: Option<PathBuf>,

    /// Propose so many workspaces, where the APIs fit: the largest groups are split where
    /// they share least; by product, tag or prefix none is [default: one for each group]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    workspaces: Option<u32>,

    /// What puts APIs together
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    by: ByArg,

    /// Write a migration file for each proposed workspace into a folder, for `plan -f`
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,

    /// Form to tell it in [default: text, or json with `--output json`]
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Format>,

    /// Write it to a file, not to stdout
    #[arg(long, value_name = "FILE", requires = "format")]
    out: Option<PathBuf>,

    #[command(flatten)]
    service: ServiceArgs,

    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    read: ReadArgs,
}

/// Assesses the service.
pub(crate) fn run(args: &AssessArgs, ui: &Ui) -> Outcome {
    if ui.is_json() && args.format.is_some() && args.out.is_none() {
        return Err(only_json());
    }
    let inventory = match &args.from {
        Some(path) => offline(path)?,
        None => online(args, ui)?,
    };
    let options = Options {
        workspaces: args.workspaces.map(|n| n as usize),
        by: match args.by {
            ByArg::Sharing => By::Sharing,
            ByArg::Product => By::Product,
            ByArg::Tag => By::Tag,
            ByArg::Prefix => By::Prefix,
        },
    };
    let found = assess(&inventory, options)?;
    let saved = match &args.save {
        Some(dir) => saved(&found, dir)?,
        None => Vec::new(),
    };
    if let Some(asked) = args
        .workspaces
        .filter(|asked| found.workspaces.len() < *asked as usize)
    {
        ui.status(&format!(
            "{} proposed and not {asked}: {}",
            many(found.workspaces.len(), "workspace"),
            match options.by {
                By::Sharing => "there are no more APIs",
                By::Product | By::Tag | By::Prefix => "what `--by` puts together is not split",
            },
        ));
    }
    let shown = match args.format {
        Some(Format::Html) => {
            Some(assessed(&found).map_err(|e| Report::new(Exit::Failed, e.to_string()))?)
        }
        // On stdout it is the usual result; a file has no colours.
        Some(Format::Text) if args.out.is_some() => {
            Some(console::strip_ansi_codes(&text(&found, &saved)).into_owned())
        }
        Some(Format::Text) | None => None,
    };
    let mut told = Assessed {
        found,
        saved: (saved.iter())
            .map(|path| path.display().to_string())
            .collect(),
        written: None,
    };
    match (&shown, &args.out) {
        (Some(shown), None) => ui.print(shown)?,
        (Some(shown), Some(path)) => {
            save(path, shown)?;
            told.written = Some(path.display().to_string());
            ui.result(&told, |_| format!("wrote {}\n", path.display()))?;
        }
        (None, _) => ui.result(&told, |told| text(&told.found, &saved))?,
    }
    Ok(Exit::Done)
}

fn online(args: &AssessArgs, ui: &Ui) -> Result<Inventory, Report> {
    let service = args.service.service(None)?;
    let access = args.access.access()?;
    let listener = ui.listener();
    let arm = access.open(&listener, &Arc::new(Summary::default()))?;
    let reader =
        Reader::new(arm.clone(), service.clone()).at_versions(args.read.versions(&args.access)?);
    let select = Select {
        all: true,
        ..Select::default()
    };
    let options = CrawlOptions {
        everything: true,
        ..CrawlOptions::default()
    };
    let crawled = block_on_at(&arm, [&service], async move {
        crawl(&reader, &select, &options, listener)
            .await
            .map_err(connection_error)
    })?;
    for note in &crawled.notes {
        ui.status(note);
    }
    Ok(crawled.inventory)
}

/// Writes a migration file for each workspace; none where one is there.
fn saved(found: &Assessment, dir: &Path) -> Result<Vec<PathBuf>, Report> {
    let files: Vec<(PathBuf, &Workspace)> = (found.workspaces.iter())
        .map(|workspace| (dir.join(format!("{}.yaml", workspace.name)), workspace))
        .collect();
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(
            Report::usage(format!("`{}` is there already", there.display()))
                .help("name another folder with `--save`, or take the file away"),
        );
    }
    let failed = |e: std::io::Error| {
        Report::new(
            Exit::Failed,
            format!("could not make the folder `{}`", dir.display()),
        )
        .io(&e)
    };
    std::fs::create_dir_all(dir).map_err(failed)?;
    for (path, workspace) in &files {
        let form = Form {
            version: Some(1),
            service: Some(found.service.clone()),
            target: TargetForm {
                workspace: Some(WorkspaceForm {
                    id: workspace.name.clone(),
                    display_name: Some(workspace.name.clone()),
                    description: None,
                    create: true,
                }),
            },
            select: SelectForm {
                apis: workspace.apis.clone(),
                ..SelectForm::default()
            },
            ..Form::default()
        };
        let text = form
            .text(path)
            .map_err(|e| Report::new(Exit::Failed, "a migration file can't be made").cause(e))?;
        save(path, &text)?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn text(found: &Assessment, saved: &[PathBuf]) -> String {
    let mut out = String::new();
    let of = |state| found.apis.iter().filter(|api| api.state == state).count();
    let _ = writeln!(
        out,
        "{}: {} ready, {} to look at, {} blocked",
        painted(BOLD, &many(found.apis.len(), "API")),
        painted(GOOD, &of(State::Ready).to_string()),
        painted(WARNING, &of(State::Look).to_string()),
        painted(ERROR, &of(State::Blocked).to_string()),
    );
    by_code(found, &mut out);
    let _ = writeln!(
        out,
        "\n{}",
        painted(
            BOLD,
            &format!("Proposed: {}", many(found.workspaces.len(), "workspace"))
        )
    );
    for workspace in &found.workspaces {
        proposed(workspace, &mut out);
    }
    cuts(found, &mut out);
    for path in saved {
        let _ = writeln!(out, "wrote {}", path.display());
    }
    if let Some(path) = saved.first() {
        let _ = writeln!(
            out,
            "{} `apim-migrate plan -f {}` to plan the first",
            painted(GOOD, "next:"),
            quoted_path(path)
        );
    }
    out
}

/// What keeps APIs from going, and what is to be looked at, with the APIs.
fn by_code(found: &Assessment, out: &mut String) {
    for met in found.by_code() {
        let names = met.apis.iter().map(|&at| found.apis[at].name.as_str());
        let label = match met.blocks {
            true => painted(ERROR, "blocked by"),
            false => painted(WARNING, "look at"),
        };
        let _ = writeln!(
            out,
            "  {label} {}: {}",
            met.code,
            few(&names.collect::<Vec<_>>())
        );
    }
}

fn proposed(workspace: &Workspace, out: &mut String) {
    let names: Vec<&str> = workspace.apis.iter().map(String::as_str).collect();
    let _ = writeln!(
        out,
        "  {} {}: {}",
        painted(BOLD, &plain(&workspace.name)),
        many(names.len(), "API"),
        few(&names)
    );
    if !workspace.come_along.is_empty() {
        let along: Vec<&str> = workspace.come_along.iter().map(String::as_str).collect();
        let _ = writeln!(out, "    come along: {}", few(&along));
    }
    let room: Vec<String> = (workspace.room.iter().take(4))
        .map(|room| format!("{} of {} {}", room.count, room.most, room.kind))
        .collect();
    let _ = writeln!(
        out,
        "    {} to create; {}",
        many(workspace.creates, "resource"),
        room.join(", ")
    );
    for (code, count) in &workspace.blockers {
        let _ = writeln!(out, "    {} {count} {code}", painted(ERROR, "blocker"));
    }
}

fn cuts(found: &Assessment, out: &mut String) {
    let _ = writeln!(out, "\n{}", painted(BOLD, "What the cuts cost"));
    if found.cuts.is_empty() {
        let _ = writeln!(out, "  nothing: the workspaces share nothing");
    }
    for cut in found.cuts.iter().take(LINES) {
        let names: Vec<&str> = cut.workspaces.iter().map(String::as_str).collect();
        let _ = writeln!(
            out,
            "  {}: {} ({})",
            plain(cut.path.as_str()),
            cut.cost,
            few(&names)
        );
    }
    if found.cuts.len() > LINES {
        let _ = writeln!(
            out,
            "  and {} more; `--output json` has all",
            found.cuts.len() - LINES
        );
    }
}

fn few(names: &[&str]) -> String {
    let mut some: Vec<String> = names.iter().take(NAMES).map(|name| plain(name)).collect();
    if names.len() > NAMES {
        some.push(format!("and {} more", names.len() - NAMES));
    }
    some.join(", ")
}
