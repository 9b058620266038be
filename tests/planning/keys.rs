//! The keys of subscriptions, which nobody may see, and what tells their users
//! what to do.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::Output;
use crate::common::migration::{CLEAN, Migration, dump, files};

fn keys(m: &Migration) -> Vec<String> {
    let is_key = |name: &str| matches!(name, "primaryKey" | "secondaryKey");
    let resources: BTreeMap<String, Value> = dump(&m.sandbox);
    let of = |value: &Value| -> Vec<String> {
        let map = value.as_object().into_iter().flatten();
        map.filter(|(name, _)| is_key(name))
            .filter_map(|(_, v)| v.as_str().map(str::to_owned))
            .collect()
    };
    let subscriptions = resources
        .iter()
        .filter(|(path, _)| path.contains("/subscriptions/"));
    let keys: Vec<String> = subscriptions.flat_map(|(_, v)| of(v)).collect();
    assert!(keys.len() > 6, "only {} keys", keys.len());
    keys
}

fn assert_no_key(m: &Migration, outputs: &[&Output]) {
    let keys = keys(m);
    let told = outputs.iter().map(|o| ("output".to_owned(), o.to_string()));
    for (name, text) in files(m.env.dir()).into_iter().chain(told) {
        for key in &keys {
            assert!(!text.contains(key.as_str()), "a key is in {name}");
        }
    }
}

/// The list's lines below its header, by the word for their keys.
fn listed(m: &Migration) -> BTreeMap<String, usize> {
    let text = m.env.read("list.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("source,target,scope,keys"));
    let mut found = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let [source, target, scope, word] = fields[..] else {
            panic!("{line}");
        };
        let there = dump(&m.sandbox);
        assert!(there.contains_key(&format!("/subscriptions/{source}").to_lowercase()));
        let copy = format!("/workspaces/billing/subscriptions/{target}").to_lowercase();
        assert!(there.contains_key(&copy), "{copy}");
        assert!(scope.starts_with("/workspaces/billing/"), "{scope}");
        *found.entry(word.to_owned()).or_default() += 1;
    }
    found
}

#[test]
fn keys_that_the_service_refuses_are_made_anew_and_told() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &["--keys", "carry"]).exits(0);
    let applied = m
        .apply(&["--output", "json", "--subscription-list", "list.csv"])
        .exits(0);
    let new = applied.json()["newKeys"].as_array().unwrap().len();
    assert!(new > 0, "{applied}");
    assert_eq!(listed(&m), BTreeMap::from([("new".to_owned(), new)]));
    m.verify().exits(0);
    let first = m.env.read("list.csv");
    std::fs::remove_file(m.env.path("list.csv")).unwrap();
    let again = m.apply(&["--subscription-list", "list.csv"]).exits(0);
    assert_eq!(m.env.read("list.csv"), first, "a later run knows it still");
    assert_no_key(&m, &[&applied, &again]);
}

#[test]
fn keys_that_the_service_takes_are_the_old_ones() {
    let m = Migration::contoso(&["--switch", "subscription-key-unique=false"]);
    m.plan(CLEAN, &["--keys", "carry"]).exits(0);
    let applied = m
        .apply(&["--subscription-list", "list.csv"])
        .exits(0)
        .omits("refused the keys");
    let words = listed(&m);
    assert_eq!(words.keys().collect::<Vec<_>>(), ["carried"]);
    assert_no_key(&m, &[&applied]);
}

#[test]
fn people_are_warned_of_refused_keys() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &["--keys", "carry"]).exits(0);
    m.apply(&[])
        .exits(0)
        .says("the service refused the keys of subscriptions/");
    m.apply(&["--dry-run", "--subscription-list", "list.csv"])
        .exits(2);
}
