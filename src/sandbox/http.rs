//! What happens to a request on its way: log, token, buckets, faults, lanes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::call::{Call, decode};
use super::faults::{Dice, Fault, FaultSpec};
use super::limits::{Buckets, Charge};
use super::log::Logged;
use super::path::Path;
use super::reply::{Body, Refusal, Reply};
use super::routes::{Route, not_allowed};
use super::rules::kinds::Verb;
use super::store::Service;
use super::{Options, actions, dumps, read, write};
use crate::address::{PROVIDER, ServiceId};
use crate::secret::plain;

/// The most that ARM takes as a body: 4 MiB.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;

const VERSIONS: &[&str] = &[
    "2021-08-01",
    "2022-08-01",
    "2022-09-01-preview",
    "2023-03-01-preview",
    "2023-05-01-preview",
    "2023-09-01-preview",
    "2024-05-01",
    "2024-06-01-preview",
    "2024-10-01-preview",
    "2025-03-01-preview",
];

/// A request as it came over the wire.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authorization: Option<String>,
    pub(super) if_match: Option<String>,
    pub(super) content_type: String,
    pub(super) correlation: Option<String>,
    pub(super) client_request: Option<String>,
    /// `None` when it is longer than [`MAX_BODY`].
    pub(super) body: Option<Vec<u8>>,
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Whole,
    /// It breaks before a byte of the answer.
    Cut,
    /// It breaks in the middle of the body.
    Torn,
}

/// The services and everything around them.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    latency: Duration,
    write_time: Duration,
    token: Option<String>,
    faults: Option<FaultSpec>,
    limits: bool,
    base: String,
    started: Instant,
}

#[derive(Debug)]
struct State {
    services: Vec<Service>,
    buckets: BTreeMap<String, Buckets>,
    dice: Dice,
    log: Vec<Logged>,
    seq: u64,
    under_way: usize,
    lanes: BTreeSet<(usize, String)>,
}

impl Shared {
    pub(super) fn new(services: Vec<Service>, options: &Options, base: String) -> Self {
        Self {
            state: Mutex::new(State {
                services,
                buckets: BTreeMap::new(),
                dice: Dice::new(options.seed_number),
                log: Vec::new(),
                seq: 0,
                under_way: 0,
                lanes: BTreeSet::new(),
            }),
            latency: options.latency,
            write_time: Duration::from_millis(options.switches.write_ms),
            token: options.token.clone(),
            faults: options.faults.clone(),
            limits: options.arm_limits,
            base,
            started: Instant::now(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    pub(super) fn dump(&self) -> Value {
        dumps(&self.state().services)
    }

    /// Answers one request.
    pub(super) async fn handle(self: Arc<Self>, raw: Raw) -> (Reply, Line) {
        if let Some(rest) = raw.path.strip_prefix("/_sandbox/") {
            return (self.inspect(&raw.method, rest), Line::Whole);
        }
        let seq = self.arrive(&raw);
        let (reply, line) = self.answer(&raw).await;
        self.leave(seq, if line == Line::Cut { 0 } else { reply.status });
        let correlation = raw
            .correlation
            .unwrap_or_else(|| Uuid::new_v4().to_string());
        let mut reply = reply
            .with("x-ms-request-id", Uuid::new_v4().to_string())
            .with("x-ms-correlation-request-id", correlation)
            .with("cache-control", "no-cache")
            .with("x-content-type-options", "nosniff")
            .with(
                "strict-transport-security",
                "max-age=31536000; includeSubDomains",
            );
        if let Some(id) = raw.client_request {
            reply = reply.with("x-ms-client-request-id", id);
        }
        (reply, line)
    }

    fn arrive(&self, raw: &Raw) -> u64 {
        let mut state = self.state();
        state.seq += 1;
        state.under_way += 1;
        let logged = Logged {
            seq: state.seq,
            method: raw.method.clone(),
            path: plain(&decode(&raw.path)),
            query: plain(&raw.query),
            status: 0,
            at_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            concurrent: state.under_way,
        };
        state.log.push(logged);
        state.seq
    }

    fn leave(&self, seq: u64, status: u16) {
        let mut state = self.state();
        state.under_way = state.under_way.saturating_sub(1);
        if let Ok(at) = state.log.binary_search_by_key(&seq, |logged| logged.seq) {
            state.log[at].status = status;
        }
    }

    /// The sandbox's own surface, which nothing can disturb.
    fn inspect(&self, method: &str, what: &str) -> Reply {
        match (method, what) {
            ("GET", "log") => Reply::json(200, json!(self.log())),
            ("DELETE", "log") => {
                self.state().log.clear();
                Reply::empty(204)
            }
            ("GET", "dump") => Reply::json(200, self.dump()),
            _ => Refusal::not_found("The sandbox has `log` and `dump`.").into(),
        }
    }

    async fn answer(&self, raw: &Raw) -> (Reply, Line) {
        let writes = !matches!(raw.method.as_str(), "GET" | "HEAD");
        let fault = match &self.faults {
            Some(spec) => spec.draw(&mut self.state().dice, writes),
            None => None,
        };
        let hold = if writes {
            self.latency.max(self.write_time)
        } else {
            self.latency
        };
        if let Some(reply) = fault.and_then(early) {
            pause(self.latency).await;
            return reply;
        }
        if fault == Some(Fault::Slow) {
            pause(Duration::from_millis(300)).await;
        }
        let mut remaining = None;
        let reply = match self.admit(raw, &mut remaining) {
            Err(refusal) => {
                pause(self.latency).await;
                Reply::from(refusal)
            }
            Ok(call) => self.carry_out(call, hold).await.unwrap_or_else(Reply::from),
        };
        let mut reply = reply;
        if let Some((header, left)) = remaining {
            reply = reply.with(header, left.to_string());
        }
        match fault {
            Some(Fault::UnavailableAfterCommit) => (unavailable(), Line::Whole),
            Some(Fault::TimeoutAfterCommit) => (
                Refusal::arm(
                    504,
                    "GatewayTimeout",
                    "The gateway did not receive a response from 'Microsoft.ApiManagement' within the specified time period.",
                )
                .into(),
                Line::Whole,
            ),
            Some(Fault::ResetAfterCommit) => (reply, Line::Cut),
            Some(Fault::Truncated) => (reply, Line::Torn),
            _ => (reply, Line::Whole),
        }
    }

    /// Checks what ARM checks before the service is asked.
    fn admit(
        &self,
        raw: &Raw,
        remaining: &mut Option<(&'static str, u64)>,
    ) -> Result<Call, Refusal> {
        let bearer = raw.authorization.as_deref().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match (bearer, self.token.as_deref()) {
            (None, _) => {
                return Err(Refusal::arm(
                    401,
                    "AuthenticationFailed",
                    "Authentication failed. The 'Authorization' header is missing.",
                ));
            }
            (Some(given), Some(wanted)) if given != wanted => {
                return Err(Refusal::arm(
                    401,
                    "InvalidAuthenticationToken",
                    "The access token is invalid.",
                ));
            }
            _ => {}
        }
        let path = decode(&raw.path);
        if self.limits {
            let charge = Charge::of(&raw.method);
            let subscription = path.split('/').nth(2).unwrap_or_default();
            let now = Instant::now();
            let mut state = self.state();
            let buckets = state
                .buckets
                .entry(subscription.to_ascii_lowercase())
                .or_insert_with(|| Buckets::new(now));
            *remaining = Some((charge.header(), 0));
            *remaining = Some((charge.header(), buckets.take(charge, now)?));
        }
        let query: Vec<(String, String)> = raw
            .query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                let clear = |text: &str| decode(&text.replace('+', " "));
                (clear(name), clear(value))
            })
            .collect();
        let Some(body) = &raw.body else {
            return Err(Refusal::arm(
                413,
                "RequestContentTooLarge",
                "The request content size exceeds the maximum size of 4 MB.",
            ));
        };
        let call = Call {
            method: raw.method.clone(),
            path,
            query,
            if_match: raw.if_match.clone(),
            content_type: raw.content_type.clone(),
            body: body.clone(),
            base: self.base.clone(),
            now: Instant::now(),
        };
        let version = call.query("api-version");
        let authorization = call
            .path
            .to_ascii_lowercase()
            .contains("/microsoft.authorization/");
        match version {
            None | Some("") => Err(Refusal::arm(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )),
            Some(version) if !authorization && !VERSIONS.contains(&version) => Err(Refusal::arm(
                400,
                "InvalidApiVersionParameter",
                format!(
                    "The api-version '{}' is invalid. The supported versions are '{}'.",
                    plain(version),
                    VERSIONS.join(",")
                ),
            )),
            _ => Ok(call),
        }
    }

    async fn carry_out(&self, mut call: Call, hold: Duration) -> Result<Reply, Refusal> {
        if let Some(reply) = self.beside(&call) {
            pause(self.latency).await;
            return reply;
        }
        let place = self.locate(&call);
        let (at, route) = match place {
            Ok(place) => place,
            Err(refusal) => {
                pause(self.latency).await;
                return Err(refusal);
            }
        };
        let lane = self.enter(at, &route, &call.method);
        pause(hold).await;
        let lane = lane?;
        call.now = Instant::now();
        let mut state = self.state();
        let result = state
            .services
            .get_mut(at)
            .map_or_else(|| Err(Refusal::internal()), |s| dispatch(s, &route, &call));
        if let Some(lane) = lane {
            state.lanes.remove(&(at, lane));
        }
        result
    }

    /// Takes the lane of a write, or says that it is taken.
    fn enter(&self, at: usize, route: &Route, method: &str) -> Result<Option<String>, Refusal> {
        let Route::Item(path) = route else {
            return Ok(None);
        };
        if !matches!(method, "PUT" | "PATCH" | "DELETE") {
            return Ok(None);
        }
        let mut state = self.state();
        let lane = state
            .services
            .get(at)
            .and_then(|service| write::lane(service, path, method == "PUT"));
        let Some(lane) = lane else { return Ok(None) };
        if !state.lanes.insert((at, lane.clone())) {
            return Err(write::taken(&lane));
        }
        Ok(Some(lane))
    }

    /// Finds the service that a path is of.
    fn locate(&self, call: &Call) -> Result<(usize, Route), Refusal> {
        let unknown = || {
            Refusal::arm(
                404,
                "ResourceNotFound",
                format!(
                    "The Resource '{}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
                    plain(&call.path)
                ),
            )
        };
        let (id, below) = ServiceId::split(&call.path).ok_or_else(unknown)?;
        let at = self
            .state()
            .services
            .iter()
            .position(|service| service.id == id)
            .ok_or_else(unknown)?;
        Ok((at, Route::parse(below)?))
    }

    /// What stands beside the services: lists of services and the second kind
    /// of status document.
    fn beside(&self, call: &Call) -> Option<Result<Reply, Refusal>> {
        let words: Vec<&str> = call.path.split('/').skip(1).collect();
        let is =
            |at: usize, word: &str| words.get(at).is_some_and(|w| w.eq_ignore_ascii_case(word));
        let state = self.state();
        let in_subscription = is(0, "subscriptions") && is(2, "providers") && is(3, PROVIDER);
        if in_subscription && is(4, "locations") && words.len() == 8 {
            let id = words[7];
            let reply = state
                .services
                .iter()
                .find(|service| service.operations.contains_key(id))
                .map_or_else(
                    || Refusal::not_found("Operation not found.").into(),
                    |service| service.status(id, call.now),
                );
            return Some(Ok(reply));
        }
        let in_group = is(0, "subscriptions") && is(2, "resourceGroups") && is(4, "providers");
        let lists_all = in_subscription && is(4, "service") && words.len() == 5;
        let lists_group = in_group && is(5, PROVIDER) && is(6, "service") && words.len() == 7;
        if call.method == "GET" && (lists_all || lists_group) {
            let items: Vec<Value> = state
                .services
                .iter()
                .filter(|service| service.id.subscription().eq_ignore_ascii_case(words[1]))
                .filter(|service| {
                    lists_all || service.id.resource_group().eq_ignore_ascii_case(words[3])
                })
                .map(about)
                .collect();
            return Some(Ok(Reply::json(200, json!({ "value": items }))));
        }
        None
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn unavailable() -> Reply {
    Refusal::arm(
        503,
        "ServiceUnavailable",
        "The service is temporarily unavailable. Please try again.",
    )
    .into()
}

/// The answer of a fault that happens before anything is done.
fn early(fault: Fault) -> Option<(Reply, Line)> {
    let whole = |refusal: Refusal| Some((Reply::from(refusal), Line::Whole));
    match fault {
        Fault::Internal => whole(Refusal::internal()),
        Fault::Unavailable => Some((unavailable(), Line::Whole)),
        Fault::Throttled => {
            let mut refusal = Refusal::arm(
                429,
                "TooManyRequests",
                "The request is being throttled as the limit has been reached.",
            );
            refusal.retry_after = Some(1);
            whole(refusal)
        }
        Fault::Reset => Some((Reply::empty(500), Line::Cut)),
        Fault::Busy => whole(Refusal::busy()),
        Fault::Stale => whole(Refusal::stale()),
        Fault::Expired => whole(Refusal::arm(
            401,
            "ExpiredAuthenticationToken",
            "The access token expiry is before the current time.",
        )),
        Fault::Html => {
            let mut reply = Reply::empty(502);
            reply.body = Body::Html(
                "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
                    .to_owned(),
            );
            Some((reply, Line::Whole))
        }
        Fault::UnavailableAfterCommit
        | Fault::TimeoutAfterCommit
        | Fault::ResetAfterCommit
        | Fault::Truncated
        | Fault::Slow => None,
    }
}

fn about(service: &Service) -> Value {
    json!({
        "id": service.id.to_string(),
        "name": service.id.name(),
        "type": format!("{PROVIDER}/service"),
        "location": service.location,
        "sku": {"name": service.sku, "capacity": 1},
        "properties": {
            "provisioningState": "Succeeded",
            "publisherEmail": "admin@contoso.invalid",
            "publisherName": "Contoso",
            "gatewayUrl": format!("https://{}.azure-api.net", service.id.name()),
            "platformVersion": "stv2",
        },
    })
}

fn dispatch(service: &mut Service, route: &Route, call: &Call) -> Result<Reply, Refusal> {
    match (route, call.method.as_str()) {
        (Route::Service, "GET") => Ok(Reply::json(200, about(service))),
        (Route::Operation(id), "GET") => Ok(service.status(id, call.now)),
        (Route::Item(path), "GET") => match call.query("asyncId") {
            Some(id) => poll(service, path, id, call),
            None => read::get(service, path, call),
        },
        (Route::Item(path), "HEAD") => read::head(service, path, call),
        (Route::Item(path), "PUT") => write::write(service, path, call, Verb::Put),
        (Route::Item(path), "PATCH") => write::write(service, path, call, Verb::Patch),
        (Route::Item(path), "DELETE") => write::delete(service, path, call),
        (
            Route::List {
                workspace,
                parent,
                collection,
            },
            "GET",
        ) => read::list(
            service,
            workspace.as_deref(),
            parent.as_ref(),
            collection,
            call,
        ),
        (Route::Action(path, action), "POST") => actions::act(service, path, action, call),
        (Route::Action(..), _) => Err(Refusal::arm(
            404,
            "InvalidResourceType",
            "The resource type could not be found.",
        )),
        _ => Err(not_allowed()),
    }
}

/// GET of a `Location`.
fn poll(service: &Service, path: &Path, id: &str, call: &Call) -> Result<Reply, Refusal> {
    let url = format!(
        "{}{}?{}",
        call.base,
        super::call::encode_path(&call.path),
        call.query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&")
    );
    match service.poll(id, &url, call.now) {
        Err(reply) => Ok(reply),
        Ok(None) => read::get(service, path, call),
        Ok(Some(status)) => {
            let mut reply = read::get(service, path, call)?;
            reply.status = status;
            Ok(reply)
        }
    }
}
