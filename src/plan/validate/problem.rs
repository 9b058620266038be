//! What can be wrong with a plan.

use std::fmt;

use crate::catalog::Wrong;
use crate::exit::Exit;
use crate::nearest::nearest;
use crate::plan::codes::{self, Code};
use crate::plan::model::StepId;

use crate::secret::plain;

/// Something that is wrong with a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The step.
    pub step: Option<StepId>,
    /// The file below the plan's folder, when it is not `plan.yaml`.
    pub file: Option<String>,
    /// Where in it: `3:17` in a document, `properties.pool` in a body.
    pub place: Option<String>,
    /// What is wrong.
    pub trouble: Trouble,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A blocker that nobody allowed.
    #[error("blocker `{code}` of `{resource}`: {message}")]
    Blocked {
        /// The finding's code.
        code: String,
        /// The finding's resource.
        resource: String,
        /// The finding's message.
        message: String,
        /// The finding's help.
        help: String,
    },
    /// Several steps have the same id.
    #[error("an earlier step has the same id")]
    SameId,
    /// Several steps have the same target.
    #[error("step `{other}` has the same target, `{target}`")]
    SameTarget {
        /// The earlier step.
        other: StepId,
        /// What both would make.
        target: String,
    },
    /// It waits for a step that is not there.
    #[error("waits for step `{after}`, which is not in the plan")]
    UnknownStep {
        /// The id that no step has.
        after: StepId,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// Steps wait for each other.
    #[error("these steps wait for each other: {}", .0.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", "))]
    Cycle(Vec<StepId>),
    /// The target is in another workspace.
    #[error("the target `{0}` is not in the plan's workspace")]
    OtherWorkspace(String),
    /// The target or source is of another kind than the step.
    #[error("`{target}` is of the kind `{found}`, not `{expected}`")]
    OtherKind {
        /// The target or source.
        target: String,
        /// The step's kind.
        expected: &'static str,
        /// The kind of what stands there.
        found: String,
    },
    /// No workspace has such a thing.
    #[error("`{0}` can't stand in a workspace")]
    NotInAWorkspace(&'static str),
    /// The service makes no such thing, so that there is nothing to tidy.
    #[error("the service makes no `{0}` on its own that could be tidied")]
    NothingToTidy(&'static str),
    /// A step that creates has nothing to send.
    #[error("there is no body for what is to be created")]
    NoBody,
    /// A membership has a body.
    #[error("`{0}` takes no body")]
    Body(&'static str),
    /// The secret can't be read like that.
    #[error("the secret of `{kind}` can't be read with `{action}`")]
    SecretAction {
        /// The step's kind.
        kind: &'static str,
        /// What the step says.
        action: String,
    },
    /// Nothing of the kind is uploaded, or this one comes from elsewhere.
    #[error("nothing is uploaded for this `{kind}`")]
    Upload {
        /// The step's kind.
        kind: &'static str,
    },
    /// What is to be made takes an upload, and there is none.
    #[error(
        "the service does not give this `{kind}` back, and nothing says where to upload it from"
    )]
    NoUpload {
        /// The step's kind.
        kind: &'static str,
    },
    /// A body lacks what the service does not show and somebody has to write.
    #[error("the service does not show this, and the `{kind}` can't be made without it")]
    Incomplete {
        /// The step's kind.
        kind: &'static str,
    },
    /// A body holds what no body can.
    #[error(transparent)]
    Value(Wrong),
    /// A revision is made from something that is not its API.
    #[error("`{0}` must name the API that this is a revision of")]
    MadeFromOther(&'static str),
    /// Something below the same parent is like it where none may be.
    #[error("`{signature}` is what step `{other}` has: below one parent there is one")]
    Alike {
        /// What both have.
        signature: String,
        /// The earlier step.
        other: StepId,
    },
    /// A document can't be a policy.
    #[error("it is no policy that the service takes: {0}")]
    Form(String),
    /// More is to be sent than the service takes.
    #[error("it has {size} bytes, and {most} fit")]
    TooLarge {
        /// How many bytes it has.
        size: usize,
        /// How many bytes the service takes.
        most: usize,
    },
    /// The parent is nowhere.
    #[error("what it stands below, `{0}`, is neither in the plan nor in the workspace")]
    NoParent(String),
    /// A reference leads nowhere.
    #[error("names the {kind} `{name}`, which is neither in the plan nor in the workspace")]
    Missing {
        /// The kind of what is named.
        kind: &'static str,
        /// Its name as written.
        name: String,
    },
    /// A reference leads to the service level, where nothing has that name.
    #[error("names the {kind} `{name}`, which the target service does not have")]
    MissingInService {
        /// The kind of what is named.
        kind: &'static str,
        /// Its name as written.
        name: String,
    },
    /// A reference leads to what a workspace may not refer to.
    #[error("names `{0}`, which a workspace can't refer to")]
    OutOfReach(String),
    /// A reference leads to another kind than it may.
    #[error("names `{name}`, which is of the kind `{found}`, not {expected}")]
    WrongKind {
        /// What is written.
        name: String,
        /// The kind of that.
        found: &'static str,
        /// The kinds that can be named there.
        expected: String,
    },
}

impl Problem {
    /// What to do about it: a sentence, in the imperative.
    pub fn help(&self) -> String {
        let reference = "correct the name, bring back the step that makes it, or drop this step \
                         and what needs it";
        match &self.trouble {
            Trouble::Blocked { code, help, .. } => {
                let allow = format!("allow it with `allow: [{code}]` in plan.yaml");
                match help.trim_end_matches('.') {
                    "" => allow,
                    help => format!("{help}; or {allow}"),
                }
            }
            Trouble::SameId | Trouble::SameTarget { .. } => "drop one of the two steps".to_owned(),
            Trouble::UnknownStep {
                near: Some(near), ..
            } => format!("write `{near}` if that is what was meant"),
            Trouble::UnknownStep { .. } => {
                "take it out of `after` if nothing else needs that step, or drop this step too"
                    .to_owned()
            }
            Trouble::Cycle(_) => "take one of them out of the `after` of another".to_owned(),
            Trouble::OtherWorkspace(_) => "plan again for the other workspace".to_owned(),
            Trouble::OtherKind { .. } => "correct the path or the step's kind".to_owned(),
            Trouble::NotInAWorkspace(_) => "drop the step and what needs it".to_owned(),
            Trouble::NothingToTidy(_) => "undo the edit of `action`, or drop the step".to_owned(),
            Trouble::NoBody => "name the body's file in `body`, or drop the step".to_owned(),
            Trouble::Body(_) => "take `body` out of the step".to_owned(),
            Trouble::SecretAction { .. } => "undo the edit of `secret` and `source`".to_owned(),
            Trouble::Upload { .. } => "take `upload` out of the step".to_owned(),
            Trouble::NoUpload { .. } => {
                "name its PFX in `upload`, such as `upload: { pfx: FILE, passwordEnv: VARIABLE }`, \
                 with the file relative to the plan folder"
                    .to_owned()
            }
            Trouble::Incomplete { .. } => {
                "write it into the body; docs/findings.md says what it looks like".to_owned()
            }
            Trouble::Value(wrong) => match wrong {
                Wrong::Unknown { name, among, .. } => {
                    match nearest(name, among.iter().map(|m| m.name)) {
                        Some(near) => {
                            format!("write `{near}` if that is what was meant, or take it out")
                        }
                        None => "take it out of the body".to_owned(),
                    }
                }
                Wrong::Never { .. } | Wrong::Later { .. } => "take it out of the body".to_owned(),
                _ => allowable("correct it", &codes::NOT_TAKEN),
            },
            Trouble::Alike { .. } => allowable("drop one of the two steps", &codes::NOT_TAKEN),
            Trouble::MadeFromOther(_) => "undo the edit".to_owned(),
            Trouble::Form(_) => allowable("correct the policy", &codes::NOT_TAKEN),
            Trouble::TooLarge { .. } => allowable("make it smaller", &codes::TOO_LARGE),
            Trouble::NoParent(_) => {
                "bring back the step that makes it, or drop this step".to_owned()
            }
            Trouble::MissingInService { .. } => {
                "create it in the target service, or take the reference out".to_owned()
            }
            Trouble::OutOfReach(_) => "name something of the workspace instead".to_owned(),
            Trouble::Missing { .. } | Trouble::WrongKind { .. } => reference.to_owned(),
        }
    }

    /// How the program ends with it.
    pub fn exit(&self) -> Exit {
        match self.trouble {
            Trouble::Blocked { .. } => Exit::Blocked,
            _ => Exit::Refused,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        match (&self.file, &self.step) {
            (Some(file), _) => text.push_str(file),
            (None, Some(step)) => text.push_str(&format!("step `{step}`")),
            (None, None) => {}
        }
        if let Some(place) = &self.place {
            text.push(':');
            text.push_str(place);
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&self.trouble.to_string());
        f.write_str(&plain(&text))
    }
}

fn allowable(what: &str, code: &Code) -> String {
    let code = code.code;
    format!("{what}, or leave it to the service with `allow: [{code}]` in plan.yaml")
}

/// How the program ends with several: what was tampered with comes before
/// blockers.
pub fn exit(problems: &[Problem]) -> Exit {
    let all = problems.iter().map(Problem::exit);
    all.max().unwrap_or(Exit::Done)
}
