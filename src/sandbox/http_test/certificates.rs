//! Uploaded certificates: taken, and never given back.

use serde_json::{Value, json};

use super::contoso;

#[tokio::test]
async fn an_uploaded_certificate_is_checked_and_never_shown_again() {
    let client = contoso().await;
    let path = "/workspaces/w/certificates/c";
    for data in ["no base64!", "QUJ", "=", "QUJDRA==="] {
        let refused = client.put(path, json!({"data": data})).await;
        assert_eq!(refused.status, 400, "{data}: {}", refused.said());
    }
    let sent = json!({"data": "QUJDRA==", "password": "hush"});
    let made = client.put(path, sent.clone()).await;
    assert_eq!(made.status, 201, "{}", made.said());
    let got = client.get(path).await;
    for answer in [&made, &got] {
        assert!(!answer.said().contains("hush") && !answer.said().contains("QUJDRA"));
        assert!(answer.body["properties"]["thumbprint"].is_string());
        assert_eq!(answer.body["properties"]["data"], Value::Null);
    }
    let again = client.put(path, sent).await;
    assert_eq!(again.status, 200);
    assert_eq!(made.header("etag"), again.header("etag"));
}
