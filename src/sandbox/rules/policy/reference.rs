//! What a policy document names.

use super::csharp::with_holes;
use super::lexer::{Form, Kind, Lexer, Token, decode, place};

/// What a place in a policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefKind {
    /// A named value, by display name.
    NamedValue,
    /// A policy fragment.
    Fragment,
    /// A backend.
    Backend,
    /// A certificate, by resource name.
    Certificate,
    /// A logger.
    Logger,
    /// A global schema.
    Schema,
    /// A provider of the credential manager.
    AuthProvider,
}

/// One place in a policy that names another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// What is named.
    pub kind: RefKind,
    /// The name, or for a named value the display name.
    pub id: String,
    /// The element it stands in, empty at the top of the document.
    pub element: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1: of the braces for a named
    /// value, else of the element's name.
    pub column: usize,
    /// Whether it stands in an XML comment.
    pub in_comment: bool,
    /// Whether it stands in the body of a Liquid template.
    pub in_liquid: bool,
    /// Whether it stands in CDATA.
    pub in_cdata: bool,
    /// Whether it stands in a string of C# with holes, where two braces stand for
    /// one.
    pub in_interpolated: bool,
}

fn kind_of(element: &str, attribute: &str) -> Option<RefKind> {
    Some(match attribute {
        "fragment-id" if element == "include-fragment" => RefKind::Fragment,
        "backend-id" | "embeddings-backend-id" => RefKind::Backend,
        "certificate-id" | "issuer-certificate-id" => RefKind::Certificate,
        "logger-id" => RefKind::Logger,
        "schema-id" => RefKind::Schema,
        "provider-id" if element == "get-authorization-context" => RefKind::AuthProvider,
        _ => return None,
    })
}

/// Returns the references of a raw document in the order of their places.
///
/// Ids are those of literal attribute values: an expression or a value that is
/// composed with a named value gives none, but its `{{…}}` count.
pub fn references(text: &str) -> Vec<PolicyRef> {
    let mut found = Vec::new();
    collect(text, text, 0, false, &mut found);
    found.sort_by_key(|&(at, _)| at);
    found.into_iter().map(|(_, reference)| reference).collect()
}

/// `part` is the whole document, or what stands between the marks of one of its
/// comments, at `offset`.
fn collect(
    text: &str,
    part: &str,
    offset: usize,
    in_comment: bool,
    found: &mut Vec<(usize, PolicyRef)>,
) {
    let mut open: Vec<(&str, bool)> = Vec::new();
    let reference = |kind, id: String, element: &str, at: usize, in_liquid| {
        let (line, column) = place(text, at);
        let element = element.to_owned();
        let made = PolicyRef {
            kind,
            id,
            element,
            line,
            column,
            in_comment,
            in_liquid,
            in_cdata: false,
            in_interpolated: false,
        };
        (at, made)
    };
    for Token { kind, start, end } in Lexer::new(part, Form::Raw) {
        let (mut element, liquid) = open.last().copied().unwrap_or(("", false));
        let source = &part[start..end];
        let in_cdata = matches!(kind, Kind::Cdata);
        match kind {
            Kind::Comment => {
                let inner = source.trim_start_matches("<!--").trim_end_matches("-->");
                // A mark that overlaps with its partner leaves nothing inside.
                if !in_comment && source.len() >= inner.len() + 4 {
                    collect(text, inner, offset + start + 4, true, found);
                }
                continue;
            }
            Kind::Open {
                name,
                ref attributes,
                empty,
            } => {
                element = name;
                for attribute in attributes {
                    let value = attribute.value.trim();
                    let literal = !value.is_empty()
                        && !value.contains("{{")
                        && !value.starts_with("@(")
                        && !value.starts_with("@{");
                    if let Some(kind) = kind_of(name, attribute.name)
                        && literal
                    {
                        let at = offset + start + 1;
                        found.push(reference(kind, decode(value), name, at, false));
                    }
                }
                if !empty {
                    let template = attributes
                        .iter()
                        .any(|a| a.name == "template" && a.value.eq_ignore_ascii_case("liquid"));
                    open.push((name, liquid || template));
                }
            }
            Kind::Close { name } => {
                if open.iter().any(|&(opened, _)| opened == name) {
                    while open.pop().is_some_and(|(opened, _)| opened != name) {}
                }
                continue;
            }
            Kind::Text | Kind::Cdata | Kind::Declaration => {}
        }
        let in_liquid = liquid && !matches!(kind, Kind::Open { .. });
        let interpolated = with_holes(source.as_bytes());
        for (at, name) in named_values(source) {
            let within = interpolated.iter().any(|string| string.contains(&at));
            let at = offset + start + at;
            let kind = RefKind::NamedValue;
            let (at, mut made) = reference(kind, name.to_owned(), element, at, in_liquid);
            made.in_cdata = in_cdata;
            made.in_interpolated = within;
            found.push((at, made));
        }
    }
}

/// Returns each `{{name}}` of a text with its offset; blanks inside the braces
/// don't count.
fn named_values(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|at| from + at) {
        let inner = &text[open + 2..];
        let name = inner.find("}}").map(|close| inner[..close].trim());
        match name.filter(|name| is_display_name(name)) {
            Some(name) => {
                found.push((open, name));
                from = open + 2 + name.len();
            }
            None => from = open + 1,
        }
    }
    found
}

fn is_display_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    name.bytes().all(fits) && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn brief(text: &str) -> Vec<(RefKind, String)> {
        references(text)
            .into_iter()
            .map(|found| (found.kind, found.id))
            .collect()
    }

    #[test]
    fn ids_are_read_from_literals_and_named_values_from_everywhere() {
        let text = "<policies><inbound>\n<include-fragment fragment-id='f-1' />\n\
            <set-backend-service backend-id=\"func-{{Env}}\" />\n\
            <set-backend-service backend-id=\"@(\"b\" + \"{{ Nv }}\")\" />\n\
            <log-to-eventhub logger-id=\"eh\">@{ return \"</x>{{A.b}}\"; }</log-to-eventhub>\n\
            </inbound></policies>";
        assert_eq!(
            brief(text),
            [
                (RefKind::Fragment, "f-1".to_owned()),
                (RefKind::NamedValue, "Env".to_owned()),
                (RefKind::NamedValue, "Nv".to_owned()),
                (RefKind::Logger, "eh".to_owned()),
                (RefKind::NamedValue, "A.b".to_owned()),
            ]
        );
        let fragment = &references(text)[0];
        assert_eq!((fragment.line, fragment.column), (2, 2));
        assert_eq!(fragment.element, "include-fragment");
    }

    #[test]
    fn comments_and_liquid_are_marked() {
        let text = "<policies><inbound><!-- <a backend-id=\"old\">{{Old}}</a> -->\
            <set-body template=\"liquid\">{{body.id}}</set-body><x>{{Live}}</x></inbound></policies>";
        let marks: Vec<_> = references(text)
            .into_iter()
            .map(|found| (found.id, found.in_comment, found.in_liquid))
            .collect();
        assert_eq!(
            marks,
            [
                ("old".to_owned(), true, false),
                ("Old".to_owned(), true, false),
                ("body.id".to_owned(), false, true),
                ("Live".to_owned(), false, false),
            ]
        );
    }

    fn ids(text: &str, kind: RefKind) -> BTreeSet<String> {
        references(text)
            .into_iter()
            .filter(|found| found.kind == kind && !found.in_comment && !found.in_liquid)
            .map(|found| found.id)
            .collect()
    }

    const LABELS: &[(&str, RefKind)] = &[
        ("named_values", RefKind::NamedValue),
        ("fragments", RefKind::Fragment),
        ("backends", RefKind::Backend),
        ("certificates", RefKind::Certificate),
        ("loggers", RefKind::Logger),
        ("schemas", RefKind::Schema),
        ("auth_providers", RefKind::AuthProvider),
    ];

    fn labelled(labels: &Value, name: &str) -> BTreeSet<String> {
        let list = labels[name].as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect()
    }

    #[test]
    fn real_policies_name_what_their_labels_say() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
        let Ok(text) = std::fs::read_to_string(format!("{folder}/labels.json")) else {
            println!("skipped: ../shared is absent");
            return;
        };
        let labels: Value = serde_json::from_str(&text).unwrap();
        let documents = labels["documents"].as_array().unwrap();
        let mut wrong = Vec::new();
        for document in documents {
            let file = document["file"].as_str().unwrap();
            let raw = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
            for (name, kind) in LABELS {
                let mut found = ids(&raw, *kind);
                // Placeholders of a template, which is filled in before it is sent.
                found.retain(|id| !id.contains('{'));
                if found != labelled(document, name) {
                    wrong.push(format!("{file} {name}: {found:?}"));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn tricky_documents_name_what_is_expected() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/policies/tricky.json"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: ../shared is absent");
            return;
        };
        let tricky: Value = serde_json::from_str(&text).unwrap();
        for case in tricky["cases"].as_array().unwrap() {
            let raw = case["xml"].as_str().unwrap();
            for (name, kind) in LABELS {
                if !case["expect"][name].is_null() {
                    let expected = labelled(&case["expect"], name);
                    assert_eq!(ids(raw, *kind), expected, "{} {name}", case["name"]);
                }
            }
        }
    }
}
