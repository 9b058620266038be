//! The lines of a journal.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::arm::Strain;
use crate::engine::ownership::Was;
use crate::plan::{Step, StepId};
use crate::progress::Outcome;

/// The format that is written; earlier ones are read. The first one did not say where
/// a step's copy stands: it is read with the help of the plan. The third one has
/// `busy`, who began a run (`by`), what a run met (`strain`), and whether nothing came
/// of what was `refused`.
pub(super) const VERSION: u32 = 3;

/// What stands before the version, in the first line of each.
pub(super) const BEFORE_VERSION: &[u8] = br#"{"version":"#;

/// What is in journals of earlier programs, and nobody reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unread;

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A request that a step takes behind its first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// A revision is written without what it took over from another one.
    Bare,
    /// The revision that is to be current is made of the first one.
    Numbered,
    /// It is made the current one.
    Switch,
    /// What that leaves is taken out.
    TakeOut,
    /// It is taken back, since somebody's API came in between.
    Withdraw,
}

/// What a step still takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Further {
    /// The next request.
    pub(crate) part: Part,
    /// The number that the service gave the first revision, where it has to do with
    /// that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) made: String,
}

impl Further {
    /// A request that has nothing to do with a first revision.
    pub(crate) fn of(part: Part) -> Self {
        let made = String::new();
        Self { part, made }
    }
}

/// Where something stands, or what is set up: what a journal keeps its accounts
/// by. Compares without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot(String);

impl Spot {
    /// The spot of a path in the target service, or of a name.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    /// The spot of a step of which nothing is known but its id.
    fn unknown(step: &StepId) -> Self {
        Self::new(&format!("?{}", step.as_str()))
    }
}

/// What a journal is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    /// The plan's name.
    pub(crate) plan: String,
    /// The full ARM id of the workspace.
    pub(crate) target: String,
    /// Where the plan's steps stand, for lines that don't say it.
    pub(crate) places: HashMap<StepId, String>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) version: u32,
    plan: String,
    pub(super) target: String,
}

impl Header {
    pub(super) fn of(about: &About) -> Self {
        Self {
            version: VERSION,
            plan: about.plan.clone(),
            target: about.target.clone(),
        }
    }
}

/// One event.
///
/// `target` is the path below the target service where the step's copy stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Entry {
    /// A run began.
    RunStarted {
        /// When, RFC 3339.
        at: String,
        /// `setup`, `apply`, `prune` or `rollback`.
        what: String,
        /// Who, by the name that the token has for whoever bears it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A request is about to be sent.
    StepIntended {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Where its copy stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// Its kind, which its place tells as well: it was written once.
        #[serde(default, skip_serializing)]
        kind: Unread,
        /// The digest of what is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
        /// What stands there.
        #[serde(default, skip_serializing_if = "is_nothing")]
        was: Was,
        /// The digest that it is saved by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        saved: Option<String>,
        /// The mark of what is uploaded with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        upload: Option<String>,
        /// As the first format said that something of somebody else's stands
        /// there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        over: bool,
    },
    /// Another request of a step is about to be sent.
    Further {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Where its copy stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// Which.
        further: Further,
    },
    /// A step is done.
    StepDone {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Where its copy stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// What came of it.
        outcome: Outcome,
        /// The ETag the target has now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        /// A digest of what the plan wanted, to notice an edited step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
        /// Whether the service made new keys since it refused the source's.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        new_keys: bool,
    },
    /// A step failed.
    StepFailed {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Where its copy was to stand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// Why, in one line.
        reason: String,
        /// The ETag of what was made all the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        /// Whether nothing was written, since somebody changed what he had there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        overtaken: bool,
        /// Whether nothing was made where nothing stood, for sure.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        refused: bool,
    },
    /// A DELETE is about to be sent.
    DeleteIntended {
        /// The step whose outcome is undone.
        step: StepId,
        /// When.
        at: String,
        /// Where its copy stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// The ETag that it shows; links have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
    },
    /// What a step made is gone.
    Deleted {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Where its copy stood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// What somebody else had is about to be put back.
    PutBackIntended {
        /// The step that wrote over it.
        step: StepId,
        /// When.
        at: String,
        /// Where it stood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// What somebody else had stands there again.
    PutBack {
        /// The step that wrote over it.
        step: StepId,
        /// When.
        at: String,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// The service said that somebody else writes: no more writers than one are
    /// tried in any lane.
    Busy {
        /// When.
        at: String,
    },
    /// A run ended.
    RunEnded {
        /// When.
        at: String,
        /// `done` or `stopped`.
        end: String,
        /// What was tried again, and what waited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strain: Option<Strain>,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
fn is_nothing(was: &Was) -> bool {
    *was == Was::Nothing
}

impl Entry {
    /// That what a step made is gone.
    pub(crate) fn deleted(step: &Step) -> Self {
        Entry::Deleted {
            step: step.id.clone(),
            at: now(),
            target: Some(step.target.to_string()),
        }
    }

    /// When it was written.
    pub(super) fn at(&self) -> &str {
        match self {
            Entry::RunStarted { at, .. }
            | Entry::StepIntended { at, .. }
            | Entry::Further { at, .. }
            | Entry::StepDone { at, .. }
            | Entry::StepFailed { at, .. }
            | Entry::DeleteIntended { at, .. }
            | Entry::Deleted { at, .. }
            | Entry::PutBackIntended { at, .. }
            | Entry::PutBack { at, .. }
            | Entry::Busy { at }
            | Entry::RunEnded { at, .. } => at,
        }
    }

    /// The step an entry is about, and where its copy stands.
    fn subject(&mut self) -> Option<(&StepId, &mut Option<String>)> {
        match self {
            Entry::StepIntended { step, target, .. }
            | Entry::Further { step, target, .. }
            | Entry::StepDone { step, target, .. }
            | Entry::StepFailed { step, target, .. }
            | Entry::DeleteIntended { step, target, .. }
            | Entry::Deleted { step, target, .. }
            | Entry::PutBackIntended { step, target, .. }
            | Entry::PutBack { step, target, .. } => Some((step, target)),
            Entry::RunStarted { .. } | Entry::Busy { .. } | Entry::RunEnded { .. } => None,
        }
    }

    /// Adds what the first format left out, as far as the plan knows it.
    pub(super) fn place(&mut self, about: &About) {
        if let Some((step, target)) = self.subject()
            && target.is_none()
        {
            *target = about.places.get(step).cloned();
        }
        if let Entry::StepIntended { over, was, .. } = self
            && std::mem::take(over)
        {
            *was = Was::Theirs;
        }
    }

    /// The spot an entry is about.
    pub(super) fn spot(&self) -> Option<Spot> {
        match self {
            Entry::StepIntended { step, target, .. }
            | Entry::Further { step, target, .. }
            | Entry::StepDone { step, target, .. }
            | Entry::StepFailed { step, target, .. }
            | Entry::DeleteIntended { step, target, .. }
            | Entry::Deleted { step, target, .. }
            | Entry::PutBackIntended { step, target, .. }
            | Entry::PutBack { step, target, .. } => Some(match target {
                Some(target) => Spot::new(target),
                None => Spot::unknown(step),
            }),
            Entry::RunStarted { .. } | Entry::Busy { .. } | Entry::RunEnded { .. } => None,
        }
    }

    /// The same without what only later runs ask for: a run of thousands of
    /// steps need not hold it.
    pub(crate) fn without_details(&self) -> Self {
        let mut entry = self.clone();
        match &mut entry {
            Entry::StepDone { etag, .. } => *etag = None,
            Entry::StepFailed { reason, etag, .. } => {
                reason.clear();
                *etag = None;
            }
            _ => {}
        }
        entry
    }
}

/// The current time as the journal writes it.
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.format(&Rfc3339).unwrap_or_default()
}
