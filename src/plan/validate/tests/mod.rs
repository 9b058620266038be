mod content;
mod references;

use super::*;
use crate::address::{ServiceId, SourcePath};
use crate::catalog;
use crate::catalog::Kind;
use crate::exit::Exit;
use crate::fixtures::steps;
use crate::plan::place::Place;
use crate::plan::{Action, Content, Finding, Severity, StepId};
use serde_json::{Map, Value, json};

fn step(below: &str, properties: Value) -> Step {
    let kind = catalog::kind_of(&below.parse().unwrap()).unwrap();
    let content = properties.as_object().map(|p| Content {
        properties: whole(kind, p),
        document: kind.document.map(|d| format!("<{}/>", d.root)),
    });
    Step {
        content,
        ..steps::step(kind.name, below, &[]).copy_of(below, None)
    }
}

/// The properties, with what the kind can't be without.
fn whole(kind: &Kind, given: &Map<String, Value>) -> Map<String, Value> {
    let mut made = given.clone();
    let backend = json!({"url": "https://x", "protocol": "http"});
    let fixed = match kind.name {
        "backend" if given.get("type").is_none() => backend,
        "namedValue" if !given.contains_key("secret") => json!({"value": "x"}),
        _ => json!({}),
    };
    for (name, value) in fixed.as_object().unwrap() {
        made.entry(name).or_insert_with(|| value.clone());
    }
    for needed in kind.members.iter().filter(|m| m.needed) {
        let value = match needed.shape {
            catalog::Shape::Word(words) => json!(words[0]),
            catalog::Shape::Object => json!({}),
            _ => json!("x"),
        };
        made.entry(needed.name).or_insert(value);
    }
    made
}

const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w";

fn plan(steps: &[(&str, Value)]) -> Plan {
    let service = ServiceId::new("s", "g", "n").unwrap();
    Plan {
        name: "w".to_owned(),
        created: String::new(),
        source: service.clone(),
        target: service,
        ..steps::plan(steps.iter().map(|(p, v)| step(p, v.clone())).collect())
    }
}

fn problems(plan: &Plan) -> Vec<String> {
    problems_with(plan, &Present::default())
}

fn problems_with(plan: &Plan, present: &Present) -> Vec<String> {
    let found = validate(plan, present).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

fn present(paths: &[&str]) -> Present {
    Present {
        paths: paths.iter().map(|p| p.parse().unwrap()).collect(),
        ..Present::default()
    }
}

const NONE: [&str; 0] = [];

#[test]
fn a_plan_in_order_passes_and_one_out_of_order_is_sorted() {
    let mut plan = plan(&[
        ("/apis/a/operations/o", json!({})),
        ("/apis/a", json!({"path": "a"})),
        ("/tags/t", json!({})),
    ]);
    plan.steps[0].after = vec![StepId::new("apis/a")];
    assert_eq!(problems(&plan), NONE);
    sort(&mut plan).unwrap();
    let ids: Vec<_> = plan.steps.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["apis/a", "apis/a/operations/o", "tags/t"]);
}

#[test]
fn steps_that_wait_in_a_circle_or_for_nothing_are_named() {
    let mut plan = plan(&[("/tags/a", json!({})), ("/tags/b", json!({}))]);
    plan.steps[0].after = vec![StepId::new("tags/b")];
    plan.steps[1].after = vec![StepId::new("tags/a"), StepId::new("tag/a")];
    let found = validate(&plan, &Present::default()).unwrap_err();
    let text: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "step `tags/b`: waits for step `tag/a`, which is not in the plan",
            "step `tags/a`: these steps wait for each other: `tags/a`, `tags/b`"
        ]
    );
    assert_eq!(found[0].help(), "write `tags/a` if that is what was meant");
    assert_eq!(exit(&found), Exit::Refused);
    assert!(sort(&mut plan).is_err());
    assert_eq!(plan.steps.len(), 2);
}

#[test]
fn ids_and_targets_are_not_shared() {
    let mut plan = plan(&[("/tags/a", json!({})), ("/tags/A", json!({}))]);
    assert_eq!(
        problems(&plan),
        ["step `tags/A`: step `tags/a` has the same target, `/workspaces/w/tags/A`"]
    );
    plan.steps[1] = step("/tags/b", json!({}));
    plan.steps[1].id = StepId::new("tags/a");
    assert_eq!(
        problems(&plan),
        ["step `tags/a`: an earlier step has the same id"]
    );
}

#[test]
fn targets_are_of_the_steps_kind_and_in_the_plans_workspace() {
    let mut plan = plan(&[("/tags/a", json!({})), ("/gateways/g", json!({}))]);
    plan.steps[0].target = "/workspaces/other/groups/a".parse().unwrap();
    assert_eq!(
        problems(&plan),
        [
            "step `tags/a`: the target `/workspaces/other/groups/a` is not in the plan's workspace",
            "step `tags/a`: `/groups/a` is of the kind `group`, not `tag`",
            "step `gateways/g`: `gateway` can't stand in a workspace",
        ]
    );
}

#[test]
fn dropped_parents_and_current_revisions_are_missed() {
    let plan = plan(&[
        ("/apis/a;rev=2", json!({})),
        ("/apis/a;rev=2/operations/o", json!({})),
        (
            "/products/p/apiLinks/l",
            json!({"apiId": format!("{WORKSPACE}/apis/b")}),
        ),
    ]);
    assert_eq!(
        problems(&plan),
        [
            "step `apis/a;rev=2`: what it stands below, `/apis/a`, is neither in the plan nor in the workspace",
            "step `products/p/apiLinks/l`: what it stands below, `/products/p`, is neither in the plan nor in the workspace",
            &format!(
                "resources/products/p/apiLinks/l.json:properties.apiId: names the api `{WORKSPACE}/apis/b`, which is neither in the plan nor in the workspace"
            ),
        ]
    );
    let present = present(&["/apis/a", "/apis/b", "/products/p"]);
    assert_eq!(problems_with(&plan, &present), NONE);
}

#[test]
fn properties_that_can_not_be_written_are_refused_with_what_was_meant() {
    let plan = plan(&[("/tags/a", json!({"displayNam": "x"}))]);
    let found = validate(&plan, &Present::default()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "resources/tags/a.json:properties.displayNam: `displayNam` can't be written in `tag`"
    );
    assert!(found[0].help().contains("`displayName`"));
}

#[test]
fn bodies_are_where_they_have_to_be() {
    let mut plan = plan(&[
        ("/tags/a", Value::Null),
        ("/groups/g", json!({})),
        ("/groups/g/users/u", json!({})),
    ]);
    assert_eq!(
        problems(&plan),
        [
            "step `tags/a`: there is no body for what is to be created",
            "step `groups/g/users/u`: `groupUser` takes no body",
        ]
    );
    plan.steps[0].action = Action::Reuse;
    plan.steps[2].content = None;
    assert_eq!(problems(&plan), NONE);
    plan.steps[0].action = Action::Tidy;
    let nothing = "step `tags/a`: the service makes no `tag` on its own that could be tidied";
    assert_eq!(problems(&plan), [nothing]);
}

#[test]
fn what_the_service_does_not_give_back_is_uploaded_and_nothing_else() {
    let upload = serde_yaml::from_str("{pfxEnv: P}").ok();
    let vault = json!({"keyVault": {"secretIdentifier": "s"}});
    let mut plan = plan(&[
        ("/certificates/a", json!({})),
        ("/certificates/v", vault),
        ("/tags/t", json!({})),
    ]);
    plan.steps[0].upload = upload.clone();
    assert_eq!(problems(&plan), NONE);
    plan.steps[0].upload = None;
    plan.steps[1].upload = upload.clone();
    plan.steps[2].upload = upload;
    assert_eq!(
        problems(&plan),
        [
            "step `certificates/a`: the service does not give this `certificate` back, and nothing says where to upload it from",
            "step `certificates/v`: nothing is uploaded for this `certificate`",
            "step `tags/t`: nothing is uploaded for this `tag`",
        ]
    );
    // What is there serves; nothing has to be sent.
    plan.steps.truncate(1);
    plan.steps[0].action = Action::Reuse;
    assert_eq!(problems(&plan), NONE);
}

#[test]
fn a_secret_is_read_only_as_its_kind_says() {
    let mut plan = plan(&[("/namedValues/a", json!({"displayName": "a"}))]);
    plan.steps[0].secret = Some("listValue".to_owned());
    assert_eq!(problems(&plan), NONE);
    plan.steps[0].source = Some(SourcePath("/subscriptions/master".parse().unwrap()));
    assert_eq!(problems(&plan).len(), 1);
    plan.steps[0].source = Some(SourcePath("/namedValues/a".parse().unwrap()));
    plan.steps[0].secret = Some("regeneratePrimaryKey".to_owned());
    assert_eq!(
        problems(&plan),
        [
            "step `namedValues/a`: the secret of `namedValue` can't be read with `regeneratePrimaryKey`"
        ]
    );
}

#[test]
fn blockers_stop_unless_allowed() {
    let mut plan = plan(&[]);
    plan.findings.push(Finding {
        severity: Severity::Blocker,
        code: "some-code".to_owned(),
        resource: "/apis/a".to_owned(),
        message: "it is so".to_owned(),
        help: "Change it.".to_owned(),
        allowed: false,
    });
    let found = validate(&plan, &Present::default()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "blocker `some-code` of `/apis/a`: it is so"
    );
    assert_eq!(
        found[0].help(),
        "Change it; or allow it with `allow: [some-code]` in plan.yaml"
    );
    assert_eq!(exit(&found), Exit::Blocked);
    plan.allow.push("some-code".to_owned());
    assert_eq!(problems(&plan), NONE);
}

#[test]
fn what_is_known_of_a_target_is_present() {
    let mut target = Target::unknown(ServiceId::new("s", "g", "n").unwrap(), "w".parse().unwrap());
    let names = target.names.entry(&crate::catalog::BACKEND).or_default();
    names.insert(Name::new("here"), Holder::ThisWorkspace);
    names.insert(Name::new("above"), Holder::Service);
    let present = Present::of(&target);
    assert_eq!(present.paths, ["/backends/here".parse().unwrap()].into());
}

#[test]
fn plans_of_real_services_are_valid_and_come_back_from_their_folders() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(entries) = std::fs::read_dir(seeds) else {
        println!("skipped: ../shared is absent");
        return;
    };
    let mut count = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let inventory = crate::inventory::snapshot::read(&text).unwrap();
        for service in [
            inventory.service.clone(),
            ServiceId::new("s", "g", "other").unwrap(),
        ] {
            let target = Target::unknown(service, "team".parse().unwrap());
            let apis = inventory
                .of_kind(&crate::catalog::API)
                .map(|r| r.path.clone());
            let selected: Vec<_> = apis
                .filter(|p| crate::address::split_revision(p.name()).1.is_none())
                .collect();
            let options = crate::plan::PlanOptions {
                name: "team".to_owned(),
                ..Default::default()
            };
            let made = crate::plan::make(&inventory, &selected, &target, &options);
            let mut plan = made.unwrap();
            let codes: BTreeSet<String> = plan.blockers().map(|f| f.code.clone()).collect();
            plan.allow = codes.into_iter().collect();
            let found = problems_with(&plan, &Present::of(&target));
            assert_eq!(found, NONE, "{}", path.display());
            let dir = tempfile::tempdir().unwrap();
            crate::plan::folder::write(&plan, dir.path(), false).unwrap();
            for finding in &mut plan.findings {
                finding.allowed = finding.severity == Severity::Blocker;
            }
            let back = crate::plan::folder::read(dir.path()).unwrap();
            assert!(
                format!("{plan:?}") == format!("{back:?}"),
                "{}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 0);
}
