//! Whether what stands in the service is what the plan wanted there.
//!
//! The service fills in defaults, prints short ids in full, re-indents
//! documents, shows what is unset as `null`, shows settings in two forms, adds
//! members that no body has, and hides secrets; the catalog says which and
//! where. Only what is left after that is a difference.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::place::{Place, same_id};
use crate::catalog::{Default, Form, Kind, Member, Sent, member};
use crate::plan::model::Content;
use crate::policy::without_layout;

/// One difference between the plan and the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
pub(crate) const MINTED: &str = "{{Logger-Credentials-";

/// Returns how a resource differs from what was to be made: everything expected
/// has to be there, and nothing else but what the service is known to add.
pub fn differences(
    kind: &Kind,
    expected: &Content,
    found: &Map<String, Value>,
    place: Place<'_>,
) -> Vec<Difference> {
    let mut comparison = Comparison {
        kind,
        place,
        differences: Vec::new(),
    };
    comparison.top(expected, found);
    comparison.differences
}

struct Comparison<'a> {
    kind: &'a Kind,
    place: Place<'a>,
    differences: Vec<Difference>,
}

/// Where the comparison is.
#[derive(Clone)]
struct At {
    /// As the catalog writes it.
    pattern: String,
    /// As it is shown.
    shown: String,
    /// What is known of the members there; nothing where they are the author's.
    inside: &'static [Member],
    /// What is there counts though nothing was expected.
    counts: bool,
}

impl At {
    /// A member; `None` when it is one that no body has.
    fn member(&self, name: &str) -> Option<Self> {
        let join = |base: &str| match base {
            "" => name.to_owned(),
            base => format!("{base}.{name}"),
        };
        let known = member(self.inside, name);
        let (inside, counts) = match known.map(|m| m.sent) {
            Some(Sent::Shown | Sent::Repeats(_) | Sent::Lost(_)) => return None,
            Some(Sent::Always | Sent::Unpublished) => {
                (known.map_or(&[] as &[_], |m| m.inside), true)
            }
            // Which newer members a version shows differs from month to month:
            // they count where they were sent.
            Some(Sent::Since(_)) => (&[] as &[_], false),
            None => (&[] as &[_], self.inside.is_empty()),
        };
        Some(Self {
            pattern: join(&self.pattern),
            shown: join(&self.shown),
            inside,
            counts,
        })
    }

    fn item(&self, index: usize) -> Self {
        Self {
            pattern: format!("{}[]", self.pattern),
            shown: format!("{}[{index}]", self.shown),
            ..self.clone()
        }
    }

    /// The last member's name.
    fn name(&self) -> &str {
        self.pattern.rsplit('.').next().unwrap_or_default()
    }
}

impl Comparison<'_> {
    fn top(&mut self, expected: &Content, found: &Map<String, Value>) {
        let root = At {
            pattern: String::new(),
            shown: String::new(),
            inside: self.kind.members,
            counts: true,
        };
        if let Some(document) = &expected.document {
            let there = found.get("value").and_then(Value::as_str).unwrap_or("");
            if without_layout(document) != without_layout(there) {
                let (a, b) = first_difference(document, there);
                self.report("value", a, b);
            }
        }
        let hidden = |name: &str| {
            let of_document = expected.document.is_some() && matches!(name, "value" | "format");
            // What goes only one way never comes back: `sourceApiId`.
            let one_way = self.kind.not_carried.iter().any(|(n, _)| *n == name);
            of_document || one_way || self.is_hidden(name, &expected.properties)
        };
        let mut expected = self.kind.plain(&expected.properties);
        let mut found = self.kind.plain(found);
        expected.retain(|name, _| !hidden(name));
        found.retain(|name, _| !hidden(name));
        self.members(&root, &expected, &found);
    }

    fn members(&mut self, at: &At, expected: &Map<String, Value>, found: &Map<String, Value>) {
        for (name, value) in expected {
            if let Some(at) = at.member(name) {
                self.member(&at, Some(value), found.get(name));
            }
        }
        for (name, value) in found
            .iter()
            .filter(|(name, _)| !expected.contains_key(*name))
        {
            if let Some(at) = at.member(name).filter(|at| at.counts) {
                self.member(&at, None, Some(value));
            }
        }
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
        let said = expected.is_some_and(|e| self.says_something(at, e, true));
        let there = found.is_some_and(|f| self.says_something(at, f, false));
        let as_it_likes = self.kind.default_of(&at.pattern) == Some(Default::Anything);
        if (!said && !there) || (expected.is_none() && as_it_likes) {
            return;
        }
        // Only some of an object may be more than what the service fills in.
        let none = Map::new();
        let sides = (
            members_of(expected, said, &none),
            members_of(found, there, &none),
        );
        if !at.inside.is_empty()
            && let (Some(expected), Some(found)) = sides
        {
            return self.members(at, expected, found);
        }
        match (expected, found) {
            (Some(e), Some(f)) => self.value(at, e, f),
            (e, f) => {
                let words = |v: Option<&Value>| v.map_or("nothing".to_owned(), quote);
                self.report(&at.shown, words(e), words(f));
            }
        }
    }

    /// Whether a value is more than the service fills in by itself. Of what was
    /// not `sent`, only the members count that the service has at every version.
    fn says_something(&self, at: &At, value: &Value, sent: bool) -> bool {
        let default = self.kind.default_of(&at.pattern);
        if default.is_some_and(|d| d.is(value)) {
            return false;
        }
        match value {
            Value::Null => false,
            Value::Bool(flag) => *flag || default == Some(Default::Bool(true)),
            Value::Number(_) => true,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            // What is in it is the author's, even where it is empty.
            Value::Object(members) if self.kind.opaque.contains(&at.name()) => !members.is_empty(),
            Value::Object(members) => members.iter().any(|(name, value)| {
                let at = at.member(name).filter(|at| sent || at.counts);
                at.is_some_and(|at| self.says_something(&at, value, sent))
            }),
        }
    }

    fn value(&mut self, at: &At, expected: &Value, found: &Value) {
        if self.kind.opaque.contains(&at.name()) {
            if !same_exactly(expected, found) {
                self.report(&at.shown, quote(expected), quote(found));
            }
            return;
        }
        match (expected, found) {
            (Value::Object(e), Value::Object(f)) => self.members(at, e, f),
            (Value::Array(e), Value::Array(f)) => self.list(at, e, f),
            (Value::String(e), Value::String(f)) => {
                if !self.same_text(at, e, f) {
                    self.report(&at.shown, quote(expected), quote(found));
                }
            }
            _ => {
                if !same_exactly(expected, found) {
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
        let id = "/subscriptions/";
        let head = expected.get(..id.len());
        if head.is_some_and(|head| head.eq_ignore_ascii_case(id)) {
            let trim = |t: &str| t.trim_end_matches('/').to_ascii_lowercase();
            return trim(expected) == trim(found);
        }
        let minted = found.starts_with(MINTED)
            && self
                .kind
                .embeds
                .iter()
                .any(|pointer| covers(pointer, &at.pattern));
        let path = self.kind.slashed.contains(&at.pattern.as_str())
            && expected.trim_start_matches('/') == found.trim_start_matches('/');
        minted || path || same_lines(expected, found)
    }
}

/// The members of an object; of what says nothing, none.
fn members_of<'v>(
    value: Option<&'v Value>,
    says: bool,
    none: &'v Map<String, Value>,
) -> Option<&'v Map<String, Value>> {
    match value {
        Some(Value::Object(members)) => Some(members),
        _ if !says => Some(none),
        _ => None,
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
