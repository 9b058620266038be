use serde_json::json;

use super::*;
use crate::assess::{Options, assess};
use crate::fixtures::inventory;

fn found() -> Assessment {
    let policy = |backend: &str| {
        let text = format!(
            "<policies><inbound><set-backend-service backend-id=\"{backend}\" /></inbound></policies>"
        );
        json!({"format": "rawxml", "value": text})
    };
    let backend = json!({"url": "https://x.example", "protocol": "http"});
    let inventory = inventory(&[
        ("/backends/erp", backend.clone()),
        ("/backends/crm", backend),
        ("/tags/all", json!({"displayName": "all"})),
        (
            "/apis/orders",
            json!({"displayName": "Orders <b>", "path": "orders"}),
        ),
        ("/apis/orders/policies/policy", policy("erp")),
        (
            "/apis/invoices",
            json!({"displayName": "Invoices", "path": "invoices"}),
        ),
        ("/apis/invoices/policies/policy", policy("erp")),
        (
            "/apis/people",
            json!({"displayName": "People", "path": "people"}),
        ),
        ("/apis/people/policies/policy", policy("crm")),
        (
            "/apis/leads",
            json!({"displayName": "Leads", "path": "leads"}),
        ),
        ("/apis/leads/policies/policy", policy("crm")),
        ("/apis/leads/wikis/default", json!({"documents": []})),
        (
            "/tags/all/apiLinks/orders",
            json!({"apiId": "/apis/orders"}),
        ),
        ("/tags/all/apiLinks/leads", json!({"apiId": "/apis/leads"})),
    ]);
    assess(&inventory, Options::default()).unwrap()
}

#[test]
fn each_workspace_has_a_hue_and_what_is_cut_has_none() {
    let picture = content(&found()).picture;
    let told: Vec<String> = (picture.things.iter())
        .map(|thing| {
            let needs: Vec<String> = thing.needs.iter().map(|n| n.name.to_string()).collect();
            format!(
                "{} {} ({}): {}",
                thing.hue,
                thing.name,
                thing.about,
                needs.join(", ")
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(picture.drawing.is_some());
}

#[test]
fn the_page_tells_all_of_it_and_takes_no_name_for_markup() {
    let found = found();
    let page = assessed(&found).unwrap();
    for text in [
        "<b>1</b> to look at",
        "href=\"#apis?state=ready\"",
        "wiki-left-behind",
        "<code>/tags/all</code>",
        "Orders &#60;b&#62;",
    ] {
        assert!(page.contains(text), "`{text}` is not in\n{page}");
    }
    assert_eq!(page.matches("<tr id=").count(), found.apis.len());
}
