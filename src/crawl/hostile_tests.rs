//! The crawl of a service that means it no good.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::arm::tests::hostile::{Live, ok};
use crate::select::Glob;

fn options() -> CrawlOptions {
    CrawlOptions {
        concurrency: 4,
        everything: false,
        ..CrawlOptions::default()
    }
}

fn all() -> Select {
    Select {
        apis: vec![Glob::new("*")],
        ..Select::default()
    }
}

/// A service that gives what `body` makes of a path below it; else an empty
/// list.
async fn service(body: impl Fn(&str) -> Option<Value> + Clone + Send + 'static) -> Live {
    Live::start(move |_, line| {
        let path = line.split([' ', '?']).nth(1).unwrap_or_default();
        let below = path.split_once("/service/n").map_or("", |(_, below)| below);
        let value = body(below).unwrap_or_else(|| json!({"value": []}));
        ok("", value.to_string().as_bytes())
    })
    .await
}

fn policy(text: &str) -> Value {
    json!({"properties": {"format": "rawxml", "value": text}})
}

#[tokio::test]
async fn fragments_that_go_on_and_on_end() {
    let live = service(|below| {
        let including = |number: usize| {
            policy(&format!("<policies><inbound><include-fragment fragment-id=\"f{number}\" /></inbound></policies>"))
        };
        if let Some(number) = below.strip_prefix("/policyFragments/f") {
            return Some(including(number.parse::<usize>().ok()? + 1));
        }
        Some(match below {
            "/apis" => json!({"value": [{"name": "a", "properties": {"path": "a"}}]}),
            "/apis/a" => json!({"properties": {"path": "a", "displayName": "a"}}),
            "/apis/a/policies/policy" => including(0),
            _ => return None,
        })
    })
    .await;
    let error = crawl(&live.reader(), &all(), &options(), Arc::new(())).await;
    let error = error.unwrap_err();
    assert!(matches!(error, CrawlError::Endless), "{error}");
    assert!(error.to_string().contains("200 times"), "{error}");
    assert!(error.help().is_some());
}

#[tokio::test]
async fn names_that_no_resource_can_have_are_passed_over_and_told() {
    let names = [
        "good",
        "GOOD",
        "..",
        ".",
        "",
        "a/b",
        "../../x",
        "a%2fb",
        "a\\b",
        "nul\0",
        "esc\u{1b}[2J",
        "a?b",
        "a#b",
        "\u{202e}doog",
    ];
    let long = "n".repeat(5_000);
    let live = service(move |below| {
        let item = |name: &str| json!({"name": name, "properties": {"path": name}});
        let mut items: Vec<Value> = names.iter().map(|n| item(n)).collect();
        items.push(item(&long));
        Some(match below {
            "/apis" => json!({"value": items}),
            "/apis/GOOD/operations" => json!({"value": [item("GET_my-api/test")]}),
            _ if below.matches('/').count() == 2 => json!({"properties": {"path": "p"}}),
            _ => return None,
        })
    })
    .await;
    let crawled = crawl(&live.reader(), &all(), &options(), Arc::new(())).await;
    let crawled = crawled.unwrap();
    let names: Vec<&str> = crawled.selected.iter().map(|p| p.name()).collect();
    // Direction marks are no danger to a path; whoever shows it defuses them.
    assert_eq!(names, ["a%2fb", "GOOD", "\u{202e}doog"]);
    let told = crawled.inventory.nameless;
    let below = |parent: Option<&str>, called: &str| {
        told.contains(&(parent.map(|p| p.parse().unwrap()), called.to_owned()))
    };
    assert!(
        below(None, "/apis/a/b") && below(None, "/apis/a?b"),
        "{told:?}"
    );
    assert!(
        below(Some("/apis/good"), "/apis/GOOD/operations/GET_my-api/test"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .all(|(_, called)| !called.contains(char::is_control))
    );
}
