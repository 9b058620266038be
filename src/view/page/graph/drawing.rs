//! Where each thing stands in the picture: in columns, and what it needs to the
//! right of it.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;
use serde::Serialize;

/// A box.
pub(crate) const WIDTH: i64 = 200;
pub(crate) const HEIGHT: i64 = 38;
/// Between columns, so that lines can be told apart.
const GAP: i64 = 70;
/// Between rows.
const ROW: i64 = HEIGHT + 10;
/// Around everything.
const EDGE: i64 = 12;
/// Most things that are drawn: beyond, nobody can follow a line, and the layout
/// takes seconds.
const MOST: usize = 800;
/// How many columns things without lines are put into.
const COLUMNS: usize = 6;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Drawing {
    pub(crate) width: i64,
    pub(crate) height: i64,
    /// The left upper corner of each box.
    pub(crate) at: Vec<(i64, i64)>,
    pub(crate) lines: Vec<Curve>,
}

/// A line from a thing to one that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Curve {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The path, as SVG has it.
    pub(crate) path: String,
}

/// Draws so many things and what each needs; none where they are too many.
pub(crate) fn drawing(things: usize, needs: &[(usize, usize)]) -> Option<Drawing> {
    if things == 0 || things > MOST {
        return None;
    }
    let mut at = vec![(0, 0); things];
    let (mut width, mut bottom) = (0, EDGE);
    for part in parts(things, needs) {
        let height = part.iter().map(|(_, (_, y))| *y).max().unwrap_or_default() + ROW;
        for (thing, (x, y)) in part {
            at[thing] = (x + EDGE, y + bottom);
            width = width.max(x + WIDTH + 2 * EDGE);
        }
        bottom += height;
    }
    let lines = needs.iter().map(|&(from, to)| Curve {
        from,
        to,
        path: curve(at[from], at[to]),
    });
    Some(Drawing {
        width,
        height: bottom + EDGE,
        lines: lines.collect(),
        at,
    })
}

/// A thing and where it stands in its part of the picture.
type Placed = (usize, (i64, i64));

/// What hangs together, each part from zero: the largest first, and last all
/// that stands alone.
fn parts(things: usize, needs: &[(usize, usize)]) -> Vec<Vec<Placed>> {
    #[allow(clippy::cast_precision_loss)] // Sizes of boxes.
    let (along, across) = ((WIDTH + GAP) as f64, ROW as f64);
    let linked: BTreeSet<usize> = needs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    // The layout goes by position, whatever number it is given.
    let linked: Vec<usize> = linked.into_iter().collect();
    let number = |thing: &usize| linked.binary_search(thing).ok();
    let number = |thing: &usize| u32::try_from(number(thing)?).ok();
    // It goes from top to bottom, the picture from left to right.
    let boxes = linked.iter().filter_map(number);
    let boxes: Vec<(u32, (f64, f64))> = boxes.map(|i| (i, (across, along))).collect();
    let edges = forward(needs);
    let edges = edges.iter();
    let edges = edges.filter_map(|(a, b)| Some((number(a)?, number(b)?)));
    let config = Config {
        vertex_spacing: 1.0,
        dummy_size: 1.0,
        transpose: things < 300,
        ..Config::default()
    };
    let layouts = match boxes.is_empty() {
        true => Vec::new(),
        false => from_vertices_and_edges(&boxes, &edges.collect::<Vec<_>>(), &config),
    };
    let parts = layouts.into_iter();
    let mut parts: Vec<Vec<Placed>> = parts.map(|(part, ..)| upright(&part, &linked)).collect();
    parts.sort_by_key(|part| (std::cmp::Reverse(part.len()), part.first().map(|p| p.0)));
    let single = (0..things)
        .filter(|i| linked.binary_search(i).is_err())
        .enumerate();
    let single: Vec<Placed> = single
        .map(|(n, thing)| {
            let (column, row) = (n % COLUMNS, n / COLUMNS);
            (thing, (whole(column) * (WIDTH + EDGE), whole(row) * ROW))
        })
        .collect();
    parts.extend((!single.is_empty()).then_some(single));
    parts
}

/// The lines that lead from left to right, whatever the layout does with the
/// others: of a circle it would make no end.
fn forward(needs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut graph = DiGraphMap::<usize, ()>::new();
    for &(from, to) in needs {
        graph.add_edge(from, to, ());
    }
    let mut circle = BTreeMap::new();
    for (number, members) in tarjan_scc(&graph).into_iter().enumerate() {
        circle.extend(members.into_iter().map(|thing| (thing, number)));
    }
    // What is later needs what is earlier.
    let back = |(from, to): &(usize, usize)| circle.get(from) == circle.get(to) && from < to;
    needs.iter().filter(|need| !back(need)).copied().collect()
}

/// A part with its columns where boxes end, sorted by thing.
fn upright(part: &[(usize, (f64, f64))], linked: &[usize]) -> Vec<Placed> {
    #[allow(clippy::cast_possible_truncation)] // Rounded, and of a picture's size.
    let round = |value: f64| value.round() as i64;
    let ranks: BTreeMap<i64, i64> = {
        let mut ranks: Vec<i64> = part.iter().map(|(_, (_, y))| round(*y)).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let columns = ranks.into_iter().enumerate();
        columns
            .map(|(n, y)| (y, whole(n) * (WIDTH + GAP)))
            .collect()
    };
    let top = part
        .iter()
        .map(|(_, (x, _))| round(*x))
        .min()
        .unwrap_or_default();
    let mut placed: Vec<Placed> = part
        .iter()
        .map(|(number, (x, y))| (linked[*number], (ranks[&round(*y)], round(*x) - top)))
        .collect();
    placed.sort_unstable();
    placed
}

fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or_default()
}

fn curve((x, y): (i64, i64), (to_x, to_y): (i64, i64)) -> String {
    let (y, to_y) = (y + HEIGHT / 2, to_y + HEIGHT / 2);
    // What stands to the left is reached from the left side.
    let (start, end) = match x < to_x {
        true => (x + WIDTH, to_x),
        false => (x, to_x + WIDTH),
    };
    let bend = (end - start) / 2;
    format!(
        "M{start} {y}C{} {y} {} {to_y} {end} {to_y}",
        start + bend,
        end - bend
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_box_covers_another_and_all_are_in_the_picture(
            needs in proptest::collection::btree_set((0_usize..24, 0_usize..24), 0..50),
            ordered in any::<bool>(),
        ) {
            // What needs something is later than that, unless things need each
            // other by parts of theirs.
            let fits = |(a, b): &(usize, usize)| if ordered { a > b } else { a != b };
            let needs: Vec<_> = needs.into_iter().filter(fits).collect();
            let drawing = drawing(24, &needs).unwrap();
            prop_assert_eq!(&drawing, &super::drawing(24, &needs).unwrap());
            for (i, (x, y)) in drawing.at.iter().enumerate() {
                prop_assert!(*x >= 0 && x + WIDTH <= drawing.width, "{:?}", drawing);
                prop_assert!(*y >= 0 && y + HEIGHT <= drawing.height);
                for (x2, y2) in &drawing.at[..i] {
                    let apart = (x - x2).abs() >= WIDTH || (y - y2).abs() >= HEIGHT;
                    prop_assert!(apart, "{:?}", drawing.at);
                }
            }
            for line in &drawing.lines {
                let right = drawing.at[line.from].0 < drawing.at[line.to].0;
                prop_assert!(right || !ordered);
            }
        }
    }

    #[test]
    fn more_than_can_be_followed_is_not_drawn() {
        assert_eq!(drawing(0, &[]), None);
        assert_eq!(drawing(MOST + 1, &[]), None);
        assert!(drawing(3, &[]).is_some());
    }
}
