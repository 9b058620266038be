//! The sandbox over real HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Options, Sandbox, Switches};

mod apis;
mod certificates;
mod documents;
mod faults;
mod permissions;
mod reads;
mod replay;
mod switched;
mod workspaces;
mod writes;

/// A client of one sandbox.
struct Client {
    http: reqwest::Client,
    sandbox: Sandbox,
}

/// An answer with its body read.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn said(&self) -> String {
        self.body.to_string()
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap()
}

async fn start(options: Options) -> Client {
    Client {
        http: http(),
        sandbox: Sandbox::start(options, 0).await.unwrap(),
    }
}

fn seed() -> Value {
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "rg", "name": "contoso", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]},
                       {"name": "v", "properties": {"displayName": "V"}}],
        "resources": [
            {"path": "/namedValues/key", "properties": {"displayName": "the-key", "secret": true, "value": "hush"}},
            {"path": "/apiVersionSets/set", "properties": {"displayName": "Set", "versioningScheme": "Segment"}},
            {"path": "/apis/orders", "properties": {"displayName": "Orders", "path": "orders", "isCurrent": true,
                "apiVersionSetId": "/apiVersionSets/set", "apiVersion": "v1", "protocols": ["https"]}},
            {"path": "/apis/orders/operations/get", "properties": {"displayName": "Get", "method": "GET", "urlTemplate": "/"}},
            {"path": "/apis/orders/schemas/s1", "properties": {"contentType": "application/json", "document": {"value": "x"}}},
            {"path": "/apis/orders/policies/policy", "properties": {"format": "rawxml",
                "value": "<policies><inbound><set-header name=\"k\" exists-action=\"override\"><value>{{the-key}}</value></set-header></inbound></policies>"}},
            {"path": "/apis/orders/releases/r1", "properties": {"apiId": "/apis/orders", "notes": "n"}},
            {"path": "/tags/blue", "properties": {"displayName": "Blue"}},
            {"path": "/apis/orders/tags/blue", "properties": {}},
            {"path": "/products/gold", "properties": {"displayName": "Gold", "subscriptionRequired": true}},
            {"path": "/products/gold/apiLinks/l", "properties": {"apiId": "/apis/orders"}},
            {"path": "/subscriptions/sub", "properties": {"displayName": "Sub", "scope": "/products/gold", "primaryKey": "p", "secondaryKey": "q"}}
        ]
    })
}

/// Options with the small seed and quick operations.
fn quick() -> Options {
    Options {
        seeds: vec![seed()],
        switches: Switches {
            linger_ms: 30,
            operation_ms: 10,
            ..Switches::default()
        },
        ..Options::default()
    }
}

async fn contoso() -> Client {
    start(quick()).await
}

impl Client {
    fn url(&self, path: &str) -> String {
        let version = if path.contains('?') { "&" } else { "?" };
        format!(
            "{}{}{path}{version}api-version=2024-05-01",
            self.sandbox.url(),
            self.sandbox.service_id()
        )
    }

    async fn raw(
        &self,
        method: &str,
        url: &str,
        if_match: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self
            .http
            .request(method.parse().unwrap(), url)
            .bearer_auth("t");
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer {
            status,
            headers,
            body,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.raw("GET", &self.url(path), None, None).await
    }

    async fn put_once(&self, path: &str, properties: Value) -> Answer {
        let body = json!({ "properties": properties });
        self.raw("PUT", &self.url(path), None, Some(&body)).await
    }

    /// PUT, with waiting while busy and polling to the end.
    async fn put(&self, path: &str, properties: Value) -> Answer {
        loop {
            let answer = self.put_once(path, properties.clone()).await;
            if answer.status == 409 && answer.said().contains("is in progress") {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            let location = answer.header("location").to_owned();
            if location.is_empty() {
                return answer;
            }
            loop {
                let polled = self.raw("GET", &location, None, None).await;
                if polled.status != 202 {
                    return polled;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    async fn patch(&self, path: &str, properties: Value) -> Answer {
        let body = json!({ "properties": properties });
        self.raw("PATCH", &self.url(path), Some("*"), Some(&body))
            .await
    }

    /// A full resource id of the sandbox's service.
    fn id(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.service_id())
    }

    async fn delete(&self, path: &str) -> Answer {
        loop {
            let answer = self.raw("DELETE", &self.url(path), Some("*"), None).await;
            if answer.status == 409 && answer.said().contains("is in progress") {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            return answer;
        }
    }

    async fn post(&self, path: &str) -> Answer {
        self.raw("POST", &self.url(path), None, None).await
    }

    /// The names on all pages of a list.
    async fn names(&self, path: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut url = self.url(path);
        loop {
            let page = self.raw("GET", &url, None, None).await;
            assert_eq!(page.status, 200, "{path}: {}", page.said());
            for item in page.body["value"].as_array().unwrap() {
                names.push(item["name"].as_str().unwrap_or_default().to_owned());
            }
            match page.body["nextLink"].as_str() {
                Some(next) if !next.is_empty() => url = next.to_owned(),
                _ => return names,
            }
        }
    }
}
