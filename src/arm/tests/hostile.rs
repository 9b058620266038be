//! The client against services that mean it no good: none of them makes it
//! crash, hang, run out of memory, or send the token elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::wire::{Server, service};
use crate::arm::limits::{
    ANSWER_BYTES, ANSWER_VALUES, LIST_EMPTY_PAGES, LIST_ITEMS, MESSAGE, RETRY_AFTER, WORD,
};
use crate::arm::*;
use crate::secret::Secret;

/// A year, in seconds.
const YEAR: &str = "31536000";

/// A server that makes each answer when it is asked: whole, with its head.
pub(crate) struct Live {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
}

impl Live {
    /// `answer` is given the number of the request and its first line.
    pub(crate) async fn start(
        answer: impl Fn(usize, &str) -> Vec<u8> + Clone + Send + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, count) = (answer.clone(), count.clone());
                tokio::spawn(async move {
                    let mut request = [0; 8192];
                    let read = stream.read(&mut request).await.unwrap_or(0);
                    let text = String::from_utf8_lossy(&request[..read]).into_owned();
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    let bytes = answer(number, text.lines().next().unwrap_or_default());
                    // The client may have had enough.
                    let _ = stream.write_all(&bytes).await;
                });
            }
        });
        Self { url, asked }
    }

    pub(crate) fn reader(&self) -> Reader {
        let tokens = Arc::new(FixedToken::new(Secret::new("t")));
        let retries = RetryPolicy {
            tries: 2,
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        };
        let arm = Arm::builder(self.url.parse().unwrap(), tokens).retries(retries);
        Reader::new(arm.build().unwrap(), service())
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// An answer with status 200.
pub(crate) fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

async fn list(live: &Live) -> String {
    let error = live.reader().list("/apis", &[]).await.unwrap_err();
    assert!(error.help().is_some(), "{error}");
    error.to_string()
}

#[tokio::test]
async fn redirects_are_not_followed_anywhere() {
    let other = Server::start(&[]).await;
    for status in [301, 302, 303, 307, 308] {
        for location in [other.url.as_str(), "/elsewhere", "//evil.example/x"] {
            let server = Server::start(&[(status, &[("location", location)], "")]).await;
            let error = server.reader().get("/apis/a", &[]).await.unwrap_err();
            assert_eq!(error.status(), Some(status));
            assert!(error.help().unwrap().contains("redirects"), "{error}");
            assert_eq!(server.seen().len(), 1);
        }
    }
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn links_that_only_look_like_the_endpoint_never_get_the_token() {
    for link in [
        "//evil.example/apis",
        "https://127.0.0.1:1/apis",
        "http://127.0.0.1:1/apis",
        "http://127.0.0.1@evil.example/apis",
        "http://127.0.0.1.evil.example/apis",
        "\\\\evil.example\\apis",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[",
    ] {
        let page = json!({"value": [], "nextLink": link}).to_string();
        let server = Server::start(&[(200, &[], &page)]).await;
        let error = server.reader().list("/apis", &[]).await.unwrap_err();
        assert!(
            matches!(error, ArmError::ForeignLink { .. }),
            "{link}: {error}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn to_be_asked_to_wait_for_a_year_holds_nothing_up() {
    let server = Server::start(&[(429, &[("retry-after", YEAR)], "")]).await;
    let reader = server.reader();
    let began = Instant::now();
    let error = reader.get("/apis/a", &[]).await.unwrap_err();
    assert_eq!(error.status(), Some(429));
    // The next one does not wait for the bucket to open, nor is it sent.
    let error = reader.get("/apis/b", &[]).await.unwrap_err();
    assert!(
        matches!(error, ArmError::Closed { wait, .. } if wait <= RETRY_AFTER),
        "{error}"
    );
    assert!(error.to_string().contains("1800 s"), "{error}");
    assert_eq!(server.seen().len(), 1);

    let server = Server::start(&[(503, &[("retry-after", YEAR)], "")]).await;
    let error = server.reader().get("/apis/a", &[]).await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_poll_that_is_to_wait_for_a_year_ends_with_the_patience() {
    let poll = [("location", "BASE/poll"), ("retry-after", YEAR)];
    let server = Server::start(&[(202, &poll, ""), (202, &poll, "")]).await;
    let tokens = Arc::new(FixedToken::new(Secret::new("t")));
    let arm = Arm::builder(server.url.parse().unwrap(), tokens)
        .patience(Duration::from_millis(200))
        .build()
        .unwrap();
    let writer = WorkspaceWriter::new(arm, service(), "w".parse().unwrap());
    let (below, body) = ("/apis/a".parse().unwrap(), Body::new(json!({})));
    let error = writer.put(&below, &[], &body, None).await;
    assert!(matches!(error, Err(ArmError::Unfinished { .. })));
}

#[tokio::test]
async fn a_list_of_ever_new_pages_ends() {
    let live = Live::start(|number, _| {
        ok(
            "",
            format!(r#"{{"value":[],"nextLink":"/p?{number}"}}"#).as_bytes(),
        )
    })
    .await;
    let error = list(&live).await;
    assert!(error.contains("100 pages in a row are empty"), "{error}");
    assert_eq!(live.asked(), LIST_EMPTY_PAGES);
}

#[tokio::test]
async fn a_list_that_is_none_is_said_to_be_so() {
    for body in [
        "[]",
        "1",
        "\"value\"",
        "null",
        "{}",
        r#"{"value":{}}"#,
        r#"{"value":1}"#,
    ] {
        let live = Live::start(move |_, _| ok("", body.as_bytes())).await;
        assert!(list(&live).await.contains("it has no `value`"), "{body}");
    }
}

#[tokio::test]
async fn a_list_of_too_many_items_ends() {
    let items = "0,".repeat(ANSWER_VALUES - 100);
    let live = Live::start(move |number, _| {
        ok(
            "",
            format!(r#"{{"value":[{items}0],"nextLink":"/p?{number}"}}"#).as_bytes(),
        )
    })
    .await;
    let error = list(&live).await;
    assert!(
        error.contains(&format!("more than {LIST_ITEMS} items")),
        "{error}"
    );
    assert_eq!(live.asked(), 2);
}

#[tokio::test]
async fn an_answer_of_too_many_values_or_levels_is_not_read() {
    let many = format!(r#"{{"value":[{}0]}}"#, "{},".repeat(ANSWER_VALUES));
    let live = Live::start(move |_, _| ok("", many.as_bytes())).await;
    let error = list(&live).await;
    assert!(error.contains("more than 1000000 values"), "{error}");
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let live = Live::start(move |_, _| ok("", deep.as_bytes())).await;
    let error = list(&live).await;
    assert!(error.contains("nested deeper than 128 levels"), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let live = Live::start(|_, _| {
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        answer.resize(ANSWER_BYTES + 100, b' ');
        answer
    })
    .await;
    let error = list(&live).await;
    assert!(
        error.contains(&format!("more than {ANSWER_BYTES} bytes")),
        "{error}"
    );
    assert_eq!(live.asked(), 1);
}

/// So many zeros, compressed to a hundredth and less: one literal, and copies
/// of the byte before, 258 at a time, in the codes that DEFLATE fixes.
fn bomb(length: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false];
    bits.extend([false, false, true, true, false, false, false, false]);
    for _ in 0..length / 258 {
        bits.extend([true, true, false, false, false, true, false, true]);
        bits.extend([false; 5]);
    }
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    out.extend(bits.chunks(8).map(|byte| {
        let bit = |(at, set): (usize, &bool)| u8::from(*set) << at;
        byte.iter().enumerate().map(bit).sum::<u8>()
    }));
    out
}

#[tokio::test]
async fn a_compressed_bomb_is_measured_by_what_comes_out() {
    let packed = bomb(ANSWER_BYTES + (1 << 20));
    assert!(packed.len() < ANSWER_BYTES / 100);
    let live = Live::start(move |_, _| ok("content-encoding: gzip\r\n", &packed)).await;
    let error = list(&live).await;
    assert!(
        error.contains(&format!("more than {ANSWER_BYTES} bytes")),
        "{error}"
    );
}

#[tokio::test]
async fn a_head_without_end_is_a_broken_answer() {
    let live = Live::start(|_, _| {
        let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
        for number in 0..200_000 {
            answer.extend(format!("x-{number}: {}\r\n", "y".repeat(60)).into_bytes());
        }
        answer
    })
    .await;
    let error = list(&live).await;
    assert!(error.contains("no answer after 2 tries"), "{error}");
}

#[tokio::test]
async fn what_the_service_says_is_cut_and_defused() {
    let long = "\u{1b}[2Jno\u{202e}".repeat(2_000);
    let body = json!({"error": {
        "code": long, "message": long,
        "details": vec![json!({"code": long, "target": long, "message": long}); 60],
    }});
    let id = "c".repeat(5_000);
    let server = Server::start(&[(
        400,
        &[
            ("x-ms-correlation-request-id", &id),
            ("x-ms-request-id", &id),
        ],
        &body.to_string(),
    )])
    .await;
    let error = server.reader().get("/apis/a", &[]).await.unwrap_err();
    let refusal = error.refusal().unwrap();
    let length = |text: &str| text.chars().count();
    assert_eq!(
        (length(&refusal.code), length(&refusal.message)),
        (WORD + 1, MESSAGE + 1)
    );
    assert!(length(refusal.correlation_id.as_deref().unwrap()) <= WORD + 1);
    assert!(length(refusal.request_id.as_deref().unwrap()) <= WORD + 1);
    assert_eq!(refusal.details.len(), 50);
    assert!(!format!("{refusal:?}").contains(['\u{1b}', '\u{202e}']));
}

#[tokio::test]
async fn an_etag_that_no_service_makes_counts_as_none() {
    let long = format!("\"{}\"", "e".repeat(5_000));
    let server = Server::start(&[(200, &[("etag", &long)], "{}")]).await;
    let fetched = server.reader().get("/apis/a", &[]).await.unwrap();
    assert_eq!(fetched.unwrap().etag, None);
}

#[tokio::test]
async fn headers_of_limits_that_make_no_sense_do_no_harm() {
    let mut answers = Vec::new();
    for remaining in ["NaN", "-inf", "inf", "1e999", "-1e300", "x"] {
        answers.push((remaining, "{}"));
    }
    for (remaining, body) in answers {
        let header = [("x-ms-ratelimit-remaining-subscription-reads", remaining)];
        let server = Server::start(&[(200, &header, body), (200, &[], body)]).await;
        let reader = server.reader();
        let began = Instant::now();
        reader.get("/apis/a", &[]).await.unwrap();
        reader.get("/apis/b", &[]).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(5), "{remaining}");
    }
}
