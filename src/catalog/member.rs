//! What stands in a resource's properties, member by member, and what becomes
//! of each of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{ApiVersion, Shape};

/// A member of properties, or of something in them.
///
/// The service takes names in any case and has spelled one of its own in two
/// ways [recording: net BackendTests ServiceFabric #2], so that names compare
/// without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name, as the schema spells it.
    pub name: &'static str,
    /// What its value can be.
    pub shape: Shape,
    /// What is created can't be without it.
    pub needed: bool,
    /// What is in it, or in each item of it. Nothing for a value, and for what
    /// its author names himself: headers, examples, documents.
    pub inside: &'static [Member],
    /// What becomes of it.
    pub sent: Sent,
}

/// What becomes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The schema of 2024-05-01 has it: it is carried.
    Always,
    /// No version's schema has it, and yet the service takes and shows it.
    Unpublished,
    /// Schemas have it from this version on.
    Since(ApiVersion),
    /// The service shows it and does not take it, and nothing is lost with it:
    /// it is read-only, repeats something, or is made anew.
    Shown,
    /// It repeats what stands beside it under this name, and is lost where that
    /// is missing.
    Repeats(&'static str),
    /// The service shows it and does not take it; why something is lost.
    Lost(&'static str),
}

/// A member that holds something and does not get into a copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// Where, as pointers are written: `pool.sessionAffinity`.
    pub pointer: String,
    /// Why, in plain words.
    pub why: String,
}

const fn known(shape: Shape, name: &'static str) -> Member {
    Member {
        name,
        shape,
        needed: false,
        inside: &[],
        sent: Sent::Always,
    }
}

/// A text of the schema.
pub(super) const fn m(name: &'static str) -> Member {
    known(Shape::Text(None), name)
}

/// A text of so many characters at most.
pub(super) const fn up_to(most: usize, name: &'static str) -> Member {
    known(Shape::Text(Some(most)), name)
}

/// One of a few words.
pub(super) const fn word(words: &'static [&'static str], name: &'static str) -> Member {
    known(Shape::Word(words), name)
}

/// A number from the least to the most.
pub(super) const fn number(least: Option<i64>, most: Option<i64>, name: &'static str) -> Member {
    known(Shape::Number(least, most), name)
}

/// A truth value.
pub(super) const fn yes_or_no(name: &'static str) -> Member {
    known(Shape::Flag, name)
}

/// A list of values that are no objects.
pub(super) const fn list(of: &'static Shape, name: &'static str) -> Member {
    known(Shape::List(of), name)
}

/// An object whose author names its members.
pub(super) const fn map(of: &'static Shape, name: &'static str) -> Member {
    known(Shape::Map(of), name)
}

/// Whatever its author likes.
pub(super) const fn any(name: &'static str) -> Member {
    known(Shape::Any, name)
}

/// An object, with what is in it.
pub(super) const fn of(name: &'static str, inside: &'static [Member]) -> Member {
    Member {
        inside,
        ..known(Shape::Object, name)
    }
}

/// A list of objects, with what is in each.
pub(super) const fn each(name: &'static str, inside: &'static [Member]) -> Member {
    Member {
        inside,
        ..known(Shape::List(&Shape::Object), name)
    }
}

/// A member that the service shows and that nothing is lost with.
pub(super) const fn shown(name: &'static str) -> Member {
    but(Sent::Shown, name)
}

/// A member of a newer version.
pub(super) const fn since(version: ApiVersion, name: &'static str) -> Member {
    but(Sent::Since(version), name)
}

/// A member with another fate, of which the schema says nothing.
pub(super) const fn but(sent: Sent, name: &'static str) -> Member {
    Member { sent, ..any(name) }
}

impl Member {
    /// The same, where what is created can't be without it.
    pub(super) const fn needed(self) -> Self {
        Self {
            needed: true,
            ..self
        }
    }

    /// The first version that has it, where that is not the one of the schema.
    pub fn first(&self) -> Option<ApiVersion> {
        match self.sent {
            Sent::Since(first) => Some(first),
            _ => None,
        }
    }

    /// Whether a body of a version may hold it.
    pub fn fits(&self, version: ApiVersion) -> bool {
        match self.sent {
            Sent::Always | Sent::Unpublished => true,
            Sent::Since(first) => first <= version,
            Sent::Shown | Sent::Repeats(_) | Sent::Lost(_) => false,
        }
    }
}

/// Finds a member by its name, without regard to case.
pub fn member(members: &'static [Member], name: &str) -> Option<&'static Member> {
    members.iter().find(|m| m.name.eq_ignore_ascii_case(name))
}

/// Whether a value says anything: so all but null, false and what is empty.
pub fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(map) => map.values().any(says_something),
    }
}

/// Keeps members at any depth, as the schema spells them; nulls only in what is
/// `opaque`.
pub(super) struct Pick<'a> {
    /// Whether a member is kept.
    pub(super) keep: &'a dyn Fn(&Member) -> bool,
    /// Whether one is kept that the table does not have.
    pub(super) unknown: bool,
    /// Members whose content is the author's, as [`super::Kind::opaque`] says.
    pub(super) opaque: &'static [&'static str],
}

impl Pick<'_> {
    pub(super) fn of(
        &self,
        members: &'static [Member],
        map: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in map {
            let known = member(members, name);
            let keep = match known {
                Some(known) => (self.keep)(known),
                None => self.unknown || members.is_empty(),
            };
            if !keep || value.is_null() {
                continue;
            }
            let spelled = known.map_or(name.as_str(), |m| m.name);
            // Of two spellings side by side the schema's own wins.
            if spelled != name && map.contains_key(spelled) {
                continue;
            }
            let inside = known.map_or(&[] as &[Member], |m| m.inside);
            let value = match self.opaque.contains(&spelled) {
                true => value.clone(),
                false => self.value(inside, value),
            };
            kept.insert(spelled.to_owned(), value);
        }
        kept
    }

    fn value(&self, inside: &'static [Member], value: &Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(self.of(inside, map)),
            Value::Array(items) => {
                Value::Array(items.iter().map(|v| self.value(inside, v)).collect())
            }
            other => other.clone(),
        }
    }
}

/// Finds what holds something that a body of a version can't hold.
pub(super) struct Search<'a> {
    /// The version.
    pub(super) version: ApiVersion,
    /// Whether a value at a pointer is what the service fills in by itself.
    pub(super) is_default: &'a dyn Fn(&str, &Value) -> bool,
    /// What was found.
    pub(super) found: BTreeSet<Lost>,
}

impl Search<'_> {
    pub(super) fn of(&mut self, members: &'static [Member], map: &Map<String, Value>, at: &str) {
        if members.is_empty() {
            return;
        }
        for (name, value) in map.iter().filter(|(_, value)| says_something(value)) {
            let known = member(members, name);
            let pointer = match at {
                "" => name.clone(),
                at => format!("{at}.{name}"),
            };
            let why = match known.map(|m| m.sent) {
                Some(Sent::Shown) => continue,
                Some(Sent::Repeats(other)) => match map.get(other).is_some_and(says_something) {
                    true => continue,
                    false => format!("it stands there without `{other}`, which would be carried"),
                },
                Some(Sent::Lost(why)) => why.to_owned(),
                Some(Sent::Since(first)) if first > self.version => {
                    if (self.is_default)(&pointer, value) {
                        continue;
                    }
                    let version = self.version;
                    format!("api-version {version} can't hold it, {first} and later can")
                }
                None => "it is in no description of the service that is known here".to_owned(),
                Some(Sent::Always | Sent::Unpublished | Sent::Since(_)) => {
                    let inside = known.map_or(&[] as &[Member], |m| m.inside);
                    self.below(inside, value, &pointer);
                    continue;
                }
            };
            self.found.insert(Lost { pointer, why });
        }
    }

    fn below(&mut self, inside: &'static [Member], value: &Value, at: &str) {
        match value {
            Value::Object(map) => self.of(inside, map, at),
            Value::Array(items) => {
                let at = format!("{at}[]");
                for item in items {
                    self.below(inside, item, &at);
                }
            }
            _ => {}
        }
    }
}
