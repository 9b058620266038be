//! The journal: what was attempted and what came of it.
//!
//! JSON lines, append-only: first a line with the format's version, then one
//! event a line. A line is on the disk before the request goes out, and again
//! after the answer came. It holds ETags and outcomes, never a body or secret;
//! bodies, without secrets, stand in files of their own.

mod bodies;
mod entry;
mod ledger;
mod pace;
mod ran;
mod read;

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::plan::folder::own_file;
use crate::secret::seen_json;

pub(crate) use bodies::{Bodies, BodyStore, StoredBody};
pub(crate) use entry::{About, Entry, Further, Part, Spot, Unread, now};
use entry::{BEFORE_VERSION, Header, VERSION};
pub(crate) use ledger::{Holding, Ledger};
pub(crate) use ran::Ran;

/// The journal's file in the plan folder.
pub(crate) const FILE: &str = "journal.jsonl";

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
    /// A line of what is kept to be put back is not what the tool writes.
    #[error("line {line} of `{}` is nothing that was written over: {why}", path.display())]
    Saved {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is the matter with it.
        why: String,
    },
    /// What is to be kept beside it is too large.
    #[error(
        "what stands at `{target}` is too large to be kept in `{}`, so it is not written over",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Where it stands.
        target: String,
    },
    /// Another version of the tool wrote it.
    #[error("`{}` has format version {version}, this program knows up to {VERSION}", path.display())]
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
            JournalError::TooLarge { .. } => {
                "remove or rename what is there, or apply with `--on-conflict skip`".to_owned()
            }
            JournalError::Malformed { path, .. } => format!(
                "restore `{0}` from a copy, or move it away: without it, `apply` looks every \
                 step up in the workspace and takes over what is the same (`rollback` then \
                 has nothing to go by)",
                path.display()
            ),
            JournalError::Saved { path, .. } => format!(
                "restore `{}` from a copy, or move it away: what it holds can then not be put \
                 back by `rollback`",
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
    pub(crate) fn open(about: &About, folder: &Path) -> Result<(Self, Ledger), JournalError> {
        let path = folder.join(FILE);
        let io = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let (ledger, whole) = read::ledger(about, &path)?;
        own_file(&path).map_err(io)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(io)?;
        file.set_len(whole).map_err(io)?;
        let mut journal = Self {
            path: path.clone(),
            file,
            buffer: Vec::new(),
        };
        if whole > 0 {
            raise(&mut journal.file).map_err(io)?;
        }
        journal.file.seek(SeekFrom::Start(whole)).map_err(io)?;
        if whole == 0 {
            journal.add(&Header::of(about))?;
            journal.flush()?;
            // The new name has to survive a crash as well, where a directory
            // can be synced at all.
            if let Ok(folder) = File::open(folder) {
                let _ = folder.sync_all();
            }
        }
        Ok((journal, ledger))
    }

    /// Reads what a journal says, without changing it.
    pub(crate) fn peek(about: &About, folder: &Path) -> Result<Ledger, JournalError> {
        read::ledger(about, &folder.join(FILE)).map(|(ledger, _)| ledger)
    }

    /// Reads what the bytes of a journal say, and how many are whole lines.
    pub(crate) fn parse(bytes: &[u8], about: &About) -> Result<(Ledger, u64), JournalError> {
        read::lines(bytes, about, Path::new(FILE))
    }

    /// The first line of a plan's journal.
    pub(crate) fn header(about: &About) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(&Header::of(about))?;
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
        let line = serde_json::to_string(line).map_err(|e| self.io(e.into()))?;
        self.buffer.extend(seen_json(line).bytes());
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

/// Has the journal of an earlier version say that lines of this one follow: a program
/// that does not know them refuses it by its version, and not at one of them.
fn raise(file: &mut File) -> std::io::Result<()> {
    let at = BEFORE_VERSION.len();
    let mut first = vec![0; at + 2];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut first)?;
    let now = VERSION.to_string();
    let earlier = first.starts_with(BEFORE_VERSION) && first[at + 1] == b',';
    if earlier && first[at] != now.as_bytes()[0] {
        file.seek(SeekFrom::Start(at as u64))?;
        file.write_all(now.as_bytes())?;
        file.sync_data()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
