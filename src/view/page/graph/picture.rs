//! A graph to look at: things, what they need, and where each stands.

use serde::Serialize;

use super::drawing::Drawing;
use crate::secret::seen_json;
use crate::view::page::text::{Line, Prose};

/// Longest label of a box, in characters.
const LABEL: usize = 23;
/// How many hues tell kinds apart; the word for the kind stands in the box.
pub(crate) const HUES: usize = 8;

/// Things and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Picture {
    pub(crate) things: Vec<Thing>,
    /// What things are told apart by.
    pub(crate) legend: &'static str,
    pub(crate) kinds: Vec<OfKind>,
    pub(crate) drawing: Option<Drawing>,
}

/// A kind that things are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OfKind {
    pub(crate) name: Line,
    pub(crate) plural: Line,
    pub(crate) count: usize,
    pub(crate) hue: usize,
}

/// A thing: an API, a product, a named value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Thing {
    /// The position of its row.
    pub(crate) step: usize,
    pub(crate) kind: Line,
    /// What it is, in the picture.
    pub(crate) about: Line,
    pub(crate) hue: usize,
    pub(crate) name: Line,
    pub(crate) label: Line,
    pub(crate) display: Line,
    pub(crate) reused: bool,
    pub(crate) selected: bool,
    /// The way from an API that was selected, that one first.
    pub(crate) why: Vec<Hop>,
    pub(crate) needs: Vec<Need>,
    pub(crate) needed_by: Vec<Need>,
    /// What uses it at the source and stays there.
    pub(crate) others: Vec<Other>,
    /// How many more there are.
    pub(crate) others_more: usize,
}

/// Something that is not copied, and how it uses what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Other {
    pub(crate) path: Line,
    pub(crate) how: Prose,
}

/// A thing on the way, and how it came along with the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Hop {
    pub(crate) thing: usize,
    pub(crate) name: Line,
    pub(crate) kind: String,
    pub(crate) how: Prose,
}

/// Another thing, and where it is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Need {
    pub(crate) thing: usize,
    pub(crate) name: Line,
    pub(crate) how: Prose,
}

/// A name as it fits into a box.
pub(crate) fn label(name: &Line) -> Line {
    name.cut(LABEL)
}

/// The hue of a kind.
pub(crate) fn hue_of(kinds: &[OfKind], name: &Line) -> usize {
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
    pub(crate) fn data(&self) -> Result<String, serde_json::Error> {
        let nodes = self.things.iter().map(|thing| Node {
            kind: &thing.kind,
            needs: thing.needs.iter().map(|need| need.thing).collect(),
        });
        let text = serde_json::to_string(&nodes.collect::<Vec<_>>())?;
        Ok(seen_json(text)
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026"))
    }
}
