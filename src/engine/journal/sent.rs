//! The bodies that were sent, without secrets: what the workspace is compared
//! with to tell whether somebody changed a copy, and how a copy is known whose
//! step left the plan.
//!
//! JSON lines beside the journal, append-only. It is no record of what happened:
//! a line that can't be read, or the whole file, may be missing, and then an
//! ETag has to do.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JournalError;
use crate::plan::folder::own_file;
use crate::plan::{Content, StepId};
use crate::secret::seen_json;

/// The file in the plan folder.
const FILE: &str = ".sent.jsonl";

/// A step as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// The digest that the journal names it by.
    pub(crate) digest: String,
    /// The step.
    pub(crate) step: StepId,
    /// Its kind, by the catalog's name.
    pub(crate) kind: String,
    /// Where it stands, below the target service.
    pub(crate) target: String,
    /// The steps that it waited for.
    #[serde(default)]
    pub(crate) after: Vec<StepId>,
    /// Its properties.
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
    /// Its document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<String>,
}

impl Sent {
    /// What was sent.
    pub(crate) fn content(&self) -> Content {
        Content {
            properties: self.properties.clone(),
            document: self.document.clone(),
        }
    }
}

/// Longest line that is read, in bytes: a body and its policy of the largest size
/// that a plan may hold, with escapes.
const MOST_LINE: u64 = 64 << 20;

/// Reads the next line with its end; none where there is no more, or where it is
/// too long to be one of ours.
fn read_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let read = text.take(MOST_LINE + 1).read_until(b'\n', line)? as u64;
    Ok(0 < read && read <= MOST_LINE)
}

/// The part of a line that is looked for.
#[derive(Deserialize)]
struct Digest {
    digest: String,
}

/// All that was sent: where in the file each digest stands, so that a run of
/// thousands of steps need not hold their bodies.
#[derive(Debug, Default)]
pub(crate) struct SentStore {
    path: PathBuf,
    places: HashMap<String, u64>,
    length: u64,
    /// Whether the last line was torn by a crash.
    torn: bool,
}

impl SentStore {
    /// Reads what was sent from a plan folder.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub(crate) fn read(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        let io = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let mut store = Self {
            path: path.clone(),
            ..Self::default()
        };
        match own_file(&path).and_then(|()| File::open(&path)) {
            Ok(file) => {
                let mut text = BufReader::new(file);
                let mut line = Vec::new();
                // What stands behind a line that is too long is not known.
                while read_line(&mut text, &mut line).map_err(io)? {
                    if let Ok(sent) = serde_json::from_slice::<Digest>(&line) {
                        store.places.insert(sent.digest, store.length);
                    }
                    store.length += line.len() as u64;
                    store.torn = !line.ends_with(b"\n");
                }
                store.length = std::fs::metadata(&path).map_err(io)?.len();
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        Ok(store)
    }

    /// What was sent under a digest.
    pub(crate) fn get(&self, digest: &str) -> Option<Sent> {
        let place = *self.places.get(digest)?;
        let mut file = File::open(&self.path).ok()?;
        file.seek(SeekFrom::Start(place)).ok()?;
        let mut line = Vec::new();
        read_line(&mut BufReader::new(file), &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }

    /// Keeps what is about to be sent; what is kept already is not written
    /// again.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn keep(&mut self, sent: Vec<Sent>) -> Result<(), JournalError> {
        let mut text = Vec::new();
        if std::mem::take(&mut self.torn) {
            text.push(b'\n');
        }
        for sent in sent {
            if self.places.contains_key(&sent.digest) {
                continue;
            }
            let place = self.length + text.len() as u64;
            let line = serde_json::to_string(&sent).map_err(|e| self.stopped(e.into()))?;
            text.extend(seen_json(&line).bytes());
            text.push(b'\n');
            self.places.insert(sent.digest, place);
        }
        let write = || -> std::io::Result<()> {
            own_file(&self.path)?;
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            file.write_all(&text)
        };
        if !text.is_empty() {
            write().map_err(|source| self.stopped(source))?;
            self.length += text.len() as u64;
        }
        Ok(())
    }

    fn stopped(&self, source: std::io::Error) -> JournalError {
        JournalError::Stopped {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(digest: &str) -> Sent {
        Sent {
            digest: digest.to_owned(),
            step: StepId::new("tags/a"),
            kind: "tag".to_owned(),
            target: "/workspaces/w/tags/a".to_owned(),
            after: Vec::new(),
            properties: Map::new(),
            document: Some(digest.repeat(3)),
        }
    }

    #[test]
    fn what_was_sent_is_found_again_also_behind_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SentStore::read(folder.path()).unwrap();
        store.keep(vec![sent("a"), sent("b")]).unwrap();
        store.keep(vec![sent("a"), sent("c")]).unwrap();
        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole.split(|b| *b == b'\n').count(), 4);
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut store = SentStore::read(folder.path()).unwrap();
            store.keep(vec![sent("c"), sent("d")]).unwrap();
            for store in [store, SentStore::read(folder.path()).unwrap()] {
                assert_eq!(store.get("c"), Some(sent("c")), "{length}");
                assert_eq!(store.get("d"), Some(sent("d")), "{length}");
                let a = store.get("a");
                assert!(a.is_none() || a == Some(sent("a")), "{length}");
            }
        }
    }
}
