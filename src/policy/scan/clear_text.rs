//! Finds what looks like a secret in clear: where, never what.

use crate::policy::text::lexer::{Kind, Lexer};
use crate::policy::text::names::decode;

/// Names after which a literal is a secret.
const TELLING: &[&str] = &[
    "authorization",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "api-key",
    "x-api-key",
    "apikey",
    "api_key",
    "subscription-key",
    "subscription_key",
    "proxy-authorization",
    "code",
    "sig",
];

/// Last words of names after which a literal is a secret.
const SECRETS: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "clientsecret",
    "connectionstring",
];

/// Last words of names after which a literal is a secret where it looks like one:
/// other things are called by these as well.
const KEYS: &[&str] = &["key", "apikey", "sas", "signature", "pat"];

/// Elements whose attribute `password` is a secret.
const SIGNING_IN: &[&str] = &[
    "authentication-basic",
    "authentication-certificate",
    "proxy",
];

/// Elements whose text is what their attribute `name` says.
const NAMING: &[&str] = &["set-header", "set-query-parameter"];

/// Headers that ask for a credential, and name its scheme.
const CHALLENGES: &[&str] = &["www-authenticate", "proxy-authenticate"];

/// Marks that only stand in front of a secret.
const MARKS: &[&str] = &[
    "SharedAccessKey=",
    "AccountKey=",
    "InstrumentationKey=",
    "client_secret=",
    "PRIVATE KEY-----",
];

/// Marks that do where a text is no code.
const IN_VALUES: &[&str] = &["Password=", "Pwd=", "Bearer ", "Basic "];

/// What stands around the words of marks.
const MARKING: &[char] = &['=', ' ', '-'];

/// Schemes that may stand before a credential.
const SCHEMES: &[&str] = &["Bearer", "Basic", "SharedAccessSignature"];

/// What is this short is a word, such as `none`.
const SHORT: usize = 6;

/// How long a key is at least.
const KEY: usize = 16;

/// How far into what may be a literal is looked, in bytes: what is made to be
/// long must not be looked through again for each place in it.
const WORD: usize = 512;

/// Whether something of this name holds a secret.
pub fn is_telling(name: &str) -> bool {
    let name = name.trim();
    TELLING.iter().any(|t| t.eq_ignore_ascii_case(name)) || ends_with_word(name, SECRETS)
}

/// Whether a name ends with one of some words: `db-password`, `dbPassword`,
/// `DB_PASSWORD`, `db password`.
fn ends_with_word(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let head = name.len().checked_sub(word.len());
        let Some((head, tail)) = head.and_then(|at| name.split_at_checked(at)) else {
            return false;
        };
        let begins = match (head.chars().next_back(), tail.chars().next()) {
            (None, _) => true,
            (Some(before), Some(first)) => {
                !before.is_alphanumeric() || (before.is_lowercase() && first.is_uppercase())
            }
            _ => false,
        };
        begins && tail.eq_ignore_ascii_case(word)
    })
}

/// Why the value of something with this name seems to be a secret in clear.
pub fn seems_secret(name: &str, value: &str) -> Option<String> {
    if value.contains("{{") || value.starts_with('@') {
        return None;
    }
    let value = value.trim();
    let by_name = (is_telling(name) && is_credential(value))
        || (ends_with_word(name, KEYS) && is_random(value));
    match by_name {
        true => Some("it is called like a secret".to_owned()),
        false => tells_itself(value).map(|what| format!("it holds {what}")),
    }
}

/// What in a text shows that it is a secret, whatever it is called.
pub fn tells_itself(text: &str) -> Option<String> {
    let marks = MARKS.iter().chain(IN_VALUES);
    let mark = marks.into_iter().find(|mark| {
        let mut found = text.match_indices(**mark);
        found.any(|(at, mark)| is_credential(text.get(at + mark.len()..).unwrap_or_default()))
    });
    let mark = mark.map(|mark| mark.trim_matches(MARKING));
    if let Some(mark) = mark.or_else(|| in_queries(text).next().map(|(_, name)| name)) {
        return Some(format!("`{mark}`"));
    }
    let token = text.starts_with("eyJ") && text.matches('.').count() == 2 && is_random(text);
    let kind = match token {
        true => Some("a token"),
        false => signs_in(text).map(|_| "the password of an address"),
    };
    kind.map(str::to_owned)
}

/// Where an address in a text holds a password: `https://user:password@host`.
fn signs_in(text: &str) -> Option<usize> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%!$*".contains(c);
    let mut addresses = text.match_indices("://");
    addresses.find_map(|(at, mark)| {
        let rest = beginning(text.get(at + mark.len()..)?);
        let (user, password) = rest.split_once('@')?.0.split_once(':')?;
        let whole = !password.is_empty() && user.chars().all(plain) && password.chars().all(plain);
        whole.then_some(at)
    })
}

/// Whether a text looks like a key: long, without blanks, of letters and digits.
fn is_random(text: &str) -> bool {
    let has = |fits: fn(char) -> bool| text.contains(fits);
    text.len() >= KEY
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_alphabetic())
        && !has(char::is_whitespace)
        && !text.contains("://")
}

/// Whether a text is a credential as it stands: neither an expression nor a
/// named value makes it.
pub fn is_literal(text: &str) -> bool {
    let text = beginning(text).trim_start();
    let text = match text.split_once(char::is_whitespace) {
        Some((scheme, rest)) if SCHEMES.iter().any(|s| s.eq_ignore_ascii_case(scheme)) => {
            rest.trim_start()
        }
        _ => text,
    };
    let word = word(text);
    !word.is_empty() && !word.contains(['@', '{'])
}

/// What stands in a text before a blank, a quote, or what follows a parameter.
fn word(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '&' | '\'');
    beginning(text).split(ends).next().unwrap_or_default()
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
            is_literal(rest).then_some((at, mark.trim_matches(MARKING)))
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

/// The telling parameters of addresses in a text that have a key, and where.
fn in_queries(text: &str) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    let places = move |name: &'static &'static str| {
        let after = move |(at, found): (usize, &str)| {
            let begins = text.get(..at)?.ends_with(['?', '&', ';']);
            let value = text.get(at + found.len()..)?.strip_prefix('=')?;
            (begins && is_literal(value) && word(value).len() >= SHORT).then_some((at, *name))
        };
        text.match_indices(*name).filter_map(after)
    };
    TELLING.iter().flat_map(places)
}

/// What a text says where it stands: as it is, or as an expression that is a
/// string and nothing else.
fn said(text: &str) -> &str {
    let quoted = text
        .strip_prefix("@(\"")
        .and_then(|t| t.strip_suffix("\")"));
    quoted.filter(|t| !t.contains(['"', '\\'])).unwrap_or(text)
}

/// Watches the pieces of a document go by.
#[derive(Debug, Default)]
pub(in crate::policy) struct Watch {
    /// What the text of the element that is open is called, and where that
    /// begins.
    header: Option<(String, usize)>,
    /// Places, in words, by offset.
    pub(in crate::policy) found: Vec<(usize, String)>,
}

impl Watch {
    fn literal(&mut self, at: usize, name: &str) {
        self.found.push((at, format!("{name} has a literal value")));
    }

    /// Looks at what is set under a name; what stands after a mark is found in the
    /// text as a whole.
    fn named(&mut self, at: usize, name: &str, value: &str) {
        if is_telling(name) && is_credential(value) {
            self.literal(at, &format!("`{name}`"));
        } else if CHALLENGES.iter().any(|c| c.eq_ignore_ascii_case(name)) {
            // It says how to sign in, and nothing that would.
        } else if marked(value).next().is_none()
            && in_queries(value).next().is_none()
            && let Some(why) = seems_secret(name, value)
        {
            self.found.push((at, format!("`{name}`: {why}")));
        }
    }

    /// Looks at a piece.
    pub(in crate::policy) fn piece(
        &mut self,
        lexer: &Lexer<'_>,
        kind: &Kind<'_>,
        at: std::ops::Range<usize>,
    ) {
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
                    let header = value("name").filter(|_| !empty);
                    self.header = header.map(|name| (name.trim().to_owned(), at.start));
                }
                if *name == "set-variable"
                    && let (Some(name), Some(value)) = (value("name"), value("value"))
                {
                    self.named(at.start, name.trim(), said(&value));
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
                    Some(&"value") if !inside.is_empty() => {
                        if let Some((name, start)) = self.header.clone() {
                            self.named(start, &name, said(inside));
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
    pub(in crate::policy) fn end(&mut self, text: &str) {
        let marks = marked(text).chain(in_queries(text));
        let marks = marks.map(|(at, mark)| (at, format!("something follows `{mark}`")));
        self.found.extend(marks);
        let at = signs_in(text).map(|at| (at, "an address has a password".to_owned()));
        self.found.extend(at);
        self.found.sort();
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::scan;

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
    fn names_and_contents_of_values_tell_secrets() {
        use super::seems_secret;
        for (name, value) in [
            ("db-password", "hunter22"),
            ("dbPassword", "hunter22"),
            ("CLIENT_SECRET", "abcdefgh"),
            ("function-key", "a1b2c3d4e5f6g7h8i9"),
            ("eventhub", "Endpoint=sb://x/;SharedAccessKey=abc+def/ghi="),
            ("sql", "Server=x;Password=hunter22;"),
            ("head", "Bearer \t abcdefgh"),
            ("cert", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg"),
            ("proxy", "https://me:hunter22@proxy.example"),
            ("jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"),
        ] {
            assert!(seems_secret(name, value).is_some(), "{name}");
        }
        for (name, value) in [
            ("password-policy", "at least 12 characters"),
            ("subscription-key-header", "Ocp-Apim-Subscription-Key"),
            ("partition-key", "customers"),
            ("token-url", "https://login.example/token"),
            ("password", "{{other}}"),
            ("monkey", "a1b2c3d4e5f6g7h8i9"),
            ("host", "https://a.example:8443/x@y"),
            ("audience", "api://0f8fad5b-d9cb-469f-a165-70867728950e"),
        ] {
            assert_eq!(seems_secret(name, value), None, "{name}");
        }
    }

    #[test]
    fn marks_count_only_before_literals() {
        assert_eq!(in_document("x?sig=abc%3D").len(), 1);
        assert_eq!(in_document("client_secret={{secret}}&sig=@(x)").len(), 0);
    }

    #[test]
    fn what_is_set_under_a_name_is_a_secret_by_name_or_by_content() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln";
        for (text, what) in [
            (
                format!("<set-header name='x'><value>Bearer {jwt}</value></set-header>"),
                "`x`: it holds `Bearer`",
            ),
            (
                format!("<set-header name='x'><value>{jwt}</value></set-header>"),
                "`x`: it holds a token",
            ),
            (
                "<set-header name='x'><value>Server=a;Password=hunter22;</value></set-header>"
                    .to_owned(),
                "`x`: it holds `Password`",
            ),
            (
                "<set-variable name='client_secret' value='abc~defghij' />".to_owned(),
                "`client_secret` has a literal value",
            ),
            (
                "<set-header name='api-key'><value>@(\"a1b2c3d4e5\")</value></set-header>"
                    .to_owned(),
                "`api-key` has a literal value",
            ),
            (
                "<set-header name='x-map-key'><value>a1b2c3d4e5f6g7h8</value></set-header>"
                    .to_owned(),
                "`x-map-key`: it is called like a secret",
            ),
            (
                "<set-backend-service base-url='https://a.example/f?a=1&amp;code=a1b2c3d4' />"
                    .to_owned(),
                "something follows `code`",
            ),
        ] {
            assert_eq!(in_document(&text), [format!("line 1: {what}")], "{text}");
        }
        let two = "<set-header name='code'><value>@(x)</value><value>a1b2c3d4e5</value></set-header>\
                   <set-header name='x'><value>https://a.example?sig=a1b2c3d4</value></set-header>";
        assert_eq!(in_document(two).len(), 2);
        for text in [
            "<set-variable name='token' value='@(context.Variables[\"t\"])' />",
            "<set-header name='api-key'><value>@(\"a\" + \"b1234567\")</value></set-header>",
            "<set-header name='x-map-key'><value>{{map-key}}</value></set-header>",
            "<set-url>https://a.example/f?code={{code}}&amp;response_type=code</set-url>",
        ] {
            assert_eq!(in_document(text).len(), 0, "{text}");
        }
    }

    #[test]
    fn white_space_and_the_form_of_the_text_hide_nothing() {
        for text in [
            "<set-header\n  name = 'Authorization'><value>\n  Basic dXNlcjpwdw==\n</value></set-header>",
            "<set-header name=\" Authorization\t\"><value>Bearer \t abcdefghijk</value></set-header>",
            "<set-header name=\"Authorization\"><value>Basic\n\n  abc+def/gh==</value></set-header>",
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
