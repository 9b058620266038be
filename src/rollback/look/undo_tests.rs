use super::*;
use crate::fixtures::steps::{plan, step};
use crate::target::order::Order;

fn held(plan: &Plan, touched: &[&str], gone: &[&str]) -> Vec<Held> {
    let of = |s: &crate::plan::Step| {
        if touched.contains(&s.id.as_str()) {
            Held::Stays("it was changed".to_owned())
        } else if gone.contains(&s.id.as_str()) {
            Held::Gone
        } else {
            Held::Untouched
        }
    };
    plan.steps.iter().map(of).collect()
}

/// Units as readable text: what is deleted, what goes with it, after what.
fn units(plan: &Plan, undo: &Undo) -> Vec<String> {
    let name = |i: usize| plan.steps[i].id.as_str();
    let text = |unit: &Unit| {
        let with: Vec<_> = unit.with.iter().map(|&i| name(i)).collect();
        let after = unit.after.iter().map(|&u| name(undo.units[u].step));
        let after: Vec<_> = after.collect();
        format!(
            "{} with [{}] after [{}]",
            name(unit.step),
            with.join(" "),
            after.join(" ")
        )
    };
    undo.units.iter().map(text).collect()
}

#[test]
fn what_is_put_back_goes_before_what_it_needs_and_keeps_nothing() {
    let plan = plan(vec![
        step("namedValue", "/namedValues/key", &[]),
        step("api", "/apis/x", &["namedValues/key"]),
        step("operation", "/apis/x/operations/a", &["apis/x"]),
    ]);
    let order = Order::of(&plan).unwrap();
    let undone = |api: Held| {
        let held = [Held::Untouched, api, Held::Untouched];
        undo(&plan, order.nodes(), &held)
    };
    let put_back = undone(Held::Replaced);
    assert_eq!(
        units(&plan, &put_back),
        [
            "namedValues/key with [] after [apis/x]",
            "apis/x with [] after [apis/x/operations/a]",
            "apis/x/operations/a with [] after []",
        ]
    );
    let which: Vec<bool> = put_back.units.iter().map(|u| u.puts_back).collect();
    assert_eq!((which, put_back.kept), (vec![false, true, false], vec![]));
    // What can't be put back needs what it needs, and no more.
    let lost = undone(Held::Lost("why".to_owned()));
    assert_eq!(lost.kept, [(0, 1), (1, 1)]);
    assert_eq!(
        units(&plan, &lost),
        ["apis/x/operations/a with [] after []"]
    );
}

fn sample() -> Plan {
    plan(vec![
        step("namedValue", "/namedValues/key", &[]),
        step("tag", "/tags/t", &[]),
        step("api", "/apis/x", &[]),
        step("api", "/apis/x;rev=2", &["apis/x"]),
        step(
            "apiPolicy",
            "/apis/x/policies/policy",
            &["apis/x", "namedValues/key"],
        ),
        step("tagApiLink", "/tags/t/apiLinks/l", &["tags/t", "apis/x"]),
        step("product", "/products/p", &[]),
        step(
            "productApiLink",
            "/products/p/apiLinks/l",
            &["products/p", "apis/x"],
        ),
        step("subscription", "/subscriptions/s", &["products/p"]),
    ])
}

fn undone(plan: &Plan, held: &[Held]) -> Undo {
    let order = Order::of(plan).unwrap();
    undo(plan, order.nodes(), held)
}

#[test]
fn what_stands_below_goes_with_what_it_stands_below() {
    let plan = sample();
    let undo = undone(&plan, &held(&plan, &[], &[]));
    assert_eq!(
        units(&plan, &undo),
        [
            "namedValues/key with [] after [apis/x]",
            "tags/t with [tags/t/apiLinks/l] after []",
            "apis/x with [apis/x;rev=2 apis/x/policies/policy] after [tags/t products/p]",
            "products/p with [products/p/apiLinks/l] after [subscriptions/s]",
            "subscriptions/s with [] after []",
        ]
    );
    assert_eq!(undo.kept, []);
}

#[test]
fn what_was_touched_stays_with_all_it_needs_and_is_part_of() {
    let plan = sample();
    let undo = undone(&plan, &held(&plan, &["apis/x/policies/policy"], &[]));
    assert_eq!(units(&plan, &undo), ["subscriptions/s with [] after []"]);
    let kept: Vec<usize> = undo.kept.iter().map(|(at, _)| *at).collect();
    assert_eq!(kept, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(undo.kept.iter().all(|(_, sake)| *sake == 4));
}

#[test]
fn what_only_something_kept_needs_loses_its_other_links() {
    let mut plan = sample();
    plan.steps.push(step("api", "/apis/y", &[]));
    let link = "/products/p/apiLinks/y";
    plan.steps
        .push(step("productApiLink", link, &["products/p", "apis/y"]));
    let undo = undone(&plan, &held(&plan, &["apis/x"], &[]));
    let units = units(&plan, &undo);
    assert!(
        units.contains(&"apis/y with [] after [products/p/apiLinks/y]".to_owned()),
        "{units:?}"
    );
}

#[test]
fn a_touched_revision_keeps_the_api_whose_deletion_would_take_it() {
    let plan = sample();
    let undo = undone(&plan, &held(&plan, &["apis/x;rev=2"], &[]));
    assert!(undo.kept.contains(&(2, 3)) && undo.kept.contains(&(4, 3)));
}

#[test]
fn what_links_to_something_touched_stays_with_its_other_end() {
    let plan = sample();
    let undo = undone(&plan, &held(&plan, &["products/p"], &["subscriptions/s"]));
    assert!(undo.kept.contains(&(7, 6)) && undo.kept.contains(&(2, 6)));
    assert_eq!(
        units(&plan, &undo),
        ["tags/t with [tags/t/apiLinks/l] after []"]
    );
    // A link that does not stand there keeps nothing.
    let without = held(&plan, &["apis/x"], &["tags/t/apiLinks/l"]);
    assert!(units(&plan, &undone(&plan, &without)).contains(&"tags/t with [] after []".to_owned()));
}
