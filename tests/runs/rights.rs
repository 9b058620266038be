//! What `plan` and `apply` say of rights that are missing.

use crate::common::Sandbox;
use crate::common::migration::Migration;

const WRITE_APIS: &str = "Microsoft.ApiManagement/service/workspaces/apis/write";

fn migration(denied: &[&str]) -> Migration {
    let args: Vec<&str> = denied.iter().flat_map(|a| ["--deny", a]).collect();
    Migration::on(Sandbox::start(&args), "billing")
}

fn permissions_read(m: &Migration) -> usize {
    let is_one = |(_, path): &&(String, String)| path.ends_with("/permissions");
    m.log().iter().filter(is_one).count()
}

#[test]
fn a_plan_says_what_applying_it_takes_once_for_each_role() {
    let m = migration(&[WRITE_APIS, "*/workspaces/tags/write", "*/tenant/*/read"]);
    let output = m.plan(&["orders-v1"], &["--output", "json"]).exits(0);
    let document = output.json();
    let findings = document["findings"].as_array().unwrap();
    let missing: Vec<_> = (findings.iter())
        .filter(|f| f["code"] == "right-missing")
        .map(|f| {
            (
                f["severity"].as_str().unwrap(),
                f["message"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        missing,
        [
            (
                "warning",
                "applying may take `API Management Service Reader Role` \
                 (`tenant/operationResults/read`) at the service `contoso`, which whoever made \
                 the plan lacks"
            ),
            (
                "warning",
                "applying takes `API Management Workspace API Developer` \
                 (`workspaces/apis/write`, `workspaces/tags/write`) at the workspace `billing`, \
                 which whoever made the plan lacks"
            ),
        ]
    );
    assert_eq!(permissions_read(&m), 2);
}

#[test]
fn apply_stops_before_the_first_write_with_the_commands() {
    let m = migration(&[WRITE_APIS]);
    m.plan(&["orders-v1"], &[]).exits(0);
    m.forget_log();
    let command = format!(
        "help: az role assignment create --assignee OBJECT_ID --role \"API Management Workspace \
         API Developer\" --scope \"{}/workspaces/billing\"",
        m.sandbox.service
    );
    m.apply(&[])
        .exits(1)
        .says("so nothing was written")
        .says("`workspaces/apis/write`")
        .says(&command)
        .says("--ignore-rights");
    let written = |m: &Migration| ["PUT", "DELETE", "POST"].iter().any(|w| m.count(w) > 0);
    assert!(!written(&m));
    assert_eq!(permissions_read(&m), 2);
    // Whoever knows better finds out what the service says.
    m.apply(&["--ignore-rights"])
        .exits(4)
        .says("AuthorizationFailed");
    assert!(written(&m));
}

#[test]
fn one_refusal_is_enough_for_all_that_takes_the_same_right() {
    let m = migration(&[WRITE_APIS]);
    m.plan(&["orders-v1", "invoices", "catalog"], &[]).exits(0);
    let apply = m.apply(&["--ignore-rights", "--concurrency", "1"]).exits(4);
    let tried = |m: &Migration| {
        let writes = |(method, path): &&(String, String)| {
            method == "PUT" && path.contains("/workspaces/billing/apis/")
        };
        m.log().iter().filter(writes).count()
    };
    assert_eq!(tried(&m), 1);
    let command = format!(
        "help: az role assignment create --assignee OBJECT_ID --role \"API Management Workspace \
         API Developer\" --scope \"{}/workspaces/billing\"",
        m.sandbox.service
    );
    let apply = apply
        .says("since they take the same right, or need what does")
        .says("(`workspaces/apis/write`) at the workspace `billing`")
        .says(&command);
    assert_eq!(
        apply.stdout.matches("the service says").count(),
        1,
        "{apply}"
    );
    // The journal tells the same.
    m.env.run(&["status", "p"]).exits(0).says(&command);
    // Several at once are refused together, and told once.
    m.forget_log();
    let apply = m
        .apply(&["--ignore-rights"])
        .exits(4)
        .says("failed: 4 steps: ");
    assert_eq!(tried(&m), 4);
    assert_eq!(
        apply.stdout.matches("the service says").count(),
        1,
        "{apply}"
    );
    let status = m.env.run(&["status", "p"]).exits(0);
    assert_eq!(status.stdout.matches("failed:").count(), 1, "{status}");
}

#[test]
fn only_what_is_still_to_be_done_has_to_be_allowed() {
    let m = migration(&["*/workspaces/tags/write"]);
    m.plan(&["orders-v1"], &[]).exits(0);
    m.apply(&["--ignore-rights"]).exits(4);
    // The same service, where tags may be written and APIs no more.
    let (_, dump) = m.sandbox.ask("GET", "/_sandbox/dump", None);
    let seed = m.env.write("seed.json", &dump.to_string());
    let other = Sandbox::start(&["--seed", seed.to_str().unwrap(), "--deny", WRITE_APIS]);
    let env = m.env.with("APIM_MIGRATE_ARM_ENDPOINT", &other.url);
    let args = ["apply", "p", "--yes", "--ignore-drift"];
    env.run(&args).exits(0);
    let m = Migration {
        sandbox: other,
        env,
        workspace: "billing",
    };
    m.forget_log();
    m.env.write("p/journal.jsonl", "");
    m.apply(&["--ignore-drift"])
        .exits(1)
        .says("`workspaces/apis/write`");
}

#[test]
fn what_a_pruning_takes_is_asked_for_before_the_first_write() {
    let deletes = "Microsoft.ApiManagement/service/workspaces/*/delete";
    let m = migration(&[deletes]);
    m.plan(&["orders-v1", "catalog"], &[]).exits(0);
    m.apply(&["--ignore-rights"]);
    let args = ["plan", "--workspace", "billing", "-o", "p", "--force"];
    m.env
        .run(&[&args[..], &["--api", "catalog"]].concat())
        .exits(0);
    m.forget_log();
    m.apply(&["--prune"])
        .exits(1)
        .says("so nothing was written")
        .says("`workspaces/apis/delete`");
    assert_eq!(m.count("DELETE") + m.count("PUT"), 0);
}

#[test]
fn a_list_at_the_source_that_may_not_be_read_is_told_before_it_is() {
    let m = migration(&[]);
    m.plan(&["catalog"], &[]).exits(0);
    let (_, dump) = m.sandbox.ask("GET", "/_sandbox/dump", None);
    let seed = m.env.write("seed.json", &dump.to_string());
    let denied = "Microsoft.ApiManagement/service/apis/schemas/read";
    let other = Sandbox::start(&["--seed", seed.to_str().unwrap(), "--deny", denied]);
    let env = m.env.with("APIM_MIGRATE_ARM_ENDPOINT", &other.url);
    let apply = ["apply", "p", "--yes"];
    env.run(&apply).exits(1).says("`apis/schemas/read`");
    env.run(&[&apply[..], &["--ignore-drift"]].concat())
        .exits(0);
}

#[test]
fn what_the_service_does_not_tell_stops_nobody() {
    let m = migration(&["Microsoft.Authorization/permissions/read"]);
    let plan = m.plan(&["catalog"], &[]).exits(0);
    plan.omits("right-missing");
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}

#[test]
fn nothing_is_asked_where_nothing_is_to_be_done() {
    let m = migration(&[]);
    m.plan(&["catalog"], &[]).exits(0).omits("right-missing");
    m.apply(&[]).exits(0);
    m.forget_log();
    m.apply(&[]).exits(0);
    assert_eq!(permissions_read(&m), 0);
}
