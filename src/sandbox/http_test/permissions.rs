//! What the caller is told to be allowed is what is allowed.

use serde_json::json;

use super::{Options, quick, start};

fn denying(actions: &[&str]) -> Options {
    Options {
        denied: actions.iter().map(|a| a.parse().unwrap()).collect(),
        ..quick()
    }
}

const OWN: &str = "/providers/Microsoft.Authorization/permissions";

#[tokio::test]
async fn everything_is_allowed_but_for_what_is_denied() {
    let client = start(denying(&["*/listValue/action", "*/workspaces/apis/write"])).await;
    for scope in ["", "/workspaces/w"] {
        let answer = client.get(&format!("{scope}{OWN}")).await;
        assert_eq!(answer.status, 200, "{}", answer.said());
        let entries = answer.body["value"].as_array().unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0]["actions"], json!(["*"]));
        assert_eq!(
            entries[0]["notActions"],
            json!(["*/listvalue/action", "*/workspaces/apis/write"])
        );
    }
    let secret = client.url("/namedValues/key/listValue");
    assert_eq!(client.raw("POST", &secret, None, None).await.status, 403);
}

#[tokio::test]
async fn permissions_are_those_of_something_that_is_there() {
    let client = start(quick()).await;
    for scope in ["/workspaces/nowhere", "/apis/orders"] {
        let answer = client.get(&format!("{scope}{OWN}")).await;
        assert_eq!(answer.status, 404, "{}", answer.said());
    }
    let written = client
        .raw("PUT", &client.url(OWN), None, Some(&json!({})))
        .await;
    assert_eq!(written.status, 405);
    let client = start(denying(&["Microsoft.Authorization/permissions/read"])).await;
    assert_eq!(client.get(OWN).await.status, 403);
}

#[tokio::test]
async fn who_may_not_poll_is_refused_there() {
    let action = "Microsoft.ApiManagement/service/tenant/*/read";
    let client = start(denying(&[action])).await;
    let answer = client
        .get("/tenant/operationResults/65f0a1b2c3d4e5f601234567")
        .await;
    assert_eq!(answer.status, 403);
    assert!(
        answer
            .said()
            .contains("service/tenant/operationResults/read"),
        "{}",
        answer.said()
    );
}
