//! Planning by what was found out about a service.

use crate::common::migration::{CLEAN, Migration};

pub(crate) const OWN: &str = "\
version: 1
generator: apim-migrate 0.1.0
date: '2026-11-26'
apiVersion: '2024-05-01'
tier: Premium
traits:
  namesOfService: {api: free, namedValue: free}
  namesOfWorkspaces: {api: free, namedValue: free}
  displayNamesOfService: {api: free, namedValue: free}
  displayNamesOfWorkspaces: {api: free, namedValue: free}
  apiPathsOfService: free
  apiPathsOfWorkspaces: free
  subscriptionKeys: free
  valuesInComments: ignored
";

/// A service in which each scope has its own.
const SWITCHES: [&str; 10] = [
    "--switch",
    "name-clash=allowed",
    "--switch",
    "api-path=scope",
    "--switch",
    "display-name-unique=false",
    "--switch",
    "subscription-key-unique=false",
    "--switch",
    "comment-values=false",
];

#[test]
fn names_are_kept_where_the_service_allows_it() {
    let m = Migration::contoso(&SWITCHES);
    m.env.write("traits.yaml", OWN);
    m.plan(CLEAN, &["--traits", "traits.yaml"]).exits(0);
    let plan = m.env.read("p/plan.yaml");
    assert!(!plan.contains("-in-billing"), "{plan}");
    for (_, text) in crate::common::migration::files(&m.env.path("p/resources")) {
        assert!(!text.contains("-in-billing"), "{text}");
    }
    m.apply(&[]).exits(0);
    m.verify().exits(0);
    let (there, here) = ("/apis/orders-v1", "/workspaces/billing/apis/orders-v1");
    let all = m.dump();
    for member in ["displayName", "path"] {
        assert_eq!(all[there][member], all[here][member], "{member}");
    }
    m.env.run(&["rollback", "p", "--yes"]).exits(0);
}

#[test]
fn a_plan_that_nobody_applied_takes_names_anew_and_one_that_was_keeps_them() {
    let m = Migration::contoso(&SWITCHES);
    m.env.write("traits.yaml", OWN);
    let traits = ["--traits", "traits.yaml"];
    m.plan(&["catalog"], &[]).exits(0);
    assert!(
        m.env
            .read("p/plan.yaml")
            .contains("apis/catalog-in-billing")
    );
    m.plan(&["catalog"], &traits).exits(0);
    assert!(!m.env.read("p/plan.yaml").contains("-in-billing"));
    m.plan(&["catalog"], &["--name-template", "{name}-in-{workspace}"])
        .exits(0);
    m.apply(&[]).exits(0);
    m.plan(&["catalog"], &traits).exits(0);
    assert!(
        m.env
            .read("p/plan.yaml")
            .contains("apis/catalog-in-billing")
    );
}

#[test]
fn the_migration_file_names_traits_from_where_it_stands() {
    let m = Migration::contoso(&SWITCHES);
    m.env.write("files/traits.yaml", OWN);
    m.env.write(
        "files/migration.yaml",
        "version: 1\nworkspace: billing\nselect: {apis: [catalog]}\ntraits: traits.yaml\noutput: p\n",
    );
    m.env.run(&["plan", "-f", "files/migration.yaml"]).exits(0);
    assert!(!m.env.read("p/plan.yaml").contains("-in-billing"));
}

#[test]
fn what_can_not_be_used_is_told_before_anything_is_sent() {
    let m = Migration::contoso(&[]);
    let refused = |text: &str, said: &str| {
        m.env.write("traits.yaml", text);
        m.plan(&["catalog"], &["--traits", "traits.yaml"])
            .exits(2)
            .says(said);
    };
    refused(
        &OWN.replace("subscriptionKeys", "subscriptionKey"),
        "did you mean `subscriptionKeys`",
    );
    refused(
        &OWN.replace("subscriptionKeys: free", "subscriptionKeys: no"),
        "`no` is none of `unknown`, `free`",
    );
    refused(
        "version: 1\ngenerator: x\ndate: x\napiVersion: x\ntier: x\ntraits: {apiWriters: one}\n",
        "has no effect",
    );
    assert_eq!(m.log(), []);
    refused(
        &OWN.replace("Premium", "StandardV2"),
        "of a service of the tier StandardV2",
    );
    assert_eq!(m.count("PUT"), 0);
}
