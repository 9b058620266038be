use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::address::WorkspaceName;
use crate::apply::*;
use crate::arm::Reader;
use crate::crawl::{CrawlOptions, crawl, read_target};
use crate::exit::Exit;
use crate::fixtures::bench::arm;
use crate::plan::{Plan, PlanOptions, Target, make, wanted};
use crate::rollback::{RollbackOptions, rollback};
use crate::sandbox::{Options, Sandbox};
use crate::select::Select;
use crate::verify::{VerifyOptions, verify};

async fn plan_of_everything(sandbox: &Sandbox) -> Plan {
    let reader = Reader::new(arm(&sandbox.url()), sandbox.service_id());
    let select = Select {
        all: true,
        ..Select::default()
    };
    let crawled = crawl(&reader, &select, &CrawlOptions::default(), Arc::new(())).await;
    let crawled = crawled.unwrap();
    let (inventory, selected) = (&crawled.inventory, &crawled.selected);
    let workspace: WorkspaceName = "billing".parse().unwrap();
    let options = PlanOptions {
        name: "billing".to_owned(),
        ..PlanOptions::default()
    };
    let unknown = Target::unknown(sandbox.service_id(), workspace);
    let kinds = wanted(inventory, selected, &unknown, &options)
        .unwrap()
        .kinds;
    let target = read_target(&reader, &unknown.workspace, &kinds, inventory).await;
    let target = target.unwrap();
    make(inventory, selected, &target, &options).unwrap()
}

fn own(sandbox: &Sandbox) -> Vec<String> {
    let dump = sandbox.dump();
    let all = dump["resources"].as_array().unwrap().iter();
    let paths = all.filter_map(|r| r["path"].as_str());
    let below = paths.filter(|p| p.starts_with("/workspaces/billing/"));
    below.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_sample_service_is_moved_compared_and_taken_back() {
    let mut options = Options::default();
    options.switches.operation_ms = 1;
    options.switches.linger_ms = 1;
    options.switches.write_ms = 1;
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let before = own(&sandbox);
    let plan = plan_of_everything(&sandbox).await;
    let arm = arm(&sandbox.url());
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let (options, cancel) = (ApplyOptions::default(), CancellationToken::new());
        apply(&plan, folder.path(), &arm, options, cancel, Arc::new(()))
    };
    let summary = run().await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(summary.overtaken, []);
    let report = verify(
        &plan,
        folder.path(),
        &arm,
        VerifyOptions::default(),
        Arc::new(()),
    )
    .await
    .unwrap();
    assert_eq!(report.exit(), Exit::Done, "{report:#?}");
    let puts = || sandbox.log().iter().filter(|l| l.method == "PUT").count();
    let sent = puts();
    let journal = folder.path().join("journal.jsonl");
    let kept = std::fs::read(&journal).unwrap();
    std::fs::remove_file(&journal).unwrap();
    let adopted = run().await.unwrap();
    assert_eq!(adopted.exit(), Exit::Done, "{adopted:#?}");
    assert_eq!(puts(), sent);
    std::fs::write(&journal, kept).unwrap();
    let cancel = CancellationToken::new();
    let undone = rollback(
        &plan,
        folder.path(),
        &arm,
        RollbackOptions::default(),
        None,
        cancel,
        Arc::new(()),
    )
    .await;
    let undone = undone.unwrap();
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    assert_eq!(undone.kept, []);
    assert_eq!(own(&sandbox), before);
}
