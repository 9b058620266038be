//! The tags in the body of a Liquid template.
//!
//! It is XML or JSON with Liquid between it: what stands in comments and in CDATA
//! is none, and nothing in it is C#. All of it is XML to the service, which can
//! give each document in a form where only expressions are escaped [service
//! contract, 4]: a bare `<` can't stand in it, and a tag in `{% %}` or `{{ }}` is
//! one as elsewhere. Only between the attributes of a tag these are passed over.

use std::ops::Range;

/// A tag.
pub(in crate::policy) struct Tag<'a> {
    pub(in crate::policy) name: &'a str,
    /// Where it begins.
    pub(in crate::policy) at: usize,
    pub(in crate::policy) sort: Sort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Sort {
    Opens,
    Closes,
    Empty,
    /// A `<` that begins nothing.
    Bare,
    /// A comment or CDATA that has no end: to a reader of XML it runs on beyond
    /// the template.
    Endless,
}

/// What is passed over, by what it begins and ends with.
const SKIPPED: [(&str, &str); 5] = [
    ("<!--", "-->"),
    ("<![CDATA[", "]]>"),
    ("<?", "?>"),
    ("{%", "%}"),
    ("{{", "}}"),
];

/// Of these, what has to end in the template.
const ENDING: [&str; 2] = ["<!--", "<![CDATA["];

/// Returns the tags in a stretch of a document, in its order.
pub(in crate::policy) fn tags(text: &str, span: Range<usize>) -> impl Iterator<Item = Tag<'_>> {
    let text = text.get(..span.end).unwrap_or_default();
    let last = SKIPPED.map(|(_, end)| text.rfind(end).unwrap_or_default());
    let mut at = span.start;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..)?.find('<')?;
            let start = at;
            if let Some(end) = skipped(text, at, &last) {
                at = end;
                continue;
            }
            let begins = |mark: &&&str| text.get(start..).is_some_and(|t| t.starts_with(**mark));
            let (name, sort, end) = match ENDING.iter().find(begins) {
                Some(name) => (*name, Sort::Endless, start + 1),
                None => tag(text, start, &last).unwrap_or(("<", Sort::Bare, start + 1)),
            };
            at = end;
            return Some(Tag {
                name,
                at: start,
                sort,
            });
        }
    })
}

/// Where what is passed over ends, if such a thing begins here; nothing begins
/// that has no end. `last` is where each of these ends is for the last time, so
/// that none is looked for in vain.
fn skipped(text: &str, at: usize, last: &[usize; 5]) -> Option<usize> {
    let rest = text.get(at..)?;
    let mut known = SKIPPED.iter().zip(last);
    let ((begin, end), last) = known.find(|((begin, _), _)| rest.starts_with(begin))?;
    if *last < at + begin.len() {
        return None;
    }
    let body = rest.get(begin.len()..)?;
    Some(at + begin.len() + body.find(end)? + end.len())
}

/// Reads a tag: its name, its sort, and where it ends.
fn tag<'t>(text: &'t str, start: usize, last: &[usize; 5]) -> Option<(&'t str, Sort, usize)> {
    let rest = text.get(start..)?.strip_prefix('<')?;
    let (closes, named) = match rest.strip_prefix('/') {
        Some(named) => (true, named),
        None => (false, rest),
    };
    if !named.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<' | '{' | '"' | '\'');
    let name = named.get(..named.find(ends)?)?;
    let mut at = start + 1 + usize::from(closes) + name.len();
    loop {
        at += text.get(at..)?.find(['>', '<', '"', '\'', '{'])?;
        match text.as_bytes().get(at)? {
            b'>' => break,
            b'<' => return None,
            b'{' => at = skipped(text, at, last).unwrap_or(at + 1),
            quote => {
                let quote = char::from(*quote);
                at += 1 + text.get(at + 1..)?.find(quote)? + 1;
            }
        }
    }
    let sort = match (closes, text.get(..at)?.ends_with('/')) {
        (true, _) => Sort::Closes,
        (false, true) => Sort::Empty,
        (false, false) => Sort::Opens,
    };
    Some((name, sort, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn names(text: &str) -> Vec<&str> {
        tags(text, 0..text.len()).map(|tag| tag.name).collect()
    }

    #[test]
    fn what_begins_and_never_ends_is_text_and_costs_nothing() {
        assert_eq!(names("{{ a }}<b>{{<c></c>{% <d/>"), ["b", "c", "c", "d"]);
        let began = Instant::now();
        for mark in ["{{", "{%"] {
            assert_eq!(names(&mark.repeat(200_000)), [""; 0]);
        }
        assert_eq!(names(&"<?".repeat(200_000)), vec!["<"; 200_000]);
        for mark in ENDING {
            assert_eq!(names(&mark.repeat(200_000)), vec![mark; 200_000]);
        }
        // By looking for each end it would be minutes.
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
