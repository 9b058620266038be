//! The layout of policy documents: which white space means nothing.
//!
//! The service re-indents what it is given, uses `\r\n`, and may reorder
//! attributes. Two documents are the same when they only differ in that. Raw
//! policies are not XML: expressions hold unescaped quotes and angle brackets,
//! so they are skipped as C# would read them, and kept as they are.

/// How many times in a document what looks like an expression may turn out to
/// be none: each time, all that follows was looked at in vain.
const MISSES: usize = 16;

/// Returns a document without the white space that means nothing.
///
/// Text that can't be read to its end is kept as it is from there on, so that
/// two different documents never become equal by being malformed. So is what
/// comes after [`MISSES`] openings of expressions that have no end.
pub(crate) fn normalise(document: &str) -> String {
    let text = document.trim_start_matches('\u{feff}').replace('\r', "");
    let mut out = Laid::default();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let taken = if rest.starts_with("<!--") {
            comment(rest, &mut out)
        } else if rest.starts_with("<![CDATA[") {
            verbatim(rest, "]]>", &mut out)
        } else if rest.starts_with('<') {
            tag(rest, &mut out)
        } else {
            words(rest, &mut out)
        };
        rest = &rest[taken..];
    }
    out.text
}

/// What has been written, and the element that was opened by its last tag.
#[derive(Default)]
struct Laid {
    text: String,
    opened: Option<String>,
    misses: usize,
}

impl Laid {
    /// Counts an expression that is none; false when there were too many.
    fn missed(&mut self) -> bool {
        self.misses += 1;
        self.misses <= MISSES
    }

    fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.text.push_str(text);
            self.opened = None;
        }
    }
}

fn verbatim(text: &str, end: &str, out: &mut Laid) -> usize {
    let length = text.find(end).map_or(text.len(), |at| at + end.len());
    out.push(&text[..length]);
    length
}

fn comment(text: &str, out: &mut Laid) -> usize {
    let length = text.find("-->").map_or(text.len(), |at| at + 3);
    for (i, word) in text[..length].split_whitespace().enumerate() {
        if i > 0 {
            out.push(" ");
        }
        out.push(word);
    }
    length
}

/// Text between tags: nothing where it is only indentation, else as it stands.
/// The service lays out elements and leaves their text alone, blanks at its
/// ends too.
fn words(text: &str, out: &mut Laid) -> usize {
    let mut at = 0;
    while at < text.len() && !text[at..].starts_with('<') {
        let rest = &text[at..];
        at += match expression(rest) {
            Some(length) => length,
            None if opens(rest) && !out.missed() => {
                out.push(text);
                return text.len();
            }
            None => next(text, at),
        };
    }
    if !text[..at].trim().is_empty() {
        out.push(&text[..at]);
    }
    at
}

/// A tag: one blank between attributes, these sorted, and an element without
/// content always in its short form.
fn tag(text: &str, out: &mut Laid) -> usize {
    let Some((length, name, attributes)) = parts(text, out) else {
        out.push(text);
        return text.len();
    };
    if let Some(closed) = name.strip_prefix('/') {
        if out.opened.as_deref() == Some(closed) {
            out.text.pop();
            out.push("/>");
        } else {
            out.push(&format!("</{closed}>"));
        }
        return length;
    }
    let mut attributes = attributes;
    let short = attributes.last() == Some(&"/");
    if short {
        attributes.pop();
    }
    attributes.sort_unstable();
    out.push("<");
    out.push(name);
    for attribute in attributes {
        out.push(" ");
        out.push(attribute);
    }
    if short {
        out.push("/>");
    } else {
        out.push(">");
        out.opened = Some(name.to_owned());
    }
    length
}

/// Splits a tag into its length, its name and its attributes as written.
fn parts<'t>(text: &'t str, out: &mut Laid) -> Option<(usize, &'t str, Vec<&'t str>)> {
    let mut at = 1;
    let mut name = None;
    let mut attributes = Vec::new();
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = text.get(at..).filter(|r| !r.is_empty())?;
        if rest.starts_with('>') {
            return Some((at + 1, name?, attributes));
        }
        let length = word(rest, out)?;
        match name {
            None => name = Some(&rest[..length]),
            Some(_) => attributes.push(&rest[..length]),
        }
        at += length;
    }
}

/// The length of a name or of an attribute with its value.
fn word(text: &str, out: &mut Laid) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let c = rest.chars().next()?;
        match c {
            '>' => return Some(at),
            '/' if rest.starts_with("/>") => return Some(if at == 0 { 1 } else { at }),
            c if c.is_whitespace() => return Some(at),
            '"' | '\'' => at += 1 + value(&rest[1..], c, out)?,
            _ => at += c.len_utf8(),
        }
    }
    None
}

/// The length of an attribute's value with its closing quote. A value that
/// begins as an expression ends at the quote after it.
fn value(text: &str, quote: char, out: &mut Laid) -> Option<usize> {
    let skip = match expression(text) {
        Some(skip) if text[skip..].starts_with(quote) => skip,
        _ if opens(text) && !out.missed() => return None,
        _ => 0,
    };
    text[skip..].find(quote).map(|at| skip + at + 1)
}

fn next(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Whether a text begins like an expression.
fn opens(text: &str) -> bool {
    text.starts_with("@(") || text.starts_with("@{")
}

/// The length of an expression `@(…)` or `@{…}` at the start of the text.
fn expression(text: &str) -> Option<usize> {
    let (open, close) = match text.as_bytes() {
        [b'@', b'(', ..] => (b'(', b')'),
        [b'@', b'{', ..] => (b'{', b'}'),
        _ => return None,
    };
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b if b == open => depth += 1,
            b if b == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => {
                let verbatim = text[..at].ends_with('@') || text[..at].ends_with("@$");
                at = string(bytes, at, b'"', verbatim)?;
            }
            b'\'' => at = string(bytes, at, b'\'', false)?,
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += text[at..].find('\n')?;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at += text[at..].find("*/")? + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The index of a literal's closing quote.
fn string(bytes: &[u8], open: usize, quote: u8, verbatim: bool) -> Option<usize> {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if !verbatim => at += 1,
            b if b == quote && verbatim && bytes.get(at + 1) == Some(&quote) => at += 1,
            b if b == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn indentation_line_ends_and_blanks_in_tags_mean_nothing() {
        let a = "<policies>\r\n\t<inbound>\r\n\t\t<base />\r\n\t\t<set-header name=\"a\" exists-action='skip'>\r\n\t\t\t<value>x y</value>\r\n\t\t</set-header>\r\n\t</inbound>\r\n</policies>";
        let b = "<policies><inbound>\n<base/>\n  <set-header\n   exists-action='skip'  name=\"a\" >\n<value>x y</value></set-header></inbound></policies >\n";
        assert_eq!(normalise(a), normalise(b));
        assert_eq!(
            normalise("<outbound></outbound>"),
            normalise("<outbound />")
        );
    }

    #[test]
    fn what_stands_in_expressions_and_values_counts() {
        let doc =
            |inner: &str| normalise(&format!("<a v=\"@(f(\"{inner}\") && 1 < 2)\" w=\"x\" />"));
        assert_ne!(doc("x  y"), doc("x y"));
        assert_ne!(normalise("<a>x  y</a>"), normalise("<a>x y</a>"));
        assert_ne!(normalise("<a>x </a>"), normalise("<a>x</a>"));
        assert_ne!(normalise("<a>x \r\ny</a>"), normalise("<a>x\ny</a>"));
        assert_ne!(normalise("<a v=' x'/>"), normalise("<a v='x'/>"));
        let code = "<set-body>@{ var a = \"</set-body>\"; if (1 < 2) { return a; } }</set-body>";
        assert_eq!(normalise(code), code);
    }

    #[test]
    fn expressions_end_where_csharp_says() {
        for (text, length) in [
            ("@(1)x", 4),
            ("@(\")\")x", 6),
            ("@('\\'')x", 7),
            ("@(@\"\\\")x", 7),
            ("@(@\"a\"\")\")x", 10),
            ("@{ /* } */ }x", 12),
            ("@{ // }\n}x", 9),
        ] {
            assert_eq!(expression(text), Some(length), "{text}");
        }
        assert_eq!(expression("@(\"abc"), None);
        assert_eq!(expression("a"), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[<>/!@(){}\"' a=\\-\\[\\]\r\n]{0,60}") {
            let once = normalise(&text);
            let _ = normalise(&once);
        }

        #[test]
        fn different_texts_in_an_element_stay_different(a in "[a-z]{1,8}", b in "[a-z]{1,8}") {
            let doc = |t: &str| normalise(&format!("<p>\r\n  <v>{t}</v>\n</p>"));
            prop_assert_eq!(doc(&a) == doc(&b), a == b);
        }
    }
}
