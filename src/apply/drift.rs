//! Whether sources are still what the plan was made from.
//!
//! Each check is one read at most, and what was planned from one list is checked
//! with that list. They run ahead of the steps that need them, so that they hide
//! behind the slower writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use tokio::sync::OnceCell;

use crate::address::{Name, ResourcePath, SourcePath};
use crate::arm::ArmError;
use crate::catalog::{self, Kind};
use crate::inventory::digest;
use crate::plan::Plan;
use crate::target::remote::{Remote, same_etag};

/// How many checks run ahead at once.
const AHEAD: usize = 8;

/// What a source is compared with the plan.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// What it was, or the plan does not say what it was.
    Unchanged,
    /// It has another ETag, or its list tells something else of it.
    Changed {
        /// What tells so: its ETag, or the digest.
        mark: &'static str,
        /// What it was.
        planned: String,
        /// What it is now.
        now: String,
    },
    /// It is gone.
    Gone,
    /// It can't be read.
    Unreadable(Arc<ArmError>),
}

/// A list of the source: what it is below, and of what.
type List = (Option<ResourcePath>, &'static str);
/// What it tells, by name, as digests.
type Told = Result<BTreeMap<Name, String>, Arc<ArmError>>;

fn list_of(source: &SourcePath) -> Option<(List, &'static Kind)> {
    let kind = catalog::kind_of(source)?;
    Some(((source.parent(), kind.name), kind))
}

/// The checks of one run.
pub(crate) struct Drift {
    plan: Arc<Plan>,
    remote: Arc<Remote>,
    checks: Vec<OnceCell<Source>>,
    lists: BTreeMap<List, OnceCell<Told>>,
    ignored: bool,
}

impl Drift {
    /// Makes the checks of a plan; with `ignored`, every source passes unread.
    pub(crate) fn new(plan: Arc<Plan>, remote: Arc<Remote>, ignored: bool) -> Self {
        Self {
            checks: plan.steps.iter().map(|_| OnceCell::new()).collect(),
            lists: (plan.steps.iter())
                .filter(|step| step.source_digest.is_some())
                .filter_map(|step| Some((list_of(step.source.as_ref()?)?.0, OnceCell::new())))
                .collect(),
            plan,
            remote,
            ignored,
        }
    }

    /// Checks the source of a step, or waits for the check that is under way.
    pub(crate) async fn check(&self, position: usize) -> &Source {
        self.checks[position]
            .get_or_init(|| self.read(position))
            .await
    }

    async fn read(&self, position: usize) -> Source {
        let step = &self.plan.steps[position];
        let (Some(source), false) = (&step.source, self.ignored) else {
            return Source::Unchanged;
        };
        let etag = match &step.source_etag {
            Some(etag) => Some(self.by_etag(source, etag).await),
            None => None,
        };
        match (etag, &step.source_digest) {
            // An ETag moves with more than what a copy is made of.
            (None | Some(Source::Changed { .. }), Some(digest)) => {
                self.by_list(source, digest).await
            }
            (Some(found), _) => found,
            (None, None) => Source::Unchanged,
        }
    }

    async fn by_etag(&self, source: &SourcePath, planned: &str) -> Source {
        match self.remote.source_etag(source).await {
            Ok(None) => Source::Gone,
            Ok(Some(Some(now))) if !same_etag(planned, &now) => Source::Changed {
                mark: "ETag",
                planned: planned.to_owned(),
                now,
            },
            Ok(Some(_)) => Source::Unchanged,
            Err(error) => Source::Unreadable(Arc::new(error)),
        }
    }

    async fn by_list(&self, source: &SourcePath, planned: &str) -> Source {
        let Some((list, kind)) = list_of(source) else {
            return Source::Unchanged;
        };
        let Some(cell) = self.lists.get(&list) else {
            return Source::Unchanged;
        };
        let (parent, _) = &list;
        let read = || async {
            let items = self.remote.source_list(parent.as_ref(), kind.collection());
            let items = items.await.map_err(Arc::new)?;
            let told = items.into_iter().map(|item| {
                let digest = digest(kind, &item.name, &item.properties);
                (Name::new(item.name), digest)
            });
            Ok(told.collect())
        };
        match cell.get_or_init(read).await {
            Err(error) => Source::Unreadable(Arc::clone(error)),
            Ok(told) => match told.get(&Name::new(source.name())) {
                None => Source::Gone,
                Some(now) if now != planned => Source::Changed {
                    mark: "digest",
                    planned: planned.to_owned(),
                    now: now.clone(),
                },
                Some(_) => Source::Unchanged,
            },
        }
    }

    /// Checks the sources of these steps ahead of time, in their order.
    pub(crate) async fn run_ahead(self: Arc<Self>, positions: Vec<usize>) {
        stream::iter(positions)
            .map(|position| {
                let drift = Arc::clone(&self);
                async move {
                    drift.check(position).await;
                }
            })
            .buffer_unordered(AHEAD)
            .for_each(|()| std::future::ready(()))
            .await;
    }
}
