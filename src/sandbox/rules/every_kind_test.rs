//! Whether the seed of the whole way (`journeys::every_kind`) is one that holds
//! everything: each kind, at its smallest, and with every property set.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::kinds::{KINDS, Verbs};
use super::shape::{Fields, Flag, Shape, table};

/// Kinds that are not in it, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("workspaces", "the target itself"),
    (
        "documentations",
        "pages of the portal: no API refers to one",
    ),
    ("apis/tags", "the same as `tags/apiLinks`"),
    ("apis/operations/tags", "the same as `tags/operationLinks`"),
    ("products/tags", "the same as `tags/productLinks`"),
    ("products/apis", "the same as `products/apiLinks`"),
    ("products/groups", "the same as `products/groupLinks`"),
    ("notifications", "always there; its recipients are set"),
];

/// Properties that are set nowhere in it, and why.
const NOT_SET: &[(&str, &str)] = &[
    ("apis.value", "write-only, an import"),
    ("apis.format", "write-only, an import"),
    ("apis.wsdlSelector", "write-only, an import"),
    ("apis.apiType", "write-only, an import"),
    (
        "apis.translateRequiredQueryParameters",
        "write-only, an import",
    ),
    ("apis.sourceApiId", "write-only"),
    ("apis.apiVersionSet", "shows what `apiVersionSetId` names"),
    ("apis/operations.policies", "the legacy form of a policy"),
    ("authorizationProviders/authorizations.error", "a state"),
    ("authorizationProviders/authorizations.status", "a state"),
    (
        "backends.credentials.managedIdentity",
        "in no published type",
    ),
    ("users.password", "write-only"),
    ("users.appType", "write-only"),
    ("users.confirmation", "write-only"),
];

/// What the smallest of a kind needs beyond what the table calls required.
const NEEDED: &[(&str, &[&str])] = &[
    ("backends", &["url", "protocol"]),
    ("certificates", &["keyVault"]),
    ("namedValues", &["value"]),
    ("schemas", &["document"]),
    ("subscriptions", &["state"]),
    ("policyFragments", &["format"]),
    ("apis/policies", &["format"]),
    ("apis/operations/policies", &["format"]),
    ("products/policies", &["format"]),
    ("policies", &["format"]),
];

type Seeded = BTreeMap<&'static str, Vec<Map<String, Value>>>;

fn seeded() -> Seeded {
    let text = include_str!("../../../tests/seeds/every-kind.json");
    let seed: Value = serde_json::from_str(text).unwrap();
    let mut found = Seeded::new();
    for resource in seed["resources"].as_array().unwrap() {
        let path = resource["path"].as_str().unwrap();
        let pattern: Vec<&str> = path.split('/').skip(1).step_by(2).collect();
        let kind = super::kinds::kind_of(&pattern.join("/")).unwrap();
        let properties = resource["properties"].as_object().unwrap().clone();
        found.entry(kind.pattern).or_default().push(properties);
    }
    found
}

fn is_left_out(pattern: &str) -> bool {
    LEFT_OUT.iter().any(|(left, _)| *left == pattern)
}

#[test]
fn every_kind_is_in_it() {
    let seeded = seeded();
    for kind in KINDS {
        let is_made = !matches!(kind.verbs, Verbs::ReadOnly | Verbs::ListOnly);
        assert_eq!(
            is_made && !is_left_out(kind.pattern),
            seeded.contains_key(kind.pattern),
            "{}",
            kind.pattern
        );
    }
}

#[test]
fn every_property_is_set_somewhere_in_it() {
    let mut missing = BTreeSet::new();
    for (pattern, all) in seeded() {
        if let Some(fields) = table().of_kind(pattern) {
            let values: Vec<Value> = all.into_iter().map(Value::Object).collect();
            unset(
                fields,
                &values.iter().collect::<Vec<_>>(),
                pattern,
                &mut missing,
            );
        }
    }
    let expected: BTreeSet<String> = NOT_SET.iter().map(|(at, _)| (*at).to_owned()).collect();
    assert_eq!(missing, expected);
}

/// Collects the writable members of an object that none of its values sets.
fn unset(fields: &Fields, values: &[&Value], at: &str, missing: &mut BTreeSet<String>) {
    for (name, field) in fields {
        if field.flag == Flag::ReadOnly {
            continue;
        }
        let at = format!("{at}.{name}");
        let set: Vec<&Value> = values.iter().filter_map(|value| value.get(name)).collect();
        if set.is_empty() {
            missing.insert(at);
        } else {
            unset_within(&field.shape, &set, &at, missing);
        }
    }
}

fn unset_within(shape: &Shape, values: &[&Value], at: &str, missing: &mut BTreeSet<String>) {
    match shape {
        Shape::List(_, inner) => {
            let items = values.iter().filter_map(|v| v.as_array()).flatten();
            unset_within(inner, &items.collect::<Vec<_>>(), at, missing);
        }
        Shape::Map(inner) => {
            let items = values.iter().filter_map(|v| v.as_object());
            let items = items.flat_map(|map| map.values());
            unset_within(inner, &items.collect::<Vec<_>>(), at, missing);
        }
        Shape::Object(name) => {
            if let Some(fields) = table().object(name) {
                unset(fields, values, at, missing);
            }
        }
        _ => {}
    }
}

#[test]
fn every_kind_is_in_it_at_its_smallest() {
    for (pattern, all) in seeded() {
        let Some(fields) = table().of_kind(pattern) else {
            continue;
        };
        let needed = NEEDED.iter().find(|(of, _)| *of == pattern);
        let needed = needed.map_or(&[][..], |(_, names)| names);
        let small = all.iter().any(|properties| {
            properties.keys().all(|name| {
                let required = fields.get(name).is_some_and(|f| f.flag == Flag::Required);
                required || needed.contains(&name.as_str())
            })
        });
        let in_workspace = KINDS.iter().any(|k| k.pattern == pattern && k.in_workspace);
        assert!(small || !in_workspace, "{pattern}");
    }
}
