//! The commands: one file each. Arguments are made into options, the library
//! is called, its outcome is told and becomes an exit code. No logic lives
//! here, and nothing is sent before all arguments are known to be good.

mod ask;
pub(crate) mod documents;
mod given;
mod migration;
mod plan;
mod read;
mod report;
mod run;
mod service;
mod style;
mod surface;
pub(crate) mod ui;

use std::ffi::OsString;

use apim_migrate::exit::Exit;
use clap::{FromArgMatches, Parser, Subcommand};

use self::read::{assess, doctor, explain, list, policy, show, snapshot, validate};
use self::report::{Outcome, Report};
use self::run::{apply, demo, rehearse, rollback, status, verify};
use self::service::{sandbox, workspace};
use self::surface::global::{Early, Global};
use self::surface::{completions, help, man, schema};
use self::ui::Ui;

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
    let early = Early::of(&args);
    let parsed = surface::parsed(surface::command().color(early.clap_color()), &args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &early),
    };
    let ui = match cli.global.ui() {
        Ok(ui) => ui,
        Err(report) => return Ui::early(early.json).fail(&report),
    };
    match run(cli.command, &ui) {
        Ok(exit) => exit,
        Err(report) => ui.fail(&report),
    }
}

/// Help and version go to stdout and are no failure; all else is usage.
fn refuse(error: &clap::Error, early: &Early) -> Exit {
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
        return Ui::early(early.json).fail(&report);
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
