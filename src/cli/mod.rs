//! The commands: one file each. Arguments are made into options, the library
//! is called, its outcome is told and becomes an exit code. No logic lives
//! here, and nothing is sent before all arguments are known to be good.

mod apply;
mod ask;
mod assess;
mod brief;
mod carry;
mod completions;
mod connection;
mod demo;
mod doctor;
#[cfg(test)]
mod documented_tests;
pub(crate) mod documents;
mod explain;
mod failures;
mod global;
mod help;
mod list;
mod logging;
mod man;
mod migration;
mod plan;
mod policy;
mod rehearse;
mod rollback;
mod sandbox;
mod schema;
mod selection;
mod show;
mod signals;
mod snapshot;
mod status;
mod surface;
pub(crate) mod ui;
mod uploads;
mod validate;
mod verify;
mod watch;
mod workspace;
mod wrap;

use std::ffi::OsString;
use std::future::Future;

use apim_migrate::address::ServiceId;
use apim_migrate::arm::{Arm, Reader};
use apim_migrate::crawl::CrawlError;
use apim_migrate::doctor::{Absence, absence};
use apim_migrate::exit::Exit;
use apim_migrate::nearest::nearest;
use clap::{FromArgMatches, Parser, Subcommand};

use self::global::Global;
use self::ui::Ui;
use crate::report::Report;

/// How a command ends: with an exit code, or with something to report.
pub(crate) type Outcome = Result<Exit, Report>;

/// Move selected APIs of an Azure API Management service, with everything they
/// depend on, into a workspace
#[derive(Debug, Parser)]
#[command(
    name = "apim-migrate",
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Plan(Box<plan::PlanArgs>),
    Validate(validate::ValidateArgs),
    Rehearse(rehearse::RehearseArgs),
    Show(show::ShowArgs),
    Explain(explain::ExplainArgs),
    Apply(apply::ApplyArgs),
    Status(status::StatusArgs),
    Verify(verify::VerifyArgs),
    Rollback(rollback::RollbackArgs),
    List(list::ListArgs),
    Assess(assess::AssessArgs),
    Doctor(doctor::DoctorArgs),
    Snapshot(snapshot::SnapshotArgs),
    Workspace(workspace::WorkspaceArgs),
    Policy(policy::PolicyArgs),
    Sandbox(sandbox::SandboxArgs),
    Demo(demo::DemoArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

/// Parses the arguments and runs what they ask for.
pub(crate) fn main(args: Vec<OsString>) -> Exit {
    let early = global::Early::of(&args);
    let parsed = surface::parsed(surface::command().color(early.clap_color()), &args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &early),
    };
    let ui = match cli.global.ui() {
        Ok(ui) => ui,
        Err(report) => return Ui::early(&early).fail(&report),
    };
    match run(cli.command, &ui) {
        Ok(exit) => exit,
        Err(report) => ui.fail(&report),
    }
}

/// Help and version go to stdout and are no failure; all else is usage.
fn refuse(error: &clap::Error, early: &global::Early) -> Exit {
    if !error.use_stderr() {
        // A closed pipe is no reason to fail.
        let _ = error.print();
        return Exit::Done;
    }
    if early.json {
        let text = error.render().to_string();
        let mut lines = text.trim().lines();
        let first = lines.next().unwrap_or_default();
        let mut report = Report::usage(first.trim_start_matches("error: "));
        for line in lines.filter(|l| !l.trim().is_empty()) {
            report = report.cause(line.trim());
        }
        return Ui::early(early).fail(&report);
    }
    let _ = error.print();
    Exit::Usage
}

fn run(command: Command, ui: &Ui) -> Outcome {
    match command {
        Command::Plan(args) => plan::run(args, ui),
        Command::Validate(args) => validate::run(&args, ui),
        Command::Rehearse(args) => rehearse::run(&args, ui),
        Command::Show(args) => show::run(&args, ui),
        Command::Explain(args) => explain::run(&args, ui),
        Command::Apply(args) => apply::run(&args, ui),
        Command::Status(args) => status::run(&args, ui),
        Command::Verify(args) => verify::run(&args, ui),
        Command::Rollback(args) => rollback::run(&args, ui),
        Command::List(args) => list::run(&args, ui),
        Command::Assess(args) => assess::run(&args, ui),
        Command::Doctor(args) => doctor::run(&args, ui),
        Command::Snapshot(args) => snapshot::run(&args, ui),
        Command::Workspace(args) => workspace::run(&args, ui),
        Command::Policy(args) => policy::run(&args, ui),
        Command::Demo(args) => demo::run(&args, ui),
        Command::Sandbox(args) => args.run(ui),
        Command::Schema(args) => schema::run(&args, ui),
        Command::Completions(args) => completions::run(&args, ui),
        Command::Man(args) => man::run(&args, ui),
        Command::Help(args) => help::run(&args, ui),
    }
}

/// Reports what a crawl ran into.
fn connection_error(error: CrawlError) -> Report {
    let error = match error {
        CrawlError::Select(error) => return error.into(),
        other => other,
    };
    let report = Report::of(error.exit(), &error);
    match error.help() {
        Some(help) => report.help(help),
        None => report,
    }
}

/// Runs requests to services to their end: where a service is not there, that is
/// told, with the one that was meant.
fn block_on_at<'s, T>(
    arm: &Arm,
    services: impl IntoIterator<Item = &'s ServiceId>,
    work: impl Future<Output = Result<T, Report>>,
) -> Result<T, Report> {
    block_on(async {
        let report = match work.await {
            Err(report) if report.is_absence() => report,
            done => return done,
        };
        let mut there = Vec::new();
        for service in services {
            let reader = Reader::new(arm.clone(), service.clone());
            if matches!(reader.get("", &[]).await, Ok(None)) {
                let Absence { message, help } = absence(arm, service).await;
                return Err(report.behind(message, help));
            }
            // Workspaces of another service are not what was meant.
            let absent = report.absent_workspace();
            if absent
                .is_some_and(|(_, of)| of.is_none_or(|of| service.name().eq_ignore_ascii_case(of)))
            {
                there.extend(reader.list("/workspaces", &[]).await.unwrap_or_default());
            }
        }
        let names = there.iter().filter_map(|item| item["name"].as_str());
        let meant = (report.absent_workspace()).and_then(|(name, _)| nearest(name, names));
        Err(match meant {
            Some(meant) => report.meant(meant),
            None => report,
        })
    })
}

/// Runs a command's requests to their end. Work that was left behind, after a
/// second interrupt, is not waited for.
fn block_on<T>(work: impl Future<Output = Result<T, Report>>) -> Result<T, Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Report::new(Exit::Failed, "the runtime can't be started").cause(e))?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod arguments_tests;
