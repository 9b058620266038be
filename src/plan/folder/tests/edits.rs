//! What a person has edited.

use super::*;

fn edited(from: &str, to: &str) -> FolderError {
    let dir = tempfile::tempdir().unwrap();
    write(&plan(), dir.path(), false).unwrap();
    edit(dir.path(), from, to);
    read(dir.path()).unwrap_err()
}

#[test]
fn edits_that_make_no_sense_are_refused_where_they_are() {
    let body = "body: resources/namedValues/db-key.json";
    for to in [
        "body: /etc/passwd.json",
        "body: resources/../../x.json",
        "body: ../resources/x.json",
        "body: plan.yaml",
        "body: 'resources\\x.json'",
        "body: resources",
    ] {
        let got = edited(body, to);
        assert!(matches!(got, FolderError::Outside { .. }), "{to}: {got}");
    }
    let got = edited(body, "body: resources/none.json");
    assert!(matches!(got, FolderError::Missing { .. }), "{got}");
    let got = edited("kind: namedValue", "kind: nameValue");
    assert_eq!(
        got.help().unwrap(),
        "write `namedValue` if that is what was meant"
    );
    let got = edited("    action: create", "    acton: create");
    assert!(
        matches!(got, FolderError::Yaml { ref source, .. }
                if source.spot().is_some_and(|s| s.line > 20 && s.column > 0)),
        "{got}"
    );
    assert_eq!(got.help().unwrap(), "did you mean `action`?");
    let got = edited("version: 1\n", "version: 2\nnovelty: 1\n");
    assert!(
        matches!(got, FolderError::Version { found: 2, .. }),
        "{got}"
    );
    let got = edited("source: { service: /sub", "source: { service: /nub");
    assert!(matches!(got, FolderError::Address { .. }), "{got}");
}

#[test]
fn bodies_that_are_none_are_refused_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    write(&plan(), dir.path(), false).unwrap();
    let file = dir.path().join("resources/namedValues/db-key.json");
    fs::write(&file, "{\n  \"properties\": {,\n").unwrap();
    let got = read(dir.path()).unwrap_err();
    assert!(got.to_string().contains("line 2, column 18"), "{got}");
    fs::write(&file, "{\"propertys\": {}}").unwrap();
    assert!(matches!(read(dir.path()), Err(FolderError::Body { .. })));
    write(&plan(), dir.path(), false).unwrap();
    let policy = dir.path().join("resources/apis/orders/policies/policy");
    fs::write(policy.with_extension("xml"), b"<a>\xff").unwrap();
    assert!(matches!(
        read(dir.path()),
        Err(FolderError::NotText { at: 3, .. })
    ));
    fs::write(
        policy.with_extension("json"),
        r#"{"properties": {"value": "<a/>"}}"#,
    )
    .unwrap();
    assert!(matches!(
        read(dir.path()),
        Err(FolderError::Document { .. })
    ));
    assert!(matches!(
        read(&dir.path().join("none")),
        Err(FolderError::Absent(_))
    ));
}
