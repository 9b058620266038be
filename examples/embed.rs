//! Moves one API into a workspace from a program of your own: crawl, plan,
//! write, apply, verify, with neither the command line nor its crates.
//!
//! `cargo run --example embed -- ENDPOINT SERVICE_ID WORKSPACE API`, with a bearer
//! token in `APIM_MIGRATE_TOKEN`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use apim_migrate::CancellationToken;
use apim_migrate::address::ServiceId;
use apim_migrate::apply::{ApplyOptions, apply};
use apim_migrate::arm::{Arm, FixedToken, Reader};
use apim_migrate::crawl::{CrawlOptions, crawl, read_existing, read_target};
use apim_migrate::exit::Exit;
use apim_migrate::plan::{PlanOptions, Target, folder, make, wanted};
use apim_migrate::secret::Secret;
use apim_migrate::select::{Glob, Select};
use apim_migrate::verify::{VerifyOptions, verify};

/// Moves the APIs that a pattern names, by a plan that is kept in a folder.
pub async fn migrate(
    arm: &Arm,
    service: &ServiceId,
    workspace: &str,
    api: &str,
    dir: &Path,
) -> Result<Exit, Box<dyn Error>> {
    let silent = Arc::new(());
    let reader = Reader::new(arm.clone(), service.clone());
    let select = Select {
        apis: vec![Glob::new(api)],
        ..Select::default()
    };
    let read = crawl(&reader, &select, &CrawlOptions::default(), silent.clone()).await?;

    // What stands in the workspace is asked for twice: lists first, then what has
    // the names that copies will have.
    let options = PlanOptions {
        name: workspace.to_owned(),
        ..PlanOptions::default()
    };
    let target = Target::unknown(service.clone(), workspace.parse()?);
    let (from, selected) = (&read.inventory, &read.selected);
    let kinds = wanted(from, selected, &target, &options)?.kinds;
    let mut target = read_target(&reader, &target.workspace, &kinds, from).await?;
    let paths = wanted(from, selected, &target, &options)?.paths;
    read_existing(&reader, &mut target, &paths).await?;

    let plan = make(from, selected, &target, &options)?;
    folder::write(&plan, dir, false)?;
    if plan.blockers().next().is_some() {
        return Ok(Exit::Blocked);
    }
    // Somebody may have edited the folder meanwhile.
    let plan = folder::read(dir)?;
    let (how, stop) = (ApplyOptions::default(), CancellationToken::new());
    let applied = apply(&plan, dir, arm, how, stop, silent.clone()).await?;
    if applied.exit() != Exit::Done {
        return Ok(applied.exit());
    }
    let report = verify(&plan, dir, arm, VerifyOptions::default(), silent).await?;
    Ok(report.exit())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, service, workspace, api] = args.as_slice() else {
        return Err("give ENDPOINT SERVICE_ID WORKSPACE API".into());
    };
    let token = Secret::new(std::env::var("APIM_MIGRATE_TOKEN")?);
    let arm = Arm::builder(endpoint.parse()?, Arc::new(FixedToken::new(token))).build()?;
    let dir = Path::new("plans").join(workspace);
    let exit = migrate(&arm, &service.parse()?, workspace, api, &dir).await?;
    std::process::exit(exit.code().into());
}
