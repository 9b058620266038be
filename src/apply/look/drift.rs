//! Whether sources are still what the plan was made of, asked before the first
//! write: what is copied later is what was planned, whatever changes meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use crate::address::ResourcePath;
use crate::apply::ApplyError;
use crate::arm::{Arm, Reader};
use crate::crawl::read_drift;
use crate::graph::references::without_revision;
use crate::plan::basis::{Drift, Original};
use crate::plan::{Plan, Step};
use crate::progress::Listener;

/// Finds what has changed at the source since the plan was made, of what the
/// open steps copy, and what came there below a thing that is copied in part.
pub(in crate::apply) async fn drift(
    plan: &Plan,
    arm: &Arm,
    is_open: impl Fn(usize) -> bool,
) -> Result<Vec<Drift>, ApplyError> {
    let reader = Reader::new(arm.clone(), plan.source.clone());
    let (basis, without) = (plan.basis.as_ref(), &plan.selection.without);
    let silent: Arc<dyn Listener> = Arc::new(());
    Ok(read_drift(&reader, &originals(plan, is_open), basis, without, &silent).await?)
}

/// The sources of open steps; and those of done ones with an open step below
/// them, of which only what is new is told: they are copied as they were.
fn originals(plan: &Plan, is_open: impl Fn(usize) -> bool) -> Vec<Original> {
    let steps = || plan.steps.iter().enumerate();
    let open = steps().filter(|(at, _)| is_open(*at));
    let open = open.filter_map(|(_, step)| step.source.as_ref());
    let partly: HashSet<ResourcePath> = open.flat_map(|source| above(&source.0)).collect();
    let original = |(at, step): (usize, &Step)| {
        let original = original(step)?;
        match is_open(at) {
            true => Some(original),
            false => (partly.contains(&without_revision(&original.path))).then_some(Original {
                etag: None,
                digest: None,
                ..original
            }),
        }
    };
    steps().filter_map(original).collect()
}

/// A path and all above it: revisions of one API are one thing.
fn above(path: &ResourcePath) -> impl Iterator<Item = ResourcePath> {
    std::iter::successors(Some(without_revision(path)), ResourcePath::parent)
}

fn original(step: &Step) -> Option<Original> {
    let source = step.source.as_ref()?;
    let content = step.content.as_ref();
    let number = content.and_then(|c| c.properties.get("apiRevision"));
    Some(Original {
        path: source.0.clone(),
        etag: step.source_etag.clone(),
        digest: step.source_digest.clone(),
        revision: number.and_then(|n| n.as_str()).map(str::to_owned),
    })
}
