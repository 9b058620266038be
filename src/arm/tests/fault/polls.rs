//! Operations that are asked after, however their end is told.

use super::*;

const STUB: &str = r#"{"properties":{"ProvisioningState":"InProgress"}}"#;
const RUNNING: &str = r#"{"properties":{"provisioningState":"InProgress"}}"#;
const DONE: &str = r#"{"properties":{"provisioningState":"Succeeded"}}"#;
const FAILED: &str = r#"{"properties":{"provisioningState":"Failed"}}"#;

/// Puts, and asserts that it was made with its ETag, all answers asked for.
async fn is_made(server: &Server) {
    let written = put(server).await.unwrap();
    let etag = written.etag.as_deref();
    assert_eq!((written.created, etag), (true, Some("\"e\"")));
    server.seen();
}

#[tokio::test]
async fn a_status_document_counts_even_when_the_body_looks_done() {
    let server = Server::start(&[
        (
            201,
            &[("azure-asyncoperation", "BASE/status")],
            r#"{"properties":{}}"#,
        ),
        (202, &[], ""),
        (200, &[], r#"{"status":"InProgress"}"#),
        (
            200,
            &[("x-ms-correlation-request-id", "c-1")],
            r#"{"status":"Failed","error":{"code":"ValidationError","message":"no such key"}}"#,
        ),
    ])
    .await;
    let error = put(&server).await.unwrap_err();
    let ArmError::Failed(refusal) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (refusal.method, refusal.message.as_str()),
        ("PUT", "no such key")
    );
    assert_eq!(refusal.correlation_id.as_deref(), Some("c-1"));
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_resource_in_progress_without_a_link_is_read_until_it_is_there() {
    let server = Server::start(&[
        (201, &[], RUNNING),
        (404, &[], ""),
        (200, &[], RUNNING),
        (200, &[("etag", "\"e\"")], DONE),
    ])
    .await;
    is_made(&server).await;
}

#[tokio::test]
async fn a_failed_provisioning_state_is_a_failure_wherever_it_shows() {
    for answers in [
        &[(201, &[][..], FAILED)][..],
        &[(201, &[], RUNNING), (200, &[], FAILED)],
        &[(202, &[("location", "BASE/poll")], ""), (200, &[], FAILED)],
    ] {
        let server = Server::start(answers).await;
        let error = put(&server).await.unwrap_err();
        assert!(matches!(error, ArmError::Failed(_)), "{error}");
        server.seen();
    }
}

#[tokio::test]
async fn the_address_to_poll_tells_what_was_made_and_reading_back_has_patience() {
    let server = Server::start(&[
        (
            202,
            &[
                ("azure-asyncoperation", "BASE/status"),
                ("location", "BASE/poll?asyncId=1&asyncCode=201"),
            ],
            "",
        ),
        (200, &[], r#"{"status":"Succeeded"}"#),
        (404, &[], ""),
        (200, &[("etag", "\"e\"")], DONE),
    ])
    .await;
    is_made(&server).await;
}

#[tokio::test]
async fn a_poll_elsewhere_never_gets_the_token() {
    let server = Server::start(&[(202, &[("location", "https://evil.example/poll")], "")]).await;
    let error = put(&server).await.unwrap_err();
    assert!(matches!(error, ArmError::ForeignLink { .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

const FORBIDDEN: &str = r#"{"error":{"code":"AuthorizationFailed"}}"#;

#[tokio::test]
async fn where_a_poll_may_not_be_read_the_resource_is_looked_at() {
    let document = ("azure-asyncoperation", "BASE/tenant/operationResults/1");
    let location = ("location", "BASE/poll?asyncId=1&asyncCode=201");
    let server = Server::start(&[
        (201, &[document, location], STUB),
        (403, &[], FORBIDDEN),
        (403, &[], FORBIDDEN),
        (404, &[], ""),
        (200, &[], STUB),
        (200, &[("etag", "\"e\"")], r#"{"properties":{}}"#),
    ])
    .await;
    is_made(&server).await;

    let server = Server::start(&[
        (202, &[document], ""),
        (403, &[], FORBIDDEN),
        (200, &[], r#"{"properties":{}}"#),
        (404, &[], ""),
    ])
    .await;
    assert_eq!(delete(&server).await, Deleted::Gone);
    server.seen();
}

#[tokio::test]
async fn a_stub_is_not_the_resource_and_what_says_nothing_is_asked_elsewhere() {
    let document = ("azure-asyncoperation", "BASE/x?azure-asyncId=1");
    let location = ("location", "BASE/poll?asyncId=1&asyncCode=201");
    let there = (200, &[("etag", "\"e\"")][..], r#"{"properties":{}}"#);
    for answers in [
        // No status at all, and no other address.
        &[
            (201, &[document][..], STUB),
            (200, &[], r#"{"value":[]}"#),
            there,
        ][..],
        // No status at all: the Location is asked.
        &[
            (201, &[document, location], STUB),
            (200, &[], r#"{"value":[]}"#),
            (202, &[location], ""),
            (201, &[("etag", "\"e\"")], r#"{"properties":{}}"#),
        ],
        // A status below properties, and the resource instead of a document.
        &[
            (201, &[document, location], STUB),
            (200, &[], r#"{"properties":{"status":"Started"}}"#),
            (200, &[], STUB),
            (200, &[], r#"{"status":"Succeeded"}"#),
            there,
        ],
        // A stub, and no address.
        &[(201, &[], STUB), (200, &[], STUB), there],
        // A 201 that promises nothing.
        &[
            (202, &[("location", "BASE/poll")], ""),
            (201, &[], r#"{"properties":{}}"#),
            there,
        ],
    ] {
        let server = Server::start(answers).await;
        let written = put(&server).await.unwrap();
        assert_eq!(written.etag.as_deref(), Some("\"e\""));
        server.seen();
    }
}

#[tokio::test]
async fn an_update_that_was_answered_can_still_fail_and_the_location_says_why() {
    let document = ("azure-asyncoperation", "BASE/status");
    let location = ("location", "BASE/poll?asyncId=1&asyncCode=200");
    let why = r#"{"error":{"code":"ValidationError","message":"taken"}}"#;
    for answers in [
        &[
            (200, &[document, location][..], r#"{"properties":{}}"#),
            (200, &[], r#"{"status":"Failed"}"#),
            (400, &[], why),
        ][..],
        &[
            (200, &[document], r#"{"properties":{}}"#),
            (
                200,
                &[],
                r#"{"properties":{"status":"Failed","error":{"code":"ValidationError","message":"taken"}}}"#,
            ),
        ],
    ] {
        let server = Server::start(answers).await;
        let error = put(&server).await.unwrap_err();
        assert!(matches!(error, ArmError::Failed(_)), "{error}");
        assert_eq!(error.refusal().unwrap().message, "taken");
        server.seen();
    }
}

#[tokio::test]
async fn nothing_is_polled_in_a_hot_loop() {
    let hot = (
        202,
        &[("location", "BASE/poll"), ("retry-after", "0")][..],
        "",
    );
    let server = Server::start(&[hot, hot, hot, (200, &[("etag", "\"e\"")], DONE)]).await;
    let began = std::time::Instant::now();
    put(&server).await.unwrap();
    assert!(began.elapsed() > Duration::from_millis(1000));
    server.seen();
}

#[tokio::test]
async fn what_never_ends_is_given_up() {
    let server = Server::start(&[(202, &[("location", "BASE/poll")], "")]).await;
    let arm = Arm::builder(server.url.parse().unwrap(), numbered())
        .patience(Duration::ZERO)
        .build()
        .unwrap();
    let writer = WorkspaceWriter::new(arm, service(), "w".parse().unwrap());
    let body = Body::new(json!({}));
    let error = writer.put(&below("/apis/a"), &[], &body, None).await;
    assert!(matches!(error, Err(ArmError::Unfinished { .. })));
}
