use super::*;

fn service() -> Service {
    let id = ServiceId::new("s", "rg", "contoso").unwrap();
    Service::new(id, Switches::default(), 1)
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

#[test]
fn a_list_skips_what_is_below_its_items() {
    let mut service = service();
    for text in [
        "/apis/a",
        "/apis/a/operations/x",
        "/apis/a-b",
        "/apis/a/operations/x/policies/policy",
        "/apis/a0",
        "/apiVersionSets/v",
    ] {
        service.put(&path(text), Properties::new());
    }
    let names = |prefix: &str| -> Vec<String> {
        let names = service.list(prefix).map(|e| e.path.name().to_owned());
        names.collect()
    };
    assert_eq!(names("/apis"), ["a", "a-b", "a0"]);
    assert_eq!(names("/apis/A/operations"), ["x"]);
    assert_eq!(service.tree(&path("/apis/a")).len(), 3);
}

#[test]
fn operations_are_counted_as_they_come_move_and_go() {
    let mut service = service();
    for text in ["a/operations/x", "a/operations/y", "b/operations/x"] {
        let path = path(&format!("/workspaces/W/apis/{text}"));
        assert!(service.put(&path, Properties::new()));
        service.put(&path, Properties::new());
    }
    service.put(&path("/apis/a/operations/x"), Properties::new());
    assert_eq!(service.operations_in("w"), 3);
    let to = path("/workspaces/W/apis/b;rev=2/operations/x");
    service.relocate(vec![(path("/workspaces/W/apis/b/operations/x"), to)]);
    assert_eq!(service.operations_in("W"), 3);
    service.remove(&path("/workspaces/W/apis/a"));
    assert_eq!(service.operations_in("w"), 1);
}

#[test]
fn an_etag_stays_when_nothing_changes() {
    let mut service = service();
    let tag = path("/tags/a");
    assert!(service.put(&tag, Properties::new()));
    let before = service.get(&tag).unwrap().etag;
    assert!(!service.put(&path("/TAGS/A"), Properties::new()));
    assert_eq!(service.get(&tag).unwrap().etag, before);
    let mut other = Properties::new();
    other.insert("displayName".to_owned(), json!("b"));
    service.put(&tag, other);
    assert_ne!(service.get(&tag).unwrap().etag, before);
}

#[test]
fn minted_names_differ_and_repeat_between_runs() {
    let (mut one, mut two) = (service(), service());
    let first = one.mint("/loggers/a");
    assert_eq!(first.len(), 24);
    assert_ne!(first, one.mint("/loggers/a"));
    assert_eq!(first, two.mint("/LOGGERS/a"));
}
