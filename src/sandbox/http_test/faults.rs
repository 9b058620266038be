//! Tokens, throttling, faults, and the sandbox's own surface.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Options;
use super::{Client, http, quick, seed, start};

async fn faulty(spec: &str) -> Client {
    start(Options {
        faults: Some(spec.parse().unwrap()),
        ..quick()
    })
    .await
}

#[tokio::test]
async fn a_token_is_needed_and_the_right_one_when_there_is_one() {
    let client = start(Options {
        token: Some("right".to_owned()),
        ..quick()
    })
    .await;
    let url = client.url("/apis");
    assert_eq!(client.get("/apis").await.status, 401);
    let bare = http().get(&url).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let right = http().get(&url).bearer_auth("right").send().await.unwrap();
    assert_eq!(right.status(), 200);
}

#[tokio::test]
async fn the_version_of_the_interface_must_be_known() {
    let client = start(quick()).await;
    let url = format!(
        "{}{}/apis",
        client.sandbox.url(),
        client.sandbox.service_id()
    );
    let none = client.raw("GET", &url, None, None).await;
    assert_eq!(none.status, 400);
    let odd = format!("{url}?api-version=1999-01-01");
    let odd = client.raw("GET", &odd, None, None).await;
    assert_eq!(odd.body["error"]["code"], "InvalidApiVersionParameter");
    assert_eq!(odd.header("x-ms-failure-cause"), "gateway");
    let nowhere = url.replace("/contoso/", "/fabrikam/") + "?api-version=2024-05-01";
    assert_eq!(client.raw("GET", &nowhere, None, None).await.status, 404);
}

#[tokio::test]
async fn buckets_count_down_and_run_dry() {
    let client = start(Options {
        arm_limits: Some(super::super::ArmLimits::Documented),
        ..quick()
    })
    .await;
    let left = |answer: &super::Answer| {
        answer
            .header("x-ms-ratelimit-remaining-subscription-writes")
            .parse::<u64>()
            .unwrap()
    };
    let first = client.post("/namedValues/key/listValue").await;
    assert_eq!(left(&first), 199);
    let mut dry = None;
    for _ in 0..400 {
        let answer = client.post("/namedValues/key/listValue").await;
        if answer.status == 429 {
            dry = Some(answer);
            break;
        }
    }
    let dry = dry.unwrap();
    assert_eq!(dry.header("retry-after"), "1");
    assert_eq!(left(&dry), 0);
    let read = client.get("/apis").await;
    assert_eq!(
        read.header("x-ms-ratelimit-remaining-subscription-reads"),
        "249"
    );
}

#[tokio::test]
async fn a_fault_after_the_commit_leaves_the_work_done() {
    for (spec, status) in [("503-after-commit:1", 503), ("timeout-after-commit:1", 504)] {
        let client = faulty(spec).await;
        let answer = client
            .put_once("/tags/t", json!({"displayName": "T"}))
            .await;
        assert_eq!(answer.status, status);
        assert!(client.sandbox.dump().to_string().contains("/tags/t\""));
    }
    let client = faulty("503:1").await;
    let answer = client
        .put_once("/tags/t", json!({"displayName": "T"}))
        .await;
    assert_eq!(answer.status, 503);
    assert!(!client.sandbox.dump().to_string().contains("/tags/t\""));
}

#[tokio::test]
async fn connections_break_and_bodies_end_early() {
    for (spec, done) in [("reset:1", false), ("reset-after-commit:1", true)] {
        let client = faulty(spec).await;
        let body = json!({"properties": {"displayName": "T"}});
        let request = client.http.put(client.url("/tags/t")).bearer_auth("t");
        assert!(request.json(&body).send().await.is_err(), "{spec}");
        let stored = client.sandbox.dump().to_string().contains("/tags/t\"");
        assert_eq!(stored, done, "{spec}");
        assert_eq!(client.sandbox.log()[0].status, 0);
    }
    let client = faulty("truncated:1").await;
    let request = client.http.get(client.url("/apis")).bearer_auth("t");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn a_date_to_wait_for_is_a_second_or_two_away() {
    let answer = faulty("429-date:1").await.get("/apis").await;
    assert_eq!(answer.status, 429);
    let date = answer.header("retry-after");
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
}

#[tokio::test]
async fn an_answer_that_is_no_json_leaves_the_work_done() {
    let client = faulty("not-json:1").await;
    let answer = client
        .put_once("/tags/t", json!({"displayName": "T"}))
        .await;
    assert_eq!((answer.status, answer.body), (201, Value::Null));
    let log = client.sandbox.log();
    assert_eq!((log[0].done, log[0].fault), (201, Some("not-json")));
    assert!(client.sandbox.dump().to_string().contains("/tags/t\""));
}

#[tokio::test]
async fn an_operation_can_fail_when_it_is_polled_or_never_end() {
    let value = json!({"displayName": "nv", "value": "v"});
    for (spec, stored) in [("operation-failed:1", false), ("operation-stuck:1", true)] {
        let client = faulty(spec).await;
        let answer = client.put_once("/namedValues/nv", value.clone()).await;
        let location = answer.header("location").to_owned();
        tokio::time::sleep(Duration::from_millis(60)).await;
        let poll = client.raw("GET", &location, None, None).await;
        assert_eq!(poll.status, if stored { 202 } else { 400 }, "{spec}");
        let dump = client.sandbox.dump().to_string();
        assert_eq!(dump.contains("/namedValues/nv\""), stored, "{spec}");
        // What is no long-running request can't meet it.
        let tag = client
            .put_once("/tags/t", json!({"displayName": "T"}))
            .await;
        assert_eq!(tag.status, 201);
        let log = client.sandbox.log();
        let faults: Vec<_> = log.iter().filter_map(|l| l.fault).collect();
        assert_eq!(faults, [spec.trim_end_matches(":1")]);
    }
}

#[tokio::test]
async fn a_token_ends_after_so_many_requests() {
    let client = start(Options {
        token_life: Some(2),
        ..quick()
    })
    .await;
    for status in [200, 200, 401] {
        assert_eq!(client.get("/apis").await.status, status);
    }
    let fresh = http().get(client.url("/apis")).bearer_auth("fresh");
    assert_eq!(fresh.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn writes_are_held_at_a_moment_and_let_go() {
    for (moment, stored) in [("before", false), ("after", true)] {
        let client = start(quick()).await;
        let own = format!("{}/_sandbox/hold", client.sandbox.url());
        let hold = format!("{own}?write=2&moment={moment}");
        assert_eq!(client.raw("PUT", &hold, None, None).await.status, 200);
        let put = |name: &str| {
            let request = http().put(client.url(&format!("/tags/{name}")));
            let body = json!({"properties": {"displayName": name}});
            request.bearer_auth("t").json(&body).send()
        };
        assert_eq!(put("one").await.unwrap().status(), 201);
        let second = tokio::spawn(put("two"));
        let mut gate = Value::Null;
        for _ in 0..500 {
            gate = client.raw("GET", &own, None, None).await.body;
            if gate["held"] == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(gate, json!({"writes": 2, "held": 1}));
        let dump = client.sandbox.dump().to_string();
        assert_eq!(dump.contains("/tags/two\""), stored, "{moment}");
        assert!(!second.is_finished());
        client.raw("DELETE", &own, None, None).await;
        assert_eq!(second.await.unwrap().unwrap().status(), 201);
    }
}

#[tokio::test]
async fn the_sandboxs_own_surface_is_never_disturbed() {
    let client = faulty("500:1").await;
    assert_eq!(client.get("/apis").await.status, 500);
    let own = |what: &str| format!("{}/_sandbox/{what}", client.sandbox.url());
    let log: Value = http()
        .get(own("log"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(log[0]["status"], 500);
    assert_eq!(log[0]["method"], "GET");
    let dump: Value = http()
        .get(own("dump"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(dump, client.sandbox.dump());
    let cleared = http().delete(own("log")).send().await.unwrap();
    assert_eq!(cleared.status(), 204);
    assert!(client.sandbox.log().is_empty());
}

#[tokio::test]
async fn a_dump_is_a_seed_that_gives_the_same_dump() {
    let client = start(quick()).await;
    client.put("/products/p", json!({"displayName": "P"})).await;
    let dump = client.sandbox.dump();
    let mut options = quick();
    options.seeds = vec![dump.clone()];
    let again = start(options).await;
    assert_eq!(again.sandbox.dump(), dump);
}

#[tokio::test]
async fn several_seeds_are_several_services() {
    let mut other = seed();
    other["service"]["name"] = json!("fabrikam");
    let mut options = quick();
    options.seeds.push(other);
    let client = start(options).await;
    let url = client.url("/tags").replace("/contoso/", "/fabrikam/");
    assert_eq!(client.raw("GET", &url, None, None).await.status, 200);
    assert_eq!(
        client.sandbox.dump()["services"].as_array().unwrap().len(),
        2
    );
    client.sandbox.stop().await.unwrap();
}

#[tokio::test]
async fn a_request_is_carried_out_although_its_caller_has_gone() {
    let client = start(Options {
        latency: Duration::from_millis(400),
        ..quick()
    })
    .await;
    let body = json!({"properties": {"displayName": "T"}});
    let request = client.http.put(client.url("/tags/t")).bearer_auth("t");
    let request = request.json(&body).timeout(Duration::from_millis(200));
    assert!(request.send().await.is_err());
    // The answer to a later read of the same latency comes after it.
    assert_eq!(client.get("/tags/t").await.status, 200);
}
