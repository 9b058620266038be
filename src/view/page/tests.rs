use super::*;
use crate::fixtures::inventory;
use crate::plan::{Action, Finding, PlanOptions, Severity, Target};
use crate::view::tests::{plan, rewritten};
use serde_json::{Value, json};

/// A plan of one API of two, with a product, what they share, and who calls.
fn orders() -> (Plan, Sources) {
    let policy = "<policies>\n  <inbound>\n    <base />\n    <set-backend-service backend-id=\"erp\" />\n  </inbound>\n</policies>";
    let policy = json!({"format": "rawxml", "value": policy});
    let mut inventory = inventory(&[
        (
            "/namedValues/host",
            json!({"displayName": "host", "value": "x"}),
        ),
        (
            "/backends/erp",
            json!({"protocol": "http", "url": "https://{{host}}", "credentials": {"header": {"x-api-key": ["hunter2-hunter2"]}}}),
        ),
        (
            "/apis/orders",
            json!({"displayName": "Orders", "path": "orders", "protocols": ["https"]}),
        ),
        ("/apis/orders/policies/policy", policy.clone()),
        (
            "/apis/other",
            json!({"displayName": "Other", "path": "other"}),
        ),
        ("/apis/other/policies/policy", policy),
        ("/products/partners", json!({"displayName": "Partners"})),
        (
            "/products/partners/apiLinks/orders",
            json!({"apiId": "/apis/orders"}),
        ),
        (
            "/subscriptions/anna",
            json!({"displayName": "Anna's", "scope": "/products/partners", "ownerId": "/users/anna", "state": "active"}),
        ),
        ("/users/anna", json!({"email": "anna@example.com"})),
    ]);
    inventory.hosts = vec!["api.example.com".to_owned()];
    let selected = ["/apis/orders".parse().unwrap()];
    let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
    let options = PlanOptions::default();
    let mut plan = crate::plan::make(&inventory, &selected, &target, &options).unwrap();
    plan.name = "orders".to_owned();
    plan.created = "2026-11-24T10:00:00Z".to_owned();
    plan.generator = "test".to_owned();
    plan.findings = vec![
        Finding {
            severity: Severity::Warning,
            code: "new-subscription-keys".to_owned(),
            resource: "/subscriptions/anna".to_owned(),
            message: "its copy gets keys of its own".to_owned(),
            help: "Tell its users.".to_owned(),
            allowed: false,
        },
        Finding {
            severity: Severity::Blocker,
            code: "reference-by-expression".to_owned(),
            resource: "/apis/orders/policies/policy".to_owned(),
            message: "`backend-id` is code, line 4, column 9".to_owned(),
            help: "Look.".to_owned(),
            allowed: false,
        },
    ];
    let sources = crate::plan::sources(&plan, &inventory);
    (plan, sources)
}

fn shown(plan: &Plan, sources: &Sources) -> Value {
    serde_json::to_value(content(plan, sources, None, Path::new("p")).unwrap()).unwrap()
}

#[test]
fn the_first_screen_tells_whether_it_can_go() {
    let (plan, sources) = orders();
    insta::assert_json_snapshot!(shown(&plan, &sources)["top"]);
}

#[test]
fn findings_stand_by_code_with_whose_they_are_and_the_line_that_is_meant() {
    let (plan, sources) = orders();
    insta::assert_json_snapshot!(shown(&plan, &sources)["groups"]);
}

#[test]
fn an_api_is_shown_with_who_calls_it_and_what_it_brings() {
    let (plan, sources) = orders();
    insta::assert_json_snapshot!(shown(&plan, &sources)["apis"]);
}

#[test]
fn the_graph_tells_why_a_thing_is_there_as_a_path() {
    let (plan, sources) = orders();
    let things = content(&plan, &sources, None, Path::new("p"))
        .unwrap()
        .picture
        .things;
    let told = |thing: &graph::picture::Thing| {
        let words = |p: &text::Prose| p.0.iter().map(|s| s.text.to_string()).collect::<String>();
        let hops = thing
            .why
            .iter()
            .map(|h| format!(" > {} ({}) {}", h.name, h.kind, words(&h.how)));
        let needs = thing
            .needs
            .iter()
            .map(|n| format!("\n    needs {}: {}", n.name, words(&n.how)));
        let others = (thing.others.iter())
            .map(|other| format!("\n    also {} {}", other.path, words(&other.how)));
        [
            thing.name.to_string(),
            hops.collect(),
            needs.collect(),
            others.collect(),
        ]
        .concat()
    };
    let told: Vec<String> = things.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    host > orders (API) was selected > erp (backend) /apis/orders/policies/policy names it as backend-id of set-backend-service in line 4 > host (named value) /backends/erp has it in url
    erp > orders (API) was selected > erp (backend) /apis/orders/policies/policy names it as backend-id of set-backend-service in line 4
        needs host: has it in url
        also /apis/other/policies/policy names it as backend-id of set-backend-service in line 4
    orders > orders (API) was selected
        needs erp: policies/policy names it as backend-id of set-backend-service in line 4
    partners > orders (API) was selected > partners (product) apiLinks/orders names it in apiId
        needs orders: apiLinks/orders names it in apiId
    anna > orders (API) was selected > partners (product) apiLinks/orders names it in apiId > anna (subscription) names it in scope
        needs partners: names it in scope
    ");
}

#[test]
fn a_page_holds_every_step_and_only_text_from_elsewhere() {
    let hostile = [
        "<script>alert(1)</script>",
        "</script><!--",
        "\"'><img src=x onerror=alert(1)>",
        "\u{202e}gnp.exe",
        "a\u{1b}[31m\u{0}b",
        "{{ 7 * 7 }}{% if %}&lt;",
        "`a` `b",
    ];
    for text in hostile {
        let (mut plan, sources) = orders();
        plan.name = text.to_owned();
        plan.allow = vec![text.to_owned()];
        for finding in &mut plan.findings {
            finding.message = text.to_owned();
            finding.help = text.to_owned();
            finding.code = text.to_owned();
            finding.resource = text.to_owned();
        }
        for step in &mut plan.steps {
            let content = step.content.get_or_insert_default();
            let members = ["displayName", text].map(|name| (name.to_owned(), Value::from(text)));
            content.properties.extend(members);
            if let Some(document) = &mut content.document {
                *document = format!("<!--{text}-->\n{text}");
            }
        }
        plan.selection.without = vec![text.to_owned()];
        let whole = page(&plan, &sources, None, Path::new("p")).unwrap();
        let ours = whole.replace(SCRIPT, "").replace(STYLE, "");
        assert_eq!(ours.matches("<script").count(), 2, "{text}");
        assert_eq!(ours.matches("</script").count(), 2, "{text}");
        for mark in [
            "<img",
            "<!--",
            "onerror=alert(1)>",
            "\u{202e}",
            "\u{1b}",
            "\u{0}",
        ] {
            assert!(!ours.contains(mark), "{text}: {mark}");
        }
        for step in &plan.steps {
            assert!(whole.contains(&format!("→ <code>{}</code>", step.target)));
        }
    }
}

fn orders_page() -> String {
    let (plan, sources) = orders();
    page(&plan, &sources, None, Path::new("p")).unwrap()
}

#[test]
fn a_page_asks_for_nothing_and_is_the_same_each_time() {
    let page = orders_page();
    assert_eq!(page, orders_page());
    let ours = page
        .replace("https://{{host-in-w}}", "")
        .replace("https://api.example.com/orders", "")
        .replace("https://WORKSPACE-GATEWAY/orders", "");
    assert!(
        !ours.contains("http://") && !ours.contains("https://"),
        "{page}"
    );
    assert!(!page.contains(" style=") && !page.contains(" onclick="));
    let hash = hash(SCRIPT).replace('\'', "&#39;");
    assert!(page.contains(&hash) && page.contains("default-src &#39;none&#39;"));
}

#[test]
fn a_page_shows_no_secret() {
    assert!(!orders_page().contains("hunter2"));
}

#[test]
fn what_is_odd_makes_a_page_too() {
    let (mut plan, sources) = rewritten();
    assert!(page(&plan, &sources, None, Path::new("p")).is_ok());
    plan.steps.clear();
    plan.findings.clear();
    assert!(page(&plan, &Sources::new(), None, Path::new("p")).is_ok());
    let mut plan = self::plan();
    plan.steps.retain(|s| s.action == Action::Tidy);
    assert!(page(&plan, &Sources::new(), None, Path::new("p")).is_ok());
}

#[test]
fn the_script_is_one_that_can_be_run() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/view/page/page.js");
    let node = std::process::Command::new("node")
        .arg("--check")
        .arg(file)
        .output();
    match node {
        Ok(out) => assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        ),
        Err(_) => eprintln!("skipped: node is absent"),
    }
}
