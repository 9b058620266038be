//! The journal: what was attempted and what came of it.
//!
//! JSON lines, append-only: first a line with the format's version, then one
//! event a line. A line is on the disk before the request goes out, and again
//! after the answer came. It holds ETags and outcomes, never a body or secret.

mod pace;
mod read;
mod record;

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::plan::folder::own_file;
use crate::plan::{Plan, StepId};
use crate::progress::StepOutcome;

pub(crate) use record::{Past, Record, State};

/// The journal's file in the plan folder.
pub(crate) const FILE: &str = "journal.jsonl";

/// The format that is written, and the only one that is read.
const VERSION: u32 = 1;

/// Why the journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file can't be read or written.
    #[error("could not use the journal `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What has happened can't be put on record any more.
    #[error("stopped, since the journal `{}` can't be written any more", path.display())]
    Stopped {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what the tool writes.
    #[error("line {line} of `{}` is no journal entry: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is the matter with it.
        why: String,
    },
    /// Another version of the tool wrote it.
    #[error("`{}` has format version {version}, this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it has.
        version: u32,
    },
    /// It is about another workspace.
    #[error("`{}` is the journal of {journal}, the plan is for {plan}", path.display())]
    OtherTarget {
        /// The file.
        path: PathBuf,
        /// The workspace in the journal.
        journal: String,
        /// The workspace in the plan.
        plan: String,
    },
}

impl JournalError {
    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            JournalError::Io { .. } => {
                "check that the plan folder can be written and the disk has room".to_owned()
            }
            JournalError::Stopped { .. } => "make room on the disk or let the journal be \
                 written, then run the same again: what was under way is looked up"
                .to_owned(),
            JournalError::Malformed { path, .. } => format!(
                "restore `{0}` from a copy, or move it away: without it, `apply` looks every \
                 step up in the workspace and takes over what is the same (`rollback` then \
                 has nothing to go by)",
                path.display()
            ),
            JournalError::Version { .. } => {
                "use the version of apim-migrate that began this run".to_owned()
            }
            JournalError::OtherTarget { path, .. } => format!(
                "move `{}` away, or give the plan for the other workspace a folder of its own",
                path.display()
            ),
        })
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The copy was made.
    Created,
    /// A copy of this plan was brought to what the plan says now.
    Updated,
    /// An equal one was there already.
    Adopted,
    /// One of the service's own serves, or one that was there.
    Reused,
    /// What the service did on its own was undone.
    Tidied,
    /// There was nothing to undo.
    NothingToTidy,
    /// One that differed was overwritten, as asked.
    Overwritten,
    /// One that differed was left as it is, as asked.
    LeftAsIs,
    /// What the service may have done was not undone, since it can't be told
    /// from what somebody else did.
    Kept,
}

impl From<Outcome> for StepOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Created => StepOutcome::Created,
            Outcome::Updated => StepOutcome::Updated,
            Outcome::Adopted => StepOutcome::Adopted,
            Outcome::Reused => StepOutcome::Reused,
            Outcome::Tidied => StepOutcome::Tidied,
            Outcome::NothingToTidy => StepOutcome::NothingToTidy,
            Outcome::Overwritten => StepOutcome::Overwritten,
            Outcome::LeftAsIs => StepOutcome::LeftAsIs,
            Outcome::Kept => StepOutcome::Kept,
        }
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    plan: String,
    target: String,
}

impl Header {
    fn of(plan: &Plan) -> Self {
        Self {
            version: VERSION,
            plan: plan.name.clone(),
            target: plan.workspace_id(),
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Entry {
    /// A run began.
    RunStarted {
        /// When, RFC 3339.
        at: String,
        /// `apply` or `rollback`.
        what: String,
    },
    /// A request is about to be sent.
    StepIntended {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Whether something that is not ours stands there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        over: bool,
    },
    /// A step is done.
    StepDone {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// What came of it.
        outcome: Outcome,
        /// The ETag the target has now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        /// A digest of what the plan wanted, to notice an edited step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
        /// Whether the service made new keys since it refused the source's.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        new_keys: bool,
    },
    /// A step failed.
    StepFailed {
        /// The step.
        step: StepId,
        /// When.
        at: String,
        /// Why, in one line.
        reason: String,
        /// The ETag of what was made all the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
    },
    /// A DELETE is about to be sent by a rollback.
    DeleteIntended {
        /// The step whose outcome is undone.
        step: StepId,
        /// When.
        at: String,
    },
    /// What a step made is gone.
    Deleted {
        /// The step.
        step: StepId,
        /// When.
        at: String,
    },
    /// A run ended.
    RunEnded {
        /// When.
        at: String,
        /// `done` or `stopped`.
        end: String,
    },
}

impl Entry {
    /// The same without what only later runs ask for: a run of thousands of
    /// steps need not hold it.
    pub(crate) fn without_details(&self) -> Self {
        let mut entry = self.clone();
        match &mut entry {
            Entry::StepDone { etag, .. } => *etag = None,
            Entry::StepFailed { reason, etag, .. } => {
                reason.clear();
                *etag = None;
            }
            _ => {}
        }
        entry
    }
}

/// The current time as the journal writes it.
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.format(&Rfc3339).unwrap_or_default()
}

/// An open journal: what it said, and where more is written.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
}

impl Journal {
    /// Opens or begins the journal of a plan, and returns what it says. A torn
    /// last line is cut off.
    pub(crate) fn open(plan: &Plan, folder: &Path) -> Result<(Self, Past), JournalError> {
        let path = folder.join(FILE);
        let io = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let (past, whole) = read::past(plan, &path)?;
        own_file(&path).map_err(io)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io)?;
        file.set_len(whole).map_err(io)?;
        let mut journal = Self {
            path: path.clone(),
            file,
            buffer: Vec::new(),
        };
        journal.file.seek(SeekFrom::Start(whole)).map_err(io)?;
        if whole == 0 {
            journal.add(&Header::of(plan))?;
            journal.flush()?;
            // The new name has to survive a crash as well, where a directory
            // can be synced at all.
            if let Ok(folder) = File::open(folder) {
                let _ = folder.sync_all();
            }
        }
        Ok((journal, past))
    }

    /// Reads what a journal says, without changing it.
    pub(crate) fn peek(plan: &Plan, folder: &Path) -> Result<Past, JournalError> {
        read::past(plan, &folder.join(FILE)).map(|(past, _)| past)
    }

    /// Reads what the bytes of a journal say, and how many are whole lines.
    pub(crate) fn parse(bytes: &[u8], plan: &Plan) -> Result<(Past, u64), JournalError> {
        read::lines(bytes, plan, Path::new(FILE))
    }

    /// The first line of a plan's journal.
    pub(crate) fn header(plan: &Plan) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(&Header::of(plan))?;
        line.push(b'\n');
        Ok(line)
    }

    /// Writes entries and waits until they are on the disk.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut written = Ok(());
        for entry in entries {
            written = written.and_then(|()| self.add(entry));
        }
        match written.and_then(|()| self.flush()) {
            Err(JournalError::Io { path, source }) => Err(JournalError::Stopped { path, source }),
            other => other,
        }
    }

    fn add(&mut self, line: &impl Serialize) -> Result<(), JournalError> {
        serde_json::to_writer(&mut self.buffer, line).map_err(|e| self.io(e.into()))?;
        self.buffer.push(b'\n');
        Ok(())
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written
            .and_then(|()| self.file.sync_data())
            .map_err(|e| self.io(e))
    }

    fn io(&self, source: std::io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
