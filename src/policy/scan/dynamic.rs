//! How the value of an attribute gives a name: by itself, by named values, or
//! by code.

use std::collections::BTreeSet;
use std::ops::Range;

use super::code::variables;
use crate::policy::reference::{Dynamic, DynamicBy, Part, Target};
use crate::policy::text::lexer::Lexer;
use crate::policy::text::names::{braced, decode, trimmed};
use crate::policy::variables::{bare, sole};

/// What the value of an attribute turns out to be.
pub(in crate::policy) enum Value {
    /// Nothing is named.
    Empty,
    /// A literal, and the bytes of it.
    Literal(String, Range<usize>),
    /// Something that gives a name; line and column are still to be filled in.
    Dynamic(Dynamic),
}

/// Tells what the value at `span` is. Code that is one literal and nothing else
/// is what that says.
pub(in crate::policy) fn value(
    lexer: &Lexer<'_>,
    span: &Range<usize>,
    (element, attr): (&str, &str),
    to: Target,
) -> Value {
    let text = lexer.slice(0..span.end);
    let inner = trimmed(text, span.clone());
    let raw = lexer.slice(inner.clone());
    if raw.is_empty() {
        return Value::Empty;
    }
    let mut dynamic = Dynamic::by_code(element, attr, to, span.clone());
    if let Some(inside) = bare(text, inner.clone()) {
        return value(lexer, &inside, (element, attr), to);
    }
    if is_code(raw) || !lexer.codes_in(&inner).is_empty() {
        let strings = lexer.strings_in(&inner).iter();
        dynamic.strings = sorted(strings.map(|s| said(lexer.slice(s.span.clone()), s.verbatim)));
        dynamic.reads = variables(raw).into_iter().collect();
        dynamic.sole = sole(text, inner);
        return Value::Dynamic(dynamic);
    }
    dynamic.parts = parts(text, &inner, false);
    let names = |dynamic: &Dynamic| {
        sorted(dynamic.parts.iter().filter_map(|part| match part {
            Part::NamedValue(name) => Some(name.clone()),
            Part::Literal(_) => None,
        }))
    };
    let is_token = dynamic.parts.iter().any(|part| match part {
        Part::Literal(text) => text.contains(['{', '}']),
        Part::NamedValue(_) => false,
    });
    let named = names(&dynamic);
    if is_token {
        dynamic.by = DynamicBy::TemplateToken;
        dynamic.strings = vec![decode(raw).into_owned()];
        // With blanks in its braces it may be a named value all the same.
        dynamic.parts = parts(text, &inner, true);
    } else if named.is_empty() {
        return Value::Literal(decode(raw).trim().to_owned(), inner);
    } else {
        dynamic.by = match dynamic.parts.len() {
            1 => DynamicBy::NamedValue,
            _ => DynamicBy::Mixed,
        };
        dynamic.strings = named;
    }
    Value::Dynamic(dynamic)
}

/// Whether a value begins as code does.
pub(in crate::policy) fn is_code(value: &str) -> bool {
    value.starts_with("@(") || value.starts_with("@{")
}

pub(in crate::policy) fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a string of code says. Of escapes, only those of quotes and
/// backslashes are decoded: no name has others.
pub(in crate::policy) fn said(raw: &str, verbatim: bool) -> String {
    let text = decode(raw);
    match verbatim {
        true => text.replace("\"\"", "\""),
        false if text.contains('\\') => text.replace("\\\"", "\"").replace("\\\\", "\\"),
        false => text.into_owned(),
    }
}

fn parts(text: &str, span: &Range<usize>, spaced: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = span.start;
    let literal = |from: usize, to: usize, parts: &mut Vec<Part>| {
        let text = decode(text.get(from..to).unwrap_or_default());
        if !text.is_empty() {
            parts.push(Part::Literal(text.into_owned()));
        }
    };
    for name in braced(text.as_bytes(), span.clone()).filter(|b| spaced || !b.spaced) {
        literal(at, name.whole.start, &mut parts);
        at = name.whole.end;
        let name = text.get(name.name).unwrap_or_default();
        parts.push(Part::NamedValue(name.to_owned()));
    }
    literal(at, span.end, &mut parts);
    parts
}
