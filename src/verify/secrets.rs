//! Secrets of the copies beside those of their sources: compared in memory, and
//! told only as equal or not.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::plan::{Action, StepId};
use crate::progress::Outcome;
use crate::target::ReadFailed;
use crate::target::account::Account;
use crate::target::remote::Remote;
use crate::target::secret::same_secret;
use crate::target::survey::READS;

/// Steps that carry a secret which no answer shows, among those that stand.
pub(super) fn hidden(account: &Account<'_>, standing: impl Iterator<Item = usize>) -> Vec<usize> {
    let steps = &account.plan().steps;
    let holds = |&position: &usize| {
        let step = &steps[position];
        step.action == Action::Create && (step.secret.is_some() || step.upload.is_some())
    };
    standing.filter(holds).collect()
}

/// Of these, the steps whose copies have another secret than their sources; and
/// how many could not be compared: nobody gives back what was uploaded, and a
/// copy that got new keys has others by design.
pub(super) async fn unequal(
    account: &Account<'_>,
    remote: &Remote,
    hidden: &[usize],
) -> Result<(Vec<StepId>, usize), ReadFailed> {
    let plan = account.plan();
    let new_keys = |at: usize| account.holding(at).is_some_and(|h| h.new_keys);
    let left = |at: usize| {
        let outcome = account.holding(at).and_then(|h| h.outcome);
        outcome == Some(Outcome::LeftAsIs)
    };
    let comparable: Vec<usize> = (hidden.iter().copied())
        .filter(|&at| plan.steps[at].secret.is_some() && !new_keys(at) && !left(at))
        .collect();
    let mut found = stream::iter(comparable.iter().copied())
        .map(|position| async move {
            let equal = same_secret(remote, &plan.steps[position]).await?;
            Ok::<_, ReadFailed>((position, equal))
        })
        .buffer_unordered(READS);
    let mut unequal = Vec::new();
    while let Some((position, equal)) = found.try_next().await? {
        if !equal {
            unequal.push(position);
        }
    }
    unequal.sort_unstable();
    let unequal = unequal.into_iter().map(|at| plan.steps[at].id.clone());
    Ok((unequal.collect(), hidden.len() - comparable.len()))
}
