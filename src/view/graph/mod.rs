//! The plan as a graph of the things that people know: what stands below a
//! thing counts as that thing, and revisions as their API.

pub(crate) mod part;
pub(crate) mod way;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::address::ResourcePath;
use crate::graph::references::without_revision;
use crate::plan::{Action, Plan, Step};

/// One thing.
#[derive(Debug)]
pub(super) struct Node<'p> {
    /// Its own step; the first below it where it has none.
    pub(super) step: &'p Step,
    /// How many steps it stands for.
    pub(super) steps: usize,
}

impl Node<'_> {
    /// What it is, and how much is in it.
    pub(super) fn about(&self) -> String {
        match self.steps {
            1 => self.step.kind.noun(),
            many => format!("{}, {many} steps", self.step.kind.noun()),
        }
    }
}

/// Things, and what each waits for.
#[derive(Debug, Default)]
pub(super) struct Graph<'p> {
    pub(super) nodes: Vec<Node<'p>>,
    /// Pairs of a thing and one that comes before it, by position.
    pub(super) edges: BTreeSet<(usize, usize)>,
    /// The thing that each step of the plan belongs to, if it is shown.
    pub(super) of: Vec<Option<usize>>,
}

/// A graph that can't be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// What was to be in the middle is not there.
    #[error("nothing in the plan is called `{0}`")]
    Nowhere(String),
    /// Mermaid refuses to draw so much.
    #[error("the graph has {edges} edges and {characters} characters, more than Mermaid draws")]
    TooLarge {
        /// Its edges.
        edges: usize,
        /// The length of its text.
        characters: usize,
    },
}

impl GraphError {
    /// What the user can do next.
    pub fn help(&self) -> &'static str {
        match self {
            GraphError::Nowhere(_) => "name an API, or a step as `show --steps` lists it",
            GraphError::TooLarge { .. } => {
                "show a part of it with `--focus API --depth 2`, or use `--format dot`"
            }
        }
    }
}

/// What of the graph is shown.
#[derive(Debug, Clone, Default)]
pub struct Focus {
    /// Only what is near this thing: an API's name, or a step's id.
    pub on: Option<String>,
    /// How many steps away, in both directions; without it, any number.
    pub depth: Option<usize>,
}

impl<'p> Graph<'p> {
    pub(super) fn of(plan: &'p Plan, focus: &Focus) -> Result<Self, GraphError> {
        let mut graph = Graph::default();
        let mut at: BTreeMap<ResourcePath, usize> = BTreeMap::new();
        let mut of_step = BTreeMap::new();
        for step in &plan.steps {
            if step.action == Action::Tidy {
                graph.of.push(None);
                continue;
            }
            let thing = without_revision(&step.target.below().root());
            let node = *at.entry(thing.clone()).or_insert_with(|| {
                graph.nodes.push(Node { step, steps: 0 });
                graph.nodes.len() - 1
            });
            graph.nodes[node].steps += 1;
            if *step.target.below() == thing {
                graph.nodes[node].step = step;
            }
            of_step.insert(&step.id, node);
            graph.of.push(Some(node));
        }
        for step in &plan.steps {
            let before = step.after.iter().filter_map(|id| of_step.get(id));
            let ends = of_step
                .get(&step.id)
                .map(|of| before.map(move |b| (*of, *b)));
            graph
                .edges
                .extend(ends.into_iter().flatten().filter(|(a, b)| a != b));
        }
        let Some(name) = &focus.on else {
            return Ok(graph);
        };
        match graph.position(name) {
            Some(start) => Ok(graph.near(start, focus.depth.unwrap_or(usize::MAX))),
            None => Err(GraphError::Nowhere(name.clone())),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let is_it = |node: &Node<'_>| {
            let source = node.step.source.as_ref().map(|s| s.0.name());
            let names = [source, Some(node.step.target.below().name())];
            node.step.id.as_str().eq_ignore_ascii_case(name)
                || (names.into_iter().flatten()).any(|n| n.eq_ignore_ascii_case(name))
        };
        let by_api = |node: &Node<'_>| node.step.kind.revisions && is_it(node);
        (self.nodes.iter().position(by_api)).or_else(|| self.nodes.iter().position(is_it))
    }

    fn near(self, start: usize, depth: usize) -> Self {
        let mut far = BTreeMap::from([(start, 0)]);
        let mut queue = VecDeque::from([start]);
        let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(a, b) in &self.edges {
            beside.entry(a).or_default().push(b);
            beside.entry(b).or_default().push(a);
        }
        while let Some(node) = queue.pop_front() {
            let away = far.get(&node).copied().unwrap_or_default();
            for &next in beside.get(&node).into_iter().flatten() {
                if away < depth && !far.contains_key(&next) {
                    far.insert(next, away + 1);
                    queue.push_back(next);
                }
            }
        }
        let kept: BTreeMap<usize, usize> = far.keys().copied().zip(0..).collect();
        let edges = self.edges.iter();
        let edges = edges.filter_map(|(a, b)| Some((*kept.get(a)?, *kept.get(b)?)));
        let edges = edges.collect();
        let of = self.of.into_iter();
        let of = of.map(|node| kept.get(&node?).copied()).collect();
        let nodes = self.nodes.into_iter().enumerate();
        let nodes = nodes.filter(|(i, _)| kept.contains_key(i));
        Graph {
            nodes: nodes.map(|(_, node)| node).collect(),
            edges,
            of,
        }
    }
}
