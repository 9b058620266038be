//! The client against a small server that says what each test wants it to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{Request, Response};
use serde_json::json;

use crate::address::ServiceId;
use crate::arm::*;
use crate::secret::Secret;

type Answers = Arc<Mutex<VecDeque<(u16, Vec<(&'static str, String)>, String)>>>;

/// Status, headers and body of an answer.
pub(in crate::arm) type Given<'a> = (u16, &'a [(&'static str, &'a str)], &'a str);

pub(in crate::arm) struct Server {
    pub(in crate::arm) url: String,
    answers: Answers,
    seen: Seen,
}

/// Lines of requests, each with the token it came with.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

impl Server {
    /// Starts a server that gives these answers one after the other; `BASE` in
    /// them stands for its own URL.
    pub(in crate::arm) async fn start(answers: &[Given<'_>]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let based = |s: &str| s.replace("BASE", &url);
        let queue: VecDeque<_> = answers
            .iter()
            .map(|(status, headers, body)| {
                let headers = headers.iter().map(|(n, v)| (*n, based(v))).collect();
                (*status, headers, based(body))
            })
            .collect();
        let answers: Answers = Arc::new(Mutex::new(queue));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let state = (answers.clone(), seen.clone());
        let app = axum::Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, answers, seen }
    }

    pub(in crate::arm) fn arm(&self) -> Arm {
        self.arm_with(Arc::new(FixedToken::new(Secret::new("t"))))
    }

    pub(in crate::arm) fn arm_with(&self, tokens: Arc<dyn Tokens>) -> Arm {
        let retries = RetryPolicy {
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        };
        Arm::builder(self.url.parse().unwrap(), tokens)
            .retries(retries)
            .build()
            .unwrap()
    }

    pub(in crate::arm) fn reader(&self) -> Reader {
        Reader::new(self.arm(), service())
    }

    pub(in crate::arm) fn writer(&self) -> WorkspaceWriter {
        WorkspaceWriter::new(self.arm(), service(), "w".parse().unwrap())
    }

    pub(in crate::arm) fn seen(&self) -> Vec<String> {
        assert!(
            self.answers.lock().unwrap().is_empty(),
            "an answer was not asked for"
        );
        let prefix = service().to_string();
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(s, _)| s.replace(&prefix, "")).collect()
    }

    /// The tokens of all requests.
    pub(in crate::arm) fn tokens(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(_, token)| token.clone()).collect()
    }
}

pub(in crate::arm) fn service() -> ServiceId {
    ServiceId::new("s", "g", "n").unwrap()
}

async fn answer(
    State((answers, seen)): State<(Answers, Seen)>,
    request: Request<HttpBody>,
) -> Response<HttpBody> {
    let token = request.headers()["authorization"].to_str().unwrap();
    let line = format!("{} {}", request.method(), request.uri());
    seen.lock().unwrap().push((line, token.to_owned()));
    let next = answers.lock().unwrap().pop_front();
    let (status, headers, body) = next.unwrap_or((418, Vec::new(), String::new()));
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(HttpBody::from(body)).unwrap()
}

#[tokio::test]
async fn pages_are_followed_and_repeats_dropped() {
    let server = Server::start(&[
        (
            200,
            &[],
            r#"{"value":[{"id":"/a"},{"id":"/b"}],"nextLink":"BASE/next?page=2"}"#,
        ),
        (
            200,
            &[],
            r#"{"value":[{"id":"/B"},{"id":"/c"}],"nextLink":""}"#,
        ),
    ])
    .await;
    let items = server
        .reader()
        .list("/apis", &[("$top", "2")])
        .await
        .unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(
        server.seen(),
        [
            "GET /apis?%24top=2&api-version=2024-05-01",
            "GET /next?page=2"
        ]
    );
}

#[tokio::test]
async fn a_page_of_another_host_never_gets_the_token() {
    let page = r#"{"value":[],"nextLink":"http://evil.example/next"}"#;
    let server = Server::start(&[(200, &[], page)]).await;
    let error = server.reader().list("/apis", &[]).await.unwrap_err();
    assert!(
        matches!(&error, ArmError::ForeignLink { host, .. } if host == "evil.example"),
        "{error}"
    );
}

#[tokio::test]
async fn a_circle_of_pages_is_an_error() {
    let page = r#"{"value":[],"nextLink":"BASE/a"}"#;
    let server = Server::start(&[(200, &[], page), (200, &[], page)]).await;
    let error = server.reader().list("/apis", &[]).await.unwrap_err();
    assert!(matches!(error, ArmError::NotAList { .. }), "{error}");
}

#[tokio::test]
async fn trouble_passes_and_the_etag_is_kept() {
    let server = Server::start(&[
        (503, &[("retry-after", "0")], ""),
        (429, &[("retry-after", "0")], ""),
        (200, &[("etag", "\"x\"")], r#"{"name":"a"}"#),
    ])
    .await;
    let fetched = server
        .reader()
        .get("/apis/a;rev=2", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fetched.etag.as_deref(), Some("\"x\""));
    assert_eq!(
        server.seen()[2],
        "GET /apis/a%3Brev%3D2?api-version=2024-05-01".replace("%3D", "=")
    );
}

#[tokio::test]
async fn what_is_not_there_is_none_and_html_is_said_to_be_so() {
    let html = (200, &[][..], "<html>");
    let server = Server::start(&[(404, &[], ""), html, html, html, html]).await;
    let reader = server.reader();
    assert!(reader.get("/apis/a", &[]).await.unwrap().is_none());
    let error = reader.get("/apis/a", &[]).await.unwrap_err();
    assert!(
        matches!(error, ArmError::NotJson { status: 200, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_bare_policy_is_taken_as_text() {
    let server = Server::start(&[(
        200,
        &[("content-type", "application/xml")],
        "\u{feff}<policies/>",
    )])
    .await;
    let fetched = server
        .reader()
        .get("/policies/policy", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fetched.text.as_deref(), Some("<policies/>"));
}

#[tokio::test]
async fn the_old_shape_of_long_running_puts_is_followed_to_its_end() {
    let location = "BASE/poll?asyncId=1&asyncCode=201";
    let server = Server::start(&[
        (202, &[("location", location)], ""),
        (202, &[("location", location)], ""),
        (
            201,
            &[("etag", "\"e\"")],
            r#"{"properties":{"displayName":"k"}}"#,
        ),
    ])
    .await;
    let body = Body::new(json!({"properties": {}}));
    let below = "/namedValues/k".parse().unwrap();
    let written = server.writer().put(&below, &[], &body, None).await.unwrap();
    assert!(written.created);
    assert_eq!(written.etag.as_deref(), Some("\"e\""));
    assert!(server.seen()[0].starts_with("PUT /workspaces/w/namedValues/k?"));
}

#[tokio::test]
async fn the_new_shape_is_followed_by_its_status_document() {
    let server = Server::start(&[
        (
            201,
            &[("azure-asyncoperation", "BASE/status")],
            r#"{"properties":{"provisioningState":"InProgress"}}"#,
        ),
        (200, &[], r#"{"status":"InProgress"}"#),
        (200, &[], r#"{"status":"Succeeded"}"#),
        (200, &[("etag", "\"e\"")], r#"{"properties":{}}"#),
    ])
    .await;
    let below = "/apis/a".parse().unwrap();
    let written = server
        .writer()
        .put(&below, &[], &Body::new(json!({})), None)
        .await
        .unwrap();
    assert_eq!(
        (written.created, written.etag.as_deref()),
        (true, Some("\"e\""))
    );
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_poll_and_belongs_to_the_put() {
    let refusal = r#"{"error":{"code":"ValidationError","message":"m","details":[{"target":"name","message":"taken"}]}}"#;
    let server = Server::start(&[
        (202, &[("location", "BASE/poll")], ""),
        (400, &[("x-ms-correlation-request-id", "c-1")], refusal),
    ])
    .await;
    let below = "/namedValues/k".parse().unwrap();
    let error = server
        .writer()
        .put(&below, &[], &Body::new(json!({})), None)
        .await
        .unwrap_err();
    let ArmError::Failed(refusal) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (refusal.method, refusal.details[0].message.as_str()),
        ("PUT", "taken")
    );
    assert_eq!(refusal.correlation_id.as_deref(), Some("c-1"));
}

#[tokio::test]
async fn answers_with_keys_lose_them() {
    let body = r#"{"properties":{"displayName":"s","primaryKey":"pk","secondaryKey":"sk"}}"#;
    let server = Server::start(&[(201, &[], body)]).await;
    let below = "/subscriptions/s".parse().unwrap();
    let written = server
        .writer()
        .put(&below, &[], &Body::new(json!({})), None)
        .await
        .unwrap();
    assert_eq!(written.properties, Some(json!({"displayName": "s"})));
    assert!(!format!("{written:?}").contains("pk"));
}

#[tokio::test]
async fn deleting_what_is_gone_is_no_error() {
    let server = Server::start(&[(200, &[], ""), (204, &[], ""), (404, &[], "")]).await;
    let writer = server.writer();
    let below = "/tags/t".parse().unwrap();
    assert_eq!(
        writer.delete(&below, &[], Some("*")).await.unwrap(),
        Deleted::Gone
    );
    assert_eq!(
        writer.delete(&below, &[], Some("*")).await.unwrap(),
        Deleted::WasAbsent
    );
    assert_eq!(
        writer.delete(&below, &[], None).await.unwrap(),
        Deleted::WasAbsent
    );
}

#[tokio::test]
async fn a_connection_that_can_not_be_made_is_told_with_its_tries() {
    let tokens = Arc::new(FixedToken::new(Secret::new("t")));
    let retries = RetryPolicy {
        tries: 2,
        base: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let endpoint = "http://127.0.0.1:1".parse().unwrap();
    let arm = Arm::builder(endpoint, tokens)
        .retries(retries)
        .build()
        .unwrap();
    let error = Reader::new(arm, service()).get("", &[]).await.unwrap_err();
    assert!(
        matches!(error, ArmError::NoAnswer { attempts: 2, .. }),
        "{error}"
    );
    assert!(error.help().is_some());
}

#[tokio::test]
async fn roles_are_written_at_one_service_and_its_workspaces_with_their_own_version() {
    let server = Server::start(&[(201, &[], "{}"), (200, &[], "{}"), (204, &[], "")]).await;
    let writer = RoleWriter::new(server.arm(), service());
    let (workspace, name) = ("w".parse().unwrap(), uuid::Uuid::from_u128(1));
    writer
        .put(Some(&workspace), &name, &json!({}))
        .await
        .unwrap();
    assert_eq!(writer.delete(None, &name).await.unwrap(), Deleted::Gone);
    let absent = writer.delete(Some(&workspace), &name).await.unwrap();
    assert_eq!(absent, Deleted::WasAbsent);
    let seen = server.seen();
    let below = format!("/providers/Microsoft.Authorization/roleAssignments/{name}");
    assert!(
        seen[0].starts_with(&format!("PUT /workspaces/w{below}?")),
        "{seen:?}"
    );
    assert!(seen[1].starts_with(&format!("DELETE {below}?")), "{seen:?}");
    assert!(
        seen.iter().all(|s| s.contains("api-version=2022-04-01")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_maker_writes_the_workspace_itself() {
    let server = Server::start(&[(201, &[], "{}")]).await;
    let maker = WorkspaceMaker::new(server.arm(), service(), "w".parse().unwrap());
    assert!(
        maker
            .put(&serde_json::Map::new(), None)
            .await
            .unwrap()
            .created
    );
    let seen = server.seen();
    assert!(seen[0].starts_with("PUT /workspaces/w?"), "{seen:?}");
}
