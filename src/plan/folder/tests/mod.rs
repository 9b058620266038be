mod edits;
mod texts;

use super::*;
use crate::catalog;
use crate::fixtures::steps;
use crate::plan::again::Written;
use crate::plan::sources::Sources;
use crate::plan::{Content, Finding, Plan, Selection, Severity, Step};
use crate::plan::{Upload, UploadFrom};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn step(id: &str, kind: &str, below: &str, properties: Option<Value>) -> Step {
    let whole = |p: Value| Content {
        properties: p.as_object().unwrap().clone(),
        document: None,
    };
    Step {
        id: StepId::new(id),
        target: format!("/workspaces/billing{below}").parse().unwrap(),
        content: properties.map(whole),
        ..steps::step(kind, below, &[]).copy_of(below, None)
    }
}

fn plan() -> Plan {
    let service: crate::address::ServiceId =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso"
            .parse()
            .unwrap();
    let mut key = step(
        "namedValues/db-key",
        "namedValue",
        "/namedValues/db-key",
        Some(json!({"secret": true, "displayName": "db-key"})),
    );
    key.secret = Some("listValue".to_owned());
    key.source_etag = Some("\"AAAA\"".to_owned());
    key.because = vec![crate::address::SourcePath(
        "/apis/orders/policies/policy".parse().unwrap(),
    )];
    let mut policy = step(
        "apis/orders/policies/policy",
        "apiPolicy",
        "/apis/orders/policies/policy",
        Some(json!({})),
    );
    policy.content.as_mut().unwrap().document =
        Some("<policies>\r\n\t<inbound>{{db-key}}</inbound>\r\n</policies>".to_owned());
    policy.after = vec![StepId::new("namedValues/db-key")];
    let member = step("groups/g/users/u", "groupUser", "/groups/g/users/u", None);
    Plan {
        name: "billing".to_owned(),
        created: "2026-11-24T10:00:00Z".to_owned(),
        generator: "apim-migrate 0.1.0".to_owned(),
        source: service.clone(),
        target: service,
        workspace: "billing".parse().unwrap(),
        selection: Selection {
            apis: vec!["orders".to_owned()],
            ..Selection::default()
        },
        findings: vec![Finding {
            severity: Severity::Warning,
            code: "subscription-covers-all-apis".to_owned(),
            resource: "/subscriptions/partner-a".to_owned(),
            message: "it covers all APIs: nothing comes along".to_owned(),
            help: "make one for the workspace".to_owned(),
            allowed: false,
        }],
        ..steps::plan(vec![key, policy, member])
    }
}

fn same(a: &Plan, b: &Plan) {
    assert_eq!(format!("{a:#?}"), format!("{b:#?}"));
}

fn edit(dir: &Path, from: &str, to: &str) {
    let file = dir.join(PLAN_FILE);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_plan_is_laid_out_for_people() {
    let dir = tempfile::tempdir().unwrap();
    write(&plan(), dir.path(), false).unwrap();
    let text = fs::read_to_string(dir.path().join(PLAN_FILE)).unwrap();
    insta::assert_snapshot!(text, @r#"
    # yaml-language-server: $schema=../plan.schema.json
    # What `apim-migrate apply` will do in the workspace `billing`, and why.
    # `apim-migrate show` gives an overview. Bodies may be edited and steps dropped,
    # as long as nothing that stays needs them: `apply` checks the whole folder first.
    # Editors know its form by what `apim-migrate schema plan` prints.
    #
    # steps:    3 to create, 0 to reuse, 0 to tidy
    # findings: 0 that block, 0 allowed, 1 to look at, 0 to know

    version: 1
    name: billing
    created: 2026-11-24T10:00:00Z
    generator: apim-migrate 0.1.0
    source: { service: /subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso }
    target: { service: /subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso, workspace: billing }
    selection:
      apis: [orders]

    findings:
      - severity: warning
        code: subscription-covers-all-apis
        resource: /subscriptions/partner-a
        message: 'it covers all APIs: nothing comes along'
        help: make one for the workspace

    steps:
      - id: namedValues/db-key
        kind: namedValue
        action: create
        source: /namedValues/db-key
        target: /workspaces/billing/namedValues/db-key
        body: resources/namedValues/db-key.json
        secret: listValue
        sourceEtag: '"AAAA"'
        after: []
        because: [/apis/orders/policies/policy]
      - id: apis/orders/policies/policy
        kind: apiPolicy
        action: create
        source: /apis/orders/policies/policy
        target: /workspaces/billing/apis/orders/policies/policy
        body: resources/apis/orders/policies/policy.json
        after: [namedValues/db-key]
        because: []
      - id: groups/g/users/u
        kind: groupUser
        action: create
        source: /groups/g/users/u
        target: /workspaces/billing/groups/g/users/u
        after: []
        because: []
    "#);
    let body = fs::read_to_string(dir.path().join("resources/namedValues/db-key.json")).unwrap();
    insta::assert_snapshot!(body, @r#"
    {
      "properties": {
        "displayName": "db-key",
        "secret": true
      }
    }
    "#);
}

#[test]
fn what_is_written_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.allow = vec!["some-code".to_owned()];
    plan.findings.push(Finding {
        severity: Severity::Blocker,
        code: "some-code".to_owned(),
        allowed: true,
        ..plan.findings[0].clone()
    });
    plan.selection.without = vec!["tags".to_owned()];
    plan.selection.whole_version_sets = true;
    plan.api_version = "2024-10-01-preview".parse().unwrap();
    write(&plan, dir.path(), false).unwrap();
    same(&read(dir.path()).unwrap(), &plan);
    same(&read(&dir.path().join(PLAN_FILE)).unwrap(), &plan);
    let xml = fs::read(dir.path().join("resources/apis/orders/policies/policy.xml")).unwrap();
    assert!(xml.starts_with(b"<policies>\r\n\t<inbound>"));
    let names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn an_allowed_code_allows_its_blockers() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.findings[0].severity = Severity::Blocker;
    write(&plan, dir.path(), false).unwrap();
    assert_eq!(read(dir.path()).unwrap().blockers().count(), 1);
    edit(
        dir.path(),
        "\nfindings:",
        "allow: [subscription-covers-all-apis]\nfindings:",
    );
    assert_eq!(read(dir.path()).unwrap().blockers().count(), 0);
    edit(dir.path(), "-all-apis]", "-all-api]");
    let error = read(dir.path()).unwrap_err();
    assert!(matches!(error, FolderError::Allow { line, column: 9, .. } if line > 1));
    assert_eq!(
        error.help().unwrap(),
        "did you mean `subscription-covers-all-apis`?"
    );
}

#[test]
fn an_earlier_plan_leaves_nothing_behind_and_its_journal_guards_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = plan();
    write(&plan, dir.path(), false).unwrap();
    plan.steps.remove(0);
    plan.steps[0].after.clear();
    write(&plan, dir.path(), false).unwrap();
    assert!(!dir.path().join("resources/namedValues").exists());
    same(&read(dir.path()).unwrap(), &plan);
    fs::write(dir.path().join(JOURNAL), "{}\n").unwrap();
    let refused = write(&plan, dir.path(), false).unwrap_err();
    assert!(matches!(refused, FolderError::Applied(_)));
    write(&plan, dir.path(), true).unwrap();
    assert!(dir.path().join(JOURNAL).exists());
}

#[test]
fn a_folder_of_something_else_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let mine = dir.path().join("resources/mine.txt");
    fs::create_dir(dir.path().join(RESOURCES)).unwrap();
    fs::write(&mine, "x").unwrap();
    let refused = write(&plan(), dir.path(), true).unwrap_err();
    assert!(matches!(refused, FolderError::NotAPlan(_)));
    assert!(mine.exists() && !dir.path().join(PLAN_FILE).exists());
}

#[test]
fn names_that_differ_only_by_case_or_look_like_files_have_files_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = plan();
    let tag = |name: &str| {
        let display = json!({"displayName": name});
        step(name, "tag", &format!("/tags/{name}"), Some(display))
    };
    plan.steps = vec![tag("É"), tag("é"), tag("x"), tag("x.xml")];
    plan.steps.push(step(
        "link",
        "tagApiLink",
        "/tags/x.json/apiLinks/a",
        Some(json!({})),
    ));
    write(&plan, dir.path(), false).unwrap();
    same(&read(dir.path()).unwrap(), &plan);
    assert_eq!(
        bodies(&plan).into_iter().flatten().collect::<Vec<_>>(),
        [
            "resources/tags/É.json",
            "resources/tags/%C3%A9.json",
            "resources/tags/x.json",
            "resources/tags/x.xml.json",
            "resources/tags/x%2Ejson/apiLinks/a.json",
        ]
    );
}

#[test]
fn no_secret_is_written_or_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut bad = plan();
    let content = bad.steps[0].content.as_mut().unwrap();
    content.properties.insert("value".to_owned(), json!("pw"));
    let refused = write(&bad, dir.path(), false).unwrap_err();
    assert!(matches!(
        refused,
        FolderError::Secret {
            member: "value",
            ..
        }
    ));
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none());

    write(&plan(), dir.path(), false).unwrap();
    let file = dir.path().join("resources/namedValues/db-key.json");
    fs::write(&file, r#"{"properties": {"secret": true, "value": "pw"}}"#).unwrap();
    let refused = read(dir.path()).unwrap_err();
    assert_eq!(refused.exit(), Exit::Refused);
    assert_eq!(
        refused.to_string(),
        "a secret in clear: `resources/namedValues/db-key.json` of step `namedValues/db-key` holds `value`"
    );
    let certificate = catalog::kind("certificate").unwrap();
    let properties = json!({"data": "MII", "keyVault": null});
    assert_eq!(
        certificate.secrets_in(properties.as_object().unwrap()),
        ["data"]
    );
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("x.json");
    fs::write(&outside, r#"{"properties": {}}"#).unwrap();
    write(&plan(), dir.path(), false).unwrap();
    let file = dir.path().join("resources/namedValues/db-key.json");
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&outside, &file).unwrap();
    assert!(matches!(read(dir.path()), Err(FolderError::Outside { .. })));
    // Nor does one that stands for the plan itself, or for all bodies.
    fs::rename(dir.path().join(PLAN_FILE), elsewhere.path().join("p")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("p"), dir.path().join(PLAN_FILE)).unwrap();
    let error = read(dir.path()).unwrap_err();
    assert!(matches!(error, FolderError::Io { .. }), "{error}");
    fs::remove_file(dir.path().join(PLAN_FILE)).unwrap();
    fs::rename(elsewhere.path().join("p"), dir.path().join(PLAN_FILE)).unwrap();
    fs::remove_file(&file).unwrap();
    fs::write(&file, r#"{"properties": {}}"#).unwrap();
    let bodies = dir.path().join(super::RESOURCES);
    fs::rename(&bodies, elsewhere.path().join("resources")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("resources"), &bodies).unwrap();
    assert!(matches!(read(dir.path()), Err(FolderError::Outside { .. })));
    // What is replaced is the link, not what it leads to.
    write(&plan(), dir.path(), false).unwrap();
    assert!(outside.exists() && read(dir.path()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn texts_come_back_whatever_they_are(text in "(?s)[ '\":{}#,\\[\\]\n\r\t&*!|>%@`é\u{202e}a-]{0,24}|.{0,24}") {
        let dir = tempfile::tempdir().unwrap();
        let mut plan = plan();
        plan.name = text.clone();
        plan.selection.apis = vec![text.clone(), "x".repeat(90)];
        plan.findings[0].message = text.clone();
        plan.steps[0].id = StepId::new(text.clone());
        plan.steps[0].source_etag = Some(text.clone());
        plan.steps[1].after = vec![StepId::new(text.clone())];
        let content = plan.steps[1].content.as_mut().unwrap();
        content.document = Some(text.clone());
        content.properties.insert(text.clone(), Value::from(text.as_str()));
        content.properties.remove("value");
        // A name that YAML can hold and a file can have.
        let file = text.replace('\0', "").trim_matches('/').to_owned() + ".pfx";
        let mut certificate = step("certificates/c", "certificate", "/certificates/c", Some(json!({})));
        certificate.upload = Some(Upload {
            from: UploadFrom::File(file),
            password: Some("PW".to_owned()),
        });
        plan.steps.push(certificate);
        write(&plan, dir.path(), false).unwrap();
        same(&read(dir.path()).unwrap(), &plan);
    }
}

#[test]
fn what_only_the_check_finds_of_an_edit_can_be_allowed_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = plan();
    let document = &mut plan.steps[1].content.as_mut().unwrap().document;
    *document = Some("<policies><inbound /></policies>".to_owned());
    plan.steps.remove(2);
    plan.steps.remove(0);
    plan.steps[0].after.clear();
    write(&plan, dir.path(), false).unwrap();
    let file = dir.path().join("resources/apis/orders/policies/policy.xml");
    fs::write(file, "<policies><inbound>").unwrap();
    let present = crate::plan::validate::Present {
        paths: ["/apis/orders".parse().unwrap()].into(),
        ..Default::default()
    };
    let check = || crate::plan::validate::validate(&read(dir.path()).unwrap(), &present);
    let problems = check().unwrap_err();
    assert!(problems[0].help().contains("allow: [content-not-taken]"));
    edit(
        dir.path(),
        "\nfindings:",
        "allow: [content-not-taken]\nfindings:",
    );
    assert_eq!(check(), Ok(()));
}
