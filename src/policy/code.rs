//! What code reads: variables, and members of `context`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::names::decode;

/// Members whose value a move to a workspace, or a rename, changes.
const MEMBERS: &[(&str, &[&str])] = &[
    (
        "Api",
        &["Id", "Name", "Path", "Revision", "ServiceUrl", "Workspace"],
    ),
    (
        "Deployment",
        &["Gateway", "GatewayId", "Region", "ServiceId", "ServiceName"],
    ),
    ("Operation", &["Id", "Name"]),
    ("Product", &["Id", "Name", "Workspace"]),
    ("Subscription", &["Id", "Name"]),
    ("User", &["Groups", "Id"]),
    ("Workspace", &["Id", "Name"]),
];

/// Objects that a move can rename, and how their members name them.
const RENAMED: &[&str] = &["Api", "Operation", "Product", "Subscription"];
const NAMES: &[&str] = &["Id", "Name", "Path"];

/// Methods that compare a text with another.
const COMPARING: &[&str] = &[
    "Equals",
    "StartsWith",
    "EndsWith",
    "Contains",
    "CompareTo",
    "IndexOf",
];

/// Conversions that may stand between a member and its comparison.
const CONVERTING: &[&str] = &[
    "ToString",
    "ToLower",
    "ToUpper",
    "ToLowerInvariant",
    "ToUpperInvariant",
    "Trim",
];

/// How many bytes apart a member and what belongs to it may stand.
const NEARBY: usize = 256;

/// What the code of a document reads, with the offset of the first place.
#[derive(Debug, Default)]
pub(super) struct Reads {
    pub(super) contexts: BTreeMap<String, usize>,
    pub(super) compares: BTreeMap<String, usize>,
    /// Where certificates are looked through.
    pub(super) certificates: Option<usize>,
    /// Where one is taken, and the bytes inside the quotes of what names it,
    /// when a literal does.
    pub(super) taken: Vec<(usize, Option<Range<usize>>)>,
}

impl Reads {
    /// Adds what an expression reads that begins at an offset.
    pub(super) fn add(&mut self, code: &str, start: usize) {
        for at in occurrences(code, "context") {
            let mut cursor = Cursor::new(code, at + "context".len());
            let Some(object) = cursor.member() else {
                continue;
            };
            let Some(member) = cursor.member() else {
                continue;
            };
            if (object, member) == ("Deployment", "Certificates") {
                self.certificate(&mut cursor, start, at);
                continue;
            }
            let known = MEMBERS
                .iter()
                .any(|(name, members)| *name == object && members.contains(&member));
            if !known {
                continue;
            }
            let name = format!("context.{object}.{member}");
            if RENAMED.contains(&object)
                && NAMES.contains(&member)
                && let Some(literal) = cursor.compared().or_else(|| compared_before(code, at))
            {
                let compared = format!("{name}={literal}");
                self.compares.entry(compared).or_insert(start + at);
            }
            self.contexts.entry(name).or_insert(start + at);
        }
    }
}

impl Reads {
    fn certificate(&mut self, cursor: &mut Cursor<'_>, start: usize, at: usize) {
        let lookup = || Cursor::new(cursor.text, cursor.at);
        let (mut index, mut method) = (lookup(), lookup());
        let is_method = (method.member()).is_some_and(|m| super::variables::READING.contains(&m));
        let named = match (index.opens("["), is_method && method.opens("(")) {
            (true, _) => index.quoted().filter(|_| index.ends_with(&["]"])),
            (_, true) => method.quoted().filter(|_| method.ends_with(&[")", ","])),
            _ => {
                self.certificates.get_or_insert(start + at);
                return;
            }
        };
        let named = named.map(|span| start + span.start..start + span.end);
        self.taken.push((start + at, named));
    }
}

/// Returns where a word stands that is no part of a longer one.
pub(super) fn occurrences<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).filter_map(move |(at, _)| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(at + word.len());
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let alone = !before.is_some_and(|b| part(b) || *b == b'.') && !after.is_some_and(part);
        alone.then_some(at)
    })
}

/// Reads code from left to right.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// The offset of what comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub(super) fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    /// Reads `.Name` or `?.Name`.
    pub(super) fn member(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.space();
        self.eat("?");
        if self.eat(".") {
            self.space();
            let rest = self.rest();
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            if end > 0 {
                self.at += end;
                return rest.get(..end);
            }
        }
        self.at = start;
        None
    }

    /// Reads what a member is compared with, when it is a literal.
    fn compared(&mut self) -> Option<String> {
        loop {
            let start = self.at;
            match self.member() {
                Some(method) if COMPARING.contains(&method) => {
                    self.space();
                    return self.eat("(").then(|| self.literal()).flatten();
                }
                Some(method) if CONVERTING.contains(&method) => {
                    self.space();
                    if !self.eat("(") {
                        return None;
                    }
                    self.space();
                    if !self.eat(")") {
                        return None;
                    }
                }
                Some(_) => return None,
                None => {
                    self.at = start;
                    break;
                }
            }
        }
        self.space();
        (self.eat("==") || self.eat("!="))
            .then(|| self.literal())
            .flatten()
    }

    /// Reads a string literal, its quotes plain or entities.
    fn literal(&mut self) -> Option<String> {
        let span = self.quoted()?;
        Some(decode(self.text.get(span)?).into_owned())
    }

    /// Reads a string literal, and returns the bytes inside of its quotes.
    pub(super) fn quoted(&mut self) -> Option<Range<usize>> {
        self.space();
        self.eat("@");
        let quote = ["\"", "&quot;"].into_iter().find(|quote| self.eat(quote))?;
        let start = self.at;
        let length = self.rest().find(quote)?;
        self.at += length + quote.len();
        Some(start..start + length)
    }

    /// Reads `["name"]` or `?["name"]`: `Some(None)` when no literal stands in
    /// the brackets.
    pub(super) fn index(&mut self) -> Option<Option<String>> {
        let start = self.at;
        self.space();
        self.eat("?");
        if !self.eat("[") {
            self.at = start;
            return None;
        }
        let name = self.literal();
        self.space();
        Some(name.filter(|_| self.eat("]")))
    }

    /// Reads an opening bracket.
    fn opens(&mut self, bracket: &str) -> bool {
        self.space();
        self.eat("?");
        self.eat(bracket)
    }

    /// Whether what was just read is all there is: one of these follows.
    fn ends_with(&mut self, ends: &[&str]) -> bool {
        self.space();
        ends.iter().any(|end| self.rest().starts_with(end))
    }

    /// Whether what was just read is given a value.
    pub(super) fn assigns(&mut self) -> bool {
        self.space();
        let rest = self.rest().trim_start_matches(['+', '?']);
        rest.starts_with('=') && !rest.starts_with("==")
    }

    /// Reads the first argument of a method when it is a literal. A type may
    /// stand before the bracket: `GetValueOrDefault<string>(`.
    pub(super) fn argument(&mut self) -> Option<String> {
        let open = self.rest().bytes().take(NEARBY).position(|b| b == b'(')?;
        self.at += open + 1;
        self.literal()
    }

    pub(super) fn comma(&mut self) -> bool {
        self.space();
        self.eat(",")
    }

    pub(super) fn close(&mut self) -> bool {
        self.space();
        self.eat(")")
    }
}

/// Reads the literal of `"x" == context…` and of `Equals("x", context…`.
fn compared_before(code: &str, at: usize) -> Option<String> {
    let nearby = (at.saturating_sub(NEARBY)..at).find(|&from| code.is_char_boundary(from))?;
    let before = code.get(nearby..at)?.trim_end();
    let before = match before
        .strip_suffix("==")
        .or_else(|| before.strip_suffix("!="))
    {
        Some(before) => before,
        None => {
            let arguments = before.strip_suffix(',')?;
            let open = arguments.rfind('(')?;
            arguments
                .get(..open)?
                .ends_with("Equals")
                .then_some(arguments)?
        }
    };
    let before = before.trim_end();
    let quote = ["\"", "&quot;"]
        .into_iter()
        .find(|quote| before.ends_with(quote))?;
    let before = before.strip_suffix(quote)?;
    let text = before.get(before.rfind(quote)? + quote.len()..)?;
    Some(text.to_owned())
}

/// Returns the variables that code reads by literal names, each once.
pub(super) fn variables(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in occurrences(code, "context") {
        let mut cursor = Cursor::new(code, at + "context".len());
        if cursor.member() != Some("Variables") {
            continue;
        }
        match cursor.index() {
            Some(index) => found.extend(index),
            None => found.extend(cursor.member().and_then(|_| cursor.argument())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(code: &str) -> Reads {
        let mut reads = Reads::default();
        reads.add(code, 0);
        reads
    }

    #[test]
    fn members_are_read_with_and_without_question_marks() {
        let found = reads(
            "context.Api.Id + context.Product?.Name + context . Api.Version + mycontext.Api.Name + context.Deployment.Certificates",
        );
        assert!(
            found
                .contexts
                .into_keys()
                .eq(["context.Api.Id", "context.Product.Name"])
        );
        assert!(found.certificates.is_some());
    }

    #[test]
    fn comparisons_with_literals_are_told() {
        for code in [
            r#"context.Product.Name == "x""#,
            r#"context.Product?.Name != &quot;x&quot;"#,
            r#"context.Product.Name.Equals("x")"#,
            r#"context.Product.Name.ToLower().StartsWith("x")"#,
            r#""x" == context.Product.Name"#,
            r#"string.Equals("x", context.Product.Name)"#,
        ] {
            let found = reads(code).compares;
            assert!(found.into_keys().eq(["context.Product.Name=x"]), "{code}");
        }
        assert_eq!(
            reads("context.Api.Id == context.Api.Name").compares.len(),
            0
        );
    }

    #[test]
    fn variables_are_read_by_key_and_by_method() {
        let code = r#"context.Variables["a"] + context.Variables.GetValueOrDefault<string>("b","z") + context.Variables[&quot;c&quot;] + context.Variables[d] + context.Request.Headers["e"]"#;
        assert!(variables(code).into_iter().eq(["a", "b", "c"]));
    }
}
