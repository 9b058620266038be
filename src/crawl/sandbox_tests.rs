//! The crawl against the sandbox, over HTTP.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::address::{ServiceId, split_revision};

use crate::catalog::{API, Access, PRODUCT, SUBSCRIPTION};
use crate::graph::closure;
use crate::inventory::snapshot;
use crate::sandbox::{Options, Sandbox};
use crate::select::Glob;

async fn sandbox(seeds: Vec<Value>) -> (Sandbox, Reader) {
    let options = Options {
        seeds,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let reader = reader(&sandbox.url(), sandbox.service_id());
    (sandbox, reader)
}

pub(super) fn reader(url: &str, service: ServiceId) -> Reader {
    Reader::new(crate::journeys::arm_at(url), service)
}

pub(super) fn one(name: &str) -> Select {
    Select {
        apis: vec![Glob::new(name)],
        ..Select::default()
    }
}

pub(super) fn everything() -> Select {
    Select {
        all: true,
        ..Select::default()
    }
}

async fn crawled(reader: &Reader, select: &Select) -> Crawled {
    crawl(reader, select, &CrawlOptions::default(), Arc::new(()))
        .await
        .unwrap()
}

/// What a closure is made of, with links told by what they link: their names
/// depend on how they were found.
pub(super) fn members(inventory: &Inventory, selected: &[ResourcePath]) -> BTreeSet<String> {
    let closure = closure(inventory, selected, &[]);
    let keys = closure.members.keys().filter_map(|p| inventory.get(p));
    keys.map(|r| match r.kind.access {
        Access::Link => {
            let reference = r.kind.references[0];
            let end = inventory
                .resolve_id(r.text(reference.pointer).unwrap())
                .unwrap();
            let parent = r.path.parent().unwrap();
            format!("{parent} -> {end}").to_lowercase()
        }
        _ => r.path.to_string().to_lowercase(),
    })
    .collect()
}

fn assert_frugal(sandbox: &Sandbox) {
    let mut seen = BTreeSet::new();
    for line in sandbox.log() {
        assert!(matches!(line.method.as_str(), "GET" | "HEAD"), "{line:?}");
        let url = format!("{}?{}", line.path.to_lowercase(), line.query);
        assert!(seen.insert(url), "read twice: {} {}", line.path, line.query);
    }
}

fn seeds() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("skipped: ../shared is absent");
        return Vec::new();
    };
    let read = |path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    entries.map(|e| read(e.unwrap().path())).collect()
}

/// Every closure that a crawl gives must be what the whole service would give.
async fn assert_complete(seed: Value) {
    let whole = snapshot::read(&seed.to_string()).unwrap();
    let (sandbox, reader) = sandbox(vec![seed]).await;
    let roots: Vec<ResourcePath> = whole
        .of_kind(&crate::catalog::API)
        .map(|r| r.path.clone())
        .filter(|p| split_revision(p.name()).1.is_none())
        .collect();
    for root in &roots {
        let (alone, reader) = self::sandbox(vec![sandbox.dump()]).await;
        let got = crawled(&reader, &one(root.name())).await;
        assert_frugal(&alone);
        assert_eq!(
            members(&got.inventory, &got.selected),
            members(&whole, std::slice::from_ref(root)),
            "{root}"
        );
        alone.stop().await.unwrap();
    }
    let got = crawled(&reader, &everything()).await;
    assert_frugal(&sandbox);
    assert_eq!(
        members(&got.inventory, &got.selected),
        members(&whole, &roots)
    );
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn contoso_is_read_completely_and_each_thing_once() {
    assert_complete(crate::sandbox::contoso::seed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn real_services_are_read_completely_and_each_thing_once() {
    for seed in seeds() {
        assert_complete(seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_service_can_be_read() {
    let (sandbox, reader) = sandbox(Vec::new()).await;
    let options = CrawlOptions {
        everything: true,
        ..CrawlOptions::default()
    };
    let got = crawl(&reader, &Select::default(), &options, Arc::new(()))
        .await
        .unwrap();
    assert_frugal(&sandbox);
    let text = snapshot::write(&got.inventory);
    let leak = text.lines().find(|l| l.contains("contoso-secret"));
    assert_eq!(leak, None);
    let seed = snapshot::read(&crate::sandbox::contoso::seed().to_string()).unwrap();
    let missing: Vec<_> = seed
        .resources()
        .filter(|r| r.kind.access != Access::Link && got.inventory.get(&r.path).is_none())
        .map(|r| r.path.to_string())
        .collect();
    assert_eq!(missing, [] as [&str; 0]);
    assert!(got.inventory.workspaces.contains_key("billing"));
    assert_eq!(got.inventory.workspaces["billing"].gateways.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_not_there_is_said_after_few_reads() {
    let (sandbox, reader) = sandbox(Vec::new()).await;
    let error = crawl(
        &reader,
        &one("invoice"),
        &CrawlOptions::default(),
        Arc::new(()),
    )
    .await
    .unwrap_err();
    assert_eq!(error.exit(), Exit::Usage);
    assert_eq!(error.help().as_deref(), Some("did you mean `invoices`?"));
    assert!(sandbox.log().len() < 40);
}

#[tokio::test]
async fn what_stands_around_things_that_are_added_to_is_counted() {
    let at =
        |path: &str, properties: Value| serde_json::json!({"path": path, "properties": properties});
    let id = |path: &str| {
        serde_json::json!(format!(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w{path}"
        ))
    };
    let seed = serde_json::json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}}],
        "resources": [
            at("/workspaces/w/apis/a", serde_json::json!({"displayName": "A", "path": "a", "isCurrent": true})),
            at("/workspaces/w/products/p", serde_json::json!({"displayName": "P", "subscriptionRequired": true})),
            at("/workspaces/w/products/p/apiLinks/theirs", serde_json::json!({"apiId": id("/apis/a")})),
            at("/workspaces/w/subscriptions/s", serde_json::json!({"displayName": "S", "scope": id("/products/p")})),
        ],
    });
    let (_sandbox, reader) = sandbox(vec![seed]).await;
    let kinds = BTreeSet::from([&API, &PRODUCT, &SUBSCRIPTION]);
    let empty = Inventory::new(reader.service().clone());
    let workspace = "w".parse().unwrap();
    let target = read_target(&reader, &workspace, &kinds, &empty).await;
    let mut target = target.unwrap();
    let wanted = [
        "/products/p",
        "/products/p/apiLinks/ours",
        "/apis/b/operations/o",
    ];
    let wanted = wanted.iter().map(|p| p.parse().unwrap()).collect();
    read_existing(&reader, &mut target, &wanted).await.unwrap();
    let told: Vec<String> = (target.crowds.iter())
        .map(|((around, kind), paths)| {
            let names: Vec<&str> = paths.iter().map(|p| p.name()).collect();
            format!("{around} {kind}: {}", names.join(", "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "/products/p productApiLink: theirs",
            "/products/p subscription: s"
        ]
    );
}
