//! What needs what, and why it is there: as a picture, and as a list of the
//! same.

use std::collections::BTreeMap;

use serde::Serialize;

use super::drawing::{Drawing, drawing};
use super::text::{Line, Prose};
use super::things::{Things, display, known_as, within};
use crate::address::{ResourcePath, SourcePath};
use crate::plan::{Action, Step};
use crate::view::way::{self, users};

/// Longest label of a box, in characters.
const LABEL: usize = 23;
/// How many of those that stay are named.
const OTHERS: usize = 10;
/// How many hues tell kinds apart; the word for the kind stands in the box.
const HUES: usize = 8;

/// Things and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Picture {
    pub(super) things: Vec<Thing>,
    pub(super) kinds: Vec<OfKind>,
    pub(super) drawing: Option<Drawing>,
}

/// A kind that things are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct OfKind {
    pub(super) name: &'static str,
    pub(super) plural: &'static str,
    pub(super) count: usize,
    pub(super) hue: usize,
}

/// A thing: an API, a product, a named value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Thing {
    /// The position of its own step.
    pub(super) step: usize,
    pub(super) kind: &'static str,
    pub(super) hue: usize,
    pub(super) name: Line,
    pub(super) label: Line,
    pub(super) display: Line,
    pub(super) reused: bool,
    pub(super) selected: bool,
    /// How many steps it stands for.
    pub(super) steps: usize,
    /// The way from an API that was selected, that one first.
    pub(super) why: Vec<Hop>,
    pub(super) needs: Vec<Need>,
    pub(super) needed_by: Vec<Need>,
    /// What uses it at the source and stays there.
    pub(super) others: Vec<Other>,
    /// How many more there are.
    pub(super) others_more: usize,
}

/// Something that is not copied, and how it uses what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Other {
    pub(super) path: Line,
    pub(super) how: Prose,
}

/// A thing on the way, and how it came along with the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Hop {
    pub(super) thing: usize,
    pub(super) name: Line,
    pub(super) kind: &'static str,
    pub(super) how: Prose,
}

/// Another thing, and where it is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Need {
    pub(super) thing: usize,
    pub(super) name: Line,
    pub(super) how: Prose,
}

/// Draws a plan's graph.
pub(super) fn picture(things: &Things<'_>) -> Picture {
    let graph = &things.graph;
    let edges: Vec<(usize, usize)> = graph.edges.iter().copied().collect();
    let (mut needs, mut needed_by) = (
        vec![vec![]; graph.nodes.len()],
        vec![vec![]; graph.nodes.len()],
    );
    for &(a, b) in &edges {
        needs[a].push(b);
        needed_by[b].push(a);
    }
    let named = named(things);
    let kinds = kinds(things);
    let nodes = graph.nodes.iter().enumerate().map(|(i, node)| {
        let others = others(things, node.step);
        let step = things.position(&node.step.id).unwrap_or_default();
        let need = |other: usize, key: (usize, usize)| Need {
            thing: other,
            name: bare(things, other),
            how: named.get(&key).cloned().unwrap_or_default(),
        };
        Thing {
            step,
            kind: node.step.kind.name,
            hue: (kinds.iter())
                .find(|k| k.name == node.step.kind.name)
                .map_or(0, |k| k.hue),
            name: bare(things, i),
            label: bare(things, i).cut(LABEL),
            display: display(node.step),
            reused: node.step.action == Action::Reuse,
            selected: things.is_selected(node.step),
            steps: node.steps,
            why: why(things, &things.ways.to(node.step)),
            needs: needs[i].iter().map(|&b| need(b, (i, b))).collect(),
            needed_by: needed_by[i].iter().map(|&a| need(a, (a, i))).collect(),
            others_more: others.len().saturating_sub(OTHERS),
            others: others.into_iter().take(OTHERS).collect(),
        }
    });
    Picture {
        things: nodes.collect(),
        drawing: drawing(graph.nodes.len(), &edges),
        kinds,
    }
}

/// What people know a thing by.
fn bare(things: &Things<'_>, node: usize) -> Line {
    known_as(things.graph.nodes[node].step)
}

fn kinds(things: &Things<'_>) -> Vec<OfKind> {
    let mut kinds: Vec<OfKind> = Vec::new();
    for kind in crate::catalog::KINDS {
        let of = things.graph.nodes.iter().filter(|n| n.step.kind == *kind);
        let count = of.count();
        if count > 0 {
            kinds.push(OfKind {
                name: kind.name,
                plural: kind.plural,
                count,
                hue: kinds.len() % HUES,
            });
        }
    }
    kinds
}

/// By a thing and one that it needs: where the one names the other.
fn named(things: &Things<'_>) -> BTreeMap<(usize, usize), Prose> {
    let mut found = BTreeMap::new();
    for step in &things.plan.steps {
        let Some(SourcePath(source)) = &step.source else {
            continue;
        };
        for used in users(things.plan, source) {
            if let (Some(a), Some(b)) = (things.thing_of(&used.by), things.thing_of(source)) {
                let how = part_of(&used.by, &used.how);
                found.entry((a, b)).or_insert_with(|| Prose::of(&how));
            }
        }
    }
    found
}

/// What stays at the source and uses a thing there.
fn others(things: &Things<'_>, step: &Step) -> Vec<Other> {
    let source = step.source.iter();
    let users = source.flat_map(|source| users(things.plan, &source.0));
    let stays = users.filter(|used| things.of_source(&used.by).is_none());
    let others = stays.map(|used| Other {
        path: Line::of(used.by.as_str()),
        how: Prose::of(&used.how),
    });
    others.collect()
}

/// A way from thing to thing: what happens inside of one is part of how it
/// leads to the next.
fn why(things: &Things<'_>, way: &[way::Hop<'_>]) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    for step in way {
        let Some(thing) = things.thing_of(step.resource) else {
            continue;
        };
        if hops.last().is_none_or(|last| last.thing != thing) {
            hops.push(Hop {
                thing,
                name: bare(things, thing),
                kind: things.graph.nodes[thing].step.kind.name,
                how: Prose::of(&part_of(step.resource, &step.why)),
            });
        }
    }
    hops
}

/// What is said of a resource, said of what it belongs to.
fn part_of(path: &ResourcePath, how: &str) -> String {
    match within(path).filter(|_| !how.starts_with('/')) {
        Some(part) => format!("`{part}` {how}"),
        None => how.to_owned(),
    }
}
