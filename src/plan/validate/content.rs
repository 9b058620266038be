//! Checks of what is sent, as far as the service's answer is known beforehand:
//! the members of a body and their values, the form of a policy, their size.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, Write};

use serde_json::Value;

use super::{Check, Problem, Trouble};
use crate::address::{ResourcePath, TargetPath, split_revision};
use crate::catalog::{ApiVersion, Wrong};
use crate::plan::codes::{self, Code};
use crate::plan::finding::Finding;
use crate::plan::folder::document_of;
use crate::plan::model::{Action, Content, Step};
use crate::plan::place::{Place, in_workspace};
use crate::policy::mistake;

/// What Azure Resource Manager takes as the body of a request, in bytes.
const MOST_BODY: usize = 4 << 20;

/// Finds what is made beside its like where the service takes only one
/// of these below a parent; by position, with the earlier one.
pub(super) fn twins(steps: &[Step]) -> HashMap<usize, &Step> {
    let mut first: HashMap<(Option<ResourcePath>, String), &Step> = HashMap::new();
    let mut twins = HashMap::new();
    for (i, step) in steps.iter().enumerate() {
        let Some(signature) = signature(step) else {
            continue;
        };
        let parent = step.target.below().parent();
        match first.entry((parent, signature)) {
            Entry::Occupied(first) => {
                twins.insert(i, *first.get());
            }
            Entry::Vacant(none) => {
                none.insert(step);
            }
        }
    }
    twins
}

fn signature(step: &Step) -> Option<String> {
    let content = step.content.as_ref()?;
    (step.kind.signature?)(&content.properties)
}

fn alike(step: &Step, other: &Step) -> Trouble {
    Trouble::Alike {
        signature: signature(step).unwrap_or_default(),
        other: other.id.clone(),
    }
}

/// Where something is wrong in what is sent.
enum Where {
    /// The body, by a pointer below its properties; empty for all of it.
    Body(String),
    /// The document, by line and column.
    Document(u32, u32),
}

impl Where {
    fn whole() -> Self {
        Self::Body(String::new())
    }
}

impl Check<'_> {
    /// Checks what a step sends. What was allowed is left to the service.
    pub(super) fn content(&mut self, step: &Step, i: usize, content: &Content) {
        let place = Place {
            service: &self.plan.target,
            workspace: &self.plan.workspace,
        };
        let alike = self
            .alike
            .get(&i)
            .map(|other| (Where::whole(), alike(step, other)));
        let troubles = troubles(step, content, self.plan.api_version, place);
        for (at, trouble) in troubles.into_iter().chain(alike) {
            let code = code_of(&trouble);
            if code.is_some_and(|code| self.is_allowed(step, code)) {
                continue;
            }
            let trouble = self.as_blocker(step, trouble);
            let body = self.files[i].clone();
            let (file, place) = match at {
                Where::Body(at) if at.is_empty() => (body, None),
                Where::Body(at) => (body, Some(format!("properties.{at}"))),
                Where::Document(line, column) => (
                    body.as_deref().map(document_of),
                    Some(format!("{line}:{column}")),
                ),
            };
            self.problems.push(Problem {
                step: Some(step.id.clone()),
                file,
                place,
                trouble,
            });
        }
    }

    /// What was found when the plan was made is a blocker that nobody allowed,
    /// and no edit.
    fn as_blocker(&self, step: &Step, trouble: Trouble) -> Trouble {
        let Some(code) = code_of(&trouble) else {
            return trouble;
        };
        let about = about(step);
        let known = (self.plan.blockers()).any(|f| f.code == code.code && f.resource == about);
        match known {
            true => Trouble::Blocked {
                code: code.code.to_owned(),
                resource: about,
                message: trouble.to_string(),
                help: code.help.to_owned(),
            },
            false => trouble,
        }
    }

    /// Whether a person has allowed what is found of a step: the code, or the
    /// one finding.
    fn is_allowed(&self, step: &Step, code: &Code) -> bool {
        let mut findings = self.plan.findings.iter();
        let about = about(step);
        self.plan.allow.iter().any(|allowed| allowed == code.code)
            || findings.any(|f| f.allowed && f.code == code.code && f.resource == about)
    }
}

/// What a finding calls what a step sends.
fn about(step: &Step) -> String {
    let source = step.source.as_ref().map(ToString::to_string);
    source.unwrap_or_else(|| step.target.to_string())
}

/// The same of steps that were just made, as findings.
pub(in crate::plan) fn findings(
    steps: &[Step],
    version: ApiVersion,
    place: Place<'_>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let twins = twins(steps);
    for (i, step) in steps.iter().enumerate() {
        let Some(content) = &step.content else {
            continue;
        };
        let alike = twins
            .get(&i)
            .map(|other| (Where::whole(), alike(step, other)));
        for (at, trouble) in troubles(step, content, version, place)
            .into_iter()
            .chain(alike)
        {
            // What can't be written at all was never put in.
            let Some(code) = code_of(&trouble) else {
                continue;
            };
            let message = match at {
                Where::Body(at) if at.is_empty() => trouble.to_string(),
                Where::Body(at) => format!("`{at}` of its copy: {trouble}"),
                Where::Document(line, column) => format!("{trouble}, line {line}, column {column}"),
            };
            found.push(code.about(about(step), message));
        }
    }
    found
}

/// The finding that a person can allow, where the service has the last word.
fn code_of(trouble: &Trouble) -> Option<&'static Code> {
    match trouble {
        Trouble::Value(Wrong::Unknown { .. } | Wrong::Never { .. }) => None,
        Trouble::Value(_) | Trouble::Form(_) | Trouble::Alike { .. } => Some(&codes::NOT_TAKEN),
        Trouble::TooLarge { .. } => Some(&codes::TOO_LARGE),
        _ => None,
    }
}

fn troubles(
    step: &Step,
    content: &Content,
    version: ApiVersion,
    place: Place<'_>,
) -> Vec<(Where, Trouble)> {
    let kind = step.kind;
    let sent = step.action == Action::Create;
    let mut found: Vec<(Where, Trouble)> = (kind.misfits(&content.properties, version).into_iter())
        .filter(|m| sent || matches!(m.wrong, Wrong::Unknown { .. } | Wrong::Never { .. }))
        .map(|m| (Where::Body(m.at), Trouble::Value(m.wrong)))
        .collect();
    if let Some(from) = kind.made_from
        && let Some(value) = content.properties.get(from)
        && !is_own_root(value, &step.target, place)
    {
        let at = Where::Body(from.to_owned());
        found.push((at, Trouble::MadeFromOther(from)));
    }
    if !sent {
        return found;
    }
    if let (Some(text), Some(document)) = (&content.document, kind.document) {
        if let Some(mistake) = mistake(text, document.root) {
            let at = Where::Document(mistake.line, mistake.column);
            found.push((at, Trouble::Form(mistake.what)));
        }
        if text.len() > document.most {
            let (size, most) = (text.len(), document.most);
            found.push((Where::Document(1, 1), Trouble::TooLarge { size, most }));
        }
    }
    if let Some(size) = size_beyond(content, MOST_BODY) {
        let most = MOST_BODY;
        found.push((Where::whole(), Trouble::TooLarge { size, most }));
    }
    found
}

/// A revision is made from its own API and nothing else.
fn is_own_root(value: &Value, target: &TargetPath, place: Place<'_>) -> bool {
    let (root, revision) = split_revision(target.below().name());
    let from = value.as_str().and_then(|id| in_workspace(id, place));
    revision.is_some() && from.is_some_and(|from| target.below().renamed(root).ok() == Some(from))
}

/// How many bytes the body has, when it has more than `most`.
fn size_beyond(content: &Content, most: usize) -> Option<usize> {
    // No letter takes more than six bytes in JSON, nor any other value more than
    // that many times what is counted for it.
    const WIDEST: usize = 6;
    let document = content.document.as_deref().unwrap_or_default();
    let rough: usize = content
        .properties
        .iter()
        .map(|(n, v)| n.len() + weight(v))
        .sum();
    if (rough + document.len()).saturating_mul(WIDEST) < most {
        return None;
    }
    let mut size = Counted("{\"properties\":}".len());
    // Only writing can fail, and counting does not.
    serde_json::to_writer(&mut size, &content.properties).ok()?;
    if content.document.is_some() {
        size.0 += ",\"format\":\"rawxml\",\"value\":".len();
        serde_json::to_writer(&mut size, document).ok()?;
    }
    (size.0 > most).then_some(size.0)
}

fn weight(value: &Value) -> usize {
    const OTHER: usize = 8;
    OTHER
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => map.iter().map(|(n, v)| n.len() + weight(v)).sum(),
            _ => 0,
        }
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
