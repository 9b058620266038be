//! Plays one session to a sandbox of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use apim_migrate::sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::session::{Exchange, SERVICE};

/// How long what is long-running takes: longer than one request.
const OPERATION_MS: u64 = 40;

/// What the sandbox answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

/// A sandbox, and what goes by other names in it than in the recording.
pub(super) struct Player {
    sandbox: Sandbox,
    http: reqwest::Client,
    /// ETags, ids of operations, names that the service makes: recorded, ours.
    names: BTreeMap<String, String>,
    /// When what was begun is done.
    done: Instant,
}

/// The id of the operation that a header leads to.
fn operation(headers: &BTreeMap<String, String>) -> Option<String> {
    let url = headers
        .get("azure-asyncoperation")
        .or(headers.get("location"))?;
    let id = match url.split_once("syncId=") {
        Some((_, rest)) => rest.split('&').next(),
        None => url.split("operationResults/").nth(1)?.split('?').next(),
    };
    id.map(str::to_owned)
}

async fn sandbox(seed: Value) -> Sandbox {
    let mut options = Options {
        seeds: vec![seed],
        page_size: 1_000,
        strict: false,
        ..Options::default()
    };
    for switch in super::QUICK {
        options.switches.set(switch).unwrap();
    }
    options.switches.operation_ms = OPERATION_MS;
    Sandbox::start(options, 0).await.unwrap()
}

impl Player {
    /// A sandbox with the seed, as it was when the session began.
    pub(super) async fn start(seed: Value) -> Self {
        Self {
            sandbox: sandbox(seed).await,
            http: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .unwrap(),
            names: BTreeMap::new(),
            done: Instant::now(),
        }
    }

    /// Sessions end with the deletion of their service, or of its group, which
    /// is not among what was recorded.
    pub(super) async fn lose_the_service(&mut self, with_its_group: bool) {
        let group = if with_its_group { "another" } else { "rg1" };
        let subscription = SERVICE.split('/').nth(2);
        let other =
            json!({"subscriptionId": subscription, "resourceGroup": group, "name": "other"});
        self.sandbox = sandbox(json!({ "service": other })).await;
    }

    /// Notes that what was recorded by one name goes by another here.
    pub(super) fn learn(&mut self, recorded: &str, ours: &str) {
        self.names.insert(recorded.to_owned(), ours.to_owned());
    }

    pub(super) fn is_known(&self, recorded: &str) -> bool {
        self.names.contains_key(recorded)
    }

    /// What goes by this name here.
    pub(super) fn name<'a>(&'a self, recorded: &'a str) -> &'a str {
        self.ours(recorded)
    }

    /// A text with names of ours in place of recorded ones.
    pub(super) fn translated(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, ours) in self.names.iter().filter(|(name, _)| name.len() == 24) {
            text = text.replace(recorded.as_str(), ours);
        }
        text
    }

    fn ours<'a>(&'a self, recorded: &'a str) -> &'a str {
        self.names.get(recorded).map_or(recorded, String::as_str)
    }

    /// Sends a request as it was recorded.
    pub(super) async fn play(&mut self, e: &Exchange) -> Answer {
        let path: Vec<&str> = e.path.split('/').map(|word| self.ours(word)).collect();
        let base = format!("{}{SERVICE}{}", self.sandbox.url(), path.join("/"));
        let mut url = reqwest::Url::parse(&base).unwrap();
        for (name, value) in &e.query {
            url.query_pairs_mut().append_pair(name, self.ours(value));
        }
        let mut request = self
            .http
            .request(e.method.parse().unwrap(), url)
            .bearer_auth("t");
        // An ETag that no answer showed so far is of one that was recorded later.
        if let Some(tag) = e.headers.get("if-match") {
            let known = self.names.get(tag).map_or("*", String::as_str);
            request = request.header("if-match", known);
        }
        let asks_too_early = e.polls() && e.status == 202;
        if !asks_too_early {
            tokio::time::sleep_until(self.done).await;
        }
        if !e.body.is_null() {
            let text = self.translated(&e.body.to_string());
            request = request
                .header("content-type", "application/json")
                .body(text);
        } else if e.method == "PUT" {
            request = request.header("content-length", "0");
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        let answer = Answer {
            status,
            headers,
            body,
        };
        if let (Some(recorded), Some(ours)) = (operation(&e.rheaders), operation(&answer.headers)) {
            self.learn(&recorded, &ours);
            if !e.polls() {
                self.done = Instant::now() + Duration::from_millis(OPERATION_MS + 10);
            }
        }
        if let (Some(recorded), Some(ours)) = (e.rheaders.get("etag"), answer.headers.get("etag")) {
            self.learn(recorded, ours);
        }
        answer
    }
}
