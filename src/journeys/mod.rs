//! The whole way, in one process: crawl, plan, folder, apply, verify.

mod every_kind;
mod generated;
mod switches;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::address::{ResourcePath, split_revision};
use crate::apply::{ApplyOptions, ApplySummary, apply};
use crate::arm::{Arm, FixedToken, Limits, Rate, Reader, RetryPolicy};
use crate::crawl::{CrawlOptions, crawl, read_existing, read_target};
use crate::exit::Exit;
use crate::plan::{Plan, PlanOptions, folder, make, wanted};
use crate::sandbox::{Options, Sandbox};
use crate::secret::Secret;
use crate::select::{Glob, Select};
use crate::verify::{VerifyOptions, VerifyReport, verify};

pub(crate) fn arm(sandbox: &Sandbox) -> Arm {
    arm_at(&sandbox.url())
}

/// A client that is held up neither by ARM's limits nor by long waits: both
/// have tests of their own.
pub(crate) fn arm_at(url: &str) -> Arm {
    let tokens = Arc::new(FixedToken::new(Secret::new("t")));
    let plenty = Rate {
        size: 1e9,
        refill: 1e9,
    };
    let limits = Limits {
        reads: plenty,
        writes: plenty,
        deletes: plenty,
    };
    let retries = RetryPolicy {
        base: Duration::from_millis(5),
        ..RetryPolicy::default()
    };
    Arm::builder(url.parse().unwrap(), tokens)
        .limits(limits)
        .retries(retries)
        .build()
        .unwrap()
}

/// The waits of the service are cut short: what is tested here is the way, not
/// the patience.
async fn start(seed: Value) -> Sandbox {
    let mut options = Options {
        seeds: vec![seed],
        ..Options::default()
    };
    for switch in ["operation-ms=2", "linger-ms=5"] {
        options.switches.set(switch).unwrap();
    }
    Sandbox::start(options, 0).await.unwrap()
}

pub(crate) async fn plan(sandbox: &Sandbox, workspace: &str, select: &Select) -> Plan {
    let reader = Reader::new(arm(sandbox), sandbox.service_id());
    let crawled = crawl(&reader, select, &CrawlOptions::default(), Arc::new(()))
        .await
        .unwrap();
    let options = PlanOptions {
        name: workspace.to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        ..PlanOptions::default()
    };
    let workspace = workspace.parse().unwrap();
    let unknown =
        crate::plan::Target::unknown(sandbox.service_id(), std::clone::Clone::clone(&workspace));
    let first = wanted(&crawled.inventory, &crawled.selected, &unknown, &options).unwrap();
    let mut target = read_target(&reader, &workspace, &first.kinds, &crawled.inventory)
        .await
        .unwrap();
    let second = wanted(&crawled.inventory, &crawled.selected, &target, &options).unwrap();
    read_existing(&reader, &mut target, &second.paths)
        .await
        .unwrap();
    let made = |options: &PlanOptions| {
        make(&crawled.inventory, &crawled.selected, &target, options).unwrap()
    };
    let blocked = made(&options);
    made(&PlanOptions {
        allow: blocked.blockers().map(|f| f.code.clone()).collect(),
        ..options
    })
}

pub(crate) async fn carry_out(
    sandbox: &Sandbox,
    plan: &Plan,
    dir: &Path,
) -> (ApplySummary, VerifyReport) {
    folder::write(plan, dir, true).unwrap();
    let plan = folder::read(dir).unwrap();
    let arm = arm(sandbox);
    let summary = apply(
        &plan,
        dir,
        &arm,
        ApplyOptions::default(),
        CancellationToken::new(),
        Arc::new(()),
    )
    .await
    .unwrap();
    let report = verify(&plan, dir, &arm, VerifyOptions::default(), Arc::new(()))
        .await
        .unwrap();
    (summary, report)
}

fn puts(sandbox: &Sandbox) -> usize {
    sandbox.log().iter().filter(|l| l.method == "PUT").count()
}

fn roots(seed: &Value) -> Vec<String> {
    let resources = seed["resources"].as_array().unwrap();
    let path = |r: &Value| r["path"].as_str().unwrap().parse::<ResourcePath>().ok();
    let paths = resources.iter().filter_map(path);
    paths
        .filter(|p| p.pattern() == "apis" && split_revision(p.name()).1.is_none())
        .map(|p| p.name().to_owned())
        .collect()
}

async fn journey(seed: &Value, workspace: &str, select: &Select) {
    let sandbox = start(seed.clone()).await;
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&sandbox, workspace, select).await;
    let (summary, report) = carry_out(&sandbox, &plan, dir.path()).await;
    let name = select.apis.first().map_or("all", Glob::as_str);
    assert_eq!(summary.exit(), Exit::Done, "{name}: {summary:#?}");
    assert_eq!(summary.overtaken, [], "{name}");
    assert_eq!(report.exit(), Exit::Done, "{name}: {report:#?}");
    let before = puts(&sandbox);
    std::fs::remove_file(dir.path().join("journal.jsonl")).unwrap();
    let (summary, _) = carry_out(&sandbox, &plan, dir.path()).await;
    assert_eq!(
        (summary.exit(), puts(&sandbox)),
        (Exit::Done, before),
        "{name}: {summary:#?}"
    );
    for line in sandbox
        .log()
        .iter()
        .filter(|l| matches!(l.method.as_str(), "PUT" | "PATCH" | "DELETE"))
    {
        assert!(
            line.path.contains(&format!("/workspaces/{workspace}/")),
            "{line:?}"
        );
    }
    sandbox.stop().await.unwrap();
}

/// APIs that are too large for a workspace: the service refuses them, and a
/// finding says so.
async fn too_large(seed: &Value, workspace: &str) -> Vec<Glob> {
    let sandbox = start(seed.clone()).await;
    let all = Select {
        all: true,
        ..Select::default()
    };
    let plan = plan(&sandbox, workspace, &all).await;
    let large = plan.findings.iter().filter(|f| f.code == "workspace-limit");
    large
        .filter_map(|f| f.resource.strip_prefix("/apis/"))
        .map(Glob::new)
        .collect()
}

async fn journeys(seed: &Value, workspace: &str) {
    let exclude = too_large(seed, workspace).await;
    let all = Select {
        all: true,
        exclude: exclude.clone(),
        ..Select::default()
    };
    journey(seed, workspace, &all).await;
    for name in roots(seed)
        .into_iter()
        .filter(|n| !exclude.iter().any(|g| g.matches(n)))
    {
        let select = Select {
            apis: vec![Glob::new(name)],
            ..Select::default()
        };
        journey(seed, workspace, &select).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contoso_moves_api_by_api_and_as_a_whole() {
    journeys(&crate::sandbox::contoso::seed(), "billing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn real_services_move_api_by_api_and_as_a_whole() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(entries) = std::fs::read_dir(dir) else {
        eprintln!("skipped: ../shared is absent");
        return;
    };
    for entry in entries {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        journeys(&serde_json::from_str(&text).unwrap(), "team").await;
    }
}
