use super::*;

fn path(text: &str) -> ResourcePath {
    text.parse().unwrap()
}

#[test]
fn paths_compare_without_case_and_keep_their_spelling() {
    let (a, b) = (path("/apis/Orders"), path("/APIs/orders"));
    assert_eq!(a, b);
    assert_eq!(a.to_string(), "/apis/Orders");
    assert_eq!(a.cmp(&b), Ordering::Equal);
}

#[test]
fn folded_comparison_agrees_with_comparing_lower_case() {
    let texts = [
        "",
        "a",
        "A",
        "ab",
        "/apis/Orders/operations/a",
        "/APIS/orders/operations/B",
        "/apis/orders/operationsx",
        "/apis/o",
    ];
    let hash = |t: &str| {
        let mut hasher = std::hash::DefaultHasher::new();
        hash_fold(t, &mut hasher);
        hasher.finish()
    };
    for a in texts {
        for b in texts {
            let plain = a.to_lowercase().cmp(&b.to_lowercase());
            assert_eq!(cmp_fold(a, b), plain, "{a} {b}");
            assert_eq!(hash(a) == hash(b), plain == Ordering::Equal, "{a} {b}");
        }
    }
}

#[test]
fn a_path_knows_its_parts() {
    let p = path("/apis/orders;rev=2/operations/get/policies/policy");
    assert_eq!(p.pattern(), "apis/operations/policies");
    assert_eq!((p.name(), p.collection()), ("policy", "policies"));
    assert_eq!(
        p.parent().unwrap(),
        path("/apis/orders;rev=2/operations/get")
    );
    assert_eq!(p.root(), path("/apis/orders;rev=2"));
    assert_eq!(p.root().root(), p.root());
    assert_eq!(path("/tags/a").parent(), None);
    assert_eq!(path("/tags/a").renamed("b").unwrap(), path("/tags/b"));
    assert!(p.is_within(&path("/APIS/orders;rev=2")));
    assert!(!path("/apis/orders-2").is_within(&path("/apis/orders")));
    assert_eq!(split_revision("orders;rev=2"), ("orders", Some("2")));
}

#[test]
fn what_is_no_path_is_refused() {
    for bad in [
        "",
        "apis/x",
        "/apis",
        "/apis/",
        "/apis/..",
        "/apis/a?b",
        "/apis/a/operations",
        "/apis/a\u{1b}",
    ] {
        assert!(bad.parse::<ResourcePath>().is_err(), "{bad}");
    }
}

#[test]
fn an_arm_id_splits_into_service_and_path() {
    let id = "/subscriptions/s/resourcegroups/RG/providers/microsoft.apimanagement/services/c";
    let full = format!("{id}/apis/x");
    let (service, below) = ServiceId::split(&full).unwrap();
    assert_eq!(service, ServiceId::new("S", "rg", "C").unwrap());
    assert_eq!(below, "/apis/x");
    assert_eq!(ServiceId::split(id).unwrap().1, "");
    assert_eq!(ServiceId::split(&format!("{id}/")).unwrap().1, "/");
    assert!(ServiceId::split("/apis/x").is_none());
    assert!(id.parse::<ServiceId>().is_ok());
    assert!(format!("{id}/apis/x").parse::<ServiceId>().is_err());
}

#[test]
fn a_target_is_always_below_a_workspace() {
    let target: TargetPath = "/workspaces/w/apis/x".parse().unwrap();
    assert_eq!(target.below(), &path("/apis/x"));
    assert_eq!(target.to_string(), "/workspaces/w/apis/x");
    for bad in [
        "/apis/x",
        "/workspaces/w",
        "/workspaces//apis/x",
        "/workspaces/../apis/x",
    ] {
        assert!(bad.parse::<TargetPath>().is_err(), "{bad}");
    }
}

#[test]
fn revisions_are_ordered_as_numbers_and_then_as_texts() {
    let sorted = [
        "1",
        "2",
        "02",
        "3",
        "10",
        "99999999999999999999999",
        "",
        "current",
        "One",
        "v1",
    ];
    let mut shuffled = sorted;
    shuffled.reverse();
    shuffled.sort_by(|a, b| revision_order(a, b));
    // Names that differ only in zeros before them are told apart all the same.
    let expected = [
        "1",
        "02",
        "2",
        "3",
        "10",
        "99999999999999999999999",
        "",
        "current",
        "One",
        "v1",
    ];
    assert_eq!(shuffled, expected);
}

#[test]
fn only_what_a_probe_is_called_is_read_as_one() {
    let name = ProbeName::numbered(0xabc);
    assert_eq!(name.to_string(), "apim-migrate-probe-00000abc");
    assert_eq!(ProbeName::read(&name.to_string()), Some(name.clone()));
    assert_eq!(name.to_string().parse().as_ref(), Ok(name.workspace()));
    for other in [
        "billing",
        "apim-migrate-probe-",
        "apim-migrate-probe-00000ab",
        "apim-migrate-probe-00000abcd",
        "apim-migrate-probe-00000ABC",
        "apim-migrate-probe-00000abg",
        "apim-migrate-probe-../../x1",
        "Apim-migrate-probe-00000abc",
    ] {
        assert_eq!(ProbeName::read(other), None, "{other}");
    }
}
