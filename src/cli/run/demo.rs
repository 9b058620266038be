//! `demo`: a whole migration on this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use apim_migrate::apply::ApplyOptions;
use apim_migrate::catalog::ApiVersion;
use apim_migrate::exit::Exit;
use apim_migrate::plan::again::Again;
use apim_migrate::plan::{Naming, PlanOptions, folder};
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::sandbox::{self, Sandbox};
use apim_migrate::target::{checked, resolved};
use apim_migrate::verify::{VerifyOptions, verify};
use clap::Args;

use super::apply::{carry_out, requests};
use super::carry::Opened;
use super::verify as verify_command;
use crate::cli::documents::Demonstrated;
use crate::cli::plan;
use crate::cli::plan::Options;
use crate::cli::plan::brief;
use crate::cli::report::{Outcome, Report};
use crate::cli::service::connection::Access;
use crate::cli::service::requests::block_on;
use crate::cli::ui::{BOLD, Ui, painted};

/// APIs of the sample that nothing stands in the way of: versions, revisions,
/// products, a pool, secrets and nested fragments come along with them.
const APIS: &[&str] = &["orders-v1", "orders-v2", "invoices", "catalog", "inventory"];

const WORKSPACE: &str = "billing";

/// Watch a whole migration on this machine, without an Azure account
///
/// Starts a simulated service, Contoso, plans the move of some of its APIs into
/// a workspace, applies the plan and verifies it.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder to leave the plan in [default: a temporary one]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// Runs the demo.
pub(crate) fn run(args: &DemoArgs, ui: &Ui) -> Outcome {
    let dir = match &args.dir {
        Some(dir) if dir.join(folder::PLAN_FILE).exists() => {
            return Err(Report::usage(format!("`{}` holds a plan", dir.display()))
                .help("choose another folder, or none: the demo makes one for itself"));
        }
        Some(dir) => dir.clone(),
        None => {
            let made = tempfile::Builder::new()
                .prefix("apim-migrate-demo-")
                .tempdir();
            let made =
                made.map_err(|e| Report::new(Exit::Failed, "no temporary folder").cause(e))?;
            made.keep()
        }
    };
    block_on(play(&dir, ui))
}

async fn play(dir: &Path, ui: &Ui) -> Outcome {
    let began = Instant::now();
    let service = Sandbox::start(sandbox::Options::default(), 0).await?;
    ui.status(&format!(
        "{} the simulated service `{}` answers on {}",
        painted(BOLD, "1 sandbox"),
        service.service_id().name(),
        service.url(),
    ));
    let access = Access::to_sandbox(&service.url())?;
    let summary = Arc::new(Summary::default());
    let silent: Arc<dyn Listener> = Arc::new(());
    let arm = access.open(&silent, &summary)?;
    let options = Options {
        source: service.service_id(),
        target: service.service_id(),
        workspace: WORKSPACE.parse().map_err(Report::usage)?,
        select: plan::selected(APIS),
        read: vec![ApiVersion::default()],
        policy_index: apim_migrate::crawl::PolicyIndex::Auto,
        traits: None,
        plan: PlanOptions {
            name: WORKSPACE.to_owned(),
            created: plan::now(),
            naming: Naming::default(),
            ..PlanOptions::default()
        },
    };
    let reading = Instant::now();
    let known = plan::read(&options, &arm, &silent, std::iter::empty()).await?;
    let made = Again::first(known.make(&options.plan)?);
    known.write(&made, dir, ui)?;
    let reads = summary.counts();
    ui.status(&painted(BOLD, "2 plan"));
    ui.status(
        brief::Brief {
            again: &made,
            dir,
            counts: &reads,
            notes: &[],
            forecast: None,
            remembered: None,
            took: reading.elapsed(),
        }
        .text()
        .trim_end(),
    );

    let mut opened = Opened {
        plan: folder::read(dir)?,
        dir: dir.to_owned(),
        arm,
        listener: ui.listener(),
        summary: summary.clone(),
    };
    let needed = checked(&mut opened.plan)?;
    resolved(&opened.plan, needed, &opened.arm).await?;
    let applied = carry_out(&opened, ApplyOptions::default()).await?;
    // What shows progress would draw into what is told now.
    opened.listener = Arc::clone(&silent);
    ui.status(&painted(BOLD, "3 apply"));
    ui.status(super::apply::text(&applied, dir, &summary.counts(), false).trim_end());
    if applied.exit() != Exit::Done {
        return Ok(applied.exit());
    }
    let report = verify(
        &opened.plan,
        dir,
        &opened.arm,
        VerifyOptions::default(),
        silent,
    )
    .await?;
    ui.status(&painted(BOLD, "4 verify"));
    ui.status(verify_command::text(&report, dir, false).trim_end());

    let (took, counts) = (began.elapsed(), summary.counts());
    let throttled = service.log().iter().filter(|l| l.status == 429).count();
    service.stop().await?;
    let document = Demonstrated {
        plan: dir.display().to_string(),
        apis: APIS.to_vec(),
        workspace: WORKSPACE,
        steps: applied.steps,
        verified: report.same,
        throttled,
        seconds: took.as_secs_f64(),
        exit: report.exit().code(),
        traffic: (&counts).into(),
    };
    ui.result(&document, |_| {
        format!(
            "moved {} APIs with all they need, {} resources, into the workspace `{WORKSPACE}` and verified them\n\
             {} in {:.1} s; the plan is in {}\n",
            APIS.len(),
            report.same,
            requests(&counts),
            took.as_secs_f64(),
            dir.display(),
        )
    })?;
    Ok(report.exit())
}
