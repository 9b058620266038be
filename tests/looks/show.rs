//! `show`: a plan in all its forms.

use serde_json::json;

use crate::common::migration::{CLEAN, Migration};

#[test]
fn what_is_rewritten_is_shown_before_and_after_edits_included() {
    let m = Migration::contoso(&[]);
    m.plan(&["payments"], &[]).exits(0);
    let diff = m.env.run(&["show", "p", "--diff"]).exits(0).stdout;
    assert!(diff.contains("\n-            <audience>{{Jwt-Audience}}</audience>\n"));
    assert!(diff.contains("\n+            <audience>{{Jwt-Audience-in-billing}}</audience>\n"));
    let file = "p/resources/policyFragments/require-token-in-billing.xml";
    let edited = m
        .env
        .read(file)
        .replace("<audiences>", "<audiences><!-- ours -->");
    m.env.write(file, &edited);
    let diff = m.env.run(&["show", "p", "--diff"]).exits(0).stdout;
    assert!(diff.contains("+        <audiences><!-- ours -->"), "{diff}");
    let other = m.env.run(&["show", "p", "--diff", "--kind", "namedValue"]);
    other.exits(0).says("no document is rewritten");
}

#[test]
fn a_plan_is_told_in_brief_and_in_full_on_request() {
    let m = Migration::contoso(&[]);
    m.plan(&["payments"], &[]).exits(0);
    let brief = m.env.run(&["show", "p"]).exits(0).stdout;
    assert!(brief.lines().count() < 40, "{brief}");
    assert!(
        brief.contains("/apis/payments -> payments-in-billing"),
        "{brief}"
    );
    let steps = m.env.run(&["show", "p", "--steps"]).exits(0).stdout;
    assert!(steps.contains("\nSteps ("), "{steps}");
    let of_kind = m.env.run(&["show", "p", "--kind", "tags"]).exits(0).stdout;
    assert!(
        of_kind.contains("tag  ") && !of_kind.contains("apiPolicy"),
        "{of_kind}"
    );
    let findings = m.env.run(&["show", "p", "--findings"]).exits(0).stdout;
    assert!(
        findings.contains("help: ") && !findings.contains("Steps"),
        "{findings}"
    );
}

#[test]
fn what_has_no_effect_on_a_form_is_refused() {
    let m = Migration::contoso(&[]);
    m.plan(&["payments"], &[]).exits(0);
    for (args, says) in [
        (
            &["--format", "dot", "--steps"][..],
            "`--steps` has no effect",
        ),
        (
            &["--format", "csv", "--focus", "payments"],
            "`--focus` has no effect",
        ),
        (
            &["--format", "html", "--api", "payments"],
            "`--api` has no effect",
        ),
        (&["--api", "paymnets"], "no step of the plan"),
        (
            &["--format", "mermaid", "--focus", "paymnets"],
            "nothing in the plan is called",
        ),
    ] {
        let all: Vec<&str> = ["show", "p"].iter().chain(args).copied().collect();
        m.env.run(&all).exits(2).says(says);
    }
}

#[test]
fn a_comment_a_spreadsheet_and_a_graph_are_made_for_others_to_read() {
    let m = Migration::contoso(&[]);
    m.plan(&["payments"], &[]).exits(0);
    let comment = m
        .env
        .run(&["show", "p", "--format", "markdown"])
        .exits(0)
        .stdout;
    assert!(comment.contains("| `/apis/payments` |"), "{comment}");
    assert!(comment.contains("```diff\n--- /"), "{comment}");
    let rows = m.env.run(&["show", "p", "--format", "csv"]).exits(0).stdout;
    let steps = m.env.read("p/plan.yaml").matches("\n  - id: ").count();
    assert_eq!(rows.lines().count(), steps + 1, "{rows}");
    let near = [
        "show", "p", "--format", "mermaid", "--focus", "payments", "--depth", "1",
    ];
    let graph = m.env.run(&near).exits(0).stdout;
    assert!(
        graph.contains("backends/payments") && !graph.contains("apis/invoices/"),
        "{graph}"
    );
}

#[test]
fn a_check_list_has_the_urls_keys_callers_and_the_way_back() {
    let m = Migration::contoso(&[]);
    let (status, _) = m.sandbox.ask(
        "PUT",
        &format!("{}/backends/own?api-version=2024-05-01", m.sandbox.service),
        Some(&json!({"properties": {"protocol": "http", "url": "https://contoso.azure-api.net/payments/x"}})),
    );
    assert_eq!(status, 201);
    m.plan(&["payments", "orders-v1"], &[]).exits(0);
    let list = ["show", "p", "--format", "checklist"];
    let list = m.env.run(&list).exits(0).stdout;
    for text in [
        "`https://contoso.azure-api.net/orders/v1` | `https://WORKSPACE-GATEWAY/orders/v1`",
        "| user `anna-berg` | active | **new** |",
        "- [ ] `/backends/own` calls `contoso.azure-api.net/payments` in `url`, which is `/apis/payments`: not copied",
        "apim-migrate rollback p --dry-run",
    ] {
        assert!(list.contains(text), "`{text}` is not in\n{list}");
    }
}

#[test]
fn a_page_tells_what_happened_once_the_plan_was_applied() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let page = || {
        let out = m.env.run(&["show", "p", "--format", "html"]).exits(0);
        out.stdout
    };
    let before = page();
    assert!(before.contains(">Ready, "), "{before}");
    assert!(before.contains("<mark>") && !before.contains("id=\"runs\""));
    m.apply(&[]).exits(0);
    let after = page();
    assert!(after.contains(">Done<"), "{after}");
    assert!(after.contains("Run 1: apply") && after.contains("data-state=\"done\""));
    let written = m
        .env
        .run(&["show", "p", "--format", "html", "--out", "page.html"]);
    written.exits(0).says("wrote page.html");
    assert!(m.env.read("page.html") == after);

    m.verify().exits(0);
    assert!(page().contains(">Done, and as planned<"));
    m.env.run(&["status", "p"]).exits(0).says(": as planned");
    let copy = format!(
        "{}/workspaces/billing/tags/read-only-in-billing?api-version=2024-05-01",
        m.sandbox.service
    );
    let body = json!({"properties": {"displayName": "somebody's"}});
    assert_eq!(m.sandbox.ask("PUT", &copy, Some(&body)).0, 200);
    m.verify().exits(5);
    assert!(page().contains(">Done, 1 differ<"));
    m.env.run(&["status", "p"]).exits(0).says(": 1 difference");
}
