//! What a plan would send, held against what the real service took: every
//! resource that it showed in the recorded traffic is planned as a copy; and
//! such resources move and verify.

use std::collections::{BTreeMap, BTreeSet};

use apim_migrate::address::{ResourcePath, ServiceId, WorkspaceName};
use apim_migrate::catalog::{self, Access, ApiVersion, Kind};
use apim_migrate::inventory::{Inventory, Resource};
use apim_migrate::plan::content::{Destination, content};
use apim_migrate::plan::names::{Named, Names};
use apim_migrate::plan::{Content, Place, differences};
use serde_json::{Map, Value, json};

use crate::common::Sandbox;
use crate::common::migration::Migration;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared");
const WORKSPACE: &str = "w";

/// What differs between a PUT and the copy of what was shown after it, and why
/// that is right: where (a path, or all of a kind), pointers, reason. Sections
/// are of the service contract.
const KNOWN: &[(&str, &[&str], &str)] = &[
    (
        "api",
        &["apiRevision"],
        "ignored when an API is made, which begins with 1 (3.1)",
    ),
    (
        "/apis/api-id;rev=2",
        &["path"],
        "a later PUT of the current revision changed what all of them share (3.1)",
    ),
    (
        "/apis/az-cli000004",
        &["apiRevisionDescription"],
        "a release made another revision current, which goes by this name now (3.1)",
    ),
    (
        "api",
        &["contentFormat", "contentValue"],
        "how versions before 2018-06-01-preview import a definition",
    ),
    (
        "/products/productidsdGYeN/policies/policy",
        &["value"],
        "a PUT without `value` stores nonsense (4.1)",
    ),
    (
        "/subscriptions/newSubscriptionId7613",
        &["allowTracing"],
        "the default of 2019, false since (1.5)",
    ),
];

/// One request and its answer.
struct Exchange {
    method: String,
    path: ResourcePath,
    kind: &'static Kind,
    sent: Map<String, Value>,
    status: u64,
    shown: Map<String, Value>,
}

/// The sessions, each with its requests to what a workspace can have too.
fn sessions() -> BTreeMap<String, Vec<Exchange>> {
    let mut sessions: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
    for file in ["aso", "cli", "go", "net", "py"] {
        let Ok(text) = std::fs::read_to_string(format!("{SHARED}/recordings/{file}.jsonl")) else {
            println!("skipped: ../shared is absent");
            return BTreeMap::new();
        };
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let properties = |v: &Value| v["properties"].as_object().cloned().unwrap_or_default();
            let text = |name: &str| line[name].as_str().unwrap_or_default();
            let Ok(path) = text("path").parse::<ResourcePath>() else {
                continue;
            };
            let Some(kind) = catalog::kind_of(&path) else {
                continue;
            };
            if line["query"].get("export").is_some() {
                continue;
            }
            let exchange = Exchange {
                method: text("method").to_owned(),
                kind,
                sent: properties(&line["body"]),
                status: line["status"].as_u64().unwrap(),
                shown: properties(&line["rbody"]),
                path,
            };
            let key = format!("{} {}", text("source"), text("service"));
            let copied = kind.can_be_copied() && kind.access != Access::Membership;
            if copied {
                sessions.entry(key).or_default().push(exchange);
            }
        }
    }
    sessions
}

impl Exchange {
    fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn shows(&self) -> bool {
        self.method == "GET" && self.status == 200 && !self.shown.is_empty()
    }

    /// A PUT that takes what it leaves out from a definition or another API
    /// (3.1, 3.6).
    fn takes_from_elsewhere(&self) -> bool {
        let elsewhere = ["sourceApiId", "format", "contentFormat"];
        self.kind.name == "api" && elsewhere.iter().any(|name| self.sent.contains_key(*name))
    }

    /// A PUT of a document that the service fetches.
    fn is_link(&self) -> bool {
        let format = self.sent.get("format").and_then(Value::as_str);
        self.kind.access == Access::Document && format.is_some_and(|f| f.ends_with("-link"))
    }

    fn resource(&self) -> Resource {
        Resource::new(self.path.clone(), self.shown.clone(), None).unwrap()
    }
}

/// The service that all recordings are of, once their names were taken out.
fn service() -> ServiceId {
    ServiceId::new("00000000-0000-0000-0000-000000000000", "rg1", "svc1").unwrap()
}

/// Plans a copy of a resource that keeps its name, beside what else the session
/// showed; ids in it lead to the service again, so that they can be compared.
fn copy(resource: &Resource, inventory: &Inventory) -> Content {
    let (service, workspace): (_, WorkspaceName) = (service(), WORKSPACE.parse().unwrap());
    let named = Named {
        target: resource.path.clone(),
        display: None,
        path: None,
    };
    let names = Names::from_iter([(resource.path.clone(), named)]);
    let to = Destination {
        service: &service,
        workspace: &workspace,
        names: &names,
        stand_ins: &BTreeMap::new(),
        version: ApiVersion::WRITTEN,
    };
    content(resource, inventory, &[], to, &|_| true)
}

/// Pointers of all members, as the schema has them, without what an author
/// names himself.
fn pointers(kind: &str, value: &Value, at: &str, found: &mut BTreeSet<String>) {
    const HIS_OWN: &[&str] = &[
        "apiSchema.document",
        "globalSchema.document",
        "logger.credentials",
        "backend.credentials.header",
        "backend.credentials.query",
    ];
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let at = format!("{at}.{name}");
                found.insert(at.clone());
                let full = format!("{kind}{at}");
                if !HIS_OWN.contains(&full.as_str()) && name != "examples" {
                    pointers(kind, value, &at, found);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                pointers(kind, item, at, found);
            }
        }
        _ => {}
    }
}

/// The pointers of what the schema lets be written.
fn described(schema: &Value, of: &Value, at: &str, found: &mut BTreeSet<String>) {
    const READ_ONLY: u64 = 2;
    let mut of = of;
    while of[0].as_str() == Some("a") {
        of = &of[1];
    }
    let (Some("o"), Some(name)) = (of[0].as_str(), of[1].as_str()) else {
        return;
    };
    for (name, member) in schema["objects"][name].as_object().unwrap() {
        if member[0].as_u64().unwrap() & READ_ONLY == 0 {
            let at = format!("{at}.{name}");
            described(schema, &member[1], &at, found);
            found.insert(at);
        }
    }
}

#[test]
fn a_copy_of_what_the_service_shows_holds_only_what_it_takes() {
    let sessions = sessions();
    let Ok(schema) = std::fs::read_to_string(format!("{SHARED}/schema-2024-05-01.json")) else {
        return;
    };
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut taken: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for exchange in sessions.values().flatten() {
        let pointers_of = taken.entry(exchange.kind.name).or_insert_with(|| {
            let resource = &schema["resources"][format!("workspaces/{}", exchange.kind.pattern)];
            let mut found = BTreeSet::new();
            described(&schema, &resource["properties"][1], "", &mut found);
            found
        });
        if exchange.method == "PUT" && exchange.succeeded() {
            let sent = Value::Object(exchange.sent.clone());
            pointers(exchange.kind.name, &sent, "", pointers_of);
        }
    }
    let (mut planned, mut wrong) = (0, BTreeSet::new());
    for exchanges in sessions.values() {
        let mut inventory = Inventory::new(service());
        for exchange in exchanges.iter().filter(|e| e.shows()) {
            let resource = exchange.resource();
            inventory.insert(resource.clone());
            let body = copy(&resource, &inventory).body();
            let mut sent = BTreeSet::new();
            let kind = exchange.kind.name;
            pointers(kind, &body["properties"], "", &mut sent);
            let nulls = body["properties"].as_object().unwrap().values();
            assert_eq!(
                nulls.filter(|v| v.is_null()).count(),
                0,
                "{}",
                exchange.path
            );
            let odd = sent.difference(&taken[kind]);
            wrong.extend(odd.map(|pointer| format!("{kind}{pointer}")));
            planned += 1;
        }
    }
    assert_eq!(wrong, BTreeSet::new());
    assert!(planned > 300, "{planned}");
}

#[test]
fn a_copy_of_what_was_written_is_what_was_written() {
    let (service, workspace): (_, WorkspaceName) = (service(), WORKSPACE.parse().unwrap());
    let place = Place {
        service: &service,
        workspace: &workspace,
    };
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut used, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for (session, exchanges) in sessions() {
        let mut inventory = Inventory::new(service.clone());
        let mut written: BTreeMap<ResourcePath, &Exchange> = BTreeMap::new();
        for exchange in &exchanges {
            match exchange.method.as_str() {
                "PUT" if exchange.succeeded() && !exchange.is_link() => {
                    written.insert(exchange.path.clone(), exchange);
                }
                "PATCH" | "DELETE" => drop(written.remove(&exchange.path)),
                _ if exchange.shows() => {
                    let resource = exchange.resource();
                    inventory.insert(resource.clone());
                    let Some(put) = written.get(&exchange.path) else {
                        continue;
                    };
                    let mut body = copy(&resource, &inventory).body();
                    let text = body.to_string().replace("/workspaces/w/", "/");
                    body = serde_json::from_str(&text).unwrap();
                    let planned = body["properties"].as_object().unwrap();
                    *compared.entry(exchange.kind.name).or_default() += 1;
                    for d in differences(exchange.kind, &expected(put), planned, place) {
                        if put.takes_from_elsewhere() && d.expected == "nothing" {
                            continue;
                        }
                        let is_it = |(at, pointers, _): &(&str, &[&str], &str)| {
                            (*at == exchange.kind.name || *at == exchange.path.as_str())
                                && pointers.contains(&d.pointer.as_str())
                        };
                        match KNOWN.iter().position(is_it) {
                            Some(known) => drop(used.insert(known)),
                            None => drop(unknown.insert(format!("{session} {}: {d:?}", put.path))),
                        }
                    }
                }
                _ => {}
            }
        }
    }
    if compared.is_empty() {
        return;
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    let unused = (0..KNOWN.len()).filter(|i| !used.contains(i));
    assert_eq!(unused.map(|i| KNOWN[i].0).collect::<Vec<_>>(), [""; 0]);
    assert!(compared.len() > 12, "{compared:?}");
}

/// What a PUT asked for.
fn expected(put: &Exchange) -> Content {
    let mut properties = put.sent.clone();
    let mut document = None;
    if put.kind.access == Access::Document {
        let text = properties.remove("value").unwrap_or_default();
        document = Some(text.as_str().unwrap_or_default().to_owned());
        properties.remove("format");
    }
    Content {
        properties,
        document,
    }
}

/// Resources in the shapes in which they were recorded, both forms and all
/// nulls.
fn shown() -> Value {
    let server = json!({"authorizationServerId": "auth", "scope": null});
    let message = json!({"request": {"headers": null, "body": null,
        "dataMasking": {"queryParams": [{"value": "*", "mode": "Hide"}]}}, "response": null});
    json!([
        {"path": "/authorizationServers/auth", "properties": {"displayName": "Auth",
            "clientRegistrationEndpoint": "https://x.example", "authorizationEndpoint": "https://x.example",
            "grantTypes": ["authorizationCode"], "clientId": "c"}},
        {"path": "/loggers/ai", "properties": {"loggerType": "applicationInsights", "isBuffered": true,
            "description": null, "credentials": {"instrumentationKey": "{{Logger-Credentials--6a5efdc9d69152121c197512}}"},
            "resourceId": null, "maxMessageSizeInBytes": null}},
        {"path": "/namedValues/6a5efdc9d69152121c197513", "properties": {"tags": null, "secret": true, "value": "key",
            "displayName": "Logger-Credentials--6a5efdc9d69152121c197512", "provisioningState": "Succeeded"}},
        {"path": "/apis/a", "properties": {"displayName": "A", "apiRevision": "1", "description": null,
            "subscriptionRequired": true, "serviceUrl": null, "backendId": null, "path": "a", "protocols": ["https"],
            "mcpProperties": null, "a2aProperties": null, "isAgent": false, "agent": null, "jsonRpcProperties": null,
            "authenticationSettings": {"oAuth2": server, "openid": null, "oAuth2AuthenticationSettings": [server],
                "openidAuthenticationSettings": [], "returnProtectedResourceMetadata": false},
            "subscriptionKeyParameterNames": {"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key",
                "bearer": null},
            "isCurrent": true, "effectivePath": null}},
        {"path": "/apis/a/operations/o", "properties": {"displayName": "O", "method": "POST", "urlTemplate": "/o/{id}",
            "templateParameters": [{"name": "id", "type": "integer", "required": true, "values": []}],
            "description": null, "policies": null,
            "request": {"queryParameters": [], "headers": [], "representations": [{"contentType": "application/json",
                "examples": {"default": {"value": {"a": 1}}}, "sample": "{\"a\":1}", "generatedSample": "{}"}]},
            "responses": []}},
        {"path": "/apis/a/diagnostics/applicationinsights", "properties": {"alwaysLog": null, "loggerId": "/loggers/ai",
            "httpCorrelationProtocol": "Legacy", "verbosity": "information", "logClientIp": true,
            "sampling": {"samplingType": "fixed", "percentage": 100.0}, "frontend": message, "backend": message,
            "largeLanguageModel": null, "mcp": null, "a2a": null, "tags": null}},
        {"path": "/products/p", "properties": {"displayName": "P", "description": null, "terms": null,
            "subscriptionRequired": true, "approvalRequired": false, "subscriptionsLimit": 0, "state": "published",
            "groups": [], "authenticationType": ["subscription-key"]}},
        {"path": "/products/p/apiLinks/a", "properties": {"apiId": "/apis/a"}},
        {"path": "/subscriptions/6352a1e7217d20074099d1d4", "properties": {"scope": "/products/p", "displayName": null,
            "state": "active", "createdDate": "2001-02-03T04:05:06Z", "startDate": "2001-02-03T00:00:00Z",
            "expirationDate": null, "endDate": null, "notificationDate": null, "stateComment": null,
            "allowTracing": false}},
        {"path": "/subscriptions/second", "properties": {"scope": "/products/p", "displayName": "Second"}},
    ])
}

#[test]
fn what_is_shown_as_it_was_recorded_moves_and_is_then_as_planned() {
    let seed = json!({
        "service": {"name": "recorded", "sku": "Premium"},
        "workspaces": [{"name": "team", "properties": {"displayName": "Team"}, "gateways": ["gw"]}],
        "resources": shown(),
    });
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("seed.json");
    std::fs::write(&file, seed.to_string()).unwrap();
    let sandbox = Sandbox::start(&["--seed", file.to_str().unwrap()]);
    let m = Migration::on(sandbox, "team");
    m.plan(&["a"], &[]).exits(0);
    m.apply(&[]).exits(0);
    m.verify().exits(0).omits("differ");
    let api = &m.dump()["/workspaces/team/apis/a-in-team"];
    assert_eq!(
        api["authenticationSettings"]["oAuth2AuthenticationSettings"],
        json!([{"authorizationServerId": "auth"}])
    );
}
