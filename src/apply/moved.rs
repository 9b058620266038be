//! ETags of what this plan made, kept true while the plan goes on below it.
//!
//! An API has another ETag as soon as a policy is put on it, or a release
//! [service contract, 2.1]: what we did ourselves must not pass for what
//! somebody did. So it is looked at before and after such a write; and only one
//! that was still as we left it before counts as ours after it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::plan::{Plan, Step};
use crate::target::remote::Remote;

/// The ETags that things of this plan were left with, by step.
#[derive(Debug, Default)]
pub(super) struct Etags(Mutex<HashMap<usize, String>>);

impl Etags {
    /// Notes what a step left.
    pub(super) fn note(&self, position: usize, etag: Option<&str>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match etag {
            Some(etag) => all.insert(position, etag.to_owned()),
            None => all.remove(&position),
        };
    }

    fn of(&self, position: usize) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&position).cloned()
    }
}

/// What stands above a step and has another ETag afterwards: the step that made
/// it, and the ETag that it was left with. Nothing when that is not this
/// plan's, or not as this plan left it.
pub(super) async fn before(
    plan: &Plan,
    remote: &Remote,
    etags: &Etags,
    step: &Step,
) -> Option<usize> {
    let parent = step.target.below().parent();
    let parent = parent.filter(|_| step.kind.moves_parent)?;
    let above = (plan.steps.iter()).position(|s| *s.target.below() == parent)?;
    let left = etags.of(above)?;
    let now = etag(plan, remote, above).await?;
    (left == now).then_some(above)
}

/// The ETag that it has after the write.
pub(super) async fn etag(plan: &Plan, remote: &Remote, position: usize) -> Option<String> {
    // Without an answer the old one stays on record: then what it says counts.
    let head = remote.etag(plan.steps[position].target.below()).await;
    head.ok().flatten().flatten()
}
