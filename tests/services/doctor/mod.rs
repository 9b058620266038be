//! `doctor`: what a migration rests on, and who may do what.

mod probe;
mod rights;

use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::common::{Env, Output, Sandbox, saying};

const ANNA: &str = "aaaaaaaa-0000-4000-8000-000000000001";

fn denying(actions: &[&str]) -> Sandbox {
    let args: Vec<&str> = actions.iter().flat_map(|a| ["--deny", a]).collect();
    Sandbox::start(&args)
}

/// A token as Azure gives them out, as far as its claims go.
fn token(claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.{}",
        part("{}"),
        part(&claims.to_string()),
        part("signature")
    )
}

fn claims(lasts: i64) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let ends = i64::try_from(now.as_secs()).unwrap() + lasts;
    json!({"oid": ANNA, "tid": "t-1", "upn": "anna@contoso.com", "exp": ends,
        "aud": "https://management.azure.com"})
}

fn by_anna(sandbox: &Sandbox) -> Env {
    Env::connected(sandbox).with("APIM_MIGRATE_TOKEN", &token(&claims(3600)))
}

fn examined(env: &Env, more: &[&str]) -> (i32, Value) {
    let output = env.run(&[&["doctor", "--output", "json"], more].concat());
    (output.code, output.json())
}

/// Check and verdict of each, in order.
fn verdicts(document: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    (document["checks"].as_array().unwrap().iter())
        .map(|c| format!("{} {}", text(&c["check"]), text(&c["verdict"])))
        .collect()
}

fn only_read(sandbox: &Sandbox) {
    let (_, log) = sandbox.ask("GET", "/_sandbox/log", None);
    for line in log.as_array().unwrap() {
        assert_eq!(line["method"], "GET", "{line}");
    }
}

#[test]
fn where_all_is_well_it_says_so_and_writes_nothing() {
    let sandbox = Sandbox::contoso();
    let env = by_anna(&sandbox);
    let output = env.run(&["doctor", "--workspace", "billing"]).exits(0);
    output
        .says("anna@contoso.com of the tenant t-1, by the token in APIM_MIGRATE_TOKEN, 59 minutes left")
        .says("contoso in rg-contoso-apim, westeurope")
        .says("Premium, with 2 workspaces")
        .says("billing (Billing), served by gw-billing")
        .says("8 checks: all is well")
        .omits("help:");
    only_read(&sandbox);
}

#[test]
fn the_document_is_one_that_programs_can_rely_on() {
    let sandbox = denying(&["*/workspaces/apis/write"]);
    let env = by_anna(&sandbox);
    let mut document = examined(&env, &["--workspace", "billing"]).1;
    // What differs from run to run is there, and is left out.
    for (at, name) in [(0, "tookMs"), (1, "ends"), (1, "minutesLeft")] {
        let fact = document["checks"][at]["facts"][name].take();
        assert!(!fact.is_null(), "{name}");
        document["checks"][at]["message"].take();
    }
    let text = serde_json::to_string_pretty(&document).unwrap();
    let text = text
        .replace(&sandbox.url, "URL")
        .replace(&sandbox.service, "SERVICE");
    insta::assert_snapshot!(text);
}

#[test]
fn a_wrong_name_is_told_with_the_one_that_was_meant() {
    let sandbox = Sandbox::contoso();
    let env = by_anna(&sandbox);
    let elsewhere = [
        (
            ["doctor", "-n", "contsoo"],
            "there is no service `contsoo` in `rg-contoso-apim`",
        ),
        (
            ["doctor", "-g", "rg-contoso"],
            "there is no service `contoso` in `rg-contoso`",
        ),
    ];
    for (args, said) in elsewhere {
        let output = env.run(&args).exits(1).says(said);
        output
            .says("help: did you mean `contoso` in `rg-contoso-apim`?")
            .says("skipped  rights     the service can't be read");
    }
    let (exit, document) = examined(&env, &["--workspace", "biling"]);
    assert_eq!(exit, 1);
    let workspace = &document["checks"][5];
    assert_eq!(workspace["verdict"], "failed");
    assert_eq!(workspace["help"], json!(["did you mean `billing`?"]));
    // Rights are then those of reading, and all there.
    assert_eq!(verdicts(&document)[6..], ["rights ok"]);
    let nothing_like_it = env.run(&["doctor", "--workspace", "payroll"]).exits(1);
    nothing_like_it.says("apim-migrate workspace create payroll --display-name NAME");
}

#[test]
fn a_dead_endpoint_is_the_one_thing_that_is_told() {
    // Nobody listens there: the port was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let sandbox = Sandbox::contoso();
    let env = by_anna(&sandbox).with("APIM_MIGRATE_ARM_ENDPOINT", &url);
    let began = std::time::Instant::now();
    let (exit, document) = examined(&env, &["--workspace", "billing"]);
    assert_eq!(exit, 1);
    let all: Vec<_> = [
        "identity",
        "service",
        "tier",
        "versions",
        "workspace",
        "rights",
    ]
    .map(|check| format!("{check} skipped"))
    .into();
    assert_eq!(
        verdicts(&document),
        [vec!["endpoint failed".to_owned()], all].concat()
    );
    let message = document["checks"][0]["message"].as_str().unwrap();
    assert!(
        message.to_lowercase().contains("connection refused"),
        "{message}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
    // A name that nobody has.
    let env = env.with("APIM_MIGRATE_ARM_ENDPOINT", "https://arm.invalid");
    env.run(&["doctor"])
        .exits(1)
        .says("`arm.invalid` has no address");
}

#[test]
fn a_proxy_is_named_without_what_signs_in_to_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let sandbox = Sandbox::contoso();
    let env = by_anna(&sandbox)
        .with("APIM_MIGRATE_ARM_ENDPOINT", "https://arm.invalid")
        .with(
            "HTTPS_PROXY",
            &format!("http://anna:hunter2@127.0.0.1:{port}"),
        );
    let output = env.run(&["doctor"]).exits(1);
    output
        .says(&format!(
            "https://arm.invalid through the proxy http://127.0.0.1:{port}: no answer"
        ))
        .omits("hunter2");
    let past = env.with("NO_PROXY", "arm.invalid");
    past.run(&["doctor"]).exits(1).omits("proxy http");
}

#[test]
fn a_token_that_has_ended_or_is_of_another_kind_is_told_and_never_shown() {
    let sandbox = Sandbox::contoso();
    let run = |token: &str, code: i32| -> Output {
        let env = Env::connected(&sandbox).with("APIM_MIGRATE_TOKEN", token);
        let output = env
            .run(&["doctor", "-vv", "--workspace", "billing"])
            .exits(code);
        output.omits(token).omits("signature")
    };
    run(&token(&claims(-60)), 1)
        .says("the token has ended")
        .says("help: sign in again")
        .says("skipped  service    there is no token that is good");
    run(&token(&claims(120)), 0).says("1 minute left, and it is not renewed");
    run("opaque-and-secret", 0).says("the token says nothing of whose it is");
    run(&token(&json!({"oid": 7, "exp": "soon"})), 0).says("somebody, by the token");
    let application = json!({"oid": ANNA, "appid": "app-1", "idtyp": "app"});
    run(&token(&application), 0).says("the application app-1");
    let hostile = json!({"upn": "\u{1b}[2Janna\u{202e}"});
    run(&token(&hostile), 0)
        .omits("\u{1b}[2J")
        .omits("\u{202e}");
}

#[test]
fn a_token_that_arm_does_not_take_is_told_in_its_words() {
    let sandbox = Sandbox::start(&["--token", "open-sesame"]);
    let env = by_anna(&sandbox);
    env.run(&["doctor"])
        .exits(1)
        .says("answered 401")
        .says("correlation id")
        .says("skipped  rights");
}

#[test]
fn two_services_are_looked_at_each_for_its_own_part() {
    let seed = |name: &str, sku: &str| {
        json!({"service": {"subscriptionId": "s", "resourceGroup": "g", "name": name, "sku": sku},
            "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": []}],
            "resources": []})
    };
    let files = Env::new();
    let (from, to) = ("from.json", "to.json");
    files.write(from, &seed("from", "Developer").to_string());
    files.write(to, &seed("to", "Premium").to_string());
    let sandbox = Sandbox::start(&[
        "--seed",
        files.path(from).to_str().unwrap(),
        "--seed",
        files.path(to).to_str().unwrap(),
    ]);
    let env = by_anna(&sandbox);
    let target = sandbox.service.replace("service/from", "service/to");
    let args = ["--target-service", &target, "--workspace", "w"];
    let (exit, document) = examined(&env, &args);
    assert_eq!(exit, 0);
    let expected = [
        "endpoint ok",
        "identity ok",
        "service ok",
        "service ok",
        "tier ok",
        "versions ok",
        "versions ok",
        "workspace warning",
        "rights ok",
        "rights ok",
        "rights ok",
    ];
    assert_eq!(verdicts(&document), expected);
    // The other way round there is nowhere to go.
    let env = env.with("APIM_SERVICE_NAME", "to");
    let args = ["--target-service", &sandbox.service, "--workspace", "w"];
    let (exit, document) = examined(&env, &args);
    assert_eq!(exit, 1);
    assert_eq!(document["checks"][4]["verdict"], "failed");
    assert_eq!(
        document["checks"][4]["message"],
        "Developer, which has no workspaces"
    );
    assert_eq!(document["checks"][7]["verdict"], "skipped");
}

/// Against a server that gives every request the same answer.
fn against(status: &str, headers: &str, body: &str) -> Output {
    let url = saying(status, headers, body);
    Env::new()
        .with("APIM_MIGRATE_ARM_ENDPOINT", &url)
        .with("APIM_MIGRATE_TOKEN", "x")
        .with("AZURE_SUBSCRIPTION_ID", "s")
        .with("AZURE_RESOURCE_GROUP", "g")
        .with("APIM_SERVICE_NAME", "n")
        .run(&["doctor"])
}

#[test]
fn a_subscription_that_is_not_there_is_told_to_be_the_cause() {
    let body = r#"{"error":{"code":"SubscriptionNotFound","message":"Who?"}}"#;
    against("404 Not Found", "", body)
        .exits(1)
        .says("there is no subscription `s`")
        .says("`az account list` shows which there are");
}

#[test]
fn a_service_that_takes_newer_versions_only_is_told_with_the_flag() {
    let body = r#"{"sku":{"name":"Premium"},"value":[],
        "properties":{"apiVersionConstraint":{"minApiVersion":"2099-01-01"}}}"#;
    let output = against("200 OK", "content-type: application/json\r\n", body).exits(1);
    output
        .says(
            "written 2024-05-01, read 2025-09-01-preview: the service takes none before 2099-01-01",
        )
        .says("help: give `--api-version 2099-01-01`")
        // A list of permissions with nothing in it says nothing.
        .says("unknown  rights");
    let sandbox = Sandbox::contoso();
    let args = ["doctor", "--api-version", "2099-01-01"];
    let unheard_of = Env::connected(&sandbox).run(&args).exits(1);
    unheard_of
        .says("InvalidApiVersionParameter")
        .says("help: give a version that it takes with `--api-version DATE`");
}

#[test]
fn what_answers_in_arms_place_is_told() {
    let headers = "location: https://portal.example/login\r\n";
    against("302 Found", headers, "")
        .exits(1)
        .says("with a redirect");
    let page = "<html>\x1b[2J</html>";
    let output = against("200 OK", "content-type: text/html\r\n", page).exits(1);
    output.says("not JSON").omits("\x1b[2J");
}
