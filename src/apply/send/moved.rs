//! ETags of what this plan made, kept true while the plan goes on below it.
//!
//! An API has another ETag as soon as a policy is put on it, or a release
//! [service contract, 2.1]: what we did ourselves must not pass for what
//! somebody did. So it is looked at before and after such a write; and only one
//! that was still as we left it before counts as ours after it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::address::{ResourcePath, split_revision};
use crate::plan::Plan;
use crate::target::remote::Remote;

/// The ETags that things of this plan were left with, by step.
#[derive(Debug, Default)]
pub(in crate::apply) struct Etags(Mutex<HashMap<usize, String>>);

impl Etags {
    /// Notes what a step left.
    pub(in crate::apply) fn note(&self, position: usize, etag: Option<&str>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match etag {
            Some(etag) => all.insert(position, etag.to_owned()),
            None => all.remove(&position),
        };
    }

    /// What a step left something with.
    pub(super) fn of(&self, position: usize) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&position).cloned()
    }
}

/// What has another ETag when a step is written, by the steps that made it: what
/// stands above it and, where it is a revision that stands already, the other
/// ones of its API, since they share properties. Only what is this plan's, and
/// still as this plan left it.
pub(super) async fn before(
    plan: &Plan,
    remote: &Remote,
    etags: &Etags,
    position: usize,
    update: bool,
) -> Vec<usize> {
    let step = &plan.steps[position];
    let path = step.target.below();
    let parent = path.parent().filter(|_| step.kind.moves_parent);
    let api = (update && step.kind.revisions).then(|| api_of(path));
    if parent.is_none() && api.is_none() {
        return Vec::new();
    }
    let mut moved = Vec::new();
    for (at, other) in plan.steps.iter().enumerate() {
        let is_above = parent.as_ref() == Some(other.target.below());
        let is_beside = at != position
            && other.kind == step.kind
            && api.is_some_and(|api| api.eq_ignore_ascii_case(api_of(other.target.below())));
        let left = etags.of(at).filter(|_| is_above || is_beside);
        if left.is_some() && left == etag(plan, remote, at).await {
            moved.push(at);
        }
    }
    moved
}

fn api_of(path: &ResourcePath) -> &str {
    split_revision(path.name()).0
}

/// The ETags that these have after the write.
pub(super) async fn after(
    plan: &Plan,
    remote: &Remote,
    etags: &Etags,
    moved: Vec<usize>,
) -> Vec<(usize, String)> {
    let mut now = Vec::with_capacity(moved.len());
    for at in moved {
        // Without an answer the old one stays on record: then what it says
        // counts.
        let etag = etag(plan, remote, at).await;
        etags.note(at, etag.as_deref());
        now.extend(etag.map(|etag| (at, etag)));
    }
    now
}

async fn etag(plan: &Plan, remote: &Remote, position: usize) -> Option<String> {
    let head = remote.etag(plan.steps[position].target.below()).await;
    head.ok().flatten().flatten()
}
