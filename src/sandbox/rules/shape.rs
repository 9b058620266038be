//! The properties of each type, read from an embedded table, and a strict walk
//! over a body against them.
//!
//! The table says `flag type` for each property: the flag is `required`,
//! `readonly`, `writeonly` or absent; the type is `string`, `token` (letters,
//! digits, `-._`), `integer`, `boolean`, `any`, `enum A|B`, `list TYPE`,
//! `map TYPE` or `object NAME`, with a range `MIN..MAX` after the first word
//! for lengths, values and counts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as the service names it in `details[].target`.
    pub target: String,
    /// What is wrong with it.
    pub message: String,
}

impl FieldError {
    pub(super) fn new(target: &str, message: &str) -> Self {
        Self {
            target: target.to_owned(),
            message: message.to_owned(),
        }
    }
}

static TABLE: &str = include_str!("properties.json");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Required,
    ReadOnly,
    WriteOnly,
    Plain,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) least: Option<u32>,
    pub(super) most: Option<u32>,
}

impl Range {
    fn holds(self, value: f64) -> bool {
        self.least.is_none_or(|least| value >= f64::from(least))
            && self.most.is_none_or(|most| value <= f64::from(most))
    }

    fn words(self) -> String {
        match (self.least, self.most) {
            (Some(least), Some(most)) => format!("between {least} and {most}"),
            (Some(least), None) => format!("at least {least}"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => "anything".to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Text { range: Range, token: bool },
    Integer(Range),
    Boolean,
    Any,
    Choice(Vec<String>),
    List(Range, Box<Shape>),
    Map(Box<Shape>),
    Object(String),
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) flag: Flag,
    pub(super) shape: Shape,
}

/// The properties of one object by name.
pub(super) type Fields = BTreeMap<String, Field>;

#[derive(Deserialize, Default)]
struct RawTable {
    kinds: BTreeMap<String, String>,
    objects: BTreeMap<String, BTreeMap<String, String>>,
}

/// All objects by name, and the object that each type's properties are.
#[derive(Debug, Default)]
pub(super) struct Table {
    kinds: BTreeMap<String, String>,
    objects: BTreeMap<String, Fields>,
}

impl Table {
    /// Returns the properties of a type; `None` when it has none at all.
    pub(super) fn of_kind(&self, pattern: &str) -> Option<&Fields> {
        self.kinds
            .get(&pattern.to_ascii_lowercase())
            .and_then(|object| self.objects.get(object))
    }

    pub(super) fn object(&self, name: &str) -> Option<&Fields> {
        self.objects.get(name)
    }
}

/// Returns the table, parsed once.
pub(super) fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| {
        let raw: RawTable = serde_json::from_str(TABLE).unwrap_or_default();
        let field = |text: &String| {
            let (flag, rest) = flag_of(text);
            let shape = shape_of(rest).unwrap_or(Shape::Any);
            Field { flag, shape }
        };
        let objects = raw.objects.iter().map(|(name, fields)| {
            let fields = fields
                .iter()
                .map(|(name, text)| (name.clone(), field(text)));
            (name.clone(), fields.collect())
        });
        let kinds = raw.kinds.iter();
        Table {
            kinds: kinds
                .map(|(pattern, object)| (pattern.to_ascii_lowercase(), object.clone()))
                .collect(),
            objects: objects.collect(),
        }
    })
}

fn flag_of(text: &str) -> (Flag, &str) {
    let flags = [
        ("required ", Flag::Required),
        ("readonly ", Flag::ReadOnly),
        ("writeonly ", Flag::WriteOnly),
    ];
    flags
        .into_iter()
        .find_map(|(word, flag)| Some((flag, text.strip_prefix(word)?)))
        .unwrap_or((Flag::Plain, text))
}

fn shape_of(text: &str) -> Option<Shape> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (range, inner) = match rest.split_once(' ') {
        Some((first, inner)) if first.contains("..") => (range_of(first)?, inner),
        _ if rest.contains("..") && !rest.contains(' ') => (range_of(rest)?, ""),
        _ => (Range::default(), rest),
    };
    Some(match word {
        "string" | "token" => Shape::Text {
            range,
            token: word == "token",
        },
        "integer" => Shape::Integer(range),
        "boolean" => Shape::Boolean,
        "any" => Shape::Any,
        "enum" => Shape::Choice(inner.split('|').map(str::to_owned).collect()),
        "list" => Shape::List(range, Box::new(shape_of(inner)?)),
        "map" => Shape::Map(Box::new(shape_of(inner)?)),
        "object" => Shape::Object(inner.to_owned()),
        _ => return None,
    })
}

fn range_of(text: &str) -> Option<Range> {
    let (least, most) = text.split_once("..")?;
    let number = |text: &str| match text {
        "" => Some(None),
        digits => digits.parse().ok().map(Some),
    };
    Some(Range {
        least: number(least)?,
        most: number(most)?,
    })
}

/// Collects what is wrong with a body while walking over it.
pub(super) struct Walk {
    /// Whether required properties must be there.
    pub(super) creating: bool,
    /// What was found.
    pub(super) errors: Vec<FieldError>,
}

impl Walk {
    fn error(&mut self, target: &str, message: String) {
        self.errors.push(FieldError {
            target: target.to_owned(),
            message,
        });
    }

    /// Checks the members of an object; `below` is the path to it, empty at the top.
    pub(super) fn object(&mut self, fields: &Fields, value: &Map<String, Value>, below: &str) {
        let path = |name: &str| match below {
            "" => name.to_owned(),
            _ => format!("{below}.{name}"),
        };
        for (name, value) in value {
            let target = path(name);
            match fields.get(name) {
                None => self.error(&target, format!("Invalid field '{name}' specified")),
                Some(field) if field.flag == Flag::ReadOnly => {
                    self.error(&target, format!("Field '{name}' is read-only"));
                }
                Some(field) => self.value(&field.shape, value, &target),
            }
        }
        // A PATCH names what it changes, but an object inside it is written whole.
        if self.creating || !below.is_empty() {
            for (name, field) in fields {
                if field.flag == Flag::Required && !value.contains_key(name) {
                    self.error(&path(name), format!("Field '{name}' must not be empty"));
                }
            }
        }
    }

    fn value(&mut self, shape: &Shape, value: &Value, target: &str) {
        if value.is_null() && *shape != Shape::Any {
            return self.error(target, "Value must not be null".to_owned());
        }
        match (shape, value) {
            (Shape::Any, _) | (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::Text { range, token }, Value::String(text)) => {
                // Only the characters count; no length in the service is 2^32.
                if !range.holds(f64::from(
                    u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
                )) {
                    let words = range.words();
                    self.error(target, format!("Length must be {words} characters"));
                } else if *token && !text.chars().all(in_token) {
                    let message = "Only letters, digits, periods, dashes and underscores";
                    self.error(target, format!("{message} are allowed"));
                }
            }
            (Shape::Integer(range), Value::Number(number)) => {
                if !number.as_f64().is_some_and(|number| range.holds(number)) {
                    self.error(target, format!("Value must be {}", range.words()));
                }
            }
            (Shape::Choice(words), Value::String(text)) => {
                if !words.iter().any(|word| word.eq_ignore_ascii_case(text)) {
                    let words = words.join(", ");
                    self.error(target, format!("Value must be one of {words}"));
                }
            }
            (Shape::List(range, shape), Value::Array(items)) => {
                let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
                if !range.holds(f64::from(count)) {
                    self.error(target, format!("Count must be {}", range.words()));
                }
                for (index, item) in items.iter().enumerate() {
                    self.value(shape, item, &format!("{target}[{index}]"));
                }
            }
            (Shape::Map(shape), Value::Object(members)) => {
                for (name, member) in members {
                    self.value(shape, member, &format!("{target}.{name}"));
                }
            }
            (Shape::Object(name), Value::Object(members)) => {
                if let Some(fields) = table().object(name) {
                    self.object(fields, members, target);
                }
            }
            _ => self.error(target, format!("Value must be {}", type_words(shape))),
        }
    }
}

fn in_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_')
}

fn type_words(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text { .. } | Shape::Choice(_) => "a string",
        Shape::Integer(_) => "a number",
        Shape::Boolean => "a boolean",
        Shape::List(..) => "an array",
        Shape::Map(_) | Shape::Object(_) => "an object",
        Shape::Any => "anything",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_parses_whole() {
        let raw: RawTable = serde_json::from_str(TABLE).unwrap();
        for (name, fields) in &raw.objects {
            for (field, text) in fields {
                let shape = shape_of(flag_of(text).1).unwrap_or_else(|| panic!("{name}.{field}"));
                check_objects(&raw, &shape);
            }
        }
        for (pattern, object) in &raw.kinds {
            assert!(raw.objects.contains_key(object), "{pattern}");
            assert!(super::super::kinds::kind_of(pattern).is_some(), "{pattern}");
        }
    }

    fn check_objects(raw: &RawTable, shape: &Shape) {
        match shape {
            Shape::Object(name) => assert!(raw.objects.contains_key(name), "{name}"),
            Shape::List(_, inner) | Shape::Map(inner) => check_objects(raw, inner),
            _ => {}
        }
    }

    #[test]
    fn the_table_agrees_with_the_published_types() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/schema-2024-05-01.json"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: ../shared is absent");
            return;
        };
        let published: Value = serde_json::from_str(&text).unwrap();
        let mut compared = 0;
        for kind in super::super::kinds::KINDS {
            for prefix in ["", "workspaces/"] {
                let resource = &published["resources"][format!("{prefix}{}", kind.pattern)];
                let Some(object) = resource["properties"][1][1].as_str() else {
                    continue;
                };
                let fields = table().of_kind(kind.pattern).unwrap();
                compare(&published["objects"], object, fields, kind.pattern);
                compared += 1;
            }
        }
        assert!(compared > 60, "{compared}");
    }

    fn compare(objects: &Value, object: &str, ours: &Fields, place: &str) {
        let theirs = objects[object].as_object().unwrap();
        // Of no published type, and yet taken and shown.
        let names: Vec<&String> = ours.keys().filter(|n| *n != "managedIdentity").collect();
        let mut their_names: Vec<&String> = theirs.keys().collect();
        their_names.sort();
        assert_eq!(names, their_names, "{place}");
        for (name, field) in ours.iter().filter(|(name, _)| *name != "managedIdentity") {
            let place = format!("{place}.{name}");
            let flag = match theirs[name][0].as_u64() {
                Some(1) => Flag::Required,
                Some(2) => Flag::ReadOnly,
                Some(4) => Flag::WriteOnly,
                _ => Flag::Plain,
            };
            // A release without an API is refused, which the type index leaves out.
            if place != "apis/releases.apiId" {
                assert_eq!(flag, field.flag, "{place}");
            }
            compare_shape(objects, &theirs[name][1], &field.shape, &place);
        }
    }

    fn compare_shape(objects: &Value, theirs: &Value, ours: &Shape, place: &str) {
        let word = theirs.as_str().or(theirs[0].as_str()).unwrap();
        let range = |least: usize| Range {
            least: theirs[least].as_u64().map(|n| u32::try_from(n).unwrap()),
            most: theirs[least + 1]
                .as_u64()
                .map(|n| u32::try_from(n).unwrap()),
        };
        match (word, ours) {
            ("b", Shape::Boolean) | ("any", Shape::Any) => {}
            ("s", Shape::Text { range: ours, token }) => {
                assert_eq!(*ours, range(1), "{place}");
                assert_eq!(*token, !theirs[3].is_null(), "{place}");
            }
            ("i", Shape::Integer(ours)) => assert_eq!(*ours, range(1), "{place}"),
            ("e", Shape::Choice(words)) => {
                assert_eq!(serde_json::json!(words), theirs[1], "{place}");
            }
            ("a", Shape::List(ours, inner)) => {
                assert_eq!(*ours, range(2), "{place}");
                compare_shape(objects, &theirs[1], inner, place);
            }
            ("m", Shape::Map(inner)) => compare_shape(objects, &theirs[1], inner, place),
            ("o", Shape::Object(name)) => {
                let fields = table().object(name).unwrap();
                compare(objects, theirs[1].as_str().unwrap(), fields, place);
            }
            (theirs, ours) => panic!("{place}: {theirs} is not {ours:?}"),
        }
    }
}
