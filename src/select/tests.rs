use super::*;
use crate::address::ServiceId;
use proptest::prelude::*;
use serde_json::json;

fn inventory() -> Inventory {
    let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
    for (path, properties) in [
        (
            "/apis/orders-v1",
            json!({"displayName": "Orders", "apiVersionSetId": "/apiVersionSets/o"}),
        ),
        (
            "/apis/orders-v2",
            json!({"displayName": "Orders", "apiVersionSetId": "/apiVersionSets/o", "apiRevision": "3"}),
        ),
        ("/apis/orders-v2;rev=1", json!({})),
        ("/apis/invoices", json!({"displayName": "Invoices"})),
        ("/apiVersionSets/o", json!({"displayName": "Orders"})),
        ("/products/gold", json!({"displayName": "Gold Tier"})),
        ("/products/empty", json!({"displayName": "Empty"})),
        ("/tags/unused", json!({"displayName": "Unused"})),
        ("/apiVersionSets/none", json!({"displayName": "None"})),
        (
            "/products/gold/apiLinks/x",
            json!({"apiId": "/apis/invoices"}),
        ),
    ] {
        let properties = properties.as_object().unwrap().clone();
        inventory.insert(Resource::new(path.parse().unwrap(), properties, None).unwrap());
    }
    inventory
}

fn names(s: &Select) -> Result<Vec<String>, SelectError> {
    select(&inventory(), s).map(|paths| paths.iter().map(|p| p.name().to_owned()).collect())
}

fn by_name(names: &[&str]) -> Select {
    Select {
        apis: names.iter().map(|n| Glob::new(*n)).collect(),
        ..Select::default()
    }
}

#[test]
fn apis_are_selected_by_name_product_set_and_without_the_excluded() {
    assert_eq!(
        names(&by_name(&["ORDERS-*"])).unwrap(),
        ["orders-v1", "orders-v2"]
    );
    let s = Select {
        products: vec!["gold tier".into()],
        ..Select::default()
    };
    assert_eq!(names(&s).unwrap(), ["invoices"]);
    let s = Select {
        whole_version_sets: true,
        ..by_name(&["orders-v1"])
    };
    assert_eq!(names(&s).unwrap(), ["orders-v1", "orders-v2"]);
    let s = Select {
        version_sets: vec!["o".into()],
        exclude: vec![Glob::new("*v1")],
        ..Select::default()
    };
    assert_eq!(names(&s).unwrap(), ["orders-v2"]);
    let s = Select {
        all: true,
        ..Select::default()
    };
    assert_eq!(names(&s).unwrap().len(), 3);
}

#[test]
fn what_is_not_there_is_said() {
    let error = names(&by_name(&["invoice"])).unwrap_err();
    assert_eq!(error.help(), "did you mean `invoices`?");
    let error = names(&by_name(&["inv"])).unwrap_err();
    assert_eq!(error.help(), "did you mean `invoices`?");
    assert_eq!(
        names(&by_name(&["x*"])).unwrap_err(),
        SelectError::NoApi {
            by: By::Name,
            name: "x*".into(),
            nearest: None,
        }
    );
    assert_eq!(names(&Select::default()).unwrap_err(), SelectError::Nothing);
    let s = Select {
        tags: vec!["t".into()],
        ..Select::default()
    };
    assert!(matches!(
        names(&s),
        Err(SelectError::Unknown { by: By::Tag, .. })
    ));
}

#[test]
fn a_pattern_with_a_revision_takes_those_that_are_at_it() {
    assert_eq!(names(&by_name(&["orders*;Rev=3"])).unwrap(), ["orders-v2"]);
    assert_eq!(names(&by_name(&["orders*;rev=1"])).unwrap(), ["orders-v1"]);
}

#[test]
fn what_leaves_nothing_out_is_said() {
    let s = Select {
        exclude: vec![Glob::new("invoice")],
        ..by_name(&["*"])
    };
    let error = names(&s).unwrap_err();
    assert_eq!(error.to_string(), "no API is left out by `invoice`");
    assert_eq!(error.help(), "did you mean `invoices`?");
}

#[test]
fn what_selects_nothing_is_said_with_the_nearest_name() {
    for (by, given, said, help) in [
        (
            By::Tag,
            "unusd",
            "there is no tag `unusd`",
            "did you mean `unused`?",
        ),
        (
            By::Tag,
            "unused",
            "no API has the tag `unused`",
            "list tags",
        ),
        (
            By::Product,
            "gold teir",
            "there is no product `gold teir`",
            "did you mean `Gold Tier`?",
        ),
        (
            By::Product,
            "empty",
            "no API is in the product `empty`",
            "list products",
        ),
        (
            By::VersionSet,
            "ordrs",
            "there is no version set `ordrs`",
            "did you mean `Orders`?",
        ),
        (
            By::VersionSet,
            "none",
            "no API is in the version set `none`",
            "list version-sets",
        ),
        (
            By::DisplayName,
            "Ordrs",
            "there is no API with the display name `Ordrs`",
            "did you mean `Orders`?",
        ),
        (By::DisplayName, "x*", "no API matches `x*`", "list apis"),
    ] {
        let mut s = Select::default();
        match by {
            By::Tag => s.tags.push(given.into()),
            By::Product => s.products.push(given.into()),
            By::VersionSet => s.version_sets.push(given.into()),
            _ => s.display_names.push(Glob::new(given)),
        }
        let error = names(&s).unwrap_err();
        assert_eq!(error.to_string(), said);
        assert!(error.help().contains(help), "{}", error.help());
        assert_eq!(error.given(), Some((by, given)));
        assert_eq!(error.way().unwrap(), ["select", by.list(), given]);
    }
    let s = Select {
        exclude: vec![Glob::new("inv*")],
        ..by_name(&["invoices"])
    };
    assert_eq!(names(&s).unwrap_err(), SelectError::AllExcluded);
}

#[test]
fn a_revision_is_selected_only_when_it_is_current() {
    assert_eq!(
        names(&by_name(&["orders-v2;rev=3"])).unwrap(),
        ["orders-v2"]
    );
    assert!(matches!(
        names(&by_name(&["orders-v2;rev=1"])),
        Err(SelectError::OnlyARevision(_))
    ));
}

proptest! {
    #[test]
    fn a_glob_matches_what_it_was_made_of(parts in proptest::collection::vec("[a-c]{0,3}", 1..6), fill in "[a-c]{0,3}") {
        let glob = Glob::new(parts.join("*"));
        prop_assert!(glob.matches(&parts.join(&fill)));
        prop_assert!(glob.matches(&parts.join("").to_uppercase()));
    }
}
