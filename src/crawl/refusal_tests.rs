//! The crawl of a service that refuses some things: a gate in front of the
//! sandbox answers in its place.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::sandbox_tests::{everything, members, one, reader};
use super::*;
use crate::arm::{Endpoint, http_client};
use crate::inventory::snapshot;
use crate::sandbox::{Options, Sandbox, contoso};
use crate::select::Glob;

/// Tells from a path below the service whether the gate answers it, and how.
type Rule = fn(&str) -> Option<(u16, &'static str)>;

struct Gated {
    sandbox: Sandbox,
    gate: JoinHandle<()>,
    reader: Reader,
}

impl Drop for Gated {
    fn drop(&mut self) {
        self.gate.abort();
    }
}

/// Starts the sandbox behind a gate. Pages hold everything, since links to
/// further ones would lead past the gate.
async fn gated(rule: Rule) -> Gated {
    let options = Options {
        page_size: 10_000,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let behind: Endpoint = sandbox.url().parse().unwrap();
    let http = http_client(&behind).unwrap();
    let service = sandbox.service_id();
    let base = sandbox.url();
    let answer = move |request: Request<Body>| {
        let (http, base) = (http.clone(), base.clone());
        let uri = request.uri().clone();
        let below = uri.path()[service.to_string().len()..].to_owned();
        async move {
            if let Some((status, text)) = rule(&below) {
                let status = StatusCode::from_u16(status).unwrap();
                return (status, [("content-type", "text/plain")], text).into_response();
            }
            let got = http
                .get(format!("{base}{uri}"))
                .bearer_auth("t")
                .send()
                .await
                .unwrap();
            let mut response = Response::builder().status(got.status());
            for (name, value) in got.headers() {
                if ["etag", "content-type"].contains(&name.as_str()) {
                    response = response.header(name, value);
                }
            }
            response
                .body(Body::from(got.bytes().await.unwrap()))
                .unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer);
    let gate = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let reader = reader(&url, sandbox.service_id());
    Gated {
        sandbox,
        gate,
        reader,
    }
}

async fn tried(gated: &Gated, select: &Select) -> Result<Crawled, CrawlError> {
    crawl(
        &gated.reader,
        select,
        &CrawlOptions::default(),
        Arc::new(()),
    )
    .await
}

fn whole() -> Inventory {
    snapshot::read(&contoso::seed().to_string()).unwrap()
}

fn root(name: &str) -> Vec<ResourcePath> {
    vec![ResourcePath::top("apis", name).unwrap()]
}

/// The views of links that the service has below what is named.
fn is_view(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    segments.len() > 1 && matches!(segments.last(), Some(&"tags" | &"products"))
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_found_by_walking_where_views_are_refused() {
    let gated = gated(|path| is_view(path).then_some((405, ""))).await;
    for name in ["invoices", "orders-v1", "reports"] {
        let got = tried(&gated, &one(name)).await.unwrap();
        let wanted = members(&whole(), &root(name));
        assert_eq!(members(&got.inventory, &got.selected), wanted, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_may_not_be_read_is_an_error_and_not_empty() {
    let gated = gated(|path| (path == "/subscriptions").then_some((403, ""))).await;
    let error = tried(&gated, &one("invoices")).await.unwrap_err();
    assert_eq!(error.to_string(), "could not read `/subscriptions`");
    assert_eq!(error.exit(), Exit::Failed);
    assert!(matches!(error, CrawlError::Read { source, .. } if source.status() == Some(403)));
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_that_are_refused_are_an_error_and_not_none() {
    let gated = gated(|path| path.ends_with("/revisions").then_some((400, ""))).await;
    let error = tried(&gated, &one("invoices")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not read `/apis/invoices/revisions`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_no_json_is_told_apart() {
    let gated =
        gated(|path| (path == "/namedValues").then_some((200, "<html>log in</html>"))).await;
    let error = tried(&gated, &one("invoices")).await.unwrap_err();
    assert!(matches!(
        error,
        CrawlError::Read {
            source: ArmError::NotJson { status: 200, .. },
            ..
        }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_the_tier_lacks_count_as_absent() {
    let lacking = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or_default();
        let optional = [
            "gateways",
            "caches",
            "wikis",
            "tagDescriptions",
            "resolvers",
        ];
        optional.contains(&last).then_some((405, ""))
    };
    let gated = gated(lacking).await;
    let got = tried(&gated, &everything()).await.unwrap();
    assert_eq!(got.inventory.of_kind(&crate::catalog::GATEWAY).count(), 0);
    let names: BTreeSet<&str> = got.selected.iter().map(ResourcePath::name).collect();
    assert!(names.contains("invoices"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_listed_and_is_gone_is_not_kept_with_half_its_content() {
    let gated =
        gated(|path| (path == "/apis/invoices/schemas/invoice-types").then_some((404, ""))).await;
    let got = tried(&gated, &one("invoices")).await.unwrap();
    let schemas: Vec<_> = got
        .inventory
        .of_kind(&crate::catalog::API_SCHEMA)
        .map(|r| r.path.to_string())
        .collect();
    assert!(
        !schemas.iter().any(|p| p.ends_with("invoice-types")),
        "{schemas:?}"
    );
    assert!(got.inventory.of_kind(&crate::catalog::OPERATION).count() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn apis_are_selected_by_what_is_left_out() {
    let gated = gated(|_| None).await;
    for (kind, branch) in [("product", "products"), ("tag", "tags")] {
        let whole = whole();
        let owner = whole
            .of_kind(crate::catalog::kind(kind).unwrap())
            .find(|o| {
                whole
                    .children(&o.path)
                    .any(|c| c.kind.name == format!("{kind}ApiLink"))
            })
            .unwrap();
        let named = vec![owner.path.name().to_owned()];
        let mut select = Select {
            without: vec![branch.to_owned()],
            ..Select::default()
        };
        match kind {
            "tag" => select.tags = named,
            _ => select.products = named,
        }
        let got = tried(&gated, &select).await.unwrap();
        assert!(!got.selected.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_left_out_does_not_hide_what_policies_need() {
    let gated = gated(|_| None).await;
    for branch in ["namedValues", "backends", "policyFragments"] {
        let select = Select {
            apis: vec![Glob::new("invoices")],
            without: vec![branch.to_owned()],
            ..Select::default()
        };
        let got = tried(&gated, &select).await.unwrap();
        let (mine, wanted) = (
            closure_of(&got.inventory, branch),
            closure_of(&whole(), branch),
        );
        assert_eq!(mine, wanted, "{branch}");
    }
    assert!(!gated.sandbox.log().is_empty());
}

fn closure_of(inventory: &Inventory, branch: &str) -> BTreeSet<String> {
    let closure = crate::graph::closure(inventory, &root("invoices"), &[branch.to_owned()]);
    let collection = |p: &ResourcePath| p.root().collection().to_lowercase();
    closure
        .members
        .keys()
        .filter(|p| {
            ["namedvalues", "backends", "policyfragments"].contains(&collection(p).as_str())
        })
        .map(|p| p.to_string().to_lowercase())
        .collect()
}

/// Adds APIs with operations to a service, none of which concerns the others.
fn crowded(mut seed: Value, apis: usize) -> Value {
    let resources = seed["resources"].as_array_mut().unwrap();
    for n in 0..apis {
        let api = format!("/apis/crowd-{n}");
        resources.push(serde_json::json!({"path": api, "properties": {
            "displayName": format!("Crowd {n}"), "path": format!("crowd/{n}"), "protocols": ["https"],
            "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true, "type": "http",
        }}));
        resources.push(
            serde_json::json!({"path": format!("{api}/operations/get"), "properties": {
                "displayName": "Get", "method": "GET", "urlTemplate": "/",
            }}),
        );
    }
    seed
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_do_not_grow_with_what_is_not_selected() {
    let mut reads = Vec::new();
    for apis in [0, 120] {
        let options = Options {
            seeds: vec![crowded(contoso::seed(), apis)],
            page_size: 10_000,
            ..Options::default()
        };
        let sandbox = Sandbox::start(options, 0).await.unwrap();
        let reader = reader(&sandbox.url(), sandbox.service_id());
        let wanted = one("invoices");
        let got = crawl(&reader, &wanted, &CrawlOptions::default(), Arc::new(()))
            .await
            .unwrap();
        assert_eq!(got.selected, root("invoices"));
        let paths: BTreeSet<String> = sandbox.log().into_iter().map(|l| l.path).collect();
        reads.push(paths);
    }
    assert_eq!(reads[0], reads[1]);
}

#[tokio::test]
async fn a_list_to_choose_by_that_is_refused_is_named_and_not_taken_for_empty() {
    let gated = gated(|path| match path {
        "/products" => Some((403, "AuthorizationFailed")),
        path if path.starts_with("/tags/") => Some((403, "AuthorizationFailed")),
        _ => None,
    })
    .await;
    let menu = super::read_menu(&gated.reader).await.unwrap();
    assert!(!menu.apis.is_empty() && !menu.sets.is_empty());
    assert!(menu.products.is_empty() && menu.tags.is_empty());
    let unread: Vec<_> = (menu.unread.iter())
        .map(|(kind, error)| (kind.plural, error.status()))
        .collect();
    assert_eq!(unread, [("products", Some(403)), ("tags", Some(403))]);
}
