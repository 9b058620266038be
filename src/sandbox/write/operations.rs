//! Long-running operations, in all the shapes that the service uses.

use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use crate::sandbox::http::call::{Call, encode_path};
use crate::sandbox::http::reply::{Refusal, Reply};
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Operation, Service, hex};
use crate::sandbox::switches::{AsyncShape, PollDocument, PollUrl};
use crate::sandbox::trouble::faults::Fate;

/// How long an operation takes that never ends: longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// From here on a long-running PUT is answered with 201, and the status document
/// is at the resource's own URL.
const STATUS_DOCUMENTS: &str = "2023-05-01-preview";

/// How a long-running request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `202` and a `Location` to poll.
    Old,
    /// `201` or `200`, with a status document to poll.
    New,
}

impl Service {
    /// Which shape the answer to this request has.
    pub(crate) fn shape(&self, path: &Path, call: &Call) -> Shape {
        match self.switches.async_shape {
            AsyncShape::Version if call.is_since(STATUS_DOCUMENTS) => Shape::New,
            AsyncShape::Version | AsyncShape::Old => Shape::Old,
            AsyncShape::New => Shape::New,
            AsyncShape::Both => {
                let digest = hex(&format!("{} {}", self.seed, path.key()), 1);
                match digest.as_bytes().first() {
                    Some(digit) if digit % 2 == 0 => Shape::Old,
                    _ => Shape::New,
                }
            }
        }
    }

    /// Whether a DELETE that may be long-running is so at this version.
    pub(crate) fn deletes_slowly(&self, call: &Call) -> bool {
        self.switches.async_shape != AsyncShape::Version || call.is_since(STATUS_DOCUMENTS)
    }

    /// The headers that tell where to poll.
    pub(crate) fn polled(
        &self,
        reply: Reply,
        path: &Path,
        call: &Call,
        id: &str,
        code: u16,
    ) -> Reply {
        let (base, signature) = (self.poll_base(id, call), self.signature(id));
        let location = format!("{base}&asyncId={id}&asyncCode={code}{signature}");
        let reply = reply.with("location", location);
        match self.shape(path, call) {
            Shape::Old => reply,
            Shape::New => reply.with("azure-asyncoperation", self.status_url(id, call)),
        }
    }

    /// Begins an operation and returns its id and when it is done. One that is
    /// stuck does its work all the same, and its caller never hears of it.
    pub(crate) fn begin(
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
            signature: match self.switches.signed_polls {
                true => sign(&id),
                false => String::new(),
            },
        };
        self.operations.insert(id.clone(), operation);
        (id, done)
    }

    /// The URL of what an operation is about.
    fn poll_base(&self, id: &str, call: &Call) -> String {
        let path = self
            .operations
            .get(id)
            .map(|operation| operation.path.text())
            .unwrap_or_default();
        let path = encode_path(&path);
        let (base, version) = (&call.base, call.version());
        format!("{base}{}{path}?api-version={version}", self.id)
    }

    /// Where an operation's status document is.
    fn status_url(&self, id: &str, call: &Call) -> String {
        let signature = self.signature(id);
        let own = self.switches.poll_url == PollUrl::Version && call.is_since(STATUS_DOCUMENTS);
        if own {
            return format!("{}&azure-asyncId={id}{signature}", self.poll_base(id, call));
        }
        let (base, version) = (&call.base, call.version());
        format!(
            "{base}{}/tenant/operationResults/{id}?api-version={version}{signature}",
            self.id
        )
    }

    fn signature(&self, id: &str) -> &str {
        (self.operations.get(id)).map_or("", |operation| operation.signature.as_str())
    }

    /// Refuses a poll whose address is not signed as it was given out.
    pub(crate) fn is_signed(&self, id: &str, call: &Call) -> Result<(), Refusal> {
        if call.raw_query.ends_with(self.signature(id)) {
            return Ok(());
        }
        let message = "The signature of the request is not the one that was given out.";
        Err(Refusal::arm(403, "InvalidSignature", message))
    }

    /// Answers a poll of a `Location`: 202 while it runs, then how it ended.
    /// Nothing means that the resource itself is the answer, with that status.
    pub(crate) fn poll(&self, id: &str, url: &str, now: Instant) -> Result<Option<u16>, Reply> {
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
    pub(crate) fn status(&self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let Some(operation) = self.operations.get(id) else {
            return Err(Refusal::not_found("Operation not found."));
        };
        self.is_signed(id, call)?;
        let now = call.now;
        let (status, error) = match &operation.outcome {
            _ if now < operation.done => ("InProgress", None),
            Ok(_) => ("Succeeded", None),
            Err(refusal) => ("Failed", Some(refusal.body()["error"].clone())),
        };
        let mut state = json!({ "status": status });
        if let Some(error) = error {
            state["error"] = error;
        }
        let time = |at: OffsetDateTime| json!(at.format(&Rfc3339).unwrap_or_default());
        let ended = operation.started + self.operation_time();
        let id = json!(format!("{}/tenant/operationResults/{id}", self.id));
        let body = match self.switches.poll_document {
            PollDocument::Bare => state,
            PollDocument::Mute => json!({ "status": status }),
            PollDocument::Empty => json!({ "value": [] }),
            PollDocument::Nested => {
                state["started"] = time(operation.started);
                json!({ "id": id, "properties": state })
            }
            PollDocument::Whole => {
                state["id"] = id;
                state["startTime"] = time(operation.started);
                if status != "InProgress" {
                    state["endTime"] = time(ended);
                }
                state
            }
        };
        let whole = self.switches.poll_document == PollDocument::Whole;
        let code = if whole && status == "InProgress" {
            202
        } else {
            200
        };
        Ok(Reply::json(code, body))
    }
}

/// The end of an address to poll, as it was recorded in 2024: a time, a
/// certificate, a signature and a digest, 2 KB of it. Neither is it to be read,
/// nor does it stay the same when it is taken apart and put together again.
fn sign(id: &str) -> String {
    let certificate = hex(&format!("certificate {id}"), 64).repeat(28);
    let (signature, digest) = (hex(&format!("s {id}"), 64), hex(&format!("h {id}"), 40));
    format!("&t=638412345678901234&c=MII{certificate}%2b%2F%3d&s=sig-{signature}-_~%2B&h={digest}")
}
