//! What holds for whatever text is scanned and rewritten.

use std::collections::BTreeSet;

use apim_migrate::policy::{
    Edit, Place, Reference, Report, RewriteError, Target, rewrite, scan, without_layout,
};
use proptest::prelude::*;

/// Text made of what means something to the scanner.
const SOUP: &str = r#"([<>/@(){}"' a&;=\n$!\[\]*\\-]|<a |</a>|backend-id="|\{\{b\}\}|@\(|@\{|é|<!--|-->|<!\[CDATA\[|\]\]>|&quot;|""|/\*|//|<include-fragment fragment-id='|<set-body template="liquid">|</set-body>|context\.Variables\[|<quota><api name=")*"#;

/// A piece of a document and the references in it.
#[derive(Debug, Clone)]
struct Part {
    text: String,
    refers: Vec<(Target, String)>,
}

fn part(text: impl Into<String>, refers: &[(Target, &str)]) -> Part {
    Part {
        text: text.into(),
        refers: refers
            .iter()
            .map(|(to, n)| (*to, (*n).to_owned()))
            .collect(),
    }
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4})?"
}

fn blank() -> impl Strategy<Value = String> {
    "[ \t\n]{0,3}"
}

/// C# that holds no reference, but everything that may mislead.
fn code() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        r#""a)""#,
        r#"@"b\""""#,
        r#"$"{x(")")} {{ ""#,
        "'('",
        "'\"'",
        "'\\''",
        "x < y && y > z",
        "a.As<JObject>()",
        "/* ' \" ) */ 1",
        "new[] { 1, 2 }",
        "context.Variables[\"v\"]",
        r#""</value>""#,
        "(c => c[0])",
    ]);
    prop::collection::vec(atom, 0..5).prop_map(|atoms| atoms.join(" + "))
}

fn element() -> impl Strategy<Value = Part> {
    let quote = prop::sample::select(vec!['"', '\'']);
    prop_oneof![
        (name(), quote.clone(), blank(), blank()).prop_map(|(n, q, a, b)| {
            let text = format!("<include-fragment{a} fragment-id{a}={b}{q}{b}{n}{a}{q}{b}/>");
            part(text, &[(Target::Fragment, &n)])
        }),
        (name(), code()).prop_map(|(n, c)| {
            let text = format!("<set-backend-service note=\"@({c})\" backend-id=\"{n}\" />");
            part(text, &[(Target::Backend, &n)])
        }),
        (name(), name(), code()).prop_map(|(n, m, c)| {
            let text = format!(
                "<log-to-eventhub x='@({c})' logger-id='{n}'>@{{ return {c} + \"{{{{{m}}}}}\"; }}</log-to-eventhub>"
            );
            part(text, &[(Target::Logger, &n), (Target::NamedValue, &m)])
        }),
        (name(), code()).prop_map(|(n, c)| {
            let text = format!("<set-variable name=\"v\" value=\"@($\"{{{{{n}}}}}\" + {c})\" />");
            part(text, &[(Target::NamedValue, &n)])
        }),
        name().prop_map(|n| part(
            format!("<value>it's {{{{{n}}}}}'s @ b(</value>"),
            &[(Target::NamedValue, &n)]
        )),
        name().prop_map(|n| part(format!("<v><![CDATA[<a b=\"{{{{{n}}}}}\">]]></v>"), &[(
            Target::NamedValue,
            &n
        )])),
        name().prop_map(|n| part(
            format!("<set-body template=\"liquid\">{{% if a < 1 %}}{{{{{n}}}}}</set-body>"),
            &[]
        )),
        name().prop_map(|n| part(format!("<!-- <x backend-id=\"{n}\"> it's @( -->"), &[])),
        name().prop_map(|n| part(format!("<key certificate-id=\"{n}\"/>"), &[(
            Target::Certificate,
            &n
        )])),
        code().prop_map(|c| part(format!("<value>@({c})</value>"), &[])),
    ]
}

fn document() -> impl Strategy<Value = Part> {
    prop::collection::vec(element(), 0..12).prop_map(|parts| {
        let text: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
        Part {
            text: format!(
                "<policies>\n<inbound>{}</inbound>\n</policies>",
                text.join("\n")
            ),
            refers: parts.iter().flat_map(|p| p.refers.clone()).collect(),
        }
    })
}

fn live(text: &str) -> Vec<Reference> {
    let mut found = scan(text).references;
    found.retain(|r| !matches!(r.place, Place::Comment | Place::Liquid));
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_it_panic_and_spans_lie_in_the_text(text in SOUP) {
        let found = scan(&text);
        for reference in &found.references {
            let raw = text.get(reference.span.clone());
            prop_assert!(raw.is_some_and(|raw| !raw.is_empty()), "{reference:?}");
        }
        for dynamic in &found.dynamics {
            prop_assert!(text.get(dynamic.span.clone()).is_some(), "{dynamic:?}");
        }
        for literal in found.literals {
            prop_assert!(text.get(literal.span.clone()).is_some(), "{literal:?}");
        }
        let _ = Report::of("x", &text);
    }

    #[test]
    fn any_unicode_is_scanned(text in any::<String>()) {
        let _ = (scan(&text), without_layout(&text));
    }

    #[test]
    fn spans_of_references_do_not_overlap(text in SOUP) {
        let found = scan(&text).references;
        for pair in found.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start, "{pair:?}");
        }
    }

    #[test]
    fn writing_the_same_names_changes_nothing(text in SOUP) {
        let edits = scan(&text).references.into_iter().map(|r| Edit {
            text: text[r.span.clone()].to_owned(),
            span: r.span,
        });
        // Names written as entities are the only ones that escaping changes.
        let edits: Vec<Edit> = edits
            .filter(|e| !e.text.contains(['&', '<', '>', '"', '\'']))
            .collect();
        prop_assert_eq!(rewrite(&text, &edits).unwrap(), text);
    }

    #[test]
    fn a_document_refers_to_what_it_was_made_of(document in document()) {
        let found: BTreeSet<_> = live(&document.text).into_iter().map(|r| (r.to, r.name)).collect();
        let made: BTreeSet<_> = document.refers.iter().cloned().collect();
        prop_assert_eq!(found, made, "{}", document.text);
    }

    #[test]
    fn new_names_are_found_and_the_rest_stays(document in document(), suffix in "[a-z0-9]{1,5}") {
        let text = document.text;
        let before = live(&text);
        let edits: Vec<Edit> = before.iter().map(|r| Edit {
            span: r.span.clone(),
            text: format!("{}-{suffix}", r.name),
        }).collect();
        let after = rewrite(&text, &edits).unwrap();
        let names = |found: &[Reference]| found.iter().map(|r| r.name.clone()).collect::<Vec<_>>();
        let renamed = live(&after);
        let expected: Vec<String> = edits.iter().map(|e| e.text.clone()).collect();
        prop_assert_eq!(names(&renamed), expected);
        // Going back gives every byte again.
        let back: Vec<Edit> = renamed.iter().zip(&before).map(|(new, old)| Edit {
            span: new.span.clone(),
            text: old.name.clone(),
        }).collect();
        prop_assert_eq!(rewrite(&after, &back).unwrap(), text);
    }

    #[test]
    fn names_of_any_letters_survive_in_attributes(name in r#"[a-z&<>"'é]{1,8}"#, quote in "[\"']") {
        let text = format!("<a backend-id={quote}old{quote} />");
        let span = scan(&text).references[0].span.clone();
        let after = rewrite(&text, &[Edit { span, text: name.clone() }]).unwrap();
        let found = scan(&after).references;
        prop_assert_eq!(found.len(), 1, "{}", after);
        prop_assert_eq!(&found[0].name, &name);
    }

    #[test]
    fn edits_are_made_or_refused_whatever_they_are(
        text in SOUP,
        edits in prop::collection::vec((0_usize..60, 0_usize..60, "[a<&\"]{0,3}"), 0..4),
    ) {
        let edits: Vec<Edit> = edits.into_iter().map(|(start, end, text)| Edit { span: start..end, text }).collect();
        match rewrite(&text, &edits) {
            Ok(after) => prop_assert!(!edits.is_empty() || after == text),
            Err(RewriteError::Outside { start, end }) => prop_assert!(text.get(start..end).is_none()),
            Err(_) => prop_assert!(!edits.is_empty()),
        }
    }
}

#[test]
fn hostile_texts_take_no_longer_than_others() {
    let size = 400_000;
    for seed in [
        "@(",
        "@{",
        "<a b=\"@(",
        "<a b='",
        "<a ",
        "@(\"",
        "@($\"{",
        "<a>",
        "</a>",
        "<!--",
        "{{",
        "{{a",
        "<a b=\"@(1)\" ",
        "&quot;",
        "@(1)</a>",
        "<a>x@(",
        "context.Api.Id",
        "context.Api.Id, ",
        "context.Api.Id == \"",
        "context.Variables.a ",
        "@(context.Api.Id == ",
        "<b x=\"@('\" y=\"",
        "@(context.Variables[",
        "<set-variable name='a' value='b'/>",
        "<x backend-id=\"@(context.Variables[\"a\"])\"/>",
        "@(context.Api.Id,",
        "@(\"a\", context.Api.Id)",
    ] {
        let plain = seed.repeat(size / seed.len());
        let code = format!("<a backend-id=\"@({plain})\" />");
        let started = std::time::Instant::now();
        for text in [plain, code] {
            let _ = (scan(&text), without_layout(&text));
        }
        assert!(started.elapsed().as_secs() < 5, "{seed}");
    }
}
