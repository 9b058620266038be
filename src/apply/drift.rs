//! Whether sources are still what the plan was made from.
//!
//! Each check is one read, made at most once. They run ahead of the steps that
//! need them, so that they hide behind the slower writes.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use tokio::sync::OnceCell;

use crate::arm::ArmError;
use crate::plan::Plan;
use crate::target::remote::{Remote, same_etag};

/// How many checks run ahead at once.
const AHEAD: usize = 8;

/// What a source is compared with the plan.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// What it was, or the plan does not say what it was.
    Unchanged,
    /// It has another ETag.
    Changed {
        /// The ETag it has now.
        now: String,
    },
    /// It is gone.
    Gone,
    /// It can't be read.
    Unreadable(Arc<ArmError>),
}

/// The checks of one run.
pub(crate) struct Drift {
    plan: Arc<Plan>,
    remote: Arc<Remote>,
    checks: Vec<OnceCell<Source>>,
    ignored: bool,
}

impl Drift {
    /// Makes the checks of a plan; with `ignored`, every source passes unread.
    pub(crate) fn new(plan: Arc<Plan>, remote: Arc<Remote>, ignored: bool) -> Self {
        Self {
            checks: plan.steps.iter().map(|_| OnceCell::new()).collect(),
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
        let (Some(source), Some(planned)) = (&step.source, &step.source_etag) else {
            return Source::Unchanged;
        };
        if self.ignored {
            return Source::Unchanged;
        }
        match self.remote.source_etag(source).await {
            Ok(None) => Source::Gone,
            Ok(Some(Some(now))) if !same_etag(planned, &now) => Source::Changed { now },
            Ok(Some(_)) => Source::Unchanged,
            Err(error) => Source::Unreadable(Arc::new(error)),
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
