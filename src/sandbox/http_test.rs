//! The sandbox over real HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Options, Sandbox, Shape};

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

async fn contoso() -> Client {
    let mut options = Options {
        seeds: vec![seed()],
        ..Options::default()
    };
    options.switches.linger_ms = 30;
    options.switches.operation_ms = 10;
    start(options).await
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

#[tokio::test]
async fn reads_show_what_the_service_would_show() {
    let client = contoso().await;
    let api = client.get("/APIS/Orders").await;
    assert_eq!(api.status, 200, "{}", api.said());
    assert!(api.header("etag").ends_with("=\""));
    assert!(!api.header("x-ms-request-id").is_empty());
    let set = api.body["properties"]["apiVersionSetId"].as_str().unwrap();
    assert!(set.starts_with("/subscriptions/s/"), "{set}");
    assert_eq!(api.body["properties"]["serviceUrl"], Value::Null);
    let same = client.get("/apis/orders;rev=1").await;
    assert_eq!(same.body["name"], "orders");

    let list = client.get("/apis/orders/schemas").await;
    assert!(list.body["value"][0]["properties"]["document"].is_null());
    let schema = client.get("/apis/orders/schemas/s1").await;
    assert_eq!(schema.body["properties"]["document"]["value"], "x");
    let releases = client.get("/apis/orders/releases").await;
    assert!(releases.body["value"][0]["properties"]["apiId"].is_null());
    let release = client.get("/apis/orders/releases/r1").await;
    let id = release.body["properties"]["apiId"].as_str().unwrap();
    assert!(id.ends_with("/apis/orders"), "{id}");

    let hidden = client.get("/namedValues/key").await;
    assert!(hidden.body["properties"].get("value").is_none());
    let shown = client.post("/namedValues/key/listValue").await;
    assert_eq!(shown.body["value"], "hush");
    let keys = client.post("/subscriptions/sub/listSecrets").await;
    assert_eq!(keys.body["primaryKey"], "p");
    let subscription = client.get("/subscriptions/sub").await;
    assert!(subscription.body["properties"].get("primaryKey").is_none());
}

#[tokio::test]
async fn links_and_associations_are_one_truth() {
    let client = contoso().await;
    assert_eq!(client.names("/apis/orders/tags").await, ["blue"]);
    assert_eq!(client.names("/tags/blue/apiLinks").await.len(), 1);
    assert_eq!(client.names("/apis/orders/products").await, ["gold"]);
    assert_eq!(client.names("/products/gold/apis").await, ["orders"]);
    assert_eq!(client.names("/products/gold/subscriptions").await, ["sub"]);
    let head = client
        .raw(
            "HEAD",
            &client.url("/products/gold/apis/orders"),
            None,
            None,
        )
        .await;
    assert_eq!(head.status, 204);
    assert_eq!(
        client.delete("/products/gold/apis/orders").await.status,
        200
    );
    assert_eq!(
        client.delete("/products/gold/apis/orders").await.status,
        204
    );
    assert!(client.names("/products/gold/apiLinks").await.is_empty());
}

#[tokio::test]
async fn a_put_creates_then_replaces_and_keeps_its_etag() {
    let client = contoso().await;
    let tag = "/workspaces/w/tags/t";
    let first = client.put(tag, json!({"displayName": "T"})).await;
    assert_eq!(first.status, 201, "{}", first.said());
    let again = client.put(tag, json!({"displayName": "T"})).await;
    assert_eq!(again.status, 200);
    assert_eq!(first.header("etag"), again.header("etag"));
    let url = client.url(tag);
    let bare = client.raw("DELETE", &url, None, None).await;
    assert_eq!(bare.status, 400);
    let stale = client
        .raw("DELETE", &url, Some("\"AAAAAAAAAAA=\""), None)
        .await;
    assert_eq!(stale.status, 412);
    let right = client
        .raw("DELETE", &url, Some(first.header("etag")), None)
        .await;
    assert_eq!(right.status, 200);
    assert_eq!(client.delete(tag).await.status, 204);
    let head = client.raw("HEAD", &url, None, None).await;
    assert_eq!(head.status, 404);
}

#[tokio::test]
async fn both_long_running_shapes_end_with_the_resource() {
    for shape in [Shape::Old, Shape::New] {
        let mut options = Options {
            seeds: vec![seed()],
            ..Options::default()
        };
        options.switches.async_shape = shape;
        let client = start(options).await;
        let value = "/workspaces/w/namedValues/v1";
        let body = json!({"displayName": "v1", "value": "x", "secret": false});
        let first = client.put_once(value, body.clone()).await;
        match shape {
            Shape::Old => {
                assert_eq!((first.status, first.body.clone()), (202, Value::Null));
                assert_eq!(client.get(value).await.status, 404);
            }
            _ => {
                assert_eq!(first.status, 201);
                assert_eq!(first.body["properties"]["provisioningState"], "InProgress");
                let status = first.header("azure-asyncoperation").to_owned();
                let status = client.raw("GET", &status, None, None).await;
                assert_eq!(status.body["status"], "InProgress");
            }
        }
        let done = client.put(value, body).await;
        assert_eq!(done.status, 200, "{}", done.said());
        assert_eq!(done.body["properties"]["provisioningState"], "Succeeded");
        let other = json!({"displayName": "V1", "value": "y"});
        let clash = client.put("/workspaces/w/namedValues/v2", other).await;
        assert_eq!(clash.status, 400);
        assert!(clash.said().contains("already exist"), "{}", clash.said());
    }
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let mut big = seed();
    for number in 0..45 {
        let tag = json!({"path": format!("/tags/t{number}"), "properties": {"displayName": format!("T{number}")}});
        big["resources"].as_array_mut().unwrap().push(tag);
    }
    let client = start(Options {
        seeds: vec![big],
        ..Options::default()
    })
    .await;
    assert_eq!(client.names("/tags").await.len(), 46);
    assert_eq!(client.names("/tags?$top=7").await.len(), 46);
    assert_eq!(client.names("/tags?$skip=40").await.len(), 6);
    let filter = "/tags?$filter=startswith(displayName,%20'T1')";
    assert_eq!(client.names(filter).await.len(), 11);
    assert_eq!(client.get("/tags?$filter=color eq 'x'").await.status, 400);
}

#[tokio::test]
async fn every_real_seed_loads() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("skipped: ../shared is absent");
        return;
    };
    let mut seeds = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        seeds.push(serde_json::from_str::<Value>(&text).unwrap());
    }
    assert_eq!(seeds.len(), 3);
    for seed in seeds {
        let options = Options {
            seeds: vec![seed.clone()],
            ..Options::default()
        };
        let client = start(options).await;
        let dump = client.sandbox.dump();
        let paths = |snapshot: &Value| -> Vec<String> {
            let items = snapshot["resources"].as_array().unwrap();
            let paths = items
                .iter()
                .map(|r| r["path"].as_str().unwrap().to_lowercase());
            paths.collect()
        };
        let loaded = paths(&dump);
        for path in paths(&seed) {
            assert!(loaded.contains(&path), "{path} is missing");
        }
        for kind in ["apis", "products", "tags", "namedValues", "backends"] {
            client.names(&format!("/{kind}")).await;
        }
    }
}
