//! The `sandbox` command.

use std::process::Command;

use apim_migrate::sandbox::{Options, Sandbox as Embedded};
use serde_json::json;

use crate::common::{Env, Sandbox};

#[tokio::test]
async fn the_services_of_all_seeds_are_named_in_order() {
    let seed = |name| json!({"service": {"name": name}, "resources": []});
    let options = Options {
        seeds: vec![seed("two"), seed("one")],
        ..Options::default()
    };
    let sandbox = Embedded::start(options, 0).await.unwrap();
    let ids = sandbox.service_ids();
    let names: Vec<&str> = ids.iter().map(|id| id.name()).collect();
    assert_eq!(names, ["two", "one"]);
}

#[test]
fn it_tells_where_it_is_and_answers_there() {
    let sandbox = Sandbox::contoso();
    let path = format!("{}/apis?api-version=2024-05-01", sandbox.service);
    let (status, body) = sandbox.ask("GET", &path, None);
    assert_eq!(status, 200, "{body}");
    assert!(!body["value"].as_array().unwrap().is_empty());
}

#[test]
fn it_holds_the_snapshots_it_is_given() {
    let env = Env::new();
    let seed = |name: &str| {
        let text = format!(r#"{{"service": {{"name": "{name}"}}, "resources": []}}"#);
        env.write(&format!("{name}.json"), &text)
    };
    let (one, two) = (seed("one"), seed("two"));
    let args = [
        "--seed",
        one.to_str().unwrap(),
        "--seed",
        two.to_str().unwrap(),
    ];
    let sandbox = Sandbox::start(&args);
    assert!(
        sandbox.service.ends_with("/service/one"),
        "{}",
        sandbox.service
    );
    let other = sandbox.service.replace("/service/one", "/service/two");
    for service in [&sandbox.service, &other] {
        let (status, _) = sandbox.ask("GET", &format!("{service}?api-version=2024-05-01"), None);
        assert_eq!(status, 200);
    }
}

#[cfg(unix)]
#[test]
fn signals_end_it_well() {
    for signal in ["INT", "TERM"] {
        let sandbox = Sandbox::contoso();
        let pid = sandbox.pid().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.unwrap().success());
        assert_eq!(sandbox.wait(), 0, "{signal}");
    }
}
