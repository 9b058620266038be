//! What reads show.

use serde_json::{Value, json};

use super::{Options, contoso, seed, start};

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
    assert_eq!(client.names("/apis?tags=red,Blue").await, ["orders"]);
    assert!(client.names("/apis?tags=red").await.is_empty());
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
