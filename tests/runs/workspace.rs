//! The `workspace` command: create, show, grant, revoke.

use serde_json::{Value, json};

use crate::common::{Env, Sandbox};

const ANNA: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const WRITES: [&str; 4] = ["PUT", "PATCH", "POST", "DELETE"];

/// What was sent that is not only a read.
fn writes(sandbox: &Sandbox) -> usize {
    let (_, log) = sandbox.ask("GET", "/_sandbox/log", None);
    let log = log.as_array().unwrap();
    log.iter()
        .filter(|l| WRITES.contains(&l["method"].as_str().unwrap()))
        .count()
}

/// A principal's assignments at a service and below it: role's id and scope.
fn held(sandbox: &Sandbox) -> Vec<(String, String)> {
    let path = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        sandbox.service
    );
    let (status, body) = sandbox.ask("GET", &path, None);
    assert_eq!(status, 200, "{body}");
    let text = |v: &Value| v.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut held: Vec<_> = (body["value"].as_array().unwrap().iter())
        .map(|a| {
            let p = &a["properties"];
            (text(&p["roleDefinitionId"]), text(&p["scope"]))
        })
        .collect();
    held.sort();
    held
}

fn workspace(sandbox: &Sandbox, id: &str) -> Value {
    let path = format!("{}/workspaces/{id}?api-version=2024-05-01", sandbox.service);
    sandbox.ask("GET", &path, None).1["properties"].clone()
}

fn create<'a>(id: &'a str, display: &'a str) -> [&'a str; 5] {
    ["workspace", "create", id, "--display-name", display]
}

fn grant<'a>(at: &'a str, role: &'a str) -> [&'a str; 7] {
    [
        "workspace",
        "grant",
        at,
        "--principal",
        ANNA,
        "--role",
        role,
    ]
}

fn revoke<'a>(at: &'a str, role: &'a str) -> [&'a str; 7] {
    [
        "workspace",
        "revoke",
        at,
        "--principal",
        ANNA,
        "--role",
        role,
    ]
}

#[test]
fn a_workspace_is_made_once_and_repeating_writes_nothing() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let args = [
        &create("finance", "Finance")[..],
        &["--description", "Money"],
    ]
    .concat();
    env.run(&args)
        .exits(0)
        .says("finance: created")
        .says("no gateway serves the workspace, so its APIs answer nowhere")
        .says("configConnections");
    assert_eq!(workspace(&sandbox, "finance")["description"], "Money");
    let before = writes(&sandbox);
    env.run(&args)
        .exits(0)
        .says("unchanged, nothing was written");
    let json = [&args[..], &["--output", "json"]].concat();
    let document = env.run(&json).exits(0).json();
    assert_eq!(document["outcome"], "unchanged");
    assert_eq!(document["serving"]["by"], "nothing");
    assert_eq!(writes(&sandbox), before);
}

#[test]
fn a_change_is_shown_and_made_only_when_it_is_wanted() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let make = [
        &create("finance", "Finance")[..],
        &["--description", "Money"],
    ]
    .concat();
    env.run(&make).exits(0);
    let change = create("finance", "Treasury");
    env.run(&change)
        .exits(2)
        .says("displayName: `Finance` becomes `Treasury`")
        .says("--yes");
    assert_eq!(workspace(&sandbox, "finance")["displayName"], "Finance");
    let yes = [&change[..], &["--yes", "--output", "json"]].concat();
    let document = env.run(&yes).exits(0).json();
    assert_eq!(document["outcome"], "changed");
    assert_eq!(document["changes"][0]["to"], "Treasury");
    let now = workspace(&sandbox, "finance");
    assert_eq!(
        (&now["displayName"], &now["description"]),
        (&json!("Treasury"), &json!("Money"))
    );
}

#[test]
fn a_bad_id_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let long = "x".repeat(81);
    for bad in ["a:b", "a/b", "", long.as_str()] {
        env.run(&create(bad, "X")).exits(2);
    }
    env.run(&create("x", " ")).exits(2);
    let bad_principal = [
        "workspace",
        "grant",
        "billing",
        "--principal",
        "anna",
        "--role",
        "reader",
    ];
    env.run(&bad_principal).exits(2);
    let bad_role = grant("billing", "boss");
    env.run(&bad_role).exits(2).says("contributor");
    let (_, log) = sandbox.ask("GET", "/_sandbox/log", None);
    assert_eq!(log, json!([]));
}

#[test]
fn a_tier_without_workspaces_says_so() {
    let env = Env::new();
    let seed = r#"{"service": {"name": "small", "sku": "Developer"}, "resources": []}"#;
    let seed = env.write("small.json", seed);
    let sandbox = Sandbox::start(&["--seed", seed.to_str().unwrap()]);
    let env = Env::connected(&sandbox);
    env.run(&create("w", "W"))
        .exits(1)
        .says("a service of tier Developer has no workspaces")
        .says("Premium");
    assert_eq!(writes(&sandbox), 0);
}

#[test]
fn a_v2_service_serves_its_workspaces_itself() {
    let env = Env::new();
    let seed = r#"{"service": {"name": "new", "sku": "PremiumV2"}, "resources": []}"#;
    let seed = env.write("new.json", seed);
    let sandbox = Sandbox::start(&["--seed", seed.to_str().unwrap()]);
    Env::connected(&sandbox)
        .run(&create("w", "W"))
        .exits(0)
        .says("the service's own")
        .omits("answer nowhere");
}

#[test]
fn missing_rights_are_told_with_what_it_takes() {
    let sandbox = Sandbox::start(&[
        "--deny",
        "Microsoft.ApiManagement/service/workspaces/write",
        "--deny",
        "Microsoft.Authorization/roleAssignments/write",
    ]);
    let env = Env::connected(&sandbox);
    env.run(&create("w", "W"))
        .exits(1)
        .says("you have no right to write the workspace `w`")
        .says("AuthorizationFailed")
        .says("perform action 'Microsoft.ApiManagement/service/workspaces/write'")
        .says("API Management Service Contributor");
    env.run(&grant("billing", "reader"))
        .exits(1)
        .says("you have no right to assign the role API Management Workspace Reader")
        .says("Role Based Access Control Administrator");
    assert_eq!(held(&sandbox), []);
}

#[test]
fn granting_twice_makes_two_assignments_in_all() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let grant = grant("billing", "api-developer");
    env.run(&grant)
        .exits(0)
        .says("granted: API Management Workspace API Developer at the workspace")
        .says("granted: API Management Service Workspace API Developer at the service");
    let service = sandbox.service.rsplit('/').next().unwrap().to_owned();
    let pair = vec![
        (
            "56328988-075d-4c6a-8766-d93edd6725b6".to_owned(),
            "billing".to_owned(),
        ),
        ("9565a273-41b9-4368-97d2-aeb0c976a9b3".to_owned(), service),
    ];
    assert_eq!(held(&sandbox), pair);
    let before = writes(&sandbox);
    let json = [&grant[..], &["--output", "json"]].concat();
    let document = env.run(&json).exits(0).json();
    assert_eq!(document["assignments"][0]["created"], false);
    assert_eq!(document["assignments"][1]["at"], "service");
    assert_eq!(held(&sandbox), pair);
    assert_eq!(writes(&sandbox), before);
    env.run(&["workspace", "show", "billing", "--access"])
        .exits(0)
        .says(ANNA)
        .says("API Management Workspace API Developer  at workspace")
        .says("API Management Service Workspace API Developer  at service");
}

#[test]
fn an_assignment_under_another_name_is_recognised() {
    let role = "0c34c906-8d99-4cb7-8bb7-33f5b0a1a799";
    for deny in [None, Some("Microsoft.Authorization/roleAssignments/read")] {
        let sandbox = match deny {
            None => Sandbox::contoso(),
            Some(action) => Sandbox::start(&["--deny", action]),
        };
        let path = format!(
            "{}/workspaces/billing/providers/Microsoft.Authorization/roleAssignments/{ANNA}?api-version=2022-04-01",
            sandbox.service
        );
        let subscription = sandbox.service.split('/').nth(2).unwrap();
        let body = json!({"properties": {
            "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            "principalId": ANNA, "principalType": "User",
        }});
        assert_eq!(sandbox.ask("PUT", &path, Some(&body)).0, 201);
        let grant = [
            &grant("billing", "contributor")[..],
            &["--service-role", "none"],
        ]
        .concat();
        Env::connected(&sandbox)
            .run(&grant)
            .exits(0)
            .says("held already: API Management Workspace Contributor");
        let read = "Microsoft.Authorization/roleAssignments/read";
        if deny != Some(read) {
            assert_eq!(held(&sandbox).len(), 1);
        }
    }
}

#[test]
fn revoking_leaves_what_another_workspace_needs() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    env.run(&create("finance", "Finance")).exits(0);
    for id in ["billing", "finance"] {
        env.run(&grant(id, "contributor")).exits(0);
    }
    assert_eq!(held(&sandbox).len(), 3);
    let revoke = |id| env.run(&revoke(id, "contributor"));
    revoke("finance")
        .exits(0)
        .says("revoked: API Management Workspace Contributor at the workspace")
        .says("still needed in billing");
    let scopes: Vec<_> = held(&sandbox).into_iter().map(|(_, scope)| scope).collect();
    assert!(scopes.contains(&"billing".to_owned()) && !scopes.contains(&"finance".to_owned()));
    assert_eq!(scopes.len(), 2);
    revoke("billing").exits(0).omits("still needed");
    assert_eq!(held(&sandbox), []);
    revoke("billing").exits(0).says("nothing to take back");
}

#[test]
fn revoking_one_of_two_roles_leaves_the_other_pair() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    for role in ["reader", "contributor"] {
        env.run(&grant("billing", role)).exits(0);
    }
    assert_eq!(held(&sandbox).len(), 4);
    env.run(&revoke("billing", "contributor")).exits(0);
    let roles: Vec<_> = held(&sandbox).into_iter().map(|(role, _)| role).collect();
    assert!(!roles.contains(&"0c34c906-8d99-4cb7-8bb7-33f5b0a1a799".to_owned()));
    assert!(roles.contains(&"ef1c2c96-4a77-49e8-b9a4-6179fe1d2fd2".to_owned()));
    assert!(roles.contains(&"9565a273-41b9-4368-97d2-aeb0c976a9b3".to_owned()));
    env.run(&["workspace", "revoke", "billing", "--principal", ANNA])
        .exits(0);
    assert_eq!(held(&sandbox), []);
}

#[test]
fn a_workspace_that_is_not_there_is_named() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    for action in [
        vec!["show", "nowhere"],
        vec!["grant", "nowhere", "--principal", ANNA, "--role", "reader"],
        vec!["revoke", "nowhere", "--principal", ANNA],
    ] {
        env.run(&[&["workspace"], &action[..]].concat())
            .exits(1)
            .says("there is no workspace `nowhere`")
            .says("workspace create nowhere");
    }
    assert_eq!(writes(&sandbox), 0);
}

#[test]
fn show_counts_against_the_limits() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let shown = env
        .run(&["workspace", "show", "billing", "--output", "json"])
        .exits(0)
        .json();
    let count = |what: &str| {
        let contents = shown["contents"].as_array().unwrap();
        let found = contents.iter().find(|c| c["what"] == what);
        let found = found.unwrap_or_else(|| panic!("{what} is not in {shown}"));
        (
            found["count"].as_u64().unwrap(),
            found["limit"].as_u64().unwrap(),
        )
    };
    assert_eq!(count("tags"), (1, 200));
    assert_eq!(count("groups"), (1, 50));
    assert_eq!(count("named values"), (1, 200));
    assert_eq!(count("APIs"), (0, 200));
    assert!(shown.get("access").is_none());
    env.run(&["workspace", "show", "billing"])
        .exits(0)
        .says("1 of 200");
}
