//! The client where the service, the network or the token fail it.

mod polls;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::wire::{Server, service};
use crate::address::ResourcePath;
use crate::arm::*;
use crate::secret::Secret;

/// Tokens with a number, which grows when one is dropped.
struct Numbered(AtomicUsize);

#[async_trait]
impl Tokens for Numbered {
    async fn token(&self) -> Result<Secret, AuthError> {
        let number = self.0.load(Ordering::SeqCst);
        Ok(Secret::new(format!("token-{number}")))
    }

    async fn invalidate(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn numbered() -> Arc<Numbered> {
    Arc::new(Numbered(AtomicUsize::new(0)))
}

fn below(path: &str) -> ResourcePath {
    path.parse().unwrap()
}

async fn put(server: &Server) -> Result<Written, ArmError> {
    let body = Body::new(json!({"properties": {}}));
    let writer = server.writer();
    writer.put(&below("/apis/a"), &[], &body, None).await
}

async fn delete(server: &Server) -> Deleted {
    let writer = server.writer();
    let deleted = writer.delete(&below("/tags/t"), &[], Some("*")).await;
    deleted.unwrap()
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_replaced_even_late_and_not_for_ever() {
    let server = Server::start(&[
        (503, &[], ""),
        (
            401,
            &[],
            r#"{"error":{"code":"ExpiredAuthenticationToken"}}"#,
        ),
        (200, &[], "{}"),
    ])
    .await;
    let reader = Reader::new(server.arm_with(numbered()), service());
    reader.get("/apis/a", &[]).await.unwrap();
    let tokens = server.tokens();
    assert_eq!(
        tokens,
        ["Bearer token-0", "Bearer token-0", "Bearer token-1"]
    );

    let no = (401, &[][..], "");
    let server = Server::start(&[no, no, no]).await;
    let reader = Reader::new(server.arm_with(numbered()), service());
    let error = reader.get("/apis/a", &[]).await.unwrap_err();
    assert_eq!((error.status(), server.seen().len()), (Some(401), 3));
}

#[tokio::test]
async fn requests_that_fail_together_drop_their_token_once() {
    let refused = (401, &[][..], "");
    let good = (200, &[][..], "{}");
    let server = Server::start(&[refused, refused, refused, refused, good, good, good, good]).await;
    let tokens = numbered();
    let arm = server.arm_with(tokens.clone());
    // All four hold the first token when its refusals come.
    let held = arm.inner.renewal.lock().await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let reader = Reader::new(arm.clone(), service());
            tokio::spawn(async move { reader.get("/apis/a", &[]).await.unwrap() })
        })
        .collect();
    while server.tokens().len() < 4 {
        tokio::task::yield_now().await;
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(tokens.0.load(Ordering::SeqCst), 1);
    assert_eq!(server.tokens()[4..], ["Bearer token-1"; 4]);
}

#[tokio::test]
async fn broken_and_truncated_answers_are_asked_for_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{\"name\":",
        "HTTP/1.1 200 OK\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{\"name\":\"a\"}",
    ];
    let served = tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let retries = RetryPolicy {
        base: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let arm = Arm::builder(url.parse().unwrap(), numbered())
        .retries(retries)
        .build()
        .unwrap();
    let fetched = Reader::new(arm, service()).get("/apis/a", &[]).await;
    assert_eq!(fetched.unwrap().unwrap().body, json!({"name": "a"}));
    served.await.unwrap();
}

#[tokio::test]
async fn an_answer_of_somebody_in_between_is_asked_for_again() {
    let server = Server::start(&[
        (
            200,
            &[("content-type", "text/html")],
            "<p>Sign in to the network</p>",
        ),
        (200, &[("etag", "\"2\"")], r#"{"name":"a"}"#),
    ])
    .await;
    let written = put(&server).await.unwrap();
    assert_eq!(written.etag.as_deref(), Some("\"2\""));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn what_a_garbled_answer_to_a_put_holds_is_not_shown() {
    let garbled = (200, &[][..], r#"{"primaryKey":"the-key-of-it""#);
    let server = Server::start(&[garbled, garbled, garbled, garbled]).await;
    let error = put(&server).await.unwrap_err();
    assert!(matches!(error, ArmError::NotJson { .. }), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("the-key-of-it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_that_fits_no_header_is_not_tried_over_and_over() {
    let server = Server::start(&[]).await;
    let arm = server.arm_with(Arc::new(FixedToken::new(Secret::new("t\n"))));
    let error = Reader::new(arm, service())
        .get("/apis/a", &[])
        .await
        .unwrap_err();
    assert!(
        matches!(error, ArmError::NoAnswer { attempts: 1, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_date_to_wait_for_is_measured_by_the_services_clock() {
    let headers = [
        ("retry-after", "Mon, 01 Jan 2001 10:00:00 GMT"),
        ("date", "Mon, 01 Jan 2001 09:59:59 GMT"),
    ];
    let server = Server::start(&[(429, &headers, ""), (200, &[], "{}")]).await;
    let waits = Arc::new(Waits::default());
    let arm = Arm::builder(server.url.parse().unwrap(), numbered())
        .observer(waits.clone())
        .build()
        .unwrap();
    let reader = Reader::new(arm, service());
    let asking = tokio::spawn(async move { reader.get("/apis/a", &[]).await });
    let wait = loop {
        if let Some(wait) = *waits.0.lock().unwrap() {
            break wait;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(wait, Duration::from_secs(1));
    asking.abort();
}

#[derive(Default)]
struct Waits(std::sync::Mutex<Option<Duration>>, AtomicUsize);

impl Observer for Waits {
    fn on(&self, event: &Exchange) {
        match event {
            Exchange::Retry { wait, .. } => *self.0.lock().unwrap() = Some(*wait),
            Exchange::Throttled { .. } => {
                self.1.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_delete_that_lost_its_answer_has_deleted() {
    let server = Server::start(&[(504, &[], ""), (204, &[], "")]).await;
    assert_eq!(delete(&server).await, Deleted::Gone);

    // Throttled is not done.
    let server = Server::start(&[(429, &[("retry-after", "0")], ""), (404, &[], "")]).await;
    assert_eq!(delete(&server).await, Deleted::WasAbsent);
}

#[tokio::test]
async fn secrets_are_read_by_their_action_and_never_shown() {
    let garbled = (200, &[][..], "pk in the clear");
    let mut answers = vec![(200, &[][..], r#"{"primaryKey":"pk","count":1}"#)];
    answers.extend([garbled; 4]);
    let server = Server::start(&answers).await;
    let secrets = SecretReader::new(server.arm(), service());
    let read = secrets.read("/subscriptions/s", "listSecrets").await;
    let read = read.unwrap();
    assert_eq!(read["primaryKey"].expose(), "pk");
    assert_eq!(read.len(), 1);
    assert!(!format!("{read:?}").contains("pk"));
    let error = secrets.read("/subscriptions/s", "listSecrets").await;
    let error = error.unwrap_err();
    assert!(matches!(error, ArmError::NotJson { .. }), "{error}");
    let error = format!("{error} {error:?}");
    assert!(!error.contains("in the clear"), "{error}");
    assert!(server.seen()[0].starts_with("POST /subscriptions/s/listSecrets?"));
}

#[tokio::test]
async fn no_refusal_of_a_put_shows_the_secret_that_was_sent() {
    let quoted = json!({"error": {"code": "ValidationError", "message": "bad: hunt\"er2-hunt",
        "details": [{"target": "value", "message": "'hunt\\\"er2-hunt' is no good"}]}});
    let quoted = quoted.to_string();
    let page = "<html>value=hunt%22er2-hunt</html>";
    let started = [("location", "BASE/poll")];
    let failed = json!({"status": "Failed", "error": {"code": "x", "message": "hunt\"er2-hunt"}});
    let failed = failed.to_string();
    let document = [("azure-asyncoperation", "BASE/status")];
    for answers in [
        &[(400, &[][..], quoted.as_str())][..],
        &[(403, &[], page)],
        &[(202, &started, ""), (400, &[], &quoted)],
        &[(202, &started, ""), (403, &[], page)],
        &[(201, &document, ""), (200, &[], &failed)],
    ] {
        let server = Server::start(answers).await;
        let body = Body::new(json!({"properties": {}}));
        let body = body.with_secret("value", &Secret::new("hunt\"er2-hunt"));
        let path = below("/namedValues/k");
        let patience = Duration::from_secs(1);
        let arm = Arm::builder(server.url.parse().unwrap(), numbered()).patience(patience);
        let writer = WorkspaceWriter::new(arm.build().unwrap(), service(), "w".parse().unwrap());
        let error = writer.put(&path, &[], &body, None).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("er2"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_for_a_limit_is_waited_for_by_all_and_told() {
    let no = (429, &[("retry-after", "1")][..], "");
    let good = (200, &[][..], "{}");
    let server = Server::start(&[no, good, good]).await;
    let waits = Arc::new(Waits::default());
    // Far less than the limit lasts: limits have a patience of their own.
    let retries = RetryPolicy {
        total: Duration::from_millis(10),
        ..RetryPolicy::default()
    };
    let arm = Arm::builder(server.url.parse().unwrap(), numbered())
        .observer(waits.clone())
        .retries(retries)
        .build()
        .unwrap();
    let reader = Reader::new(arm, service());
    let began = std::time::Instant::now();
    reader.get("/apis/a", &[]).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(900));
    assert!(waits.1.load(Ordering::SeqCst) > 0);
    reader.get("/apis/b", &[]).await.unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn trouble_of_the_run_is_known_as_such() {
    let no = (429, &[("retry-after", "3600")][..], "");
    let server = Server::start(&[no]).await;
    let reader = server.reader();
    let error = reader.get("/apis/a", &[]).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Throttled), "{error}");
    let error = reader.get("/apis/b", &[]).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Throttled), "{error}");
    let arm = server.arm_with(Arc::new(FixedToken::new(Secret::new("t\n"))));
    let reader = Reader::new(arm, service());
    let error = reader.get("/apis/a", &[]).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Token), "{error}");
    let gone = Arm::builder("http://127.0.0.1:1".parse().unwrap(), numbered())
        .retries(RetryPolicy {
            tries: 1,
            ..RetryPolicy::default()
        })
        .build()
        .unwrap();
    let error = Reader::new(gone, service()).get("", &[]).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Unreachable), "{error}");
}

#[tokio::test]
async fn a_workspace_that_was_just_made_is_waited_for() {
    let internal = r#"{"error":{"code":"InternalServerError","message":"Request processing failed due to internal error."}}"#;
    let not_yet = (500, &[][..], internal);
    let mut answers = vec![not_yet; 9];
    answers.push((200, &[], r#"{"value":[]}"#));
    let server = Server::start(&answers).await;
    let items = server.reader().list("/workspaces/w/apis", &[]).await;
    assert_eq!(items.unwrap().len(), 0);
    assert_eq!(server.seen().len(), 10);
}

#[tokio::test]
async fn whether_an_answer_was_lost_before_is_told() {
    let there = (200, &[("etag", "\"e\"")][..], "{}");
    let server = Server::start(&[(504, &[], ""), there]).await;
    let written = put(&server).await.unwrap();
    assert!(!written.replaced && !written.created);
    let server = Server::start(&[(429, &[("retry-after", "0")], ""), there]).await;
    let written = put(&server).await.unwrap();
    assert!(written.replaced && !written.created);
}

#[tokio::test]
async fn a_page_in_place_of_each_answer_is_trouble_of_the_run() {
    let page = (200, &[("content-type", "text/html")][..], "<p>Sign in</p>");
    let server = Server::start(&[page; 4]).await;
    let error = server.reader().get("/apis/a", &[]).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Unreachable), "{error}");
}
