//! Which steps can start now: counters and a ready set, without any I/O.
//!
//! A step is ready when all it waits for are done and there is room in its lane. Of the ready ones, the one with the most work behind it goes first,
//! so that the longest chain is never kept waiting by short ones.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::lanes::{LaneKey, Lanes, Queue};

/// A step as the frontier sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// Indices of the steps that must be done before.
    pub(crate) after: Vec<usize>,
    /// Indices of the steps that go first, whatever comes of them.
    pub(crate) behind: Vec<usize>,
    /// Its lane.
    pub(crate) lane: Option<LaneKey>,
    /// Whether others may be in its lane with it, where the service takes that.
    pub(crate) shares: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Ready,
    Running,
    Done,
    Failed,
    /// Can't start, since the step of this index failed.
    Blocked(usize),
}

/// The ready set.
#[derive(Debug)]
pub(crate) struct Frontier {
    nodes: Vec<Node>,
    dependents: Vec<Vec<usize>>,
    followers: Vec<Vec<usize>>,
    open: Vec<usize>,
    urgency: Vec<usize>,
    state: Vec<Phase>,
    ready: Queue,
    lanes: Lanes,
    /// Whether each had others beside it in its lane when it ran last.
    company: Vec<bool>,
}

impl Frontier {
    /// Makes a frontier of which the steps for which `done` holds are done.
    pub(crate) fn new(nodes: Vec<Node>, done: impl Fn(usize) -> bool) -> Self {
        let count = nodes.len();
        let mut dependents = vec![Vec::new(); count];
        let mut followers = vec![Vec::new(); count];
        let mut open = vec![0_usize; count];
        let state: Vec<Phase> = (0..count)
            .map(|i| if done(i) { Phase::Done } else { Phase::Waiting })
            .collect();
        for (index, node) in nodes.iter().enumerate() {
            for &before in node.after.iter().filter(|&&b| b < count) {
                dependents[before].push(index);
                if state[before] != Phase::Done {
                    open[index] += 1;
                }
            }
            for &first in node.behind.iter().filter(|&&b| b < count) {
                followers[first].push(index);
                if state[first] != Phase::Done {
                    open[index] += 1;
                }
            }
        }
        let urgency = urgencies(&nodes, &dependents);
        let mut frontier = Self {
            nodes,
            dependents,
            followers,
            open,
            urgency,
            state,
            ready: Queue::new(),
            lanes: Lanes::new(false),
            company: vec![false; count],
        };
        for index in 0..count {
            if frontier.state[index] == Phase::Waiting && frontier.open[index] == 0 {
                frontier.make_ready(index);
            }
        }
        frontier
    }

    /// Lets lanes have more writers where the service is seen to take them.
    pub(crate) fn learning(mut self) -> Self {
        self.lanes = Lanes::new(true);
        self
    }

    /// The service has said that it is busy: every lane has one writer from now on.
    pub(crate) fn narrow(&mut self) {
        self.lanes.narrow();
    }

    /// Whether several writers may be at work in one lane.
    pub(crate) fn side_by_side(&self) -> bool {
        self.lanes.side_by_side()
    }

    /// Whether others were at work beside a step, in its lane, when it ran last.
    pub(crate) fn had_company(&self, index: usize) -> bool {
        self.company[index]
    }

    fn make_ready(&mut self, index: usize) {
        self.state[index] = Phase::Ready;
        self.ready.insert((Reverse(self.urgency[index]), index));
    }

    /// Takes the next step that can start, and counts it as running.
    pub(crate) fn pop(&mut self) -> Option<usize> {
        while let Some(entry) = self.ready.pop_first() {
            let index = entry.1;
            // One that was kept back after all.
            if self.state[index] != Phase::Ready {
                continue;
            }
            let node = &self.nodes[index];
            if let Some(lane) = &node.lane
                && !self.lanes.enter(lane, !node.shares, entry)
            {
                continue;
            }
            self.keep_company(index);
            self.state[index] = Phase::Running;
            return Some(index);
        }
        None
    }

    fn keep_company(&mut self, index: usize) {
        let lane = self.nodes[index].lane.as_ref();
        let running = lane.map_or(&[][..], |lane| self.lanes.running(lane));
        self.company[index] = running.len() > 1;
        for &other in running.iter().filter(|&&other| other != index) {
            self.company[other] = true;
        }
    }

    /// Records how a running step ended. Returns the steps that can't be done
    /// any more when it failed, in the order of the plan.
    pub(crate) fn settle(&mut self, index: usize, done: bool) -> Vec<usize> {
        if self.state[index] != Phase::Running {
            return Vec::new();
        }
        self.leave_lane(index, done);
        if done {
            self.state[index] = Phase::Done;
            for at in 0..self.dependents[index].len() {
                self.release(self.dependents[index][at]);
            }
            self.let_follow(index);
            return Vec::new();
        }
        self.state[index] = Phase::Failed;
        let blocked = self.block(index, self.dependents[index].clone());
        self.let_follow(index);
        blocked
    }

    /// Lets none of these be begun, nor what needs them: they would fail as a
    /// failed step did. Returns those that are kept back, in the order of the plan.
    pub(crate) fn keep_back(&mut self, failed: usize, units: Vec<usize>) -> Vec<usize> {
        self.block(failed, units)
    }

    fn block(&mut self, failed: usize, mut stack: Vec<usize>) -> Vec<usize> {
        let mut blocked = BTreeSet::new();
        while let Some(at) = stack.pop() {
            if self.is_open(at) {
                self.state[at] = Phase::Blocked(failed);
                blocked.insert(at);
                stack.extend(&self.dependents[at]);
            }
        }
        for &never in &blocked {
            self.let_follow(never);
        }
        blocked.into_iter().collect()
    }

    fn leave_lane(&mut self, index: usize, done: bool) {
        if let Some(lane) = &self.nodes[index].lane {
            let mut waiting = self.lanes.leave(lane, index, done);
            self.ready.append(&mut waiting);
        }
    }

    /// Lets a running step start once more: it takes another request.
    pub(crate) fn again(&mut self, index: usize) {
        if self.state[index] == Phase::Running {
            self.leave_lane(index, false);
            self.make_ready(index);
        }
    }

    /// Takes a running step back as not done: it is not to blame.
    pub(crate) fn put_back(&mut self, index: usize) {
        if self.state[index] == Phase::Running {
            self.state[index] = Phase::Waiting;
        }
    }

    /// Lets those start that only had to go after this one.
    fn let_follow(&mut self, index: usize) {
        for at in 0..self.followers[index].len() {
            self.release(self.followers[index][at]);
        }
    }

    /// Counts one wait of a step as over.
    fn release(&mut self, index: usize) {
        self.open[index] -= 1;
        if self.open[index] == 0 && self.state[index] == Phase::Waiting {
            self.make_ready(index);
        }
    }

    /// The failed step that keeps this one from being done.
    pub(crate) fn blocked_by(&self, index: usize) -> Option<usize> {
        match self.state[index] {
            Phase::Blocked(by) => Some(by),
            _ => None,
        }
    }

    /// Whether a step was neither done nor tried, and nothing is known to
    /// keep it from being done.
    pub(crate) fn is_open(&self, index: usize) -> bool {
        matches!(self.state[index], Phase::Waiting | Phase::Ready)
    }
}

/// How many answers must follow each other at least, where each unit takes so many:
/// in the longest chain of units, or in the fullest lane, where so many that may
/// share one are in it at most.
pub(crate) fn in_a_row(nodes: &[Node], most: usize, takes: &impl Fn(usize) -> usize) -> usize {
    let mut chain = vec![0_usize; nodes.len()];
    let mut lanes: HashMap<&LaneKey, (usize, usize)> = HashMap::new();
    let mut open: Vec<usize> = nodes.iter().map(|n| n.after.len()).collect();
    let mut dependents = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for &before in &node.after {
            match dependents.get_mut(before) {
                Some(dependents) => dependents.push(index),
                None => open[index] -= 1,
            }
        }
        if let Some(lane) = &node.lane {
            let (alone, shared) = lanes.entry(lane).or_default();
            *(if node.shares { shared } else { alone }) += takes(index);
        }
    }
    let mut stack: Vec<usize> = (0..nodes.len()).filter(|&i| open[i] == 0).collect();
    while let Some(index) = stack.pop() {
        chain[index] += takes(index);
        for &dependent in &dependents[index] {
            chain[dependent] = chain[dependent].max(chain[index]);
            open[dependent] -= 1;
            if open[dependent] == 0 {
                stack.push(dependent);
            }
        }
    }
    let rows = lanes.into_values();
    let rows = rows.map(|(alone, shared)| alone + shared.div_ceil(most));
    let fullest = rows.max().unwrap_or_default();
    chain.into_iter().max().unwrap_or_default().max(fullest)
}

/// How much follows each step: the longest chain behind it, or the length of
/// its lane's queue when that is longer.
fn urgencies(nodes: &[Node], dependents: &[Vec<usize>]) -> Vec<usize> {
    let mut in_lane: HashMap<&LaneKey, usize> = HashMap::new();
    for lane in nodes.iter().filter_map(|n| n.lane.as_ref()) {
        *in_lane.entry(lane).or_default() += 1;
    }
    let mut urgency = vec![1_usize; nodes.len()];
    let mut left: Vec<usize> = dependents.iter().map(Vec::len).collect();
    let mut stack: Vec<usize> = (0..nodes.len()).filter(|&i| left[i] == 0).collect();
    while let Some(index) = stack.pop() {
        for &before in nodes[index].after.iter().filter(|&&b| b < nodes.len()) {
            urgency[before] = urgency[before].max(urgency[index] + 1);
            left[before] -= 1;
            if left[before] == 0 {
                stack.push(before);
            }
        }
    }
    for (index, node) in nodes.iter().enumerate() {
        if let Some(lane) = &node.lane {
            // Within one lane the chain behind a step still decides.
            urgency[index] += in_lane[lane];
        }
    }
    urgency
}

#[cfg(test)]
#[path = "frontier_tests.rs"]
mod tests;
