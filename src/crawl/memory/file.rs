//! The form in which answers are kept: JSON lines, one an answer. The last line
//! says how many there are, so that half a file is known for one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::agenda::Ask;
use super::super::fetch::Answer;
use super::told::Told;
use crate::address::ResourcePath;
use crate::arm::{Fetched, Reader};
use crate::catalog::{self, Kind};
use crate::inventory::snapshot::holds_secret;
use crate::policy;
use crate::secret::seen_json;

/// The version of the form.
const FORM: u32 = 1;

/// Why answers of another version of the service's API are of no use.
pub(super) const OTHER_VERSION: &str = "it was read at another version of the service's API";

/// Whose answers they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    form: u32,
    program: String,
    service: String,
    endpoint: String,
    /// The version of the service's API that was read at; empty before.
    pub(super) version: String,
}

impl Head {
    pub(super) fn of(reader: &Reader) -> Self {
        Self {
            form: FORM,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            service: reader.service().to_string().to_lowercase(),
            endpoint: reader.endpoint().to_string(),
            version: String::new(),
        }
    }
}

/// What a line says first: below which API something was told, which address
/// was asked, or how many lines there are. An answer is read when it is needed.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<ResourcePath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<usize>,
}

/// An answer: a list, or a thing, if there is one.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    body: Value,
    etag: Option<String>,
    text: Option<String>,
}

/// The line of an answer; none where it holds a secret, is a refusal, or was
/// given while things were half made.
pub(super) fn line(at: &str, ask: &Ask, answer: &Answer) -> Option<String> {
    let (list, item) = match answer {
        Answer::List(items) => (Some(items.clone()), None),
        Answer::Item(None) => (None, None),
        Answer::Item(Some(Fetched { body, etag, text })) => {
            let (body, etag, text) = (body.clone(), etag.clone(), text.clone());
            (None, Some(Item { body, etag, text }))
        }
        Answer::Workspaces(..) | Answer::Refused => return None,
    };
    let kind = match ask {
        Ask::Item(path) | Ask::Sample(path) => catalog::kind_of(path),
        Ask::List(kind, _) => Some(*kind),
        _ => None,
    };
    // Only documents are asked for where no list named them.
    if matches!(answer, Answer::Item(None)) && !kind.is_some_and(Kind::is_document) {
        return None;
    }
    let bare = item.as_ref().and_then(|item| item.text.as_deref());
    if bare.is_some_and(in_clear) {
        return None;
    }
    let told = list.iter().flatten().chain(item.iter().map(|i| &i.body));
    if { told }.any(|body| is_half_made(body) || kind.is_some_and(|kind| is_secret(kind, body))) {
        return None;
    }
    let at = at.to_owned();
    let line = serde_json::to_string(&Kept { at, list, item }).ok()?;
    Some(seen_json(line))
}

fn is_secret(kind: &Kind, body: &Value) -> bool {
    let properties = body["properties"].as_object();
    let policy = kind
        .policy_in()
        .and_then(|at| properties?.get(at)?.as_str());
    properties.is_some_and(|properties| holds_secret(kind, properties))
        || policy.is_some_and(in_clear)
}

/// Whether a policy has what looks like a secret in clear.
fn in_clear(text: &str) -> bool {
    !policy::scan(text).in_clear.is_empty()
}

/// Whether a thing says that it is still being made.
fn is_half_made(body: &Value) -> bool {
    let mut properties = body["properties"].as_object().into_iter().flatten();
    let state = properties.find(|(name, _)| name.eq_ignore_ascii_case("provisioningState"));
    let ended = |state: &str| {
        ["Succeeded", "Failed"]
            .iter()
            .any(|end| end.eq_ignore_ascii_case(state))
    };
    state.is_some_and(|(_, state)| state.as_str().is_some_and(|state| !ended(state)))
}

/// The answer of a line.
pub(super) fn answer(line: &str) -> Option<Answer> {
    let kept: Kept = serde_json::from_str(line).ok()?;
    Some(match (kept.list, kept.item) {
        (Some(items), _) => Answer::List(items),
        (None, Some(Item { body, etag, text })) => Answer::Item(Some(Fetched { body, etag, text })),
        (None, None) => Answer::Item(None),
    })
}

/// The whole file.
pub(super) fn text<'t>(
    head: &Head,
    all: impl Iterator<Item = (&'t ResourcePath, &'t Told)>,
) -> String {
    let json = |line: &Line| seen_json(serde_json::to_string(line).unwrap_or_default());
    let mut out = serde_json::to_string(head).unwrap_or_default() + "\n";
    let mut lines = 0;
    for (root, told) in all {
        let line = json(&Line {
            root: Some(root.clone()),
            told: Some(Told {
                answers: BTreeMap::new(),
                listed: told.listed.clone(),
                alone: told.alone.clone(),
                since: told.since,
            }),
            ..Line::default()
        });
        for line in std::iter::once(&line).chain(told.answers.values()) {
            out.push_str(line);
            out.push('\n');
            lines += 1;
        }
    }
    let end = Line {
        lines: Some(lines),
        ..Line::default()
    };
    out + &json(&end) + "\n"
}

/// Reads a file of answers from where `head` says, at the version it says, if
/// it says one. What else it is, is told.
pub(super) fn read(
    text: &str,
    head: &Head,
) -> Result<(Head, BTreeMap<ResourcePath, Told>), &'static str> {
    const TORN: &str = "it is not whole";
    let (first, rest) = text.split_once('\n').ok_or(TORN)?;
    let found: Head = serde_json::from_str(first).map_err(|_| TORN)?;
    if found.form != head.form || found.program != head.program {
        return Err("another version of this program wrote it");
    }
    if found.service != head.service || found.endpoint != head.endpoint {
        return Err("it is of another service");
    }
    if !head.version.is_empty() && found.version != head.version {
        return Err(OTHER_VERSION);
    }
    let mut all = BTreeMap::new();
    let mut told: Option<&mut Told> = None;
    for (count, line) in rest.lines().enumerate() {
        let read: Line = serde_json::from_str(line).map_err(|_| TORN)?;
        match (read, &mut told) {
            (
                Line {
                    root: Some(root),
                    told: Some(new),
                    ..
                },
                _,
            ) => {
                told = Some(all.entry(root).or_insert(new));
            }
            (Line { at: Some(at), .. }, Some(told)) => {
                told.answers.insert(at, line.to_owned());
            }
            (
                Line {
                    lines: Some(lines), ..
                },
                _,
            ) if lines == count => return Ok((found, all)),
            _ => return Err(TORN),
        }
    }
    Err(TORN)
}
