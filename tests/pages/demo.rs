//! The `demo` command.

use std::time::{Duration, Instant};

use crate::common::Env;

#[test]
fn the_demo_moves_apis_and_verifies_them_without_an_account() {
    let env = Env::new();
    let dir = env.path("demo");
    let began = Instant::now();
    let output = env.run(&["demo", "--dir", dir.to_str().unwrap(), "--output", "json"]);
    let took = began.elapsed();
    let output = output.exits(0);
    let json = output.json();
    assert!(json["apis"].as_array().unwrap().len() > 1, "{output}");
    assert_eq!(json["steps"], json["verified"], "{output}");
    assert_eq!(json["throttled"], 0, "{output}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    for file in ["plan.yaml", "journal.jsonl"] {
        assert!(dir.join(file).is_file(), "{file}");
    }
    env.run(&["status", "demo"]).exits(0).says("verify demo");
    let before = std::fs::read(dir.join("plan.yaml")).unwrap();
    env.run(&["demo", "--dir", "demo"])
        .exits(2)
        .says("`demo` holds a plan");
    assert_eq!(std::fs::read(dir.join("plan.yaml")).unwrap(), before);
}
