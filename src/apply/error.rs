//! Why a run did not come to an end of its own.

use crate::address::TargetPath;
use crate::crawl::CrawlError;
use crate::exit::Exit;
use crate::plan::StepId;
use crate::plan::basis::{Differs, Drift};
use crate::plan::compare::Difference;
use crate::rights::{Lack, Places};
use uuid::Uuid;

use super::upload::NotAtHand;
use crate::engine::{JournalError, LockError};
use crate::target::secret::is_other_secret;
use crate::target::{ReadFailed, RunError};

/// Something that stands in the target, is not this plan's, and differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The step that would write there.
    pub step: StepId,
    /// Where.
    pub target: TargetPath,
    /// In what it differs.
    pub differences: Vec<Difference>,
    /// Whether an earlier run of this plan had begun to write it.
    pub begun: bool,
    /// Where this plan made it: what somebody changed since. Expected is what
    /// was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<Vec<Difference>>,
    /// Whether another revision of an API is current there: writing over it would
    /// take that away.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other_revision: bool,
}

/// Rights that are missing, and who lacks them.
#[derive(Debug)]
pub struct MissingRights {
    /// Where they are needed.
    pub places: Places,
    /// The caller's object id, where the token tells it.
    pub principal: Option<Uuid>,
    /// What is missing, for sure needed.
    pub lacks: Vec<Lack>,
}

impl MissingRights {
    /// What is missing, in a line.
    fn line(&self) -> String {
        let each: Vec<String> = (self.lacks.iter())
            .map(|lack| format!("{} at {}", lack.in_words(), self.places.name(lack.place)))
            .collect();
        format!(
            "you lack rights that this takes, so nothing was written: {}",
            each.join("; ")
        )
    }

    /// The commands that give the roles.
    pub fn commands(&self) -> impl Iterator<Item = String> + '_ {
        let command = |lack: &Lack| lack.command(&self.places, self.principal);
        self.lacks.iter().filter_map(command)
    }
}

/// Why a run could not be carried through.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Nothing could be done at all.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The target holds things that are not this plan's, or that somebody changed
    /// since this plan made them, and that differ from it.
    #[error("{}", conflicts_line(.0))]
    Conflicts(Vec<Conflict>),
    /// What is copied is not what the plan was made of any more.
    #[error("{}", drift_line(.0))]
    Drift(Vec<Drift>),
    /// The source could not be looked at again.
    #[error("could not check whether the source has changed")]
    Source(#[from] CrawlError),
    /// What is to be uploaded is not at hand.
    #[error("what is to be uploaded is not at hand")]
    Uploads(Vec<NotAtHand>),
    /// The caller lacks rights.
    #[error("{}", .0.line())]
    Rights(Box<MissingRights>),
}

impl From<ReadFailed> for ApplyError {
    fn from(failed: ReadFailed) -> Self {
        RunError::from(failed).into()
    }
}

impl From<LockError> for ApplyError {
    fn from(error: LockError) -> Self {
        RunError::from(error).into()
    }
}

impl From<JournalError> for ApplyError {
    fn from(error: JournalError) -> Self {
        RunError::from(error).into()
    }
}

fn conflicts_line(conflicts: &[Conflict]) -> String {
    let (ours, theirs): (Vec<_>, Vec<_>) = conflicts.iter().partition(|c| c.changed.is_some());
    let places = |conflicts: &[&Conflict]| {
        let each = conflicts.iter().map(|c| {
            let changed = c.changed.as_ref().unwrap_or(&c.differences);
            let fields: Vec<&str> = changed.iter().map(|d| d.pointer.as_str()).collect();
            match fields.as_slice() {
                [] => format!("`{}`", c.target),
                fields => format!("`{}` differs in {}", c.target, fields.join(", ")),
            }
        });
        each.collect::<Vec<_>>().join("; ")
    };
    let things = |n: usize| match n {
        1 => "something".to_owned(),
        n => format!("{n} things"),
    };
    let mut parts = Vec::new();
    if !theirs.is_empty() {
        let are = if theirs.len() == 1 { "is" } else { "are" };
        parts.push(format!(
            "the target holds {} that {are} not this plan's: {}",
            things(theirs.len()),
            places(&theirs)
        ));
    }
    if !ours.is_empty() {
        parts.push(format!(
            "somebody changed {} since this plan wrote it: {}",
            things(ours.len()),
            places(&ours)
        ));
    }
    parts.join("; and ")
}

/// Most that is named of what has changed, for each way of changing.
const TOLD: usize = 10;

fn drift_line(drift: &[Drift]) -> String {
    let ways = [
        (Differs::Changed, "changed"),
        (Differs::New, "new"),
        (Differs::Gone, "gone"),
    ];
    let each = ways.into_iter().filter_map(|(is, word)| {
        let paths: Vec<String> = (drift.iter().filter(|d| d.is == is))
            .map(|d| format!("`{}`", d.source))
            .collect();
        let more = match paths.len().saturating_sub(TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let told = paths[..paths.len().min(TOLD)].join(", ");
        (!paths.is_empty()).then(|| format!("{word}: {told}{more}"))
    });
    format!(
        "the source is not what the plan was made of, and nothing was written: {}",
        each.collect::<Vec<_>>().join("; ")
    )
}

impl ApplyError {
    /// What the user can do next: one sentence, in the imperative.
    pub fn help(&self) -> Option<String> {
        match self {
            ApplyError::Run(error) => error.help(),
            ApplyError::Conflicts(conflicts) if conflicts.iter().any(|c| c.other_revision) => Some(
                "an API of which another revision is current is never overwritten, since that \
                 one would have to be deleted: remove or rename it, plan again with another \
                 name, or choose `--on-conflict skip`"
                    .to_owned(),
            ),
            ApplyError::Conflicts(conflicts)
                if conflicts.iter().all(|c| is_other_secret(&c.differences)) =>
            {
                Some(
                    "what has another secret than its source is not overwritten where nothing \
                     tells that it is this plan's: remove it, plan again with another name, or \
                     choose `--on-conflict skip`"
                        .to_owned(),
                )
            }
            ApplyError::Conflicts(_) => Some(
                "remove or rename what is there, plan again with other names, or choose \
                 `--on-conflict skip` or `--on-conflict overwrite`"
                    .to_owned(),
            ),
            ApplyError::Drift(_) => Some(
                "plan again to take the change over, or pass `--ignore-drift` to go by the old \
                 plan"
                    .to_owned(),
            ),
            ApplyError::Source(error) => error.help(),
            ApplyError::Uploads(missing) => {
                let mut help: Vec<String> = missing.iter().map(|m| m.why.help()).collect();
                help.dedup();
                Some(help.join("; "))
            }
            ApplyError::Rights(_) => Some(
                "`apim-migrate doctor PLAN` tells when a fresh assignment, which takes some \
                 minutes, has come into effect; `--ignore-rights` begins without asking"
                    .to_owned(),
            ),
        }
    }

    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            ApplyError::Run(error) => error.exit(),
            ApplyError::Conflicts(_) | ApplyError::Drift(_) => Exit::Refused,
            ApplyError::Source(error) => error.exit(),
            ApplyError::Uploads(_) => Exit::Usage,
            ApplyError::Rights(_) => Exit::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::SourcePath;

    #[test]
    fn conflicts_are_all_named_and_refused() {
        let conflict = |target: &str| Conflict {
            step: StepId::new("s"),
            target: target.parse().unwrap(),
            differences: vec![Difference {
                pointer: "displayName".to_owned(),
                expected: "a".to_owned(),
                found: "b".to_owned(),
            }],
            begun: false,
            changed: None,
            other_revision: false,
        };
        let error = ApplyError::Conflicts(vec![
            conflict("/workspaces/w/tags/a"),
            conflict("/workspaces/w/tags/b"),
        ]);
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(
            error.to_string(),
            "the target holds 2 things that are not this plan's: `/workspaces/w/tags/a` differs \
             in displayName; `/workspaces/w/tags/b` differs in displayName"
        );
    }

    #[test]
    fn what_has_changed_is_named_by_how_and_not_without_end() {
        let drift = |is, n: usize| Drift {
            is,
            source: SourcePath(format!("/tags/t{n}").parse().unwrap()),
        };
        let gone = (2..14).map(|n| drift(Differs::Gone, n));
        let all = [drift(Differs::New, 1), drift(Differs::Changed, 0)];
        let error = ApplyError::Drift(all.into_iter().chain(gone).collect());
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(
            error.to_string(),
            "the source is not what the plan was made of, and nothing was written: changed: \
             `/tags/t0`; new: `/tags/t1`; gone: `/tags/t2`, `/tags/t3`, `/tags/t4`, `/tags/t5`, \
             `/tags/t6`, `/tags/t7`, `/tags/t8`, `/tags/t9`, `/tags/t10`, `/tags/t11` and 2 more"
        );
    }
}
