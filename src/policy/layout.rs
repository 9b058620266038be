//! The layout of a document: which white space means nothing.
//!
//! The service re-indents what it is given, uses `\r\n`, and may reorder
//! attributes. Two documents are the same when they only differ in that.

use std::ops::Range;

use super::text::lexer::{Attribute, Kind, Lexer};

/// Returns a document without the white space that means nothing.
///
/// What can't be read as policy is text, and text is kept as it is unless it is
/// blank, so that two documents never become equal by being malformed.
pub fn without_layout(document: &str) -> String {
    let text = document.replace('\r', "");
    let mut lexer = Lexer::new(&text);
    let mut laid = String::with_capacity(text.len());
    // The element that was opened by the last tag, which stands right before.
    let mut opened = None;
    while let Some(piece) = lexer.next() {
        let raw = lexer.slice(piece.span.clone());
        match piece.kind {
            Kind::Text if raw.trim().is_empty() => continue,
            Kind::Open {
                name,
                attributes,
                empty,
            } => {
                laid.push_str(&open(&lexer, name, &attributes, piece.span));
                laid.push_str(if empty { "/>" } else { ">" });
                opened = (!empty).then_some(name);
                continue;
            }
            Kind::Close { name } if opened == Some(name) => {
                laid.pop();
                laid.push_str("/>");
            }
            Kind::Close { name } => laid.extend(["</", name, ">"]),
            Kind::Comment => words(raw, &mut laid),
            // The service lays out elements and leaves their text alone, blanks
            // at its ends too.
            Kind::Text | Kind::Cdata | Kind::Liquid | Kind::Declaration => laid.push_str(raw),
        }
        opened = None;
    }
    laid
}

/// A tag up to its end: one blank between attributes, these sorted, and with
/// them named values that stand for whole ones.
fn open(lexer: &Lexer<'_>, name: &str, attributes: &[Attribute<'_>], tag: Range<usize>) -> String {
    let mut parts = Vec::new();
    let mut at = tag.start + 1 + name.len();
    for attribute in attributes {
        let stray = lexer.slice(at..attribute.start);
        parts.extend(stray.split_whitespace().map(str::to_owned));
        at = attribute.value.end + 1;
        let value = lexer.slice(attribute.value.start - 1..at);
        parts.push(format!("{}={value}", attribute.name));
    }
    let rest = lexer.slice(at..tag.end);
    let rest = rest.trim_end_matches('>').trim_end_matches('/');
    parts.extend(rest.split_whitespace().map(str::to_owned));
    parts.sort_unstable();
    parts.insert(0, format!("<{name}"));
    parts.join(" ")
}

fn words(text: &str, laid: &mut String) {
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            laid.push(' ');
        }
        laid.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn indentation_line_ends_and_blanks_in_tags_mean_nothing() {
        let a = "<policies>\r\n\t<inbound>\r\n\t\t<base />\r\n\t\t<set-header name=\"a\" exists-action='skip'>\r\n\t\t\t<value>x y</value>\r\n\t\t</set-header>\r\n\t</inbound>\r\n</policies>";
        let b = "<policies><inbound>\n<base/>\n  <set-header\n   exists-action='skip'  name=\"a\" >\n<value>x y</value></set-header></inbound></policies >\n";
        assert_eq!(without_layout(a), without_layout(b));
        assert_eq!(
            without_layout("<outbound></outbound>"),
            without_layout("<outbound />")
        );
    }

    #[test]
    fn what_stands_in_expressions_and_values_counts() {
        let doc = |inner: &str| {
            without_layout(&format!("<a v=\"@(f(\"{inner}\") && 1 < 2)\" w=\"x\" />"))
        };
        assert_ne!(doc("x  y"), doc("x y"));
        assert_ne!(without_layout("<a>x  y</a>"), without_layout("<a>x y</a>"));
        assert_ne!(without_layout("<a>x </a>"), without_layout("<a>x</a>"));
        assert_ne!(
            without_layout("<a>x \r\ny</a>"),
            without_layout("<a>x\ny</a>")
        );
        assert_ne!(without_layout("<a v=' x'/>"), without_layout("<a v='x'/>"));
        let code = "<set-body>@{ var a = \"</set-body>\"; if (1 < 2) { return a; } }</set-body>";
        assert_eq!(without_layout(code), code);
    }

    #[test]
    fn named_values_for_whole_attributes_count() {
        let laid = without_layout("<a {{x}}  b = 'c' {{y}}/>");
        assert_eq!(laid, "<a b='c' {{x}} {{y}}/>");
        assert_ne!(laid, without_layout("<a b='c' {{x}}/>"));
    }

    #[test]
    fn what_is_malformed_is_kept() {
        for (a, b) in [
            ("<a b='@(' x", "<a b='@(' y"),
            ("<a", "<b"),
            ("@(a  b", "@(a b"),
        ] {
            assert_ne!(without_layout(a), without_layout(b));
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[<>/!@(){}\"' a=\\-\\[\\]\r\n]{0,60}") {
            let once = without_layout(&text);
            let _ = without_layout(&once);
        }

        #[test]
        fn different_texts_in_an_element_stay_different(a in "[a-z]{1,8}", b in "[a-z]{1,8}") {
            let doc = |t: &str| without_layout(&format!("<p>\r\n  <v>{t}</v>\n</p>"));
            prop_assert_eq!(doc(&a) == doc(&b), a == b);
        }
    }
}
