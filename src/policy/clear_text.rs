//! Finds what looks like a secret in clear: where, never what.

use super::lexer::{Kind, Lexer};
use super::names::decode;

/// Names after which a literal is a secret.
const TELLING: &[&str] = &[
    "authorization",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "api-key",
    "x-api-key",
    "apikey",
    "client_secret",
    "client-secret",
    "password",
    "subscription-key",
    "proxy-authorization",
    "x-api-secret",
    "access_token",
    "secret",
    "code",
    "sig",
];

/// Elements whose attribute `password` is a secret.
const SIGNING_IN: &[&str] = &["authentication-basic", "proxy"];

/// Elements whose text is what their attribute `name` says.
const NAMING: &[&str] = &["set-header", "set-query-parameter"];

/// Marks that only stand in front of a secret.
const MARKS: &[&str] = &[
    "SharedAccessKey=",
    "AccountKey=",
    "InstrumentationKey=",
    "client_secret=",
    "&sig=",
    "?sig=",
    "&amp;sig=",
];

/// Schemes that may stand before a credential.
const SCHEMES: &[&str] = &["Bearer ", "Basic ", "SharedAccessSignature "];

/// What is this short is a word, such as `none`.
const SHORT: usize = 6;

/// How far into what may be a literal is looked, in bytes: what is made to be
/// long must not be looked through again for each place in it.
const WORD: usize = 512;

/// Whether something of this name holds a secret.
pub fn is_telling(name: &str) -> bool {
    TELLING.iter().any(|t| t.eq_ignore_ascii_case(name.trim()))
}

/// Whether a text is a credential as it stands: neither an expression nor a
/// named value makes it.
pub fn is_literal(text: &str) -> bool {
    let text = beginning(text).trim_start();
    let mut schemes = SCHEMES.iter();
    let text = schemes
        .find_map(|scheme| {
            text.get(..scheme.len())
                .filter(|s| s.eq_ignore_ascii_case(scheme))
                .and_then(|s| text.get(s.len()..))
        })
        .unwrap_or(text);
    let end = text.find(['"', '<', '&', '\'', ' ']).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    !word.is_empty() && !word.contains(['@', '{', '+'])
}

/// Whether a text is a credential, and long enough to be one.
pub fn is_credential(text: &str) -> bool {
    is_literal(text) && text.trim().len() > SHORT
}

/// The mark that stands before a secret in a text, and where.
pub fn marked(text: &str) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    let places = move |mark: &'static &'static str| {
        let after = move |(at, found): (usize, &str)| {
            let rest = text.get(at + found.len()..).unwrap_or_default();
            is_literal(rest).then_some((at, mark.trim_matches(['&', '?', '='])))
        };
        text.match_indices(*mark).filter_map(after)
    };
    MARKS.iter().flat_map(places)
}

fn beginning(text: &str) -> &str {
    let cut = (0..=WORD.min(text.len())).rev();
    cut.into_iter()
        .find_map(|end| text.get(..end))
        .unwrap_or(text)
}

/// Watches the pieces of a document go by.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// What the text of the element that is open is, and where that begins.
    header: Option<(String, usize)>,
    /// Places, in words, by offset.
    pub(super) found: Vec<(usize, String)>,
}

impl Watch {
    fn literal(&mut self, at: usize, name: &str) {
        self.found.push((at, format!("{name} has a literal value")));
    }

    /// Looks at a piece.
    pub(super) fn piece(&mut self, lexer: &Lexer<'_>, kind: &Kind<'_>, at: std::ops::Range<usize>) {
        match kind {
            Kind::Open {
                name,
                attributes,
                empty,
            } => {
                let value = |wanted: &str| {
                    let found = attributes.iter().find(|a| a.name == wanted)?;
                    Some(decode(lexer.slice(found.value.clone())))
                };
                if NAMING.contains(name) {
                    let header = value("name").filter(|name| !empty && is_telling(name));
                    self.header = header.map(|name| (name.trim().to_owned(), at.start));
                }
                if SIGNING_IN.contains(name) && value("password").is_some_and(|p| is_literal(&p)) {
                    self.literal(at.start, "`password`");
                }
            }
            Kind::Close { name } if NAMING.contains(name) => self.header = None,
            Kind::Text | Kind::Cdata => {
                let inside = lexer.slice(at.clone());
                let inside = inside.strip_prefix("<![CDATA[").unwrap_or(inside).trim();
                match lexer.open.last() {
                    Some(&"value") if is_credential(inside) => {
                        if let Some((name, start)) = self.header.take() {
                            self.literal(start, &format!("`{name}`"));
                        }
                    }
                    // A key that signs tokens stands in the text of its element.
                    Some(&"key") if is_literal(inside) => self.literal(at.start, "a key"),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Looks at the whole text for what stands anywhere.
    pub(super) fn end(&mut self, text: &str) {
        let marks = marked(text).map(|(at, mark)| (at, format!("something follows `{mark}`")));
        self.found.extend(marks);
        self.found.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan;

    fn in_document(text: &str) -> Vec<String> {
        let spots = scan(text).in_clear.into_iter();
        spots
            .map(|s| format!("line {}: {}", s.line, s.what))
            .collect()
    }

    #[test]
    fn a_literal_header_is_found_and_a_named_value_is_not() {
        let text = "<a>\n<set-header name=\"Authorization\" exists-action=\"override\"><value>Basic dXNlcjpwdw==</value></set-header>\
                    <set-header name='x-api-key'><value>{{key}}</value></set-header>\
                    <set-header name='Authorization'><value>@(\"Bearer \" + x)</value></set-header></a>";
        assert_eq!(
            in_document(text),
            ["line 2: `Authorization` has a literal value"]
        );
    }

    #[test]
    fn passwords_and_signing_keys_are_found() {
        let text = "<authentication-basic username=\"u\" password=\"hunter2\" />\n<key>c2VjcmV0</key>\n\
                    <authentication-basic username=\"u\" password=\"{{p}}\" /><key>{{k}}</key><key>@(x)</key>";
        assert_eq!(
            in_document(text),
            [
                "line 1: `password` has a literal value",
                "line 2: a key has a literal value"
            ]
        );
    }

    #[test]
    fn real_policies_hold_no_secret_in_clear() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
        let Ok(entries) = std::fs::read_dir(folder) else {
            eprintln!("skipped: ../shared is absent");
            return;
        };
        let mut hits = Vec::new();
        let mut seen = 0;
        for entry in entries.map(|e| e.unwrap().path()) {
            if entry.extension().is_some_and(|e| e == "xml") {
                let text = std::fs::read(&entry).unwrap();
                let text = String::from_utf8_lossy(&text);
                let name = entry.file_name().unwrap().to_string_lossy().into_owned();
                hits.extend(
                    in_document(&text)
                        .into_iter()
                        .map(|h| format!("{name} {h}")),
                );
                seen += 1;
            }
        }
        assert!(seen > 200, "{seen}");
        // An example's key, in base64.
        assert_eq!(hits, ["267.xml line 6: a key has a literal value"]);
    }

    #[test]
    fn marks_count_only_before_literals() {
        assert_eq!(in_document("x?sig=abc%3D").len(), 1);
        assert_eq!(in_document("client_secret={{secret}}&sig=@(x)").len(), 0);
    }

    #[test]
    fn white_space_and_the_form_of_the_text_hide_nothing() {
        for text in [
            "<set-header\n  name = 'Authorization'><value>\n  Basic dXNlcjpwdw==\n</value></set-header>",
            "<set-header name=\"Authorization\"><value><![CDATA[Basic dXNlcjpwdw==]]></value></set-header>",
            "<set-header name=\"Authoriz&#97;tion\" ><value >bearer abcdefghijk</value></set-header>",
            "<set-query-parameter exists-action='skip' name='code'><value>abcdefghijk</value></set-query-parameter>",
        ] {
            assert_eq!(in_document(text).len(), 1, "{text}");
        }
        let text = "<set-header name='a'><value>@(\"<set-header name='code'><value>abcdefghij\")</value></set-header>";
        assert_eq!(in_document(text).len(), 0);
    }
}
