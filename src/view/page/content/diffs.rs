//! Documents before and after, line beside line.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

use super::shown::{Shown, unshown};
use crate::plan::Step;
use crate::secret::plain;
use crate::view::page::text::Line;

/// Lines that are shown around each change.
const AROUND: usize = 3;

/// What becomes of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Diff {
    /// The position of the step that sends it.
    pub(crate) step: usize,
    pub(crate) kind: String,
    pub(crate) from: Line,
    pub(crate) to: Line,
    /// How many places differ.
    pub(crate) changes: usize,
    pub(crate) text: Differing,
}

/// A diff, or where to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Differing {
    Lines(Vec<Piece>),
    Unshown(Shown),
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Piece {
    /// The same on both sides, and far from any change.
    Folded(Vec<Row>),
    /// Around a change.
    Open(Vec<Row>),
}

/// Lines that stand beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) old: Option<Side>,
    pub(crate) new: Option<Side>,
    pub(crate) differs: bool,
    /// Whether it is the first of those that differ.
    pub(crate) first: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Side {
    /// One-based.
    pub(crate) number: usize,
    pub(crate) parts: Vec<Part>,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// Whether only this side has it.
    pub(crate) changed: bool,
    pub(crate) text: Line,
}

impl Diff {
    /// Compares a document at the source with its copy.
    pub(crate) fn of(position: usize, step: &Step, source: &str, file: &str) -> Self {
        let copy = step.content.as_ref().and_then(|c| c.document.as_deref());
        let copy = copy.unwrap_or_default();
        let from = step
            .source
            .as_ref()
            .map_or_else(String::new, |s| s.0.to_string());
        let unshown = unshown(source, file).or_else(|| unshown(copy, file));
        let (changes, text) = match unshown {
            Some(why) => (0, Differing::Unshown(why)),
            None => {
                let rows = rows(&lines(source), &lines(copy));
                let changes = rows.iter().filter(|row| row.first).count();
                (changes, Differing::Lines(folded(rows)))
            }
        };
        Self {
            step: position,
            kind: step.kind.noun(),
            from: Line::of(from),
            to: Line::of(step.target.to_string()),
            changes,
            text,
        }
    }
}

/// The lines of a text. Line ends mean nothing to the service, and tabs are as
/// wide as four blanks.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| plain(&line.replace('\t', "    ")));
    lines.collect()
}

fn rows(old: &[String], new: &[String]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(new.len());
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        let (tag, was, is) = op.as_tag_tuple();
        let differs = tag != DiffTag::Equal;
        for i in 0..was.len().max(is.len()) {
            let was = nth(&was, i).map(|at| (at, old[at].as_str()));
            let is = nth(&is, i).map(|at| (at, new[at].as_str()));
            let (a, b) = match (was, is) {
                (Some((_, a)), Some((_, b))) if differs => marked(a, b),
                (a, b) => (whole(a, differs), whole(b, differs)),
            };
            let side = |at: Option<(usize, &str)>, parts| {
                at.map(|(at, _)| Side {
                    number: at + 1,
                    parts,
                })
            };
            rows.push(Row {
                old: side(was, a),
                new: side(is, b),
                differs,
                first: differs && i == 0,
            });
        }
    }
    rows
}

fn nth(range: &Range<usize>, i: usize) -> Option<usize> {
    range.clone().nth(i)
}

fn whole(line: Option<(usize, &str)>, changed: bool) -> Vec<Part> {
    let text = line.map_or("", |(_, text)| text);
    vec![Part {
        changed,
        text: Line::of(text),
    }]
}

/// Two lines, with the names marked that only one of them has.
fn marked(old: &str, new: &str) -> (Vec<Part>, Vec<Part>) {
    let (a, b) = (names(old), names(new));
    let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
    let parts = |tokens: &[&str], range: fn(&DiffOp) -> Range<usize>| {
        let parts = ops.iter().filter_map(|op| {
            let text: String = tokens.get(range(op))?.concat();
            let changed = op.tag() != DiffTag::Equal;
            (!text.is_empty()).then(|| Part {
                changed,
                text: Line::of(text),
            })
        });
        parts.collect()
    };
    (parts(&a, DiffOp::old_range), parts(&b, DiffOp::new_range))
}

/// A line in pieces: names as policies have them, and each other character.
fn names(line: &str) -> Vec<&str> {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = match of_name(first) {
            true => rest.find(|c| !of_name(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, tail) = rest.split_at(end);
        tokens.push(token);
        rest = tail;
    }
    tokens
}

/// Puts away what is far from every change.
fn folded(rows: Vec<Row>) -> Vec<Piece> {
    let changed: BTreeSet<usize> = (rows.iter().enumerate())
        .filter(|(_, row)| row.differs)
        .map(|(i, _)| i)
        .collect();
    let near = |i: usize| {
        let around = i.saturating_sub(AROUND)..=i + AROUND;
        changed.range(around).next().is_some()
    };
    let mut pieces: Vec<Piece> = Vec::new();
    for (i, row) in rows.into_iter().enumerate() {
        match (pieces.last_mut(), near(i)) {
            (Some(Piece::Open(rows)), true) | (Some(Piece::Folded(rows)), false) => rows.push(row),
            (_, true) => pieces.push(Piece::Open(vec![row])),
            (_, false) => pieces.push(Piece::Folded(vec![row])),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::steps;

    fn diff(old: &str, new: &str) -> Diff {
        let step = steps::step("apiPolicy", "/apis/a-in-w/policies/policy", &[]);
        let step = step.copy_of("/apis/a/policies/policy", None).document(new);
        Diff::of(0, &step, old, "p.xml")
    }

    fn told(diff: &Diff) -> String {
        let side = |side: &Option<Side>| match side {
            None => String::new(),
            Some(side) => {
                let parts = side.parts.iter().map(|part| match part.changed {
                    true => format!("[{}]", part.text),
                    false => part.text.to_string(),
                });
                format!("{}:{}", side.number, parts.collect::<String>())
            }
        };
        let Differing::Lines(pieces) = &diff.text else {
            return format!("{:?}", diff.text);
        };
        let pieces = pieces.iter().map(|piece| match piece {
            Piece::Folded(rows) => format!("({} folded)\n", rows.len()),
            Piece::Open(rows) => {
                let rows = rows.iter();
                rows.map(|r| format!("{} | {}\n", side(&r.old), side(&r.new)))
                    .collect()
            }
        });
        pieces.collect()
    }

    #[test]
    fn names_that_change_are_marked_in_their_line_and_the_rest_is_folded() {
        let old = "1\n2\n3\n4\n<a id=\"{{key}}\"/>\n6\n7\n8\n9\n10\ngone";
        let new = "1\n2\n3\n4\n<a id=\"{{key-in-w}}\"/>\n6\n7\n8\n9\n10";
        let diff = diff(old, new);
        assert_eq!(diff.changes, 2);
        insta::assert_snapshot!(told(&diff), @r#"
        (1 folded)
        2:2 | 2:2
        3:3 | 3:3
        4:4 | 4:4
        5:<a id="{{[key]}}"/> | 5:<a id="{{[key-in-w]}}"/>
        6:6 | 6:6
        7:7 | 7:7
        8:8 | 8:8
        9:9 | 9:9
        10:10 | 10:10
        11:[gone] | 
        "#);
    }

    #[test]
    fn a_document_with_a_secret_is_named_and_not_shown() {
        let secret = "<p><authentication-basic username='u' password='hunter2'/></p>";
        let diff = diff(secret, &secret.replace("u", "v"));
        let text = format!("{diff:?}");
        assert!(
            text.contains("Unshown") && !text.contains("hunter2"),
            "{text}"
        );
    }
}
