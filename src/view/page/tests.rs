use super::*;
use crate::fixtures::steps;
use crate::plan::{Action, Finding, Severity};
use crate::view::tests::{plan, rewritten};
use serde_json::{Value, json};

/// Two APIs, of which one was selected, with a product and what they share.
fn orders() -> (Plan, Sources) {
    let id = |below: &str| {
        format!(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w{below}"
        )
    };
    let policy = |backend: &str| {
        format!(
            "<policies>\n  <inbound>\n    <base />\n    <set-backend-service backend-id=\"{backend}\" />\n  </inbound>\n</policies>"
        )
    };
    let because = |mut step: crate::plan::Step, paths: &[&str]| {
        step.because = paths
            .iter()
            .map(|p| crate::address::SourcePath(p.parse().unwrap()))
            .collect();
        step
    };
    let mut plan = steps::plan(vec![
        because(
            steps::step("namedValue", "/namedValues/host-in-w", &[])
                .copy_of("/namedValues/host", None)
                .with(json!({"displayName": "host-in-w", "value": "x"})),
            &["/backends/erp"],
        ),
        because(
            steps::step("backend", "/backends/erp-in-w", &["namedValues/host-in-w"])
                .copy_of("/backends/erp", None)
                .with(json!({"url": "https://{{host-in-w}}", "credentials": {"header": {"x-api-key": ["hunter2-hunter2"]}}})),
            &["/apis/orders/policies/policy"],
        ),
        because(
            steps::step("api", "/apis/orders-in-w", &[])
                .copy_of("/apis/orders", None)
                .with(json!({"displayName": "Orders", "path": "orders", "apiVersion": "v2"})),
            &["/apis/orders"],
        ),
        because(
            steps::step("apiPolicy", "/apis/orders-in-w/policies/policy", &["apis/orders-in-w", "backends/erp-in-w"])
                .copy_of("/apis/orders/policies/policy", None)
                .document(&policy("erp-in-w")),
            &["/apis/orders"],
        ),
        because(
            steps::step("product", "/products/partners-in-w", &[])
                .copy_of("/products/partners", None)
                .with(json!({"displayName": "Partners"})),
            &["/products/partners/apiLinks/orders"],
        ),
        because(
            steps::step("productApiLink", "/products/partners-in-w/apiLinks/orders-in-w", &["apis/orders-in-w", "products/partners-in-w"])
                .copy_of("/products/partners/apiLinks/orders", None)
                .with(json!({"apiId": id("/apis/orders-in-w")})),
            &["/apis/orders"],
        ),
        because(
            steps::step("subscription", "/subscriptions/anna-in-w", &["products/partners-in-w"])
                .copy_of("/subscriptions/anna", None)
                .with(json!({"displayName": "Anna's", "scope": id("/products/partners-in-w"), "ownerId": "/users/anna", "state": "active"})),
            &["/products/partners"],
        ),
    ]);
    plan.selection.apis = vec!["orders".to_owned()];
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
    let sources = Sources::from([(plan.steps[3].id.clone(), policy("erp"))]);
    (plan, sources)
}

fn shown(plan: &Plan, sources: &Sources) -> Value {
    serde_json::to_value(content(plan, sources, None).unwrap()).unwrap()
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
    let things = content(&plan, &sources, None).unwrap().picture.things;
    let told = |thing: &graph::Thing| {
        let words = |p: &text::Prose| p.0.iter().map(|s| s.text.to_string()).collect::<String>();
        let hops = thing
            .why
            .iter()
            .map(|h| format!(" > {} ({}) {}", h.name, h.kind, words(&h.how)));
        let needs = thing
            .needs
            .iter()
            .map(|n| format!("\n    needs {}: {}", n.name, words(&n.how)));
        format!(
            "{}{}{}",
            thing.name,
            hops.collect::<String>(),
            needs.collect::<String>()
        )
    };
    let told: Vec<String> = things.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    host > orders (api)  > erp (backend) policies/policy names it as backend-id of set-backend-service in line 4 > host (namedValue) has it in url
    erp > orders (api)  > erp (backend) policies/policy names it as backend-id of set-backend-service in line 4
        needs host: has it in url
    orders
        needs erp: policies/policy names it as backend-id of set-backend-service in line 4
    partners > orders (api)  > partners (product) its apiLinks/orders names apis/orders in apiId
        needs orders: apiLinks/orders names it in apiId
    anna > orders (api)  > partners (product) its apiLinks/orders names apis/orders in apiId > anna (subscription) it names products/partners in scope
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
            let properties = &mut step.content.as_mut().unwrap().properties;
            properties.insert("displayName".to_owned(), Value::from(text));
            properties.insert(text.to_owned(), Value::from(text));
        }
        plan.steps[3].content.as_mut().unwrap().document = Some(format!("<!--{text}-->\n{text}"));
        plan.selection.without = vec![text.to_owned()];
        let whole = page(&plan, &sources, None).unwrap();
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
    page(&plan, &sources, None).unwrap()
}

#[test]
fn a_page_asks_for_nothing_and_is_the_same_each_time() {
    let page = orders_page();
    assert_eq!(page, orders_page());
    let ours = page.replace("https://{{host-in-w}}", "");
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
    assert!(page(&plan, &sources, None).is_ok());
    plan.steps.clear();
    plan.findings.clear();
    assert!(page(&plan, &Sources::new(), None).is_ok());
    let mut plan = self::plan();
    plan.steps.retain(|s| s.action == Action::Tidy);
    assert!(page(&plan, &Sources::new(), None).is_ok());
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
