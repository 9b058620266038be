//! What is told before a question, and how a run is watched.

use crate::common::migration::Migration;

#[test]
fn what_has_to_be_known_is_told_before_the_question() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices", "orders-v1"], &[]).exits(0);
    // Nobody is there: all of it is told with the refusal.
    let refused = m.env.run(&["apply", "p"]).exits(2);
    for line in [
        "from   contoso (resource group ",
        "into   workspace billing of the same service",
        "APIs   invoices-in-billing at /",
        "sends  ",
        "operations",
        "note   warned of: ",
        "new-subscription-keys",
        "Write to workspace billing of contoso?",
    ] {
        assert!(refused.stderr.contains(line), "{line}: {refused}");
    }
    assert_eq!(m.count("PUT"), 0);
}

#[test]
fn a_watched_status_ends_with_the_run() {
    let m = Migration::contoso(&["--latency", "20"]);
    m.plan(&["invoices"], &[]).exits(0);
    // Nothing is under way: it is told once.
    m.env
        .run(&["status", "p", "--watch"])
        .exits(0)
        .says("to do");
    let mut apply = m
        .env
        .command(&["apply", "p", "--yes", "-q"])
        .spawn()
        .unwrap();
    m.env.run(&["status", "p", "--watch"]).exits(0);
    assert!(apply.wait().unwrap().success());
    let last = m.env.run(&["status", "p", "--watch"]).exits(0);
    assert_eq!(last.stdout.matches(" steps done").count(), 1, "{last}");
    m.env
        .run(&["status", "p", "--watch", "--json"])
        .exits(2)
        .says("one JSON document");
    assert_eq!(
        m.env.run(&["status", "p", "--json"]).json()["steps"]
            .as_u64()
            .map(|n| n > 0),
        Some(true)
    );
}
