//! Files that the program writes are what their schemas say; what it prints is
//! held against its schema by every test that reads it.

use serde_json::Value;

use crate::common::migration::Migration;
use crate::common::schema::{printed, wrong};

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

#[test]
fn plans_and_saved_migration_files_are_as_their_schemas_say() {
    let m = Migration::contoso(&[]);
    m.plan(&["orders-v1", "invoices"], &["--save", "saved.yaml"])
        .exits(0);
    for (name, file) in [("plan", "p/plan.yaml"), ("migration", "saved.yaml")] {
        let validator = jsonschema::validator_for(&printed(name)).unwrap();
        let mut value = yaml(&m.env.read(file));
        assert_eq!(wrong(&validator, &value), [""; 0], "{file}");
        value["selct"] = Value::from("x");
        assert_eq!(wrong(&validator, &value).len(), 1, "{file}");
        value.as_object_mut().unwrap().remove("selct");
        value["version"] = Value::from(2);
        assert_eq!(wrong(&validator, &value).len(), 1, "{file}");
    }
}

#[test]
fn lists_may_be_one_text_in_a_migration_file() {
    let validator = jsonschema::validator_for(&printed("migration")).unwrap();
    let says = |text: &str| wrong(&validator, &yaml(text)).len();
    assert_eq!(
        says("{version: 1, select: {apis: a}, without: [tags], allow: x, keys: new}"),
        0
    );
    assert_eq!(
        says(
            "{version: 1, access: [{principal: 1d9a0a9e-6c6e-4a7b-9f52-52b1a4f0c0de, role: reader}]}"
        ),
        0
    );
    assert_eq!(
        says("{version: 1, certificates: {c: {pfx: c.pfx, passwordEnv: P}}}"),
        0
    );
    assert_eq!(says("{select: {apis: a}}"), 1);
    assert_eq!(says("{version: 1, keys: lost}"), 1);
    assert_eq!(says("{version: 1, select: {apis: 5}}"), 1);
}

#[test]
fn the_migration_file_of_the_folder_is_found_and_flags_win_over_it() {
    let m = Migration::contoso(&[]);
    m.env.write(
        "migration.yaml",
        "version: 1\nworkspace: billing\nselect: {apis: [invoices]}\noutput: p\n",
    );
    let planned = m
        .env
        .run(&["plan", "--json"])
        .exits(0)
        .says("as `migration.yaml` says");
    assert_eq!(planned.json()["apis"], serde_json::json!(["invoices"]));
    let planned = m
        .env
        .run(&["plan", "--json", "--api", "orders-v1", "-o", "q"])
        .exits(0)
        .json();
    assert_eq!(
        (&planned["apis"], &planned["folder"]),
        (&serde_json::json!(["orders-v1"]), &"q".into())
    );
    m.env.write(
        "other.yaml",
        "version: 1\nworkspace: billing\nselect: {apis: [catalog]}\noutput: r\n",
    );
    let planned = m
        .env
        .run(&["plan", "--json", "-f", "other.yaml"])
        .exits(0)
        .omits("as `migration.yaml`");
    assert_eq!(planned.json()["folder"], "r");
}

#[test]
fn documents_say_what_they_are() {
    let m = Migration::contoso(&[]);
    let said = m.plan(&["orders-v1"], &["--json"]).exits(0).json();
    assert_eq!(
        (&said["document"], &said["version"]),
        (&Value::from("plan"), &Value::from(1))
    );
    assert!(
        said["mapping"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["source"] == "/apis/orders-v1")
    );
    assert!(said["retries"].is_u64() && said["setup"].is_object());
    let said = m.apply(&["--json"]).exits(0).json();
    assert_eq!(
        (&said["document"], &said["permanent"]),
        (&Value::from("apply"), &Value::from(false))
    );
    let said = m.env.run(&["verify", "absent", "--json"]).exits(2).json();
    assert_eq!(said["document"], "error");
    let said = m
        .env
        .run(&["explain", "self-hosted-gateway", "--json"])
        .exits(0)
        .json();
    assert_eq!(said["document"], "explainCode");
}
