use super::*;
use crate::address::{ServiceId, SourcePath};
use crate::fixtures::steps;
use crate::plan::{Action, Content, Finding, Selection, Severity, Sources, Step};
use serde_json::json;

fn step(id: &str, kind: &str, action: Action, after: &[&str]) -> Step {
    Step {
        target: format!("/workspaces/billing/{id}").parse().unwrap(),
        ..steps::step(kind, &format!("/{id}"), after).action(action)
    }
}

pub(super) fn plan() -> Plan {
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
        selection: Selection {
            apis: vec!["orders".to_owned()],
            whole_version_sets: true,
            without: vec!["tags".to_owned()],
            ..Selection::default()
        },
        findings: vec![
            finding(Severity::Blocker, "/apis/a", false),
            finding(Severity::Blocker, "/apis/b", false),
            finding(Severity::Blocker, "/apis/c", true),
        ],
        ..steps::plan(vec![
            value,
            step("products/p", "product", Action::Reuse, &["namedValues/k"]),
            step(
                "products/p/groupLinks/x\"]",
                "productGroupLink",
                Action::Tidy,
                &["products/p", "none"],
            ),
        ])
    }
}

#[test]
fn the_text_says_what_why_and_what_to_look_at() {
    insta::assert_snapshot!(text(&plan(), &Part::default(), Detail::Steps, 100), @r#"
    plan       bil�ling, made 2026-11-24T10:00:00Z by apim-migrate 0.1.0
    from       contoso (resource group rg, subscription s)
    into       workspace billing of the same service
    APIs       orders; with their whole version sets; without tags
    create      1  named values: 1
    reuse       1  products: 1
    tidy        1  groups of products: 1

    Blockers (2)
      self-hosted-gateway
        - /apis/a: a gateway of its own serves it, which a workspace does not have and never will as far
          as is known
        - /apis/b: a gateway of its own serves it, which a workspace does not have and never will as far
          as is known
        help: leave it

    To look at (1)
      allowed     1  self-hosted-gateway

    Steps (3)
      create  named value         /namedValues/k (secret read when applied) for /apis/a, /apis/b and 1
                                  more
      reuse   product             /products/p
      tidy    group of a product  /products/p/groupLinks/x"]
    "#);
}

#[test]
fn graphs_have_steps_edges_and_no_markup_from_names() {
    insta::assert_snapshot!(dot(&plan(), &Focus::default()).unwrap(), @r#"
    digraph plan {
      label="bil�ling";
      rankdir=LR;
      node [shape=box, fontname="sans-serif"];
      s0 [label="namedValues/k\nnamed value"];
      s1 [label="products/p\nproduct", style=dashed];
      s1 -> s0;
    }
    "#);
    insta::assert_snapshot!(mermaid(&plan(), &Focus::default()).unwrap(), @r#"
    flowchart LR
      s0["namedValues/k<br/>named value"]
      s1(["products/p<br/>product"])
      s1 --> s0
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
    let text = text(&plan(), &Part::default(), Detail::Steps, 100);
    let single = |l: &str| l.split_whitespace().count() == 2;
    for line in text.lines() {
        assert!(line.chars().count() <= 100 || single(line), "{line}");
    }
}

pub(super) fn rewritten() -> (Plan, Sources) {
    let mut plan = plan();
    let mut policy = step(
        "apis/orders/policies/policy",
        "apiPolicy",
        Action::Create,
        &[],
    );
    policy.source = Some(SourcePath("/apis/orders/policies/policy".parse().unwrap()));
    let text = |key: &str| format!("<policies>\r\n\t<a key=\"{{{{{key}}}}}\"/>\r\n</policies>");
    policy.content = Some(Content {
        properties: Default::default(),
        document: Some(text("key-in-billing")),
    });
    let sources = Sources::from([(policy.id.clone(), text("key"))]);
    plan.steps.push(policy);
    (plan, sources)
}

#[test]
fn what_is_rewritten_is_shown_before_and_after() {
    let (plan, sources) = rewritten();
    insta::assert_snapshot!(diff(&plan, &sources, &Part::default()), @r#"
    --- /apis/orders/policies/policy
    +++ /workspaces/billing/apis/orders/policies/policy
    @@ -1,3 +1,3 @@
     <policies>
    -    <a key="{{key}}"/>
    +    <a key="{{key-in-billing}}"/>
     </policies>
    "#);
    let other = Part {
        api: Some("invoices".to_owned()),
        ..Part::default()
    };
    assert_eq!(diff(&plan, &sources, &other), "");
}

#[test]
fn a_comment_holds_no_markup_of_names_and_keeps_to_its_length() {
    let (mut plan, sources) = rewritten();
    plan.findings[0].message = "<img> *b* `a_b` @team | x".to_owned();
    insta::assert_snapshot!(markdown(&plan, &sources, &Part::default()), @r#"
    ## bil�ling: `contoso` → workspace `billing`

    **Blocked by 2** · 2 to create, 1 to reuse, 1 to tidy

    ### Blockers (3)

    - `self-hosted-gateway` `/apis/a`: &lt;img> \*b\* `a_b` \@team \| x
    - `self-hosted-gateway` `/apis/b`: a gateway of its own serves it, which a workspace does not have and never will as far as is known
    - `self-hosted-gateway` (allowed) `/apis/c`: a gateway of its own serves it, which a workspace does not have and never will as far as is known
      - leave it

    <details><summary>What comes along (2)</summary>

    | kind | old | new | |
    |---|---|---|---|
    | named value | `` | `/workspaces/billing/namedValues/k` | create |
    | product | `` | `/workspaces/billing/products/p` | reuse |

    </details>

    <details><summary>Rewritten: <code>apis/orders/policies/policy</code></summary>

    ```diff
    --- /apis/orders/policies/policy
    +++ /workspaces/billing/apis/orders/policies/policy
    @@ -1,3 +1,3 @@
     <policies>
    -    <a key="{{key}}"/>
    +    <a key="{{key-in-billing}}"/>
     </policies>
    ```

    </details>
    "#);
    plan.findings = vec![plan.findings[0].clone(); 2_000];
    let long = markdown(&plan, &sources, &Part::default());
    assert!(long.chars().count() < 65_000);
    assert!(long.contains("more don't fit"), "{long}");
}

#[test]
fn a_spreadsheet_takes_no_name_for_a_formula() {
    let mut plan = plan();
    plan.steps[0].content = Some(Content {
        properties: serde_json::from_str(r#"{"displayName": "=1+1,\"x\""}"#).unwrap(),
        document: None,
    });
    insta::assert_snapshot!(csv(&plan, &Part::default()).unwrap(), @r#"
    kind,action,source,target,displayName,path
    namedValue,create,,/workspaces/billing/namedValues/k,"'=1+1,""x""",
    product,reuse,,/workspaces/billing/products/p,,
    productGroupLink,tidy,,"/workspaces/billing/products/p/groupLinks/x""]",,
    "#);
}

#[test]
fn a_graph_shows_what_is_near_and_mermaid_none_that_it_would_refuse() {
    let mut plan = plan();
    plan.steps.truncate(1);
    for i in 0..600 {
        let id = format!("products/p{i}");
        plan.steps
            .push(step(&id, "product", Action::Create, &["namedValues/k"]));
    }
    let near = |name: &str, depth| Focus {
        on: Some(name.to_owned()),
        depth: Some(depth),
    };
    assert!(mermaid(&plan, &Focus::default()).is_err());
    let graph = mermaid(&plan, &near("p7", 1)).unwrap();
    assert_eq!(graph.lines().count(), 4, "{graph}");
    assert!(mermaid(&plan, &near("p7", 2)).is_err());
    assert_eq!(
        dot(&plan, &near("products/p7", 1))
            .unwrap()
            .matches("->")
            .count(),
        1
    );
}

#[test]
fn a_check_list_tells_whom_what_and_where_and_takes_no_name_for_markup() {
    let set = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso/workspaces/billing/apiVersionSets/v";
    let mut plan = plan();
    plan.findings.truncate(1);
    plan.findings[0].message = "| <b>`x".to_owned();
    plan.steps = vec![
        step("apiVersionSets/v", "versionSet", Action::Create, &[]).with(
            json!({"versioningScheme": "Query", "versionQueryName": "v`|"}),
        ),
        step("apis/orders", "api", Action::Create, &[])
            .copy_of("/apis/orders", None)
            .with(json!({"path": "o", "apiVersion": "1", "apiVersionSetId": set, "protocols": ["http", "https"]})),
        step("apis/orders;rev=2", "api", Action::Create, &[]).with(json!({"path": "o"})),
        step("products/p", "product", Action::Reuse, &[])
            .copy_of("/products/p", None)
            .with(json!({"displayName": "P*", "subscriptionRequired": false})),
        step("products/p/apiLinks/o", "productApiLink", Action::Create, &[])
            .with(json!({"apiId": "/apis/orders"})),
        step("subscriptions/mine", "subscription", Action::Create, &[])
            .copy_of("/subscriptions/mine", None)
            .with(json!({"displayName": "<i>\n# M", "scope": "/apis/orders", "ownerId": "/users/a|b", "state": "active"})),
        step("subscriptions/kept", "subscription", Action::Create, &[])
            .secret("listSecrets")
            .with(json!({"scope": "/apis/orders", "state": "active"})),
        step("products/p/subscriptions/x", "subscription", Action::Tidy, &[]),
    ];
    insta::assert_snapshot!(checklist(&plan, std::path::Path::new("it's mine")));
}
