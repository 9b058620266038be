use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::sandbox::rules::body::{check, name_problem, template_problems};
use crate::sandbox::rules::kinds::kind_of;
use crate::sandbox::rules::policy::{
    RefKind, not_in_workspace, problem, references, resolver_problem,
};

struct Resource {
    path: String,
    pattern: String,
    in_workspace: bool,
    properties: serde_json::Map<String, Value>,
}

fn resources() -> Vec<Resource> {
    let seed = seed();
    let list = seed["resources"].as_array().unwrap();
    list.iter()
        .map(|resource| {
            let path = resource["path"].as_str().unwrap().to_owned();
            let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
            let in_workspace = parts[0] == "workspaces";
            let skip = if in_workspace { 2 } else { 0 };
            let pattern: Vec<&str> = parts[skip..].iter().copied().step_by(2).collect();
            let pattern = pattern.join("/");
            let properties = resource["properties"].as_object().unwrap().clone();
            Resource {
                path,
                pattern,
                in_workspace,
                properties,
            }
        })
        .collect()
}

fn is_policy(resource: &Resource) -> bool {
    resource.pattern.ends_with("policies") || resource.pattern == "policyFragments"
}

fn text(resource: &Resource) -> &str {
    resource.properties["value"].as_str().unwrap()
}

#[test]
fn it_is_as_large_as_a_real_service() {
    let resources = resources();
    let count = |pattern: &str| {
        let same = resources.iter().filter(|one| one.pattern == pattern);
        same.count()
    };
    assert_eq!(count("apis"), 18);
    assert!(
        count("apis/operations") >= 110,
        "{}",
        count("apis/operations")
    );
    assert!(count("namedValues") >= 17);
    assert_eq!(count("products"), 4);
    assert_eq!(count("policyFragments"), FRAGMENTS.len());
    let paths: BTreeSet<&str> = resources.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths.len(), resources.len(), "a path stands there twice");
}

#[test]
fn every_body_would_be_accepted() {
    // What a GET shows and a PUT may not send belongs in a seed all the same.
    let read_only = ["subject", "thumbprint", "expirationDate"];
    for one in resources() {
        assert!(kind_of(&one.pattern).is_some(), "{}", one.path);
        let name = one.path.rsplit('/').next().unwrap();
        assert_eq!(name_problem(&one.pattern, name), None, "{}", one.path);
        if one
            .properties
            .get("type")
            .is_some_and(|kind| kind == "system")
        {
            continue;
        }
        let mut properties = one.properties.clone();
        properties.retain(|name, _| !read_only.contains(&name.as_str()));
        let errors = check(&one.pattern, one.in_workspace, true, &properties);
        assert!(errors.is_empty(), "{}: {errors:?}", one.path);
        if one.pattern == "apis/operations" {
            let errors = template_problems(&properties);
            assert!(errors.is_empty(), "{}: {errors:?}", one.path);
        }
    }
}

fn ids_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with(SERVICE) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, found)),
        Value::Object(members) => members.values().for_each(|member| ids_in(member, found)),
        _ => {}
    }
}

#[test]
fn every_id_names_something_that_comes_before() {
    let mut seen: BTreeSet<String> = BTreeSet::from(["/apis".to_owned(), "/".to_owned()]);
    for one in resources() {
        let parent = one.path.rsplitn(3, '/').nth(2).unwrap();
        let workspace = one.in_workspace && parent.matches('/').count() == 2;
        assert!(
            parent.is_empty() || workspace || seen.contains(parent),
            "{} has no parent",
            one.path
        );
        let mut ids = Vec::new();
        ids_in(&Value::Object(one.properties.clone()), &mut ids);
        for id in ids {
            let path = &id[SERVICE.len()..];
            // A release may name a revision that is made after its API.
            let later = one.pattern == "apis/releases";
            assert!(later || seen.contains(path), "{} names {path}", one.path);
        }
        seen.insert(one.path);
    }
}

#[test]
fn every_schema_id_and_type_name_of_an_operation_is_there() {
    let resources = resources();
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in resources.iter().filter(|one| one.pattern == "apis/schemas") {
        let schemas = &one.properties["document"]["components"]["schemas"];
        let names = schemas.as_object().into_iter().flat_map(|map| map.keys());
        types.insert(one.path.clone(), names.cloned().collect());
    }
    let mut found = 0;
    for one in resources
        .iter()
        .filter(|one| one.pattern == "apis/operations")
    {
        let api = one.path.split("/operations/").next().unwrap();
        let mut uses = Vec::new();
        schema_uses(&Value::Object(one.properties.clone()), &mut uses);
        for (schema, name) in uses {
            let known = types.get(&format!("{api}/schemas/{schema}"));
            let known = known.unwrap_or_else(|| panic!("{} names {schema}", one.path));
            assert!(
                known.is_empty() || known.contains(&name),
                "{} names {name}",
                one.path
            );
            found += 1;
        }
    }
    assert!(found > 60, "{found}");
}

fn schema_uses(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| schema_uses(item, found)),
        Value::Object(members) => {
            if let Some(schema) = members.get("schemaId").and_then(Value::as_str) {
                let name = members["typeName"].as_str().unwrap();
                found.push((schema.to_owned(), name.to_owned()));
            }
            members
                .values()
                .for_each(|member| schema_uses(member, found));
        }
        _ => {}
    }
}

#[test]
fn every_name_in_a_policy_is_there() {
    let resources = resources();
    let scope = |one: &Resource| one.path.starts_with("/workspaces/billing/");
    let has = |in_workspace: bool, pattern: &str, name: &str| {
        resources.iter().any(|one| {
            let last = one.path.rsplit('/').next().unwrap();
            scope(one) == in_workspace && one.pattern == pattern && last == name
        })
    };
    let mut kinds = BTreeSet::new();
    for one in resources.iter().filter(|one| is_policy(one)) {
        let form = match one.pattern.as_str() {
            "policyFragments" => problem(text(one), true),
            "apis/resolvers/policies" => resolver_problem(text(one)),
            _ => problem(text(one), false),
        };
        assert_eq!(form, None, "{}", one.path);
        for found in references(text(one))
            .into_iter()
            .filter(|found| !found.in_liquid)
        {
            kinds.insert(found.kind);
            let pattern = match found.kind {
                RefKind::NamedValue => {
                    let known = resources.iter().any(|value| {
                        scope(value) == scope(one)
                            && value.pattern == "namedValues"
                            && value.properties["displayName"] == found.id.as_str()
                    });
                    assert!(known, "{} names {}", one.path, found.id);
                    continue;
                }
                RefKind::Fragment => "policyFragments",
                RefKind::Backend => "backends",
                RefKind::Certificate => "certificates",
                RefKind::Logger => "loggers",
                RefKind::Schema => "schemas",
                RefKind::AuthProvider => "authorizationProviders",
            };
            assert!(
                has(scope(one), pattern, &found.id),
                "{} names {}",
                one.path,
                found.id
            );
        }
    }
    assert_eq!(kinds.len(), 7, "not every kind of reference occurs");
}

#[test]
fn named_values_in_credentials_are_there() {
    let resources = resources();
    let names: BTreeSet<&str> = resources
        .iter()
        .filter(|one| one.pattern == "namedValues")
        .filter_map(|one| one.properties["displayName"].as_str())
        .collect();
    let mut count = 0;
    for one in &resources {
        if !matches!(one.pattern.as_str(), "backends" | "loggers") {
            continue;
        }
        let text = Value::Object(one.properties.clone()).to_string();
        for part in text.split("{{").skip(1) {
            let name = part.split("}}").next().unwrap();
            assert!(names.contains(name), "{} names {name}", one.path);
            count += 1;
        }
    }
    assert!(count >= 6, "{count}");
}

#[test]
fn only_the_marked_apis_use_what_a_workspace_lacks() {
    let lacking: Vec<String> = resources()
        .into_iter()
        .filter(|one| is_policy(one) && !not_in_workspace(text(one)).is_empty())
        .map(|one| one.path)
        .collect();
    assert_eq!(
        lacking,
        [
            "/apis/partner-crm/policies/policy",
            "/apis/recommendations-graphql/resolvers/for-customer/policies/policy"
        ]
    );
}

#[test]
fn whatever_is_secret_can_be_searched_for() {
    for one in resources() {
        let secret = one.properties.get("secret") == Some(&json!(true));
        let value = one.properties.get("value").and_then(Value::as_str);
        if secret && let Some(value) = value {
            assert!(value.contains("contoso-secret"), "{}", one.path);
        }
        for name in ["primaryKey", "secondaryKey", "clientSecret", "password"] {
            if let Some(value) = one.properties.get(name).and_then(Value::as_str) {
                assert!(value.starts_with("contoso-secret"), "{} {name}", one.path);
            }
        }
    }
}
