//! What each API takes along, and with whom it shares that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;

use super::By;
use super::word::first_word;
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{API, Kind, PRODUCT, Per, TAG, kind_of, limit_of};
use crate::graph::closure;
use crate::inventory::{Inventory, Resource};

/// What is weighed as an API that another one can't be copied without.
const API_WEIGHT: f64 = 20.0;

/// The APIs of a service, and what comes along with each.
pub(super) struct Belongings {
    /// Without revisions, sorted.
    pub(super) apis: Vec<ResourcePath>,
    /// How many APIs each stands for where they are counted: its revisions.
    pub(super) sizes: Vec<usize>,
    graph: DiGraph<ResourcePath, ()>,
    nodes: HashMap<ResourcePath, NodeIndex>,
    /// What each takes along, other APIs among it.
    reach: Vec<BTreeSet<NodeIndex>>,
    /// What stands at the top and is taken along by several, and by whom.
    shared: BTreeMap<ResourcePath, Vec<usize>>,
    weights: BTreeMap<ResourcePath, f64>,
}

impl Belongings {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let current = |api: &&Resource| split_revision(api.path.name()).1.is_none();
        let apis: Vec<ResourcePath> = (inventory.of_kind(&API).filter(current))
            .map(|api| api.path.clone())
            .collect();
        // The closure of all of them tells what pulls what. What one takes
        // along is what can be reached from it: as its own closure would have.
        let whole = closure(inventory, &apis, &[]);
        let mut graph = DiGraph::new();
        let mut nodes: HashMap<ResourcePath, NodeIndex> = HashMap::new();
        let members = (whole.members.iter()).map(|(path, m)| (path, m.because.iter().collect()));
        let left = (whole.left.iter()).map(|(path, by)| (path, by.iter().collect()));
        let pulls: Vec<(&ResourcePath, Vec<&ResourcePath>)> = members.chain(left).collect();
        for (path, _) in &pulls {
            let node = graph.add_node((*path).clone());
            nodes.insert((*path).clone(), node);
        }
        for (path, because) in pulls {
            for by in because {
                if let (Some(from), Some(to)) = (nodes.get(by), nodes.get(path)) {
                    graph.add_edge(*from, *to, ());
                }
            }
        }
        let reach: Vec<BTreeSet<NodeIndex>> = (apis.iter())
            .map(|api| match nodes.get(api) {
                Some(node) => {
                    let mut found = BTreeSet::new();
                    let mut walk = Dfs::new(&graph, *node);
                    while let Some(next) = walk.next(&graph) {
                        found.insert(next);
                    }
                    found
                }
                None => BTreeSet::new(),
            })
            .collect();
        let mut shared: BTreeMap<ResourcePath, Vec<usize>> = BTreeMap::new();
        for (at, reached) in reach.iter().enumerate() {
            for path in reached.iter().map(|node| &graph[*node]) {
                let is_other = apis.get(at) != Some(path);
                if path.parent().is_none() && is_other {
                    shared.entry(path.clone()).or_default().push(at);
                }
            }
        }
        let weights = (shared.keys())
            .filter_map(|path| Some((path.clone(), weight(inventory.get(path)?))))
            .collect();
        // A revision goes with its API, and counts as one.
        shared.retain(|path, users| {
            let is_api = kind_of(path).is_some_and(|kind| kind.revisions);
            is_api || users.len() > 1
        });
        shared.retain(|path, _| split_revision(path.name()).1.is_none());
        Self {
            sizes: apis
                .iter()
                .map(|api| inventory.revisions(api).len().max(1))
                .collect(),
            apis,
            graph,
            nodes,
            reach,
            shared,
            weights,
        }
    }

    /// Whether something comes along with an API.
    pub(super) fn has(&self, at: usize, path: &ResourcePath) -> bool {
        let reached = |node| self.reach[at].contains(node);
        self.apis[at] == path.root() || self.nodes.get(path).is_some_and(reached)
    }

    /// What an API shares, and with how many others.
    pub(super) fn shares(&self, at: usize) -> BTreeMap<ResourcePath, usize> {
        let tops = self.reach[at].iter().map(|node| &self.graph[*node]);
        let shared = tops.filter_map(|path| {
            let users = self.shared.get(path).filter(|users| users.len() > 1)?;
            Some((path.clone(), users.len() - 1))
        });
        shared.collect()
    }

    /// How strongly APIs belong together, two by two.
    ///
    /// What is shared by few binds them more than what is shared by many: each
    /// of its pairs gets an even part. What more APIs share than one workspace
    /// takes is split whatever is done, and binds none.
    pub(super) fn ties(&self) -> BTreeMap<(usize, usize), f64> {
        let most = limit_of(&API, Per::Workspace).unwrap_or(usize::MAX);
        let mut ties: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        let places: HashMap<&ResourcePath, usize> = self
            .apis
            .iter()
            .enumerate()
            .map(|(at, path)| (path, at))
            .collect();
        for (path, users) in &self.shared {
            if let Some(named) = places.get(path) {
                for user in users.iter().filter(|user| *user != named) {
                    *ties.entry(pair(*user, *named)).or_default() += API_WEIGHT;
                }
                continue;
            }
            let weight = self.weights.get(path).copied().unwrap_or_default();
            if users.len() < 2 || users.len() > most {
                continue;
            }
            let part = weight / (users.len() - 1) as f64;
            for (at, one) in users.iter().enumerate() {
                for other in &users[at + 1..] {
                    *ties.entry(pair(*one, *other)).or_default() += part;
                }
            }
        }
        ties
    }

    /// The label of each API where not what they share decides; none for what
    /// has no such thing.
    pub(super) fn labels(&self, by: By) -> Vec<Option<String>> {
        let first = |at: usize, kind: &Kind| {
            let tops = self.reach[at].iter().map(|node| &self.graph[*node]);
            let of_kind = tops.filter(|path| kind_of(path) == Some(kind) && self.links(at, path));
            of_kind.min().map(|path| path.name().to_owned())
        };
        let all = 0..self.apis.len();
        all.map(|at| match by {
            By::Sharing => None,
            By::Product => first(at, &PRODUCT),
            By::Tag => first(at, &TAG),
            By::Prefix => Some(first_word(self.apis[at].name())),
        })
        .collect()
    }

    /// Whether a link below an owner is the API's own.
    fn links(&self, at: usize, owner: &ResourcePath) -> bool {
        self.reach[at]
            .iter()
            .map(|node| &self.graph[*node])
            .any(|path| {
                let is_link = path.name().eq_ignore_ascii_case(self.apis[at].name());
                is_link && path.parent().as_ref() == Some(owner)
            })
    }
}

fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

/// What it costs to have a thing twice: what callers notice (a product whose
/// subscribers need both, versions that are no longer one API) more than what
/// has to be kept the same in two places, a secret more than a name.
fn weight(resource: &Resource) -> f64 {
    let kind = resource.kind;
    let secret = kind
        .secret
        .is_some_and(|s| (s.applies)(&resource.properties));
    match () {
        () if kind.ends_with_last.is_some() => 8.0,
        () if kind == &PRODUCT => 5.0,
        () if secret || kind.takes_upload(&resource.properties) => 3.0,
        () if kind == &TAG => 0.25,
        () => 1.0,
    }
}
