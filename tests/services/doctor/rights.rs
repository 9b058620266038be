//! Whoever lacks a right is told so, by role.

use serde_json::Value;

use super::{ANNA, by_anna, denying, examined, only_read, verdicts};
use crate::common::Env;
use crate::common::migration::Migration;

/// What is missing: role, the end of the scope, weight, and how many rights.
fn missing(document: &Value) -> Vec<(String, String, String, usize)> {
    let text = |v: &Value| v.as_str().unwrap_or("none").to_owned();
    (document["checks"].as_array().unwrap().iter())
        .filter_map(|c| c["facts"]["missing"].as_array())
        .flatten()
        .map(|lack| {
            let scope = text(&lack["scope"]).rsplit('/').next().unwrap().to_owned();
            let rights = lack["rights"].as_array().unwrap().len();
            (text(&lack["role"]), scope, text(&lack["weight"]), rights)
        })
        .collect()
}

#[test]
fn what_is_denied_is_told_by_the_role_that_gives_it() {
    let service = "Microsoft.ApiManagement/service";
    let at = |role: &str, scope: &str, weight: &str, rights| {
        (role.to_owned(), scope.to_owned(), weight.to_owned(), rights)
    };
    for (denied, code, expected) in [
        (
            vec![
                format!("{service}/apis/read"),
                format!("{service}/tags/*/read"),
            ],
            1,
            vec![at(
                "API Management Service Reader Role",
                "contoso",
                "must",
                4,
            )],
        ),
        (
            vec![format!("{service}/namedValues/listValue/action")],
            0,
            vec![at(
                "API Management Service Contributor",
                "contoso",
                "may",
                1,
            )],
        ),
        (
            vec![format!("{service}/workspaces/apis/operations/write")],
            1,
            vec![at(
                "API Management Workspace API Developer",
                "billing",
                "must",
                1,
            )],
        ),
        (
            vec![format!("{service}/workspaces/groups/write")],
            1,
            vec![at(
                "API Management Workspace API Product Manager",
                "billing",
                "must",
                1,
            )],
        ),
        (
            vec![
                format!("{service}/workspaces/backends/write"),
                format!("{service}/workspaces/groups/write"),
            ],
            1,
            vec![at(
                "API Management Workspace Contributor",
                "billing",
                "must",
                2,
            )],
        ),
        (
            vec![format!("{service}/tenant/*/read")],
            0,
            vec![at(
                "API Management Service Reader Role",
                "contoso",
                "may",
                1,
            )],
        ),
    ] {
        let denied: Vec<&str> = denied.iter().map(String::as_str).collect();
        let sandbox = denying(&denied);
        let (exit, document) = examined(&by_anna(&sandbox), &["--workspace", "billing"]);
        assert_eq!(missing(&document), expected, "{denied:?}");
        assert_eq!(exit, code, "{denied:?}");
        only_read(&sandbox);
    }
}

#[test]
fn the_command_that_gives_a_role_names_who_asks_and_where() {
    let sandbox = denying(&["*/workspaces/backends/write"]);
    let command = |principal: &str| {
        format!(
            "help: az role assignment create --assignee {principal} --role \"API Management \
             Workspace API Developer\" --scope \"{}/workspaces/billing\"",
            sandbox.service
        )
    };
    let args = ["doctor", "--workspace", "billing"];
    by_anna(&sandbox).run(&args).exits(1).says(&command(ANNA));
    // A token that says nothing of its bearer leaves that to the reader.
    let env = Env::connected(&sandbox);
    env.run(&args).exits(1).says(&command("OBJECT_ID"));
}

#[test]
fn permissions_that_cannot_be_read_are_unknown_and_not_missing() {
    let sandbox = denying(&["Microsoft.Authorization/permissions/read", "*/write"]);
    let env = by_anna(&sandbox);
    let output = env.run(&["doctor", "--workspace", "billing"]).exits(0);
    output
        .says("8 checks: 2 unknown")
        .says("AuthorizationFailed");
}

#[test]
fn a_plan_is_asked_for_the_rights_that_it_takes_and_no_others() {
    let m = Migration::contoso(&["--deny", "*/workspaces/subscriptions/write"]);
    m.plan(&["catalog"], &["--without", "products"]).exits(0);
    m.env
        .run(&["doctor", "p"])
        .exits(0)
        .says("at the workspace `billing`: you have all");
    // Without a plan it is what applying takes in general.
    let general = m.env.run(&["doctor", "--workspace", "billing"]).exits(1);
    general.says("`workspaces/subscriptions/write`");
    m.env
        .run(&["doctor", "p", "--workspace", "billing"])
        .exits(2);
}

#[test]
fn a_plan_that_makes_its_workspace_needs_that_right_at_the_service() {
    let sandbox = denying(&["Microsoft.ApiManagement/service/workspaces/write"]);
    let m = Migration::on(sandbox, "sales");
    let file = "version: 1\ntarget:\n  workspace: { id: sales, displayName: Sales, create: true }\n\
                select:\n  apis: [catalog]\n";
    m.env.write("migration.yaml", file);
    let plan = m
        .env
        .run(&["plan", "-f", "migration.yaml", "-o", "p"])
        .exits(0);
    plan.says("right-missing");
    let (exit, document) = examined(&m.env, &["p"]);
    assert_eq!(exit, 1);
    let role = "API Management Service Contributor".to_owned();
    assert_eq!(
        missing(&document),
        [(role, "contoso".to_owned(), "must".to_owned(), 1)]
    );
    let said = document["checks"][5]["message"].as_str().unwrap();
    assert_eq!(said, "sales is made when the plan is applied");
}

#[test]
fn who_may_not_see_the_service_itself_is_told_what_is_hidden() {
    let sandbox = denying(&["Microsoft.ApiManagement/service/read"]);
    let (exit, document) = examined(&by_anna(&sandbox), &["--workspace", "billing"]);
    assert_eq!(exit, 0);
    let expected = [
        "endpoint ok",
        "identity ok",
        "service unknown",
        "tier ok",
        "versions unknown",
        "workspace ok",
        "rights warning",
        "rights ok",
    ];
    assert_eq!(verdicts(&document), expected);
    let role = "API Management Service Workspace API Developer".to_owned();
    assert_eq!(
        missing(&document),
        [(role, "contoso".to_owned(), "may".to_owned(), 1)]
    );
}
