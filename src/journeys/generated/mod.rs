//! What holds for every service, tried on those that are made of numbers.
//! `GENERATED_SERVICES=1000` tries so many, `GENERATED_SERVICE=N` the one.

mod service;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::service::{Bit, Service, service};
use crate::arm::Reader;
use crate::crawl::{CrawlOptions, crawl};
use crate::exit::Exit;
use crate::inventory::snapshot;
use crate::journeys::{arm, carry_out, plan};
use crate::plan::{Plan, PlanOptions, Step, Target, make};
use crate::sandbox::{Options, Sandbox};
use crate::select::Select;

fn numbers() -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    match number("GENERATED_SERVICE") {
        Some(one) => vec![one],
        None => (0..number("GENERATED_SERVICES").unwrap_or(8)).collect(),
    }
}

fn everything() -> Select {
    Select {
        all: true,
        ..Select::default()
    }
}

async fn started(made: &Service) -> Sandbox {
    let mut options = Options {
        seeds: vec![made.seed()],
        ..Options::default()
    };
    for switch in ["operation-ms=1", "linger-ms=1"] {
        options.switches.set(switch).unwrap();
    }
    Sandbox::start(options, 0).await.unwrap()
}

/// A policy as it has to be, by the names that the plan gives.
fn expected(bits: &[Bit], plan: &Plan) -> String {
    let copies: BTreeMap<&str, _> = (plan.steps.iter())
        .filter_map(|step| Some((step.source.as_ref()?.as_str(), step)))
        .collect();
    let word = |bit: &Bit| match bit {
        Bit::Said(text) => text.clone(),
        Bit::Name(path, _) => copies[path.as_str()].target.below().name().to_owned(),
        Bit::Display(path, _) => {
            let content = copies[path.as_str()].content.as_ref().unwrap();
            content.properties["displayName"]
                .as_str()
                .unwrap()
                .to_owned()
        }
    };
    bits.iter().map(word).collect()
}

/// In a rewritten policy differs what is a name of something, and nothing else;
/// and what `plan` lets pass can be carried out.
#[tokio::test(flavor = "multi_thread")]
async fn only_names_differ_and_what_is_planned_can_be_done() {
    for number in numbers() {
        let made = service(number);
        let sandbox = started(&made).await;
        let plan = plan(&sandbox, "team", &everything()).await;
        let blockers: Vec<_> = plan.blockers().collect();
        assert!(blockers.is_empty(), "service {number}: {blockers:#?}");
        let allowed: Vec<_> = (plan.findings.iter()).filter(|f| f.allowed).collect();
        assert!(allowed.is_empty(), "service {number}: {allowed:#?}");
        for (path, bits) in &made.documents {
            let step =
                (plan.steps.iter()).find(|s| s.source.as_ref().is_some_and(|s| s.as_str() == path));
            let Some(step) = step else {
                // What nothing uses stays.
                assert!(
                    path.starts_with("/policyFragments/"),
                    "service {number}: {path}"
                );
                continue;
            };
            let written = step.content.as_ref().unwrap().document.clone().unwrap();
            // In an attribute a quote of a name is written as an entity.
            let written = written.replace("&apos;", "'");
            assert_eq!(written, expected(bits, &plan), "service {number}: {path}");
        }
        let dir = tempfile::tempdir().unwrap();
        let (summary, report) = carry_out(&sandbox, &plan, dir.path()).await;
        assert_eq!(summary.exit(), Exit::Done, "service {number}: {summary:#?}");
        assert_eq!(report.exit(), Exit::Done, "service {number}: {report:#?}");
        sandbox.stop().await.unwrap();
    }
}

/// A snapshot of a service gives the plan that the service gives.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_a_snapshot_is_that_of_the_service() {
    for number in numbers() {
        let sandbox = started(&service(number)).await;
        let reader = Reader::new(arm(&sandbox), sandbox.service_id());
        let whole = CrawlOptions {
            everything: true,
            ..CrawlOptions::default()
        };
        let all = crawl(&reader, &everything(), &whole, Arc::new(()))
            .await
            .unwrap();
        let options = CrawlOptions::default();
        let read = crawl(&reader, &everything(), &options, Arc::new(()))
            .await
            .unwrap();
        let kept = snapshot::read(&snapshot::write(&all.inventory)).unwrap();
        let target = Target::unknown(sandbox.service_id(), "team".parse().unwrap());
        let planned =
            |inventory| make(inventory, &read.selected, &target, &PlanOptions::default()).unwrap();
        let (online, offline) = (planned(&read.inventory), planned(&kept));
        assert_eq!(offline.findings, online.findings, "service {number}");
        assert_eq!(offline.steps.len(), online.steps.len(), "service {number}");
        for (offline, online) in offline.steps.iter().zip(&online.steps) {
            // Who has read it alone knows its ETag as well.
            let marked = |step: &Step| Step {
                source_etag: (step.source_digest.is_none())
                    .then(|| step.source_etag.clone())
                    .flatten(),
                ..step.clone()
            };
            assert_eq!(marked(offline), marked(online), "service {number}");
        }
        sandbox.stop().await.unwrap();
    }
}
