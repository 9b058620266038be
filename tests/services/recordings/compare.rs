//! What two answers to one request differ in, rule by rule.

use std::collections::BTreeSet;

use serde_json::Value;

use super::play::{Answer, Player};
use super::session::Exchange;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// The exact status.
    Status,
    /// Which of the headers are there that mean something.
    Headers,
    /// Whether the ETag of the resource moved since it was last shown.
    Etag,
    /// Which members are there; one that is null counts as absent.
    Members,
    /// Their JSON types.
    Types,
    /// Codes and targets of errors.
    Errors,
    /// Values, but for what is made anew each time.
    Values,
}

impl Rule {
    pub(super) const ALL: [Self; 7] = [
        Self::Status,
        Self::Headers,
        Self::Etag,
        Self::Members,
        Self::Types,
        Self::Errors,
        Self::Values,
    ];

    /// Whether a difference is one of the shape and not of what is in it.
    pub(super) fn is_of_shape(self) -> bool {
        matches!(
            self,
            Self::Status | Self::Members | Self::Types | Self::Errors
        )
    }
}

/// One difference.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) rule: Rule,
    /// Where: a header, or the members on the way, lists as `*`.
    pub(super) at: String,
    pub(super) recorded: String,
    pub(super) ours: String,
}

/// Headers that say something to a client.
const HEADERS: &[&str] = &[
    "etag",
    "location",
    "azure-asyncoperation",
    "retry-after",
    "x-ms-failure-cause",
];

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}

/// The differences of two answers, and what goes by other names here.
pub(super) struct Comparison<'a> {
    player: &'a mut Player,
    pub(super) found: Vec<Difference>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(player: &'a mut Player) -> Self {
        Self {
            player,
            found: Vec::new(),
        }
    }

    fn note(&mut self, rule: Rule, at: &str, recorded: String, ours: String) {
        let at = at.to_owned();
        self.found.push(Difference {
            rule,
            at,
            recorded,
            ours,
        });
    }

    pub(super) fn answers(&mut self, e: &Exchange, answer: &Answer) {
        if e.status != answer.status {
            let said = format!("{} {}", answer.status, short(&answer.body));
            self.note(Rule::Status, "", e.status.to_string(), said);
            return;
        }
        for header in HEADERS {
            let (theirs, ours) = (e.rheaders.get(*header), answer.headers.get(*header));
            if theirs.is_some() != ours.is_some() {
                let said = |header: Option<&String>| header.cloned().unwrap_or_default();
                self.note(Rule::Headers, header, said(theirs), said(ours));
            }
        }
        let (theirs, ours) = (&e.rbody["error"], &answer.body["error"]);
        if theirs.is_object() || ours.is_object() {
            self.errors(theirs, ours);
        } else {
            self.values("", &e.rbody, &answer.body);
        }
    }

    fn errors(&mut self, theirs: &Value, ours: &Value) {
        let codes = |error: &Value| {
            let details = error["details"].as_array().into_iter().flatten();
            let targets: BTreeSet<String> = details
                .map(|d| format!("{} {}", d["code"], d["target"]))
                .collect();
            format!("{} {targets:?}", error["code"])
        };
        if codes(theirs) != codes(ours) {
            self.note(
                Rule::Errors,
                "error",
                codes(theirs),
                format!("{} {}", codes(ours), ours["message"]),
            );
        }
        if theirs["message"] != ours["message"] {
            self.note(
                Rule::Values,
                "error.message",
                short(&theirs["message"]),
                short(&ours["message"]),
            );
        }
    }

    fn values(&mut self, at: &str, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Null, Value::Null) => {}
            (Value::Null, other) => {
                self.note(Rule::Members, at, "absent".to_owned(), short(other));
            }
            (other, Value::Null) => {
                self.note(Rule::Members, at, short(other), "absent".to_owned());
            }
            (Value::Object(left), Value::Object(right)) => {
                let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
                for name in names {
                    let place = match at {
                        "" => name.clone(),
                        _ => format!("{at}.{name}"),
                    };
                    self.values(&place, &theirs[name.as_str()], &ours[name.as_str()]);
                }
            }
            (Value::Array(left), Value::Array(right)) => self.lists(at, left, right),
            _ if kind(theirs) != kind(ours) => {
                self.note(Rule::Types, at, short(theirs), short(ours));
            }
            _ if !self.same(at, theirs, ours) => {
                self.note(Rule::Values, at, short(theirs), short(ours));
            }
            _ => {}
        }
    }

    /// Resources by their names, anything else by its place.
    fn lists(&mut self, at: &str, left: &[Value], right: &[Value]) {
        let name = |item: &Value| {
            item["name"]
                .as_str()
                .or(item["apiRevision"].as_str())
                .map(str::to_owned)
        };
        let place = format!("{at}.*");
        if at != "value" || !left.iter().chain(right).all(|item| name(item).is_some()) {
            for at in 0..left.len().max(right.len()) {
                let item = |list: &[Value]| list.get(at).cloned().unwrap_or_default();
                self.values(&place, &item(left), &item(right));
            }
            return;
        }
        let automatic = |item: &&Value| {
            name(item).is_some_and(|n| n.len() == 24 && n.chars().all(|c| c.is_ascii_hexdigit()))
        };
        let known =
            |player: &Player, item: &Value| player.is_known(&name(item).unwrap_or_default());
        let unknown: Vec<&Value> = (left.iter().filter(automatic))
            .filter(|item| !known(self.player, item))
            .collect();
        let mut free: Vec<&Value> = (right.iter().filter(automatic))
            .filter(|item| !left.iter().any(|theirs| name(theirs) == name(item)))
            .collect();
        for theirs in unknown {
            let scope = |item: &Value| item["properties"]["scope"].clone();
            let Some(at) = free.iter().position(|ours| scope(ours) == scope(theirs)) else {
                continue;
            };
            let ours = free.remove(at);
            self.player.learn(
                &name(theirs).unwrap_or_default(),
                &name(ours).unwrap_or_default(),
            );
        }
        let ours_of = |player: &Player, item: &Value| {
            player.name(&name(item).unwrap_or_default()).to_lowercase()
        };
        for theirs in left {
            let wanted = ours_of(self.player, theirs);
            let found = right
                .iter()
                .find(|ours| name(ours).unwrap_or_default().to_lowercase() == wanted);
            self.values(&place, theirs, found.unwrap_or(&Value::Null));
        }
        for ours in right {
            let own = name(ours).unwrap_or_default().to_lowercase();
            if !left
                .iter()
                .any(|theirs| ours_of(self.player, theirs) == own)
            {
                self.values(&place, &Value::Null, ours);
            }
        }
    }

    fn same(&self, at: &str, theirs: &Value, ours: &Value) -> bool {
        if let (Some(left), Some(right)) = (theirs.as_f64(), ours.as_f64()) {
            return (left - right).abs() < 1e-9;
        }
        let (Some(left), Some(right)) = (theirs.as_str(), ours.as_str()) else {
            return theirs == ours;
        };
        let member = at.rsplit('.').next().unwrap_or_default();
        // Made anew each time, or read from a clock.
        let made = ["thumbprint", "nextLink", "primaryKey", "secondaryKey"];
        if made.contains(&member)
            || member.ends_with("LastUpdated")
            || member.ends_with("DateTime")
            || member.ends_with("Date")
        {
            return true;
        }
        left == right || self.plain(at, left, true) == self.plain(at, right, false)
    }

    /// A text without what is made anew each time, and ids without case.
    fn plain(&self, at: &str, text: &str, recorded: bool) -> String {
        let mut text = text.to_owned();
        if recorded {
            text = self.player.translated(&text);
        }
        if let Some(start) = text.find("Logger-Credentials-") {
            let end = text[start..]
                .find('}')
                .map_or(text.len(), |end| start + end);
            text.replace_range(start..end, "Logger-Credentials");
        }
        if text.trim_start().starts_with('<') {
            text = text
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .replace("> <", "><");
        }
        if at.ends_with("id") || at.ends_with("Id") || at.ends_with("type") {
            text = text.to_lowercase();
        }
        text
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}
