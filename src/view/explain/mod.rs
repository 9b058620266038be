//! Why one thing of a plan is there, and who uses it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::forms::text::Lines;
use super::graph::way::{Hop, Ways, users};
use crate::address::{ResourcePath, TargetPath, split_revision};
use crate::nearest::nearest;
use crate::plan::basis::Use;
use crate::plan::{Action, Finding, Plan, Step, StepId};
use crate::secret::plain;

/// How many of anything are told in text.
const TOLD: usize = 10;

/// What is known of one resource of a plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explained<'p> {
    /// The resource at the source; none for what the service makes on its own.
    pub source: Option<ResourcePath>,
    /// The step that is there for it; none where it is not copied.
    pub step: Option<&'p StepId>,
    /// What that step does.
    pub action: Option<Action>,
    /// Where its copy stands.
    pub target: Option<&'p TargetPath>,
    /// How it comes along: from what was selected to the resource itself.
    pub because: Vec<Hop<'p>>,
    /// Steps that wait for it.
    pub needed_by: Vec<&'p StepId>,
    /// Who uses it at the source, as far as the plan knows.
    pub users: Vec<User<'p>>,
    /// What a person should know of it.
    pub findings: Vec<&'p Finding>,
}

/// Who uses it.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User<'p> {
    /// Who, and how.
    #[serde(flatten)]
    pub is: &'p Use,
    /// Whether the user is copied, too.
    pub copied: bool,
}

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// No such thing.
    #[error("the plan knows nothing called `{word}`")]
    Unknown {
        /// As it was asked for.
        word: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// Several things are called so.
    #[error("the plan knows several things called `{word}`: {}", listed(.ids))]
    Several {
        /// As it was asked for.
        word: String,
        /// Their steps.
        ids: Vec<StepId>,
    },
}

impl ExplainError {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            ExplainError::Unknown { near: Some(it), .. } => format!("did you mean `{it}`?"),
            ExplainError::Unknown { near: None, .. } => {
                "name a step, or a path at the source or in the workspace; `apim-migrate show PLAN \
                 --steps` lists them"
                    .to_owned()
            }
            ExplainError::Several { .. } => "name one of them".to_owned(),
        }
    }
}

fn listed(ids: &[StepId]) -> String {
    let mut names: Vec<String> = (ids.iter().take(TOLD))
        .map(|id| format!("`{id}`"))
        .collect();
    if ids.len() > TOLD {
        names.push(format!("and {} more", ids.len() - TOLD));
    }
    names.join(", ")
}

/// Explains what a word stands for: a step's id, a path at the source or in the
/// workspace, or a name that only one thing has.
///
/// # Errors
/// When the plan knows no such thing, or several.
pub fn explain<'p>(plan: &'p Plan, word: &str) -> Result<Explained<'p>, ExplainError> {
    let step = find(plan, word)?;
    let source = match step {
        Some(step) => step.source.as_ref().map(|s| s.0.clone()),
        None => path(word).filter(|path| is_known(plan, path)),
    };
    if step.is_none() && source.is_none() {
        let names = plan.steps.iter().flat_map(names_of);
        let paths = plan.steps.iter().flat_map(paths_of);
        let near = match word.contains('/') {
            true => nearest(word, paths.collect::<Vec<_>>()),
            false => nearest(word, names.collect::<Vec<_>>()),
        };
        return Err(ExplainError::Unknown {
            word: word.to_owned(),
            near: near.map(str::to_owned),
        });
    }
    let copied: BTreeSet<&ResourcePath> = sources(plan).collect();
    let users = source.iter().flat_map(|path| users(plan, path));
    let is_about = |finding: &&Finding| {
        let about = path(&finding.resource);
        about.is_some() && about == source
    };
    Ok(Explained {
        because: (step.map(|step| Ways::of(plan).to(step))).unwrap_or_default(),
        needed_by: (plan.steps.iter())
            .filter(|other| step.is_some_and(|step| other.after.contains(&step.id)))
            .map(|other| &other.id)
            .collect(),
        users: users
            .map(|is| User {
                is,
                copied: copied.contains(&is.by),
            })
            .collect(),
        findings: plan.findings.iter().filter(is_about).collect(),
        step: step.map(|s| &s.id),
        action: step.map(|s| s.action),
        target: step.map(|s| &s.target),
        source,
    })
}

fn sources(plan: &Plan) -> impl Iterator<Item = &ResourcePath> {
    (plan.steps.iter()).filter_map(|step| step.source.as_ref().map(|s| &s.0))
}

fn is_known(plan: &Plan, path: &ResourcePath) -> bool {
    plan.basis.as_ref().is_some_and(|basis| basis.holds(path))
        || (plan.findings.iter()).any(|f| self::path(&f.resource).as_ref() == Some(path))
}

fn path(word: &str) -> Option<ResourcePath> {
    match word.starts_with('/') {
        true => word.parse().ok(),
        false => format!("/{word}").parse().ok(),
    }
}

fn paths_of(step: &Step) -> impl Iterator<Item = &str> {
    let source = step.source.as_ref().map(|s| s.0.as_str());
    [
        Some(step.id.as_str()),
        source,
        Some(step.target.below().as_str()),
    ]
    .into_iter()
    .flatten()
}

fn names_of(step: &Step) -> impl Iterator<Item = &str> {
    let display = step.kind.display.and_then(|d| {
        let content = step.content.as_ref()?;
        content.properties.get(d.property)?.as_str()
    });
    let source = step.source.as_ref().map(|s| s.0.name());
    [source, Some(step.target.below().name()), display]
        .into_iter()
        .flatten()
}

/// The step that is meant; none where it is no step.
fn find<'p>(plan: &'p Plan, word: &str) -> Result<Option<&'p Step>, ExplainError> {
    let wanted = path(word);
    let full = |step: &Step| Some(step.target.to_string()).as_deref().and_then(path) == wanted;
    let by_path = |step: &&Step| {
        step.id.as_str().eq_ignore_ascii_case(word)
            || wanted.is_some() && (paths_of(step).any(|p| path(p) == wanted) || full(step))
    };
    if let Some(step) = plan.steps.iter().find(by_path) {
        return Ok(Some(step));
    }
    let by_name = |step: &&Step| names_of(step).any(|name| name.eq_ignore_ascii_case(word));
    let mut named: Vec<&Step> = plan.steps.iter().filter(by_name).collect();
    // A name stands for the thing before what is below and beside it.
    if named.iter().any(|step| is_top(step)) {
        named.retain(|step| is_top(step));
    }
    match named.as_slice() {
        [] => Ok(None),
        [step] => Ok(Some(step)),
        several => Err(ExplainError::Several {
            word: word.to_owned(),
            ids: several.iter().map(|step| step.id.clone()).collect(),
        }),
    }
}

fn is_top(step: &Step) -> bool {
    step.target.below().parent().is_none() && split_revision(step.target.below().name()).1.is_none()
}

/// The same for people, in lines of so many characters.
pub fn explained(it: &Explained<'_>, width: usize) -> String {
    let mut out = Lines::of(width);
    let source = it.source.as_ref().map(ToString::to_string);
    let name = source.or_else(|| it.step.map(ToString::to_string));
    let _ = writeln!(out, "{}", plain(&name.unwrap_or_default()));
    match (it.action, it.target) {
        (Some(action), Some(target)) => {
            let what = match action {
                Action::Create => "is copied to",
                Action::Reuse => "is served by what is there:",
                Action::Tidy => "is made by the service, and removed:",
            };
            let _ = writeln!(out, "  {what} {}", plain(&target.to_string()));
        }
        _ => out.text.push_str("  is not copied\n"),
    }
    let widest = it.because.iter().map(|hop| hop.resource.as_str().len());
    let widest = widest.max().unwrap_or_default().min(48);
    section(&mut out, "because", &it.because, usize::MAX, |hop| {
        let resource = plain(hop.resource.as_str());
        format!("{resource:<widest$}  {}", plain(&hop.why))
    });
    section(&mut out, "needed by", &it.needed_by, TOLD, |id| {
        plain(id.as_str())
    });
    for (title, copied) in [
        ("used at the source by what is copied", true),
        ("used at the source by what stays there", false),
    ] {
        let users: Vec<&User<'_>> = it.users.iter().filter(|u| u.copied == copied).collect();
        section(&mut out, title, &users, TOLD, |user| {
            format!("{} {}", plain(user.is.by.as_str()), plain(&user.is.how))
        });
    }
    section(&mut out, "to know", &it.findings, usize::MAX, |finding| {
        let allowed = if finding.allowed { ", allowed" } else { "" };
        format!(
            "{} ({}{allowed}): {}",
            finding.severity.as_str(),
            plain(&finding.code),
            plain(&finding.message)
        )
    });
    out.text
}

fn section<T>(out: &mut Lines, title: &str, all: &[T], told: usize, line: impl Fn(&T) -> String) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for one in all.iter().take(told) {
        out.wrapped("  ", &line(one));
    }
    if all.len() > told {
        let _ = writeln!(out, "  and {} more", all.len() - told);
    }
}

#[cfg(test)]
mod tests;
