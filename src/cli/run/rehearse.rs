//! `rehearse`: a plan tried on the embedded service.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use apim_migrate::apply::{self, ApplySummary};
use apim_migrate::arm::{Reader, Span};
use apim_migrate::crawl::{CrawlOptions, crawl, read_stock};
use apim_migrate::exit::Exit;
use apim_migrate::inventory::WorkspaceInfo;
use apim_migrate::misread::Misread;
use apim_migrate::plan::{Plan, UploadFrom};
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::{Counts, Summary};
use apim_migrate::rehearse::{Clock, furnish, runtime, seed, stand_in, stock};
use apim_migrate::sandbox::{ArmLimits, Options, Sandbox};
use apim_migrate::select::{Glob, Select};
use apim_migrate::target::{checked, resolved};
use apim_migrate::verify::{VerifyOptions, VerifyReport, verify};
use clap::Args;
use serde_json::Value;

use super::apply::{Way, happened, requests};
use super::carry::{PlanOf, next, stoppable};
use super::verify as verify_command;
use crate::cli::documents::{Rehearsed, tenths};
use crate::cli::given::{self, number};
use crate::cli::plan::brief::many;
use crate::cli::plan::offline;
use crate::cli::report::{Outcome, Report};
use crate::cli::service::connection::Access;
use crate::cli::service::requests::{block_on_at, connection_error};
use crate::cli::ui::{GOOD, Ui, painted};

/// Most of a plan's folder that is copied, in bytes.
const MOST: u64 = 4 << 30;

/// Try a plan on this machine: what would fail, how many requests, how long
///
/// Loads the embedded service with what stands in the source and in the
/// workspace, which is only read, and applies the plan there, at ARM's limits in
/// simulated time. Secrets are replaced by placeholders. Neither the service nor
/// the plan's folder is changed. Exits as `apply` would.
#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    /// Take what stands there from a snapshot, without requests; repeatable, one of each service
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["arm_endpoint", "auth", "cloud"])]
    from: Vec<PathBuf>,

    /// How long every answer is taken to need
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = number)]
    latency: u64,

    #[command(flatten)]
    way: Way,

    #[command(flatten)]
    plan: PlanOf,
}

/// What came of a rehearsal.
struct Rehearsal {
    summary: ApplySummary,
    counts: Counts,
    took: Duration,
    throttled: usize,
    /// Whether the copies are as planned, where all were made.
    verified: Option<VerifyReport>,
}

/// Rehearses the plan.
pub(crate) fn run(args: &RehearseArgs, ui: &Ui) -> Outcome {
    let (mut plan, dir) = args.plan.read()?;
    let needed = checked(&mut plan)?;
    let seeds = match args.from.is_empty() {
        true => online(args, &plan, ui)?,
        false => from_snapshots(&args.from, &plan, ui)?,
    };
    let copy = copied(&mut plan, &dir)?;
    let runtime = runtime()
        .map_err(|e| Report::new(Exit::Failed, "the runtime can't be started").cause(e))?;
    let done = runtime.block_on(async {
        let options = Options {
            seeds,
            latency: Duration::from_millis(args.latency),
            arm_limits: Some(ArmLimits::Recorded),
            page_size: 100,
            ..Options::default()
        };
        let sandbox = Sandbox::start(options, 0).await?;
        let access = Access::to_sandbox(&sandbox.url())?.at(plan.api_version);
        let (listener, summary) = (ui.listener(), Arc::new(Summary::default()));
        let clock = Arc::new(Clock::default());
        let arm = access.open_watched(&listener, &summary, clock.clone())?;
        let held = || sandbox.waiting();
        let (applied, took) = clock
            .during(held, async {
                resolved(&plan, needed, &arm).await?;
                let work = async |token| {
                    let options = args.way.options();
                    Ok(
                        apply::apply(&plan, copy.path(), &arm, options, token, listener.clone())
                            .await?,
                    )
                };
                stoppable(work, &listener).await
            })
            .await;
        let (applied, counts) = (applied?, summary.counts());
        let throttled = sandbox.log().iter().filter(|l| l.status == 429).count();
        let silent: Arc<dyn Listener> = Arc::new(());
        let verified = match applied.exit() {
            Exit::Done => {
                let options = VerifyOptions::default();
                let work = verify(&plan, copy.path(), &arm, options, silent);
                Some(clock.during(held, work).await.0?)
            }
            _ => None,
        };
        Ok::<_, Report>(Rehearsal {
            summary: applied,
            counts,
            took,
            throttled,
            verified,
        })
    })?;
    runtime.shutdown_background();
    let exit = done.summary.exit();
    ui.result(&document(&done, args), |_| text(&done, &dir, args))?;
    Ok(exit)
}

/// A copy of the plan's folder to work in. The files that are uploaded stay
/// where they are.
fn copied(plan: &mut Plan, dir: &Path) -> Result<tempfile::TempDir, Report> {
    let failed = |e| Report::new(Exit::Failed, "the plan's folder can't be copied").io(&e);
    let home = std::path::absolute(dir).map_err(failed)?;
    for upload in plan.steps.iter_mut().filter_map(|s| s.upload.as_mut()) {
        if let UploadFrom::File(file) = &mut upload.from {
            *file = home.join(&*file).display().to_string();
        }
    }
    let copy = tempfile::Builder::new()
        .prefix("apim-migrate-rehearsal-")
        .tempdir()
        .map_err(failed)?;
    copy_folder(&home, copy.path(), &mut 0).map_err(failed)?;
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path, bytes: &mut u64) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            std::fs::create_dir(&to)?;
            copy_folder(&entry.path(), &to, bytes)?;
        } else if kind.is_file() {
            *bytes += std::fs::copy(entry.path(), &to)?;
            if *bytes > MOST {
                return Err(std::io::Error::other("it is larger than any plan's"));
            }
        }
    }
    Ok(())
}

/// What stands in the services, by snapshots.
fn from_snapshots(paths: &[PathBuf], plan: &Plan, ui: &Ui) -> Result<Vec<Value>, Report> {
    let mut seeds = Vec::new();
    let mut services = Vec::new();
    for path in paths {
        services.push(offline(path)?.service);
        let unusable = || Report::usage(format!("could not use the snapshot `{}`", path.display()));
        let text = given::text(path, given::SNAPSHOT, unusable)?;
        let mut seed: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|e| unusable().cause(Misread::from(e)))?;
        furnish(&mut seed);
        seeds.push(seed);
    }
    if !services.contains(&plan.source) {
        return Err(Report::usage(format!(
            "no snapshot is of `{}`, which the plan copies from",
            plan.source
        ))
        .help("take one with `apim-migrate snapshot --all -o FILE`, and give it with `--from`"));
    }
    if !services.contains(&plan.target) {
        ui.warn(&format!(
            "no snapshot is of {}: nothing is taken to stand in the workspace",
            plan.target.name(),
        ));
        seeds.push(stand_in(plan));
        services.push(plan.target.clone());
    }
    let at = services.iter().position(|service| *service == plan.target);
    if let Some(seed) = at.and_then(|at| seeds.get_mut(at)) {
        // A snapshot of a selection may not list workspaces at all.
        let lists = seed["workspaces"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        if !lists && plan.setup.workspace.is_none() {
            stock(seed, &plan.workspace, &served(plan), &empty(plan));
        }
    }
    Ok(seeds)
}

/// The workspace as the plan knows it.
fn served(plan: &Plan) -> WorkspaceInfo {
    let front = plan.basis.as_ref().map(|basis| basis.front());
    WorkspaceInfo {
        gateways: front
            .and_then(|front| front.gateways.clone())
            .unwrap_or_default(),
        ..WorkspaceInfo::default()
    }
}

fn empty(plan: &Plan) -> apim_migrate::inventory::Inventory {
    apim_migrate::inventory::Inventory::new(plan.target.clone())
}

/// What stands in the services, read of them.
fn online(args: &RehearseArgs, plan: &Plan, ui: &Ui) -> Result<Vec<Value>, Report> {
    let (access, listener) = (args.plan.access_for(plan)?, ui.listener());
    let arm = access.open(&listener, &Arc::new(Summary::default()))?;
    let versions = plan.api_version.newest_known().down_to(plan.api_version);
    let source = Reader::new(arm.clone(), plan.source.clone()).at_versions(versions);
    let target = Reader::new(arm.clone(), plan.target.clone());
    let select = Select {
        apis: plan
            .selection
            .apis
            .iter()
            .map(|name| Glob::new(name.as_str()))
            .collect(),
        without: plan.selection.without.clone(),
        service_scope: plan.selection.service_scope.clone(),
        ..Select::default()
    };
    block_on_at(&arm, [&plan.source, &plan.target], async move {
        let options = CrawlOptions::default();
        let crawled = crawl(&source, &select, &options, listener.clone())
            .await
            .map_err(connection_error)?;
        let mut seeds = vec![seed(&crawled.inventory)];
        if !plan.within_one_service() {
            seeds.push(stand_in(plan));
        }
        let found = read_stock(&target, &plan.workspace, options.concurrency, &listener)
            .await
            .map_err(connection_error)?;
        if let (Some((info, held)), Some(seed)) = (found, seeds.last_mut()) {
            stock(seed, &plan.workspace, &info, &held);
        }
        Ok(seeds)
    })
}

fn document(done: &Rehearsal, args: &RehearseArgs) -> Rehearsed {
    let exit = done.summary.exit();
    Rehearsed {
        summary: done.summary.clone(),
        rehearsed: true,
        seconds: tenths(done.took),
        latency_ms: args.latency,
        throttled: done.throttled,
        verified: done.verified.clone(),
        permanent: exit == Exit::Failed,
        exit: exit.code(),
        traffic: (&done.counts).into(),
    }
}

fn text(done: &Rehearsal, dir: &Path, args: &RehearseArgs) -> String {
    let mut out = happened(&done.summary, dir, "");
    let took = Span(done.took);
    let _ = writeln!(
        out,
        "rehearsed: {} would take {took} at ARM's limits and {} ms an answer{}; nothing was written to a service",
        requests(&done.counts),
        args.latency,
        match done.throttled {
            0 => String::new(),
            some => format!(", {} too many for them", many(some, "request")),
        },
    );
    match &done.verified {
        Some(report) if report.exit() == Exit::Done => {
            let _ = writeln!(
                out,
                "{} all {} copies would be as planned",
                painted(GOOD, "verified:"),
                report.same,
            );
            out.push_str(&next("apply", dir, "to carry it out"));
        }
        Some(report) => out.push_str(&verify_command::text(report, dir, false)),
        None => {}
    }
    out
}
