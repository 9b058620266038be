//! How far a plan is by its journal's word: asked in one place by all that want
//! to know.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::left::left;
use super::remote::{Standing, same_etag};
use super::survey::place;
use super::{about, spot, spot_of_item};
use crate::engine::journal::{Holding, Journal, JournalError, Ledger, Sent, SentStore, Spot};
use crate::engine::ownership::{Found, Hold};
use crate::plan::compare::{Difference, differences};
use crate::plan::setup::Item;
use crate::plan::{Plan, Step};

/// A plan beside what its journal says.
pub(crate) struct Account<'p> {
    plan: &'p Plan,
    spots: Vec<Spot>,
    digests: Vec<String>,
    ledger: Ledger,
    /// What was sent.
    sent: SentStore,
}

impl<'p> Account<'p> {
    /// Reads what the journal in a plan's folder says, without changing it.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn read(plan: &'p Plan, dir: &Path) -> Result<Self, JournalError> {
        let ledger = Journal::peek(&about(plan), dir)?;
        Ok(Self::new(plan, ledger, SentStore::read(dir)?))
    }

    /// Sets a plan beside its journal.
    pub(crate) fn new(plan: &'p Plan, mut ledger: Ledger, sent: SentStore) -> Self {
        ledger.make_room(plan.steps.len());
        Self {
            plan,
            spots: plan.steps.iter().map(spot).collect(),
            digests: plan.steps.iter().map(digest).collect(),
            ledger,
            sent,
        }
    }

    /// The plan.
    pub(crate) fn plan(&self) -> &'p Plan {
        self.plan
    }

    /// What the journal says as a whole.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The same, to add to it.
    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// What is known of a step's target.
    pub(crate) fn holding(&self, position: usize) -> Option<&Holding> {
        self.ledger.at(&self.spots[position])
    }

    /// Whose a step's target is.
    pub(crate) fn hold(&self, position: usize) -> Hold {
        self.ledger.hold(&self.spots[position])
    }

    /// Whether a step is done, and the plan wants what it wanted then.
    pub(crate) fn is_done(&self, position: usize) -> bool {
        let digest = &self.digests[position];
        self.holding(position).is_some_and(|h| h.is_done_as(digest))
    }

    /// What stands at a step's target, beside what the plan wants there and what
    /// was sent last.
    pub(crate) fn found(&self, position: usize, standing: Option<&Standing>) -> Found {
        let Some(standing) = standing else {
            return Found::Absent;
        };
        let step = &self.plan.steps[position];
        let planned = step.content.as_ref().is_some_and(|content| {
            let found = &standing.properties;
            differences(step.kind, content, found, place(self.plan)).is_empty()
        });
        match () {
            () if planned => Found::AsPlanned,
            () if self.is_as_left(position, standing) => Found::AsLeft,
            () => Found::Other,
        }
    }

    /// Whether something is as this plan left it: by its ETag or, since writing
    /// below a resource can move its ETag, by what was sent last.
    pub(crate) fn is_as_left(&self, position: usize, standing: &Standing) -> bool {
        let Some(holding) = self.holding(position) else {
            return false;
        };
        if let (Some(left), Some(now)) = (&holding.etag, &standing.etag)
            && !holding.is_begun()
            && same_etag(left, now)
        {
            return true;
        }
        (self.changed(position, standing)).is_some_and(|changed| changed.is_empty())
    }

    /// In what something differs from what this plan sent last, where that is
    /// known.
    pub(crate) fn changed(&self, position: usize, standing: &Standing) -> Option<Vec<Difference>> {
        let last = self.holding(position)?.sent.as_deref()?;
        let last = self.sent.get(last)?.content();
        let kind = self.plan.steps[position].kind;
        let found = &standing.properties;
        Some(differences(kind, &last, found, place(self.plan)))
    }

    /// What this plan made and has no step for any more, as steps.
    pub(crate) fn left(&self) -> Vec<Step> {
        left(self.plan, &self.ledger, &self.sent)
    }

    /// Keeps what is about to be sent for these steps.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn keep(&mut self, positions: &[usize]) -> Result<(), JournalError> {
        let sent = positions.iter().map(|&i| self.sent(i)).collect();
        self.sent.keep(sent)
    }

    /// The digest of what a step wants.
    pub(crate) fn digest(&self, position: usize) -> &str {
        &self.digests[position]
    }

    /// What is set up, and not done yet.
    pub(crate) fn open_items(&self) -> Vec<Item<'p>> {
        let is_done = |item: &Item<'_>| {
            let holding = self.ledger.at(&spot_of_item(item));
            holding.is_some_and(|h| h.is_done_as(&item.digest()))
        };
        let items = self.plan.setup.items();
        items.filter(|item| !is_done(item)).collect()
    }

    /// A step as it is sent.
    fn sent(&self, position: usize) -> Sent {
        let step = &self.plan.steps[position];
        let content = step.content.clone().unwrap_or_default();
        Sent {
            digest: self.digests[position].clone(),
            step: step.id.clone(),
            kind: step.kind.name.to_owned(),
            target: step.target.to_string(),
            after: step.after.clone(),
            properties: content.properties,
            document: content.document,
        }
    }
}

/// A digest of what a step wants, to notice an edited one. What it is made of
/// stands in the plan anyway; no secret is among it.
fn digest(step: &Step) -> String {
    let body = step.content.as_ref().map(|c| c.body().to_string());
    let text = format!("{}\n{}", step.target, body.unwrap_or_default());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
