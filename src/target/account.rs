//! How far a plan is by its journal's word: asked in one place by all that want
//! to know.

use std::collections::HashSet;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::left::left;
use super::remote::Standing;
use super::revision::{around, lacks_number, took_over};
use super::survey::place;
use super::{about, spot, spot_of_item};
use crate::address::{ResourcePath, TargetPath};
use crate::arm::same_etag;
use crate::engine::journal::{Bodies, Holding, Journal, JournalError, Ledger, Spot, StoredBody};
use crate::engine::ownership::{Found, Hold, Was};
use crate::plan::compare::{Difference, differences};
use crate::plan::setup::Item;
use crate::plan::{Content, Plan, Step};

/// A plan beside what its journal says.
pub(crate) struct Account<'p> {
    plan: &'p Plan,
    spots: Vec<Spot>,
    digests: Vec<String>,
    ledger: Ledger,
    bodies: Bodies,
    /// Steps whose upload is not what it was.
    renewed: HashSet<usize>,
}

impl<'p> Account<'p> {
    /// Reads what the journal in a plan's folder says, without changing it.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn read(plan: &'p Plan, dir: &Path) -> Result<Self, JournalError> {
        let ledger = Journal::peek(&about(plan), dir)?;
        Ok(Self::new(plan, ledger, Bodies::read(dir)?))
    }

    /// Sets a plan beside its journal.
    pub(crate) fn new(plan: &'p Plan, mut ledger: Ledger, bodies: Bodies) -> Self {
        ledger.make_room(plan.steps.len());
        Self {
            plan,
            spots: plan.steps.iter().map(spot).collect(),
            digests: plan.steps.iter().map(digest).collect(),
            ledger,
            bodies,
            renewed: HashSet::new(),
        }
    }

    /// Opens steps whose upload is not what it was.
    pub(crate) fn renew(&mut self, positions: impl IntoIterator<Item = usize>) {
        self.renewed.extend(positions);
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

    /// The same, beside the ETag of what stands there: what somebody made again
    /// where this plan's own was about to be deleted is none of its.
    pub(crate) fn hold_of(&self, position: usize, etag: Option<&str>) -> Hold {
        match self.is_made_again(position, etag) {
            true => Hold::Nothing,
            false => self.hold(position),
        }
    }

    /// Whether nothing tells that the secret which stands there is this plan's: it
    /// was sent where nothing stood, and no outcome is on record.
    pub(crate) fn is_secret_in_doubt(&self, position: usize) -> bool {
        self.hold(position) == Hold::Unsure(Was::Nothing)
    }

    /// Whether a step is done, and the plan wants what it wanted then.
    pub(crate) fn is_done(&self, position: usize) -> bool {
        let digest = &self.digests[position];
        let done = self.holding(position).is_some_and(|h| h.is_done_as(digest));
        done && !self.renewed.contains(&position)
    }

    /// What stands at a step's target, beside what the plan wants there, what was
    /// sent last, and what somebody else had there before.
    pub(crate) fn found(&self, position: usize, standing: Option<&Standing>) -> Found {
        let Some(standing) = standing else {
            return Found::Absent;
        };
        if self.is_made_again(position, standing.etag.as_deref()) {
            return Found::Other;
        }
        let (step, hold) = (&self.plan.steps[position], self.hold(position));
        let found = step.content.as_ref().map(|content| {
            let found = &standing.properties;
            differences(step.kind, content, found, place(self.plan))
        });
        let half = |found: &Vec<Difference>| {
            let further = self.holding(position).is_some_and(|h| h.further.is_some());
            let unsure = matches!(hold, Hold::Unsure(_));
            took_over(self.plan, step, hold, found, standing)
                || (further || unsure) && lacks_number(step, hold, found)
        };
        match () {
            () if self.is_uploaded_anew(position, standing) => Found::Other,
            () if found.as_ref().is_some_and(Vec::is_empty) => Found::AsPlanned,
            () if found.as_ref().is_some_and(half) => Found::AsLeft,
            () if self.is_as_left(position, standing) => Found::AsLeft,
            () if self.is_as_before(position, standing) => Found::AsBefore,
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

    /// Whether somebody has uploaded something else where this plan's upload stood:
    /// only the ETag tells.
    fn is_uploaded_anew(&self, position: usize, standing: &Standing) -> bool {
        // What left the plan has no step that says so.
        let uploads =
            |h: &&Holding| self.plan.steps[position].upload.is_some() || h.upload.is_some();
        let holding = self
            .holding(position)
            .filter(|h| uploads(h) && !h.is_begun());
        let left = holding.and_then(|holding| holding.etag.as_deref());
        let etags = left.zip(standing.etag.as_deref());
        etags.is_some_and(|(left, now)| !same_etag(left, now))
    }

    /// What something is that shows all that the plan wants of it. What was uploaded
    /// is not shown: where another is to be sent, or it may not have come, the
    /// ETag tells whether it is as it was before.
    pub(crate) fn found_same(&self, position: usize, etag: Option<&str>) -> Found {
        let holding = self.holding(position);
        let sent_again = holding.is_some_and(|h| h.hold == Hold::Unsure(Was::Ours));
        let renewed = self.renewed.contains(&position);
        if self.plan.steps[position].upload.is_none() || !(renewed || sent_again) {
            return Found::AsPlanned;
        }
        let left = holding.and_then(|h| h.etag.as_deref());
        let as_left = left
            .zip(etag)
            .is_some_and(|(left, now)| same_etag(left, now));
        match (as_left, renewed) {
            (true, _) => Found::AsLeft,
            (false, true) => Found::Other,
            (false, false) => Found::AsPlanned,
        }
    }

    /// Whether what stands there is another thing than the one that a rollback was
    /// about to delete before it was cut off, however much it looks like that.
    pub(crate) fn is_made_again(&self, position: usize, etag: Option<&str>) -> bool {
        let holding = self.holding(position);
        let intended = holding.filter(|h| h.hold == Hold::Deleting);
        match (intended.and_then(|h| h.deleting.as_deref()), etag) {
            (Some(then), Some(now)) => !same_etag(then, now),
            _ => false,
        }
    }

    fn is_as_before(&self, position: usize, standing: &Standing) -> bool {
        let kind = self.plan.steps[position].kind;
        self.before(position).is_some_and(|before| {
            differences(kind, &before, &standing.properties, place(self.plan)).is_empty()
        })
    }

    /// What somebody else had at a step's target before this plan wrote over it,
    /// as far as it is on record.
    pub(crate) fn before(&self, position: usize) -> Option<Content> {
        let digest = self.holding(position)?.saved.as_deref()?;
        let body = self.bodies.replaced.get(digest)?;
        let is_there = Spot::new(&body.target) == self.spots[position];
        is_there.then(|| body.content())
    }

    /// Whether the source's secrets were sent to a step's target, by what is known of
    /// what was sent last there.
    pub(crate) fn brought_secrets(&self, position: usize) -> bool {
        let last = self.holding(position).and_then(|h| h.sent.as_deref());
        let last = last.and_then(|digest| self.bodies.sent.get(digest));
        self.plan.steps[position].secret.is_some() || last.is_some_and(|last| last.secret)
    }

    /// What stands around a step's target while it is half made.
    pub(crate) fn half_made(&self, position: usize) -> Vec<ResourcePath> {
        let holding = self.holding(position).filter(|h| h.hold.is_ours());
        let further = holding.and_then(|h| h.further.as_ref());
        further.map_or(Vec::new(), |f| around(&self.plan.steps[position], &f.made))
    }

    /// In what something differs from what this plan sent last, where that is
    /// known.
    pub(crate) fn changed(&self, position: usize, standing: &Standing) -> Option<Vec<Difference>> {
        let last = self.holding(position)?.sent.as_deref()?;
        let last = self.bodies.sent.get(last)?.content();
        let kind = self.plan.steps[position].kind;
        let found = &standing.properties;
        Some(differences(kind, &last, found, place(self.plan)))
    }

    /// What this plan made and has no step for any more, as steps.
    pub(crate) fn left(&self) -> Vec<Step> {
        let mut left = left(self.plan, &self.ledger, &self.bodies.sent);
        left.retain(|step| self.ledger.hold(&spot(step)).is_ours());
        left
    }

    /// Where this plan wrote over what somebody else had, in order.
    pub(crate) fn replaced(&self) -> Vec<TargetPath> {
        let all = self.ledger.all();
        let replaced = all.filter(|(_, holding)| holding.hold.is_replaced());
        let targets = replaced.filter_map(|(_, holding)| holding.target.as_ref()?.parse().ok());
        let mut targets: Vec<TargetPath> = targets.collect();
        targets.sort_by_key(ToString::to_string);
        targets
    }

    /// Keeps what is about to be sent for these steps.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn keep(&mut self, positions: &[usize]) -> Result<(), JournalError> {
        let sent = positions.iter().map(|&i| self.sent(i)).collect();
        self.bodies.sent.keep(sent)
    }

    /// Saves what somebody else has at the targets of these steps, and returns the
    /// digests that it is saved by: what may be written, and no secret.
    ///
    /// # Errors
    /// When it can't be written, or is too large; then nothing is.
    pub(crate) fn save(
        &mut self,
        found: &[(usize, Standing)],
    ) -> Result<Vec<String>, JournalError> {
        let saved = found.iter().map(|(at, standing)| self.saved(*at, standing));
        let saved: Vec<StoredBody> = saved.collect();
        let digests = saved.iter().map(|body| body.digest.clone()).collect();
        self.bodies.replaced.keep(saved)?;
        Ok(digests)
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
    fn sent(&self, position: usize) -> StoredBody {
        let step = &self.plan.steps[position];
        let content = step.content.clone().unwrap_or_default();
        StoredBody {
            after: step.after.clone(),
            secret: step.secret.is_some(),
            ..stored(step, self.digests[position].clone(), content)
        }
    }

    /// What stands at a step's target, as it could be written again.
    fn saved(&self, position: usize, standing: &Standing) -> StoredBody {
        let step = &self.plan.steps[position];
        let content = standing.content(step.kind);
        let hidden = step.kind.secrets_in(&content.properties);
        let name = step.target.below().name();
        let version = self.plan.api_version;
        let mut properties = step.kind.body(name, &content.properties, version);
        properties.retain(|member, _| !hidden.contains(&member.as_str()));
        let content = Content {
            properties,
            ..content
        };
        let digest = digest_of(&step.target, Some(&content));
        stored(step, digest, content)
    }
}

fn stored(step: &Step, digest: String, content: Content) -> StoredBody {
    StoredBody {
        digest,
        step: step.id.clone(),
        kind: step.kind.name.to_owned(),
        target: step.target.to_string(),
        after: Vec::new(),
        secret: false,
        properties: content.properties,
        document: content.document,
    }
}

/// A digest of what a step wants, to notice an edited one. What it is made of
/// stands in the plan anyway; no secret is among it.
fn digest(step: &Step) -> String {
    digest_of(&step.target, step.content.as_ref())
}

fn digest_of(target: &TargetPath, content: Option<&Content>) -> String {
    let body = content.map(|c| c.body().to_string());
    let text = format!("{target}\n{}", body.unwrap_or_default());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
