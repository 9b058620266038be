//! What the service reads in a policy document.

mod csharp;
mod form;
mod lexer;
mod reference;

pub use form::{from_xml, normalise, to_xml};
pub use reference::{PolicyRef, RefKind, references};

use lexer::{Broken, Form, Kind, Lexer, place};

/// What policies a workspace has no use for: credential manager, self-hosted
/// gateway, GraphQL resolvers.
const NOT_IN_WORKSPACE: &[&str] = &[
    "get-authorization-context",
    "invoke-dapr-binding",
    "publish-to-dapr",
    "http-data-source",
    "sql-data-source",
    "cosmosdb-data-source",
];

const SECTIONS: &[&str] = &["inbound", "backend", "outbound", "on-error"];
const RESOLVER_ROOTS: &[&str] = &[
    "http-data-source",
    "sql-data-source",
    "cosmosdb-data-source",
];

/// Returns why a raw document (or fragment) is refused for its form: it has
/// another root, tags that don't pair outside of expressions, or a section that
/// is none.
pub fn problem(text: &str, fragment: bool) -> Option<String> {
    let root: &[&str] = if fragment {
        &["fragment"]
    } else {
        &["policies"]
    };
    form_problem(text, root, Form::Raw)
}

/// Returns why the raw policy of a GraphQL resolver is refused for its form.
pub fn resolver_problem(text: &str) -> Option<String> {
    form_problem(text, RESOLVER_ROOTS, Form::Raw)
}

/// Returns why the policy of a GraphQL resolver, sent as `xml`, is refused.
pub fn resolver_xml_problem(text: &str) -> Option<String> {
    form_problem(text, RESOLVER_ROOTS, Form::Xml)
}

/// Returns why a document sent as `xml`, with expressions escaped, is refused.
pub fn well_formed_problem(text: &str, fragment: bool) -> Option<String> {
    let root: &[&str] = if fragment {
        &["fragment"]
    } else {
        &["policies"]
    };
    form_problem(text, root, Form::Xml)
}

fn form_problem(text: &str, roots: &[&str], form: Form) -> Option<String> {
    let what = match roots {
        ["fragment"] => "The policy fragment",
        _ => "The policy",
    };
    let broken = first_mistake(text, roots, form)?;
    let (line, column) = place(text, broken.at);
    Some(format!(
        "{what} is not a valid XML: {} (line {line}, column {column}).",
        broken.what
    ))
}

fn first_mistake(text: &str, roots: &[&str], form: Form) -> Option<Broken> {
    let broken = |at: usize, what: String| Some(Broken { at, what });
    let mut lexer = Lexer::new(text, form);
    let mut open: Vec<&str> = Vec::new();
    let mut rooted = false;
    let mut sections: Vec<&str> = Vec::new();
    loop {
        let token = lexer.next();
        if let Some(mistake) = lexer.broken.take() {
            return Some(mistake);
        }
        let Some(token) = token else { break };
        match token.kind {
            Kind::Open { name, empty, .. } => {
                if open.is_empty() {
                    if rooted {
                        return broken(token.start, format!("'{name}' is a second root"));
                    }
                    if !roots.contains(&name) {
                        return broken(token.start, format!("the root element is '{name}'"));
                    }
                    rooted = true;
                } else if open == ["policies"] && !name.contains("{{") {
                    if !SECTIONS.contains(&name) {
                        return broken(token.start, format!("'{name}' is no section"));
                    }
                    if sections.contains(&name) {
                        return broken(token.start, format!("section '{name}' is there twice"));
                    }
                    sections.push(name);
                }
                if !empty {
                    open.push(name);
                }
            }
            Kind::Close { name } => match open.pop() {
                Some(opened) if opened == name => {}
                Some(opened) => {
                    return broken(token.start, format!("'{opened}' is closed by '{name}'"));
                }
                None => return broken(token.start, format!("'{name}' was not open")),
            },
            Kind::Text | Kind::Cdata if open.is_empty() => {
                if !text[token.start..token.end].trim().is_empty() {
                    return broken(token.start, "text outside of the root".to_owned());
                }
            }
            Kind::Text | Kind::Cdata | Kind::Comment | Kind::Declaration => {}
        }
    }
    match open.pop() {
        Some(name) => broken(text.len(), format!("'{name}' is not closed")),
        None if !rooted => broken(text.len(), "the root element is missing".to_owned()),
        None => None,
    }
}

/// Returns the elements that a workspace refuses, each with line and column.
pub fn not_in_workspace(text: &str) -> Vec<(String, usize, usize)> {
    Lexer::new(text, Form::Raw)
        .filter_map(|token| match token.kind {
            Kind::Open {
                name, attributes, ..
            } => {
                let dapr = name == "set-backend-service"
                    && attributes.iter().any(|a| a.name.starts_with("dapr-"));
                (dapr || NOT_IN_WORKSPACE.contains(&name)).then(|| {
                    let (line, column) = place(text, token.start + 1);
                    (name.to_owned(), line, column)
                })
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_document_with_expressions_has_no_problem() {
        let text = "<!-- c --><policies>\n<inbound><base /><set-header name=\"a\" exists-action='override'><value>@(x < 1 ? \"a\" : As<T>(\"b\"))</value></set-header></inbound></policies>\n";
        assert_eq!(problem(text, false), None);
        assert!(well_formed_problem(text, false).is_some());
        assert_eq!(well_formed_problem(&to_xml(text), false), None);
    }

    #[test]
    fn each_mistake_of_form_is_refused() {
        for (text, words) in [
            ("", "root element is missing"),
            ("<fragment></fragment>", "root element is 'fragment'"),
            (
                "<policies><inbound></policies>",
                "'inbound' is closed by 'policies'",
            ),
            ("<policies>", "'policies' is not closed"),
            ("<policies></policies></policies>", "was not open"),
            ("<policies /><policies />", "second root"),
            ("<policies /> x", "text outside"),
            ("<policies><base /></policies>", "'base' is no section"),
            ("<policies><inbound /><inbound /></policies>", "twice"),
            (
                "<policies><inbound><a b=c /></inbound></policies>",
                "no quoted value",
            ),
            (
                "<policies><inbound><a b='1' b='2' /></inbound></policies>",
                "twice",
            ),
            ("<policies><!-- </policies>", "'-->' is missing"),
        ] {
            let found = problem(text, false).unwrap_or_else(|| panic!("{text}"));
            assert!(found.contains(words), "{text}: {found}");
        }
        let found = problem("<fragment><a></fragment>", true).unwrap();
        assert!(found.starts_with("The policy fragment is not a valid XML: "));
    }

    #[test]
    fn escaped_text_may_not_hold_bare_characters() {
        for text in [
            "<policies><inbound>a & b</inbound></policies>",
            "<policies><inbound><a b=\"1 < 2\" /></inbound></policies>",
            "<policies><inbound><a b=\"@(x(\"1\"))\" /></inbound></policies>",
        ] {
            assert!(well_formed_problem(text, false).is_some(), "{text}");
        }
    }

    #[test]
    fn a_resolver_has_roots_of_its_own() {
        let text = "<http-data-source><http-request /></http-data-source>";
        assert_eq!(resolver_problem(text), None);
        assert!(problem(text, false).is_some());
    }

    #[test]
    fn what_a_workspace_lacks_is_found_with_its_place() {
        let text = "<policies>\n  <inbound>\n    <get-authorization-context provider-id=\"p\" />\n    <!-- <publish-to-dapr /> -->\n    <set-backend-service dapr-app-id=\"x\" dapr-method=\"y\" />\n  </inbound>\n</policies>";
        assert_eq!(
            not_in_workspace(text),
            [
                ("get-authorization-context".to_owned(), 3, 6),
                ("set-backend-service".to_owned(), 5, 6)
            ]
        );
    }

    #[test]
    fn real_policies_have_no_problem() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
        let Ok(files) = std::fs::read_dir(folder) else {
            println!("skipped: ../shared is absent");
            return;
        };
        let mut wrong = Vec::new();
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|end| end != "xml") {
                continue;
            }
            let raw = std::fs::read_to_string(&path).unwrap();
            let head = raw.trim_start_matches('\u{feff}').trim_start();
            let fragment = head.starts_with("<fragment");
            if (fragment || head.starts_with("<policies"))
                && let Some(found) = problem(&raw, fragment)
            {
                wrong.push(format!("{}: {found}", path.display()));
            }
        }
        // One of them really closes another element than it opened.
        wrong.retain(|line| !line.contains("142.xml"));
        assert_eq!(wrong, Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"([<>/@(){}"' a&;=\n$!\[\]-]|<a|\{\{|@\(|@\{|é|<!--|-->|&lt;|"")*"#) {
            for form in [Form::Raw, Form::Xml] {
                let end = Lexer::new(&text, form).last().map_or(0, |token| token.end);
                prop_assert!(end <= text.len());
            }
            let _ = (problem(&text, false), not_in_workspace(&text), references(&text));
            let _ = (normalise(&text), from_xml(&text), to_xml(&text));
        }
    }
}
