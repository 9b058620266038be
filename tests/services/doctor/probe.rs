//! `doctor --probe`: what nobody outside knows is asked of the service.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::migration::{Migration, dump};
use crate::common::{Env, Output, Sandbox};

const PROBE: [&str; 5] = ["doctor", "--probe", "--yes", "--output", "json"];

fn with(switches: &[&str]) -> Sandbox {
    let args: Vec<&str> = (switches.iter()).flat_map(|s| ["--switch", s]).collect();
    Sandbox::start(&args)
}

/// The workspaces of probes that stand there.
fn left(sandbox: &Sandbox) -> Vec<String> {
    let (_, dump) = sandbox.ask("GET", "/_sandbox/dump", None);
    let all = dump["workspaces"].as_array().unwrap().iter();
    let names = all.map(|w| w["name"].as_str().unwrap().to_owned());
    names
        .filter(|name| name.starts_with("apim-migrate-probe-"))
        .collect()
}

/// How many writes came, and that none was outside of a probe's workspace.
fn writes(sandbox: &Sandbox) -> usize {
    let (_, log) = sandbox.ask("GET", "/_sandbox/log", None);
    let lines = log.as_array().unwrap().iter();
    let writes: Vec<&Value> = lines.filter(|l| l["method"] != "GET").collect();
    for line in &writes {
        let path = line["path"].as_str().unwrap();
        assert!(path.contains("/workspaces/apim-migrate-probe-"), "{line}");
    }
    writes.len()
}

fn traits_of(sandbox: &Sandbox) -> (Output, Value) {
    let env = Env::connected(sandbox);
    let before = dump(sandbox);
    let output = env.run(&PROBE).exits(0);
    assert_eq!(left(sandbox), Vec::<String>::new(), "{output}");
    assert!(writes(sandbox) > 20, "{output}");
    assert!(dump(sandbox) == before, "{output}");
    let file = env.read("traits.yaml");
    for secret in ["contoso", "apim-migrate-probe-", &sandbox.service] {
        assert!(!file.contains(secret), "{file}");
    }
    let traits = output.json()["probe"]["found"]["traits"].clone();
    (output, traits)
}

/// Each setting of the sandbox is found out, as in this table.
#[track_caller]
fn finds(switches: &[&str], expected: &[(&str, Value)]) {
    let sandbox = with(switches);
    let (output, traits) = traits_of(&sandbox);
    for (pointer, value) in expected {
        let found = traits.pointer(pointer);
        assert_eq!(found, Some(value), "{pointer} of {switches:?}\n{output}");
    }
}

#[test]
fn one_for_the_whole_service() {
    finds(
        &[
            "name-clash=refused",
            "display-name-unique=true",
            "api-path=service",
            "subscription-key-unique=true",
            "comment-values=true",
            "cdata-values=true",
            "liquid=false",
            "first-put=current",
            "one-writer=true",
            "write-ms=60",
            "linger-ms=0",
            "async-shape=new",
            "async-body=stub",
            "poll-url=version",
            "poll-document=bare",
        ],
        &[
            ("/namesOfService/api", json!("taken")),
            ("/namesOfService/namedValue", json!("taken")),
            ("/namesOfService/backend", json!("taken")),
            ("/namesOfWorkspaces/product", json!("taken")),
            ("/displayNamesOfService/namedValue", json!("taken")),
            ("/displayNamesOfWorkspaces/tag", json!("taken")),
            ("/displayNamesOfWorkspaces/api", json!("free")),
            ("/apiPathsOfService", json!("taken")),
            ("/apiPathsOfWorkspaces", json!("taken")),
            ("/subscriptionKeys", json!("taken")),
            ("/valuesInComments", json!("checked")),
            ("/valuesInCdata", json!("checked")),
            ("/valuesInLiquid", json!("checked")),
            ("/firstRevision", json!("asked")),
            ("/apiWriters", json!("one")),
            ("/apiBusyMs", json!(0)),
            ("/longRunning", json!("document")),
            ("/firstAnswer", json!("stub")),
            ("/pollUrl", json!("resource")),
            ("/pollDocument", json!("bare")),
        ],
    );
}

#[test]
fn each_scope_its_own() {
    finds(
        &[
            "name-clash=allowed",
            "display-name-unique=false",
            "api-path=scope",
            "subscription-key-unique=false",
            "comment-values=false",
            "cdata-values=false",
            "liquid=true",
            "first-put=one",
            "one-writer=false",
            "write-ms=60",
            "async-shape=old",
        ],
        &[
            ("/namesOfService/api", json!("free")),
            ("/namesOfService/backend", json!("free")),
            ("/namesOfWorkspaces/product", json!("free")),
            ("/displayNamesOfService/namedValue", json!("free")),
            ("/displayNamesOfWorkspaces/tag", json!("free")),
            ("/apiPathsOfService", json!("free")),
            ("/apiPathsOfWorkspaces", json!("free")),
            ("/subscriptionKeys", json!("free")),
            ("/valuesInComments", json!("ignored")),
            ("/valuesInCdata", json!("ignored")),
            ("/valuesInLiquid", json!("ignored")),
            ("/firstRevision", json!("one")),
            ("/apiWriters", json!("several")),
            ("/longRunning", json!("location")),
            ("/firstAnswer", json!("empty")),
            ("/pollUrl", json!("unknown")),
        ],
    );
}

#[test]
fn conflicts_and_a_gateway_that_is_shared() {
    finds(
        &[
            "name-clash=conflict",
            "api-path=gateway",
            "first-put=refused",
            "async-shape=new",
            "async-body=whole",
            "poll-url=tenant",
            "poll-document=mute",
        ],
        &[
            ("/namesOfService/api", json!("taken")),
            ("/namesOfWorkspaces/tag", json!("taken")),
            ("/apiPathsOfService", json!("taken")),
            ("/firstRevision", json!("refused")),
            ("/firstAnswer", json!("whole")),
            ("/pollUrl", json!("tenant")),
            ("/pollDocument", json!("mute")),
        ],
    );
}

#[test]
fn each_form_of_status_documents() {
    for form in ["nested", "empty", "whole"] {
        let switch = format!("poll-document={form}");
        finds(
            &["async-shape=new", &switch],
            &[("/pollDocument", json!(form))],
        );
    }
}

#[test]
fn how_long_an_api_is_busy() {
    let sandbox = with(&["linger-ms=1500"]);
    let (output, traits) = traits_of(&sandbox);
    let busy = traits["apiBusyMs"].as_u64().unwrap();
    assert!((900..4000).contains(&busy), "{busy}\n{output}");
}

#[test]
fn what_can_not_be_compared_or_could_do_harm_stays_unknown() {
    let seed = json!({"service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n",
        "sku": "PremiumV2"}, "workspaces": [],
        "resources": [{"path": "/apis/a", "properties": {"displayName": "A", "path": "a",
            "protocols": ["https"]}}]});
    let files = Env::new();
    files.write("seed.json", &seed.to_string());
    let path = files.path("seed.json");
    let sandbox = Sandbox::start(&["--seed", path.to_str().unwrap()]);
    let output = Env::connected(&sandbox)
        .run(&["doctor", "--probe", "--yes"])
        .exits(0);
    output
        .says("unknown: namesOfService: no tags to compare with")
        .says("unknown: apiPathsOfService: not tried")
        .says("tag: unknown")
        .says("api: taken");
    assert_eq!(left(&sandbox), Vec::<String>::new());
}

/// Starts a probe, and sends it a signal once it has written that much.
fn signalled(m: &Migration, after: usize, signal: &str) -> i32 {
    let mut child = (m.env.command(&PROBE))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while writes(&m.sandbox) < after && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    child.wait().unwrap().code().unwrap_or(-1)
}

#[test]
fn what_a_probe_that_was_killed_left_is_removed_by_the_next() {
    for after in [1, 2, 12] {
        let m = Migration::contoso(&["--switch", "write-ms=30"]);
        assert_eq!(signalled(&m, after, "-KILL"), -1);
        // The write that was under way is still carried out.
        std::thread::sleep(Duration::from_millis(200));
        let before = left(&m.sandbox);
        assert!(!before.is_empty(), "after {after} writes");
        let output = m.env.run(&PROBE).exits(0);
        for name in &before {
            output
                .clone()
                .says("left over from an earlier probe")
                .says(name);
        }
        assert_eq!(left(&m.sandbox), Vec::<String>::new(), "{output}");
    }
}

#[test]
fn one_that_is_stopped_removes_what_it_made() {
    let m = Migration::contoso(&["--switch", "write-ms=30"]);
    assert_eq!(signalled(&m, 9, "-INT"), 4);
    assert_eq!(left(&m.sandbox), Vec::<String>::new());
    assert!(!m.env.path("traits.yaml").exists());
}

#[test]
fn what_stays_is_named_and_what_is_not_allowed_leaves_nothing() {
    let denied = |actions: &[&str]| {
        let args: Vec<&str> = actions.iter().flat_map(|a| ["--deny", a]).collect();
        Sandbox::start(&args)
    };
    let workspaces = "Microsoft.ApiManagement/service/workspaces";
    for verb in ["write", "delete"] {
        let sandbox = denied(&[&format!("{workspaces}/{verb}")]);
        let output = Env::connected(&sandbox).run(&PROBE).exits(1);
        let said = format!("you have no right to {verb} workspaces");
        output.says(&said).says("help: it takes");
        assert_eq!(writes(&sandbox), 0);
    }
    // Where Azure does not tell, it shows when it is too late.
    let hidden = "Microsoft.Authorization/permissions/read";
    let sandbox = denied(&[hidden, &format!("{workspaces}/delete")]);
    let output = Env::connected(&sandbox).run(&PROBE).exits(1);
    let stay = left(&sandbox);
    assert_eq!(stay.len(), 2, "{output}");
    for name in &stay {
        let output = output.clone();
        output.says("could not remove").says(name).says("help");
    }
    let sandbox = denied(&[hidden, &format!("{workspaces}/write")]);
    let output = Env::connected(&sandbox).run(&PROBE).exits(1);
    output.says("could not make the workspace");
    assert_eq!(left(&sandbox), Vec::<String>::new());
    let sandbox = denied(&[&format!("{workspaces}/policies/write")]);
    let output = Env::connected(&sandbox).run(&PROBE).exits(0);
    let traits = &output.json()["probe"]["found"]["traits"];
    assert_eq!(traits["valuesInCdata"], "unknown");
    assert_eq!(left(&sandbox), Vec::<String>::new());
}

#[test]
fn nothing_is_sent_without_a_yes_nor_over_a_file_that_is_there() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let output = env.run(&["doctor", "--probe"]).exits(2);
    output
        .says("Make the workspaces apim-migrate-probe-")
        .says("in contoso, try things in them, and remove them again?")
        .says("give `--yes`");
    assert_eq!(writes(&sandbox), 0);
    env.write("mine.yaml", "mine");
    let output = env
        .run(&["doctor", "--probe", "--yes", "--out", "mine.yaml"])
        .exits(2);
    output.says("`mine.yaml` is there already").says("--out");
    assert_eq!(env.read("mine.yaml"), "mine");
    env.run(&["doctor", "--yes"]).exits(2).says("--probe");
}

#[test]
fn a_plan_keeps_the_names_that_the_service_lets_it_keep() {
    let m = Migration::contoso(&[
        "--switch",
        "name-clash=allowed",
        "--switch",
        "api-path=scope",
        "--switch",
        "subscription-key-unique=false",
    ]);
    m.env
        .run(&["doctor", "--probe", "--yes", "--out", "found.yaml"])
        .exits(0);
    m.plan(&["orders-*", "catalog"], &["--traits", "found.yaml"])
        .exits(0);
    assert!(!m.env.read("p/plan.yaml").contains("-in-billing"));
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}

#[test]
fn whatever_goes_wrong_on_the_way_nothing_is_left() {
    let faults = "500:0.02,503:0.03,429:0.01,reset:0.02,timeout-after-commit:0.03,409-busy:0.02,\
                  reset-after-commit:0.03,412:0.02,operation-failed:0.02";
    let sandbox = Sandbox::start(&["--faults", faults]);
    let env = Env::connected(&sandbox);
    // What is looked at beforehand is not asked twice, and may fail by itself.
    let runs = std::iter::repeat_with(|| env.run(&PROBE)).take(12);
    let done = runs
        .inspect(|output| assert_eq!(left(&sandbox), Vec::<String>::new(), "{output}"))
        .find(|output| output.code == 0);
    let document = done.expect("one of them gets through").json();
    let traits = &document["probe"]["found"]["traits"];
    assert_eq!(traits["namesOfService"]["api"], "taken", "{document}");
}

#[test]
fn somebody_elses_workspace_is_not_taken_for_a_leftover() {
    let sandbox = Sandbox::contoso();
    let theirs = format!(
        "{}/workspaces/apim-migrate-probe-0000aaaa?api-version=2024-05-01",
        sandbox.service
    );
    let body = json!({"properties": {"displayName": "Mine"}});
    assert_eq!(sandbox.ask("PUT", &theirs, Some(&body)).0, 201);
    Env::connected(&sandbox).run(&PROBE).exits(0);
    assert_eq!(left(&sandbox), ["apim-migrate-probe-0000aaaa"]);
}
