//! Which steps can start now: counters and a ready set, without any I/O.
//!
//! A step is ready when all it waits for are done and nobody is at work in its
//! lane. Of the ready ones, the one with the most work behind it goes first,
//! so that the longest chain is never kept waiting by short ones.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::address::{ServiceId, TargetPath, split_revision};
use crate::catalog::{self, Kind, Lane};
use crate::plan::Content;

/// One writer at a time for all that share a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LaneKey(String);

impl LaneKey {
    /// Returns the lane of a resource, if its kind has one; `content` is what is
    /// written, where something is.
    pub(crate) fn of(kind: &Kind, target: &TargetPath, content: Option<&Content>) -> Option<Self> {
        match kind.lane {
            Lane::Free => None,
            Lane::OneOfKind => Some(Self(kind.name.to_owned())),
            Lane::PerApi => {
                let root = target.below().root();
                let (api, _) = split_revision(root.name());
                Some(Self(format!("apis/{}", api.to_ascii_lowercase())))
            }
            Lane::PerNamed { property, kind } => {
                let id = content?.properties.get(property)?.as_str()?;
                let named: TargetPath = ServiceId::split(id)?.1.parse().ok()?;
                let is_it = catalog::kind_of(named.below()) == Some(kind);
                is_it.then(|| Self(named.below().as_str().to_ascii_lowercase()))
            }
        }
    }
}

/// A step as the frontier sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// Indices of the steps that must be done before.
    pub(crate) after: Vec<usize>,
    /// Indices of the steps that go first, whatever comes of them.
    pub(crate) behind: Vec<usize>,
    /// Its lane.
    pub(crate) lane: Option<LaneKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Ready,
    Running,
    Done,
    Failed,
    /// Can't start, since the step of this index failed.
    Blocked(usize),
}

/// Steps by urgency, the most urgent first; ties by their place in the plan.
type Queue = BTreeSet<(Reverse<usize>, usize)>;

/// The ready set.
#[derive(Debug)]
pub(crate) struct Frontier {
    nodes: Vec<Node>,
    dependents: Vec<Vec<usize>>,
    followers: Vec<Vec<usize>>,
    open: Vec<usize>,
    urgency: Vec<usize>,
    state: Vec<State>,
    ready: Queue,
    /// Lanes with somebody in them, and who waits for each.
    lanes: HashMap<LaneKey, Queue>,
}

impl Frontier {
    /// Makes a frontier of which the steps for which `done` holds are done.
    pub(crate) fn new(nodes: Vec<Node>, done: impl Fn(usize) -> bool) -> Self {
        let count = nodes.len();
        let mut dependents = vec![Vec::new(); count];
        let mut followers = vec![Vec::new(); count];
        let mut open = vec![0_usize; count];
        let state: Vec<State> = (0..count)
            .map(|i| if done(i) { State::Done } else { State::Waiting })
            .collect();
        for (index, node) in nodes.iter().enumerate() {
            for &before in node.after.iter().filter(|&&b| b < count) {
                dependents[before].push(index);
                if state[before] != State::Done {
                    open[index] += 1;
                }
            }
            for &first in node.behind.iter().filter(|&&b| b < count) {
                followers[first].push(index);
                if state[first] != State::Done {
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
            lanes: HashMap::new(),
        };
        for index in 0..count {
            if frontier.state[index] == State::Waiting && frontier.open[index] == 0 {
                frontier.make_ready(index);
            }
        }
        frontier
    }

    fn make_ready(&mut self, index: usize) {
        self.state[index] = State::Ready;
        self.ready.insert((Reverse(self.urgency[index]), index));
    }

    /// Takes the next step that can start, and counts it as running.
    pub(crate) fn pop(&mut self) -> Option<usize> {
        while let Some(entry) = self.ready.pop_first() {
            let index = entry.1;
            if let Some(lane) = self.nodes[index].lane.clone() {
                if let Some(waiting) = self.lanes.get_mut(&lane) {
                    waiting.insert(entry);
                    continue;
                }
                self.lanes.insert(lane, Queue::new());
            }
            self.state[index] = State::Running;
            return Some(index);
        }
        None
    }

    /// Records how a running step ended. Returns the steps that can't be done
    /// any more when it failed, in the order of the plan.
    pub(crate) fn settle(&mut self, index: usize, done: bool) -> Vec<usize> {
        if self.state[index] != State::Running {
            return Vec::new();
        }
        self.leave_lane(index);
        if done {
            self.state[index] = State::Done;
            for at in 0..self.dependents[index].len() {
                self.release(self.dependents[index][at]);
            }
            self.let_follow(index);
            return Vec::new();
        }
        self.state[index] = State::Failed;
        let mut blocked = BTreeSet::new();
        let mut stack = vec![index];
        while let Some(at) = stack.pop() {
            for &next in &self.dependents[at] {
                if self.state[next] == State::Waiting {
                    self.state[next] = State::Blocked(index);
                    blocked.insert(next);
                    stack.push(next);
                }
            }
        }
        self.let_follow(index);
        for &never in &blocked {
            self.let_follow(never);
        }
        blocked.into_iter().collect()
    }

    fn leave_lane(&mut self, index: usize) {
        if let Some(lane) = &self.nodes[index].lane
            && let Some(mut waiting) = self.lanes.remove(lane)
        {
            // All of them compete again: which one is most urgent may have
            // changed, and only one of them gets in.
            self.ready.append(&mut waiting);
        }
    }

    /// Lets a running step start once more: it takes another request.
    pub(crate) fn again(&mut self, index: usize) {
        if self.state[index] == State::Running {
            self.leave_lane(index);
            self.make_ready(index);
        }
    }

    /// Takes a running step back as not done: it is not to blame.
    pub(crate) fn put_back(&mut self, index: usize) {
        if self.state[index] == State::Running {
            self.state[index] = State::Waiting;
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
        if self.open[index] == 0 && self.state[index] == State::Waiting {
            self.make_ready(index);
        }
    }

    /// The failed step that keeps this one from being done.
    pub(crate) fn blocked_by(&self, index: usize) -> Option<usize> {
        match self.state[index] {
            State::Blocked(by) => Some(by),
            _ => None,
        }
    }

    /// Whether a step was neither done nor tried, and nothing is known to
    /// keep it from being done.
    pub(crate) fn is_open(&self, index: usize) -> bool {
        matches!(self.state[index], State::Waiting | State::Ready)
    }
}

/// How many of these units must follow each other at least: the longest chain of
/// them, or the fullest lane.
pub(crate) fn in_a_row(nodes: &[Node], counts: &impl Fn(usize) -> bool) -> usize {
    let mut chain = vec![0_usize; nodes.len()];
    let mut lanes: HashMap<&LaneKey, usize> = HashMap::new();
    let mut open: Vec<usize> = nodes.iter().map(|n| n.after.len()).collect();
    let mut dependents = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for &before in &node.after {
            match dependents.get_mut(before) {
                Some(dependents) => dependents.push(index),
                None => open[index] -= 1,
            }
        }
        if let Some(lane) = node.lane.as_ref().filter(|_| counts(index)) {
            *lanes.entry(lane).or_default() += 1;
        }
    }
    let mut stack: Vec<usize> = (0..nodes.len()).filter(|&i| open[i] == 0).collect();
    while let Some(index) = stack.pop() {
        chain[index] += usize::from(counts(index));
        for &dependent in &dependents[index] {
            chain[dependent] = chain[dependent].max(chain[index]);
            open[dependent] -= 1;
            if open[dependent] == 0 {
                stack.push(dependent);
            }
        }
    }
    let fullest = lanes.into_values().max().unwrap_or_default();
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lane(name: &str) -> Option<LaneKey> {
        Some(LaneKey(name.to_owned()))
    }

    fn node(after: &[usize], lane: Option<LaneKey>) -> Node {
        Node {
            after: after.to_vec(),
            behind: Vec::new(),
            lane,
        }
    }

    #[test]
    fn what_must_follow_each_other_is_the_longest_chain_or_lane() {
        let nodes = vec![
            node(&[], None),
            node(&[0], lane("a")),
            node(&[1], None),
            node(&[], lane("a")),
            node(&[], lane("a")),
            node(&[9], lane("a")),
        ];
        assert_eq!(in_a_row(&nodes, &|_| true), 4);
        assert_eq!(in_a_row(&nodes, &|i| i < 4), 3);
        assert_eq!(in_a_row(&nodes, &|i| i == 0 || i == 2), 2);
        assert_eq!(in_a_row(&nodes, &|_| false), 0);
    }

    #[test]
    fn the_lane_of_an_api_is_that_of_its_revisions_and_children() {
        let of = |kind: &str, path: &str| {
            LaneKey::of(
                catalog::kind(kind).unwrap(),
                &format!("/workspaces/w{path}").parse().unwrap(),
                None,
            )
        };
        let api = of("api", "/apis/Orders");
        assert!(api.is_some());
        assert_eq!(api, of("api", "/apis/orders;rev=2"));
        assert_eq!(
            api,
            of(
                "operationPolicy",
                "/apis/orders;rev=2/operations/a/policies/policy"
            )
        );
        assert_ne!(api, of("api", "/apis/orders2"));
        assert_eq!(
            of("namedValue", "/namedValues/a"),
            of("namedValue", "/namedValues/b")
        );
        assert_eq!(of("productApiLink", "/products/p/apiLinks/l"), None);
    }

    #[test]
    fn subscriptions_of_one_product_go_one_at_a_time() {
        let of = |scope: &str| {
            let scope = format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w{scope}"
            );
            let mut content = Content::default();
            content.properties.insert("scope".to_owned(), scope.into());
            let target = "/workspaces/w/subscriptions/x".parse().unwrap();
            let kind = &catalog::SUBSCRIPTION;
            LaneKey::of(kind, &target, Some(&content))
        };
        assert!(of("/products/p").is_some());
        assert_eq!(of("/products/p"), of("/products/P"));
        assert_ne!(of("/products/p"), of("/products/q"));
        assert_eq!(of("/apis/a"), None);
        assert_eq!(of("/apis"), None);
    }

    #[test]
    fn the_longest_chain_goes_first() {
        let nodes = vec![
            node(&[], None),
            node(&[], None),
            node(&[1], None),
            node(&[2], None),
        ];
        let mut frontier = Frontier::new(nodes, |_| false);
        assert_eq!(frontier.pop(), Some(1));
        assert_eq!(frontier.pop(), Some(0));
        assert_eq!(frontier.pop(), None);
        frontier.settle(1, true);
        assert_eq!(frontier.pop(), Some(2));
    }

    #[test]
    fn a_failure_blocks_what_hangs_on_it_and_nothing_else() {
        let nodes = vec![
            node(&[], None),
            node(&[0], None),
            node(&[1], None),
            node(&[], None),
            node(&[3], None),
        ];
        let mut frontier = Frontier::new(nodes, |_| false);
        assert_eq!(frontier.pop(), Some(0));
        assert_eq!(frontier.settle(0, false), [1, 2]);
        assert_eq!(frontier.blocked_by(2), Some(0));
        assert_eq!(frontier.pop(), Some(3));
        frontier.settle(3, true);
        assert_eq!(frontier.pop(), Some(4));
        frontier.settle(4, true);
        assert_eq!(frontier.pop(), None);
    }

    #[test]
    fn what_was_done_before_is_not_started_again() {
        let nodes = vec![node(&[], None), node(&[0], None)];
        let mut frontier = Frontier::new(nodes, |i| i == 0);
        assert_eq!(frontier.pop(), Some(1));
        assert_eq!(frontier.pop(), None);
    }

    #[test]
    fn what_goes_behind_another_goes_even_when_that_fails() {
        let mut nodes = vec![node(&[], None), node(&[0], None), node(&[], None)];
        nodes[2].behind = vec![1];
        let mut frontier = Frontier::new(nodes, |_| false);
        assert_eq!(frontier.pop(), Some(0));
        assert_eq!(frontier.pop(), None);
        assert_eq!(frontier.settle(0, false), [1]);
        assert_eq!(frontier.pop(), Some(2));
    }

    #[test]
    fn what_takes_another_request_starts_once_more_and_keeps_its_lane_to_one() {
        let nodes = vec![node(&[], lane("a")), node(&[], lane("a")), node(&[0], None)];
        let mut frontier = Frontier::new(nodes, |_| false);
        let first = frontier.pop().unwrap();
        assert_eq!((first, frontier.pop()), (0, None));
        frontier.again(0);
        assert_eq!((frontier.pop(), frontier.pop()), (Some(0), None));
        frontier.settle(0, true);
        let rest = [frontier.pop(), frontier.pop()];
        assert!(rest.contains(&Some(1)) && rest.contains(&Some(2)));
        frontier.again(0);
        assert_eq!(frontier.pop(), None, "what is done is done");
    }

    #[test]
    fn a_cycle_starts_nothing_and_stays_open() {
        let mut frontier = Frontier::new(vec![node(&[1], None), node(&[0], None)], |_| false);
        assert_eq!(frontier.pop(), None);
        assert!(frontier.is_open(0) && frontier.is_open(1));
    }

    fn graphs() -> impl Strategy<Value = (Vec<Node>, Vec<bool>, Vec<u8>)> {
        (1_usize..24).prop_flat_map(|n| {
            let nodes = (0..n)
                .map(|i| {
                    let after = prop::collection::btree_set(0..i.max(1), 0..=i.min(3));
                    let behind = prop::option::weighted(0.2, 0..i.max(1));
                    let lane_of = prop::option::of(0_u8..3);
                    (after, behind, lane_of).prop_map(move |(after, behind, l)| Node {
                        behind: behind
                            .into_iter()
                            .filter(|&b| b < i && !after.contains(&b))
                            .collect(),
                        after: after.into_iter().filter(|&a| a < i).collect(),
                        lane: l.and_then(|l| lane(&l.to_string())),
                    })
                })
                .collect::<Vec<_>>();
            let done = prop::collection::vec(prop::bool::weighted(0.2), n);
            (nodes, done, prop::collection::vec(any::<u8>(), 64))
        })
    }

    proptest! {
        #[test]
        fn no_run_breaks_the_rules((nodes, mut done, choices) in graphs(), width in 1_usize..6, failing in prop::bool::ANY) {
            let before = done.clone();
            let mut frontier = Frontier::new(nodes.clone(), |i| before[i]);
            let mut running: Vec<usize> = Vec::new();
            let mut failed = vec![false; nodes.len()];
            let mut choices = choices.into_iter().cycle();
            loop {
                while running.len() < width {
                    let Some(index) = frontier.pop() else { break };
                    prop_assert!(!done[index] && !failed[index] && !running.contains(&index));
                    prop_assert!(nodes[index].after.iter().all(|&a| done[a]), "started before its needs");
                    let first = |&b: &usize| done[b] || failed[b] || frontier.blocked_by(b).is_some();
                    prop_assert!(nodes[index].behind.iter().all(first), "overtook");
                    let mine = &nodes[index].lane;
                    prop_assert!(mine.is_none() || running.iter().all(|&r| &nodes[r].lane != mine), "two in a lane");
                    running.push(index);
                }
                if running.is_empty() { break }
                let choice = choices.next().unwrap();
                let index = running.swap_remove(choice as usize % running.len());
                let fails = failing && choice % 5 == 0;
                frontier.settle(index, !fails);
                if fails { failed[index] = true } else { done[index] = true }
            }
            for (index, &is_done) in done.iter().enumerate() {
                // A second, differently written model of what can be reached.
                let mut needs = vec![index];
                let mut at = 0;
                while at < needs.len() {
                    let here = needs[at];
                    if !before[here] { needs.extend(nodes[here].after.iter().copied()); }
                    at += 1;
                }
                let reachable = needs.iter().all(|&n| !failed[n]);
                prop_assert_eq!(is_done, reachable);
                prop_assert!(!frontier.is_open(index));
            }
        }
    }
}
