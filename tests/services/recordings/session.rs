//! Sessions of recorded traffic, as they were recorded.

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/recordings");

/// The service that all recordings are of, once their names were taken out.
pub(super) const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1/providers/Microsoft.ApiManagement/service/svc1";

/// The version of most of them, and the one that the tool writes.
pub(super) const NEWEST: &str = "2024-05-01";

/// One request and its answer.
pub(super) struct Exchange {
    pub(super) source: String,
    pub(super) n: u64,
    pub(super) method: String,
    /// Below the service, decoded.
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
    pub(super) status: u16,
    pub(super) rheaders: BTreeMap<String, String>,
    pub(super) rbody: Value,
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        })
        .collect()
}

impl Exchange {
    fn read(line: &Value) -> Self {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        Self {
            source: text("source"),
            n: line["n"].as_u64().unwrap(),
            method: text("method"),
            path: text("path"),
            query: texts(&line["query"]),
            headers: texts(&line["headers"]),
            body: line["body"].clone(),
            status: u16::try_from(line["status"].as_u64().unwrap()).unwrap(),
            rheaders: texts(&line["rheaders"]),
            rbody: line["rbody"].clone(),
        }
    }

    pub(super) fn version(&self) -> &str {
        self.query.get("api-version").map_or("", String::as_str)
    }

    pub(super) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The collections on the way, and whether it is a collection itself.
    pub(super) fn kind(&self) -> (String, bool) {
        let words: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        if words.starts_with(&["tenant", "operationResults"]) {
            return ("operationResults".to_owned(), false);
        }
        let collections: Vec<&str> = words.iter().step_by(2).copied().collect();
        let acts = self.method == "POST";
        let kept = collections.len() - usize::from(acts);
        (collections[..kept].join("/"), words.len() % 2 == 1 && !acts)
    }

    /// Whether it asks how a long-running request goes.
    pub(super) fn polls(&self) -> bool {
        let asks = ["asyncId", "azure-asyncId"];
        asks.iter().any(|name| self.query.contains_key(*name))
            || self.path.starts_with("/tenant/operationResults")
    }

    /// Where it is recorded.
    pub(super) fn place(&self) -> String {
        format!("{} #{} {} {}", self.source, self.n, self.method, self.path)
    }
}

/// All sessions, or nothing where there are no recordings.
pub(super) fn sessions() -> Option<Vec<Vec<Exchange>>> {
    let mut sessions: Vec<Vec<Exchange>> = Vec::new();
    for file in ["aso", "cli", "go", "net", "py"] {
        let text = std::fs::read_to_string(format!("{SHARED}/{file}.jsonl")).ok()?;
        for line in text.lines() {
            let exchange = Exchange::read(&serde_json::from_str(line).unwrap());
            match sessions.last_mut() {
                Some(last) if last[0].source == exchange.source => last.push(exchange),
                _ => sessions.push(vec![exchange]),
            }
        }
    }
    Some(sessions)
}
