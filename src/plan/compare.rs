//! Whether what stands in the service is what the plan wanted there.
//!
//! The service fills in defaults, prints short ids in full, re-indents
//! documents, shows what is unset as `null` and hides secrets. Only what is
//! left after that is a difference.

use serde::Serialize;
use serde_json::{Map, Value};

use super::layout;
use super::model::Content;
use super::place::{Place, same_id};
use crate::catalog::{Default, Form, Kind};

/// One difference between the plan and the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where, below `properties`: `pool.services[1].id`.
    pub pointer: String,
    /// What the plan says, shortened.
    pub expected: String,
    /// What the service says, shortened.
    pub found: String,
}

/// Longest text quoted in a difference, in characters.
const QUOTED: usize = 200;

/// How the service shows a logger's credential that it has put away in a named
/// value of its own.
pub(crate) const MINTED: &str = "{{Logger-Credentials--";

/// Returns how a resource differs from what was to be made.
///
/// Everything expected has to be there. With `strict_extras`, so does nothing
/// else, except for what is empty, the service's default or read-only.
pub fn differences(
    kind: &Kind,
    expected: &Content,
    found: &Map<String, Value>,
    place: Place<'_>,
    strict_extras: bool,
) -> Vec<Difference> {
    let mut comparison = Comparison {
        kind,
        place,
        strict_extras,
        differences: Vec::new(),
    };
    comparison.top(expected, found);
    comparison.differences
}

struct Comparison<'a> {
    kind: &'a Kind,
    place: Place<'a>,
    strict_extras: bool,
    differences: Vec<Difference>,
}

/// Where the comparison is: the pointer as the catalog writes it, and as it is
/// shown.
#[derive(Clone)]
struct At {
    pattern: String,
    shown: String,
    /// Below something that the service fills in as it likes.
    lenient: bool,
}

impl At {
    fn member(&self, name: &str) -> Self {
        let join = |base: &str| match base {
            "" => name.to_owned(),
            base => format!("{base}.{name}"),
        };
        Self {
            pattern: join(&self.pattern),
            shown: join(&self.shown),
            lenient: self.lenient,
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            pattern: format!("{}[]", self.pattern),
            shown: format!("{}[{index}]", self.shown),
            lenient: self.lenient,
        }
    }
}

impl Comparison<'_> {
    fn top(&mut self, expected: &Content, found: &Map<String, Value>) {
        let root = At {
            pattern: String::new(),
            shown: String::new(),
            lenient: false,
        };
        if let Some(document) = &expected.document {
            let there = found.get("value").and_then(Value::as_str).unwrap_or("");
            if layout::normalise(document) != layout::normalise(there) {
                let (a, b) = first_difference(document, there);
                self.report("value", a, b);
            }
        }
        for (name, value) in &expected.properties {
            // What goes only one way never comes back: `sourceApiId`.
            let one_way = self.kind.not_carried.iter().any(|(n, _)| n == name);
            if one_way || self.is_hidden(name, &expected.properties) {
                continue;
            }
            let mut at = root.member(name);
            at.lenient = matches!(self.default_of(name), Some(Default::Anything));
            self.member(&at, Some(value), found.get(name));
        }
        for (name, value) in found {
            let skip = expected.properties.contains_key(name)
                || (expected.document.is_some() && matches!(name.as_str(), "value" | "format"))
                || self.is_hidden(name, &expected.properties)
                || !self.is_carried(name)
                || self.default_of(name).is_some_and(|d| d.is(value));
            if !skip {
                self.member(&root.member(name), None, Some(value));
            }
        }
    }

    fn default_of(&self, name: &str) -> Option<Default> {
        let found = self.kind.defaults.iter().find(|(n, _)| *n == name);
        found.map(|(_, default)| *default)
    }

    fn is_carried(&self, name: &str) -> bool {
        self.kind.writable.contains(&name) && !self.kind.not_carried.iter().any(|(n, _)| *n == name)
    }

    fn is_hidden(&self, name: &str, expected: &Map<String, Value>) -> bool {
        self.kind
            .secret
            .is_some_and(|s| s.members.contains(&name) && (s.applies)(expected))
    }

    fn report(&mut self, pointer: &str, expected: String, found: String) {
        self.differences.push(Difference {
            pointer: pointer.to_owned(),
            expected,
            found,
        });
    }

    /// Compares a member, which either side may lack.
    fn member(&mut self, at: &At, expected: Option<&Value>, found: Option<&Value>) {
        let default = match at.pattern.contains('.') {
            true => None,
            false => self.default_of(&at.pattern),
        };
        match (expected, found) {
            (Some(e), Some(f)) if !e.is_null() && !f.is_null() => self.value(at, e, f),
            (Some(e), _) if !e.is_null() => {
                let as_default = default.is_some_and(|d| d.is(e));
                let means_something =
                    *e == Value::Bool(false) && matches!(default, Some(Default::Bool(true)));
                if !as_default && (means_something || !is_empty(e)) {
                    self.report(&at.shown, quote(e), "nothing".to_owned());
                }
            }
            (_, Some(f)) => {
                let allowed = !self.strict_extras
                    || at.lenient
                    || is_empty(f)
                    || self.kind.read_only.contains(&at.pattern.as_str());
                if !allowed {
                    self.report(&at.shown, "nothing".to_owned(), quote(f));
                }
            }
            (_, None) => {}
        }
    }

    fn value(&mut self, at: &At, expected: &Value, found: &Value) {
        let last = at.pattern.rsplit('.').next().unwrap_or_default();
        if self.kind.opaque.contains(&last) {
            if !same_exactly(expected, found) {
                self.report(&at.shown, quote(expected), quote(found));
            }
            return;
        }
        match (expected, found) {
            (Value::Object(e), Value::Object(f)) => {
                for (name, value) in e {
                    self.member(&at.member(name), Some(value), f.get(name));
                }
                for (name, value) in f.iter().filter(|(name, _)| !e.contains_key(*name)) {
                    self.member(&at.member(name), None, Some(value));
                }
            }
            (Value::Array(e), Value::Array(f)) => self.list(at, e, f),
            (Value::String(e), Value::String(f)) => {
                if !self.same_text(at, e, f) {
                    self.report(&at.shown, quote(expected), quote(found));
                }
            }
            _ => {
                let both_empty = is_empty(expected) && is_empty(found);
                if !both_empty && !same_exactly(expected, found) {
                    self.report(&at.shown, quote(expected), quote(found));
                }
            }
        }
    }

    fn list(&mut self, at: &At, expected: &[Value], found: &[Value]) {
        if !self.kind.unordered.contains(&at.pattern.as_str()) {
            for index in 0..expected.len().max(found.len()) {
                let item = at.item(index);
                match (expected.get(index), found.get(index)) {
                    (Some(e), Some(f)) => self.value(&item, e, f),
                    (Some(e), None) => self.report(&item.shown, quote(e), "nothing".to_owned()),
                    (None, Some(f)) => self.report(&item.shown, "nothing".to_owned(), quote(f)),
                    (None, None) => {}
                }
            }
            return;
        }
        let mut left: Vec<&Value> = found.iter().collect();
        let item = at.item(0);
        for e in expected {
            let matching = left.iter().position(|f| {
                let mut probe = Comparison {
                    kind: self.kind,
                    place: self.place,
                    strict_extras: self.strict_extras,
                    differences: Vec::new(),
                };
                probe.value(&item, e, f);
                probe.differences.is_empty()
            });
            match matching {
                Some(index) => drop(left.swap_remove(index)),
                None => self.report(&at.shown, quote(e), "nothing".to_owned()),
            }
        }
        for f in left {
            self.report(&at.shown, "nothing".to_owned(), quote(f));
        }
    }

    fn same_text(&self, at: &At, expected: &str, found: &str) -> bool {
        if expected == found {
            return true;
        }
        let reference = self
            .kind
            .references
            .iter()
            .find(|r| r.pointer == at.pattern);
        match reference.map(|r| r.form) {
            Some(Form::Id | Form::IdOfRoot) => return same_id(expected, found, self.place),
            Some(_) => return expected.eq_ignore_ascii_case(found),
            None => {}
        }
        let both = |prefix: &str| {
            let starts = |t: &str| {
                t.get(..prefix.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
            };
            starts(expected) && starts(found)
        };
        if both("/subscriptions/") {
            let trim = |t: &str| t.trim_end_matches('/').to_ascii_lowercase();
            return trim(expected) == trim(found);
        }
        let minted = found.starts_with(MINTED)
            && self
                .kind
                .embeds
                .iter()
                .any(|pointer| covers(pointer, &at.pattern));
        // A leading slash of an API's path is dropped when it is stored.
        let path = at.pattern == "path"
            && expected.trim_start_matches('/') == found.trim_start_matches('/');
        minted || path || same_lines(expected, found)
    }
}

fn covers(embed: &str, pattern: &str) -> bool {
    match embed.strip_suffix(".**") {
        Some(prefix) => pattern
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(['.', '['])),
        None => embed == pattern,
    }
}

impl Default {
    /// Whether a value is this default.
    fn is(self, value: &Value) -> bool {
        match self {
            Default::Text(text) => value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(text)),
            Default::Bool(flag) => value.as_bool() == Some(flag),
            Default::OneText(text) => {
                matches!(value.as_array().map(Vec::as_slice), Some([one]) if one.as_str() == Some(text))
            }
            Default::Anything => true,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
    }
}

fn same_lines(a: &str, b: &str) -> bool {
    a.replace("\r\n", "\n") == b.replace("\r\n", "\n")
}

fn same_exactly(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::String(a), Value::String(b)) => same_lines(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_exactly(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same =
                |(name, a): (&String, &Value)| b.get(name).is_some_and(|b| same_exactly(a, b));
            a.len() == b.len() && a.iter().all(same)
        }
        (a, b) => a == b,
    }
}

fn quote(value: &Value) -> String {
    shorten(match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    })
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The first lines in which two documents differ, as people read them.
fn first_difference(expected: &str, found: &str) -> (String, String) {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
        lines.map(str::to_owned).collect()
    };
    let (expected, found) = (lines(expected), lines(found));
    let same = expected.iter().zip(&found).take_while(|(a, b)| a == b);
    let at = same.count();
    let line = |lines: &[String]| match lines.get(at) {
        Some(line) => shorten(format!("`{line}`")),
        None => "nothing".to_owned(),
    };
    (line(&expected), line(&found))
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
