//! A graph to look at: things, what they need, and where each stands.

use serde::Serialize;

use super::drawing::Drawing;
use super::text::{Line, Prose};
use crate::secret::seen_json;

/// Longest label of a box, in characters.
const LABEL: usize = 23;
/// How many hues tell kinds apart; the word for the kind stands in the box.
pub(in crate::view) const HUES: usize = 8;

/// Things and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::view) struct Picture {
    pub(in crate::view) things: Vec<Thing>,
    /// What things are told apart by.
    pub(in crate::view) legend: &'static str,
    pub(in crate::view) kinds: Vec<OfKind>,
    pub(in crate::view) drawing: Option<Drawing>,
}

/// A kind that things are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::view) struct OfKind {
    pub(in crate::view) name: Line,
    pub(in crate::view) plural: Line,
    pub(in crate::view) count: usize,
    pub(in crate::view) hue: usize,
}

/// A thing: an API, a product, a named value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::view) struct Thing {
    /// The position of its row.
    pub(in crate::view) step: usize,
    pub(in crate::view) kind: Line,
    /// What it is, in the picture.
    pub(in crate::view) about: Line,
    pub(in crate::view) hue: usize,
    pub(in crate::view) name: Line,
    pub(in crate::view) label: Line,
    pub(in crate::view) display: Line,
    pub(in crate::view) reused: bool,
    pub(in crate::view) selected: bool,
    /// The way from an API that was selected, that one first.
    pub(in crate::view) why: Vec<Hop>,
    pub(in crate::view) needs: Vec<Need>,
    pub(in crate::view) needed_by: Vec<Need>,
    /// What uses it at the source and stays there.
    pub(in crate::view) others: Vec<Other>,
    /// How many more there are.
    pub(in crate::view) others_more: usize,
}

/// Something that is not copied, and how it uses what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::view) struct Other {
    pub(in crate::view) path: Line,
    pub(in crate::view) how: Prose,
}

/// A thing on the way, and how it came along with the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::view) struct Hop {
    pub(in crate::view) thing: usize,
    pub(in crate::view) name: Line,
    pub(in crate::view) kind: &'static str,
    pub(in crate::view) how: Prose,
}

/// Another thing, and where it is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::view) struct Need {
    pub(in crate::view) thing: usize,
    pub(in crate::view) name: Line,
    pub(in crate::view) how: Prose,
}

/// A name as it fits into a box.
pub(in crate::view) fn label(name: &Line) -> Line {
    name.cut(LABEL)
}

/// The hue of a kind.
pub(in crate::view) fn hue_of(kinds: &[OfKind], name: &Line) -> usize {
    let kind = kinds.iter().find(|kind| kind.name == *name);
    kind.map_or(0, |kind| kind.hue)
}

/// What the script asks about a thing; all else it finds in the page.
#[derive(Serialize)]
struct Node<'c> {
    kind: &'c Line,
    needs: Vec<usize>,
}

impl Picture {
    /// What the script asks, as JSON that can stand in an element: nothing in it
    /// ends that, or begins a comment.
    pub(super) fn data(&self) -> Result<String, serde_json::Error> {
        let nodes = self.things.iter().map(|thing| Node {
            kind: &thing.kind,
            needs: thing.needs.iter().map(|need| need.thing).collect(),
        });
        let text = serde_json::to_string(&nodes.collect::<Vec<_>>())?;
        Ok(seen_json(&text)
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026"))
    }
}
