//! What code reads: variables, and members of `context`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::compares::{compared, of_each};
use crate::policy::text::cursor::{Cursor, occurrences};

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

/// What the code of a document reads, with the offset of the first place.
#[derive(Debug, Default)]
pub(in crate::policy) struct Reads {
    pub(in crate::policy) contexts: BTreeMap<String, usize>,
    pub(in crate::policy) compares: BTreeMap<String, usize>,
    /// Where certificates are looked through.
    pub(in crate::policy) certificates: Option<usize>,
    /// Where one is taken, and the bytes inside the quotes of what names it,
    /// when a literal does.
    pub(in crate::policy) taken: Vec<(usize, Option<Range<usize>>)>,
}

impl Reads {
    /// Adds what an expression reads that begins at an offset.
    pub(in crate::policy) fn add(&mut self, code: &str, start: usize) {
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
            let literals = match RENAMED.contains(&object) && NAMES.contains(&member) {
                true => compared(code, at..cursor.at()),
                false => Vec::new(),
            };
            for literal in literals {
                let compared = format!("{name}={literal}");
                self.compares.entry(compared).or_insert(start + at);
            }
            if (object, member) == ("User", "Groups") {
                for (of_group, literal) in of_each(code, cursor.at(), NAMES) {
                    let compared = format!("{name}.{of_group}={literal}");
                    self.compares.entry(compared).or_insert(start + at);
                }
            }
            self.contexts.entry(name).or_insert(start + at);
        }
    }
}

impl Reads {
    fn certificate(&mut self, cursor: &mut Cursor<'_>, start: usize, at: usize) {
        let lookup = || cursor.clone();
        let (mut index, mut method) = (lookup(), lookup());
        let is_method =
            (method.member()).is_some_and(|m| crate::policy::variables::READING.contains(&m));
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

/// Returns the variables that code reads by literal names, each once.
pub(in crate::policy) fn variables(code: &str) -> BTreeSet<String> {
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
