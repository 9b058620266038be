//! Where things stand in the text of a policy.

use std::ops::Range;

use super::dynamic::said;
use crate::policy::reference::Literal;
use crate::policy::text::lexer::Lexer;
use crate::policy::text::position::{Spot, Walk};

/// Turns offsets into lines and columns, in the order of the text.
pub(super) fn spots(text: &str, mut places: Vec<(usize, String)>) -> Vec<Spot> {
    places.sort();
    let mut walk = Walk::new(text);
    let spot = |(at, what)| {
        let (line, column) = walk.place(at);
        Spot { what, line, column }
    };
    places.into_iter().map(spot).collect()
}

/// The host of a URL and where it stands, when a literal gives it.
pub(super) fn host(text: &str, span: Range<usize>) -> Option<(String, usize)> {
    let (scheme, rest) = text.get(span.clone())?.split_once("://")?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let before = authority.rfind('@').map_or(0, |at| at + 1);
    let host = authority.get(before..)?.split(':').next()?.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_scheme = scheme.trim().chars().all(|c| c.is_ascii_alphanumeric());
    let is_host = is_scheme && !host.is_empty() && host.chars().all(fits);
    let at = span.start + scheme.len() + "://".len() + before;
    is_host.then(|| (host.to_ascii_lowercase(), at))
}

/// The strings of all code with the literal values of variables.
pub(super) fn literals(
    text: &str,
    lexer: &Lexer<'_>,
    values: Vec<(String, String, Range<usize>)>,
) -> Vec<Literal> {
    let values = values.into_iter().filter(|(_, text, _)| !text.is_empty());
    let mut found: Vec<_> = values.map(|(_, text, span)| (text, span, false)).collect();
    for string in &lexer.strings {
        let raw = lexer.slice(string.span.clone());
        found.push((said(raw, string.verbatim), string.span.clone(), true));
    }
    found.sort_by_key(|(_, span, _)| span.start);
    let mut walk = Walk::new(text);
    let literal = |(text, span, in_code): (String, Range<usize>, bool)| {
        let (line, column) = walk.place(span.start);
        Literal {
            text,
            span,
            line,
            column,
            in_code,
        }
    };
    found.into_iter().map(literal).collect()
}
