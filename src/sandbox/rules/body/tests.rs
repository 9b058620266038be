use serde_json::json;

use super::*;

fn errors(pattern: &str, properties: Value) -> Vec<String> {
    let properties = properties.as_object().unwrap();
    check(pattern, false, true, properties)
        .into_iter()
        .map(|error| format!("{}: {}", error.target, error.message))
        .collect()
}

#[test]
fn a_plain_api_is_accepted() {
    let api = json!({
        "displayName": "Orders", "path": "orders", "protocols": ["https"],
        "subscriptionKeyParameterNames": {"header": "k", "query": "k"}
    });
    assert_eq!(errors("APIS", api), Vec::<String>::new());
}

#[test]
fn each_kind_of_mistake_is_named_with_its_field() {
    let api = json!({
        "colour": "red", "isOnline": true, "description": null, "displayName": "",
        "protocols": ["ftp"], "subscriptionRequired": "yes",
        "contact": {"phone": "1"}
    });
    assert_eq!(
        errors("apis", api),
        [
            "colour: Invalid field 'colour' specified",
            "contact.phone: Invalid field 'phone' specified",
            "description: Value must not be null",
            "displayName: Length must be between 1 and 300 characters",
            "isOnline: Field 'isOnline' is read-only",
            "protocols[0]: Value must be one of http, https, ws, wss",
            "subscriptionRequired: Value must be a boolean",
            "path: Field 'path' must not be empty",
        ]
    );
}

#[test]
fn an_update_may_leave_out_what_is_required() {
    let properties = json!({"description": "x"});
    let properties = properties.as_object().unwrap();
    assert!(check("products", false, false, properties).is_empty());
    assert_eq!(check("products", false, true, properties).len(), 1);
}

#[test]
fn a_named_value_has_a_value_or_a_vault_and_a_plain_display_name() {
    let vault = json!({"secretIdentifier": "https://v.vault.azure.net/secrets/s"});
    assert!(
        errors(
            "namedValues",
            json!({"displayName": "a.b-c_d", "value": ""})
        )
        .is_empty()
    );
    assert!(
        errors(
            "namedValues",
            json!({"displayName": "a", "secret": true, "keyVault": vault})
        )
        .is_empty()
    );
    assert_eq!(
        errors("namedValues", json!({"displayName": "a", "secret": true})),
        ["value: Field 'value' must not be empty"]
    );
    assert_eq!(
        errors(
            "namedValues",
            json!({"displayName": "a", "value": "v", "keyVault": vault})
        ),
        ["value: Fields 'value' and 'keyVault' can't be specified together"]
    );
    assert_eq!(
        errors("namedValues", json!({"displayName": "a b", "value": "v"})),
        ["displayName: Only letters, digits, periods, dashes and underscores are allowed"]
    );
}

#[test]
fn a_membership_takes_no_properties() {
    assert_eq!(errors("products/apis", json!({"apiId": "x"})).len(), 1);
    assert!(errors("products/apis", json!({})).is_empty());
}

#[test]
fn a_workspace_wants_full_ids_and_no_revisions() {
    let check = |scope: &str| {
        let properties = json!({"scope": scope, "displayName": "s"});
        check("subscriptions", true, true, properties.as_object().unwrap()).len()
    };
    let ws = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/c/workspaces/w";
    assert_eq!(check(&format!("{ws}/apis/a")), 0);
    assert_eq!(check(&format!("{ws}/apis/a;rev=2")), 1);
    assert_eq!(check("/apis/a"), 1);
}

#[test]
fn names_follow_the_rule_of_their_type() {
    assert_eq!(name_problem("apis", "orders;rev=2"), None);
    assert!(name_problem("apis", "a#b").is_some());
    assert!(name_problem("tags", &"x".repeat(81)).is_some());
    assert!(name_problem("tags", "").is_some());
    assert_eq!(name_problem("policyFragments", "a-b_c"), None);
    assert!(name_problem("policyFragments", "a-").is_some());
    assert!(name_problem("policyFragments", "a b").is_some());
    assert_eq!(name_problem("apis/policies", "Policy"), None);
    assert!(name_problem("apis/policies", "main").is_some());
}

#[test]
fn a_template_and_its_parameters_must_agree() {
    let operation = |template: &str, names: &[&str]| {
        let names: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let properties = json!({"urlTemplate": template, "templateParameters": names});
        template_problems(properties.as_object().unwrap()).len()
    };
    assert_eq!(
        operation("/orders/{id}/{*rest}?a={A}", &["id", "rest", "a"]),
        0
    );
    assert_eq!(operation("/{*rest}?a={a?}", &["*rest", "a?"]), 0);
    assert_eq!(operation("/orders/{id}", &[]), 1);
    assert_eq!(operation("/orders", &["id"]), 1);
}

#[test]
fn everything_in_the_real_services_is_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("skipped: ../shared is absent");
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        let seed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for resource in seed["resources"].as_array().unwrap() {
            let at = resource["path"].as_str().unwrap();
            let properties = resource["properties"].as_object().unwrap();
            let parts: Vec<&str> = at.trim_matches('/').split('/').collect();
            let pattern: Vec<&str> = parts.iter().copied().step_by(2).collect();
            let pattern = pattern.join("/");
            assert!(kind_of(&pattern).is_some(), "{at}");
            assert_eq!(name_problem(&pattern, parts[parts.len() - 1]), None, "{at}");
            // The built-in groups are in every service, put there by nobody.
            if properties.get("type").is_some_and(|kind| kind == "system") {
                continue;
            }
            let errors = check(&pattern, false, true, properties);
            assert!(errors.is_empty(), "{}: {at}: {errors:?}", path.display());
            if pattern == "apis/operations" {
                let errors = template_problems(properties);
                assert!(errors.is_empty(), "{}: {at}: {errors:?}", path.display());
            }
        }
    }
}
