//! How many writers a lane has: one to begin with, and more where the service
//! has been seen to take them. Pure: what was seen is handed in.
//!
//! An API and its revisions are written one at a time, and nothing beside them.
//! Whether the service takes several writes below one API at once is not known
//! [service contract, 2.5]: so one API at a time is tried, with two writers and
//! then with four, and the others follow once it has taken some that way. Where
//! the service once says that it is busy, it is one writer for good.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::address::{ResourcePath, ServiceId, TargetPath, split_revision};
use crate::catalog::{self, Kind};
use crate::plan::Content;

/// The most writers below one API.
pub(crate) const MOST: usize = 4;

/// Writes beside others that have to be taken, for each writer, before that many
/// count as known to be.
const ROUNDS: usize = 2;

/// One writer at a time for all that share a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LaneKey(pub(super) String);

impl LaneKey {
    /// Returns the lane of a resource, if its kind has one; `content` is what is
    /// written, where something is.
    pub(crate) fn of(kind: &Kind, target: &TargetPath, content: Option<&Content>) -> Option<Self> {
        match kind.lane {
            catalog::Lane::Free => None,
            catalog::Lane::OneOfKind => Some(Self(kind.name.to_owned())),
            catalog::Lane::PerApi => {
                let root = target.below().root();
                let (api, _) = split_revision(root.name());
                Some(Self(format!("apis/{}", api.to_ascii_lowercase())))
            }
            catalog::Lane::PerNamed { property, kind } => {
                let id = content?.properties.get(property)?.as_str()?;
                let named: TargetPath = ServiceId::split(id)?.1.parse().ok()?;
                let is_it = catalog::kind_of(named.below()) == Some(kind);
                is_it.then(|| Self(named.below().as_str().to_ascii_lowercase()))
            }
        }
    }
}

/// Whether something may be written beside others of its lane: it stands below an
/// API, and what is written has no part in the API itself.
pub(crate) fn shares(kind: &Kind, target: &TargetPath) -> bool {
    let parent = target.below().parent();
    let below = |parent: ResourcePath| parent.parent().is_some() || !kind.moves_parent;
    kind.lane == catalog::Lane::PerApi && parent.is_some_and(below)
}

/// A step by its urgency, the most urgent first; ties by their place in the plan.
pub(super) type Place = (Reverse<usize>, usize);

/// Steps in that order.
pub(super) type Queue = BTreeSet<Place>;

/// Who is in a lane, and who waits for it.
#[derive(Debug, Default)]
struct Lane {
    /// Units that are in it; one is in it alone.
    running: Vec<usize>,
    alone: bool,
    waiting: Queue,
    /// Whether one that has to be alone is among those.
    alone_waits: bool,
    /// Those of the running that have been beside as many as are tried.
    beside: Vec<usize>,
}

/// The lanes with somebody in them.
#[derive(Debug)]
pub(super) struct Lanes {
    taken: HashMap<LaneKey, Lane>,
    /// Writers that the service takes, as far as is known.
    known: usize,
    /// Where more are tried.
    trial: Option<LaneKey>,
    /// Writes that were taken so.
    went_well: usize,
    /// Whether no more are tried.
    fixed: bool,
}

impl Lanes {
    /// Lanes of one writer, which learn or don't.
    pub(super) fn new(learns: bool) -> Self {
        Self {
            taken: HashMap::new(),
            known: 1,
            trial: None,
            went_well: 0,
            fixed: !learns,
        }
    }

    /// Whether any lane may have several writers.
    pub(super) fn side_by_side(&self) -> bool {
        self.known > 1 || self.trial.is_some()
    }

    /// The service has said that it is busy: one writer from now on.
    pub(super) fn narrow(&mut self) {
        self.fixed = true;
        self.known = 1;
        self.trial = None;
    }

    /// Lets a unit into its lane, or has it wait there.
    pub(super) fn enter(&mut self, key: &LaneKey, alone: bool, place: Place) -> bool {
        let most = match alone {
            true => 1,
            false => self.width(key),
        };
        let lane = self.taken.entry(key.clone()).or_default();
        let room = lane.running.len() < most && !lane.alone && !lane.alone_waits;
        if !room {
            lane.alone_waits |= alone;
            lane.waiting.insert(place);
            return false;
        }
        let (_, unit) = place;
        lane.running.push(unit);
        lane.alone = alone;
        let tried = !alone && self.trial.as_ref() == Some(key);
        if tried && lane.running.len() == most {
            lane.beside.clone_from(&lane.running);
        }
        true
    }

    /// Who is in a lane.
    pub(super) fn running(&self, key: &LaneKey) -> &[usize] {
        self.taken.get(key).map_or(&[], |lane| &lane.running)
    }

    /// How many may be in a lane; the first one in which a further one would wait
    /// is where more are tried.
    fn width(&mut self, key: &LaneKey) -> usize {
        if self.fixed || self.known >= MOST {
            return self.known;
        }
        let full = |lane: &Lane| lane.running.len() >= self.known && !lane.alone;
        if self.trial.is_none() && self.taken.get(key).is_some_and(full) {
            self.trial = Some(key.clone());
        }
        match self.trial.as_ref() == Some(key) {
            true => self.known * 2,
            false => self.known,
        }
    }

    /// Lets a unit out of its lane, and returns who waited there: all of them
    /// compete again, since which one is most urgent may have changed.
    pub(super) fn leave(&mut self, key: &LaneKey, unit: usize, done: bool) -> Queue {
        let Some(lane) = self.taken.get_mut(key) else {
            return Queue::new();
        };
        lane.running.retain(|&at| at != unit);
        lane.alone = false;
        lane.alone_waits = false;
        let waiting = std::mem::take(&mut lane.waiting);
        let was_beside = lane.beside.contains(&unit);
        lane.beside.retain(|&at| at != unit);
        if lane.running.is_empty() {
            self.taken.remove(key);
        }
        if self.trial.as_ref() == Some(key) {
            self.went_well += usize::from(was_beside && done);
            if self.went_well >= ROUNDS * self.known * 2 {
                self.known = (self.known * 2).min(MOST);
                self.went_well = 0;
                self.trial = None;
            } else if !self.taken.contains_key(key) {
                // Another API may go on with it; who waits here begins anew.
                self.trial = None;
            }
        }
        waiting
    }
}
