//! A kind more is a row more: reading, naming, copying and order go by the table.

use serde_json::{Value, json};

use crate::catalog::added::{WIDGET, with};
use crate::inventory::{Inventory, snapshot};
use crate::plan::{Plan, PlanOptions, Target, make};

fn read() -> Inventory {
    let seed = json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "resources": [
            {"path": "/apis/a", "properties": {"displayName": "a", "path": "a", "apiRevision": "1"}},
            {"path": "/widgets/w", "properties": {
                "displayName": "W", "colour": "red", "backend": "b", "speed": 9, "etag": null,
            }},
            {"path": "/backends/b", "properties": {"url": "https://b.example", "protocol": "http"}},
        ],
    });
    snapshot::read(&seed.to_string()).unwrap()
}

fn plan(inventory: &Inventory) -> Plan {
    let options = PlanOptions {
        service_scope: vec!["widgets".to_owned()],
        ..PlanOptions::default()
    };
    let target = Target::unknown(inventory.service.clone(), "team".parse().unwrap());
    let selected = ["/apis/a".parse().unwrap()];
    make(inventory, &selected, &target, &options).unwrap()
}

#[test]
fn one_row_has_it_read_named_copied_and_made_in_its_turn() {
    assert_eq!(read().unknown["widgets"], 1);
    let plan = with(&WIDGET, || plan(&read()));
    let made: Vec<String> = (plan.steps.iter())
        .map(|step| format!("{} {}", step.kind, step.target.below()))
        .collect();
    assert_eq!(
        made,
        [
            "backend /backends/b-in-team",
            "api /apis/a-in-team",
            "widget /widgets/w-in-team",
        ]
    );
    let body = plan.steps[2].content.as_ref().map(|c| &c.properties);
    assert_eq!(
        body.cloned().map(Value::Object),
        Some(json!({"displayName": "W-in-team", "colour": "red", "backend": "b-in-team"}))
    );
    assert_eq!(plan.steps[2].after[0].as_str(), "backends/b");
    // What its row does not have is said to be lost.
    let lost = plan.findings.iter().filter(|f| f.resource == "/widgets/w");
    assert!(
        { lost }.any(|f| f.message.contains("`speed`")),
        "{:?}",
        plan.findings
    );
    assert_eq!(read().unknown["widgets"], 1);
}
