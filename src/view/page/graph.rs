//! What needs what, and why it is there: as a picture, and as a list of the
//! same.

use std::collections::BTreeMap;

use serde::Serialize;

use super::drawing::{Drawing, drawing};
use super::reasons::{Hop as Way, How};
use super::text::{Line, Prose};
use super::things::{Things, display, known_as, name, within};
use crate::plan::Action;

/// Longest label of a box, in characters.
const LABEL: usize = 23;
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
    let named = named(things);
    let kinds = kinds(things);
    let nodes = graph.nodes.iter().enumerate().map(|(i, node)| {
        let step = things.position(&node.step.id).unwrap_or_default();
        let need = |other: usize, key: (usize, usize)| Need {
            thing: other,
            name: bare(things, other),
            how: named.get(&key).cloned().unwrap_or_default(),
        };
        let needs = edges.iter().filter(|(a, _)| *a == i);
        let needed_by = edges.iter().filter(|(_, b)| *b == i);
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
            selected: things.reasons.is_selected(step),
            steps: node.steps,
            why: why(things, &things.reasons.way(step)),
            needs: needs.map(|&(a, b)| need(b, (a, b))).collect(),
            needed_by: needed_by.map(|&(a, b)| need(a, (a, b))).collect(),
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
    for (position, step) in things.plan.steps.iter().enumerate() {
        for (to, how) in things.reasons.named_by(position) {
            if let (Some(a), Some(b)) = (things.graph.of[position], things.graph.of[to])
                && a != b
            {
                let how = match within(step) {
                    Some(part) => format!("`{part}` {how}"),
                    None => how.to_owned(),
                };
                found.entry((a, b)).or_insert_with(|| Prose::of(&how));
            }
        }
    }
    found
}

/// A way from thing to thing: what happens inside of one is part of how it
/// leads to the next.
fn why(things: &Things<'_>, way: &[Way]) -> Vec<Hop> {
    let mut hops = Vec::new();
    let start = way.first().and_then(|first| things.graph.of[first.by]);
    hops.extend(start.map(|thing| hop(things, thing, Prose::default())));
    for hop_of_step in way {
        let (by, to) = (
            things.graph.of[hop_of_step.by],
            things.graph.of[hop_of_step.step],
        );
        if let Some(thing) = to
            && by != to
        {
            hops.push(hop(things, thing, how(things, hop_of_step)));
        }
    }
    hops
}

fn hop(things: &Things<'_>, thing: usize, how: Prose) -> Hop {
    Hop {
        thing,
        name: bare(things, thing),
        kind: things.graph.nodes[thing].step.kind.name,
        how,
    }
}

/// How something came along, in words: "it" is what was named.
fn how(things: &Things<'_>, hop: &Way) -> Prose {
    let part = |at: usize| within(&things.plan.steps[at]).map(|part| format!("`{part}` "));
    Prose::of(&match &hop.how {
        How::Names(words) => format!("{}{words}", part(hop.by).unwrap_or_default()),
        How::Named(words) => {
            let other = format!(" `{}`", name(&things.plan.steps[hop.by]));
            let words = match words.strip_suffix(" it") {
                Some(start) => format!("{start}{other}"),
                None => words.replacen(" it ", &format!("{other} "), 1),
            };
            match part(hop.step) {
                Some(part) => format!("its {part}{words}"),
                None => format!("it {words}"),
            }
        }
        How::Untold => "comes along with it".to_owned(),
    })
}
