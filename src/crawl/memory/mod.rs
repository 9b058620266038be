//! What an earlier crawl was told below APIs, gone by for a while.
//!
//! ARM has nothing that tells that all below a thing is as it was. So an API
//! vouches for what stands below it, as far as that can be told: its ETag, which
//! moves with its policy and its releases too; what the list of APIs says of it
//! and of its revisions; and which policies below it the list of all policies
//! names. All three are read each time, and so is everything at the top, who links
//! to what, and what people edit without a trace in those three: operations, their
//! policies and the diagnostics of APIs. What is left may still change unseen, as a
//! schema that nobody imported: so it is gone by for [`TRUSTED`] at most, and
//! `apply` looks at every source before it writes.
//!
//! What holds a secret, what the service refused, and what was seen half made is
//! not remembered.

mod evidence;
mod file;
mod told;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::agenda::Ask;
use super::fetch::Answer;
use crate::address::ResourcePath;
use crate::arm::Reader;
use crate::catalog;

use evidence::{Evidence, digest_of};
use file::Head;
use told::Told;

/// How long what was read is gone by.
pub const TRUSTED: Duration = Duration::from_secs(15 * 60);

/// What was remembered and not read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Remembered {
    /// Requests that this saved.
    pub reads: usize,
    /// How long ago the oldest of it was read.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    #[schemars(with = "u64")]
    pub age: Duration,
}

fn seconds<S: Serializer>(age: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(age.as_secs())
}

/// Answers of an earlier crawl and of this one.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Whose answers they are; nothing is remembered where that is not known.
    head: Option<Head>,
    now: u64,
    /// Of what vouches for itself no more than the lists have.
    earlier: BTreeMap<ResourcePath, Told>,
    /// Of what was read by now.
    known: BTreeMap<ResourcePath, Told>,
    evidence: Evidence,
    saved: usize,
    oldest: Option<u64>,
    notes: Vec<String>,
}

impl Memory {
    /// Makes one that remembers nothing yet, of what a reader reads.
    pub fn of(reader: &Reader, now: SystemTime) -> Self {
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        Self {
            head: Some(Head::of(reader)),
            now: since.map_or(0, |since| since.as_secs()),
            ..Self::default()
        }
    }

    /// Takes in what an earlier one wrote. What is of no use is passed over,
    /// which the notes say.
    pub fn take(&mut self, text: &str) {
        let Some(head) = &mut self.head else { return };
        let found = match file::read(text, head) {
            Ok((found, all)) => {
                *head = found;
                all
            }
            Err(why) => return self.pass_over(why),
        };
        let young = |told: &Told| {
            let age = self.now.checked_sub(told.since);
            age.is_some_and(|age| age < TRUSTED.as_secs())
        };
        for (root, told) in found.into_iter().filter(|(_, told)| young(told)) {
            match self.earlier.get(&root) {
                Some(other) if other.since >= told.since => {}
                _ => drop(self.earlier.insert(root, told)),
            }
        }
    }

    fn pass_over(&mut self, why: &str) {
        let note = format!("what was remembered of earlier reads is passed over: {why}");
        self.notes.push(note);
    }

    /// All of it, to be taken in again.
    pub fn text(&self) -> Option<String> {
        let head = self.head.as_ref()?;
        Some(file::text(head, self.earlier.iter().chain(&self.known)))
    }

    /// What was not read again.
    pub fn remembered(&self) -> Option<Remembered> {
        let age = Duration::from_secs(self.now.saturating_sub(self.oldest?));
        Some(Remembered {
            reads: self.saved,
            age,
        })
    }

    /// What a person may want to know.
    pub(super) fn notes(&self) -> impl Iterator<Item = &String> {
        self.notes.iter()
    }

    /// Holds what is remembered against the version that was read at.
    pub(super) fn read_at(&mut self, version: Option<&str>) {
        let Some(head) = &mut self.head else { return };
        let version = version.unwrap_or_default();
        if head.version == version {
            return;
        }
        version.clone_into(&mut head.version);
        if !self.earlier.is_empty() {
            self.earlier.clear();
            self.pass_over(file::OTHER_VERSION);
        }
    }

    /// Whether an answer will be remembered, as far as lists tell.
    pub(super) fn may_know(&self, ask: &Ask) -> bool {
        let told = place(ask).and_then(|(root, at)| Some((self.earlier.get(&root)?, root, at)));
        told.is_some_and(|(told, root, at)| {
            told.answers.contains_key(&at) && told.listed == self.evidence.of(&root)
        })
    }

    /// The answer, where it was given before and its API vouches for it.
    pub(super) fn recall(&mut self, ask: &Ask) -> Option<Answer> {
        let (root, at) = place(ask)?;
        let told = self.known.get(&root)?;
        let answer = file::answer(told.answers.get(&at)?)?;
        self.saved += 1;
        self.oldest = Some(self.oldest.map_or(told.since, |o| o.min(told.since)));
        Some(answer)
    }

    /// Takes an answer that the service gave.
    pub(super) fn keep(&mut self, ask: &Ask, answer: &Answer) {
        if self.head.is_none() {
            return;
        }
        self.evidence.take(ask, answer);
        if let (Ask::Item(root), Answer::Item(found)) = (ask, answer)
            && vouches(root)
        {
            let alone = found.as_ref().and_then(digest_of);
            let earlier = self.earlier.remove(root);
            let Some(alone) = alone else { return };
            let told = Told {
                since: self.now,
                listed: self.evidence.of(root),
                alone,
                answers: BTreeMap::new(),
            };
            let is = |then: &Told| then.listed == told.listed && then.alone == told.alone;
            let told = earlier.filter(is).unwrap_or(told);
            self.known.insert(root.clone(), told);
            return;
        }
        if let Some((root, at)) = place(ask)
            && let Some(told) = self.known.get_mut(&root)
            && let Some(line) = file::line(&at, ask, answer)
        {
            told.answers.insert(at, line);
        }
    }
}

/// Whether what stands there vouches for what stands below it: an API, as it is
/// known what moves its ETag.
fn vouches(path: &ResourcePath) -> bool {
    path.parent().is_none() && catalog::kind_of(path).is_some_and(|kind| kind.revisions)
}

/// Below which API something is asked for that it vouches for, and at which
/// address.
fn place(ask: &Ask) -> Option<(ResourcePath, String)> {
    let (root, at) = match ask {
        Ask::Item(path) | Ask::Sample(path) => {
            path.parent()?;
            if catalog::kind_of(path)?.edited_untold {
                return None;
            }
            (path.root(), path.to_string())
        }
        Ask::List(kind, Some(below)) if !kind.is_link() && !kind.edited_untold => {
            (below.root(), format!("{below}/{}", kind.collection()))
        }
        Ask::Revisions(api) => (api.clone(), format!("{api}/revisions")),
        _ => return None,
    };
    vouches(&root).then_some((root, at))
}

#[cfg(test)]
mod tests;
