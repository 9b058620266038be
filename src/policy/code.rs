//! What code reads: variables, and members of `context`.

use std::collections::{BTreeMap, BTreeSet};

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
    pub(super) certificates: Option<usize>,
}

impl Reads {
    /// Adds what an expression reads that begins at an offset.
    pub(super) fn add(&mut self, code: &str, start: usize) {
        for at in occurrences(code, "context") {
            let mut cursor = Cursor {
                text: code,
                at: at + "context".len(),
            };
            let Some(object) = cursor.member() else {
                continue;
            };
            let Some(member) = cursor.member() else {
                continue;
            };
            if (object, member) == ("Deployment", "Certificates") {
                self.certificates.get_or_insert(start + at);
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

/// Returns where a word stands that is no part of a longer one.
fn occurrences<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).filter_map(move |(at, _)| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(at + word.len());
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let alone = !before.is_some_and(|b| part(b) || *b == b'.') && !after.is_some_and(part);
        alone.then_some(at)
    })
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    /// Reads `.Name` or `?.Name`.
    fn member(&mut self) -> Option<&'t str> {
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
        self.space();
        self.eat("@");
        let quote = ["\"", "&quot;"].into_iter().find(|quote| self.eat(quote))?;
        let rest = self.rest();
        let end = rest.find(quote)?;
        self.at += end + quote.len();
        let text = rest.get(..end)?;
        let text = if quote == "\"" {
            text.into()
        } else {
            decode(text)
        };
        Some(text.into_owned())
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
        let mut cursor = Cursor {
            text: code,
            at: at + "context".len(),
        };
        if cursor.member() != Some("Variables") {
            continue;
        }
        let start = cursor.at;
        let method = cursor.member();
        if method.is_none() {
            cursor.at = start;
            cursor.space();
            cursor.eat("?");
            if !cursor.eat("[") {
                continue;
            }
        } else {
            // A type may stand before the bracket: GetValueOrDefault<string>(
            match cursor.rest().bytes().take(NEARBY).position(|b| b == b'(') {
                Some(open) => cursor.at += open + 1,
                None => continue,
            }
        }
        found.extend(cursor.literal());
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
