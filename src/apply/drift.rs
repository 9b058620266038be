//! Whether sources are still what the plan was made of, asked before the first
//! write: what is copied later is what was planned, whatever changes meanwhile.

use std::sync::Arc;

use super::ApplyError;
use crate::arm::{Arm, Reader};
use crate::crawl::read_drift;
use crate::plan::basis::{Drift, Original};
use crate::plan::{Plan, Step};
use crate::progress::Listener;

/// Finds what has changed at the source since the plan was made, of what these
/// steps copy.
pub(super) async fn drift(
    plan: &Plan,
    arm: &Arm,
    open: impl Iterator<Item = &Step>,
) -> Result<Vec<Drift>, ApplyError> {
    let reader = Reader::new(arm.clone(), plan.source.clone());
    let originals: Vec<Original> = open.filter_map(original).collect();
    let (basis, without) = (plan.basis.as_ref(), &plan.selection.without);
    let silent: Arc<dyn Listener> = Arc::new(());
    Ok(read_drift(&reader, &originals, basis, without, &silent).await?)
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
