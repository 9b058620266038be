use super::*;
use crate::address::{ServiceId, SourcePath};
use crate::catalog;
use crate::plan::{Action, Content, Finding, Selection, Severity, StepId};

fn step(id: &str, kind: &str, action: Action, after: &[&str]) -> Step {
    Step {
        id: StepId::new(id),
        kind: catalog::kind(kind).unwrap(),
        action,
        source: None,
        target: format!("/workspaces/billing/{id}").parse().unwrap(),
        content: Some(Content::default()),
        secret: None,
        upload: None,
        source_etag: None,
        source_digest: None,
        after: after.iter().map(|a| StepId::new(*a)).collect(),
        because: Vec::new(),
    }
}

fn plan() -> Plan {
    let service = ServiceId::new("s", "rg", "contoso").unwrap();
    let reason = |name: &str| SourcePath(format!("/apis/{name}").parse().unwrap());
    let finding = |severity, resource: &str, allowed| {
        Finding {
        severity,
        code: "self-hosted-gateway".to_owned(),
        resource: resource.to_owned(),
        message: "a gateway of its own serves it, which a workspace does not have and never will as far as is known".to_owned(),
        help: "leave it".to_owned(),
        allowed,
    }
    };
    let mut value = step("namedValues/k", "namedValue", Action::Create, &[]);
    value.secret = Some("listValue".to_owned());
    value.because = ["a", "b", "c"].map(reason).to_vec();
    Plan {
        name: "bil\x1bling".to_owned(),
        created: "2026-11-24T10:00:00Z".to_owned(),
        generator: "apim-migrate 0.1.0".to_owned(),
        source: service.clone(),
        target: service,
        workspace: "billing".parse().unwrap(),
        api_version: Default::default(),
        selection: Selection {
            apis: vec!["orders".to_owned()],
            whole_version_sets: true,
            without: vec!["tags".to_owned()],
            ..Selection::default()
        },
        setup: Default::default(),
        allow: Vec::new(),
        findings: vec![
            finding(Severity::Blocker, "/apis/a", false),
            finding(Severity::Blocker, "/apis/b", false),
            finding(Severity::Blocker, "/apis/c", true),
        ],
        steps: vec![
            value,
            step("products/p", "product", Action::Reuse, &["namedValues/k"]),
            step(
                "products/p/groupLinks/x\"]",
                "productGroupLink",
                Action::Tidy,
                &["products/p", "none"],
            ),
        ],
    }
}

#[test]
fn the_text_says_what_why_and_what_to_look_at() {
    insta::assert_snapshot!(text(&plan()), @r#"
    plan       bil�ling, made 2026-11-24T10:00:00Z by apim-migrate 0.1.0
    from       /subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso
    into       /subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso/workspaces/billing
    APIs       orders; with their whole version sets; without tags
    create     1 (named values: 1)
    reuse      1 (products: 1)
    tidy       1 (groups of products: 1)

    Blockers (2)
      self-hosted-gateway
        - /apis/a: a gateway of its own serves it, which a workspace does not have and never will as far
          as is known
        - /apis/b: a gateway of its own serves it, which a workspace does not have and never will as far
          as is known
        help: leave it

    Allowed blockers (1)
      self-hosted-gateway
        - /apis/c: a gateway of its own serves it, which a workspace does not have and never will as far
          as is known
        help: leave it

    Steps (3)
      create  namedValue        /namedValues/k (secret read when applied) for /apis/a, /apis/b and 1
                                more
      reuse   product           /products/p
      tidy    productGroupLink  /products/p/groupLinks/x"]
    "#);
}

#[test]
fn graphs_have_steps_edges_and_no_markup_from_names() {
    insta::assert_snapshot!(dot(&plan()), @r#"
    digraph plan {
      label="bil�ling";
      rankdir=LR;
      node [shape=box, fontname="sans-serif"];
      s0 [label="namedValues/k\nnamedValue"];
      s1 [label="products/p\nproduct", style=dashed];
      s2 [label="products/p/groupLinks/x\"]\nproductGroupLink", style=dotted];
      s1 -> s0;
      s2 -> s1;
    }
    "#);
    insta::assert_snapshot!(mermaid(&plan()), @r#"
    flowchart LR
      s0["namedValues/k<br/>namedValue"]
      s1(["products/p<br/>product"])
      s2{{"products/p/groupLinks/x#34;#93;<br/>productGroupLink"}}
      s1 --> s0
      s2 --> s1
    "#);
}

#[test]
fn the_json_is_the_plan_with_the_paths_of_its_bodies() {
    let value: serde_json::Value = serde_json::from_str(&json(&plan()).unwrap()).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["steps"][0]["body"], "resources/namedValues/k.json");
    assert_eq!(value["findings"][2]["allowed"], true);
    assert_eq!(value["selection"]["wholeVersionSets"], true);
}

#[test]
fn no_line_is_wider_than_it_has_to_be() {
    let text = text(&plan());
    let single = |l: &str| l.split_whitespace().count() == 2;
    for line in text.lines() {
        assert!(line.chars().count() <= 100 || single(line), "{line}");
    }
}

#[test]
fn the_page_holds_every_step_and_nothing_that_could_run() {
    let mut plan = plan();
    plan.findings[0].message = "<script>alert(1)</script>".to_owned();
    plan.steps[0].content = Some(Content {
        properties: serde_json::from_str(r#"{"displayName": "</pre><b>'\"&"}"#).unwrap(),
        document: None,
    });
    let page = html(&plan);
    for step in &plan.steps {
        let target = step.target.to_string().replace('"', "&quot;");
        assert!(page.contains(&target), "{target}");
    }
    assert!(!page.contains("<script") && !page.contains("</pre><b>") && !page.contains('\u{1b}'));
    assert!(!page.contains("http://") && !page.contains("https://"));
    assert_eq!(page, html(&plan));
}
