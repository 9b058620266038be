//! Long-running operations, in both of the shapes that the service uses.

use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use super::faults::Fate;
use super::path::Path;
use super::reply::{Refusal, Reply};
use super::store::{Service, hex};
use super::switches::Shape;

/// How long an operation takes that never ends: longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// One request that is still being carried out, or was.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) path: Path,
    pub(super) done: Instant,
    pub(super) started: OffsetDateTime,
    /// The status that polling ends with, or what went wrong.
    pub(super) outcome: Result<u16, Refusal>,
    pub(super) deletes: bool,
}

impl Service {
    /// Which shape the answers for this resource have.
    pub(super) fn shape(&self, path: &Path) -> Shape {
        match self.switches.async_shape {
            Shape::Both => {
                let digest = hex(&format!("{} {}", self.seed, path.key()), 1);
                match digest.as_bytes().first() {
                    Some(digit) if digit % 2 == 0 => Shape::Old,
                    _ => Shape::New,
                }
            }
            fixed => fixed,
        }
    }

    /// Begins an operation and returns its id and when it is done. One that is
    /// stuck does its work all the same, and its caller never hears of it.
    pub(super) fn begin(
        &mut self,
        path: &Path,
        outcome: Result<u16, Refusal>,
        deletes: bool,
        now: Instant,
    ) -> (String, Instant) {
        let id = self.mint(&format!("operation {}", path.text()));
        let done = now + self.operation_time();
        let stuck = self.fate.take_if(|fate| *fate == Fate::Stuck).is_some();
        let told = if stuck { now + FOREVER } else { done };
        let operation = Operation {
            path: path.clone(),
            done: told,
            started: OffsetDateTime::now_utc(),
            outcome,
            deletes,
        };
        self.operations.insert(id.clone(), operation);
        (id, done)
    }

    /// Where an operation is polled with GET, in the old shape.
    pub(super) fn poll_url(&self, base: &str, id: &str, version: &str, code: u16) -> String {
        let path = self
            .operations
            .get(id)
            .map(|operation| operation.path.text())
            .unwrap_or_default();
        let path = path.replace(';', "%3B").replace(' ', "%20");
        format!(
            "{base}{}{path}?api-version={version}&asyncId={id}&asyncCode={code}",
            self.id
        )
    }

    /// Where an operation's status document is.
    pub(super) fn status_url(&self, base: &str, id: &str, version: &str) -> String {
        format!(
            "{base}{}/tenant/operationResults/{id}?api-version={version}",
            self.id
        )
    }

    /// Answers a poll of a `Location`: 202 while it runs, then how it ended.
    /// Nothing means that the resource itself is the answer, with that status.
    pub(super) fn poll(&self, id: &str, url: &str, now: Instant) -> Result<Option<u16>, Reply> {
        let Some(operation) = self.operations.get(id) else {
            return Err(Refusal::not_found("Operation not found.").into());
        };
        if now < operation.done {
            return Err(Reply::empty(202).with("location", url.to_owned()));
        }
        match &operation.outcome {
            Ok(status) if operation.deletes => Err(Reply::empty(*status)),
            Ok(status) => Ok(Some(*status)),
            Err(refusal) => Err(refusal.clone().into()),
        }
    }

    /// Answers a GET of the status document.
    pub(super) fn status(&self, id: &str, now: Instant) -> Reply {
        let Some(operation) = self.operations.get(id) else {
            return Refusal::not_found("Operation not found.").into();
        };
        let time = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        let mut body = json!({
            "id": format!("{}/tenant/operationResults/{id}", self.id),
            "name": id,
            "startTime": time(operation.started),
            "status": "InProgress",
        });
        if now < operation.done {
            return Reply::json(202, body);
        }
        body["endTime"] = json!(time(operation.started + self.operation_time()));
        match &operation.outcome {
            Ok(_) => body["status"] = json!("Succeeded"),
            Err(refusal) => {
                body["status"] = json!("Failed");
                body["error"] = refusal.body()["error"].clone();
            }
        }
        Reply::json(200, body)
    }
}
