//! A document's two forms: raw, and well-formed XML with escaped expressions.

use super::csharp::expression_end;
use super::lexer::{Form, Kind, Lexer, decode, entity};

/// Returns the places of expressions in a raw document, as offsets.
fn expressions(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut scan = |start: usize, end: usize| {
        let bytes = text.as_bytes();
        let mut at = start;
        while at < end {
            match expression_end(bytes, at) {
                Some(close) if close <= end => {
                    found.push((at, close));
                    at = close;
                }
                _ => at += 1,
            }
        }
    };
    for token in Lexer::new(text, Form::Raw) {
        match token.kind {
            Kind::Text => scan(token.start, token.end),
            Kind::Open { attributes, .. } => {
                for attribute in attributes {
                    scan(attribute.start, attribute.start + attribute.value.len());
                }
            }
            _ => {}
        }
    }
    found
}

/// Returns a document as the service stores it: line ends are `\r\n`; blanks
/// before them stay.
pub fn normalise(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    for line in text.split_inclusive('\n') {
        out.push_str(line.trim_end_matches(['\n', '\r']));
        if line.ends_with('\n') {
            out.push_str("\r\n");
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Returns a raw document as well-formed XML: expressions escaped.
pub fn to_xml(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + raw.len() / 8);
    let mut at = 0;
    for (start, end) in expressions(raw) {
        out.push_str(&raw[at..start]);
        for letter in raw[start..end].chars() {
            match letter {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                _ => out.push(letter),
            }
        }
        at = end;
    }
    out.push_str(&raw[at..]);
    out
}

/// Returns the raw document of a well-formed one: expressions verbatim.
pub fn from_xml(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut at = 0;
    for token in Lexer::new(xml, Form::Xml) {
        match token.kind {
            Kind::Text => {
                out.push_str(&xml[at..token.start]);
                unescape(&xml[token.start..token.end], &mut out);
                at = token.end;
            }
            Kind::Open { attributes, .. } => {
                for attribute in attributes {
                    out.push_str(&xml[at..attribute.start]);
                    unescape(attribute.value, &mut out);
                    at = attribute.start + attribute.value.len();
                }
            }
            _ => {}
        }
    }
    out.push_str(&xml[at..]);
    out
}

/// Copies a text, decoding entities inside of its expressions only.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let decoded = decode(rest);
        match expression_end(decoded.as_bytes(), 0) {
            Some(end) => {
                out.push_str(&decoded[..end]);
                rest = &rest[encoded_length(rest, end)..];
            }
            None => {
                out.push('@');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

/// Returns how many bytes of a text decode to `length` bytes.
fn encoded_length(text: &str, length: usize) -> usize {
    let mut taken = 0;
    let mut made = 0;
    while made < length {
        let rest = &text[taken..];
        let Some(letter) = rest.chars().next() else {
            break;
        };
        match entity(rest) {
            Some((decoded, long)) => {
                made += decoded.len_utf8();
                taken += long;
            }
            None => {
                made += letter.len_utf8();
                taken += letter.len_utf8();
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::super::{problem, well_formed_problem};
    use super::*;

    #[test]
    fn expressions_are_escaped_and_nothing_else() {
        let raw =
            "<a b=\"@(x(\"1\") && y < 2)\" c=\"1 &amp; 2\">@{ List<string> l; return l; }</a>";
        let xml = "<a b=\"@(x(&quot;1&quot;) &amp;&amp; y &lt; 2)\" c=\"1 &amp; 2\">@{ List&lt;string&gt; l; return l; }</a>";
        assert_eq!(to_xml(raw), xml);
        assert_eq!(from_xml(xml), raw);
    }

    #[test]
    fn line_ends_change_and_the_blanks_before_them_stay() {
        let raw = "<a>  \n  <b c=\"@{ x; \n return y; }\" /> \r\n</a>\n\n";
        let stored = "<a>  \r\n  <b c=\"@{ x; \r\n return y; }\" /> \r\n</a>";
        assert_eq!(normalise(raw), stored);
        assert_eq!(normalise(stored), stored);
    }

    #[test]
    fn real_policies_survive_both_ways() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
        let Ok(files) = std::fs::read_dir(folder) else {
            println!("skipped: ../shared is absent");
            return;
        };
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|end| end != "xml") {
                continue;
            }
            let raw = std::fs::read_to_string(&path).unwrap();
            let at = path.display();
            assert_eq!(normalise(&normalise(&raw)), normalise(&raw), "{at}");
            let fragment = raw.contains("<fragment>");
            let xml = to_xml(&raw);
            if problem(&raw, fragment).is_none() && well_formed_problem(&xml, fragment).is_none() {
                assert_eq!(from_xml(&xml), raw, "{at}");
            }
        }
    }
}
