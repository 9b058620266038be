//! What needs what, and why it is there: as a picture, and as a list of the
//! same.

use std::collections::BTreeMap;

use super::drawing::drawing;
use super::picture::{HUES, Hop, Need, OfKind, Other, Picture, Thing, hue_of, label};
use crate::address::{ResourcePath, SourcePath};
use crate::plan::{Action, Step};
use crate::view::graph::Node;
use crate::view::graph::way;
use crate::view::graph::way::users;
use crate::view::page::content::things::{Things, display, known_as, within};
use crate::view::page::text::{Line, Prose};

/// How many of those that stay are named.
const OTHERS: usize = 10;
/// Draws a plan's graph.
pub(crate) fn picture(things: &Things<'_>) -> Picture {
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
        let kind = Line::of(node.step.kind.name);
        let step = things.position(&node.step.id).unwrap_or_default();
        let need = |other: usize, key: (usize, usize)| Need {
            thing: other,
            name: bare(things, other),
            how: named.get(&key).cloned().unwrap_or_default(),
        };
        Thing {
            step,
            about: Line::of(about(node)),
            hue: hue_of(&kinds, &kind),
            kind,
            name: bare(things, i),
            label: label(&bare(things, i)),
            display: display(node.step),
            reused: node.step.action == Action::Reuse,
            selected: things.is_selected(node.step),
            why: why(things, &things.ways.to(node.step)),
            needs: needs[i].iter().map(|&b| need(b, (i, b))).collect(),
            needed_by: needed_by[i].iter().map(|&a| need(a, (a, i))).collect(),
            others_more: others.len().saturating_sub(OTHERS),
            others: others.into_iter().take(OTHERS).collect(),
        }
    });
    Picture {
        things: nodes.collect(),
        legend: "Kinds",
        drawing: drawing(graph.nodes.len(), &edges),
        kinds,
    }
}

/// What people know a thing by.
fn bare(things: &Things<'_>, node: usize) -> Line {
    known_as(things.graph.nodes[node].step)
}

/// What a thing is, in its box.
fn about(node: &Node<'_>) -> String {
    let reused = match node.step.action {
        Action::Reuse => ", reused",
        _ => "",
    };
    match node.steps {
        1 => format!("{}{reused}", node.step.kind.noun()),
        many => format!("{}{reused}, {many} steps", node.step.kind.noun()),
    }
}

fn kinds(things: &Things<'_>) -> Vec<OfKind> {
    let mut kinds: Vec<OfKind> = Vec::new();
    for kind in crate::catalog::kinds() {
        let of = things.graph.nodes.iter().filter(|n| n.step.kind == *kind);
        let count = of.count();
        if count > 0 {
            kinds.push(OfKind {
                name: Line::of(kind.name),
                plural: Line::of(kind.plural),
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
                kind: things.graph.nodes[thing].step.kind.noun(),
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
