//! What a run will take is told before it, and what it took behind it.

use std::collections::BTreeSet;

use crate::common::migration::{CLEAN, Migration};

#[test]
fn the_writes_of_a_run_are_foretold() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    m.env
        .run(&["status", "p"])
        .exits(0)
        .says("to come: ")
        .says("at least, by");
    let dry = m.env.run(&["--output", "json", "apply", "p", "--dry-run"]);
    let dry = dry.exits(0).json();
    let report = m.apply(&["--output", "json"]).exits(0).json();
    let told = |report: &serde_json::Value, what: &str| {
        report["forecast"][what].as_u64().unwrap() as usize
    };
    for what in ["writes", "deletes"] {
        assert_eq!(told(&dry, what), told(&report, what), "{what}");
    }
    // What the service does not make on its own needs no delete.
    assert!(m.count("DELETE") <= told(&report, "deletes"));
    // A revision's number takes writes of its own; what is tried again is one.
    let writes = |(method, _): &(String, String)| matches!(method.as_str(), "PUT" | "POST");
    let sent: BTreeSet<_> = m.log().into_iter().filter(writes).collect();
    let (foretold, sent) = (told(&report, "writes"), sent.len());
    assert!(foretold.abs_diff(sent) <= 3, "{foretold} of {sent}");
    // It took more than nothing, and less than a second or so.
    assert!(
        report["seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.0),
        "{report}"
    );
    // What can't be put in order has no forecast, and the rest is told.
    let whole = m.env.read("p/plan.yaml");
    let torn = whole.replacen("after: []", "after: [nowhere/x]", 1);
    assert_ne!(torn, whole);
    m.env.write("p/plan.yaml", &torn);
    m.env.run(&["status", "p"]).exits(0).says(" done");
    m.env.write("p/plan.yaml", &whole);
    // Nothing is left to foretell.
    let status = m.env.run(&["--output", "json", "status", "p"]).json();
    assert!(status["forecast"].is_null());
}
