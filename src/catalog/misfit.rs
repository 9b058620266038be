//! Finding what no body can hold.

use serde_json::{Map, Value};

use super::member::{Member, member};
use super::{ApiVersion, Kind, Shape};

/// Something in properties that no body can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where, below the properties: `responses[2].statusCode`.
    pub at: String,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What is wrong with a value. It never holds the value itself, which may be a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No body has such a member.
    #[error("`{name}` can't be written in `{kind}`")]
    Unknown {
        /// Its name.
        name: String,
        /// The kind's name.
        kind: &'static str,
        /// What can be written there.
        among: &'static [Member],
    },
    /// Bodies of later versions have it.
    #[error("api-version {version} can't hold it, {first} and later can")]
    Later {
        /// The version that is written.
        version: ApiVersion,
        /// The first that has it.
        first: ApiVersion,
    },
    /// Bodies have it, and a copy's must not.
    #[error("`{name}` is never sent for a copy: {why}")]
    Never {
        /// Its name.
        name: &'static str,
        /// Why.
        why: &'static str,
    },
    /// It is of another type.
    #[error("it must be {0}, and is {1}")]
    Type(Shape, &'static str),
    /// It is none of the words.
    #[error("it must be {0}")]
    NoWord(Shape),
    /// It is too long.
    #[error("it has {length} characters, and {most} fit")]
    TooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// It is too small, or too large.
    #[error("it must be {}", range(*.least, *.most))]
    OutOfRange {
        /// The least it may be.
        least: Option<i64>,
        /// The most it may be.
        most: Option<i64>,
    },
    /// It does not go with the rest.
    #[error("{0}")]
    Rule(String),
    /// It is missing, or says nothing.
    #[error("the service can't do without it")]
    Missing,
}

fn range(least: Option<i64>, most: Option<i64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("between {least} and {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "a number".to_owned(),
    }
}

impl Kind {
    /// Finds what can't be sent in a body of a version, in the order of the
    /// properties; `made_from` of a revision is left to who knows what it is
    /// made from.
    pub fn misfits(&self, properties: &Map<String, Value>, version: ApiVersion) -> Vec<Misfit> {
        let mut search = Search {
            kind: self,
            version,
            found: Vec::new(),
        };
        search.object(self.members, properties, "");
        for rule in self.rules {
            if let Some((at, what)) = rule(properties) {
                search.add(at, Wrong::Rule(what));
            }
        }
        search.found
    }
}

struct Search<'a> {
    kind: &'a Kind,
    version: ApiVersion,
    found: Vec<Misfit>,
}

impl Search<'_> {
    fn add(&mut self, at: String, wrong: Wrong) {
        self.found.push(Misfit { at, wrong });
    }

    fn object(&mut self, members: &'static [Member], map: &Map<String, Value>, at: &str) {
        let place = |name: &str| match at {
            "" => name.to_owned(),
            at => format!("{at}.{name}"),
        };
        for (name, value) in map {
            let known = member(members, name);
            let wrong = match known {
                Some(known) if known.fits(self.version) => {
                    let never = (self.kind.not_carried.iter()).find(|(n, _)| *n == known.name);
                    match never.filter(|_| at.is_empty()) {
                        Some((name, _)) if self.kind.made_from == Some(name) => continue,
                        Some((name, why)) => Wrong::Never { name, why },
                        None => {
                            self.value(known, known.shape, value, place(name));
                            continue;
                        }
                    }
                }
                Some(known) => match known.first() {
                    Some(first) => Wrong::Later {
                        version: self.version,
                        first,
                    },
                    None => self.unknown(name, members),
                },
                None => self.unknown(name, members),
            };
            self.add(place(name), wrong);
        }
        for needed in members.iter().filter(|m| m.needed) {
            let found = map
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(needed.name));
            if found.is_none_or(|(_, value)| value.is_null()) {
                self.add(place(needed.name), Wrong::Missing);
            }
        }
    }

    fn unknown(&self, name: &str, among: &'static [Member]) -> Wrong {
        Wrong::Unknown {
            name: name.to_owned(),
            kind: self.kind.name,
            among,
        }
    }

    fn value(&mut self, member: &'static Member, shape: Shape, value: &Value, at: String) {
        let wrong = match (shape, value) {
            (Shape::Any, _) | (Shape::Flag, Value::Bool(_)) => return,
            // Unset, which a PUT takes as not given.
            (_, Value::Null) => return,
            (Shape::Text(most), Value::String(text)) => {
                let length = text.chars().count();
                match most {
                    Some(most) if length > most => Wrong::TooLong { length, most },
                    _ => return,
                }
            }
            (Shape::Word(words), Value::String(text)) => {
                // Later versions know more words.
                let known = words.iter().any(|w| w.eq_ignore_ascii_case(text));
                if known || self.version > ApiVersion::WRITTEN {
                    return;
                }
                Wrong::NoWord(shape)
            }
            (Shape::Number(least, most), Value::Number(number)) => {
                let fits = number.as_f64().is_none_or(|n| {
                    least.is_none_or(|least| n >= least as f64)
                        && most.is_none_or(|most| n <= most as f64)
                });
                if fits {
                    return;
                }
                Wrong::OutOfRange { least, most }
            }
            (Shape::Object, Value::Object(map)) => {
                if !member.inside.is_empty() {
                    self.object(member.inside, map, &at);
                }
                return;
            }
            (Shape::List(of), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(member, *of, item, format!("{at}[{index}]"));
                }
                return;
            }
            (Shape::Map(of), Value::Object(map)) => {
                for (name, item) in map {
                    self.value(member, *of, item, format!("{at}.{name}"));
                }
                return;
            }
            (shape, other) => Wrong::Type(shape, type_of(other)),
        };
        self.add(at, wrong);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use serde_json::json;

    fn misfits(kind: &str, properties: &Value) -> Vec<String> {
        let properties = properties.as_object().unwrap();
        let found = (catalog::kind(kind).unwrap()).misfits(properties, ApiVersion::WRITTEN);
        let told = |m: &Misfit| format!("{}: {}", m.at, m.wrong);
        found.iter().map(told).collect()
    }

    #[test]
    fn values_are_of_their_type_at_any_depth() {
        let body = json!({"displayName": 5, "method": "GET", "urlTemplate": "/", "responses": [
            {"statusCode": 200, "headers": [{"name": "a", "type": "string", "required": "no"}]},
            {"statusCode": "200"}, []]});
        assert_eq!(
            misfits("operation", &body),
            [
                "displayName: it must be a text, and is a number",
                "responses[0].headers[0].required: it must be true or false, and is a text",
                "responses[1].statusCode: it must be a number, and is a text",
                "responses[2]: it must be an object, and is a list",
            ]
        );
        let body = json!({"url": "https://x", "protocol": "http", "credentials": {"header": {"k": "v"}}, "pool": {"services": [{"id": "x", "weight": 101}]}});
        assert_eq!(
            misfits("backend", &body),
            [
                "credentials.header.k: it must be a list, and is a text",
                "pool.services[0].weight: it must be between 0 and 100",
            ]
        );
    }

    #[test]
    fn what_a_copy_never_sends_is_told_from_what_nobody_knows() {
        let body = json!({"displayName": "a", "path": "a", "format": "openapi-link", "value": "https://x", "colour": 1});
        assert_eq!(
            misfits("api", &body),
            [
                "colour: `colour` can't be written in `api`",
                "format: `format` is never sent for a copy: only for imports; a copy is made of its own resources",
                "value: `value` is never sent for a copy: only for imports; a copy is made of its own resources",
            ]
        );
    }

    #[test]
    fn lengths_words_and_what_is_needed_are_those_of_the_service() {
        let long = "x".repeat(401);
        let body = json!({"path": long, "protocols": ["HTTPS", "ftp"]});
        assert_eq!(
            misfits("api", &body),
            [
                "path: it has 401 characters, and 400 fit",
                "protocols[1]: it must be one of http, https, ws, wss",
            ]
        );
        assert_eq!(
            misfits("tag", &json!({"displayName": null})),
            ["displayName: the service can't do without it"]
        );
        let newest = *catalog::VERSIONS.last().unwrap();
        let properties = json!({"displayName": "a", "path": "a", "protocols": ["quic"]});
        let kind = catalog::kind("api").unwrap();
        let found = kind.misfits(properties.as_object().unwrap(), newest);
        assert_eq!(found, []);
    }

    #[test]
    fn a_parameter_of_a_template_is_known_whatever_its_marks() {
        for (template, name) in [
            ("/{*path}", "*path"),
            ("/{*path}", "path"),
            ("/a?b={id?}", "id"),
            ("/{id}", "ID?"),
            ("/{}x{id}", "id"),
        ] {
            let body = json!({"displayName": "a", "method": "GET", "urlTemplate": template,
                "templateParameters": [{"name": name, "type": "string"}]});
            assert_eq!(misfits("operation", &body), [""; 0], "{template} {name}");
        }
        let body = json!({"displayName": "a", "method": "GET", "urlTemplate": "/{*rest}",
            "templateParameters": [{"name": "path", "type": "string"}]});
        assert_eq!(
            misfits("operation", &body),
            ["urlTemplate: `{rest}` is none of the `templateParameters`"]
        );
    }

    #[test]
    fn what_only_later_versions_hold_is_told_by_their_number() {
        let body = json!({"url": "https://x", "protocol": "http", "azureRegion": "westeurope"});
        let found = misfits("backend", &body);
        assert!(
            matches!(&found[..], [one] if one.starts_with("azureRegion: api-version 2024-05-01 can't hold it")),
            "{found:?}"
        );
    }
}
