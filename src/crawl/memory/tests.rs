//! What is remembered is gone by as far as it can be told, and no further.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Memory, TRUSTED};
use crate::arm::Reader;
use crate::crawl::{CrawlOptions, PolicyIndex, crawl_again};
use crate::inventory::snapshot;
use crate::journeys::arm_at;
use crate::sandbox::{Options, Sandbox};
use crate::select::{Glob, Select};

const POLICY: &str = "<policies><inbound><base /><set-method>GET</set-method></inbound><backend>\
                      <base /></backend><outbound><base /></outbound><on-error><base /></on-error>\
                      </policies>";

/// The Contoso sample, and somebody who reads it now and then.
struct Service {
    sandbox: Sandbox,
    reader: Reader,
    began: SystemTime,
}

/// What a crawl came to.
struct Read {
    /// The inventory, as a snapshot.
    found: String,
    selected: Vec<String>,
    notes: Vec<String>,
    reads: usize,
    saved: usize,
    memory: Memory,
}

impl Read {
    fn text(&self) -> String {
        self.memory.text().unwrap()
    }
}

impl Service {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options::default(), 0).await.unwrap();
        Self {
            reader: Reader::new(arm_at(&sandbox.url()), sandbox.service_id()),
            sandbox,
            began: SystemTime::now(),
        }
    }

    /// Reads these APIs, or all, so much later, with what was remembered.
    async fn read(&self, apis: &[&str], later: Duration, text: Option<&str>) -> Read {
        self.read_as(apis, later, text, PolicyIndex::Auto).await
    }

    async fn read_as(
        &self,
        apis: &[&str],
        later: Duration,
        text: Option<&str>,
        policy_index: PolicyIndex,
    ) -> Read {
        let select = Select {
            all: apis.is_empty(),
            apis: apis.iter().map(|name| Glob::new(*name)).collect(),
            ..Select::default()
        };
        let options = CrawlOptions {
            policy_index,
            ..CrawlOptions::default()
        };
        let mut memory = Memory::of(&self.reader, self.began + later);
        text.into_iter().for_each(|text| memory.take(text));
        let before = self.sandbox.log().len();
        let crawled = crawl_again(&self.reader, &select, &options, &mut memory, Arc::new(()));
        let crawled = crawled.await.unwrap();
        Read {
            found: snapshot::write(&crawled.inventory),
            selected: crawled.selected.iter().map(ToString::to_string).collect(),
            notes: crawled.notes,
            reads: self.sandbox.log().len() - before,
            saved: memory.remembered().map_or(0, |r| r.reads),
            memory,
        }
    }

    /// Somebody does something to the service.
    async fn does(&self, method: Method, path: &str, properties: Value) {
        let id = self.sandbox.service_id();
        let url = format!("{}{id}{path}?api-version=2024-05-01", self.sandbox.url());
        let request = reqwest::Client::new().request(method, url).bearer_auth("t");
        let request = request.header("if-match", "*");
        let answer = request.json(&json!({"properties": properties}));
        let answer = answer.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
    }
}

const SOON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_as_it_was_is_not_read_again() {
    let service = Service::start().await;
    let first = service.read(&[], Duration::ZERO, None).await;
    let again = service.read(&[], SOON, Some(&first.text())).await;
    assert!(again.found == first.found);
    assert_eq!(again.selected, first.selected);
    assert_eq!(again.reads + again.saved, first.reads);
    assert!(again.saved > first.reads / 3, "{} saved", again.saved);
    assert_eq!(again.memory.remembered().unwrap().age, SOON);
    // What was read a while ago grows no younger by that.
    assert!(again.text() == first.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_selection_goes_by_what_is_known_of_it() {
    let service = Service::start().await;
    let first = service
        .read(&["orders-v1", "invoices"], Duration::ZERO, None)
        .await;
    let one = service.read(&["invoices"], SOON, Some(&first.text())).await;
    assert!(one.saved > 0);
    let fresh = service.read(&["invoices"], SOON, None).await;
    assert!(one.found == fresh.found);
    // What was not asked for this time is remembered all the same.
    let more = ["orders-v1", "invoices", "catalog"];
    let again = service.read(&more, SOON, Some(&one.text())).await;
    assert!(again.saved > one.saved);
    assert!(again.found == service.read(&more, SOON, None).await.found);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_is_noticed() {
    let service = Service::start().await;
    let apis = ["in*", "catalog"];
    let mut text = service.read(&apis, Duration::ZERO, None).await.text();
    let revision =
        json!({"sourceApiId": "/apis/inventory", "path": "inventory", "apiRevision": "9"});
    let api = json!({"displayName": "New", "path": "in-new", "protocols": ["https"]});
    let product = json!({"displayName": "New", "subscriptionRequired": false});
    let policy = json!({"value": POLICY, "format": "rawxml"});
    for (method, path, properties) in [
        (
            Method::PATCH,
            "/apis/invoices",
            json!({"description": "else"}),
        ),
        (
            Method::PUT,
            "/apis/invoices/policies/policy",
            policy.clone(),
        ),
        (Method::PUT, "/apis/inventory;rev=9", revision),
        (Method::PUT, "/apis/in-new", api),
        (Method::DELETE, "/apis/in-new", Value::Null),
        (Method::PUT, "/products/new", product),
        (Method::PUT, "/products/new/policies/policy", policy.clone()),
        (
            Method::PUT,
            "/namedValues/environment",
            json!({"displayName": "environment", "value": "test"}),
        ),
        (
            Method::PUT,
            "/apis/catalog/operations/n",
            json!({"displayName": "N", "method": "GET", "urlTemplate": "/n"}),
        ),
        (
            Method::PUT,
            "/apis/catalog/operations/n/policies/policy",
            policy,
        ),
        (
            Method::DELETE,
            "/apis/catalog/operations/n/policies/policy",
            Value::Null,
        ),
    ] {
        service.does(method, path, properties).await;
        let mut fresh = service.read(&apis, SOON, None).await;
        while fresh.found.contains("InProgress") {
            fresh = service.read(&apis, SOON, None).await;
        }
        let again = service.read(&apis, SOON, Some(&text)).await;
        assert!(again.found == fresh.found, "{path}");
        assert_eq!(again.selected, fresh.selected, "{path}");
        assert!(again.saved > fresh.reads / 10, "{path}: {}", again.saved);
        text = again.text();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_tells_of_is_gone_by_for_a_while_and_no_longer() {
    let service = Service::start().await;
    let text = service.read(&[], Duration::ZERO, None).await.text();
    let n = json!({"contentType": "application/json", "document": {"value": "{}"}});
    service
        .does(Method::PUT, "/apis/catalog/schemas/n", n)
        .await;
    let within = TRUSTED.checked_sub(Duration::from_secs(2)).unwrap();
    let knows = |read: &Read| read.found.contains("/apis/catalog/schemas/n\"");
    let still = service.read(&[], within, Some(&text)).await;
    assert!(still.saved > 0 && !knows(&still));
    let fresh = service.read(&[], TRUSTED, Some(&still.text())).await;
    assert!(fresh.saved == 0 && knows(&fresh));
    // A clock that was set back tells nothing.
    let service_before = Service {
        began: service.began - SOON,
        ..service
    };
    let before = service_before.read(&[], Duration::ZERO, Some(&text)).await;
    assert!(before.saved == 0 && knows(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_whole_or_of_something_else_is_passed_over_with_a_word() {
    let service = Service::start().await;
    let first = service.read(&["invoices"], Duration::ZERO, None).await;
    let text = first.text();
    let lines: Vec<&str> = text.lines().collect();
    let torn = &text[..text.len() - 20];
    let short = [&lines[..2], &lines[3..]].concat().join("\n");
    let program = text.replacen(env!("CARGO_PKG_VERSION"), "0.0.0", 1);
    let service_name = service.sandbox.service_id().name().to_owned();
    let other = text.replacen(&format!("/service/{service_name}"), "/service/other", 1);
    let version = text.replacen("2024-05-01", "2022-08-01", 1);
    let elsewhere = text.replacen("127.0.0.1", "127.0.0.2", 1);
    for (text, word) in [
        (torn, "is not whole"),
        (&short, "is not whole"),
        ("", "is not whole"),
        ("{}\n", "is not whole"),
        (&program, "another version of this program"),
        (&other, "another service"),
        (&elsewhere, "another service"),
        (&version, "another version of the service's API"),
    ] {
        let read = service.read(&["invoices"], SOON, Some(text)).await;
        assert_eq!((read.saved, read.reads), (0, first.reads), "{word}");
        assert!(read.found == first.found);
        assert!(read.notes.iter().any(|n| n.contains(word)), "{word}");
    }
    // Nothing vouches for anything without the list that did.
    let never = PolicyIndex::Never;
    let read = service.read_as(&["invoices"], SOON, Some(&text), never);
    assert_eq!(read.await.saved, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_remembered() {
    let service = Service::start().await;
    let wiki = json!({"documents": [], "clientSecret": "hush-hush"});
    let text = service.read(&[], Duration::ZERO, None).await.text();
    assert!(!text.contains("contoso-secret-"));
    let ask = super::Ask::List(&crate::catalog::API_WIKI, "/apis/a".parse().ok());
    let answer = |properties: &Value| super::Answer::List(vec![json!({"properties": properties})]);
    assert!(super::file::line("/a", &ask, &answer(&wiki)).is_none());
    let clear = json!({"documents": []});
    assert!(super::file::line("/a", &ask, &answer(&clear)).is_some());
    // Nor one that stands in a policy in clear, however that came.
    let ask = super::Ask::Item("/apis/a/policies/policy".parse().unwrap());
    let header = |value: &str| {
        let header =
            format!("<inbound><set-header name=\"x-api-key\"><value>{value}</value></set-header>");
        POLICY.replace("<inbound>", &header)
    };
    for (value, is_kept) in [("hush-hush-4711", false), ("{{key}}", true)] {
        let body = json!({"properties": {"value": header(value), "format": "rawxml"}});
        for (body, text) in [(body, None), (Value::Null, Some(header(value)))] {
            let etag = None;
            let found = super::Answer::Item(Some(crate::arm::Fetched { body, etag, text }));
            assert_eq!(super::file::line("/a", &ask, &found).is_some(), is_kept);
        }
    }
}

#[test]
fn what_was_seen_half_made_is_not_remembered() {
    let kept = |path: &str, answer: super::Answer| {
        super::file::line(path, &super::Ask::Item(path.parse().unwrap()), &answer).is_some()
    };
    let schema = |properties: Value| {
        let body = json!({"properties": properties});
        let (etag, text) = (None, None);
        super::Answer::Item(Some(crate::arm::Fetched { body, etag, text }))
    };
    let at = "/apis/a/schemas/s";
    for (properties, is_kept) in [
        (json!({"provisioningState": "InProgress"}), false),
        (json!({"ProvisioningState": "Creating"}), false),
        (json!({"provisioningState": "succeeded"}), true),
        (json!({"provisioningState": "Failed"}), true),
        (json!({"provisioningState": null}), true),
        (json!({}), true),
    ] {
        assert_eq!(
            kept(at, schema(properties.clone())),
            is_kept,
            "{properties}"
        );
        let list = super::Answer::List(vec![json!({"properties": properties})]);
        let ask = super::Ask::List(&crate::catalog::API_SCHEMA, "/apis/a".parse().ok());
        assert_eq!(super::file::line(at, &ask, &list).is_some(), is_kept);
    }
    // A list named the one, and nothing the other.
    assert!(!kept(at, super::Answer::Item(None)));
    assert!(kept("/apis/a/policies/policy", super::Answer::Item(None)));
}
