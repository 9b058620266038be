//! Whose it is that comes where a step is about to make something.

use super::Run;
use crate::address::ResourcePath;
use crate::apply::revisions::Newcomer;
use crate::apply::send::Look;
use crate::engine::ownership::Hold;
use crate::target::automatic::comes_with;
use crate::target::revision::{self, is_copy};

impl Run<'_> {
    /// Whose it is that stands where a step is about to write, if nothing stood there
    /// at the look: what an earlier run sent without an answer may come late, and the
    /// service puts something with what is made, and below what is made as a copy.
    pub(super) fn newcomer(&self, position: usize) -> Newcomer {
        if matches!(self.account.hold(position), Hold::Unsure(_)) {
            return Newcomer::Unsure;
        }
        let step = &self.plan.steps[position];
        let path = step.target.below();
        let mut first = self.order.nodes()[position].after.iter();
        let by_service = first.any(|&at| {
            let owner = &self.plan.steps[at];
            let is_sent = self.is_sent(at);
            // Of a copy that an earlier run made, the look has seen what came with it.
            let seen = !self.decisions[position].differences.is_empty();
            let copied = path.is_within(owner.target.below())
                && owner.content.as_ref().is_some_and(is_copy)
                && (is_sent || seen && self.account.hold(at).is_ours());
            let passed = || self.passed(at).is_some_and(|passed| passed == *path);
            copied || is_sent && (comes_with(step, owner) || passed())
        });
        match by_service {
            true => Newcomer::Service,
            false => Newcomer::Theirs,
        }
    }

    /// Whether what a step is about to write is looked at again before: not where the
    /// service fills it, nor below what this run has made itself, but in any case what
    /// takes more than one request.
    pub(super) fn look_before(&self, position: usize, newcomer: Newcomer) -> Look {
        let step = &self.plan.steps[position];
        let path = step.target.below();
        let several =
            revision::wanted(step).is_some() || step.content.as_ref().is_some_and(is_copy);
        let mut first = self.order.nodes()[position].after.iter();
        let below_own =
            |&at: &usize| self.is_sent(at) && path.is_within(self.plan.steps[at].target.below());
        match newcomer {
            Newcomer::Service => Look::Never,
            _ if several => Look::Always,
            _ if first.any(below_own) => Look::Never,
            _ => Look::WhenStale,
        }
    }

    /// The revision that the service made first where an API was to have another
    /// number: it stays where the plan wants it.
    fn passed(&self, position: usize) -> Option<ResourcePath> {
        let further = self.decisions[position].further.as_ref()?;
        let api = self.plan.steps[position].target.below();
        let path = api.renamed(&format!("{};rev={}", api.name(), further.made));
        path.ok()
    }
}
