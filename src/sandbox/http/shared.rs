//! What happens to a request on its way: log, token, buckets, faults, lanes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::call::{Call, decode};
use super::gate::{Gate, Moment};
use super::log::Logged;
use super::reply::{Refusal, Reply};
use super::routes::Route;
use super::{dispatch, versions};
use crate::address::ServiceId;
use crate::sandbox::access::bearer::Bearers;
use crate::sandbox::access::deny::Action;
use crate::sandbox::access::roles::{self, Roles};
use crate::sandbox::access::{deny, permissions};
use crate::sandbox::options::Options;
use crate::sandbox::store::{Service, dumps};
use crate::sandbox::switches::OneWriter;
use crate::sandbox::trouble::faults::{Dice, Fate, Fault, FaultSpec, Line, early, late};
use crate::sandbox::trouble::lanes::{self, Lanes};
use crate::sandbox::trouble::limits::{ArmLimits, Buckets, Charge, Remaining};
use crate::secret::plain;

/// The most that ARM takes as a body: 4 MiB.
pub(crate) const MAX_BODY: usize = 4 * 1024 * 1024;

/// A request as it came over the wire.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) if_match: Option<String>,
    pub(crate) content_type: String,
    pub(crate) correlation: Option<String>,
    pub(crate) client_request: Option<String>,
    /// `None` when it is longer than [`MAX_BODY`].
    pub(crate) body: Option<Vec<u8>>,
}

/// The services and everything around them.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    latency: Duration,
    write_time: Duration,
    denied: Vec<Action>,
    faults: Option<FaultSpec>,
    limits: Option<ArmLimits>,
    base: String,
    started: Instant,
    seed: u64,
    held: AtomicUsize,
}

/// A request that waits, until it is answered or dropped.
struct Held<'a>(&'a AtomicUsize);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a request went.
struct Answer {
    reply: Reply,
    line: Line,
    /// The status that the service came to; 0 where it was not asked.
    done: u16,
    fault: Option<Fault>,
}

#[derive(Debug)]
pub(crate) struct State {
    services: Vec<Service>,
    buckets: BTreeMap<String, Buckets>,
    bearers: Bearers,
    pub(crate) gate: Option<Gate>,
    /// How often each method and path was asked.
    asked: BTreeMap<String, u64>,
    pub(crate) log: Vec<Logged>,
    pub(crate) seq: u64,
    under_way: usize,
    lanes: Lanes,
    roles: Roles,
}

impl Shared {
    pub(crate) fn new(services: Vec<Service>, options: &Options, base: String) -> Self {
        Self {
            state: Mutex::new(State {
                services,
                buckets: BTreeMap::new(),
                bearers: Bearers::new(options.token.clone(), options.token_life),
                gate: None,
                asked: BTreeMap::new(),
                log: Vec::new(),
                seq: 0,
                under_way: 0,
                lanes: Lanes::default(),
                roles: Roles::default(),
            }),
            latency: options.latency,
            write_time: Duration::from_millis(options.switches.write_ms),
            denied: options.denied.clone(),
            faults: options.faults.clone(),
            limits: options.arm_limits,
            base,
            started: Instant::now(),
            seed: options.seed_number,
            held: AtomicUsize::new(0),
        }
    }

    /// Lets a request wait for its answer.
    async fn pause(&self, time: Duration) {
        if !time.is_zero() {
            self.held.fetch_add(1, Ordering::Relaxed);
            let _held = Held(&self.held);
            tokio::time::sleep(time).await;
        }
    }

    /// How many requests wait for nothing but time to pass.
    pub(crate) fn waiting(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    pub(crate) fn dump(&self) -> Value {
        dumps(&self.state().services)
    }

    /// Answers one request.
    pub(crate) async fn handle(self: Arc<Self>, raw: Raw) -> (Reply, Line) {
        if let Some(rest) = raw.path.strip_prefix("/_sandbox/") {
            return (self.inspect(&raw, rest), Line::Whole);
        }
        let seq = self.arrive(&raw);
        let Answer {
            reply,
            line,
            done,
            fault,
        } = self.answer(&raw).await;
        let status = if line == Line::Cut { 0 } else { reply.status };
        self.leave(seq, status, done, fault);
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
            answered: 0,
            status: 0,
            done: 0,
            fault: None,
            at_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            concurrent: state.under_way,
        };
        state.log.push(logged);
        state.seq
    }

    fn leave(&self, seq: u64, status: u16, done: u16, fault: Option<Fault>) {
        let mut state = self.state();
        state.under_way = state.under_way.saturating_sub(1);
        state.seq += 1;
        let answered = state.seq;
        if let Ok(at) = state.log.binary_search_by_key(&seq, |logged| logged.seq) {
            let logged = &mut state.log[at];
            (logged.answered, logged.status, logged.done) = (answered, status, done);
            logged.fault = fault.map(Fault::name);
        }
    }

    fn draw(&self, raw: &Raw) -> Option<Fault> {
        let spec = self.faults.as_ref()?;
        let request = format!("{} {}", raw.method, raw.path);
        let mut state = self.state();
        let nth = state.asked.entry(request.clone()).or_default();
        *nth += 1;
        let mut dice = Dice::of(self.seed, &request, *nth);
        spec.draw(&mut dice, is_write(&raw.method))
    }

    async fn answer(&self, raw: &Raw) -> Answer {
        let ticket = match raw.method.as_str() {
            "PUT" | "PATCH" | "DELETE" => self.state().gate.as_mut().map(Gate::count),
            _ => None,
        };
        let fault = self.draw(raw);
        self.held(ticket, Moment::Before).await;
        let hold = if is_write(&raw.method) {
            self.latency.max(self.write_time)
        } else {
            self.latency
        };
        if let Some((reply, line)) = fault.and_then(early) {
            self.pause(self.latency).await;
            return Answer {
                reply,
                line,
                done: 0,
                fault,
            };
        }
        if fault == Some(Fault::Slow) {
            self.pause(Duration::from_millis(300)).await;
        }
        let mut remaining = None;
        let mut fate = fault.and_then(Fault::fate);
        let reply = match self.admit(raw, &mut remaining) {
            Err(refusal) => {
                self.pause(self.latency).await;
                Reply::from(refusal)
            }
            Ok(call) => (self.carry_out(call, hold, &mut fate).await).unwrap_or_else(Reply::from),
        };
        let mut reply = reply;
        if let Some((header, left)) = remaining {
            reply = reply.with(header, left.to_string());
        }
        self.held(ticket, Moment::After).await;
        let done = reply.status;
        let (reply, line) = late(fault, reply);
        Answer {
            reply,
            line,
            done,
            fault: fault.filter(|_| fate.is_none()),
        }
    }

    /// Checks what ARM checks before the service is asked.
    fn admit(&self, raw: &Raw, remaining: &mut Option<Remaining>) -> Result<Call, Refusal> {
        self.state().bearers.admit(raw.authorization.as_deref())?;
        let path = decode(&raw.path);
        if let Some(limits) = self.limits {
            let charge = Charge::of(&raw.method);
            let subscription = path.split('/').nth(2).unwrap_or_default();
            let now = Instant::now();
            let mut state = self.state();
            let buckets = state
                .buckets
                .entry(subscription.to_ascii_lowercase())
                .or_insert_with(|| Buckets::new(limits, now));
            let (told, refusal) = buckets.take(charge, now);
            *remaining = Some(told);
            if let Some(refusal) = refusal {
                return Err(refusal);
            }
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
            raw_query: raw.query.clone(),
            if_match: raw.if_match.clone(),
            content_type: raw.content_type.clone(),
            body: body.clone(),
            base: self.base.clone(),
            now: Instant::now(),
        };
        versions::known(&call)?;
        deny::check(&self.denied, &call)?;
        Ok(call)
    }

    /// `fate` is left where no operation begins that could meet it.
    async fn carry_out(
        &self,
        mut call: Call,
        hold: Duration,
        fate: &mut Option<Fate>,
    ) -> Result<Reply, Refusal> {
        let beside = dispatch::beside(&self.state().services, &call);
        if let Some(reply) = beside {
            self.pause(self.latency).await;
            return reply;
        }
        if roles::concerns(&call.path) {
            self.pause(self.latency).await;
            let state = &mut *self.state();
            if permissions::concerns(&call.path) {
                return permissions::handle(&state.services, &self.denied, &call);
            }
            return state.roles.handle(&state.services, &call);
        }
        let place = self.locate(&call);
        let (at, route) = match place {
            Ok(place) => place,
            Err(refusal) => {
                self.pause(self.latency).await;
                return Err(refusal);
            }
        };
        let lane = self.enter(at, &route, &call);
        self.pause(hold).await;
        let lane = lane?;
        call.now = Instant::now();
        let mut state = self.state();
        let result = state.services.get_mut(at).map_or_else(
            || Err(Refusal::internal()),
            |s| {
                s.fate = fate.take();
                let result = dispatch::dispatch(s, &route, &call);
                *fate = s.fate.take();
                result
            },
        );
        if let Some(lane) = lane {
            state.lanes.leave(&(at, lane));
        }
        result
    }

    /// Takes the lane of a write, or says that it is taken.
    fn enter(&self, at: usize, route: &Route, call: &Call) -> Result<Option<String>, Refusal> {
        let Route::Item(path) = route else {
            return Ok(None);
        };
        if !matches!(call.method.as_str(), "PUT" | "PATCH" | "DELETE") {
            return Ok(None);
        }
        let mut state = self.state();
        let service = state.services.get(at);
        let Some(service) = service else {
            return Ok(None);
        };
        if path.api_root().is_some() && service.switches.one_writer == OneWriter::Never {
            return Ok(None);
        }
        let lane = lanes::lane_of(service, path, call);
        let shares = lanes::shares(service, path);
        if !state.lanes.enter((at, lane.clone()), shares) {
            return Err(lanes::taken(&lane));
        }
        Ok(Some(lane))
    }

    /// Finds the service that a path is of.
    fn locate(&self, call: &Call) -> Result<(usize, Route), Refusal> {
        let unknown = || {
            let message = format!("The Resource '{}' was not found.", plain(&call.path));
            Refusal::arm(404, "ResourceNotFound", message)
        };
        let (id, below) = ServiceId::split(&call.path).ok_or_else(unknown)?;
        let state = self.state();
        let at = state.services.iter().position(|service| service.id == id);
        let at = at.ok_or_else(|| nowhere(&state.services, &id))?;
        Ok((at, Route::parse(below)?))
    }
}

/// What ARM says of a service that is not there.
fn nowhere(services: &[Service], id: &ServiceId) -> Refusal {
    let (name, group) = (plain(id.name()), plain(id.resource_group()));
    let has_group = services.iter().any(|service| {
        let theirs = service.id.resource_group();
        theirs.eq_ignore_ascii_case(id.resource_group())
    });
    if has_group {
        let message = format!(
            "The Resource 'Microsoft.ApiManagement/service/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        );
        return Refusal::arm(404, "ResourceNotFound", message);
    }
    let message = format!("Resource group '{group}' could not be found.");
    Refusal::arm(404, "ResourceGroupNotFound", message)
}

fn is_write(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD")
}
